"""A maker's month: what was brought forward, each sale, refund and payout, and what is left. As CSV and as PDF."""

import csv
import io
from datetime import UTC, datetime
from decimal import Decimal
from typing import Literal, NamedTuple
from uuid import UUID

from babel.numbers import get_currency_precision
from django.db.models import Q, Sum
from django.utils import timezone

from common.errors import NotFound
from marketplace.models import Commission, Line, OrderLine, Profile
from marketplace.payments import ledger

__all__ = ["Kind", "Made", "Month", "NoStatement", "Row", "exact", "make", "read"]

Kind = Literal["csv", "pdf"]


class NoStatement(NotFound):
    code = "no_statement"
    title = "There is no statement of this month. Name a past month or the present one, such as 2026-11."


class Row(NamedTuple):
    """One booking: `gross_minor` is what a buyer paid or got back, `net_minor` the maker's part of it."""

    at: datetime
    kind: str
    what: str
    gross_minor: int
    net_minor: int


class Month(NamedTuple):
    """One maker's month in one currency: opening + the rows = closing. What is still on hold is part of it."""

    currency: str
    opening_minor: int
    rows: list[Row]
    closing_minor: int


class Made(NamedTuple):
    name: str
    media_type: str
    content: bytes


def make(*, maker_id: UUID, month: str, kind: Kind) -> Made:
    """The statement of a month, written as 2026-11, as a file. NoStatement for no maker and for what lies ahead."""
    first, after = _bounds(month)
    maker = Profile.objects.filter(pk=maker_id).first()
    if maker is None:
        raise NoStatement()
    months = read(maker_id=maker_id, first=first, after=after)
    name = f"vernissage-{maker.slug}-{month}.{kind}"
    if kind == "csv":
        return Made(name, "text/csv; charset=utf-8", _csv(months))
    from marketplace.payouts.paper import draw  # the PDF library is loaded where somebody asks for paper

    return Made(name, "application/pdf", draw(maker=maker, month=month, months=months, at=min(after, timezone.now())))


def read(*, maker_id: UUID, first: datetime, after: datetime) -> list[Month]:
    """What was booked for a maker in [first, after), a month for each currency. Queries do not grow with the rows."""
    lines = Line.objects.filter(entry__posted=True, account__code=ledger.payable(maker_id), entry__booked_at__lt=after)
    opened = lines.values_list("currency").annotate(
        opening=Sum("amount_minor", filter=Q(entry__booked_at__lt=first), default=0)
    )
    booked = list(lines.filter(entry__booked_at__gte=first).select_related("entry").order_by("entry__booked_at", "id"))
    gross, whats = _gross(booked), _whats([line.entry.action for line in booked])
    months = []
    for currency, opening in opened.order_by("currency"):
        rows = [
            Row(
                line.entry.booked_at,
                line.entry.kind,
                whats.get(line.entry.action, ""),
                gross.get(line.entry_id, 0),
                -line.amount_minor,
            )
            for line in booked
            if line.currency == currency
        ]
        months.append(Month(currency, -opening, rows, -opening + sum(row.net_minor for row in rows)))
    return months


def _bounds(month: str) -> tuple[datetime, datetime]:
    try:
        first = datetime.strptime(month, "%Y-%m").replace(tzinfo=UTC)
        after = first.replace(year=first.year + first.month // 12, month=first.month % 12 + 1)
    except ValueError:
        raise NoStatement() from None
    if first > timezone.now():
        raise NoStatement()
    return first, after


def _gross(booked: list[Line]) -> dict[UUID, int]:
    """What the whole of each sale or refund came to: the maker's part, and what the house kept or gave back of it."""
    shared = Line.objects.filter(
        entry__in={line.entry_id for line in booked},
        entry__kind__in=["receipt", "release", "refund"],
    ).exclude(account__code__in=[ledger.STRIPE_BALANCE, ledger.STRIPE_FEES])
    parts = shared.exclude(entry__kind="release", amount_minor__gt=0)
    return {entry: -total for entry, total in parts.values_list("entry").annotate(total=Sum("amount_minor"))}


def _whats(actions: list[str]) -> dict[str, str]:
    """What was sold, by the action of a sale, a refund or a delivered commission."""
    ids: dict[str, set[UUID]] = {"payment": set(), "refund": set(), "commission": set()}
    for kind, found in map(_subject, actions):
        ids.get(kind, set()).add(found)
    sold = OrderLine.objects.all()
    named = {
        "payment": sold.filter(order__payments__in=ids["payment"]).values_list("order__payments", "description"),
        "refund": sold.filter(order__payments__refunds__in=ids["refund"]).values_list(
            "order__payments__refunds", "description"
        ),
        "commission": Commission.objects.filter(pk__in=ids["commission"]).values_list("pk", "title"),
    }
    whats = {(kind, pk): what for kind, rows in named.items() for pk, what in rows}
    return {action: whats.get(_subject(action), "") for action in actions}


def _subject(action: str) -> tuple[str, UUID]:
    """What kind of thing an action is about, and which: `refund:<id>:bounced` is about that refund."""
    kind, subject, *_ = action.split(":")
    return kind, UUID(subject)


def _csv(months: list[Month]) -> bytes:
    """A table as spreadsheets read it, in English. A text that a spreadsheet would take for a formula is kept one."""
    text = io.StringIO()
    table = csv.writer(text)
    table.writerow(["date", "kind", "what", "gross", "yours", "currency"])
    for month in months:
        table.writerow(["", "brought_forward", "", "", exact(month.opening_minor, month.currency), month.currency])
        for row in month.rows:
            gross, net = (exact(minor, month.currency) for minor in (row.gross_minor, row.net_minor))
            what = f"'{row.what}" if row.what.startswith(("=", "+", "-", "@", "\t", "\r")) else row.what
            at = row.at.astimezone(UTC).isoformat(timespec="seconds")
            table.writerow([at, row.kind, what, gross, net, month.currency])
        table.writerow(["", "carried_forward", "", "", exact(month.closing_minor, month.currency), month.currency])
    return text.getvalue().encode("utf-8-sig")


def exact(minor: int, currency: str) -> Decimal:
    """Minor units as an amount in the currency itself, with all its places."""
    return Decimal(minor).scaleb(-get_currency_precision(currency))
