"""What a paid order for an artwork leads to: grants, files, fulfilled; or the money back where a grant is refused.

Each function may run twice, at once, or stop anywhere and run again: every step looks at the rows first.
"""

import logging
from uuid import UUID

from django.db import transaction

from common import outbox
from common.errors import DomainError
from licensing.licences import grants
from licensing.models import Grant
from marketplace import orders, refunds
from marketplace.delivery.files import make_files
from marketplace.delivery.links import grants_of
from marketplace.models import Order, OrderLine

__all__ = ["fulfil", "revoke"]

log = logging.getLogger(__name__)


def fulfil(order_id: UUID) -> None:
    """Deliver a paid order: one grant for each line, its files, then `order.fulfilled`.

    An order in another state is left alone. Where a grant is refused (the approval was withdrawn, somebody holds the
    piece exclusively), nothing of the order is granted and all of it is refunded.
    """
    order = Order.objects.get(pk=order_id)
    try:
        given = _grant_all(order)
    except DomainError as refusal:
        log.warning("order %s cannot be delivered: %s", order.pk, refusal.detail)
        refunds.intend_rest(order=order, why="undeliverable", reason=refusal.detail)
        return
    for grant in given:
        make_files(grant, language=order.language)
    with transaction.atomic():
        order.refresh_from_db(from_queryset=Order.objects.select_for_update())
        if order.state == Order.State.PAID:
            orders.fulfil(order=order)
            outbox.emit("order.fulfilled", order_id=str(order.pk))


def revoke(order_id: UUID) -> None:
    """Take back what was granted for a refunded order; its links stop working at once."""
    order = Order.objects.get(pk=order_id)
    with transaction.atomic():
        order.refresh_from_db(from_queryset=Order.objects.select_for_update())
        for grant in grants_of(order).order_by("id"):
            grants.revoke(grant=grant, reason="The order was refunded.")


def _grant_all(order: Order) -> list[Grant]:
    """All grants of the order or, when one is refused, none. No grants unless it is paid at this moment.

    The order stays locked meanwhile, so that a refund comes either before, and nothing is granted, or after, and
    finds the grants to revoke.
    """
    with transaction.atomic():
        order.refresh_from_db(from_queryset=Order.objects.select_for_update())
        if order.state != Order.State.PAID:
            return []
        lines = order.lines.select_related("artwork__piece", "template", "edition").order_by("artwork_id", "id")
        return [_grant(order, line) for line in lines]


def _grant(order: Order, line: OrderLine) -> Grant:
    assert line.artwork is not None
    assert line.template is not None
    return grants.grant(
        piece=line.artwork.piece,
        template=line.template,
        holder=order.buyer,
        holder_email=order.email,
        work_title=line.artwork.title,
        edition_number=line.edition.number,
        edition_size=line.artwork.edition_size,
        source=f"order_line:{line.pk}",
    )
