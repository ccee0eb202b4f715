"""The registry of models: weights come in with card, architecture, data and training run, or not at all.

Knows nothing of how a model paints; torch is not needed here. A checkpoint's folder holds `weights.safetensors`,
`architecture.json`, `card.json`, and `training-run.json` where the card names one.
"""

import hashlib
import json
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction

from common import audit
from common.errors import Conflict, InvalidTransition, Unprocessable
from common.models import User
from generation.models import Checkpoint, DatasetVersion, TrainingRun

__all__ = ["CheckpointRefused", "SlugTaken", "WeightsAltered", "install", "publish", "retire", "verify"]

_MAX_DOCUMENT_BYTES = 1_000_000
_CARD: dict[str, type] = {
    "slug": str,
    "version": str,
    "title": str,
    "engine": str,
    "kind": str,
    "intended_use": str,
    "limits": list,
    "licence_spdx": str,
    "commercial_output": bool,
    "datasets": list,
    "training": str,
    "weights_sha256": str,
}
_RUN = ("name", "trainer", "config", "seed", "code_commit", "environment", "metrics", "started_at", "finished_at")


class CheckpointRefused(Unprocessable):
    """`missing` names what the card or the training run lacks."""

    code = "checkpoint_refused"
    title = "This checkpoint cannot be registered."


class WeightsAltered(Conflict):
    code = "weights_altered"
    title = "The weights are not those that were registered. Put the right file back, or import it under another slug."


class SlugTaken(Conflict):
    code = "slug_taken"
    title = "Another checkpoint has this slug. Give the new one another slug."


def install(folder: Path) -> Checkpoint:
    """Register the checkpoint in `folder`, with its training run; the same weights twice give the same checkpoint.

    Raises CheckpointRefused when the card lacks something, names data that is not here, or the digest differs;
    SlugTaken for other weights under a known slug. Then nothing is written.
    """
    card = _card(folder)
    if (digest := _weights_sha256(folder)) != card["weights_sha256"]:
        raise CheckpointRefused("The weights are not those of the card: their SHA-256 differs.")
    if known := Checkpoint.objects.filter(weights_sha256=digest).first():
        return known
    if Checkpoint.objects.filter(slug=card["slug"]).exists():
        raise SlugTaken()
    architecture = _document(folder / "architecture.json")
    versions = [_dataset_version(reference) for reference in card["datasets"]]
    run = _document(folder / card["training"]) if card["training"].endswith(".json") else None
    with transaction.atomic():
        checkpoint = Checkpoint.objects.create(
            **{name: card[name] for name in ("slug", "version", "title", "engine", "kind", "licence_spdx")},
            commercial_output=card["commercial_output"],
            folder=_place(folder),
            weights_sha256=digest,
            architecture=architecture,
            card=card,
            training_run=_training_run(run, versions) if run is not None else None,
        )
        audit.record(action="checkpoint.installed", subject=checkpoint, role="operator", after=digest)
    return checkpoint


def publish(*, checkpoint: Checkpoint, by: User | None, reason: str) -> None:
    """Let a retired checkpoint be used again. Raises InvalidTransition when it is published."""
    _move(checkpoint, Checkpoint.State.RETIRED, Checkpoint.State.PUBLISHED, "checkpoint.published", by, reason)


def retire(*, checkpoint: Checkpoint, by: User | None, reason: str) -> None:
    """Let nothing more be made with a checkpoint; what was made stays. Raises InvalidTransition when it is retired."""
    _move(checkpoint, Checkpoint.State.PUBLISHED, Checkpoint.State.RETIRED, "checkpoint.retired", by, reason)


def verify(checkpoint: Checkpoint) -> None:
    """Check the weights on disk against the registered digest. Raises WeightsAltered, also where they are gone."""
    try:
        digest = _weights_sha256(settings.CHECKPOINT_DIR / checkpoint.folder)
    except CheckpointRefused as error:
        raise WeightsAltered(error.detail) from error
    if digest != checkpoint.weights_sha256:
        raise WeightsAltered()


def _move(
    checkpoint: Checkpoint, before: Checkpoint.State, after: Checkpoint.State, action: str, by: User | None, reason: str
) -> None:
    with transaction.atomic():
        if not Checkpoint.objects.filter(pk=checkpoint.pk, state=before).update(state=after):
            raise InvalidTransition(f"The checkpoint {checkpoint.slug} is {after.label.lower()} already.")
        audit.record(
            action=action, subject=checkpoint, role="operator", actor=by, before=before, after=after, reason=reason
        )
    checkpoint.refresh_from_db()


def _card(folder: Path) -> dict[str, Any]:
    card = _document(folder / "card.json")
    missing = [name for name, kind in _CARD.items() if not isinstance(card.get(name), kind) or card[name] == ""]
    if missing:
        raise CheckpointRefused(f"The card lacks {', '.join(missing)}, or has it in another form.", missing=missing)
    return card


def _document(path: Path) -> dict[str, Any]:
    try:
        if path.stat().st_size > _MAX_DOCUMENT_BYTES:
            raise CheckpointRefused(f"{path.name} is larger than a megabyte.")
        document = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise CheckpointRefused(f"{path.name} cannot be read; a checkpoint's folder holds it as JSON.") from error
    if not isinstance(document, dict):
        raise CheckpointRefused(f"{path.name} is not a JSON object.")
    return document


def _weights_sha256(folder: Path) -> str:
    try:
        with (folder / "weights.safetensors").open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise CheckpointRefused(
            f"There is no weights.safetensors in {folder.name}; other forms are refused."
        ) from error


def _place(folder: Path) -> str:
    """The folder as the registry keeps it: relative where it lies under CHECKPOINT_DIR, otherwise in full."""
    whole, root = folder.resolve(), settings.CHECKPOINT_DIR.resolve()
    return str(whole.relative_to(root) if whole.is_relative_to(root) else whole)


def _dataset_version(reference: Any) -> DatasetVersion:
    try:
        wanted = {"dataset__slug": reference["slug"], "version": reference["version"]}
        return DatasetVersion.objects.get(**wanted, merkle_root=reference["merkle_root"])
    except (KeyError, TypeError) as error:
        raise CheckpointRefused("Each dataset of a card needs slug, version and merkle_root.") from error
    except DatasetVersion.DoesNotExist:
        name = f"{reference['slug']} version {reference['version']}"
        raise CheckpointRefused(f"The dataset {name} is not here with this Merkle root; install it first.") from None


def _training_run(document: dict[str, Any], versions: list[DatasetVersion]) -> TrainingRun:
    if missing := [name for name in _RUN if name not in document]:
        raise CheckpointRefused(f"The training run lacks {', '.join(missing)}.", missing=missing)
    try:
        times = {name: datetime.fromisoformat(document[name]) for name in ("started_at", "finished_at")}
        seed = int(document["seed"])
    except (TypeError, ValueError) as error:
        raise CheckpointRefused(f"The training run has a seed or a time that cannot be read: {error}.") from error
    kept = ("trainer", "config", "code_commit", "environment", "metrics")
    values = {name: document[name] for name in kept} | times | {"seed": seed}
    run, _ = TrainingRun.objects.get_or_create(name=document["name"], defaults=values)
    run.dataset_versions.set(versions)
    return run
