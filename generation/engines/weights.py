"""A checkpoint's files, read after their digest was checked: safetensors and JSON, never anything that runs code."""

import hashlib
import json
from pathlib import Path
from typing import Any

import safetensors
from safetensors.torch import load
from torch import Tensor, nn

from generation.engines.base import EngineError

__all__ = ["document", "fill", "read", "tensors", "unknown"]

_MAX_BYTES = 512 * 2**20


def read(folder: Path, weights_sha256: str, *, name: str = "weights.safetensors") -> bytes:
    """The bytes of the file that was registered. Raises EngineError `weights_missing`, `_altered`, `_unreadable`."""
    path = folder / name
    try:
        if path.stat().st_size > _MAX_BYTES:
            raise EngineError("weights_unreadable", f"{path.name} is larger than any weights of this kind.")
        content = path.read_bytes()
    except OSError as error:
        raise EngineError("weights_missing", f"There are no weights in {folder.name}.") from error
    if hashlib.sha256(content).hexdigest() != weights_sha256:
        raise EngineError("weights_altered", f"The weights in {folder.name} are not those that were registered.")
    return content


def tensors(folder: Path, weights_sha256: str) -> dict[str, Tensor]:
    """The tensors of `weights.safetensors` as float32. Raises EngineError as `read` does."""
    content = read(folder, weights_sha256)
    try:
        return {name: tensor.float() for name, tensor in load(content).items()}
    except safetensors.SafetensorError as error:
        raise _misfit(folder) from error


def fill(network: nn.Module, values: dict[str, Tensor], folder: Path) -> None:
    """Put tensors into a network that they fit exactly. Raises EngineError `weights_unreadable`."""
    try:
        network.load_state_dict(values)
    except RuntimeError as error:
        raise _misfit(folder) from error


def document(folder: Path, name: str = "architecture.json") -> dict[str, Any]:
    """A JSON object of the folder. Raises EngineError `architecture_unknown`."""
    try:
        read_document = json.loads((folder / name).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise unknown(folder, str(error)) from error
    if not isinstance(read_document, dict):
        raise unknown(folder, "it is no object")
    return read_document


def unknown(folder: Path, why: str) -> EngineError:
    """The error of an architecture that an engine cannot use."""
    return EngineError("architecture_unknown", f"The architecture in {folder.name} cannot be read: {why}")


def _misfit(folder: Path) -> EngineError:
    return EngineError("weights_unreadable", f"The weights in {folder.name} do not fit their architecture.")
