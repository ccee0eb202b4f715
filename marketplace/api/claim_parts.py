"""What goes into and comes out of the claims' addresses. Who the claimant is, reviewers alone are told."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from common.api import actor
from licensing import claims
from licensing.models import Claim, ClaimEvidence

__all__ = ["ClaimCard", "ClaimDetail", "ClaimFiling", "ClaimRuling", "ClaimStep", "CounterNotice", "OwnClaim"]

MAX_WORDS = 4000


class ClaimFiling(serializers.Serializer[Any]):
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


class CounterNotice(serializers.Serializer[Any]):
    words = serializers.CharField(max_length=MAX_WORDS, help_text="The claimant reads them.")


class ClaimStep(serializers.Serializer[Any]):
    key = serializers.CharField(max_length=200, help_text="From the address in the letters.")
    step = serializers.ChoiceField(["look", "keep_up", "withdraw"], default="look")
    words = serializers.CharField(
        max_length=MAX_WORDS,
        required=False,
        default="",
        allow_blank=True,
        help_text="To keep it up: the creator reads.",
    )


class ClaimRuling(serializers.Serializer[Any]):
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


class OwnClaim(ClaimCard):
    class Meta(ClaimCard.Meta):
        fields = [*ClaimCard.Meta.fields, "counter", "upkeep", "reason"]


class ClaimDetail(ClaimCard):
    claimant = serializers.SerializerMethodField(help_text="For reviewers only.")

    class Meta(ClaimCard.Meta):
        fields = [*ClaimCard.Meta.fields, "own_work", "statement", "counter", "upkeep", "reason", "claimant"]

    @extend_schema_field(Claimant(allow_null=True))
    def get_claimant(self, claim: Claim) -> dict[str, Any] | None:
        return Claimant(claim).data if claims.may_decide(actor(self.context["request"])) else None
