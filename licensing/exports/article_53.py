"""The public summary of training content that Article 53(1)(d) of Regulation (EU) 2024/1689 asks of a provider.

In the three parts of the Commission's template of 24 July 2025. Drawn from the rows behind a checkpoint; what nobody
recorded is said to be unknown. Whether an operator has this duty is for the operator to decide.
"""

from typing import Any

from generation.models import Checkpoint, DatasetVersion
from licensing.provenance import canonical, lineage

__all__ = ["as_markdown", "summary"]

_MODALITIES = {"picture": "image", "text": "text", "form": "3D shape", "film": "video"}


def summary(checkpoint: Checkpoint, *, provider: str) -> dict[str, Any]:
    """The summary as JSON values."""
    behind = lineage.checkpoints(checkpoint)
    runs = lineage.runs(behind)
    versions = lineage.datasets(runs)
    ended = [canonical.instant(run.finished_at) for run in runs if run.finished_at]
    return {
        "general": {
            "provider": provider,
            "model": f"{checkpoint.slug} {checkpoint.version}",
            "weights_sha256": checkpoint.weights_sha256,
            "placed_at": canonical.instant(checkpoint.created_at),
            "modalities": sorted({_MODALITIES.get(version.kind, version.kind) for version in versions}),
            "items": sum(version.item_count for version in versions),
            "latest_run_ended": max(ended, default=None),
            "unknown": list(lineage.unknown(behind)),
        },
        "sources": [_source(version) for version in versions],
        "processing": {
            "opt_outs": sum(version.opt_out_count for version in versions),
            "cleaning": {version.dataset.slug: version.cleaning for version in versions if version.cleaning},
        },
    }


def _source(version: DatasetVersion) -> dict[str, Any]:
    places = list(version.items.values_list("source", flat=True).distinct().order_by("source")[:20])
    return {
        "name": version.dataset.title or version.dataset.slug,
        "version": str(version.version),
        "category": _category(version, places),
        "modality": _MODALITIES.get(version.kind, version.kind),
        "items": version.item_count,
        "merkle_root": version.merkle_root,
        "licences": version.licence_counts,
        "consent_basis": version.consent_basis,
        "opt_outs": version.opt_out_count,
        "places": places,
    }


def _category(version: DatasetVersion, places: list[str]) -> str:
    """As the template sorts them: what code of this house drew is synthetic; what has an address was published."""
    known = places or [str((version.recipe or {}).get("source", ""))]
    if all(place.startswith("generation.") for place in known):
        return "synthetic"
    return "publicly available" if all(place.startswith("http") for place in known) else "other"


def as_markdown(said: dict[str, Any]) -> str:
    """The summary as a page for people."""
    processing = said["processing"]
    lines = [
        f"# Public summary of training content: {said['general']['model']}",
        "",
        "After the European Commission's template of 24 July 2025 for Article 53(1)(d), Regulation (EU) 2024/1689.",
        "",
        "## 1. General information",
        "",
        *_general_lines(said["general"]),
        "",
        "## 2. List of data sources",
        "",
        *(line for source in said["sources"] for line in _source_lines(source)),
        *([] if said["sources"] else ["No training data is recorded here.", ""]),
        "## 3. Data processing aspects",
        "",
        f"- Items with a reservation of rights that was seen when freezing: {processing['opt_outs']:,}",
        *(f"- Cleaning of {slug}: {_steps(steps)}" for slug, steps in processing["cleaning"].items()),
        "- No personal data of users goes into training.",
    ]
    return "\n".join(lines) + "\n"


def _general_lines(general: dict[str, Any]) -> list[str]:
    return [
        f"- Provider: {general['provider']}",
        f"- Model: {general['model']}, weights SHA-256 `{general['weights_sha256']}`",
        f"- Registered: {general['placed_at']}",
        f"- Modalities: {', '.join(general['modalities']) or 'none'}",
        f"- Training items: {general['items']:,}",
        f"- Latest training ended: {general['latest_run_ended'] or 'not known'}",
        *(f"- Not known: {words}" for words in general["unknown"]),
    ]


def _source_lines(source: dict[str, Any]) -> list[str]:
    licences = ", ".join(f"{name} ({count:,})" for name, count in sorted(source["licences"].items()))
    return [
        f"### {source['name']}, version {source['version']}",
        "",
        f"- Category: {source['category']} data; {source['modality']}; {source['items']:,} items",
        f"- Licences: {licences}",
        f"- Basis of consent: {source['consent_basis']}",
        f"- From: {'; '.join(source['places']) or 'not listed item by item'}",
        f"- Commits to its items by Merkle root `{source['merkle_root']}`",
        "",
    ]


def _steps(steps: Any) -> str:
    return "; ".join(str(step.get("about") or step.get("name")) for step in steps)
