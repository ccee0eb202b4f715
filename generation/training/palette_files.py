"""What a trained palette field hands over, whichever trainer it had."""

import json
from typing import Any

from safetensors.torch import save

from generation.engines.palette_field import PaletteField
from generation.training import loop

__all__ = ["finished"]


def finished(generator: PaletteField, *, steps: int, metrics: dict[str, Any], weights_digest: str) -> loop.Finished:
    """Weights and architecture as files. Weights are stored in half precision: generators do not miss the rest."""
    tensors = {name: tensor.half().contiguous() for name, tensor in generator.state_dict().items()}
    return loop.Finished(
        engine="palette-field",
        kind="picture",
        steps=steps,
        metrics=metrics,
        weights_digest=weights_digest,
        files={
            "weights.safetensors": save(tensors),
            "architecture.json": (json.dumps(generator.arch.document(), indent=2) + "\n").encode(),
        },
        samples=("samples.png",),
        details={"families": list(generator.arch.families)},
    )
