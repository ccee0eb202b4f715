"""The operator's policy file: what it switches, what it refuses, and what happens when it was changed."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from common import audit
from common.models import OutboxEvent
from generation.models import Piece
from licensing.models import Finding, Review
from licensing.rights import findings, policy, reviews
from licensing.rights.policy import BLOCKS, LOOK
from licensing.rights.policy.claim_terms import ClaimTerms
from tests import factories

pytestmark = pytest.mark.django_db


WRONG_CLAIMS = ["days = 3", "answer_days = 0", "upkeep_days = true", "hide_on_receipt = 1", 'holidays = ["x"]']


@pytest.fixture
def file(tmp_path: Path, settings: Any) -> Path:
    path = tmp_path / "policy.toml"
    path.write_text('[rules]\nmodel_licence = "looks"\n')
    settings.REVIEW_POLICY = str(path)
    return path


def _forbidden() -> Piece:
    """A piece whose model's licence forbids selling."""
    person = factories.user()
    piece = factories.piece(person, of=factories.job(person, model=factories.checkpoint(commercial_output=False)))
    factories.papers(piece)
    return piece


def _severity(piece: Piece) -> dict[str, Any]:
    return {one.rule: one.severity for one in policy.evaluate(piece)}


def test_the_file_says_whether_a_rule_blocks_looks_or_is_off(file: Path) -> None:
    piece = _forbidden()
    assert _severity(piece)["model_licence"] == LOOK
    file.write_text('[rules]\nmodel_licence = "off"\n')
    assert "model_licence" not in _severity(piece)
    file.write_text("")
    assert _severity(piece)["model_licence"] == BLOCKS


def test_the_shipped_file_names_every_rule_and_lets_it_block() -> None:
    names = {rule.__name__ for rule in policy.RULES}
    assert policy.current().modes == dict.fromkeys(names, "blocks")


@pytest.mark.parametrize(
    "content",
    ['[rules]\nno_such_rule = "off"\n', '[rules]\nopt_outs = "maybe"\n', "rules = 3\n", "[other]\n", "[rules", "\xff"]
    + [f"[claims]\n{line}\n" for line in WRONG_CLAIMS],
)
def test_a_file_that_nobody_can_have_meant_is_refused_and_nothing_is_submitted(file: Path, content: str) -> None:
    piece = _forbidden()
    file.write_bytes(content.encode("latin-1"))
    with pytest.raises(policy.PolicyUnreadable):
        reviews.submit(piece=piece, by=piece.slot.job.requested_by)
    with pytest.raises(CommandError):
        call_command("review_policy", "check")
    assert not Review.objects.exists()


def test_a_missing_file_is_refused(file: Path) -> None:
    file.unlink()
    with pytest.raises(policy.PolicyUnreadable):
        policy.current()


def test_a_new_block_puts_a_listed_piece_back_under_review_and_decides_nothing(file: Path, capsys: Any) -> None:
    piece = _forbidden()
    review = reviews.submit(piece=piece, by=piece.slot.job.requested_by)
    reviews.approve(review=review, reviewer=factories.reviewer())
    work = factories.artwork(of=piece, by=factories.maker(piece.slot.job.requested_by))
    file.write_text('[rules]\nmodel_licence = "blocks"\n')
    call_command("review_policy", "evaluate")
    assert f"{piece.pk} back under review: model_licence" in capsys.readouterr().out
    review.refresh_from_db()
    work.refresh_from_db()
    assert (review.state, review.reviewer, work.state) == ("pending", None, "under_review")
    assert OutboxEvent.objects.filter(topic="review.reopened").count() == 1
    assert (audit.history(review)[-1].role, audit.history(review)[-1].actor) == ("policy", None)
    call_command("review_policy", "evaluate")  # nothing is left to do
    assert "0 reviews held" in capsys.readouterr().out


def test_an_answer_stands_while_the_rule_says_the_same(file: Path) -> None:
    file.write_text("")
    piece = _forbidden()
    review = reviews.submit(piece=piece, by=piece.slot.job.requested_by)
    reviews.approve(review=review, reviewer=factories.reviewer(), answers={"model_licence": "They wrote to us."})
    file.write_text("# edited\n")
    outcome = findings.again(review, policy.current())
    review.refresh_from_db()
    assert (outcome.reopened, review.state) == (False, "approved")
    kept = Finding.objects.get(review=review, rule="model_licence")
    assert (kept.answer, kept.policy_version) == ("They wrote to us.", policy.current().version)


def test_what_waits_is_looked_at_again_and_stays_where_it_is(file: Path) -> None:
    piece = _forbidden()
    review = reviews.submit(piece=piece, by=piece.slot.job.requested_by)
    file.write_text("")
    assert findings.outdated(policy.current()) == [review]
    assert findings.again(review, policy.current()).reopened is False
    review.refresh_from_db()
    assert review.state == "pending"
    assert Finding.objects.get(review=review, rule="model_licence").severity == BLOCKS


def test_the_shipped_file_says_of_claims_what_holds_without_it() -> None:
    assert policy.current().claims == ClaimTerms()


def test_the_file_says_how_long_the_sides_of_a_claim_have(file: Path) -> None:
    file.write_text("[claims]\nanswer_days = 3\nholidays = [2027-01-01]\n")
    read = policy.current().claims
    assert (read.answer_days, read.upkeep_days, read.holidays) == (3, 10, frozenset({date(2027, 1, 1)}))
