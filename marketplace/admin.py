"""The marketplace for staff to look at. Briefs and notes of a commission are private, so they are not shown here."""

from datetime import datetime
from decimal import Decimal
from typing import cast

from babel.numbers import format_currency, get_currency_precision
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest

from common.admin import ReadOnlyAdmin
from common.errors import Conflict
from common.models import User
from marketplace import webhooks
from marketplace.models import (
    Artwork,
    Commission,
    Consent,
    Delivery,
    Download,
    Entry,
    Erasure,
    Export,
    Line,
    Order,
    Payment,
    PayoutAccount,
    Profile,
    Refund,
    Reversal,
    Transfer,
    WebhookEndpoint,
    WebhookMessage,
)
from marketplace.models import StripeEvent as Event


def _money(amount_minor: int | None, currency: str) -> str:
    if amount_minor is None:
        return ""
    return format_currency(Decimal(amount_minor).scaleb(-get_currency_precision(currency)), currency, locale="en")


@admin.register(Profile)
class ProfileAdmin(ReadOnlyAdmin):
    list_display = ["name", "slug", "user", "takes_commissions"]
    list_select_related = ["user"]
    search_fields = ["name", "slug"]


@admin.register(Artwork)
class ArtworkAdmin(ReadOnlyAdmin):
    list_display = ["title", "maker", "state", "edition_size", "sold", "held", "listed_at"]
    list_filter = ["state"]
    list_select_related = ["maker"]
    search_fields = ["title", "slug", "maker__name"]
    ordering = ["-id"]


@admin.register(Order)
class OrderAdmin(ReadOnlyAdmin):
    list_display = ["id", "purpose", "state", "email", "total", "created_at", "paid_at"]
    list_filter = ["state", "purpose"]
    search_fields = ["id", "email"]
    ordering = ["-id"]

    @admin.display(ordering="total_minor")
    def total(self, order: Order) -> str:
        return _money(order.total_minor, order.currency)


@admin.register(Payment)
class PaymentAdmin(ReadOnlyAdmin):
    list_display = ["id", "order", "state", "amount", "intent_id", "succeeded_at", "problem"]
    list_filter = ["state"]
    list_select_related = ["order"]
    search_fields = ["id", "order__id", "intent_id", "session_id"]
    ordering = ["-id"]

    @admin.display(ordering="amount_minor")
    def amount(self, payment: Payment) -> str:
        return _money(payment.amount_minor, payment.currency)


@admin.register(Refund)
class RefundAdmin(ReadOnlyAdmin):
    list_display = ["id", "payment", "state", "amount", "reason", "attempts", "due_at", "succeeded_at"]
    list_filter = ["state"]
    list_select_related = ["payment"]
    search_fields = ["id", "payment__intent_id", "provider_id"]
    ordering = ["-id"]

    @admin.display(ordering="amount_minor")
    def amount(self, refund: Refund) -> str:
        return _money(refund.amount_minor, refund.currency)


@admin.register(PayoutAccount)
class PayoutAccountAdmin(ReadOnlyAdmin):
    list_display = ["maker", "provider_id", "country", "submitted", "active", "disabled_reason", "seen_at"]
    list_filter = ["active", "country"]
    list_select_related = ["maker"]
    search_fields = ["maker__name", "provider_id"]
    ordering = ["-created_at"]


@admin.register(Transfer)
class TransferAdmin(ReadOnlyAdmin):
    list_display = ["id", "maker", "state", "amount", "attempts", "due_at", "succeeded_at", "problem"]
    list_filter = ["state"]
    list_select_related = ["maker"]
    search_fields = ["id", "maker__name", "provider_id"]
    ordering = ["-id"]

    @admin.display(ordering="amount_minor")
    def amount(self, transfer: Transfer) -> str:
        return _money(transfer.amount_minor, transfer.currency)


@admin.register(Reversal)
class ReversalAdmin(ReadOnlyAdmin):
    list_display = ["id", "transfer", "state", "amount", "attempts", "due_at", "succeeded_at", "problem"]
    list_filter = ["state"]
    list_select_related = ["transfer"]
    search_fields = ["id", "transfer__maker__name", "provider_id"]
    ordering = ["-id"]

    @admin.display(ordering="amount_minor")
    def amount(self, reversal: Reversal) -> str:
        return _money(reversal.amount_minor, reversal.currency)


@admin.register(Event)
class EventAdmin(ReadOnlyAdmin):
    list_display = ["id", "type", "object_id", "received_at", "processed_at", "attempts", "error"]
    list_filter = ["type"]
    search_fields = ["id", "object_id"]
    ordering = ["-received_at"]


@admin.register(Entry)
class EntryAdmin(ReadOnlyAdmin):
    list_display = ["action", "kind", "posted", "booked_at"]
    list_filter = ["kind", "posted"]
    search_fields = ["action"]
    ordering = ["-booked_at", "-id"]


@admin.register(Line)
class LineAdmin(ReadOnlyAdmin):
    list_display = ["entry", "account", "amount", "booked_at"]
    list_filter = ["entry__kind", "currency"]
    list_select_related = ["entry", "account"]
    search_fields = ["entry__action", "account__code"]
    ordering = ["-id"]

    @admin.display(ordering="amount_minor")
    def amount(self, line: Line) -> str:
        return _money(line.amount_minor, line.currency)

    @admin.display(ordering="entry__booked_at")
    def booked_at(self, line: Line) -> datetime:
        return line.entry.booked_at


@admin.register(Commission)
class CommissionAdmin(ReadOnlyAdmin):
    list_display = ["id", "maker", "commissioner", "state", "price", "revisions_used", "created_at"]
    list_filter = ["state"]
    list_select_related = ["maker", "commissioner"]
    search_fields = ["id", "maker__name", "commissioner__username"]
    ordering = ["-id"]
    exclude = ["brief"]

    @admin.display(ordering="price_minor")
    def price(self, commission: Commission) -> str:
        return _money(commission.price_minor, commission.currency)


@admin.register(Delivery)
class DeliveryAdmin(ReadOnlyAdmin):
    list_display = ["grant", "bundle_sha256", "bundle_bytes", "made_at"]
    list_select_related = ["grant"]
    search_fields = ["grant__id", "bundle_sha256"]
    ordering = ["-made_at"]


@admin.register(Download)
class DownloadAdmin(ReadOnlyAdmin):
    list_display = ["grant", "what", "at"]
    list_filter = ["what"]
    list_select_related = ["grant"]
    ordering = ["-id"]


@admin.register(WebhookEndpoint)
class WebhookEndpointAdmin(ReadOnlyAdmin):
    """Endpoints are added through the API, which shows their secret once."""

    list_display = ["url", "state", "created_at"]
    list_filter = ["state"]
    exclude = ["secret"]


@admin.register(WebhookMessage)
class WebhookMessageAdmin(ReadOnlyAdmin):
    """What was told, to whom, and how they answered; chosen messages are sent again."""

    list_display = ["topic", "subject", "endpoint", "state", "attempts", "happened_at", "due_at", "answer"]
    list_filter = ["state", "topic", "endpoint"]
    list_select_related = ["endpoint"]
    search_fields = ["id", "subject"]
    actions = ["send_again"]

    @admin.action(description="Send again", permissions=["replay"])
    def send_again(self, request: HttpRequest, chosen: QuerySet[WebhookMessage]) -> None:
        sent = 0
        for message in chosen:
            try:
                webhooks.replay(message=message, by=cast(User, request.user))
                sent += 1
            except Conflict as error:
                self.message_user(request, f"{message}: {error.title}", messages.ERROR)
        self.message_user(request, f"{sent} will be sent again.")

    def has_replay_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("marketplace.change_webhookendpoint")


@admin.register(Export)
class ExportAdmin(ReadOnlyAdmin):
    list_display = ["id", "person", "state", "done", "total", "left_out", "asked_at", "expires_at"]
    list_filter = ["state"]
    list_select_related = ["person"]
    ordering = ["-asked_at"]


@admin.register(Erasure)
class ErasureAdmin(ReadOnlyAdmin):
    list_display = ["id", "person", "state", "asked_at", "due_at", "begun_at", "done_at"]
    list_filter = ["state"]
    list_select_related = ["person"]
    ordering = ["-asked_at"]


@admin.register(Consent)
class ConsentAdmin(ReadOnlyAdmin):
    list_display = ["at", "person", "text", "version", "given", "how"]
    list_filter = ["text", "given", "how"]
    list_select_related = ["person"]
    ordering = ["-at", "-id"]
