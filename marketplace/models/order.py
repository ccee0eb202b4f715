"""An order and its lines. Prices and licences are frozen on the line when it is placed."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from common.ids import new_id


class Order(models.Model):
    """An artwork or a milestone of a commission, to be paid for. `orders.settle()` is the one door to paid."""

    class State(models.TextChoices):
        AWAITING_PAYMENT = "awaiting_payment"
        PAID = "paid"
        FULFILLED = "fulfilled"
        EXPIRED = "expired"
        CANCELLED = "cancelled"
        REFUNDED = "refunded"

    class Purpose(models.TextChoices):
        ARTWORK = "artwork"
        DEPOSIT = "deposit"
        BALANCE = "balance"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    purpose = models.CharField(max_length=10, choices=Purpose, default=Purpose.ARTWORK)
    buyer = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="orders"
    )
    email = models.EmailField()
    state = models.CharField(max_length=20, choices=State, default=State.AWAITING_PAYMENT)
    total_minor = models.PositiveBigIntegerField()
    currency = models.CharField(max_length=3)
    language = models.CharField(max_length=12, default="en")
    created_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField()
    paid_at = models.DateTimeField(null=True, blank=True)
    fulfilled_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(total_minor__gt=0), name="order_has_a_total"),
            models.CheckConstraint(
                condition=Q(state__in=["awaiting_payment", "expired", "cancelled", "refunded"])
                | Q(paid_at__isnull=False),
                name="order_paid_at_a_time",
            ),
        ]
        indexes = [models.Index(fields=["state", "expires_at"], name="orders_to_expire")]

    def __str__(self) -> str:
        return f"{self.purpose} {self.id}"


class OrderLine(models.Model):
    """What is bought, at which price, under which licence."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="lines")
    artwork = models.ForeignKey(
        "marketplace.Artwork", null=True, blank=True, on_delete=models.PROTECT, related_name="order_lines"
    )
    commission = models.ForeignKey(
        "marketplace.Commission", null=True, blank=True, on_delete=models.PROTECT, related_name="order_lines"
    )
    template = models.ForeignKey(
        "licensing.LicenceTemplate", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    description = models.CharField(max_length=200)
    price_minor = models.PositiveBigIntegerField()
    currency = models.CharField(max_length=3)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(artwork__isnull=False, commission__isnull=True, template__isnull=False)
                | Q(artwork__isnull=True, commission__isnull=False),
                name="line_for_one_thing",
            )
        ]

    def __str__(self) -> str:
        return self.description
