"""What models there are, what they learned from, how they were trained, and how fast and good they were measured."""

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest

from common.admin import ReadOnlyAdmin
from common.errors import DomainError
from common.models import User
from generation import training_jobs
from generation.models import Benchmark, Checkpoint, DatasetItem, DatasetVersion, TrainingJob, TrainingRun


@admin.register(Checkpoint)
class CheckpointAdmin(ReadOnlyAdmin):
    list_display = [
        "title",
        "slug",
        "version",
        "kind",
        "engine",
        "state",
        "licence_spdx",
        "commercial_output",
        "training_run",
    ]
    list_filter = ["state", "kind", "engine"]
    list_select_related = ["training_run"]
    search_fields = ["slug", "title", "weights_sha256"]


@admin.register(Benchmark)
class BenchmarkAdmin(ReadOnlyAdmin):
    list_display = ["checkpoint", "label", "device", "threads", "seconds_per_piece", "quality", "pieces", "measured_at"]
    list_filter = ["checkpoint", "device"]
    list_select_related = ["checkpoint"]
    search_fields = ["checkpoint__slug", "device", "label"]
    ordering = ["-measured_at", "-id"]


@admin.register(TrainingRun)
class TrainingRunAdmin(ReadOnlyAdmin):
    list_display = ["name", "trainer", "code_commit", "started_at", "finished_at"]
    search_fields = ["name", "code_commit"]


@admin.register(TrainingJob)
class TrainingJobAdmin(ReadOnlyAdmin):
    list_display = ["slug", "state", "requested_by", "attempts", "owner", "created_at", "finished_at", "run"]
    list_filter = ["state"]
    list_select_related = ["requested_by", "run"]
    search_fields = ["id", "slug", "requested_by__username"]
    ordering = ["-id"]
    actions = ["stop"]

    @admin.action(description="Stop the chosen trainings", permissions=["stop"])
    def stop(self, request: HttpRequest, chosen: QuerySet[TrainingJob]) -> None:
        """Stop each that is not over, with its audit line; a worker notices within a step."""
        assert isinstance(request.user, User)
        for job in chosen:
            try:
                training_jobs.cancel(job=job, by=request.user)
            except DomainError as error:
                self.message_user(request, f"{job.slug}: {error.detail}", messages.WARNING)
            else:
                self.message_user(request, f"The training of {job.slug} was stopped.", messages.SUCCESS)

    def has_stop_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("generation.add_trainingjob")


@admin.register(DatasetVersion)
class DatasetVersionAdmin(ReadOnlyAdmin):
    list_display = [
        "dataset",
        "version",
        "kind",
        "item_count",
        "opt_out_count",
        "consent_basis",
        "merkle_root",
        "frozen_at",
    ]
    list_filter = ["kind"]
    list_select_related = ["dataset"]
    search_fields = ["dataset__slug", "merkle_root"]
    exclude = ["recipe"]


@admin.register(DatasetItem)
class DatasetItemAdmin(ReadOnlyAdmin):
    list_display = [
        "dataset_version",
        "index",
        "title",
        "licence_spdx",
        "rights_holder",
        "source",
        "opted_out",
        "sha256",
    ]
    list_filter = ["dataset_version__dataset", "licence_spdx"]
    list_select_related = ["dataset_version__dataset"]
    search_fields = ["=sha256", "title", "rights_holder"]
    ordering = ["dataset_version", "index"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[DatasetItem]:
        items: QuerySet[DatasetItem] = super().get_queryset(request)
        return items.defer("recipe", "dataset_version__recipe")

    @admin.display(boolean=True)
    def opted_out(self, item: DatasetItem) -> bool:
        return bool(item.opt_out)
