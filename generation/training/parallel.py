"""Several processes and half precision, through accelerate where it is there; one process in fp32 needs none of it.

Under `torchrun` or `accelerate launch --multi_gpu` each process takes its rows of every batch and gradients are
averaged; all end with the same weights, and the first one's files count.
"""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any, TypeVar

import torch
from torch import Tensor, nn

from generation.training.config import ConfigError

__all__ = ["Parallel"]

Row = TypeVar("Row")


class Parallel:
    """Where steps are computed. Raises ConfigError where half precision or several processes lack accelerate."""

    def __init__(self, precision: str) -> None:
        self.accelerator = _accelerator(precision)
        self.device: torch.device = self.accelerator.device if self.accelerator else torch.device("cpu")

    def prepare(self, module: nn.Module, optimisers: Sequence[Any]) -> tuple[nn.Module, list[Any]]:
        """The module and the optimisers as steps use them."""
        if self.accelerator is None:
            return module, list(optimisers)
        prepared, *others = self.accelerator.prepare(module, *optimisers)
        return prepared, others

    def backward(self, loss: Tensor) -> None:
        """Gradients of this process's part, averaged over all."""
        if self.accelerator is None:
            torch.autograd.backward(loss)
        else:
            self.accelerator.backward(loss)

    def part(self, batch: Sequence[Row]) -> list[Row]:
        """The rows of a batch that are this process's; every process has at least one."""
        if self.accelerator is None or self.accelerator.num_processes == 1:
            return list(batch)
        count, own = self.accelerator.num_processes, self.accelerator.process_index
        return list(batch[own::count]) or list(batch[:1])

    def folder(self, run_dir: Path) -> Path:
        """Where this process keeps its state."""
        first = self.accelerator is None or self.accelerator.is_main_process
        return run_dir if first else run_dir / f"process-{self.accelerator.process_index}"


def _accelerator(precision: str) -> Any:
    several = int(os.environ.get("WORLD_SIZE", "1")) > 1
    if precision == "fp32" and not several and not torch.cuda.is_available():
        return None
    try:
        from accelerate import Accelerator  # type: ignore[import-untyped]
    except ImportError as error:
        raise ConfigError("half precision, GPUs and several processes need accelerate: pip install it") from error
    mixed = {"fp32": "no"}.get(precision, precision)
    return Accelerator(mixed_precision=mixed, cpu=not torch.cuda.is_available())
