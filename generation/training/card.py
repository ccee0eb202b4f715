"""A checkpoint's card: what it is for, on which terms, from which data, and how well it was measured to do.

`card.json` is what the registry reads; `card.md` is the same for people, written from it.
"""

import json
from pathlib import Path
from typing import Any

from generation.training.manifest import LICENCE, Dataset

__all__ = ["add_measurements", "dataset_reference", "draft", "write"]


def draft(config: dict[str, Any], *, slug: str, weights_sha256: str, dataset: Dataset) -> dict[str, Any]:
    """The card of a freshly trained checkpoint, with what the configuration's `[card]` table says and no figures."""
    told: dict[str, Any] = config.get("card", {})
    return {
        "slug": slug,
        "version": str(config["version"]),
        "title": told.get("title", slug),
        "engine": "palette-field",
        "kind": "picture",
        "summary": told.get("summary", "A small adversarial generator of abstract pictures."),
        "intended_use": told.get("intended_use", "Abstract pictures for screens and prints."),
        "limits": told.get("limits", ["Nothing was measured yet."]),
        "licence_spdx": LICENCE,
        "commercial_output": True,
        "output_terms": "Whoever makes a picture with it may use and sell it; the checkpoint's makers claim nothing.",
        "families": list(dataset.families),
        "datasets": [dataset_reference(dataset)],
        "training": "training-run.json",
        "weights_sha256": weights_sha256,
        "measured": [],
    }


def dataset_reference(dataset: Dataset) -> dict[str, Any]:
    """How documents name a frozen dataset."""
    return {
        "slug": dataset.name,
        "version": int(dataset.version),
        "merkle_root": dataset.merkle_root,
        "item_count": len(dataset.items),
        "licence_counts": {LICENCE: len(dataset.items)},
    }


def add_measurements(folder: Path, command: str, figures: dict[str, str]) -> None:
    """Put the figures that a command printed into a card, in place of what the same command said before."""
    document = json.loads((folder / "card.json").read_text(encoding="utf-8"))
    others = [entry for entry in document["measured"] if entry["command"] != command]
    document["measured"] = [*others, {"command": command, "figures": figures}]
    write(folder, document)


def write(folder: Path, document: dict[str, Any]) -> None:
    """Write `card.json` and `card.md`."""
    text = json.dumps(document, indent=2, ensure_ascii=False) + "\n"
    (folder / "card.json").write_text(text, encoding="utf-8")
    (folder / "card.md").write_text(_markdown(document), encoding="utf-8")


def _markdown(card: dict[str, Any]) -> str:
    parts = [
        f"# {card['title']}, version {card['version']}",
        card["summary"],
        "![Samples: one row for each family](samples.png)",
        f"Families, one row each from the top: {', '.join(card['families'])}.",
        f"## Intended use\n\n{card['intended_use']}",
        "## Limits\n\n" + "\n".join(f"- {limit}" for limit in card["limits"]),
        f"## Terms\n\nWeights: {card['licence_spdx']}. {card['output_terms']}",
        "## Training data\n\n" + "\n".join(_dataset_line(dataset) for dataset in card["datasets"]),
        "How it was trained, and how to do it again: `training-run.json`. Step by step: `metrics.jsonl`.",
        "## Measured\n\n" + ("\n\n".join(map(_figures, card["measured"])) or "Nothing yet."),
        f"Weights: SHA-256 `{card['weights_sha256']}`.",
    ]
    return "\n\n".join(parts) + "\n"


def _dataset_line(dataset: dict[str, Any]) -> str:
    licences = ", ".join(f"{count} under {licence}" for licence, count in dataset["licence_counts"].items())
    return f"- `{dataset['slug']}` version {dataset['version']}: {licences}; Merkle root `{dataset['merkle_root']}`"


def _figures(entry: dict[str, Any]) -> str:
    rows = "\n".join(f"| {name} | {value} |" for name, value in entry["figures"].items())
    return f"`{entry['command']}`\n\n| figure | value |\n|---|---|\n{rows}"
