"""How long a training run is, and how often it notes, saves, shows and measures itself.

Apart from the loop, so that a configuration can be read where torch is not loaded.
"""

from dataclasses import dataclass

__all__ = ["Schedule"]


@dataclass(frozen=True)
class Schedule:
    """All counts are in steps.

    With `patience` above 0 the run ends early after so many measurements without a new best (`lower is better`).
    """

    steps: int
    metrics_every: int
    state_every: int
    samples_every: int
    measure_every: int = 0
    patience: int = 0
