"""Paying makers: what each has available is set aside and sent to their account."""

import logging
from uuid import UUID

from django.conf import settings
from django.db import transaction

from common import audit, outbox
from marketplace.models import PayoutAccount, Transfer
from marketplace.payments import connect
from marketplace.payments.provider import ProviderTransfer
from marketplace.payouts import books, sending

__all__ = ["run", "send_due"]

log = logging.getLogger(__name__)


def run() -> list[Transfer]:
    """Resolve to pay every maker who has enough and can be paid; `payout.intended` {transfer_id} has it sent.

    May run as often as it likes, at the same time too: what is set aside is not available to the next run.
    """
    intended = []
    for maker_id, currency in books.matured(at_least_minor=settings.PAYOUT_MINIMUM_MINOR):
        try:
            transfer = _intend(maker_id, currency)
        except Exception:
            log.exception("maker %s could not be paid in %s", maker_id, currency)
            continue
        if transfer is not None:
            intended.append(transfer)
    return intended


def send_due(*, limit: int = 100) -> int:
    """Send what was set aside and return how many transfers arrived."""
    return sending.send_due(_WAY, limit=limit)


def _intend(maker_id: UUID, currency: str) -> Transfer | None:
    with transaction.atomic():
        account = _lock(maker_id)
        if account is None or not account.active:
            return None
        mine = Transfer.objects.filter(maker_id=maker_id, currency=currency)
        if mine.filter(state__in=sending.UNFINISHED).exists():
            return None
        amount_minor = _available(maker_id, currency)
        if amount_minor < settings.PAYOUT_MINIMUM_MINOR:
            return None
        transfer = Transfer.objects.create(
            maker_id=maker_id,
            action=f"payout:{maker_id}:{currency}:{mine.count() + 1}",
            amount_minor=amount_minor,
            currency=currency,
            destination=account.provider_id or "",
        )
        books.set_aside(transfer)
        audit.record(action="payout.intend", subject=transfer, role="system", after=transfer.state)
        outbox.emit("payout.intended", transfer_id=str(transfer.pk))
    return transfer


def _lock(maker_id: UUID) -> PayoutAccount | None:
    """The maker's account, held until the transaction ends: two runs look at a maker's balance one after the other."""
    return PayoutAccount.objects.select_for_update().filter(maker_id=maker_id).first()


def _available(maker_id: UUID, currency: str) -> int:
    return sum(owed.available_minor for owed in books.owed_to(maker_id) if owed.currency == currency)


def _find(transfer: Transfer) -> ProviderTransfer | None:
    return connect.find_transfer(transfer.action)


def _make(transfer: Transfer) -> ProviderTransfer:
    return connect.transfer(
        account_id=transfer.destination,
        amount_minor=transfer.amount_minor,
        currency=transfer.currency,
        action_id=transfer.action,
        idempotency_key=transfer.action,
    )


def _destination(transfer: Transfer) -> str:
    return transfer.destination


_WAY = sending.Way(
    name="payout",
    rows=Transfer,
    related=(),
    find=_find,
    make=_make,
    expected=_destination,
    book_success=books.arrived,
    book_failure=books.return_to_payable,
)
