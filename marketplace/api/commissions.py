"""Commissions from brief to delivery. A commission is seen by its two parties (and staff), and by nobody else."""

from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from django.urls import reverse
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from common.api import Listing, Money, SeedField, View, actor, answer, asked, idempotent
from common.errors import NotFound
from generation import jobs
from generation.models import Piece
from marketplace import commissions, orders
from marketplace.api.commission_parts import CommissionCard, CommissionDetail, DraftSeen, detail
from marketplace.api.orders import OrderDetail, shown
from marketplace.api.parts import in_house_currency, template
from marketplace.models import Commission, Order, Profile

__all__ = [
    "AcceptDraft",
    "AcceptQuote",
    "Cancel",
    "Commissions",
    "Decline",
    "Drafts",
    "OneCommission",
    "Quote",
    "Revisions",
    "SendDraft",
]

MAX_TEXT = 5_000


class UnknownMaker(NotFound):
    code = "unknown_maker"
    title = "There is no maker of this name."


class Brief(serializers.Serializer[Any]):
    maker = serializers.SlugField()
    title = serializers.CharField(max_length=120)
    brief = serializers.CharField(max_length=MAX_TEXT, help_text="Private to the two of you.")


class Quoted(serializers.Serializer[Any]):
    price = Money()
    deposit = Money()
    revisions = serializers.IntegerField(min_value=0, max_value=20)
    licence = serializers.SlugField()
    note = serializers.CharField(required=False, default="", allow_blank=True, max_length=2_000)


class Reason(serializers.Serializer[Any]):
    reason = serializers.CharField(required=False, default="", allow_blank=True, max_length=2_000)


class DraftAsked(serializers.Serializer[Any]):
    checkpoint = serializers.CharField(max_length=50)
    parameters = serializers.DictField(required=False, default=dict)
    seed = SeedField(required=False, allow_null=True, default=None)
    count = serializers.IntegerField(required=False, default=1)


class Sending(serializers.Serializer[Any]):
    piece = serializers.UUIDField()
    note = serializers.CharField(required=False, default="", allow_blank=True, max_length=2_000)


class NoteAsked(serializers.Serializer[Any]):
    text = serializers.CharField(max_length=2_000)
    x = serializers.IntegerField(required=False, allow_null=True, min_value=0, max_value=1000, help_text="Per mille.")
    y = serializers.IntegerField(required=False, allow_null=True, min_value=0, max_value=1000, help_text="Per mille.")


class Revision(serializers.Serializer[Any]):
    notes = serializers.ListField(child=NoteAsked(), min_length=1, max_length=50)


class Commissions(Listing[Commission]):
    """My commissions as either party, the newest first; POST asks a maker for a piece."""

    area = "commissions"
    serializer_class = CommissionCard
    throttle_scope = "commissions"

    def get_queryset(self) -> QuerySet[Commission]:
        visible = commissions.visible_to(actor(self.request))
        return visible.select_related("maker", "template", "commissioner")

    @extend_schema(request=Brief, responses={201: CommissionDetail})
    @idempotent("commissions")
    def post(self, request: Request) -> Response:
        wish = asked(Brief, request)
        maker = Profile.objects.filter(slug=wish.pop("maker")).first()
        if maker is None:
            raise UnknownMaker()
        made = commissions.brief(commissioner=actor(request), maker=maker, **wish)
        response = detail(made, request, status=201)
        response["Location"] = reverse("api:commission", args=[made.pk])
        return response


class OneCommission(View):
    """A commission with its quote, money, drafts and history, and whose turn it is."""

    area = "commissions"

    @extend_schema(responses=CommissionDetail)
    def get(self, request: Request, commission_id: UUID) -> Response:
        return detail(_one(request, commission_id), request)


class _Step(View):
    area = "commissions"
    throttle_scope = "commissions"


class Quote(_Step):
    """The maker answers the brief with a price, once."""

    @extend_schema(request=Quoted, responses=CommissionDetail)
    def post(self, request: Request, commission_id: UUID) -> Response:
        commission = _one(request, commission_id)
        wish = asked(Quoted, request)
        commissions.quote(
            commission=commission,
            by=actor(request),
            price_minor=in_house_currency(wish["price"]),
            deposit_minor=in_house_currency(wish["deposit"]),
            revisions=wish["revisions"],
            template=template(wish["licence"]),
            note=wish["note"],
        )
        return detail(commission, request)


class AcceptQuote(_Step):
    """The commissioner accepts; the answer is the order for the deposit, with its payment page."""

    @extend_schema(request=None, responses=OrderDetail)
    def post(self, request: Request, commission_id: UUID) -> Response:
        order = commissions.accept_quote(commission=_one(request, commission_id), by=actor(request))
        return _payable(order, request)


class AcceptDraft(_Step):
    """The commissioner accepts the draft that was sent last; the answer is the order for the balance."""

    @extend_schema(request=None, responses=OrderDetail)
    def post(self, request: Request, commission_id: UUID) -> Response:
        order = commissions.accept_draft(commission=_one(request, commission_id), by=actor(request))
        return _payable(order, request)


class Decline(_Step):
    """The maker says no, or takes an unpaid quote back."""

    @extend_schema(request=Reason, responses=CommissionDetail)
    def post(self, request: Request, commission_id: UUID) -> Response:
        commission = _one(request, commission_id)
        commissions.decline(commission=commission, by=actor(request), **asked(Reason, request))
        return detail(commission, request)


class Cancel(_Step):
    """Either party calls it off before work has started; a paid deposit goes back."""

    @extend_schema(request=Reason, responses=CommissionDetail)
    def post(self, request: Request, commission_id: UUID) -> Response:
        commission = _one(request, commission_id)
        commissions.cancel(commission=commission, by=actor(request), **asked(Reason, request))
        return detail(commission, request)


class Drafts(_Step):
    """The maker has pieces made to choose a draft from; the brief is their prompt."""

    @extend_schema(request=DraftAsked, responses={202: DraftSeen})
    def post(self, request: Request, commission_id: UUID) -> Response:
        commission = _one(request, commission_id)
        wish = asked(DraftAsked, request)
        checkpoint = jobs.published(wish.pop("checkpoint"))
        draft = commissions.start_draft(commission=commission, by=actor(request), checkpoint=checkpoint, **wish)
        return answer(DraftSeen, draft, request, status=202)


class SendDraft(_Step):
    """The maker shows one piece of a draft to the commissioner."""

    @extend_schema(request=Sending, responses=CommissionDetail)
    def post(self, request: Request, commission_id: UUID, number: int) -> Response:
        commission = _one(request, commission_id)
        wish = asked(Sending, request)
        draft = get_object_or_404(commission.drafts.filter(commission__maker_id=actor(request).pk), number=number)
        piece = get_object_or_404(Piece, pk=wish["piece"], slot__job__requested_by=actor(request))
        commissions.send_draft(draft=draft, piece=piece, by=actor(request), note=wish["note"])
        return detail(commission, request)


class Revisions(_Step):
    """The commissioner asks for another draft, with notes on the one that was sent."""

    @extend_schema(request=Revision, responses=CommissionDetail)
    def post(self, request: Request, commission_id: UUID) -> Response:
        commission = _one(request, commission_id)
        notes = [commissions.Note(**note) for note in asked(Revision, request)["notes"]]
        commissions.request_revision(commission=commission, by=actor(request), notes=notes)
        return detail(commission, request)


def _one(request: Request, commission_id: UUID) -> Commission:
    return get_object_or_404(commissions.visible_to(actor(request)), pk=commission_id)


def _payable(order: Order, request: Request) -> Response:
    orders.start_payment(order=order)
    return shown(order, request)
