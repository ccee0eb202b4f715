"""What generation holds of people: what they asked for, in which words, and the pictures that they brought."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from common.models import User
from common.personal import CHUNK, FOR_CLAIMS, PROOF, SERVICE, UNTIL_ERASED, WITH_THE_WORK, Held, Kept, Part
from generation import inputs
from generation.jobs import cancel
from generation.models import InputWork, Job, Piece, Slot

__all__ = ["PART", "TEXTS", "delete_idle_inputs"]

# Parameters in which a person's own words stand.
TEXTS = frozenset(
    (
        "acrostic",
        "call",
        "copy",
        "facts",
        "first_line",
        "headline",
        "line",
        "negative_prompt",
        "prompt",
        "stop",
        "title",
    )
)


def forget_words(person: User) -> int:
    """Take the person's words out of jobs and pieces; numbers and choices stay, for the piece was made with them."""
    jobs = Job.objects.filter(requested_by=person)
    pieces = Piece.objects.filter(slot__job__requested_by=person)
    return _without_texts(jobs, "parameters") + _without_texts(pieces, "parameters", "steps")


def delete_idle_inputs(*, before: datetime) -> int:
    """Delete pictures brought before then of which nothing was ever asked, with their files."""
    idle = InputWork.objects.filter(created_at__lt=before, jobs=None).select_related("owner").order_by("pk")
    return _delete(idle[:CHUNK])


def _delete_inputs(person: User) -> int:
    return _delete(InputWork.objects.filter(owner=person, jobs=None).select_related("owner").order_by("pk"))


def _delete(works: Any) -> int:
    gone = 0
    for work in works:
        try:
            inputs.delete(work=work, by=None)
        except inputs.InputInUse:  # by something else, such as a withdrawal of consent: it stays, without its names
            continue
        gone += 1
    return gone


def _cancel_jobs(person: User) -> int:
    waiting = Job.objects.filter(requested_by=person, slots__state=Slot.State.WAITING, cancelled_at=None)
    jobs = list(waiting.distinct().order_by("pk"))
    for job in jobs:
        cancel(job=job, by=person)
    return len(jobs)


def _without_texts(rows: Any, *names: str) -> int:
    changed, ids = 0, list(rows.order_by("pk").values_list("pk", flat=True))
    for start in range(0, len(ids), CHUNK):
        with transaction.atomic():
            found = list(rows.model.objects.filter(pk__in=ids[start : start + CHUNK]).order_by("pk"))
            with_texts = [row for row in found if _stripped(row, names)]
            rows.model.objects.bulk_update(with_texts, names)
            changed += len(with_texts)
    return changed


def _stripped(row: Any, names: tuple[str, ...]) -> bool:
    """Take the texts out of these columns of `row`; whether there were any."""
    before = {name: getattr(row, name) for name in names}
    for name, value in before.items():
        setattr(row, name, _strip(value))
    return any(getattr(row, name) != value for name, value in before.items())


def _strip(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _strip(each) for name, each in value.items() if name not in TEXTS}
    return [_strip(each) for each in value] if isinstance(value, list) else value


def _files(person: User) -> Iterator[Kept]:
    pieces = Piece.objects.filter(slot__job__requested_by=person).order_by("pk")
    for pk, name in pieces.values_list("pk", "master_name").iterator(CHUNK):
        yield Kept(f"pieces/{pk}{_ending(name)}", "masters", name)
    works = InputWork.objects.filter(owner=person).order_by("pk")
    for pk, name in works.values_list("pk", "name").iterator(CHUNK):
        yield Kept(f"inputs/{pk}{_ending(name)}", "masters", name)


def _ending(name: str) -> str:
    stem, dot, ending = name.rpartition(".")
    return dot + ending if stem else ""


def _unfinished(person: User) -> bool:
    return Slot.objects.filter(job__requested_by=person, state=Slot.State.CLAIMED).exists()


PART = Part(
    name="generation",
    held=(
        Held(
            model="generation.Job",
            of=("requested_by",),
            what=_("What you asked to be made, in your words"),
            why=SERVICE,
            until=_("The words until you have them erased; that something was asked for as long as the work."),
            kept=("requested_by",),
            because=FOR_CLAIMS,
            blanked=("prompt",),
            changed=("parameters",),
            beside=("checkpoint", "seed", "count", "created_at", "cancelled_at"),
        ),
        Held(
            model="generation.Piece",
            of=("slot__job__requested_by",),
            what=_("What was made for you"),
            why=PROOF,
            until=WITH_THE_WORK,
            because=_("Its papers stand in the public log, which nobody can alter; your words are taken out of them."),
            kept=("master_name",),
            changed=("parameters", "steps"),
            beside=("checkpoint", "kind", "seed", "width", "height", "content_sha256", "started_at", "finished_at"),
        ),
        Held(
            model="generation.InputWork",
            of=("owner",),
            what=_("Pictures you brought, and whose they are"),
            why=SERVICE,
            until=_("Until you have them erased, or when nothing was made of them in time."),
            kept=("owner", "name"),
            because=_("A work was made from it, and its papers say so."),
            blanked=("rights_holder", "source"),
            beside=("origin", "media_type", "sha256", "licence_spdx", "created_at"),
        ),
        Held(
            model="generation.Account",
            of=("user",),
            what=_("How much you may ask for in a day"),
            why=SERVICE,
            until=UNTIL_ERASED,
            fields=("user",),
            beside=("served_at", "pieces_per_day"),
            deleted=True,
        ),
        Held(
            model="generation.TrainingJob",
            of=("requested_by",),
            what=_("Trainings that operators asked for"),
            why=PROOF,
            until=WITH_THE_WORK,
            kept=("requested_by",),
            because=FOR_CLAIMS,
            beside=("slug", "config_toml", "state", "created_at"),
        ),
    ),
    impersonal={
        # Models, datasets, measurements and machines. Rights holders of training data are public with their licence.
        "generation.Checkpoint": (),
        "generation.Dataset": (),
        "generation.DatasetVersion": (),
        "generation.DatasetItem": (),
        "generation.TrainingRun": (),
        "generation.Benchmark": (),
        "generation.Worker": (),
        "generation.JobInput": ("role",),
        "generation.Slot": ("batch_key", "error_detail", "owner"),
        "generation.TrainingJob": ("config_toml", "owner", "progress", "error_detail"),
        "generation.Piece": ("profile", "still_name", "companions", "scores"),
    },
    steps=(_cancel_jobs, forget_words, _delete_inputs),
    files=_files,
    unfinished=_unfinished,
)
