"""What the detectors of copies say of a piece, against every dataset behind its checkpoint: a part of its record.

Only pictures are compared, and only with datasets that have an index; what was not compared is named, with the reason.
"""

from functools import lru_cache
from pathlib import Path
from typing import Any

from django.conf import settings

from common import storage
from generation.engines.decoding import decoded
from generation.evaluation.memorisation import index as indexes
from generation.evaluation.memorisation.description import Pixels
from generation.evaluation.memorisation.detectors import DETECTORS
from generation.evaluation.memorisation.nearest import Nearest, nearest
from generation.models import DatasetVersion, Piece
from licensing.provenance import lineage, record

__all__ = ["dataset_folder", "screening"]

_AREA = "masters"
_MOST = 16


def screening(piece: Piece) -> record.Screening:
    """The nearest training works by each detector and dataset. A piece whose model learnt nothing has none."""
    versions = lineage.datasets(lineage.runs(lineage.checkpoints(piece.checkpoint)))[:_MOST]
    pixels = _seen(piece) if versions else None
    measured: list[dict[str, Any]] = []
    findings: list[dict[str, Any]] = []
    for version in versions:
        index = _index(dataset_folder(version.dataset.slug, str(version.version))) if pixels is not None else None
        if pixels is not None and index is not None:
            measured += [_told(version, one) for one in nearest(pixels, index)]
        if pixels is None or index is None or piece.kind != "picture":
            findings.append({**_named(version), "finding": "not_compared", "why": _why(pixels, index)})
    detectors = dict.fromkeys(DETECTORS, str(indexes.VERSION)) if measured else {}
    return record.Screening(detectors=detectors, nearest=tuple(measured), findings=tuple(findings))


def _seen(piece: Piece) -> Pixels | None:
    """The picture itself, or the still of a film; nothing of a text."""
    name = piece.master_name if piece.kind == "picture" else piece.still_name
    return decoded(storage.read(_AREA, name), "piece") if name else None


def _why(pixels: Pixels | None, index: indexes.Index | None) -> str:
    if pixels is None:
        return "works of this kind are not compared"
    return "the dataset has no index of its works" if index is None else "only its still was compared"


def _told(version: DatasetVersion, one: Nearest) -> dict[str, Any]:
    return {
        **_named(version),
        "detector": one.detector,
        "item_sha256": one.item_sha256,
        "evidence": f"{one.evidence:.3f}",
        "limit": f"{one.limit:.3f}",
        "near": one.near,
    }


def _named(version: DatasetVersion) -> dict[str, str]:
    return {"dataset": version.dataset.slug, "version": str(version.version)}


def dataset_folder(slug: str, version: str) -> Path:
    """Where a frozen dataset lies: among the shipped ones, or among this installation's own."""
    shipped = settings.DATASET_DIR / f"{slug}-{version}"
    return shipped if shipped.is_dir() else settings.VAR_DIR / "datasets" / f"{slug}-{version}"


def _index(folder: Path) -> indexes.Index | None:
    """Some 80 MB for 8 000 works; read again where it was written anew."""
    try:
        return _read(folder, (folder / indexes.FILE).stat().st_mtime_ns)
    except OSError:
        return None


@lru_cache(4)
def _read(folder: Path, _written: int) -> indexes.Index | None:
    return indexes.read(folder)
