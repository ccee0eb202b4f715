"""How a commission is shown: to its maker also with drafts that are not sent yet, to the commissioner without."""

from typing import Any
from uuid import UUID

from django.db.models import Prefetch
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from common.api import MoneyField, SeedField, actor, answer
from generation.api.scores import ScoresField
from generation.models import Piece, Slot
from marketplace import commissions
from marketplace.api.parts import MakerCard, PictureSeen
from marketplace.models import Commission, CommissionNote, Draft

__all__ = ["CommissionCard", "CommissionDetail", "DraftSeen", "detail"]


class CommissionCard(serializers.ModelSerializer[Commission]):
    maker = MakerCard(read_only=True)
    price = MoneyField("price")
    deposit = MoneyField("deposit")
    licence = serializers.SlugRelatedField[Any](source="template", slug_field="slug", read_only=True)

    class Meta:
        model = Commission
        fields = ["id", "maker", "title", "state", "price", "deposit", "licence", "created_at"]


class DraftPiece(serializers.ModelSerializer[Piece]):
    seed = SeedField(read_only=True)
    scores = ScoresField()
    has_papers = serializers.SerializerMethodField(help_text="Only a piece with papers can be sent.")
    previews = PictureSeen(many=True, read_only=True)

    class Meta:
        model = Piece
        fields = ["id", "width", "height", "seed", "scores", "has_papers", "previews"]

    def get_has_papers(self, piece: Piece) -> bool:
        return getattr(piece, "signed_file", None) is not None


class NoteSeen(serializers.ModelSerializer[CommissionNote]):
    class Meta:
        model = CommissionNote
        fields = ["text", "x", "y", "created_at"]


class DraftSeen(serializers.ModelSerializer[Draft]):
    """`pieces` is what the maker chooses from, and empty to the commissioner."""

    count = serializers.IntegerField(source="job.count", read_only=True)
    piece = serializers.UUIDField(source="piece_id", read_only=True, allow_null=True)
    pieces = serializers.SerializerMethodField()
    previews = serializers.SerializerMethodField(help_text="Of the piece that was sent.")
    notes = NoteSeen(many=True, read_only=True)

    class Meta:
        model = Draft
        fields = ["number", "count", "piece", "note", "sent_at", "pieces", "previews", "notes", "created_at"]

    @extend_schema_field(DraftPiece(many=True))
    def get_pieces(self, draft: Draft) -> list[dict[str, Any]]:
        if draft.job.requested_by_id != actor(self.context["request"]).pk:
            return []
        made = [slot.piece for slot in draft.job.slots.all() if hasattr(slot, "piece")]
        return list(DraftPiece(made, many=True, context=self.context).data)

    @extend_schema_field(PictureSeen(many=True))
    def get_previews(self, draft: Draft) -> list[dict[str, Any]]:
        previews = list(draft.piece.previews.all()) if draft.piece else []
        return list(PictureSeen(previews, many=True, context=self.context).data)


class Turn(serializers.Serializer[Any]):
    """Who has to act: maker, commissioner, house or nobody; `key` names what."""

    who = serializers.CharField()
    key = serializers.CharField()


class MilestoneSeen(serializers.Serializer[Any]):
    """One payment: to_come, due, held, released, returning, returned or never."""

    purpose = serializers.CharField()
    amount = MoneyField("amount")
    state = serializers.CharField()
    order = serializers.SerializerMethodField()

    def get_order(self, milestone: Any) -> UUID | None:
        return milestone.order.pk if milestone.order else None


class Happening(serializers.Serializer[Any]):
    at = serializers.DateTimeField()
    action = serializers.CharField()
    role = serializers.CharField()
    reason = serializers.CharField()


class CommissionDetail(CommissionCard):
    turn = serializers.SerializerMethodField()
    milestones = serializers.SerializerMethodField()
    drafts = serializers.SerializerMethodField()
    timeline = serializers.SerializerMethodField()
    grant = serializers.UUIDField(source="grant_id", read_only=True, allow_null=True)

    class Meta(CommissionCard.Meta):
        fields = [
            *CommissionCard.Meta.fields,
            "brief",
            "quote_note",
            "revisions_included",
            "revisions_used",
            "turn",
            "milestones",
            "drafts",
            "timeline",
            "grant",
        ]

    @extend_schema_field(Turn)
    def get_turn(self, commission: Commission) -> dict[str, Any]:
        return dict(Turn(commissions.whose_turn(commission)).data)

    @extend_schema_field(MilestoneSeen(many=True))
    def get_milestones(self, commission: Commission) -> list[dict[str, Any]]:
        return list(MilestoneSeen(commissions.money(commission), many=True).data)

    @extend_schema_field(DraftSeen(many=True))
    def get_drafts(self, commission: Commission) -> list[dict[str, Any]]:
        slots = Slot.objects.select_related("piece__signed_file").order_by("index")
        slots = slots.prefetch_related("piece__previews")
        drafts = commission.drafts.select_related("job", "piece")
        drafts = drafts.prefetch_related("notes", "piece__previews", Prefetch("job__slots", slots))
        if commission.maker_id != actor(self.context["request"]).pk:
            drafts = drafts.filter(sent_at__isnull=False)
        return list(DraftSeen(drafts, many=True, context=self.context).data)

    @extend_schema_field(Happening(many=True))
    def get_timeline(self, commission: Commission) -> list[dict[str, Any]]:
        return list(Happening(commissions.timeline(commission), many=True).data)


def detail(commission: Commission, request: Request, *, status: int = 200) -> Response:
    """The commission as it is now."""
    whole = Commission.objects.select_related("maker", "template", "commissioner")
    return answer(CommissionDetail, whole.get(pk=commission.pk), request, status=status)
