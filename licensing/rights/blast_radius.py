"""What a withdrawal touches: from items over datasets, runs and checkpoints down to jobs, pieces and grants."""

from uuid import UUID

from django.db.models import Q, QuerySet

from generation.models import Checkpoint, DatasetItem, DatasetVersion, Job, Piece, TrainingRun
from licensing.models import Grant, Review, Withdrawal

__all__ = ["checkpoints", "count", "items", "jobs", "pieces", "versions"]


def count(withdrawal: Withdrawal) -> dict[str, int]:
    """How many of each are touched, from the source down; `withdrawal` need not be saved."""
    ids = checkpoints(withdrawal)
    made = _pieces(withdrawal, ids)
    return {
        "items": _items(withdrawal).count(),
        "dataset_versions": len(_versions(withdrawal)),
        "checkpoints": len(ids),
        "jobs": jobs(withdrawal, ids).count(),
        "pieces": made.count(),
        "approved_pieces": Review.objects.filter(piece__in=made, state=Review.State.APPROVED).count(),
        "live_grants": Grant.objects.filter(piece__in=made, state=Grant.State.LIVE).count(),
    }


def checkpoints(withdrawal: Withdrawal) -> set[UUID]:
    """Those trained on it, those trained on from them, and the chains that have one of them as a step."""
    if withdrawal.input_work_id:
        return set()
    runs = _closed(TrainingRun.objects.filter(dataset_versions__in=_versions(withdrawal)), "parent__in", TrainingRun)
    return _closed(Checkpoint.objects.filter(training_run__in=runs), "components__in", Checkpoint)


def items(withdrawal: Withdrawal) -> set[str]:
    """The digests of the items themselves, also of one that was never frozen here."""
    named = {withdrawal.item_sha256} if withdrawal.item_sha256 else set()
    return named | set(_items(withdrawal).values_list("sha256", flat=True))


def versions(withdrawal: Withdrawal) -> QuerySet[DatasetVersion]:
    """The frozen versions that hold it."""
    return DatasetVersion.objects.filter(pk__in=_versions(withdrawal))


def jobs(withdrawal: Withdrawal, checkpoint_ids: set[UUID]) -> QuerySet[Job]:
    """Every job whose pieces are touched."""
    if withdrawal.input_work_id:
        return Job.objects.filter(inputs__work=withdrawal.input_work_id).distinct()
    return Job.objects.filter(checkpoint__in=checkpoint_ids)


def pieces(withdrawal: Withdrawal) -> QuerySet[Piece]:
    """Every piece that is touched."""
    return _pieces(withdrawal, checkpoints(withdrawal))


def _pieces(withdrawal: Withdrawal, checkpoint_ids: set[UUID]) -> QuerySet[Piece]:
    if withdrawal.input_work_id:
        used_in = Job.objects.filter(inputs__work=withdrawal.input_work_id)
        return Piece.objects.filter(slot__job__in=used_in)
    return Piece.objects.filter(checkpoint__in=checkpoint_ids)


def _items(withdrawal: Withdrawal) -> QuerySet[DatasetItem]:
    if withdrawal.input_work_id:
        return DatasetItem.objects.none()
    if withdrawal.item_sha256:
        return DatasetItem.objects.filter(sha256=withdrawal.item_sha256)
    of_dataset = Q(dataset_version__dataset=withdrawal.dataset_id)
    if withdrawal.licence_spdx:
        of_dataset &= Q(licence_spdx=withdrawal.licence_spdx)
    return DatasetItem.objects.filter(of_dataset)


def _versions(withdrawal: Withdrawal) -> set[UUID]:
    if withdrawal.dataset_id and not withdrawal.licence_spdx:  # also one whose items are not kept as rows
        return set(DatasetVersion.objects.filter(dataset=withdrawal.dataset_id).values_list("pk", flat=True))
    return set(_items(withdrawal).values_list("dataset_version_id", flat=True))


def _closed(
    first: QuerySet[TrainingRun] | QuerySet[Checkpoint], by: str, model: type[TrainingRun] | type[Checkpoint]
) -> set[UUID]:
    """The rows of `first` and all that come from them, one query a generation."""
    found: set[UUID] = set()
    fresh = set(first.values_list("pk", flat=True))
    while fresh:
        found |= fresh
        fresh = set(model._default_manager.filter(**{by: fresh}).values_list("pk", flat=True)) - found
    return found
