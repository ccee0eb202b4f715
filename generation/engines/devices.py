"""Where an engine runs, what a record says of it, and what it means when a device's memory is full."""

import platform
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import torch

from generation.engines.base import OutOfMemory

__all__ = ["memory_guarded", "profile", "release"]


def profile(
    *, engine: str, version: str, device: torch.device, slots: int, dtype: str = "float32"
) -> dict[str, str | int]:
    """Where two of these and two digests of weights are equal, equal requests give equal bytes."""
    return {
        "batch_slots": slots,
        "device": str(device),
        "dtype": dtype,
        "engine": engine,
        "engine_version": version,
        "numpy": np.__version__,
        "machine": platform.machine(),
        "processor": _processor(device),
        "threads": torch.get_num_threads(),
        "torch": torch.__version__,
    }


@contextmanager
def memory_guarded() -> Iterator[None]:
    """Turn a device's or this machine's lack of memory into OutOfMemory, and give cached blocks back."""
    try:
        yield
    except (torch.OutOfMemoryError, MemoryError) as error:
        release()
        raise OutOfMemory() from error
    except RuntimeError as error:
        # What torch's CPU allocator says has no type of its own.
        if "can't allocate memory" not in str(error):
            raise
        raise OutOfMemory() from error


def release() -> None:
    """Give the blocks that torch keeps of the device's memory back to it."""
    if torch.cuda.is_available():
        torch.cuda.empty_cache()


def _processor(device: torch.device) -> str:
    if device.type == "cuda":
        return torch.cuda.get_device_name(device)
    return torch.backends.cpu.get_cpu_capability()
