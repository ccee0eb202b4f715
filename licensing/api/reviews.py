"""Rights reviews: makers submit and read their own, reviewers see the queue and decide."""

from typing import Any
from uuid import UUID

from django.db.models import Prefetch, Q, QuerySet
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from common.api import Listing, SeedField, View, actor, answer, asked
from common.models import User
from generation.models import Piece
from licensing.models import Finding, Review
from licensing.rights import reviews

__all__ = ["AppealAgainst", "Approve", "OneReview", "Reject", "RequestChanges", "Reviews", "Take", "Withdraw"]

WAITING = (Review.State.PENDING, Review.State.IN_REVIEW)
MAX_REASON = 4000


class Submission(serializers.Serializer[Any]):
    piece = serializers.UUIDField()
    words = serializers.CharField(
        required=False,
        default="",
        allow_blank=True,
        max_length=MAX_REASON,
        help_text="What changed since changes were asked for. The reviewer reads it.",
    )


class Appeal(serializers.Serializer[Any]):
    words = serializers.CharField(max_length=MAX_REASON, help_text="Why it may be sold. Another reviewer reads it.")


class Decision(serializers.Serializer[Any]):
    reason = serializers.CharField(max_length=MAX_REASON, help_text="The maker reads it.")


class Approval(serializers.Serializer[Any]):
    reason = serializers.CharField(required=False, default="", allow_blank=True, max_length=MAX_REASON)
    answers = serializers.DictField(
        child=serializers.CharField(max_length=MAX_REASON),
        required=False,
        default=dict,
        help_text="Rule of a blocking finding → why it does not stand in the way.",
    )


class StateWanted(serializers.Serializer[Any]):
    state = serializers.ChoiceField(Review.State.choices, required=False)


class ReviewCard(serializers.ModelSerializer[Review]):
    piece = serializers.UUIDField(source="piece_id", read_only=True)

    class Meta:
        model = Review
        fields = ["id", "piece", "state", "submitted_at", "decided_at", "reason", "maker_words", "appealed_at"]


class FindingSeen(serializers.ModelSerializer[Finding]):
    evidence = serializers.DictField(read_only=True)

    class Meta:
        model = Finding
        fields = ["rule", "rule_version", "severity", "sentence", "evidence", "found_at"]


class MadeWith(serializers.Serializer[Any]):
    """What only the maker and reviewers may know of a piece."""

    checkpoint = serializers.CharField(source="checkpoint.slug")
    prompt = serializers.CharField(source="slot.job.prompt")
    seed = SeedField()
    parameters = serializers.DictField()


class ReviewDetail(ReviewCard):
    made_with = MadeWith(source="piece", read_only=True)
    findings = FindingSeen(many=True, read_only=True, help_text="Worst first.")

    class Meta(ReviewCard.Meta):
        fields = [*ReviewCard.Meta.fields, "made_with", "findings"]


class Reviews(Listing[Review]):
    """For reviewers the queue, the oldest first; for makers their own. POST submits a piece."""

    area = "reviews"
    serializer_class = ReviewCard
    ordering = ("submitted_at", "id")
    throttle_scope = "reviews"

    def get_queryset(self) -> QuerySet[Review]:
        wanted = StateWanted(data=self.request.query_params)
        wanted.is_valid(raise_exception=True)
        found = _visible(self.request)
        if state := wanted.validated_data.get("state"):
            return found.filter(state=state)
        return found.filter(state__in=WAITING) if _is_reviewer(actor(self.request)) else found

    @extend_schema(parameters=[StateWanted])
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().get(request, *args, **kwargs)

    @extend_schema(request=Submission, responses={201: ReviewDetail})
    def post(self, request: Request) -> Response:
        """Submit a piece of mine. Submitting again changes nothing, unless changes were asked for."""
        wish = asked(Submission, request)
        person = actor(request)
        mine = Piece.objects.all() if person.is_staff else Piece.objects.filter(slot__job__requested_by=person)
        piece = get_object_or_404(mine.select_related("slot__job"), pk=wish["piece"])
        return answer(ReviewDetail, reviews.submit(piece=piece, by=person, words=wish["words"]), request, status=201)


class OneReview(View):
    """A review with its findings: mine, or any for a reviewer."""

    area = "reviews"

    @extend_schema(responses=ReviewDetail)
    def get(self, request: Request, review_id: UUID) -> Response:
        return answer(ReviewDetail, _one(request, review_id), request)


class Take(View):
    """Have it on my desk, so that no other reviewer begins it too."""

    area = "reviews"
    throttle_scope = "reviews"

    @extend_schema(request=None, responses=ReviewDetail)
    def post(self, request: Request, review_id: UUID) -> Response:
        review = _one(request, review_id)
        reviews.take(review=review, reviewer=actor(request))
        return answer(ReviewDetail, review, request)


class Approve(View):
    """Let the piece be sold. Each blocking finding needs an answer."""

    area = "reviews"
    throttle_scope = "reviews"

    @extend_schema(request=Approval, responses=ReviewDetail)
    def post(self, request: Request, review_id: UUID) -> Response:
        review = _one(request, review_id)
        reviews.approve(review=review, reviewer=actor(request), **asked(Approval, request))
        return answer(ReviewDetail, review, request)


class Reject(View):
    """Refuse the piece for good."""

    area = "reviews"
    throttle_scope = "reviews"

    @extend_schema(request=Decision, responses=ReviewDetail)
    def post(self, request: Request, review_id: UUID) -> Response:
        review = _one(request, review_id)
        reviews.reject(review=review, reviewer=actor(request), **asked(Decision, request))
        return answer(ReviewDetail, review, request)


class RequestChanges(View):
    """Send it back to its maker, who may submit it again."""

    area = "reviews"
    throttle_scope = "reviews"

    @extend_schema(request=Decision, responses=ReviewDetail)
    def post(self, request: Request, review_id: UUID) -> Response:
        review = _one(request, review_id)
        reviews.request_changes(review=review, reviewer=actor(request), **asked(Decision, request))
        return answer(ReviewDetail, review, request)


class AppealAgainst(View):
    """Ask for another reviewer's decision on my rejected piece, once."""

    area = "reviews"
    throttle_scope = "reviews"

    @extend_schema(request=Appeal, responses=ReviewDetail)
    def post(self, request: Request, review_id: UUID) -> Response:
        review = _one(request, review_id)
        reviews.appeal(review=review, by=actor(request), **asked(Appeal, request))
        return answer(ReviewDetail, review, request)


class Withdraw(View):
    """Take an approval back; a listing of the piece comes down with it."""

    area = "reviews"
    throttle_scope = "reviews"

    @extend_schema(request=Decision, responses=ReviewDetail)
    def post(self, request: Request, review_id: UUID) -> Response:
        review = _one(request, review_id)
        reviews.withdraw(review=review, reviewer=actor(request), **asked(Decision, request))
        return answer(ReviewDetail, review, request)


def _is_reviewer(person: User) -> bool:
    return person.is_staff and person.has_perm("licensing.change_review")


def _visible(request: Request) -> QuerySet[Review]:
    """All to a reviewer; to anybody else the reviews of pieces that were made for them."""
    person = actor(request)
    if _is_reviewer(person):
        return Review.objects.all()
    return Review.objects.filter(Q(submitted_by=person) | Q(piece__slot__job__requested_by=person))


def _one(request: Request, review_id: UUID) -> Review:
    whole = _visible(request).select_related("piece__slot__job", "piece__checkpoint", "reviewer")
    return get_object_or_404(whole.prefetch_related(Prefetch("findings", Finding.objects.order_by("id"))), pk=review_id)
