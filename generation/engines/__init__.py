"""Ways of making. An engine's libraries are imported when it is loaded, not before."""

from pathlib import Path

from generation.engines.base import Engine, EngineError

__all__ = ["load"]


def load(engine: str, folder: Path, *, weights_sha256: str, device: str = "cpu", threads: int = 1) -> Engine:
    """Load a checkpoint's weights into its engine. Raises EngineError, `engine_unknown` for a name not known here."""
    if engine != "palette-field":
        raise EngineError("engine_unknown", f"There is no engine {engine}; known is palette-field.")
    from generation.engines.gan import PaletteFieldEngine

    return PaletteFieldEngine.load(folder, weights_sha256=weights_sha256, device=device, threads=threads)
