"""A checkpoint's card: what it must say before it is registered, and a draft with blanks for a model from outside.

Nothing is filled in by guessing: what a card does not say in words is not known.
"""

import json
import re
from pathlib import Path
from typing import Any

from common.errors import Conflict
from generation.checkpoints import files
from generation.checkpoints.errors import CheckpointRefused
from generation.engines.parameters import ENGINES

__all__ = ["CardTaken", "draft", "read", "write_draft"]

KINDS = ("picture", "text", "sculpture", "motion")
_FIELDS: dict[str, type] = {
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
_OUTSIDE: dict[str, type] = {"base_model": str, "source": str, "training_data": str, "unknown": list}
_OPTIONAL: dict[str, type] = {"components": list, "unknown": list, "licence_url": str, "licence_text": str}
_SLUG = re.compile(r"[a-z0-9][a-z0-9-]{0,49}")
# One word of the API's addresses is not free to be a checkpoint.
_RESERVED = {"recommend"}
_SPDX = re.compile(r"[A-Za-z0-9][A-Za-z0-9.+-]{1,59}")
_WORDS = {
    "base_model": "which model it was made from, or `none`",
    "source": "where the files came from",
    "training_data": "what is known of the training data",
    "unknown": "a list that says what is not known of its training",
}


class CardTaken(Conflict):
    code = "card_taken"
    title = "There is a card in this folder already. Fill it in, or take it away to begin anew."


def read(folder: Path) -> dict[str, Any]:
    """The card, complete. Raises CheckpointRefused, naming everything that it lacks or says in another form."""
    card = files.document(folder / "card.json")
    weights_file = card.setdefault("weights_file", files.WEIGHTS_FILES[0])
    if weights_file not in files.WEIGHTS_FILES:
        raise CheckpointRefused(f"weights_file must be one of {', '.join(files.WEIGHTS_FILES)}.")
    required = _FIELDS | (_OUTSIDE if weights_file == files.FOLDER else {})
    missing = [name for name, kind in required.items() if not _said(card.get(name), kind, name)]
    missing += [name for name, kind in _OPTIONAL.items() if name in card and not isinstance(card[name], kind)]
    if missing:
        wanted = [f"{name} ({_WORDS[name]})" if name in _WORDS else name for name in dict.fromkeys(missing)]
        raise CheckpointRefused(f"The card lacks {', '.join(wanted)}, or has it in another form.", missing=missing)
    _check_names(card)
    _check_licence(card)
    _check_training(card)
    return card


def draft(folder: Path) -> dict[str, Any]:
    """A card for a model from outside, with what its files say; what a person has to say is blank.

    Raises CheckpointRefused where no engine here knows such a folder, or a file in it is refused.
    """
    engine, kind = _engine_of(folder)
    files.architecture(folder, engine=engine, weights_file=files.FOLDER)
    return {
        "slug": re.sub(r"[^a-z0-9]+", "-", folder.resolve().name.lower()).strip("-")[:50],
        "version": "1",
        "title": "",
        "engine": engine,
        "kind": kind,
        "intended_use": "",
        "limits": [],
        "licence_spdx": "",
        "licence_url": "",
        "commercial_output": None,
        "base_model": "",
        "source": "",
        "training_data": "",
        "unknown": [],
        "datasets": [],
        "training": "Made elsewhere; see `training_data` and `unknown`.",
        "weights_file": files.FOLDER,
        "weights_sha256": files.weights_sha256(folder, files.FOLDER),
    }


def write_draft(folder: Path, *, source: str = "") -> dict[str, Any]:
    """Write a draft as the folder's `card.json`. Raises CardTaken, or CheckpointRefused as `draft` does."""
    document = draft(folder) | {"source": source}
    try:
        with (folder / "card.json").open("x", encoding="utf-8") as file:
            file.write(json.dumps(document, indent=2, ensure_ascii=False) + "\n")
    except FileExistsError:
        raise CardTaken() from None
    return document


def _said(value: Any, kind: type, name: str) -> bool:
    if kind is list and isinstance(value, list) and name != "datasets":
        return bool(value) and all(isinstance(item, str) and item.strip() for item in value)
    if kind is str and isinstance(value, str):
        return bool(value.strip())
    return isinstance(value, kind)


def _check_names(card: dict[str, Any]) -> None:
    if not _SLUG.fullmatch(card["slug"]) or card["slug"] in _RESERVED:
        raise CheckpointRefused("slug must be up to 50 small letters, digits and hyphens, and not `recommend`.")
    if card["kind"] not in KINDS:
        raise CheckpointRefused(f"kind must be one of {', '.join(KINDS)}.")
    if card["engine"] not in ENGINES:
        raise CheckpointRefused(f"There is no engine {card['engine']}; known are {', '.join(sorted(ENGINES))}.")
    if any(len(card[name]) > most for name, most in (("version", 20), ("title", 100))):
        raise CheckpointRefused("version has at most 20 characters, title at most 100.")


def _check_licence(card: dict[str, Any]) -> None:
    licence = card["licence_spdx"]
    if not _SPDX.fullmatch(licence):
        raise CheckpointRefused("licence_spdx must be one SPDX identifier such as Apache-2.0, or LicenseRef-NAME.")
    told = card.get("licence_url", "").strip() or card.get("licence_text", "").strip()
    if licence.startswith("LicenseRef-") and not told:
        raise CheckpointRefused(
            f"{licence} is no licence of the SPDX list: give licence_url or licence_text, so that others can read it.",
            missing=["licence_url"],
        )


def _check_training(card: dict[str, Any]) -> None:
    """A training run, the statement that nothing was learnt, or what is not known: one of the three."""
    if card["training"].endswith(".json") and Path(card["training"]).name != card["training"]:
        raise CheckpointRefused("training must name a file in this folder.")
    told = card["training"].endswith(".json") or card["training"].startswith("none:")
    if not told and not _said(card.get("unknown"), list, "unknown"):
        raise CheckpointRefused(
            "The card names no training run, so `unknown` must say what is not known of the training.",
            missing=["unknown"],
        )


def _engine_of(folder: Path) -> tuple[str, str]:
    if (folder / "model_index.json").is_file():
        return "diffusers", "picture"
    if (folder / "config.json").is_file() and "transformers" in ENGINES:
        return "transformers", "text"
    raise CheckpointRefused(
        f"{folder.name} is no model that an engine here reads: it needs model_index.json (diffusers) or config.json "
        "(transformers)."
    )
