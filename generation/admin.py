"""Generation for staff to look at. Seeds, parameters and prompts are sealed, so they are not shown here."""

from django.contrib import admin
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest

from common.admin import ReadOnlyAdmin
from generation.models import Checkpoint, DatasetVersion, Job, Piece, Slot, TrainingRun


@admin.register(Piece)
class PieceAdmin(ReadOnlyAdmin):
    list_display = ["id", "checkpoint", "maker", "size", "finished_at", "content_sha256"]
    list_filter = ["checkpoint"]
    list_select_related = ["checkpoint", "slot__job__requested_by"]
    search_fields = ["id", "content_sha256"]
    ordering = ["-id"]
    exclude = ["seed", "parameters"]

    @admin.display(ordering="slot__job__requested_by__username")
    def maker(self, piece: Piece) -> str:
        return piece.slot.job.requested_by.username

    @admin.display
    def size(self, piece: Piece) -> str:
        return f"{piece.width} × {piece.height}"


@admin.register(Job)
class JobAdmin(ReadOnlyAdmin):
    list_display = ["id", "requested_by", "checkpoint", "asked_for", "finished", "failed", "created_at"]
    list_filter = ["checkpoint"]
    list_select_related = ["requested_by", "checkpoint"]
    search_fields = ["id", "requested_by__username"]
    ordering = ["-id"]
    exclude = ["seed", "parameters", "prompt"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Job]:
        jobs: QuerySet[Job] = super().get_queryset(request)
        done, failed = Q(slots__state=Slot.State.FINISHED), Q(slots__state=Slot.State.FAILED)
        return jobs.annotate(finished_count=Count("slots", filter=done), failed_count=Count("slots", filter=failed))

    @admin.display(ordering="count")
    def asked_for(self, job: Job) -> int:
        return job.count

    @admin.display(ordering="finished_count")
    def finished(self, job: Job) -> int:
        return getattr(job, "finished_count", 0)

    @admin.display(ordering="failed_count")
    def failed(self, job: Job) -> int:
        return getattr(job, "failed_count", 0)


@admin.register(Checkpoint)
class CheckpointAdmin(ReadOnlyAdmin):
    list_display = ["title", "slug", "version", "engine", "state", "licence_spdx", "commercial_output", "training_run"]
    list_filter = ["state", "engine"]
    list_select_related = ["training_run"]
    search_fields = ["slug", "title", "weights_sha256"]


@admin.register(TrainingRun)
class TrainingRunAdmin(ReadOnlyAdmin):
    list_display = ["name", "trainer", "code_commit", "started_at", "finished_at"]
    search_fields = ["name", "code_commit"]


@admin.register(DatasetVersion)
class DatasetVersionAdmin(ReadOnlyAdmin):
    list_display = ["dataset", "version", "item_count", "opt_out_count", "consent_basis", "merkle_root", "frozen_at"]
    list_select_related = ["dataset"]
    search_fields = ["dataset__slug", "merkle_root"]
