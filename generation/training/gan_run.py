"""The first adversarial trainer behind the same door as the others: what goes in and comes out is the common loop's."""

import json
from pathlib import Path
from typing import Any

from safetensors.torch import save

from generation.training import gan, loop
from generation.training.config import GanConfig
from generation.training.pictures import read

__all__ = ["parse", "train"]

parse = GanConfig.parse


def train(
    config: GanConfig,
    *,
    dataset_dir: Path,
    run_dir: Path,
    progress: loop.Progress,
    until: int | None = None,
    stop: loop.Stop = lambda: False,
    corpus: Path | None = None,
) -> loop.Finished:
    """Train to the end (or to step `until`), carrying on from the state in `run_dir`; `corpus` is not used.

    Raises Interrupted when `stop()` turns true, ValueError for a state of another configuration.
    """

    def told(metrics: dict[str, Any]) -> None:
        rate = metrics["pictures_per_second"] / config.batch
        others = {name: value for name, value in metrics.items() if name not in ("generator_sha256", "pictures")}
        progress(others | {"steps_per_second": rate, "weights_sha256": metrics["generator_sha256"]})

    try:
        trained = gan.train(config, dataset=read(dataset_dir), run_dir=run_dir, progress=told, until=until, stop=stop)
    except gan.Interrupted as error:
        raise loop.Interrupted(str(error)) from error
    generator = trained.generator
    # Weights are stored in half precision: generators do not miss the rest.
    tensors = {name: tensor.half().contiguous() for name, tensor in generator.state_dict().items()}
    return loop.Finished(
        engine="palette-field",
        kind="picture",
        steps=trained.steps,
        metrics=trained.metrics,
        weights_digest=trained.generator_sha256,
        files={
            "weights.safetensors": save(tensors),
            "architecture.json": (json.dumps(generator.arch.document(), indent=2) + "\n").encode(),
        },
        samples=("samples.png",),
        details={"families": list(generator.arch.families)},
    )
