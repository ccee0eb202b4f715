"""Placing an order: an edition is held and the price frozen, or a milestone of a commission becomes due."""

from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxLengthValidator, validate_email
from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils import timezone

from common import audit, outbox
from common.errors import BadRequest, Conflict, NotFound, Unprocessable
from common.ids import new_id
from common.models import User
from marketplace import editions
from marketplace.models import Artwork, Commission, Offer, Order, OrderLine

__all__ = ["AlreadyPaid", "MilestoneChanged", "OfferNotFound", "OwnArtwork", "place", "place_milestone"]

MILESTONE_TERM = timedelta(days=14)
LONGEST_EMAIL = 254


class OfferNotFound(NotFound):
    code = "offer_not_found"
    title = "This work has no such offer. Load its page again."


class OwnArtwork(Unprocessable):
    code = "own_artwork"
    title = "Makers do not buy editions of their own works."


class AlreadyPaid(Conflict):
    code = "already_paid"
    title = "This was paid already."


class MilestoneChanged(Conflict):
    code = "milestone_changed"
    title = "Another amount is waiting to be paid for this step. Cancel that order first."


def place(
    *, buyer: User | None, email: str, artwork: Artwork, offer_id: UUID, language: str, order_id: UUID | None = None
) -> Order:
    """Hold an edition for `HOLD_MINUTES` and order it at the offer's price.

    Somebody signed in who already has an open order for the same offer gets that one, so a double click holds one
    edition. So does a guest whose page drew `order_id` beforehand and sends it again: one id is one order.
    `editions.SoldOut`, `editions.NotForSale`, `OfferNotFound`, `OwnArtwork`.
    """
    _check_email(email)
    if buyer is not None and buyer.pk == artwork.maker_id:
        raise OwnArtwork()
    offer = Offer.objects.select_related("template", "artwork").filter(pk=offer_id, artwork=artwork).first()
    if offer is None:
        raise OfferNotFound()
    try:
        return _hold(buyer=buyer, email=email, offer=offer, language=language, order_id=order_id or new_id())
    except (IntegrityError, editions.SoldOut):
        if order_id and (known := Order.objects.filter(pk=order_id, buyer=buyer).first()):
            return known
        raise


def place_milestone(
    *, commission: Commission, purpose: str, buyer: User, amount_minor: int, currency: str, description: str
) -> Order:
    """Order the deposit or the balance of a commission. While one is open, asking again returns it.

    `AlreadyPaid` if this step was paid, `MilestoneChanged` if another amount is open.
    """
    if purpose not in (Order.Purpose.DEPOSIT, Order.Purpose.BALANCE):
        raise ValueError(f"A milestone is a deposit or a balance, not {purpose!r}.")
    with transaction.atomic():
        Commission.objects.select_for_update(no_key=True).get(pk=commission.pk)
        same = Order.objects.filter(purpose=purpose, lines__commission=commission)
        if same.filter(state__in=[Order.State.PAID, Order.State.FULFILLED]).exists():
            raise AlreadyPaid()
        if known := _open_orders().filter(pk__in=same.values("pk")).first():
            if (known.total_minor, known.currency) != (amount_minor, currency):
                raise MilestoneChanged(order_id=str(known.pk))
            return known
        return _write(
            Order(
                purpose=purpose,
                buyer=buyer,
                email=buyer.email,
                total_minor=amount_minor,
                currency=currency,
                language=_known(buyer.language),
                expires_at=timezone.now() + MILESTONE_TERM,
            ),
            OrderLine(commission=commission, template=commission.template, description=description),
        )


def _hold(*, buyer: User | None, email: str, offer: Offer, language: str, order_id: UUID) -> Order:
    artwork = offer.artwork
    with transaction.atomic():
        if buyer is not None:
            # Two clicks at once wait for each other here, so that the second sees the first one's order.
            User.objects.select_for_update(no_key=True).get(pk=buyer.pk)
            same = _open_orders().filter(buyer=buyer, lines__artwork=artwork, lines__template=offer.template)
            if known := same.filter(total_minor=offer.price_minor, currency=offer.currency).first():
                return known
        editions.hold(artwork.pk)
        return _write(
            Order(
                id=order_id,
                purpose=Order.Purpose.ARTWORK,
                buyer=buyer,
                email=email,
                total_minor=offer.price_minor,
                currency=offer.currency,
                language=_known(language),
                expires_at=timezone.now() + timedelta(minutes=settings.HOLD_MINUTES),
            ),
            OrderLine(
                artwork=artwork, template=offer.template, description=f"{artwork.title} · {offer.template.title}"
            ),
        )


def _open_orders() -> QuerySet[Order]:
    waiting = Order.objects.filter(state=Order.State.AWAITING_PAYMENT, expires_at__gt=timezone.now())
    return waiting.order_by("-created_at")


def _write(order: Order, line: OrderLine) -> Order:
    order.save(force_insert=True)
    line.order = order
    line.price_minor, line.currency = order.total_minor, order.currency
    line.description = line.description[:200]
    line.save(force_insert=True)
    role = "buyer" if order.buyer else "guest"
    audit.record(action="order.place", subject=order, role=role, actor=order.buyer, after=order.state)
    outbox.emit("order.placed", order_id=str(order.pk), purpose=order.purpose)
    return order


def _check_email(email: str) -> None:
    try:
        MaxLengthValidator(LONGEST_EMAIL)(email)
        validate_email(email)
    except ValidationError:
        raise BadRequest("Give an email address to which the papers can be sent.", field="email") from None


def _known(language: str) -> str:
    return language if language in dict(settings.LANGUAGES) else settings.LANGUAGE_CODE
