"""Ways of making. An engine's libraries are imported when it is loaded, not before."""

from importlib import import_module
from pathlib import Path
from typing import cast

from generation.engines.base import Engine, EngineError

__all__ = ["load"]

# Engine → where its class stands.
_CLASSES = {
    "chain": "chain:ChainEngine",
    "composition": "composition:CompositionEngine",
    "diffusers": "diffusion:DiffusionEngine",
    "gpt": "gpt:GptEngine",
    "grain": "grain:GrainEngine",
    "motion": "motion:MotionEngine",
    "palette-field": "gan:PaletteFieldEngine",
    "remote": "remote_text:RemoteEngine",
    "sculpture": "sculpture:SculptureEngine",
    "style-transfer": "style_transfer:StyleTransferEngine",
    "transformers": "transformers_text:TransformersEngine",
    "upscale": "upscale:UpscaleEngine",
    "vae": "vae:SoftFieldsEngine",
}


def load(engine: str, folder: Path, *, weights_sha256: str, device: str = "cpu", threads: int = 1) -> Engine:
    """Load a checkpoint's folder into its engine. Raises EngineError, `engine_unknown` for a name not known here."""
    if engine not in _CLASSES:
        raise EngineError("engine_unknown", f"There is no engine {engine}; known are {', '.join(sorted(_CLASSES))}.")
    module, _, name = _CLASSES[engine].partition(":")
    known = getattr(import_module(f"generation.engines.{module}"), name)
    return cast("Engine", known.load(folder, weights_sha256=weights_sha256, device=device, threads=threads))
