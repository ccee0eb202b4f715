"""What a maker has coming: balances, the account it goes to, what was sent, and a statement of each month."""

from typing import Any

from django.conf import settings
from django.db.models import QuerySet
from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from common.api import Listing, Money, MoneyField, View, actor, answer, asked
from marketplace.models import PayoutAccount, Transfer
from marketplace.payouts import accounts, books, statements

__all__ = ["Account", "Balance", "Payouts", "Statement"]


class AccountSeen(serializers.ModelSerializer[PayoutAccount]):
    class Meta:
        model = PayoutAccount
        fields = ["country", "submitted", "active", "requirements", "disabled_reason", "seen_at"]


class OwedSeen(serializers.Serializer[books.Owed]):
    available = Money(help_text="What the next payout sends, if it is enough.")
    held = Money(help_text="What is yours once its time on hold is over.")
    on_its_way = Money(help_text="What was set aside for a payout that has not arrived yet.")
    negative = Money(help_text="What was refunded after it had been paid to you: it is netted from what you sell next.")

    def to_representation(self, owed: books.Owed) -> dict[str, Any]:
        amounts = {
            "available": max(owed.available_minor, 0),
            "held": owed.held_minor,
            "on_its_way": owed.sending_minor,
            "negative": max(-owed.available_minor, 0),
        }
        return {name: {"amount_minor": minor, "currency": owed.currency} for name, minor in amounts.items()}


class BalanceSeen(serializers.Serializer[Any]):
    balances = OwedSeen(many=True, help_text="One for each currency in which you have sold.")
    account = AccountSeen(allow_null=True)


class PayoutCountry(serializers.Serializer[Any]):
    country = serializers.ChoiceField(
        settings.PAYOUT_COUNTRIES, help_text="Where you live and bank (ISO 3166). It stays once the account is open."
    )


class OnboardingForm(serializers.Serializer[Any]):
    url = serializers.URLField(help_text="The payment provider's page for you: good for one visit. Send it to nobody.")
    expires_at = serializers.DateTimeField()


class PayoutCard(serializers.ModelSerializer[Transfer]):
    amount = MoneyField("amount")

    class Meta:
        model = Transfer
        fields = ["id", "state", "amount", "created_at", "succeeded_at"]


class Balance(View):
    """What I have coming as a maker."""

    area = "earnings"

    @extend_schema(responses=BalanceSeen)
    def get(self, request: Request) -> Response:
        maker_id = actor(request).pk
        account = PayoutAccount.objects.filter(maker_id=maker_id).first()
        return answer(BalanceSeen, {"balances": books.owed_to(maker_id), "account": account}, request)


class Account(View):
    """Say where my money goes: opens my account with the payment provider, or leads back to it."""

    area = "earnings"

    @extend_schema(request=PayoutCountry, responses={201: OnboardingForm})
    def post(self, request: Request) -> Response:
        onboarding = accounts.begin(user=actor(request), country=asked(PayoutCountry, request)["country"])
        return answer(OnboardingForm, onboarding._asdict(), request, status=201)


class Payouts(Listing[Transfer]):
    """What was paid to me, the newest first."""

    area = "earnings"
    serializer_class = PayoutCard

    def get_queryset(self) -> QuerySet[Transfer]:
        return Transfer.objects.filter(maker_id=actor(self.request).pk)


class Statement(View):
    """What I earned and was paid in one month (UTC) such as 2026-11: `.csv` as a table, `.pdf` on paper."""

    area = "earnings"
    kind: statements.Kind = "csv"

    @extend_schema(
        responses={
            (200, "text/csv"): OpenApiResponse(OpenApiTypes.STR),
            (200, "application/pdf"): OpenApiResponse(OpenApiTypes.BINARY),
        }
    )
    def get(self, request: Request, month: str) -> HttpResponse:
        made = statements.make(maker_id=actor(request).pk, month=month, kind=self.kind)
        response = HttpResponse(made.content, content_type=made.media_type)
        response["Content-Disposition"] = f'attachment; filename="{made.name}"'
        response["Cache-Control"] = "private, no-store"
        return response
