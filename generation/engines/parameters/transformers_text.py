"""What can be asked of a language model from outside, read off the files that transformers saves, without torch."""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from generation.engines.base import EngineError
from generation.engines.parameters.prose import prose_fields
from generation.engines.parameters.spec import Spec

__all__ = ["describe", "spec"]

_MAX_DOCUMENT_BYTES = 1_000_000
_ROOM = ("n_positions", "max_position_embeddings", "n_ctx", "max_sequence_length")
_DEFAULT_ROOM = 2048
_CAUSAL = re.compile(r"[A-Za-z0-9]+(ForCausalLM|LMHeadModel)")


def spec(architecture: Mapping[str, Any]) -> Spec:
    """Running text; see `prose_fields`."""
    return Spec(kind="text", fields=prose_fields(room=int(architecture["positions"])))


def describe(folder: Path) -> dict[str, Any]:
    """The architecture of a folder that `save_pretrained` wrote. Raises EngineError `architecture_unknown`."""
    path = folder / "config.json"
    try:
        if path.stat().st_size > _MAX_DOCUMENT_BYTES:
            raise _unknown(folder, "config.json is larger than a megabyte")
        config = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise _unknown(folder, "config.json is no JSON that can be read") from error
    if not isinstance(config, dict):
        raise _unknown(folder, "config.json is no JSON object")
    if "auto_map" in config:
        raise _unknown(folder, "it would need code that comes with the model")
    names = config.get("architectures")
    name = names[0] if isinstance(names, list) and len(names) == 1 else None
    if not isinstance(name, str) or not _CAUSAL.fullmatch(name):
        raise _unknown(folder, "config.json names no causal language model")
    rooms = [config[key] for key in _ROOM if isinstance(config.get(key), int) and config[key] > 1]
    return {
        "text": "prose",
        "model": name,
        "model_type": str(config.get("model_type", "")),
        "positions": min(rooms[0] if rooms else _DEFAULT_ROOM, 2**20),
    }


def _unknown(folder: Path, why: str) -> EngineError:
    return EngineError("architecture_unknown", f"The model in {folder.name} cannot be used: {why}.")
