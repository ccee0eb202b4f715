"""What the detectors say of one picture and one dataset."""

from dataclasses import dataclass

from generation.evaluation.memorisation.description import Pixels, reduced
from generation.evaluation.memorisation.detectors import DETECTORS
from generation.evaluation.memorisation.index import Index

__all__ = ["Nearest", "nearest"]


@dataclass(frozen=True, kw_only=True)
class Nearest:
    """The work that a detector finds nearest: the SHA-256 of its item, the evidence, and the limit for that dataset."""

    detector: str
    item_sha256: str
    evidence: float
    limit: float

    @property
    def near(self) -> bool:
        """Whether it is nearer than the dataset's own works hardly ever come to each other."""
        return self.evidence > self.limit


def nearest(pixels: Pixels, index: Index) -> tuple[Nearest, ...]:
    """One for each detector, in their order. `pixels`: 8-bit RGB of any size."""
    found, pixels = [], reduced(pixels)
    for name, detector in DETECTORS.items():
        evidence = detector(pixels, index)
        place = int(evidence.argmax())
        item = index.items[place].tobytes().hex()
        found.append(
            Nearest(detector=name, item_sha256=item, evidence=float(evidence[place]), limit=index.limits[name])
        )
    return tuple(found)
