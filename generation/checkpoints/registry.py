"""Taking checkpoints in, out of use and back; and asking whether their files are still those that were registered."""

from collections.abc import Iterator
from datetime import datetime
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction

from common import audit
from common.errors import InvalidTransition
from common.models import User
from generation.checkpoints import cards, consent, files
from generation.checkpoints.errors import CheckpointRefused, SlugTaken, WeightsAltered
from generation.engines.base import EngineError
from generation.engines.parameters import spec_of
from generation.models import Checkpoint, DatasetVersion, TrainingRun

__all__ = ["install", "install_all", "publish", "retire", "verify"]

_RUN = ("name", "trainer", "config", "seed", "code_commit", "environment", "metrics", "started_at", "finished_at")


def install(folder: Path) -> Checkpoint:
    """Register the checkpoint in `folder`, with its training run; the same weights twice give the same checkpoint.

    Raises CheckpointRefused when the card lacks something, names data or components that are not here, or the digest
    differs; SlugTaken for other weights under a known slug. Then nothing is written. One that comes from something
    whose consent was withdrawn is known from then on, but nothing is made with it.
    """
    card = cards.read(folder)
    if (digest := files.weights_sha256(folder, card["weights_file"])) != card["weights_sha256"]:
        raise CheckpointRefused("The weights are not those of the card: their SHA-256 differs.")
    if known := Checkpoint.objects.filter(weights_sha256=digest).first():
        return known
    if Checkpoint.objects.filter(slug=card["slug"]).exists():
        raise SlugTaken()
    architecture = _architecture(folder, card)
    versions = [_dataset_version(reference) for reference in card["datasets"]]
    components = [_component(slug) for slug in card.get("components", [])]
    run = files.document(folder / card["training"]) if card["training"].endswith(".json") else None
    with transaction.atomic():
        checkpoint = Checkpoint.objects.create(
            **{name: card[name] for name in ("slug", "version", "title", "engine", "kind", "licence_spdx")},
            commercial_output=card["commercial_output"],
            folder=files.place(folder),
            weights_sha256=digest,
            architecture=architecture,
            card=card,
            training_run=_training_run(run, versions) if run is not None else None,
        )
        checkpoint.components.set(components)
        audit.record(action="checkpoint.installed", subject=checkpoint, role="operator", reason=digest)
        if consent.withdrawn(checkpoint):
            _withdraw(checkpoint)
    return checkpoint


def install_all(root: Path) -> list[Checkpoint]:
    """Register every folder under `root`, components before what is made of them. Raises as `install` does."""
    return [install(folder) for folder in _in_order(root)]


def publish(*, checkpoint: Checkpoint, by: User | None, reason: str) -> None:
    """Let a retired checkpoint be used again. Raises InvalidTransition when it is published."""
    _move(checkpoint, Checkpoint.State.RETIRED, Checkpoint.State.PUBLISHED, "checkpoint.published", by, reason)


def retire(*, checkpoint: Checkpoint, by: User | None, reason: str) -> None:
    """Let nothing more be made with a checkpoint; what was made stays. Raises InvalidTransition when it is retired."""
    _move(checkpoint, Checkpoint.State.PUBLISHED, Checkpoint.State.RETIRED, "checkpoint.retired", by, reason)


def verify(checkpoint: Checkpoint) -> None:
    """Check the weights on disk against the registered digest. Raises WeightsAltered, also where they are gone."""
    try:
        weights_file = checkpoint.card.get("weights_file", files.WEIGHTS_FILES[0])
        digest = files.weights_sha256(settings.CHECKPOINT_DIR / checkpoint.folder, weights_file)
    except CheckpointRefused as error:
        raise WeightsAltered(error.detail) from error
    if digest != checkpoint.weights_sha256:
        raise WeightsAltered()


def _withdraw(checkpoint: Checkpoint) -> None:
    before, checkpoint.state = checkpoint.state, Checkpoint.State.WITHDRAWN
    checkpoint.save(update_fields=["state"])
    reason = "The consent for something that it comes from was withdrawn before it was installed."
    audit.record(
        action="checkpoint.withdrawn",
        subject=checkpoint,
        role="operator",
        before=before,
        after=checkpoint.state,
        reason=reason,
    )


def _move(
    checkpoint: Checkpoint, before: Checkpoint.State, after: Checkpoint.State, action: str, by: User | None, reason: str
) -> None:
    with transaction.atomic():
        if not Checkpoint.objects.filter(pk=checkpoint.pk, state=before).update(state=after):
            checkpoint.refresh_from_db(fields=["state"])
            stands = Checkpoint.State(checkpoint.state).label.lower()
            raise InvalidTransition(f"The checkpoint {checkpoint.slug} is {stands} already.")
        audit.record(
            action=action, subject=checkpoint, role="operator", actor=by, before=before, after=after, reason=reason
        )
    checkpoint.refresh_from_db()


def _in_order(root: Path) -> Iterator[Path]:
    found = {folder.name: folder for folder in sorted(root.iterdir()) if (folder / "card.json").is_file()}
    card_of = {name: files.document(folder / "card.json") for name, folder in found.items()}
    name_of = {str(card.get("slug")): name for name, card in card_of.items()}
    # A card in a wrong form stays in line here; installing it says what is wrong.
    components = {name: card.get("components") for name, card in card_of.items()}
    needs = {
        name: [name_of[str(slug)] for slug in slugs if str(slug) in name_of] if isinstance(slugs, list) else []
        for name, slugs in components.items()
    }
    try:
        yield from [found[name] for name in TopologicalSorter(needs).static_order()]
    except CycleError as error:
        raise CheckpointRefused(f"These are components of each other: {', '.join(error.args[1])}.") from error


def _architecture(folder: Path, card: dict[str, Any]) -> dict[str, Any]:
    """The architecture, once the engine's parameters could be read off it."""
    architecture = files.architecture(folder, engine=card["engine"], weights_file=card["weights_file"])
    try:
        kind = spec_of(card["engine"], architecture).kind
    except (EngineError, KeyError, TypeError, ValueError, AttributeError) as error:
        raise CheckpointRefused(f"The engine {card['engine']} cannot use this architecture: {error!r}.") from error
    if kind != card["kind"]:
        raise CheckpointRefused(f"The engine {card['engine']} makes a {kind} with it; the card says {card['kind']}.")
    return architecture


def _component(slug: str) -> Checkpoint:
    known = Checkpoint.objects.filter(slug=slug).first()
    if known is None:
        raise CheckpointRefused(f"It is made of {slug}, which is not here; install that first.")
    return known


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
    if not all(isinstance(document[name], dict) for name in ("config", "environment", "metrics")):
        raise CheckpointRefused("config, environment and metrics of a training run must be JSON objects.")
    kept = ("trainer", "config", "code_commit", "environment", "metrics")
    values = {name: document[name] for name in kept} | times | {"seed": seed, "parent": _parent(document)}
    # The very text of the configuration: what `train` was given can be given to it again.
    if isinstance(text := document.get("config_toml"), str):
        values["environment"] = {**document["environment"], "config_toml": text}
    run, new = TrainingRun.objects.get_or_create(name=document["name"], defaults=values)
    if new:
        run.dataset_versions.set(versions)
    elif (run.trainer, run.seed, run.started_at) != (values["trainer"], seed, times["started_at"]):
        raise CheckpointRefused(f"Another training run is called {run.name}; give this one another name.")
    return run


def _parent(document: dict[str, Any]) -> TrainingRun | None:
    name = document.get("parent")
    if not name:
        return None
    parent = TrainingRun.objects.filter(name=str(name)).first()
    if parent is None:
        raise CheckpointRefused(f"It was trained on from the run {name}, which is not here; install that one first.")
    return parent
