"""Requests to train: asked for by operators, claimed under a lease with a fencing token, registered at most once.

The rows are the truth, as for pieces (see `generation.jobs`). Nothing here loads torch: configurations need none.
"""

import re
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone

from common import audit
from common.errors import Conflict, InvalidTransition, PermissionRefused
from common.models import User
from generation import training_runs
from generation.models import Checkpoint, TrainingJob

__all__ = [
    "LeaseLost",
    "TrainingSlugTaken",
    "cancel",
    "claim",
    "fail",
    "finish",
    "give_back",
    "keep",
    "request",
    "sweep",
]

MAX_ATTEMPTS = 5
_SLUG = re.compile("[a-z0-9]+(-[a-z0-9]+)*")
_LIVE = (TrainingJob.State.WAITING, TrainingJob.State.CLAIMED)


class TrainingSlugTaken(Conflict):
    code = "training_slug_taken"
    title = "A checkpoint has this slug, or is being trained under it. Choose another."


class LeaseLost(Conflict):
    code = "lease_lost"
    title = "This training was cancelled, or another worker has taken it over."


def request(*, by: User, slug: str, config_toml: str) -> TrainingJob:
    """Ask for a training and ring for a worker. The configuration is read by its trainer before anything is written.

    Raises PermissionRefused, TrainingRefused for a configuration or data that do not fit, TrainingSlugTaken.
    """
    if not by.has_perm("generation.add_trainingjob"):
        raise PermissionRefused("Only operators may ask for a training.")
    if len(slug) > 50 or not _SLUG.fullmatch(slug):
        raise training_runs.TrainingRefused("A slug is written in small letters, digits and hyphens, 50 at most.")
    training_runs.plan(config_toml, slug=slug)
    try:
        with transaction.atomic():
            if Checkpoint.objects.filter(slug=slug).exists():
                raise TrainingSlugTaken()
            job = TrainingJob.objects.create(requested_by=by, slug=slug, config_toml=config_toml)
            audit.record(action="training.requested", subject=job, role="operator", actor=by, reason=slug)
            transaction.on_commit(_ring)
    except IntegrityError as error:
        raise TrainingSlugTaken() from error
    return job


def cancel(*, job: TrainingJob, by: User) -> None:
    """Stop a training that is not finished; its worker notices within a step. Raises InvalidTransition afterwards."""
    if not by.has_perm("generation.add_trainingjob"):
        raise PermissionRefused("Only operators may cancel a training.")
    with transaction.atomic():
        live = TrainingJob.objects.filter(pk=job.pk, state__in=_LIVE)
        state, now = TrainingJob.State.CANCELLED, timezone.now()
        if not live.update(state=state, lease_expires_at=None, finished_at=now):
            raise InvalidTransition("This training is over already.")
        audit.record(action="training.cancelled", subject=job, role="operator", actor=by)
    job.refresh_from_db()


def claim(*, owner: str) -> TrainingJob | None:
    """The oldest request that waits, or None. PostgreSQL skips rows that another worker is claiming."""
    with transaction.atomic():
        waiting = TrainingJob.objects.filter(state=TrainingJob.State.WAITING).order_by("created_at", "pk")
        first = waiting.select_for_update(skip_locked=True, of=("self",)).first()
        if first is None:
            return None
        taken = TrainingJob.objects.filter(pk=first.pk, state=TrainingJob.State.WAITING).update(
            state=TrainingJob.State.CLAIMED,
            fence=F("fence") + 1,
            attempts=F("attempts") + 1,
            owner=owner[:80],
            lease_expires_at=_until(),
        )
        return TrainingJob.objects.get(pk=first.pk) if taken else None


def keep(job: TrainingJob, progress: dict[str, Any] | None = None) -> bool:
    """Prolong the lease, with the newest line of metrics; False once the training is no longer this worker's."""
    told = {} if progress is None else {"progress": progress}
    return bool(_mine(job).update(lease_expires_at=_until(), **told))


def finish(job: TrainingJob, asked: training_runs.Plan, made: Path) -> Checkpoint:
    """Move the folder `made` to its place and register it, once and only while the claim holds.

    Raises LeaseLost, or why it was not registered; then nothing is.
    """
    with transaction.atomic():
        state, now = TrainingJob.State.FINISHED, timezone.now()
        if not _mine(job).update(state=state, lease_expires_at=None, finished_at=now):
            raise LeaseLost()
        place = settings.VAR_DIR / "checkpoints" / job.slug
        if Checkpoint.objects.filter(slug=job.slug).exists() or place.exists():
            raise TrainingSlugTaken()
        place.parent.mkdir(parents=True, exist_ok=True)
        made.rename(place)
        try:
            checkpoint = training_runs.register(asked, place)
            TrainingJob.objects.filter(pk=job.pk).update(run=checkpoint.training_run)
            audit.record(action="training.finished", subject=job, role="operator", reason=checkpoint.weights_sha256)
        except BaseException:
            place.rename(made)
            raise
    job.refresh_from_db()
    return checkpoint


def fail(job: TrainingJob, detail: str) -> None:
    """Give the training up for good, with a reason that a person can read."""
    _mine(job).update(
        state=TrainingJob.State.FAILED,
        lease_expires_at=None,
        finished_at=timezone.now(),
        error_detail=detail[:2000],
    )


def give_back(job: TrainingJob) -> None:
    """Return a training whose worker was told to stop: another one carries on from its saved state."""
    _mine(job).update(state=TrainingJob.State.WAITING, lease_expires_at=None, attempts=F("attempts") - 1)


def sweep() -> int:
    """Put trainings with a lapsed lease back in line (or give them up after five tries); return how many wait now."""
    lapsed = TrainingJob.objects.filter(state=TrainingJob.State.CLAIMED, lease_expires_at__lt=timezone.now())
    lapsed.filter(attempts__gte=MAX_ATTEMPTS).update(
        state=TrainingJob.State.FAILED,
        lease_expires_at=None,
        finished_at=timezone.now(),
        error_detail=f"{MAX_ATTEMPTS} workers began this and none came back.",
    )
    lapsed.update(state=TrainingJob.State.WAITING, lease_expires_at=None)
    return TrainingJob.objects.filter(state=TrainingJob.State.WAITING).count()


def _mine(job: TrainingJob) -> Any:
    return TrainingJob.objects.filter(pk=job.pk, fence=job.fence, state=TrainingJob.State.CLAIMED)


def _until() -> Any:
    return timezone.now() + timedelta(seconds=settings.LEASE_SECONDS)


def _ring() -> None:
    from generation.training_tasks import ring

    ring()
