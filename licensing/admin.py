"""Licensing for staff: the reviewer's desk, and everything else to look at.

The desk decides through `reviews` alone: a state is never edited. It serves the master reduced, to reviewers only.
"""

import io
import json
from typing import Any
from uuid import UUID

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Case, Count, IntegerField, Q, QuerySet, Value, When
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.timesince import timesince
from PIL import Image

from common import audit, storage
from common.admin import ReadOnlyAdmin
from common.errors import BadRequest, DomainError
from common.models import User
from licensing.models import (
    Claim,
    Finding,
    Grant,
    LicenceTemplate,
    LogLeaf,
    ProvenanceRecord,
    Review,
    SignedFile,
    Withdrawal,
)
from licensing.provenance import facts, lineage
from licensing.rights import blast_radius, reviews

_PICTURE_SIDE, _WORK_SIDE = 1200, 480
_WORST_FIRST = Case(
    When(severity=Finding.Severity.BLOCKS, then=Value(0)),
    When(severity=Finding.Severity.LOOK, then=Value(1)),
    default=Value(2),
    output_field=IntegerField(),
)


def _reduced(name: str, side: int) -> HttpResponse:
    """A picture of the private area, small enough for the desk."""
    reduced = io.BytesIO()
    with storage.open_file("masters", name) as file, Image.open(file) as image:
        image.draft("RGB", (side, side))
        small = image.convert("RGB")
        small.thumbnail((side, side))
        small.save(reduced, "JPEG", quality=85)
    return HttpResponse(reduced.getvalue(), content_type="image/jpeg")


@admin.register(Review)
class ReviewAdmin(ReadOnlyAdmin):
    """The reviewer's desk: what waits longest comes first, and a decision leads on to the next piece."""

    list_display = ["piece", "state", "age", "maker", "blocking", "to_look_at", "reviewer"]
    list_filter = ["state"]
    list_select_related = ["piece__slot__job__requested_by", "reviewer"]
    search_fields = ["piece__id", "piece__slot__job__requested_by__username"]
    ordering = ["submitted_at", "id"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Review]:
        rows: QuerySet[Review] = super().get_queryset(request)
        return rows.annotate(
            blocking_count=Count("findings", filter=Q(findings__severity=Finding.Severity.BLOCKS)),
            look_count=Count("findings", filter=Q(findings__severity=Finding.Severity.LOOK)),
        )

    def get_urls(self) -> list[URLPattern]:
        picture = path("<uuid:review_id>/picture/", self.admin_site.admin_view(self.picture), name="review_picture")
        work = path("<uuid:review_id>/works/<uuid:work_id>/", self.admin_site.admin_view(self.work), name="review_work")
        urls: list[URLPattern] = super().get_urls()
        return [picture, work, *urls]

    @admin.display(ordering="submitted_at")
    def age(self, review: Review) -> str:
        return timesince(review.submitted_at)

    @admin.display(ordering="piece__slot__job__requested_by__username")
    def maker(self, review: Review) -> str:
        return review.piece.slot.job.requested_by.username

    @admin.display(ordering="blocking_count")
    def blocking(self, review: Review) -> int:
        return getattr(review, "blocking_count", 0)

    @admin.display(ordering="look_count")
    def to_look_at(self, review: Review) -> int:
        return getattr(review, "look_count", 0)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The desk with one piece on it. A refused decision comes back with the words that were typed."""
        review = self._review(request, object_id)
        if request.method != "POST":
            return self._desk(request, review)
        try:
            said = self._decide(request, review)
        except DomainError as error:
            messages.error(request, error.detail)
            return self._desk(request, self._review(request, object_id), typed=request.POST.dict(), status=error.status)
        messages.success(request, said)
        return HttpResponseRedirect(self._next(review))

    def picture(self, request: HttpRequest, review_id: UUID) -> HttpResponse:
        """The master, reduced to fit the desk. It has no visible mark; like all of the admin, no cache keeps it."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        piece = get_object_or_404(Review.objects.select_related("piece"), pk=review_id).piece
        return _reduced(piece.still_name or piece.master_name, _PICTURE_SIDE)

    def work(self, request: HttpRequest, review_id: UUID, work_id: UUID) -> HttpResponse:
        """A work that went into the piece under review, however far back; no other input work can be seen."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        review = get_object_or_404(Review.objects.select_related("piece__slot__job"), pk=review_id)
        found = next((one for one in lineage.works(review.piece.slot.job) if one.pk == work_id), None)
        if found is None:
            raise Http404
        return _reduced(found.name, _WORK_SIDE)

    def _review(self, request: HttpRequest, object_id: str) -> Review:
        if not self.has_view_permission(request):
            raise PermissionDenied
        try:
            key = UUID(object_id)
        except ValueError:
            raise Http404 from None
        related = ("piece__slot__job__requested_by", "piece__checkpoint", "reviewer", "submitted_by")
        return get_object_or_404(Review.objects.select_related(*related), pk=key)

    def _decide(self, request: HttpRequest, review: Review) -> str:
        """Carry out what was pressed and say so in one sentence."""
        assert isinstance(request.user, User)
        who, reason, verb = request.user, request.POST.get("reason", ""), request.POST.get("decision", "")
        if verb == "approve":
            answers = {
                name.removeprefix("answer-"): str(words)
                for name, words in request.POST.items()
                if name.startswith("answer-") and str(words).strip()
            }
            reviews.approve(review=review, reviewer=who, reason=reason, answers=answers)
            return "Approved. Its maker may list it now."
        if verb == "reject":
            reviews.reject(review=review, reviewer=who, reason=reason)
            return "Rejected. Its maker reads your reason."
        if verb == "request_changes":
            reviews.request_changes(review=review, reviewer=who, reason=reason)
            return "Sent back. Its maker reads what you ask for."
        if verb == "withdraw":
            reviews.withdraw(review=review, reviewer=who, reason=reason)
            return "Withdrawn. It is no longer for sale."
        if verb == "take":
            reviews.take(review=review, reviewer=who)
            return "On your desk. Others see that you have it."
        if verb == "hand_back":
            reviews.hand_back(review=review, reviewer=who)
            return "Handed back. It waits for whoever takes it."
        raise BadRequest("Choose one of the decisions.")

    def _next(self, review: Review) -> str:
        """After a decision the piece that waits longest; while one is at work on it, the same."""
        if review.state == Review.State.IN_REVIEW:
            return reverse("admin:licensing_review_change", args=[review.pk])
        waiting = Review.objects.filter(state=Review.State.PENDING).exclude(pk=review.pk)
        following = waiting.order_by("submitted_at", "id").first()
        if following is None:
            return reverse("admin:licensing_review_changelist")
        return reverse("admin:licensing_review_change", args=[following.pk])

    def _desk(
        self, request: HttpRequest, review: Review, *, typed: dict[str, Any] | None = None, status: int = 200
    ) -> HttpResponse:
        findings = list(review.findings.order_by(_WORST_FIRST, "rule"))
        for finding in findings:
            finding.answer = (typed or {}).get(f"answer-{finding.rule}", finding.answer)
        record = ProvenanceRecord.objects.filter(piece=review.piece).order_by("-created_at", "-id").first()
        undecided = review.state in (Review.State.PENDING, Review.State.IN_REVIEW)
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": "Rights review",
            "review": review,
            "piece": review.piece,
            "job": review.piece.slot.job,
            "findings": [one for one in findings if one.severity != Finding.Severity.FINE],
            "fine": [one for one in findings if one.severity == Finding.Severity.FINE],
            "record": json.dumps(json.loads(record.body), indent=2, ensure_ascii=False) if record else "",
            "record_sha256": record.sha256 if record else "",
            "runs": lineage.runs(lineage.checkpoints(review.piece.checkpoint)),
            "works": [(one, facts.stated_right(one)) for one in lineage.works(review.piece.slot.job)],
            "history": audit.history(review),
            "undecided": undecided,
            "waiting": Review.objects.filter(state=Review.State.PENDING).count(),
            "may_decide": request.user.has_perm("licensing.change_review"),
            "own": review.piece.slot.job.requested_by_id == request.user.pk,
            "typed_reason": (typed or {}).get("reason", ""),
        }
        return TemplateResponse(request, "licensing/admin/review.html", context, status=status)


@admin.register(Claim)
class ClaimAdmin(ReadOnlyAdmin):
    """To look things up; decisions are made at the claims desk."""

    list_display = ["received_at", "state", "piece", "role", "hides", "due_at", "decided_at"]
    list_filter = ["state", "hides"]
    search_fields = ["id", "piece__id", "email"]
    ordering = ["-received_at", "-id"]


@admin.register(Grant)
class GrantAdmin(ReadOnlyAdmin):
    list_display = [
        "id",
        "work_title",
        "licence",
        "edition_number",
        "holder_email",
        "state",
        "granted_at",
        "expires_at",
    ]
    list_filter = ["state", "exclusive"]
    search_fields = ["id", "work_title", "holder_email", "source"]
    ordering = ["-id"]

    @admin.display(ordering="template__slug")
    def licence(self, grant: Grant) -> str:
        return f"{grant.terms['slug']} {grant.terms['version']}"


@admin.register(LicenceTemplate)
class LicenceTemplateAdmin(ReadOnlyAdmin):
    list_display = ["slug", "version", "title", "title_zh", "exclusive", "goods_limit", "lasts_days"]


@admin.register(ProvenanceRecord)
class ProvenanceRecordAdmin(ReadOnlyAdmin):
    list_display = ["piece", "sha256", "previous", "created_at"]
    list_select_related = ["piece", "previous"]
    search_fields = ["sha256", "piece__id"]
    ordering = ["-created_at", "-id"]


@admin.register(SignedFile)
class SignedFileAdmin(ReadOnlyAdmin):
    list_display = ["piece", "sha256", "byte_count", "signer", "signed_at"]
    list_select_related = ["piece"]
    search_fields = ["sha256", "piece__id"]
    ordering = ["-signed_at"]


@admin.register(LogLeaf)
class LogLeafAdmin(ReadOnlyAdmin):
    list_display = ["index", "kind", "subject", "leaf_hash", "appended_at"]
    search_fields = ["subject", "leaf_hash"]
    ordering = ["-index"]


@admin.register(Withdrawal)
class WithdrawalAdmin(ReadOnlyAdmin):
    """What a withdrawal touches, from the source down, and how far it is. One is begun by the API or on the console."""

    list_display = ["id", "state", "item_sha256", "dataset", "licence_spdx", "input_work", "begun_at", "done_at"]
    list_filter = ["state"]
    list_select_related = ["dataset", "input_work"]
    search_fields = ["id", "item_sha256", "dataset__slug"]
    ordering = ["-id"]
    fields = ["state", "progress", "touched", "item_sha256", "dataset", "licence_spdx", "input_work", "reason"]
    readonly_fields = ["progress", "touched"]

    def progress(self, withdrawal: Withdrawal) -> str:
        told, owed = withdrawal.letters.filter(sent_at__isnull=False).count(), withdrawal.letters.count()
        return f"{withdrawal.pieces.count()} pieces reached; holders told of {told} of {owed} licences"

    def touched(self, withdrawal: Withdrawal) -> SafeString:
        counts = blast_radius.count(withdrawal).items()
        return format_html_join("", "{} {}<br>", ((number, name.replace("_", " ")) for name, number in counts))
