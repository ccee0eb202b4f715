"""The books: what was received, kept, owed and sent back, in double entry. Knows nothing of orders or of the provider.

A line is a debit when positive and a credit when negative. What the house has is a debit (`stripe_balance`,
`stripe_fees`); what it earned or owes is a credit. The database itself refuses an entry that does not balance.
"""

from collections.abc import Sequence
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import Sum

from common.ids import new_id
from marketplace.models import Account, Entry, Line

__all__ = [
    "OWED_BACK",
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
    "split",
    "undo",
]

STRIPE_BALANCE = "stripe_balance"
STRIPE_FEES = "stripe_fees"
PLATFORM_REVENUE = "platform_revenue"
OWED_BACK = "owed_back"
_DEPOSIT = "deposit_held:commission:"

Posting = tuple[str, int]


def payable(maker_id: UUID) -> str:
    """The account of what is owed to a maker."""
    return f"payable:maker:{maker_id}"


def deposit_held(commission_id: UUID) -> str:
    """The account of what was paid for a commission that is not delivered yet."""
    return f"{_DEPOSIT}{commission_id}"


def receipt_of(payment_id: UUID) -> str:
    """The action under which a payment's receipt is booked."""
    return f"payment:{payment_id}:receipt"


def post(*, action: str, kind: str, currency: str, lines: Sequence[Posting]) -> Entry:
    """Book `lines` (account code, amount in minor units) once: a second call with the same action gets the first entry.

    Lines of nothing are left out. IntegrityError from the database if the rest does not sum to zero.
    """
    entry = Entry(id=new_id(), action=action, kind=kind)
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


def book_sale(*, action: str, currency: str, amount_minor: int, maker_id: UUID) -> Entry:
    """A receipt that is earned at once: the house's commission, and the rest owed to the maker."""
    house, maker = _shares(amount_minor)
    lines = [(STRIPE_BALANCE, amount_minor), (PLATFORM_REVENUE, -house), (payable(maker_id), -maker)]
    return post(action=action, kind="receipt", currency=currency, lines=lines)


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
    """Earn what is held for a commission, once it is delivered: the house's commission, and the rest to the maker.

    Happens once per commission. None if nothing is held and nothing was released.
    """
    action = _release_action(commission_id)
    with transaction.atomic():
        if booked := Entry.objects.filter(action=action).first():
            return booked
        held = -balance(deposit_held(commission_id), currency)
        if held <= 0:
            return None
        house, maker = _shares(held)
        lines = [(deposit_held(commission_id), held), (PLATFORM_REVENUE, -house), (payable(maker_id), -maker)]
        return post(action=action, kind="release", currency=currency, lines=lines)


def reverse(*, action: str, receipt: str, amount_minor: int, before_minor: int) -> Entry:
    """Book money sent back out of the receipt with the action `receipt`, from those who had it, in proportion.

    `before_minor` is what was sent back of that receipt earlier; shares are cumulative, so that giving all of it back
    in parts leaves every account as it was. What was released from a deposit is taken from those it went to.
    """
    lines = list(Line.objects.filter(entry__action=receipt).select_related("account").order_by("id"))
    credits: list[Posting] = []
    for line in lines:
        if line.amount_minor < 0:
            credits += _whereabouts(line.account.code, -line.amount_minor)
    weights = [amount for _, amount in credits]
    after, before = split(before_minor + amount_minor, weights), split(before_minor, weights)
    back = [(code, now - then) for (code, _), now, then in zip(credits, after, before, strict=True)]
    currency = lines[0].currency
    return post(action=action, kind="refund", currency=currency, lines=[(STRIPE_BALANCE, -amount_minor), *back])


def undo(*, action: str, entry: str) -> Entry:
    """Book the opposite of the entry with the action `entry`."""
    lines = list(Line.objects.filter(entry__action=entry).select_related("account").order_by("id"))
    opposite = [(line.account.code, -line.amount_minor) for line in lines]
    return post(action=action, kind="undo", currency=lines[0].currency, lines=opposite)


def _whereabouts(code: str, amount_minor: int) -> list[Posting]:
    """Where a credit is by now: a released deposit lies with those among whom it was divided."""
    if not code.startswith(_DEPOSIT):
        return [(code, amount_minor)]
    release = Line.objects.filter(entry__action=_release_action(UUID(code.removeprefix(_DEPOSIT))), amount_minor__lt=0)
    released = [(line.account.code, -line.amount_minor) for line in release.select_related("account").order_by("id")]
    if not released:
        return [(code, amount_minor)]
    shares = split(amount_minor, [amount for _, amount in released])
    return [(to, share) for (to, _), share in zip(released, shares, strict=True)]


def _release_action(commission_id: UUID) -> str:
    return f"commission:{commission_id}:release"


def _shares(amount_minor: int) -> tuple[int, int]:
    rate = settings.COMMISSION_RATE_PERCENT
    house, maker = split(amount_minor, [rate, 100 - rate])
    return house, maker


def _account(code: str, currency: str) -> Account:
    if known := Account.objects.filter(code=code, currency=currency).first():
        return known
    Account.objects.bulk_create([Account(code=code, currency=currency)], ignore_conflicts=True)
    return Account.objects.get(code=code, currency=currency)
