"""Jobs, pieces and what went into them. Seeds, parameters, steps and prompts are sealed, so they are not shown here."""

from django.contrib import admin
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest

from common.admin import ReadOnlyAdmin
from generation.models import InputWork, Job, Piece, Slot


@admin.register(Piece)
class PieceAdmin(ReadOnlyAdmin):
    list_display = ["id", "checkpoint", "kind", "maker", "size", "device_seconds", "finished_at", "content_sha256"]
    list_filter = ["kind", "checkpoint"]
    list_select_related = ["checkpoint", "slot__job__requested_by"]
    search_fields = ["id", "content_sha256"]
    ordering = ["-id"]
    exclude = ["seed", "parameters", "steps"]

    @admin.display(ordering="slot__job__requested_by__username")
    def maker(self, piece: Piece) -> str:
        return piece.slot.job.requested_by.username

    @admin.display
    def size(self, piece: Piece) -> str:
        return f"{piece.width} × {piece.height}" if piece.width else piece.media_type


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


@admin.register(InputWork)
class InputWorkAdmin(ReadOnlyAdmin):
    """Whose picture went in by which right. The pictures themselves are not shown: they are their owners' own."""

    list_display = ["id", "owner", "origin", "licence_spdx", "rights_holder", "source", "size", "used_in", "created_at"]
    list_filter = ["origin", "licence_spdx"]
    list_select_related = ["owner"]
    search_fields = ["id", "sha256", "owner__username", "rights_holder", "licence_spdx"]
    ordering = ["-id"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[InputWork]:
        works: QuerySet[InputWork] = super().get_queryset(request)
        return works.annotate(job_count=Count("jobs"))

    @admin.display
    def size(self, work: InputWork) -> str:
        return f"{work.width} × {work.height}" if work.width else work.media_type

    @admin.display(ordering="job_count", description="jobs")
    def used_in(self, work: InputWork) -> int:
        return getattr(work, "job_count", 0)
