"""Claims of rights holders: anybody files one; creators read those against their pieces, reviewers all, and decide."""

from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from django.utils.translation import get_language
from drf_spectacular.utils import extend_schema
from rest_framework.permissions import AllowAny, IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from common.api import Listing, StrictJSONParser, View, actor, answer, asked, idempotent
from common.models import User
from licensing import claims
from licensing.api.verify import BoundedForm
from licensing.models import Claim
from marketplace import claimed
from marketplace.api.claim_parts import (
    ClaimCard,
    ClaimDetail,
    ClaimFiling,
    ClaimRuling,
    ClaimStep,
    CounterNotice,
    OwnClaim,
)

__all__ = ["ClaimByKey", "Claims", "Counter", "OneClaim", "Reject", "Uphold"]


class Claims(Listing[Claim]):
    """For reviewers all claims, for creators those against their pieces, the oldest first. POST files one."""

    area = "claims"
    serializer_class = ClaimCard
    parser_classes = [StrictJSONParser, BoundedForm]
    ordering = ("received_at", "id")
    throttle_scope = "claims"

    def get_permissions(self) -> list[Any]:
        return [AllowAny() if self.request.method == "POST" else IsAuthenticated()]

    def get_queryset(self) -> QuerySet[Claim]:
        return _visible(self.request)

    @extend_schema(
        request={"multipart/form-data": ClaimFiling, "application/json": ClaimFiling}, responses={201: ClaimCard}
    )
    @idempotent("claims")
    def post(self, request: Request) -> Response:
        """File a claim. The acknowledgement goes to the e-mail address, with the key to follow or take it back."""
        given = asked(ClaimFiling, request)
        evidence = given.pop("evidence")
        given.pop("good_faith")
        named = given.pop("work")
        claim = claims.receive(
            piece=claimed.find(named),
            filing=claims.Filing(named=named, **given),
            files=[claims.File.of(one) for one in evidence],
            by=request.user if isinstance(request.user, User) else None,
            language=get_language() or "en",
        )
        return answer(ClaimCard, claim, request, status=201)


class OneClaim(View):
    """A claim against a piece of mine, or any for a reviewer."""

    area = "claims"

    @extend_schema(responses=ClaimDetail)
    def get(self, request: Request, claim_id: UUID) -> Response:
        return answer(ClaimDetail, _one(request, claim_id), request)


class ClaimByKey(View):
    """The claimant, with the key of the letters: look, keep the claim up after a counter-notice, or take it back."""

    area = "claims"
    permission_classes = [AllowAny]
    throttle_scope = "reviews"

    @extend_schema(request=ClaimStep, responses=OwnClaim)
    def post(self, request: Request) -> Response:
        wish = asked(ClaimStep, request)
        claim = claims.of_key(wish["key"])
        if wish["step"] == "keep_up":
            claims.keep_up(claim=claim, words=wish["words"])
        elif wish["step"] == "withdraw":
            claims.withdraw(claim=claim)
        return answer(OwnClaim, claim, request)


class Counter(View):
    """Answer a claim against a piece of mine with a counter-notice."""

    area = "claims"
    throttle_scope = "reviews"

    @extend_schema(request=CounterNotice, responses=ClaimDetail)
    def post(self, request: Request, claim_id: UUID) -> Response:
        claim = _one(request, claim_id)
        claims.counter(claim=claim, by=actor(request), **asked(CounterNotice, request))
        return answer(ClaimDetail, claim, request)


class Uphold(View):
    """The claim is right: the piece loses its approval, and a listing of it comes down. For reviewers."""

    area = "claims"
    throttle_scope = "reviews"

    @extend_schema(request=ClaimRuling, responses=ClaimDetail)
    def post(self, request: Request, claim_id: UUID) -> Response:
        claim = _one(request, claim_id)
        claims.uphold(claim=claim, reviewer=actor(request), **asked(ClaimRuling, request))
        return answer(ClaimDetail, claim, request)


class Reject(View):
    """The claim is not right: what it hid comes back. For reviewers."""

    area = "claims"
    throttle_scope = "reviews"

    @extend_schema(request=ClaimRuling, responses=ClaimDetail)
    def post(self, request: Request, claim_id: UUID) -> Response:
        claim = _one(request, claim_id)
        claims.reject(claim=claim, reviewer=actor(request), **asked(ClaimRuling, request))
        return answer(ClaimDetail, claim, request)


def _visible(request: Request) -> QuerySet[Claim]:
    person = actor(request)
    return Claim.objects.all() if claims.may_decide(person) else claims.against(person)


def _one(request: Request, claim_id: UUID) -> Claim:
    whole = _visible(request).select_related("piece__slot__job__requested_by").prefetch_related("evidence")
    return get_object_or_404(whole, pk=claim_id)
