"""The files of a checkpoint's folder: bounded documents, and the digest that the weights are known by."""

import hashlib
import json
from importlib import import_module
from pathlib import Path
from typing import Any, cast

from django.conf import settings

from generation.checkpoints.errors import CheckpointRefused
from generation.engines import folders
from generation.engines.base import EngineError
from generation.engines.parameters import ENGINES

__all__ = ["FOLDER", "WEIGHTS_FILES", "architecture", "document", "place", "weights_sha256"]

FOLDER = "folder"
WEIGHTS_FILES = ("weights.safetensors", "method.json", FOLDER)
_MAX_DOCUMENT_BYTES = 1_000_000


def document(path: Path) -> dict[str, Any]:
    """A JSON object of at most a megabyte. Raises CheckpointRefused."""
    try:
        if path.stat().st_size > _MAX_DOCUMENT_BYTES:
            raise CheckpointRefused(f"{path.name} is larger than a megabyte.")
        read = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise CheckpointRefused(f"{path.name} cannot be read; a checkpoint's folder holds it as JSON.") from error
    if not isinstance(read, dict):
        raise CheckpointRefused(f"{path.name} is not a JSON object.")
    return read


def weights_sha256(folder: Path, weights_file: str) -> str:
    """The digest of the one file, or of all files together. Raises CheckpointRefused."""
    if weights_file == FOLDER:
        try:
            return folders.digest(folder)
        except EngineError as error:
            raise CheckpointRefused(error.detail, reason=error.code) from error
    try:
        with (folder / weights_file).open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise CheckpointRefused(f"There is no {weights_file} in {folder.name}; other forms are refused.") from error


def architecture(folder: Path, *, engine: str, weights_file: str) -> dict[str, Any]:
    """What the engine's parameters follow from: `architecture.json`, or read off a model's own configuration.

    An engine for models from outside has `describe(folder)` beside its parameters. Raises CheckpointRefused.
    """
    if weights_file != FOLDER:
        return document(folder / "architecture.json")
    describe = getattr(import_module(f"generation.engines.parameters.{ENGINES[engine]}"), "describe", None)
    if describe is None:
        raise CheckpointRefused(f"The engine {engine} takes no model from outside; its weights are one file.")
    try:
        return cast("dict[str, Any]", describe(folder))
    except EngineError as error:
        raise CheckpointRefused(error.detail, reason=error.code) from error


def place(folder: Path) -> str:
    """The folder as the registry keeps it: relative where it lies under CHECKPOINT_DIR, otherwise in full."""
    whole, root = folder.resolve(), settings.CHECKPOINT_DIR.resolve()
    return str(whole.relative_to(root) if whole.is_relative_to(root) else whole)
