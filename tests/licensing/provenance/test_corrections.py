"""What is written down after the record: acts, corrections, the log's later entries; and what is forgotten."""

import io
import json
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction

from common import outbox, storage
from common.models import OutboxDelivery
from generation.engines.parameters import spec_of
from generation.engines.parameters.fields import Several, Words
from generation.models import Piece
from licensing.licences import grants
from licensing.models import HumanAct, LogLeaf, Openings, ProvenanceRecord, SignedFile
from licensing.provenance import acts, canonical, corrections, erasure, inquiry, publish
from licensing.provenance.commitments import check_openings
from licensing.provenance.statements import Notice
from licensing.rights import reviews
from tests import factories
from tests.generation.shipped import ROOT

pytestmark = pytest.mark.django_db


def a_piece(**job: Any) -> Piece:
    person = factories.user()
    piece = factories.piece(person, of=factories.job(person, **job))
    publish.papers(piece.pk)
    return piece


def entries(piece: Piece) -> list[dict[str, Any]]:
    return [json.loads(leaf.body) for leaf in LogLeaf.objects.filter(subject=str(piece.pk)).order_by("index")]


def test_a_correction_names_the_old_record_and_keeps_what_was_made_and_promised() -> None:
    piece = a_piece(prompt="a quiet harbour")
    old = corrections.newest(piece)
    acts.note(piece=piece, act="edited", by=piece.slot.job.requested_by, detail={"tool": "brush"})

    fresh = corrections.correct(piece.pk)

    before, after = json.loads(old.body), json.loads(fresh.body)
    assert after["previous"] == old.sha256
    assert corrections.newest(piece) == fresh
    assert [act["act"] for act in after["human_contribution"]] == ["set_parameters", "wrote_prompt", "edited"]
    for part in ("piece", "generation", "labels", "screening"):
        assert after[part] == before[part]
    assert entries(piece)[-1]["type"] == "piece.corrected"
    assert entries(piece)[-1]["details"] == {"record_sha256": fresh.sha256, "previous_sha256": old.sha256}
    with pytest.raises(corrections.NothingToCorrect):
        corrections.correct(piece.pk)
    assert ProvenanceRecord.objects.filter(piece=piece).count() == 2


def test_whoever_brings_the_file_is_told_of_the_newest_correction() -> None:
    piece = a_piece(prompt="a quiet harbour")
    data = storage.read("masters", SignedFile.objects.get(piece=piece).name)
    before = inquiry.look_into(io.BytesIO(data), name="a.png")
    newest = ""
    for tool in ("brush", "knife"):
        acts.note(piece=piece, act="edited", by=piece.slot.job.requested_by, detail={"tool": tool})
        newest = corrections.correct(piece.pk).sha256
    after = inquiry.look_into(io.BytesIO(data), name="a.png")

    assert (before.made_here, before.corrected_by) == (True, None)
    assert (after.made_here, after.corrected_by) == (True, newest)
    assert after.report.overall == before.report.overall
    told = [verdict for verdict in after.report.verdicts if verdict.code == "record_corrected"]
    assert len(told) == 1
    assert newest in told[0].sentence("en")
    assert newest in told[0].sentence("zh")
    assert inquiry.further(data, before.report) == after.report


def test_acts_and_records_cannot_be_rewritten() -> None:
    piece = a_piece()
    act = acts.note(piece=piece, act="edited", by=piece.slot.job.requested_by, detail={})

    for change in (lambda: HumanAct.objects.update(act="dreamt"), act.delete):
        with pytest.raises(IntegrityError), transaction.atomic():
            change()
    assert HumanAct.objects.get().act == "edited"


def test_the_log_tells_review_licence_revocation_and_withdrawal_each_once() -> None:
    piece, ida = a_piece(), factories.reviewer()
    review = reviews.submit(piece=piece, by=piece.slot.job.requested_by)
    reviews.approve(review=review, reviewer=ida)
    template = factories.template()
    given = grants.grant(
        piece=piece,
        template=template,
        holder=None,
        holder_email="hanna@example.org",
        work_title="Harbour",
        edition_number=1,
        edition_size=3,
        source="order_line:1",
    )
    grants.revoke(grant=given, reason="refunded")
    reviews.withdraw(review=review, reviewer=ida, reason="a claim")

    outbox.deliver_due()
    OutboxDelivery.objects.update(done_at=None, due_at="2026-01-01T00:00:00Z")
    outbox.deliver_due()

    told = entries(piece)
    kinds = ["piece.papered", "piece.reviewed", "licence.granted", "licence.revoked", "piece.withdrawn"]
    assert [entry["type"] for entry in told] == kinds
    assert told[1]["details"]["outcome"] == "approved"
    assert told[2]["details"]["grant_sha256"] == canonical.sha256_hex(str(given.pk).encode())
    for entry in told[1:]:
        Notice.parse(canonical.encode(entry))
    said = json.dumps(told)
    assert "hanna" not in said
    assert str(given.pk) not in said
    assert [act["act"] for act in json.loads(corrections.correct(piece.pk).body)["human_contribution"]][-1] == "chose"


def test_forgetting_a_persons_words_leaves_commitments_that_open_to_nobody() -> None:
    piece = a_piece(prompt="my late mother's garden", parameters={"width": 64, "height": 48, "title": "for Ada"})
    other = a_piece(prompt="a quiet harbour")
    record = json.loads(corrections.newest(piece).body)

    assert erasure.forget_prompts(piece.slot.job.requested_by) == 1
    assert erasure.forget_prompts(piece.slot.job.requested_by) == 0

    kept = Openings.objects.get(record__piece=piece).body
    assert "garden" not in json.dumps(kept)
    assert "Ada" not in json.dumps(kept)
    assert set(check_openings(record=record, openings=kept)) == {"seed", "parameters.width", "parameters.height"}
    assert record["generation"]["commitments"]["prompt"] is not None
    piece.slot.job.refresh_from_db()
    assert piece.slot.job.prompt == ""
    assert Openings.objects.get(record__piece=other).body["prompt"]["value"] == "a quiet harbour"


def test_every_parameter_in_which_words_stand_is_known_to_be_forgotten() -> None:
    words = set()
    for folder in (ROOT / "checkpoints").iterdir():
        engine = json.loads((folder / "card.json").read_text("utf-8"))["engine"]
        architecture = json.loads((folder / "architecture.json").read_text("utf-8"))
        for name, field in spec_of(engine, architecture).fields.items():
            if isinstance(field, Words) or (isinstance(field, Several) and isinstance(field.each, Words)):
                words.add(name)
    assert {"title", "prompt", "headline", "copy"} <= words <= erasure.TEXTS


def test_the_commands_say_what_they_did_and_what_they_could_not() -> None:
    piece = a_piece(prompt="a quiet harbour")
    person = piece.slot.job.requested_by
    acts.note(piece=piece, act="edited", by=person, detail={})
    out = StringIO()

    call_command("correct_record", str(piece.pk), stdout=out)
    call_command("forget_words", person.username, stdout=out)

    assert "takes the place of" in out.getvalue()
    assert f"1 pieces no longer open to what {person.username} wrote." in out.getvalue()
    told = json.loads(corrections.newest(piece).body)["human_contribution"]
    assert [act["act"] for act in told] == ["set_parameters", "wrote_prompt", "edited"]
    with pytest.raises(CommandError, match="what is known today"):
        call_command("correct_record", str(piece.pk))
    with pytest.raises(CommandError, match="no such piece"):
        call_command("correct_record", "019abcde-0000-7000-8000-000000000001")
    with pytest.raises(CommandError, match="Nobody"):
        call_command("forget_words", "nobody-at-all")
