"""Claims of rights holders: anybody files one; creators read those against their pieces, reviewers all, and decide."""

from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from django.utils.translation import get_language
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.permissions import AllowAny, IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from common.api import Listing, StrictJSONParser, View, actor, answer, asked, idempotent
from common.models import User
from licensing import claims
from licensing.api.verify import BoundedForm
from licensing.models import Claim, ClaimEvidence
from marketplace import claimed

__all__ = ["Claims", "Counter", "OneClaim", "Reject", "Uphold"]

MAX_WORDS = 4000


class Filed(serializers.Serializer[Any]):
    work = serializers.CharField(max_length=300, help_text="Address or slug of the work, or the id of its piece.")
    name = serializers.CharField(max_length=200)
    email = serializers.EmailField(help_text="Gets the letters, and in them the key with which to go on.")
    contact = serializers.CharField(max_length=500, required=False, default="", allow_blank=True)
    role = serializers.ChoiceField(Claim.Role.choices)
    own_work = serializers.CharField(max_length=MAX_WORDS, help_text="Your work or right, and where it can be seen.")
    statement = serializers.CharField(max_length=MAX_WORDS, help_text="Why it infringes. The creator reads it.")
    good_faith = serializers.BooleanField(help_text="That all this is true, to the best of your knowledge.")
    evidence = serializers.ListField(
        child=serializers.FileField(),
        required=False,
        default=list,
        max_length=claims.MAX_FILES,
        help_text="Only in a form: PDF, PNG, JPEG, WebP or plain text.",
    )

    def validate_good_faith(self, said: bool) -> bool:
        if not said:
            raise serializers.ValidationError("A claim is made in good faith or not at all.")
        return said


class Words(serializers.Serializer[Any]):
    words = serializers.CharField(max_length=MAX_WORDS, help_text="The claimant reads them.")


class Ruling(serializers.Serializer[Any]):
    reason = serializers.CharField(max_length=MAX_WORDS, help_text="Both sides read it.")


class ClaimCard(serializers.ModelSerializer[Claim]):
    piece = serializers.UUIDField(source="piece_id", read_only=True)

    class Meta:
        model = Claim
        fields = ["id", "piece", "role", "state", "hides", "received_at", "due_at", "decided_at"]


class EvidenceSeen(serializers.ModelSerializer[ClaimEvidence]):
    class Meta:
        model = ClaimEvidence
        fields = ["id", "title", "byte_count"]


class Claimant(serializers.ModelSerializer[Claim]):
    evidence = EvidenceSeen(many=True, read_only=True)

    class Meta:
        model = Claim
        fields = ["name", "email", "contact", "evidence"]


class ClaimDetail(ClaimCard):
    claimant = serializers.SerializerMethodField(help_text="For reviewers only.")

    class Meta(ClaimCard.Meta):
        fields = [*ClaimCard.Meta.fields, "own_work", "statement", "counter", "upkeep", "reason", "claimant"]

    @extend_schema_field(Claimant(allow_null=True))
    def get_claimant(self, claim: Claim) -> dict[str, Any] | None:
        return Claimant(claim).data if claims.may_decide(actor(self.context["request"])) else None


class Claims(Listing[Claim]):
    """For reviewers all claims, for creators those against their pieces, the oldest first. POST files one."""

    serializer_class = ClaimCard
    parser_classes = [StrictJSONParser, BoundedForm]
    ordering = ("received_at", "id")
    throttle_scope = "claims"

    def get_permissions(self) -> list[Any]:
        return [AllowAny() if self.request.method == "POST" else IsAuthenticated()]

    def get_queryset(self) -> QuerySet[Claim]:
        return _visible(self.request)

    @extend_schema(request={"multipart/form-data": Filed, "application/json": Filed}, responses={201: ClaimCard})
    @idempotent("claims")
    def post(self, request: Request) -> Response:
        """File a claim. The acknowledgement goes to the e-mail address, with the key to follow or take it back."""
        given = asked(Filed, request)
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

    @extend_schema(responses=ClaimDetail)
    def get(self, request: Request, claim_id: UUID) -> Response:
        return answer(ClaimDetail, _one(request, claim_id), request)


class Counter(View):
    """Answer a claim against a piece of mine with a counter-notice."""

    throttle_scope = "reviews"

    @extend_schema(request=Words, responses=ClaimDetail)
    def post(self, request: Request, claim_id: UUID) -> Response:
        claim = _one(request, claim_id)
        claims.counter(claim=claim, by=actor(request), **asked(Words, request))
        return answer(ClaimDetail, claim, request)


class Uphold(View):
    """The claim is right: the piece loses its approval, and a listing of it comes down. For reviewers."""

    throttle_scope = "reviews"

    @extend_schema(request=Ruling, responses=ClaimDetail)
    def post(self, request: Request, claim_id: UUID) -> Response:
        claim = _one(request, claim_id)
        claims.uphold(claim=claim, reviewer=actor(request), **asked(Ruling, request))
        return answer(ClaimDetail, claim, request)


class Reject(View):
    """The claim is not right: what it hid comes back. For reviewers."""

    throttle_scope = "reviews"

    @extend_schema(request=Ruling, responses=ClaimDetail)
    def post(self, request: Request, claim_id: UUID) -> Response:
        claim = _one(request, claim_id)
        claims.reject(claim=claim, reviewer=actor(request), **asked(Ruling, request))
        return answer(ClaimDetail, claim, request)


def _visible(request: Request) -> QuerySet[Claim]:
    person = actor(request)
    return Claim.objects.all() if claims.may_decide(person) else claims.against(person)


def _one(request: Request, claim_id: UUID) -> Claim:
    whole = _visible(request).select_related("piece__slot__job__requested_by").prefetch_related("evidence")
    return get_object_or_404(whole, pk=claim_id)
