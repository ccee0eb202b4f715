"""A checkpoint's card: what it is for, on which terms, from which data, and how well it was measured to do.

`card.json` is what the registry reads; `card.md` is the same for people, written from it.
"""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from generation.training.loop import Finished

__all__ = ["add_measurements", "draft", "write"]

_TERMS = "Whoever makes something with it may use and sell it; the checkpoint's makers claim nothing."
_SUMMARIES = {
    "picture": "A small generator of pictures.",
    "text": "A small language model.",
    "sculpture": "A small generator of sculptures.",
}


def draft(
    config: dict[str, Any],
    *,
    slug: str,
    weights_sha256: str,
    finished: "Finished",
    datasets: Sequence[dict[str, Any]],
) -> dict[str, Any]:
    """The card of a freshly trained checkpoint, with what the configuration's `[card]` table says and no figures.

    Where the table does not say whether works may be sold, they may unless a licence of the data is non-commercial.
    """
    told: dict[str, Any] = config.get("card", {})
    licences = {licence for dataset in datasets for licence in dataset["licence_counts"]}
    free = not any("-NC" in licence or licence.startswith("LicenseRef-") for licence in licences)
    return {
        "slug": slug,
        "version": str(config["version"]),
        "title": told.get("title", slug),
        "engine": finished.engine,
        "kind": finished.kind,
        "summary": told.get("summary", _SUMMARIES.get(finished.kind, "A small generator.")),
        "intended_use": told.get("intended_use", "Works for screens and prints, chosen by a person."),
        "limits": told.get("limits", ["Nothing was measured yet."]),
        "licence_spdx": told.get("licence_spdx", "CC0-1.0"),
        "commercial_output": told.get("commercial_output", free),
        "output_terms": told.get("output_terms", _TERMS),
        **finished.details,
        "samples": list(finished.samples),
        "datasets": list(datasets),
        "training": "training-run.json",
        "weights_sha256": weights_sha256,
        "measured": [],
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
    families = card.get("families", [])
    parts = [
        f"# {card['title']}, version {card['version']}",
        card["summary"],
        *map(_sample, card.get("samples", ["samples.png"])),
        f"Families, one row each from the top: {', '.join(families)}." if families else "",
        f"## Intended use\n\n{card['intended_use']}",
        "## Limits\n\n" + "\n".join(f"- {limit}" for limit in card["limits"]),
        f"## Terms\n\nWeights: {card['licence_spdx']}. {card['output_terms']}",
        "## Training data\n\n" + "\n".join(_dataset_line(dataset) for dataset in card["datasets"]),
        "How it was trained, and how to do it again: `training-run.json`. Step by step: `metrics.jsonl`.",
        "## Measured\n\n" + ("\n\n".join(map(_figures, card["measured"])) or "Nothing yet."),
        f"Weights: SHA-256 `{card['weights_sha256']}`.",
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _sample(name: str) -> str:
    what = Path(name).stem.replace("-", " ").capitalize()
    return f"![{what}]({name})" if name.endswith(".png") else f"{what}: [{name}]({name})"


def _dataset_line(dataset: dict[str, Any]) -> str:
    licences = ", ".join(f"{count} under {licence}" for licence, count in dataset["licence_counts"].items())
    return f"- `{dataset['slug']}` version {dataset['version']}: {licences}; Merkle root `{dataset['merkle_root']}`"


def _figures(entry: dict[str, Any]) -> str:
    rows = "\n".join(f"| {name} | {value} |" for name, value in entry["figures"].items())
    return f"`{entry['command']}`\n\n| figure | value |\n|---|---|\n{rows}"
