"""The books: what was received, kept, owed and sent back, in double entry. Knows nothing of orders or of the provider.

A line is a debit when positive and a credit when negative. What the house has is a debit (`stripe_balance`,
`stripe_fees`); what it earned or owes is a credit. The database itself refuses an entry that does not balance.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet, Sum
from django.utils import timezone

from common.ids import new_id
from marketplace.models import Account, Entry, Line

__all__ = [
    "OWED_BACK",
    "PAYABLE",
    "PLATFORM_REVENUE",
    "STRIPE_BALANCE",
    "STRIPE_FEES",
    "balance",
    "book_deposit",
    "book_fee",
    "book_sale",
    "book_unowed",
    "deposit_held",
    "payable",
    "post",
    "receipt_of",
    "release_commission",
    "reverse",
    "shares",
    "split",
    "undo",
]

STRIPE_BALANCE = "stripe_balance"
STRIPE_FEES = "stripe_fees"
PLATFORM_REVENUE = "platform_revenue"
OWED_BACK = "owed_back"
PAYABLE = "payable:maker:"
_DEPOSIT = "deposit_held:commission:"

Posting = tuple[str, int]


def payable(maker_id: UUID) -> str:
    """The account of what is owed to a maker."""
    return f"{PAYABLE}{maker_id}"


def deposit_held(commission_id: UUID) -> str:
    """The account of what was paid for a commission that is not delivered yet."""
    return f"{_DEPOSIT}{commission_id}"


def receipt_of(payment_id: UUID) -> str:
    """The action under which a payment's receipt is booked."""
    return f"payment:{payment_id}:receipt"


def post(
    *, action: str, kind: str, currency: str, lines: Sequence[Posting], matures_at: datetime | None = None
) -> Entry:
    """Book `lines` (account code, amount in minor units) once: a second call with the same action gets the first entry.

    Lines of nothing are left out. IntegrityError from the database if the rest does not sum to zero. What the entry
    makes payable may be paid out from `matures_at` on.
    """
    entry = Entry(id=new_id(), action=action, kind=kind, matures_at=matures_at)
    with transaction.atomic():
        Entry.objects.bulk_create([entry], ignore_conflicts=True)
        booked = Entry.objects.get(action=action)
        if booked.pk != entry.pk:
            return booked
        accounts = {code: _account(code, currency) for code in sorted({code for code, _ in lines})}
        Line.objects.bulk_create(
            Line(entry=booked, account=accounts[code], amount_minor=amount, currency=currency)
            for code, amount in lines
            if amount
        )
        booked.posted = True
        booked.save(update_fields=["posted"])
    return booked


def balance(code: str, currency: str) -> int:
    """Debits less credits of an account, in minor units; what is owed is therefore negative."""
    lines = Line.objects.filter(account__code=code, account__currency=currency, entry__posted=True)
    return lines.aggregate(total=Sum("amount_minor"))["total"] or 0


def split(amount_minor: int, weights: Sequence[int]) -> list[int]:
    """Shares of an amount in proportion to `weights`, summing to it exactly (largest remainder, the earlier on a tie).

    ValueError if the weights are negative or sum to nothing.
    """
    whole = sum(weights)
    if whole <= 0 or min(weights) < 0:
        raise ValueError("Weights are not negative, and at least one is positive.")
    sign = -1 if amount_minor < 0 else 1
    shares = [abs(amount_minor) * weight // whole for weight in weights]
    by_remainder = sorted(range(len(weights)), key=lambda i: (-(abs(amount_minor) * weights[i] % whole), i))
    for index in by_remainder[: abs(amount_minor) - sum(shares)]:
        shares[index] += 1
    return [sign * share for share in shares]


def shares(amount_minor: int, maker_id: UUID) -> list[Posting]:
    """Who gets how much of what was earned, as (account code, minor units) that sum to it exactly.

    The house's commission, and the rest to the maker. Whoever else is to have a part of a sale is named here.
    """
    rate = settings.COMMISSION_RATE_PERCENT
    accounts, weights = (PLATFORM_REVENUE, payable(maker_id)), (rate, 100 - rate)
    return list(zip(accounts, split(amount_minor, weights), strict=True))


def book_sale(*, action: str, currency: str, amount_minor: int, maker_id: UUID) -> Entry:
    """A receipt that is earned at once, divided into its shares. The maker's matures after `PAYOUT_HOLD_DAYS`."""
    lines = [(STRIPE_BALANCE, amount_minor), *_earned(amount_minor, maker_id)]
    return post(action=action, kind="receipt", currency=currency, lines=lines, matures_at=_after_the_hold())


def book_deposit(*, action: str, currency: str, amount_minor: int, commission_id: UUID) -> Entry:
    """A receipt that is held until the commission is delivered."""
    lines = [(STRIPE_BALANCE, amount_minor), (deposit_held(commission_id), -amount_minor)]
    return post(action=action, kind="receipt", currency=currency, lines=lines)


def book_unowed(*, action: str, currency: str, amount_minor: int) -> Entry:
    """A receipt for which nothing can be given: it is owed back."""
    lines = [(STRIPE_BALANCE, amount_minor), (OWED_BACK, -amount_minor)]
    return post(action=action, kind="receipt", currency=currency, lines=lines)


def book_fee(*, action: str, currency: str, amount_minor: int) -> Entry | None:
    """What the provider kept of a receipt; nothing is booked if it kept nothing."""
    if not amount_minor:
        return None
    lines = [(STRIPE_FEES, amount_minor), (STRIPE_BALANCE, -amount_minor)]
    return post(action=action, kind="fee", currency=currency, lines=lines)


def release_commission(*, commission_id: UUID, maker_id: UUID, currency: str) -> Entry | None:
    """Earn what is held for a commission, once it is delivered, as `book_sale` does with a sale.

    Happens once per commission. None if nothing is held and nothing was released.
    """
    action = _release_action(commission_id)
    with transaction.atomic():
        if booked := Entry.objects.filter(action=action).first():
            return booked
        held = -balance(deposit_held(commission_id), currency)
        if held <= 0:
            return None
        lines = [(deposit_held(commission_id), held), *_earned(held, maker_id)]
        return post(action=action, kind="release", currency=currency, lines=lines, matures_at=_after_the_hold())


def reverse(*, action: str, receipt: str, amount_minor: int, before_minor: int) -> Entry:
    """Book money sent back out of the receipt with the action `receipt`, from those who had it, in proportion.

    `before_minor` is what was sent back of that receipt earlier; shares are cumulative, so that giving all of it back
    in parts leaves every account as it was. What was released from a deposit is taken from those it went to. What has
    not matured yet is taken from what has not.
    """
    received = list(_lines_of(receipt))
    parts = [part for line in received if line.amount_minor < 0 for part in _whereabouts(line)]
    weights = [part.amount_minor for part in parts]
    after, before = split(before_minor + amount_minor, weights), split(before_minor, weights)
    back = [(part.code, now - then) for part, now, then in zip(parts, after, before, strict=True)]
    return post(
        action=action,
        kind="refund",
        currency=received[0].currency,
        lines=[(STRIPE_BALANCE, -amount_minor), *back],
        matures_at=parts[0].matures_at,
    )


def undo(*, action: str, entry: str) -> Entry:
    """Book the opposite of the entry with the action `entry`; what that held back for a time, this does too."""
    lines = list(_lines_of(entry))
    return post(
        action=action,
        kind="undo",
        currency=lines[0].currency,
        lines=[(line.account.code, -line.amount_minor) for line in lines],
        matures_at=lines[0].entry.matures_at,
    )


class _Part(NamedTuple):
    code: str
    amount_minor: int
    matures_at: datetime | None


def _whereabouts(credit: Line) -> list[_Part]:
    """Where a credit is by now: a released deposit lies with those among whom it was divided."""
    code, amount_minor = credit.account.code, -credit.amount_minor
    released: list[Line] = []
    if code.startswith(_DEPOSIT):
        release = _lines_of(_release_action(UUID(code.removeprefix(_DEPOSIT))))
        released = list(release.filter(amount_minor__lt=0))
    if not released:
        return [_Part(code, amount_minor, credit.entry.matures_at)]
    divided = split(amount_minor, [-line.amount_minor for line in released])
    return [
        _Part(line.account.code, share, line.entry.matures_at) for line, share in zip(released, divided, strict=True)
    ]


def _lines_of(action: str) -> QuerySet[Line]:
    return Line.objects.filter(entry__action=action).select_related("account", "entry").order_by("id")


def _release_action(commission_id: UUID) -> str:
    return f"commission:{commission_id}:release"


def _earned(amount_minor: int, maker_id: UUID) -> list[Posting]:
    return [(code, -share) for code, share in shares(amount_minor, maker_id)]


def _after_the_hold() -> datetime:
    return timezone.now() + timedelta(days=settings.PAYOUT_HOLD_DAYS)


def _account(code: str, currency: str) -> Account:
    if known := Account.objects.filter(code=code, currency=currency).first():
        return known
    Account.objects.bulk_create([Account(code=code, currency=currency)], ignore_conflicts=True)
    return Account.objects.get(code=code, currency=currency)
