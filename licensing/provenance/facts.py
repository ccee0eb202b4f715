"""Gathers from the database what the record of a piece states. Reads only; the record itself is built pure."""

from typing import Any

from generation.models import DatasetVersion, Job, Piece, TrainingRun
from licensing.provenance import record
from licensing.provenance.commitments import Sealed, seal

__all__ = ["generation", "human_contribution", "sealed", "training"]

_DEEPEST_LINE = 64
_UNKNOWN_TRAINING = "These weights were made elsewhere; how they were trained is known only as far as their card says."


def sealed(piece: Piece) -> Sealed:
    """Fresh commitments to everything that determined the piece."""
    job: Job = piece.slot.job
    return seal(seed=piece.seed, prompt=job.prompt, parameters=_exact(piece.parameters))


def generation(piece: Piece, *, commitments: Sealed) -> record.Generation:
    """How the piece was made."""
    checkpoint, profile = piece.checkpoint, _exact(piece.profile)
    return record.Generation(
        engine=record.Engine(name=checkpoint.engine, version=str(profile.pop("engine_version", "unknown"))),
        code_commit=str(profile.pop("code_commit", "")),
        checkpoint=record.Checkpoint(
            slug=checkpoint.slug,
            version=checkpoint.version,
            weights_sha256=checkpoint.weights_sha256,
            licence=checkpoint.licence_spdx,
        ),
        commitments=commitments,
        inputs=(),
        profile=profile,
        requested_at=piece.slot.job.created_at,
        started_at=piece.started_at,
        finished_at=piece.finished_at,
    )


def training(piece: Piece) -> record.Training:
    """Every training run behind the checkpoint, back to the first; or that nobody here knows."""
    runs: list[TrainingRun] = []
    run = piece.checkpoint.training_run
    while run is not None and len(runs) < _DEEPEST_LINE:
        runs.append(run)
        run = run.parent
    if not runs:
        return record.Training(runs=(), unknown=(_UNKNOWN_TRAINING,))
    return record.Training(runs=tuple(_run(run) for run in runs))


def human_contribution(piece: Piece) -> tuple[record.HumanAct, ...]:
    """What is known of it when the papers are made: that somebody asked for this, in which terms, and when."""
    job = piece.slot.job
    chose = record.HumanAct(act="set_parameters", at=job.created_at, detail={"count": job.count})
    wrote = record.HumanAct(act="wrote_prompt", at=job.created_at, detail={})
    return (chose, wrote) if job.prompt else (chose,)


def _run(run: TrainingRun) -> record.TrainingRun:
    versions = run.dataset_versions.select_related("dataset").order_by("dataset__slug", "version")
    return record.TrainingRun(
        name=run.name,
        trainer=run.trainer,
        code_commit=run.code_commit,
        seed=str(run.seed),
        hyperparameters=_exact(run.config),
        metrics=_exact(run.metrics),
        datasets=tuple(_dataset(version) for version in versions),
        started_at=run.started_at,
        finished_at=run.finished_at,
    )


def _dataset(version: DatasetVersion) -> record.DatasetUse:
    return record.DatasetUse(
        slug=version.dataset.slug,
        version=str(version.version),
        merkle_root=version.merkle_root,
        item_count=version.item_count,
        licence_counts=version.licence_counts,
        consent_basis=version.consent_basis,
        opt_out_count=version.opt_out_count,
    )


def _exact(value: Any) -> Any:
    """The same document with text instead of fractions, as the record demands."""
    if isinstance(value, float):
        return repr(value)
    if isinstance(value, dict):
        return {str(key): _exact(item) for key, item in value.items()}
    return [_exact(item) for item in value] if isinstance(value, list) else value
