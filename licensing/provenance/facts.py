"""Gathers from the database what the record of a piece states. Reads only; the record itself is built pure."""

from decimal import Decimal
from typing import Any

from django.conf import settings

from generation import inputs
from generation.models import DatasetVersion, InputWork, Job, Piece, TrainingRun
from licensing.models import ProvenanceRecord
from licensing.provenance import lineage, record
from licensing.provenance.commitments import Sealed, seal

__all__ = ["generation", "human_contribution", "sealed", "stated_right", "training"]

_LONGEST_RIGHT = 200
_MOST_RUNS = 64
# A worker keeps seconds to a thousandth and money to a millionth.
_SECONDS, _MONEY = Decimal("0.001"), Decimal("0.000001")


def sealed(piece: Piece) -> Sealed:
    """Fresh commitments to everything that determined the piece, and each of its steps."""
    job: Job = piece.slot.job
    steps = [{"seed": step["seed"], "parameters": step["parameters"]} for step in _exact(piece.steps)]
    return seal(seed=piece.seed, prompt=job.prompt, parameters=_exact(piece.parameters), steps=steps)


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
        inputs=_inputs(piece.slot.job),
        profile=profile,
        requested_at=piece.slot.job.created_at,
        started_at=piece.started_at,
        finished_at=piece.finished_at,
        steps=tuple(_step(step) for step in piece.steps),
        cost=_cost(piece),
    )


def training(piece: Piece) -> record.Training:
    """Every training run behind the checkpoint and those of its steps, back to the first; and what nobody knows."""
    behind = lineage.checkpoints(piece.checkpoint)
    runs = tuple(_run(run) for run in lineage.runs(behind)[:_MOST_RUNS])
    return record.Training(runs=runs, unknown=lineage.unknown(behind))


def human_contribution(piece: Piece) -> tuple[record.HumanAct, ...]:
    """What people did, in the order of time: what they asked for, and what was written down since."""
    job = piece.slot.job
    acts = [record.HumanAct(act="set_parameters", at=job.created_at, detail={"count": job.count})]
    if job.prompt:
        acts.append(record.HumanAct(act="wrote_prompt", at=job.created_at, detail={}))
    if brought := job.inputs.count():
        acts.append(record.HumanAct(act="brought_works", at=job.created_at, detail={"works": brought}))
    since = [record.HumanAct(act=one.act, at=one.at, detail=one.detail) for one in piece.human_acts.all()]
    return (*acts, *since)


def stated_right(work: InputWork, *, record_sha256: str | None = None) -> str:
    """The right to use an input work, in one line; of a piece of ours, where its own papers are found."""
    if work.piece_id is not None:
        papers = f"record sha256 {record_sha256}" if record_sha256 else "no record yet"
        return f"own piece {work.piece_id}, {papers}"
    if work.licence_spdx == inputs.OWN:
        words = f"{work.licence_spdx}, own work of {work.rights_holder}, by their own statement"
    else:
        words = f"{work.licence_spdx}, rights holder {work.rights_holder}"
        words += f", source {work.source}" if work.source else ""
    return words[:_LONGEST_RIGHT]


def _inputs(job: Job) -> tuple[record.Input, ...]:
    uses = list(job.inputs.select_related("work").order_by("role"))
    pieces = [use.work.piece_id for use in uses if use.work.piece_id is not None]
    first = ProvenanceRecord.objects.filter(piece__in=pieces, previous__isnull=True)
    papers = dict(first.values_list("piece_id", "sha256")) if pieces else {}
    return tuple(
        record.Input(
            sha256=use.work.sha256,
            rights=stated_right(use.work, record_sha256=papers.get(use.work.piece_id) if use.work.piece_id else None),
            role=use.role,
        )
        for use in uses
    )


def _step(step: dict[str, Any]) -> record.Step:
    return record.Step(
        engine=record.Engine(**step["engine"]),
        checkpoint=record.Weights(**step["checkpoint"]),
        inputs=step["inputs"],
        output_sha256=step["output_sha256"],
    )


def _cost(piece: Piece) -> record.Cost | None:
    """As the worker wrote it down. The price per hour is today's setting, so it is told only where it still agrees."""
    if piece.device_seconds is None or piece.cost is None or not piece.cost_currency:
        return None
    price = Decimal(str(getattr(settings, "DEVICE_PRICE_PER_HOUR", 0)))
    agrees = abs(piece.device_seconds * price / 3600 - piece.cost) <= _MONEY + _SECONDS * price / 3600
    return record.Cost(
        device_seconds=_decimal(piece.device_seconds),
        amount=_decimal(piece.cost),
        currency=piece.cost_currency,
        price_per_hour=_decimal(price) if price and agrees else "",
    )


def _decimal(value: Decimal) -> str:
    plain = format(value, "f")
    return plain.rstrip("0").rstrip(".") if "." in plain else plain


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
