"""Editions of an artwork: held at checkout, sold when paid. The counters only move by conditional UPDATEs, with the
database's CHECKs behind them. Knows nothing of orders or money.

The number of a sold edition is used up for ever, also if the sale is refunded later.
"""

from uuid import UUID

from django.db import transaction
from django.db.models import F, QuerySet

from common.errors import Conflict
from marketplace.models import Artwork, Edition, OrderLine

__all__ = ["NotForSale", "SoldOut", "hold", "release", "sell"]

# Who holds an edition of a work that its maker took down may still pay for it; of one under review nobody may.
_SOLD_FROM_HOLD = (Artwork.State.LISTED, Artwork.State.WITHDRAWN)


class SoldOut(Conflict):
    code = "sold_out"
    title = "No edition is left. One may come back if somebody does not pay in time."


class NotForSale(Conflict):
    code = "not_for_sale"
    title = "This work is not for sale at the moment."


def hold(artwork_id: UUID) -> None:
    """Put one edition aside. `SoldOut` if none is left, `NotForSale` if the work is not listed."""
    if not _free(artwork_id).update(held=F("held") + 1):
        raise _why_not(artwork_id)


def release(artwork_id: UUID) -> None:
    """Give a held edition back to the wall."""
    if not Artwork.objects.filter(pk=artwork_id, held__gt=0).update(held=F("held") - 1):
        raise RuntimeError(f"No edition of {artwork_id} is held.")


def sell(line: OrderLine, *, from_hold: bool) -> Edition:
    """Sell one edition for an order's line, the held one or a free one, and give it the next number.

    `SoldOut` or `NotForSale` if that cannot be; the hold then still stands.
    """
    assert line.artwork_id is not None
    with transaction.atomic():
        if from_hold:
            mine = Artwork.objects.filter(pk=line.artwork_id, held__gt=0, state__in=_SOLD_FROM_HOLD)
            taken = mine.update(sold=F("sold") + 1, held=F("held") - 1)
        else:
            taken = _free(line.artwork_id).update(sold=F("sold") + 1)
        if not taken:
            raise _why_not(line.artwork_id)
        # The UPDATE holds the row until the transaction ends, so nobody else reads this number.
        number = Artwork.objects.values_list("sold", flat=True).get(pk=line.artwork_id)
        return Edition.objects.create(artwork_id=line.artwork_id, number=number, order_line=line)


def _free(artwork_id: UUID) -> QuerySet[Artwork]:
    return Artwork.objects.filter(pk=artwork_id, state=Artwork.State.LISTED, edition_size__gt=F("sold") + F("held"))


def _why_not(artwork_id: UUID) -> Conflict:
    listed = Artwork.objects.filter(pk=artwork_id, state=Artwork.State.LISTED).exists()
    return SoldOut() if listed else NotForSale()
