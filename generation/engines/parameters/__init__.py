"""What can be asked of each engine, without loading it: the web process reads these, and never imports torch.

One module for each engine, with a function `spec(architecture)`; `architecture` is the checkpoint's own document.
"""

from collections.abc import Mapping
from importlib import import_module
from typing import Any, cast

from generation.engines.base import EngineError
from generation.engines.parameters.spec import MAX_SEED, Input, ParametersRefused, Spec

__all__ = ["ENGINES", "MAX_SEED", "Input", "ParametersRefused", "Spec", "spec_of"]

# Engine → the module here that knows its parameters.
ENGINES = {
    "chain": "chain",
    "composition": "composition",
    "diffusers": "diffusion",
    "gpt": "gpt",
    "grain": "grain",
    "motion": "motion",
    "palette-field": "palette_field",
    "remote": "remote_text",
    "sculpture": "sculpture",
    "style-transfer": "style_transfer",
    "transformers": "transformers_text",
    "upscale": "upscale",
    "vae": "vae",
}


def spec_of(engine: str, architecture: Mapping[str, Any]) -> Spec:
    """The parameters of an engine with such a checkpoint. Raises EngineError, `engine_unknown`."""
    if engine not in ENGINES:
        raise EngineError("engine_unknown", f"There is no engine {engine}; known are {', '.join(sorted(ENGINES))}.")
    module = import_module(f"generation.engines.parameters.{ENGINES[engine]}")
    return cast("Spec", module.spec(architecture))
