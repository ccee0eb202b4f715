"""The most memory that a process took since it last asked: of the GPU where one is used, else of the whole process."""

from pathlib import Path

__all__ = ["begin", "peak_mb"]

_MB = 2**20


def begin(device: str) -> None:
    """Forget earlier peaks. Where the system cannot forget them, the peak is that of the whole process's life."""
    if device.startswith("cuda"):
        import torch

        torch.cuda.reset_peak_memory_stats(device)
        return
    try:
        Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
    except OSError:
        return


def peak_mb(device: str) -> int | None:
    """In mebibytes; None where this system does not say."""
    if device.startswith("cuda"):
        import torch

        return int(torch.cuda.max_memory_allocated(device)) // _MB
    try:
        status = Path("/proc/self/status").read_text(encoding="ascii")
    except OSError:
        return None
    lines = [line for line in status.splitlines() if line.startswith("VmHWM:")]
    return int(lines[0].split()[1]) // 1024 if lines else None
