"""Asking for pieces, calling it off, and how far a job is."""

import secrets
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from common import audit
from common.errors import Gone, NotFound
from common.models import User
from generation import parameters as rules
from generation import quotas
from generation.inputs import UnknownInput
from generation.models import Checkpoint, InputWork, Job, JobInput, Slot
from generation.models.job import MAX_SEED

__all__ = ["CheckpointWithdrawn", "InputWithdrawn", "UnknownCheckpoint", "cancel", "progress", "published", "request"]


class UnknownCheckpoint(NotFound):
    code = "unknown_checkpoint"
    title = "No such checkpoint is published. GET /api/v1/checkpoints lists those that are."


class CheckpointWithdrawn(Gone):
    code = "checkpoint_withdrawn"
    title = "The consent for something this checkpoint was trained on has been withdrawn. Choose another checkpoint."


class InputWithdrawn(Gone):
    code = "input_withdrawn"
    title = "The consent for this input work has been withdrawn. Choose another work."


def published(slug: str) -> Checkpoint:
    """The published checkpoint with this slug, or UnknownCheckpoint, or CheckpointWithdrawn."""
    checkpoint = Checkpoint.objects.filter(slug=slug).exclude(state=Checkpoint.State.RETIRED).first()
    if checkpoint is None:
        raise UnknownCheckpoint()
    _check_in_use(checkpoint.state)
    return checkpoint


def request(
    *,
    requested_by: User,
    checkpoint: Checkpoint,
    parameters: dict[str, Any],
    seed: int | None = None,
    count: int = 1,
    prompt: str = "",
    priority: int = 0,
    inputs: Mapping[str, InputWork] | None = None,
) -> Job:
    """Write one job, its input works and its waiting slots, and ring for a worker.

    Nothing is written if a value is out of range, an input is missing or another person's, or a quota is used up.
    """
    count = rules.check_count(count)
    seed = secrets.randbelow(MAX_SEED - count) if seed is None else rules.check_seed(seed, count)
    asked = rules.check(checkpoint, parameters)
    inputs = _checked(checkpoint, inputs or {}, requested_by)
    key, queue = rules.batch_key(checkpoint, asked), rules.spec(checkpoint).queue
    _check_in_use(checkpoint.state)
    job = Job(requested_by=requested_by, checkpoint=checkpoint, parameters=asked, prompt=prompt, seed=seed, count=count)
    job.priority = priority
    with _unless_withdrawn(checkpoint, inputs), transaction.atomic():
        quotas.check(requested_by, count)
        job.save(force_insert=True)
        JobInput.objects.bulk_create(JobInput(job=job, role=role, work=work) for role, work in inputs.items())
        slots = [Slot(job=job, index=i, seed=seed + i, batch_key=key, queue=queue) for i in range(count)]
        Slot.objects.bulk_create(slots)
        audit.record(action="job.requested", subject=job, role="maker", actor=requested_by)
        transaction.on_commit(lambda: _ring(queue))
    return job


def _check_in_use(state: str) -> None:
    if state == Checkpoint.State.WITHDRAWN:
        raise CheckpointWithdrawn()
    if state != Checkpoint.State.PUBLISHED:
        raise UnknownCheckpoint()


def _checked(checkpoint: Checkpoint, inputs: Mapping[str, InputWork], by: User) -> Mapping[str, InputWork]:
    rules.check_inputs(checkpoint, {role: work.kind for role, work in inputs.items()})
    if any(work.owner_id != by.pk for work in inputs.values()):
        raise UnknownInput()
    _check_consent(inputs)
    return inputs


def _check_consent(inputs: Mapping[str, InputWork]) -> None:
    if any(work.withdrawn_at for work in inputs.values()):
        raise InputWithdrawn()


@contextmanager
def _unless_withdrawn(checkpoint: Checkpoint, inputs: Mapping[str, InputWork]) -> Iterator[None]:
    """Say in the checks' words what the database refused because a withdrawal was faster than they were."""
    try:
        yield
    except IntegrityError:
        for row in (checkpoint, *inputs.values()):
            row.refresh_from_db()
        _check_in_use(checkpoint.state)
        _check_consent(inputs)
        raise


def _ring(queue: str) -> None:
    from generation.tasks import ring

    ring(queue)


def progress(job: Job) -> Counter[str]:
    """How many slots are in which state."""
    return Counter(job.slots.values_list("state", flat=True))


def cancel(*, job: Job, by: User) -> None:
    """Stop what is not finished. What a worker is just making is thrown away: its fence no longer holds."""
    with transaction.atomic():
        if not Job.objects.filter(pk=job.pk, cancelled_at__isnull=True).update(cancelled_at=timezone.now()):
            return
        unfinished = job.slots.filter(state__in=[Slot.State.WAITING, Slot.State.CLAIMED])
        unfinished.update(state=Slot.State.CANCELLED, lease_expires_at=None)
        audit.record(action="job.cancelled", subject=job, role="maker", actor=by)
    job.refresh_from_db()
