import io
import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from django.conf import settings
from django.core.files.storage import storages
from django.core.management import call_command
from django.db import connection
from PIL import Image

from common import storage
from common.models import OutboxEvent
from generation.models import Piece
from licensing.models import LogLeaf, Openings, ProvenanceRecord, SignedFile, TreeHead
from licensing.provenance import bundle, canonical, credentials, keys, marks, packing, publish, verify
from licensing.provenance.commitments import check_openings
from licensing.provenance.report import Overall
from tests import factories
from tests.racing import race


def trust() -> verify.Trust:
    house = keys.ensure(settings.SIGNING_KEYS)
    return verify.Trust(anchors=house.root_pem, log_keys=(house.log_public,))


def counts(piece: Piece) -> dict[str, int]:
    return {
        "records": ProvenanceRecord.objects.filter(piece=piece).count(),
        "openings": Openings.objects.filter(record__piece=piece).count(),
        "files": SignedFile.objects.filter(piece=piece).count(),
        "leaves": LogLeaf.objects.filter(subject=str(piece.pk)).count(),
        "heads": TreeHead.objects.count(),
        "events": OutboxEvent.objects.filter(topic="piece.papered", payload__piece_id=str(piece.pk)).count(),
    }


ONCE = {"records": 1, "openings": 1, "files": 1, "leaves": 1, "heads": 1, "events": 1}


def a_piece(**job: Any) -> Piece:
    run = factories.training_run(factories.dataset_version(), config={"rate": 0.0025}, metrics={"kid": 0.02})
    later = factories.training_run(factories.dataset_version(), parent=run)
    person = factories.user()
    made_with = factories.checkpoint(training_run=later)
    return factories.piece(person, of=factories.job(person, model=made_with, **job))


@pytest.mark.django_db
def test_a_piece_gets_a_record_a_credential_a_log_entry_and_an_announcement() -> None:
    piece = a_piece(prompt="a quiet harbour")

    file = publish.papers(piece.pk)

    assert counts(piece) == ONCE
    data = storage.read("masters", file.name)
    report = verify.check(data, name=file.name, trust=trust())
    assert report.overall is Overall.TRUSTED
    assert report.piece_id == str(piece.pk)
    assert (file.sha256, file.byte_count) == (canonical.sha256_hex(data), len(data))
    assert file.signer == "Vernissage Signer"
    assert report.record == json.loads(file.record.body)


@pytest.mark.django_db
def test_the_signed_file_shows_the_master_with_its_invisible_mark() -> None:
    piece = a_piece()

    file = publish.papers(piece.pk)

    with (
        Image.open(io.BytesIO(storage.read("masters", file.name))) as signed,
        Image.open(io.BytesIO(storage.read("masters", piece.master_name))) as master,
    ):
        marked = marks.marked(piece, np.asarray(master.convert("RGB")))
        assert signed.convert("RGB").tobytes() == marked.tobytes() != master.convert("RGB").tobytes()


@pytest.mark.django_db
def test_the_record_tells_the_whole_training_line_and_what_a_person_did() -> None:
    piece = a_piece(prompt="a quiet harbour")

    record = json.loads(publish.papers(piece.pk).record.body)

    assert record["piece"]["master_sha256"] == piece.content_sha256
    assert record["generation"]["checkpoint"]["weights_sha256"] == piece.checkpoint.weights_sha256
    runs = record["training"]["runs"]
    assert len(runs) == 2
    assert runs[1]["hyperparameters"] == {"rate": "0.0025"}
    assert runs[1]["metrics"] == {"kid": "0.02"}
    assert runs[0]["datasets"][0]["licence_counts"] == {"CC0-1.0": 6400}
    assert [act["act"] for act in record["human_contribution"]] == ["set_parameters", "wrote_prompt"]
    assert record["labels"]["aigc"]["ProduceID"] == str(piece.pk)
    assert "a quiet harbour" not in json.dumps(record)


@pytest.mark.django_db
def test_weights_from_elsewhere_are_said_to_be_so() -> None:
    piece = factories.piece(factories.user())

    training = json.loads(publish.papers(piece.pk).record.body)["training"]

    assert training["runs"] == []
    assert "made elsewhere" in training["unknown"][0]


@pytest.mark.django_db
def test_the_openings_open_the_record() -> None:
    piece = a_piece(prompt="a quiet harbour")

    file = publish.papers(piece.pk)

    openings = Openings.objects.get(record=file.record).body
    opened = check_openings(record=json.loads(file.record.body), openings=openings)
    assert set(opened) == {"seed", "prompt", "parameters.width", "parameters.height"}
    assert openings["seed"]["value"] == str(piece.seed)


@pytest.mark.django_db
def test_asking_twice_changes_nothing() -> None:
    piece = a_piece()

    first, again = publish.papers(piece.pk), publish.papers(piece.pk)

    assert (first.pk, first.sha256) == (again.pk, again.sha256)
    assert counts(piece) == ONCE


@pytest.mark.django_db
def test_a_damaged_master_gets_no_papers() -> None:
    piece = a_piece()
    path = Path(storages["masters"].path(piece.master_name))
    path.write_bytes(path.read_bytes() + b"x")

    with pytest.raises(publish.MasterDamaged):
        publish.papers(piece.pk)
    assert counts(piece) == dict.fromkeys(ONCE, 0)


@pytest.mark.concurrency
@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_give_one_set_of_papers() -> None:
    piece = a_piece()

    files = race([lambda: publish.papers(piece.pk).sha256 for _ in range(4)])

    assert len(set(files)) == 1, files
    assert counts(piece) == ONCE


_KILLED = """
import os, signal, sys
import django
django.setup()
from licensing.provenance import publish

def watch(frame, event, arg):
    code = frame.f_code
    if event == {event!r} and code.co_name == {function!r} and code.co_filename.endswith({file!r}):
        os.kill(os.getpid(), signal.SIGKILL)

sys.setprofile(watch)
publish.papers({piece!r})
"""


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("event", "function", "file"),
    [
        ("return", "_labelled", "provenance/publish.py"),
        ("return", "_record", "provenance/publish.py"),
        ("return", "sign", "provenance/credentials.py"),
        ("return", "append", "provenance/log.py"),
        ("return", "emit", "common/outbox.py"),
    ],
)
def test_killed_at_any_step_the_next_run_completes_it_once(
    event: str, function: str, file: str, tmp_path: Path
) -> None:
    piece = a_piece()
    keys.ensure(settings.SIGNING_KEYS)
    script = _KILLED.format(event=event, function=function, file=file, piece=str(piece.pk))

    done = subprocess.run(
        [sys.executable, "-c", script], env=_same_database(tmp_path), capture_output=True, text=True, check=False
    )
    publish.papers(piece.pk)

    assert done.returncode == -signal.SIGKILL, done.stderr
    assert counts(piece) == ONCE
    signed = SignedFile.objects.get(piece=piece)
    data = storage.read("masters", signed.name)
    assert verify.check(data, name="f", trust=trust()).overall is Overall.TRUSTED


def _same_database(folder: Path) -> dict[str, str]:
    """The environment in which another process sees this test's rows, files and keys."""
    given = connection.settings_dict
    url = f"sqlite:///{given['NAME']}"
    if connection.vendor == "postgresql":
        who = f"{given['USER']}:{given['PASSWORD']}@" if given["USER"] else ""
        url = f"postgres://{who}{given['HOST']}:{given['PORT']}/{given['NAME']}"
    return {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "DATABASE_URL": url,
        "VAR_DIR": str(settings.VAR_DIR),
        "SIGNING_KEYS": str(settings.SIGNING_KEYS),
        "STORAGE_URL": f"file://{folder / 'media'}",
    }


@pytest.mark.django_db
def test_the_bundle_of_a_piece_verifies_for_ever() -> None:
    piece, other = a_piece(), a_piece()
    publish.papers(piece.pk)
    publish.papers(other.pk)

    zipped = publish.bundle(piece=piece, openings=True)

    report = verify.check(zipped, name="b", trust=trust())
    assert report.overall is Overall.TRUSTED
    assert bundle.unpack(zipped).openings is not None
    assert bundle.unpack(publish.bundle(piece=piece)).openings is None


@pytest.mark.django_db
def test_the_bundle_of_a_buyer_holds_their_own_copy() -> None:
    piece = a_piece()
    file = publish.papers(piece.pk)
    copy = credentials.sign_copy(
        signed=storage.read("masters", file.name),
        media_type=file.media_type,
        title="Harbour",
        grant_id="grant-9",
        keys=keys.ensure(settings.SIGNING_KEYS),
        at=file.signed_at,
    )

    report = verify.check(publish.bundle(piece=piece, file=copy), name="b", trust=trust())

    assert (report.overall, report.grant_id) == (Overall.TRUSTED, "grant-9")


@pytest.mark.django_db
def test_a_piece_without_papers_has_no_bundle() -> None:
    with pytest.raises(packing.NoPapersYet):
        publish.bundle(piece=a_piece())


def run_command(*arguments: str) -> int:
    with pytest.raises(SystemExit) as ended:
        call_command("verify", *arguments)
    return int(ended.value.code or 0)


@pytest.mark.django_db
def test_the_sites_command_trusts_the_house_and_knows_withdrawals(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    piece = a_piece()
    path = tmp_path / "piece.png"
    path.write_bytes(storage.read("masters", publish.papers(piece.pk).name))

    assert run_command(str(path)) == 0
    assert "Not on the list of withdrawn pieces." in capsys.readouterr().out
    factories.review(piece, state="withdrawn")
    assert run_command(str(path), "--lang", "zh") == 4
    assert "由 Vernissage Signer" in capsys.readouterr().out
    assert run_command(str(tmp_path / "gone.png")) == 64
