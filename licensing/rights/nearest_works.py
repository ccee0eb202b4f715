"""The training works that a piece's record names as nearest, for a reviewer to compare it with."""

import io
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from PIL import Image

from generation.datasets.errors import DatasetRefused
from generation.datasets.works import Works, works
from generation.training.frozen import FrozenError
from generation.training.manifest import ManifestError
from licensing.provenance.screening import dataset_folder

__all__ = ["NearWork", "of", "picture"]

_MOST = 4
_SIDE = 320


@dataclass(frozen=True)
class NearWork:
    """A training work and the detectors that name it. `per_cent`: the evidence of the surest of them, of its limit."""

    dataset: str
    version: str
    item_sha256: str
    detectors: tuple[str, ...]
    near: bool
    per_cent: int


def of(record: dict[str, Any]) -> list[NearWork]:
    """Each named work once, the nearest first, four at most."""
    named: dict[tuple[str, str, str], list[dict[str, Any]]] = {}
    for one in record["screening"]["nearest"]:
        named.setdefault((one["dataset"], one["version"], one["item_sha256"]), []).append(one)
    found = [_work(key, told) for key, told in named.items()]
    return sorted(found, key=lambda one: -one.per_cent)[:_MOST]


def picture(work: NearWork) -> bytes | None:
    """It as a PNG of 320 px at most; None where the dataset does not lie here any more."""
    try:
        known = _works(work.dataset, work.version)
        pixels = known.see(list(known.digests).index(work.item_sha256))
    except (FrozenError, ManifestError, DatasetRefused, ValueError, OSError):
        return None
    small = Image.fromarray(pixels)
    small.thumbnail((_SIDE, _SIDE))
    out = io.BytesIO()
    small.save(out, "PNG")
    return out.getvalue()


def _work(key: tuple[str, str, str], told: list[dict[str, Any]]) -> NearWork:
    ahead = sorted(told, key=lambda one: -_share(one))
    detectors = tuple(one["detector"] for one in ahead)
    return NearWork(*key, detectors, any(one["near"] for one in told), round(100 * _share(ahead[0])))


def _share(one: dict[str, Any]) -> float:
    return float(one["evidence"]) / max(float(one["limit"]), 1e-3)


@lru_cache(4)
def _works(dataset: str, version: str) -> Works:
    return works(dataset_folder(dataset, version))
