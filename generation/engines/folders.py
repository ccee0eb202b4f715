"""Model folders from outside: which files one may hold, and the one digest that all of them have together.

Pure: neither torch nor Django, so that the registry names a folder by the same digest as the engine that loads it.
"""

import hashlib
import os
from pathlib import Path
from typing import Any

import rfc8785

from generation.engines.base import EngineError

__all__ = ["MAX_BYTES", "MAX_FILES", "check", "digest", "inventory"]

MAX_FILES = 500
MAX_BYTES = 200 * 2**30
_MAX_DEPTH = 4
# The papers name the digest, so they cannot be part of it.
_PAPERS = {"card.json", "card.md"}
_DATA = {".safetensors", ".json", ".jsonl", ".txt", ".model", ".vocab", ".jinja", ".md", ".png", ".jpg", ".jpeg"}
_DATA |= {".webp", ".toml", ".tiktoken"}
_PLAIN_NAMES = {"LICENSE", "LICENCE", "NOTICE", "README", ".gitattributes", ".gitignore"}
_RUNS_CODE = {".bin", ".pt", ".pth", ".ckpt", ".pkl", ".pickle", ".py", ".pyc", ".so", ".npy", ".npz", ".h5", ".keras"}


def inventory(folder: Path) -> list[tuple[str, Path, int]]:
    """Every file as (path in the folder, place, bytes), sorted by path, without the card.

    Raises EngineError `weights_missing`, `folder_too_large`, `code_refused` (a form that can run code when it is
    loaded) or `file_refused` (links, and forms that no model needs).
    """
    if not folder.is_dir():
        raise EngineError("weights_missing", f"There is no folder {folder.name}.")
    files: list[tuple[str, Path, int]] = []
    for place, names in _walk(folder):
        files += [_entry(folder, place / name) for name in names]
        if len(files) > MAX_FILES + len(_PAPERS) or sum(size for _, _, size in files) > MAX_BYTES:
            raise EngineError(
                "folder_too_large", f"{folder.name} holds more than {MAX_FILES} files or {MAX_BYTES} bytes."
            )
    listed = sorted(entry for entry in files if entry[0] not in _PAPERS)
    if not any(name.endswith(".safetensors") for name, _, _ in listed):
        raise EngineError(
            "weights_missing", f"There is no .safetensors file in {folder.name}; other forms are refused."
        )
    return listed


def digest(folder: Path) -> str:
    """SHA-256 over the canonical JSON (RFC 8785) of [path, SHA-256, bytes] of every file. Raises as `inventory`."""
    listed: Any = [[name, _sha256(path), size] for name, path, size in inventory(folder)]
    return hashlib.sha256(rfc8785.dumps(listed)).hexdigest()


def check(folder: Path, weights_sha256: str) -> None:
    """Raises EngineError `weights_altered` where the folder's digest is another, or as `inventory` does."""
    if digest(folder) != weights_sha256:
        raise EngineError("weights_altered", f"The files in {folder.name} are not those that were registered.")


def _walk(folder: Path) -> list[tuple[Path, list[str]]]:
    walked: list[tuple[Path, list[str]]] = []
    for place, folders, names in os.walk(folder):
        inner = Path(place).relative_to(folder)
        links = [name for name in folders if (Path(place) / name).is_symlink()]
        if links or len(inner.parts) > _MAX_DEPTH or len(walked) > MAX_FILES:
            what = str(inner / links[0]) if links else str(inner)
            raise EngineError("file_refused", f"{what}: links, and folders this deep or many, are refused.")
        walked.append((Path(place), names))
    return walked


def _entry(folder: Path, path: Path) -> tuple[str, Path, int]:
    name = path.relative_to(folder).as_posix()
    if path.is_symlink() or not path.is_file() or not name.isascii():
        raise EngineError("file_refused", f"{name!r} is a link, no plain file, or has no plain name.")
    suffix = path.suffix.lower()
    if suffix in _RUNS_CODE:
        raise EngineError(
            "code_refused", f"{name} can run code when it is loaded. Convert it to .safetensors, or take it away."
        )
    if suffix not in _DATA and path.name not in _PLAIN_NAMES:
        raise EngineError("file_refused", f"{name} is of no form that a model needs. Take it away.")
    return name, path, path.stat().st_size


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
