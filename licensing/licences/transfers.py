"""A licence passes to another holder: offered to an e-mail address, accepted by whoever signs in with the letter's key.

The grant stays the same row, with its terms, its number and its date; who holds it changes, once for each holding.
"""

from datetime import datetime, timedelta
from uuid import UUID

from django.core import signing
from django.db import transaction
from django.utils import timezone

from common import audit, outbox, states
from common.errors import Conflict, Gone, PermissionRefused
from common.models import User
from licensing.licences.grants import locked
from licensing.models import Grant, GrantTransfer

__all__ = [
    "DAYS",
    "NotTransferable",
    "OfferEnded",
    "OfferInvalid",
    "accept",
    "key",
    "offer",
    "offered",
    "take_back",
    "transferable",
]

DAYS = 14
_KEYS = signing.Signer(salt="licensing.transfer")
_OPEN = GrantTransfer.State.OFFERED
_STATES: states.Table = {
    (_OPEN, "holder"): frozenset({GrantTransfer.State.TAKEN_BACK}),
    (_OPEN, "taker"): frozenset({GrantTransfer.State.ACCEPTED}),
}


class NotTransferable(Conflict):
    code = "not_transferable"
    title = "This licence cannot be given to anybody: it has ended, or its terms do not allow it."


class OfferEnded(Gone):
    code = "offer_ended"
    title = "This offer has ended: it was accepted, taken back, or not accepted in time. Ask the holder for a new one."


class OfferInvalid(PermissionRefused):
    code = "offer_invalid"
    title = "This is no key of an offer, or it was changed on its way. Use the link in the letter."


def transferable(grant: Grant) -> bool:
    """Whether its frozen terms let the holder pass it on, and it stands."""
    return grant.stands and bool(grant.terms["rights"].get("resell_edition"))


def offer(*, grant: Grant, to_email: str, by: User | None, language: str) -> GrantTransfer:
    """Offer a grant, as the caller saw its holder have it; an open offer of it is taken back first.

    Raises NotTransferable, also where it has passed to another holder since.
    """
    now = timezone.now()
    with transaction.atomic():
        seen, grant = grant.holding, locked(grant)
        if grant.holding != seen or not transferable(grant):
            raise NotTransferable()
        _take_back_open(grant, by)
        made = GrantTransfer.objects.create(
            grant=grant,
            holding=grant.holding,
            giver=grant.holder,
            giver_email=grant.holder_email,
            to_email=to_email,
            language=language,
            offered_at=now,
            expires_at=now + timedelta(days=DAYS),
        )
        audit.record(action="transfer.offered", subject=grant, role="holder", actor=by, after=made.state)
        outbox.emit("transfer.offered", transfer_id=str(made.pk))
    return made


def take_back(*, grant: Grant, by: User | None) -> None:
    """End the open offer of a grant, if there is one and the caller's holder still has it."""
    with transaction.atomic():
        seen, grant = grant.holding, locked(grant)
        if grant.holding == seen:
            _take_back_open(grant, by)


def key(transfer: GrantTransfer) -> str:
    """With which the offer is accepted; it goes to the offered address only."""
    return _KEYS.sign(transfer.pk.hex)


def offered(opened: str, *, at: datetime | None = None) -> GrantTransfer:
    """The open offer that a key belongs to. Raises OfferInvalid, OfferEnded."""
    found = _of(opened)
    if found.state != _OPEN or found.expires_at <= (at or timezone.now()) or not transferable(found.grant):
        raise OfferEnded()
    return found


def accept(opened: str, *, by: User, language: str) -> Grant:
    """The offered grant becomes that of `by`; accepting again what they accepted changes nothing.

    Of two who accept at once, one gets it. Raises OfferInvalid, OfferEnded.
    """
    with transaction.atomic():
        grant = locked(_of(opened).grant)
        known = _of(opened)  # as it is under the lock
        if known.state == GrantTransfer.State.ACCEPTED and known.taker_id == grant.holder_id == by.pk:
            return grant
        transfer = offered(opened)
        now = timezone.now()
        states.advance(
            transfer,
            to=GrantTransfer.State.ACCEPTED,
            table=_STATES,
            role="taker",
            action="transfer.accepted",
            actor=by,
            taker=by,
            language=language,
            accepted_at=now,
        )
        grant.holder, grant.holder_email, grant.holding = by, by.email, grant.holding + 1
        grant.save(update_fields=["holder", "holder_email", "holding"])
        audit.record(action="grant.transferred", subject=grant, role="taker", actor=by)
        outbox.emit("grant.transferred", grant_id=str(grant.pk), transfer_id=str(transfer.pk))
    return grant


def _of(opened: str) -> GrantTransfer:
    try:
        return GrantTransfer.objects.select_related("grant__piece").get(pk=UUID(_KEYS.unsign(opened)))
    except (signing.BadSignature, ValueError, GrantTransfer.DoesNotExist):
        raise OfferInvalid() from None


def _take_back_open(grant: Grant, by: User | None) -> None:
    for one in GrantTransfer.objects.filter(grant=grant, state=_OPEN):
        states.advance(
            one,
            to=GrantTransfer.State.TAKEN_BACK,
            table=_STATES,
            role="holder",
            action="transfer.taken_back",
            actor=by,
        )
