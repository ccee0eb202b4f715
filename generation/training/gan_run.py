"""The first adversarial trainer behind the same door as the others: what goes in and comes out is the common loop's."""

from pathlib import Path
from typing import Any

from generation.training import gan, loop, palette_files
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
    return palette_files.finished(
        trained.generator, steps=trained.steps, metrics=trained.metrics, weights_digest=trained.generator_sha256
    )
