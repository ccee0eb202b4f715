"""Holders hear of a withdrawal once, in their language, and what they hold stays genuine, but is called withdrawn."""

from collections.abc import Callable
from pathlib import Path
from smtplib import SMTPServerDisconnected
from typing import Any

import pytest
from django.core import mail
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.test import Client

from common import outbox, storage
from licensing.models import Grant, SignedFile, Withdrawal, WithdrawalLetter
from licensing.provenance import publish
from licensing.rights import withdrawals
from marketplace import notices, withdrawal_letters
from marketplace.models import Artwork, Order
from tests import factories
from tests.racing import race
from tests.withdrawing import begun, made, trained

pytestmark = pytest.mark.django_db

Delivered = Callable[..., tuple[Order, Grant]]


def _works(*seeds: int) -> list[Artwork]:
    _, model = trained()
    pieces = [made(model, seed) for seed in seeds]
    for piece in pieces:
        publish.papers(piece.pk)
    return [
        factories.artwork(factories.maker(piece.slot.job.requested_by), of=piece, title=f"Work {piece.seed}")
        for piece in pieces
    ]


def _withdrawn() -> Withdrawal:
    withdrawal = begun()
    withdrawals.resume(withdrawal)
    return withdrawal


def _letters() -> list[Any]:
    return [letter for letter in mail.outbox if letter.subject.startswith(("The consent", "您持有"))]


def _settle() -> None:
    while outbox.deliver_due():
        pass


def test_one_letter_a_holder_with_all_that_is_theirs(delivered: Delivered) -> None:
    first, second, third = _works(100, 200, 300)
    anna, bo = factories.user(), factories.user(language="zh-hans")
    for work, buyer in ((first, anna), (second, anna), (third, bo)):
        delivered(work, buyer=buyer)
    withdrawal = _withdrawn()
    assert _letters() == [], "nobody is told before the end"
    _settle()
    withdrawal_letters.send(withdrawal.pk)

    by_address = {letter.to[0]: letter for letter in _letters()}
    assert len(_letters()) == 2
    assert "– Work 100\n– Work 200\n" in by_address[anna.email].body
    assert by_address[bo.email].subject == "您持有的作品所依据的同意已被撤回"
    assert not WithdrawalLetter.objects.filter(sent_at=None).exists()


def test_a_refused_address_holds_up_nobody_and_is_tried_again(
    delivered: Delivered, monkeypatch: pytest.MonkeyPatch
) -> None:
    works = _works(100, 200)
    people = [factories.user(), factories.user()]
    for work, buyer in zip(works, people, strict=True):
        delivered(work, buyer=buyer)
    withdrawal = _withdrawn()
    send = notices.send

    def refuse(subject: str, paragraphs: list[str], address: str) -> None:
        if address == people[0].email:
            raise SMTPServerDisconnected
        send(subject, paragraphs, address)

    monkeypatch.setattr(notices, "send", refuse)
    with pytest.raises(withdrawal_letters.NotAllTold):
        withdrawal_letters.send(withdrawal.pk)
    assert [letter.to for letter in _letters()] == [[people[1].email]]

    monkeypatch.setattr(notices, "send", send)
    withdrawal_letters.send(withdrawal.pk)
    assert [letter.to for letter in _letters()] == [[people[1].email], [people[0].email]]


def test_who_holds_nothing_any_more_gets_no_letter(delivered: Delivered) -> None:
    [work] = _works(100)
    _, grant = delivered(work)
    withdrawal = _withdrawn()
    Grant.objects.filter(pk=grant.pk).update(state="revoked", revoked_at=withdrawal.begun_at)
    _settle()
    assert _letters() == []


@pytest.mark.concurrency
@pytest.mark.django_db(transaction=True)
def test_two_who_send_at_once_send_one(delivered: Delivered) -> None:
    [work] = _works(100)
    delivered(work)
    withdrawal = _withdrawn()
    assert race([lambda: withdrawal_letters.send(withdrawal.pk)] * 4) == [None] * 4
    assert len(_letters()) == 1


def test_a_sold_copy_stays_genuine_and_is_called_withdrawn(
    delivered: Delivered, client: Client, tmp_path: Path
) -> None:
    [work] = _works(100)
    _, grant = delivered(work)
    content = storage.read("masters", SignedFile.objects.get(piece=work.piece).name)
    copy = tmp_path / "copy.png"
    copy.write_bytes(content)

    def exit_code() -> int:
        with pytest.raises(SystemExit) as ended:
            call_command("verify", str(copy))
        return int(ended.value.code or 0)

    assert exit_code() == 0
    _withdrawn()

    assert exit_code() == 4
    page = client.post("/verify/", {"file": SimpleUploadedFile("copy.png", content)}).content.decode()
    assert "The papers hold, but this piece was withdrawn." in page
    grant.refresh_from_db()
    assert grant.state == Grant.State.LIVE
