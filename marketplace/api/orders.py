"""Buying: an order holds an edition and answers with the address of the payment page.

A guest gets a `token` with the order and comes back with `?token=`; nobody else's order is ever seen.
"""

from typing import Any
from uuid import UUID

from django.db.models import Prefetch, QuerySet
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import get_language
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from common.api import Listing, MoneyField, View, actor, answer, asked, idempotent
from common.errors import BadRequest, NotFound
from common.models import User
from marketplace import catalogue, delivery, orders
from marketplace.api.parts import holder
from marketplace.models import Order, OrderLine, Payment

__all__ = ["TOKEN", "CancelOrder", "OneOrder", "OrderDetail", "Orders", "PayOrder", "shown"]

TOKEN = OpenApiParameter("token", str, description="A guest's key, as it came with the order.")


class EmailMissing(BadRequest):
    code = "email_missing"
    title = "Give an email address to which the papers can be sent, or sign in."


class Purchase(serializers.Serializer[Any]):
    artwork = serializers.SlugField(max_length=80)
    offer = serializers.UUIDField()
    email = serializers.EmailField(
        required=False, max_length=254, help_text="Needed from guests; else the address of the account."
    )


class LineSeen(serializers.ModelSerializer[OrderLine]):
    artwork = serializers.SlugRelatedField[Any](slug_field="slug", read_only=True)
    commission = serializers.UUIDField(source="commission_id", read_only=True, allow_null=True)
    licence = serializers.SlugRelatedField[Any](source="template", slug_field="slug", read_only=True)
    price = MoneyField("price")
    edition_number = serializers.IntegerField(source="edition.number", read_only=True, allow_null=True, default=None)

    class Meta:
        model = OrderLine
        fields = ["artwork", "commission", "licence", "description", "price", "edition_number"]


class LineDetail(LineSeen):
    grant = serializers.SerializerMethodField(help_text="The licence that came out of it, once it is fulfilled.")

    class Meta(LineSeen.Meta):
        fields = [*LineSeen.Meta.fields, "grant"]

    def get_grant(self, line: OrderLine) -> UUID | None:
        grants = delivery.grants_of(line.order).filter(source=f"order_line:{line.pk}")
        return grants.values_list("pk", flat=True).first()


class OrderCard(serializers.ModelSerializer[Order]):
    total = MoneyField("total")
    lines = LineSeen(many=True, read_only=True)

    class Meta:
        model = Order
        fields = ["id", "purpose", "state", "total", "lines", "created_at", "expires_at", "paid_at", "fulfilled_at"]


class OrderDetail(OrderCard):
    lines = LineDetail(many=True, read_only=True)
    payment_url = serializers.SerializerMethodField(
        help_text="The payment page while the order can be paid, else null."
    )
    token = serializers.SerializerMethodField(help_text="A guest's key to this order. Keep it.")

    class Meta(OrderCard.Meta):
        fields = [*OrderCard.Meta.fields, "email", "payment_url", "token"]

    def get_payment_url(self, order: Order) -> str | None:
        if order.state != Order.State.AWAITING_PAYMENT:
            return None
        open_one = order.payments.filter(state=Payment.State.OPEN).order_by("-created_at").first()
        return open_one.session_url if open_one else None

    def get_token(self, order: Order) -> str | None:
        return delivery.guest_key(order) if order.buyer_id is None else None


class Orders(Listing[Order]):
    """My orders, the newest first; POST places one, also for guests."""

    area = "orders"
    permission_classes = [AllowAny]
    serializer_class = OrderCard
    throttle_scope = "orders"

    def get_queryset(self) -> QuerySet[Order]:
        return _whole(Order.objects.filter(buyer=actor(self.request)))

    @extend_schema(request=Purchase, responses={201: OrderDetail})
    @idempotent("orders")
    def post(self, request: Request) -> Response:
        """Hold an edition and open its payment page. Asked again while signed in, it is the same open order."""
        wish = asked(Purchase, request)
        buyer = request.user if isinstance(request.user, User) else None
        email = wish.get("email") or (buyer.email if buyer else "")
        if not email:
            raise EmailMissing(errors={"email": ["An email address is needed."]})
        order = orders.place(
            buyer=buyer,
            email=email,
            artwork=catalogue.find(wish["artwork"]),
            offer_id=wish["offer"],
            language=get_language() or "",
        )
        orders.start_payment(order=order)
        response = shown(order, request, status=201)
        response["Location"] = reverse("api:order", args=[order.pk])
        return response


class OneOrder(View):
    """One order of mine, or a guest's with `?token=`."""

    area = "orders"
    permission_classes = [AllowAny]

    @extend_schema(responses=OrderDetail, parameters=[TOKEN])
    def get(self, request: Request, order_id: UUID) -> Response:
        return shown(_mine(request, order_id), request)


class PayOrder(View):
    """The payment page again, or a fresh one if the last was not finished."""

    area = "orders"
    permission_classes = [AllowAny]
    throttle_scope = "orders"

    @extend_schema(request=None, responses=OrderDetail, parameters=[TOKEN])
    def post(self, request: Request, order_id: UUID) -> Response:
        order = _mine(request, order_id)
        orders.start_payment(order=order)
        return shown(order, request)


class CancelOrder(View):
    """Give the held edition back. Not possible once it is paid."""

    area = "orders"
    permission_classes = [AllowAny]
    throttle_scope = "orders"

    @extend_schema(request=None, responses=OrderDetail, parameters=[TOKEN])
    def post(self, request: Request, order_id: UUID) -> Response:
        order = _mine(request, order_id)
        orders.cancel(order=order, actor=request.user if isinstance(request.user, User) else None)
        return shown(order, request)


def shown(order: Order, request: Request, *, status: int = 200) -> Response:
    """The order as it is now."""
    return answer(OrderDetail, _whole(Order.objects.all()).get(pk=order.pk), request, status=status)


def _mine(request: Request, order_id: UUID) -> Order:
    who = holder(request)
    if isinstance(who, User):
        return get_object_or_404(Order, pk=order_id, buyer=who)
    if who.pk != order_id:
        raise NotFound("This token does not open this order.")
    return who


def _whole(found: QuerySet[Order]) -> QuerySet[Order]:
    lines = OrderLine.objects.select_related("artwork", "template", "edition").order_by("id")
    return found.prefetch_related(Prefetch("lines", lines))
