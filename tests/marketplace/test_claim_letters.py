"""What a claim does to the listing and which letters it sends, each in the language of whoever gets it."""

from pathlib import Path
from typing import Any

import pytest
from django.core import mail

from common import outbox
from licensing import claims
from licensing.models import Claim
from marketplace import catalogue
from marketplace.models import Artwork
from tests import factories
from tests.licensing.claims.cases import FILING, hiding

pytestmark = pytest.mark.django_db


@pytest.fixture
def work(monkeypatch: pytest.MonkeyPatch) -> Artwork:
    """A listed work; what the log would do with a decision is tested elsewhere."""
    from licensing.provenance import notices

    monkeypatch.setattr(notices, "withdrawn", lambda **_: None)
    work = factories.artwork(title="Rain at 100 %")
    factories.papers(work.piece)
    return work


def _file(work: Artwork, *, language: str = "en") -> Claim:
    filing = claims.Filing(**{**FILING, "statement": "A copy: 100 %(sure)s."})
    return claims.receive(piece=work.piece, filing=filing, language=language)


def _letters() -> dict[str, str]:
    """What was sent since the last time, by address."""
    outbox.deliver_due()
    sent = {letter.to[0]: f"{letter.subject}\n{letter.body}" for letter in mail.outbox}
    mail.outbox.clear()
    return sent


def test_both_sides_get_a_letter_and_the_creator_does_not_learn_who_it_is(work: Artwork) -> None:
    claim = _file(work, language="zh-hans")
    letters = _letters()
    ours, theirs = letters["ada@example.net"], letters[work.maker.user.email]
    assert "我们已收到您的主张：Rain at 100 %" in ours
    assert f"/claims/{claims.key(claim)}/" in ours
    assert "A copy: 100 %(sure)s." in theirs
    assert f"/claims/against/{claim.pk}/" in theirs
    assert not [word for word in ("Ada", "ada@example.net", claims.key(claim)) if word in theirs]


def test_each_step_is_told_to_the_other_side_and_the_end_to_both(work: Artwork) -> None:
    claim, maker = _file(work), work.maker.user
    _letters()
    claims.counter(claim=claim, by=maker, words="I drew it.")
    assert {address: "I drew it." in text for address, text in _letters().items()} == {"ada@example.net": True}
    claims.keep_up(claim=claim, words="See the court's file.")
    assert {address: "See the court" in text for address, text in _letters().items()} == {maker.email: True}
    claims.uphold(claim=claim, reviewer=factories.reviewer(), reason="It is the same.")
    letters = _letters()
    assert set(letters) == {"ada@example.net", maker.email}
    assert all("was upheld" in text and "It is the same." in text for text in letters.values())


def test_a_hidden_work_leaves_the_wall_and_returns_to_its_place(work: Artwork, tmp_path: Path, settings: Any) -> None:
    hiding(tmp_path, settings)
    factories.artwork(title="Newer")
    before = [one.title for one in catalogue.wall()]
    claim = _file(work)
    assert "not shown or sold" in _letters()["ada@example.net"]
    assert [one.title for one in catalogue.wall()] == ["Newer"]
    claims.withdraw(claim=claim)
    outbox.deliver_due()
    assert [one.title for one in catalogue.wall()] == before


def test_what_its_maker_took_down_meanwhile_stays_down(work: Artwork, tmp_path: Path, settings: Any) -> None:
    catalogue.unlist(artwork=work, actor=work.maker.user)
    hiding(tmp_path, settings)
    claims.withdraw(claim=_file(work))
    outbox.deliver_due()
    work.refresh_from_db()
    assert work.state == Artwork.State.WITHDRAWN


def test_a_work_that_came_down_for_a_claim_is_not_listed_by_its_maker(
    work: Artwork, tmp_path: Path, settings: Any
) -> None:
    hiding(tmp_path, settings)
    _file(work)
    work.refresh_from_db()
    with pytest.raises(catalogue.NotApproved):
        catalogue.relist(artwork=work, actor=work.maker.user)
    work.refresh_from_db()
    assert work.state == Artwork.State.UNDER_REVIEW
