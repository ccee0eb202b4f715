"""What the rights desk shows: the queue with its ages, one piece with its findings, and the line that it came from."""

import json
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db.models import Count, Q, QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from common import audit
from common.models import User
from licensing.models import Finding, ProvenanceRecord, Review
from licensing.provenance import lineage
from licensing.rights import nearest_works
from licensing.rights.nearest_works import NearWork
from marketplace.storefront.pictures import of_piece

__all__ = ["FILTERS", "QUEUE_LENGTH", "WAITING", "Node", "nearest", "queue", "seen", "waiting"]

QUEUE_LENGTH = 50
THUMBNAIL = 56
WAITING = (Review.State.PENDING, Review.State.IN_REVIEW)
FILTERS: dict[str, Promise] = {
    "all": _("All"),
    "blocking": _("Blocking"),
    "clear": _("Nothing blocks"),
    "mine": _("On my desk"),
    "late": _("Late"),
}
_RANK = {Finding.Severity.BLOCKS: 0, Finding.Severity.LOOK: 1, Finding.Severity.FINE: 2}


@dataclass(frozen=True)
class Node:
    """One step of the line behind a piece. `known` is False where the house does not know it."""

    kind: str | Promise
    words: str | Promise
    proof: str = ""
    known: bool = True


def waiting() -> QuerySet[Review]:
    """What no decision was made on, the oldest first."""
    return Review.objects.filter(state__in=WAITING).order_by("submitted_at", "id")


def queue(chosen: str, by: User) -> list[Review]:
    """The first rows of the queue under a filter, each with its counts, in two queries. Unknown filters show all."""
    blocks, look = (Q(findings__severity=one) for one in (Finding.Severity.BLOCKS, Finding.Severity.LOOK))
    rows = waiting().select_related("piece__slot__job__requested_by", "reviewer").prefetch_related("piece__previews")
    rows = rows.annotate(blocking=Count("findings", filter=blocks), looks=Count("findings", filter=look))
    due = timezone.now() - timedelta(hours=settings.REVIEW_HOURS)
    narrowed = {
        "blocking": Q(blocking__gt=0),
        "clear": Q(blocking=0),
        "mine": Q(reviewer=by),
        "late": Q(submitted_at__lt=due),
    }
    found: list[Review] = list(rows.filter(narrowed.get(chosen, Q()))[:QUEUE_LENGTH])
    for row in found:
        row.late = row.submitted_at < due  # type: ignore[attr-defined]
        row.small = of_piece(row.piece, alt="", width=2 * THUMBNAIL)  # type: ignore[attr-defined]
    return found


def seen(review: Review, by: User) -> dict[str, Any]:
    """All that a reviewer needs of one piece, in a fixed number of queries."""
    job = review.piece.slot.job
    record = _record(review)
    earlier = Review.objects.filter(piece__slot__job__requested_by=job.requested_by).exclude(pk=review.pk)
    return {
        "review": review,
        "piece": review.piece,
        "job": job,
        "picture": reverse("admin:review_picture", args=[review.pk]),
        "findings": sorted(review.findings.all(), key=lambda one: (_RANK[Finding.Severity(one.severity)], one.rule)),
        "record": record,
        "nearest": _nearest(record),
        "line": _line(review, record),
        "earlier": dict(earlier.values_list("state").annotate(Count("pk")).order_by()),
        "history": audit.history(review),
        "own": job.requested_by_id == by.pk,
        "held": review.reviewer if review.state == Review.State.IN_REVIEW and review.reviewer != by else None,
        "mine": review.state == Review.State.IN_REVIEW and review.reviewer == by,
    }


def nearest(review: Review) -> list[NearWork]:
    """The training works that the newest record of the piece names as nearest."""
    return _nearest(_record(review))


def _nearest(record: ProvenanceRecord | None) -> list[NearWork]:
    return nearest_works.of(json.loads(record.body)) if record else []


def _record(review: Review) -> ProvenanceRecord | None:
    return ProvenanceRecord.objects.filter(piece=review.piece).order_by("-created_at", "-id").first()


def _line(review: Review, record: ProvenanceRecord | None) -> list[Node]:
    """Dataset → run → checkpoint → job → piece. What is not known keeps its place."""
    piece, job = review.piece, review.piece.slot.job
    runs = lineage.runs(lineage.checkpoints(piece.checkpoint))
    nothing = not lineage.has_learnt(piece.checkpoint)
    unknown = _("none: a method without learnt weights") if nothing else _("not known")
    data = [Node(_("Dataset"), str(one), one.merkle_root[:12]) for one in lineage.datasets(runs)]
    trained = [Node(_("Training run"), one.name) for one in runs]
    return [
        *(data or [Node(_("Dataset"), unknown, known=nothing)]),
        *(trained or [Node(_("Training run"), unknown, known=nothing)]),
        Node(_("Checkpoint"), piece.checkpoint.title, piece.checkpoint.weights_sha256[:12]),
        Node(_("Job"), str(job.pk)[:8], f"seed {piece.seed}"),
        Node(_("Piece"), piece.kind, record.sha256[:12] if record else ""),
    ]
