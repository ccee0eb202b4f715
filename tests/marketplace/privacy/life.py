"""A whole life in the house: somebody who has left their name wherever one can be left."""

from datetime import timedelta
from typing import Any

from allauth.account.models import EmailAddress
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.utils import timezone

from common import audit, storage, tokens
from common.models import IdempotentAnswer, User
from generation.models import Account, InputWork, JobInput, Piece
from licensing.licences import grants, transfers
from licensing.models import Claim, ClaimEvidence, Finding, Grant, HumanAct, Openings, Review
from marketplace import search
from marketplace.models import (
    CommissionNote,
    Delivery,
    Download,
    Draft,
    Order,
    OrderLine,
    Payment,
    Profile,
    Refund,
)
from marketplace.privacy import consents
from tests import factories

NAME = "Quixotimus"
WORDS = {"width": 64, "height": 48, "title": f"for {NAME}", "steps": [{"prompt": f"by {NAME}", "strength": 0.5}]}


def somebody() -> User:
    """Their rows in every table of the map that ordinary people have rows in."""
    person = factories.user(NAME.lower(), email=f"{NAME}@example.org", first_name=NAME, last_name=NAME)
    EmailAddress.objects.create(user=person, email=person.email, verified=True, primary=True)
    tokens.issue(user=person, name=f"{NAME}'s script", scopes=["account:read"], days=7)
    Account.objects.create(user=person, pieces_per_day=9)
    IdempotentAnswer.objects.create(
        user=person, scope="orders", key=NAME, fingerprint="0", body={"email": person.email}
    )
    LogEntry.objects.create(
        user=factories.user(is_staff=True),
        content_type=ContentType.objects.get_for_model(User),
        object_id=str(person.pk),
        object_repr=person.username,
        action_flag=CHANGE,
    )
    audit.record(action="profile.opened", subject=person, role="maker", actor=person)
    piece = _made(person)
    _bought(person)
    _commissioned(person)
    _claimed(person)
    for name in consents.SIGN_UP:
        consents.answer(person=person, name=name, given=True, how="sign-up", language="en")
    factories.artwork(Profile.objects.get(user=person), of=piece, title="Kiln Dusk", story=f"{NAME} walked there.")
    search.sweep()
    return person


def _made(person: User) -> Piece:
    factories.maker(person, name=f"Studio {NAME}", about=f"{NAME} paints.", takes_commissions=True)
    job = factories.job(person, prompt=f"{NAME} by the sea", parameters=WORDS)
    piece = factories.piece(person, of=job, steps=[{"parameters": {"title": NAME, "width": 64}}])
    record = factories.papers(piece).record
    opening, number = {"value": NAME, "salt": "00"}, {"value": "64", "salt": "01"}
    body = {"seed": number, "prompt": opening, "parameters": {"title": opening, "width": number}}
    Openings.objects.create(record=record, body=body)
    HumanAct.objects.create(piece=piece, act="chose", by=person, detail={"of": 1})
    review = factories.review(piece)
    Review.objects.filter(pk=review.pk).update(maker_words=f"I, {NAME}, made it.")
    Finding.objects.create(review=review, rule="people", severity=Finding.Severity.FINE, sentence="Nothing was seen.")
    works = [_brought(person, content) for content in (b"used", b"idle")]
    JobInput.objects.create(job=job, role="content", work=works[0])
    return piece


def _brought(person: User, content: bytes) -> InputWork:
    stored = storage.put("masters", content, ".png")
    return InputWork.objects.create(
        owner=person,
        origin=InputWork.Origin.UPLOAD,
        media_type="image/png",
        sha256=stored.sha256,
        name=stored.name,
        licence_spdx="CC-BY-4.0",
        rights_holder=NAME,
        source=f"https://{NAME}.example.org/",
    )


def _bought(person: User) -> Grant:
    work = factories.artwork()
    order = _order(person)
    line = OrderLine.objects.create(
        order=order,
        artwork=work,
        template=factories.template(),
        description=work.title,
        price_minor=4900,
        currency="EUR",
    )
    payment = Payment.objects.create(order=order, amount_minor=4900, currency="EUR", idempotency_key=str(order.pk))
    Refund.objects.create(payment=payment, action="r", amount_minor=100, currency="EUR", reason="A scratch.")
    bought = grants.grant(
        piece=work.piece,
        template=factories.template(),
        holder=person,
        holder_email=person.email,
        work_title=work.title,
        edition_number=1,
        edition_size=5,
        source=f"order_line:{line.pk}",
    )
    names = {f"{what}_name": _file(what) for what in ("bundle", "picture", "certificate")}
    given: dict[str, Any] = {"bundle_sha256": "0" * 64, "bundle_bytes": 9, "picture_media_type": "image/png", **names}
    Delivery.objects.create(grant=bought, **given)
    Download.objects.create(grant=bought, what="bundle")
    transfers.offer(grant=bought, to_email="friend@example.org", by=person, language="en")
    return bought


def _file(what: str, name: str = NAME) -> str:
    return storages["masters"].save(f"{what}.bin", ContentFile(f"{what} of {name}".encode()))


def _order(person: User) -> Order:
    now = timezone.now()
    return Order.objects.create(
        buyer=person,
        email=person.email,
        state=Order.State.FULFILLED,
        total_minor=4900,
        currency="EUR",
        expires_at=now + timedelta(minutes=15),
        paid_at=now,
        fulfilled_at=now,
    )


def _commissioned(person: User) -> None:
    theirs = Profile.objects.get(user=person)
    wanted = factories.commission(commissioner=person, state="cancelled", title=f"{NAME}'s hall", brief=f"I am {NAME}")
    made = factories.commission(theirs, state="declined", quote_note=f"Yours, {NAME}")
    for commission, by in ((wanted, wanted.maker), (made, theirs)):
        job = factories.job(by.user)
        draft = Draft.objects.create(commission=commission, number=1, job=job, note=f"From {by.name}.")
        CommissionNote.objects.create(draft=draft, author=commission.commissioner, text=f"Dear {NAME}, brighter.")


def _claimed(person: User) -> None:
    claim = Claim.objects.create(
        piece=factories.artwork().piece,
        named="Kiln Dusk",
        claimant=person,
        name=NAME,
        email=person.email,
        role=Claim.Role.OWNER,
        own_work="A photograph.",
        statement="It is mine.",
        good_faith=True,
        due_at=timezone.now() + timedelta(days=9),
    )
    ClaimEvidence.objects.create(
        claim=claim, title="photograph.jpg", name=_file("evidence", "the photograph"), byte_count=9
    )
