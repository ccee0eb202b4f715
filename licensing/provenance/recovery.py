"""Which piece of this house a picture is that has lost its papers: saved again, shrunk, cropped, turned or mirrored.

Fingerprints say which pieces it may be; it is laid onto the original of each, and only the invisible mark decides.
"""

import json
import threading
from dataclasses import dataclass
from uuid import UUID

import numpy as np
from PIL import Image

from common import storage
from generation.engines.base import EngineError
from generation.engines.decoding import decoded
from generation.models import Piece
from licensing.models import Fingerprint, Mark, ProvenanceRecord
from licensing.provenance import alignment, fingerprints, marks, visible, watermark

__all__ = ["Trace", "find"]

# Wide enough for crops; `benchmarks/recovery.py` shows what is found. Who comes near by chance is sorted out below.
_FAR, _MOST_CANDIDATES, _MOST_ORIENTATIONS = 120, 6, 2
# Less of the original than this says too little.
_LEAST_SEEN = 0.4
# Rows may be numbered before others and yet be committed after them.
_LATE = 1000


@dataclass(frozen=True, kw_only=True)
class Trace:
    """The piece whose mark a picture carries. `bits` of 64 agree: chance reaches 56 once in four thousand million.

    `distance` is by how many of 256 bits its fingerprint differs, `likeness` how well it lies on the original, up to 1.
    """

    piece_id: UUID
    bits: int
    distance: int
    likeness: float


class _Index:
    """All fingerprints of the house in this process: each is read once, and a later look reads what is new."""

    def __init__(self) -> None:
        self._bits = np.empty((0, fingerprints.LENGTH), np.uint8)
        self._pieces: list[UUID] = []
        self._last = 0
        self._recent: set[int] = set()
        self._guard = threading.Lock()

    def nearest(self, stranger: fingerprints.Bits) -> list[tuple[int, UUID, list[int]]]:
        """The nearest pieces as distance, piece and orientations of the stranger, likeliest first."""
        with self._guard:
            self._read()
            bits, pieces = self._bits, self._pieces
        away = np.stack([fingerprints.distances(one, bits) for one in stranger])
        best: dict[UUID, np.ndarray[tuple[int], np.dtype[np.int64]]] = {}
        for place in np.flatnonzero(away.min(0) <= _FAR):
            piece = pieces[place]
            best[piece] = np.minimum(best[piece], away[:, place]) if piece in best else away[:, place]
        ranked = sorted(best.items(), key=lambda item: int(item[1].min()))[:_MOST_CANDIDATES]
        return [
            (int(each.min()), piece, [int(one) for one in each.argsort()[:_MOST_ORIENTATIONS]])
            for piece, each in ranked
        ]

    def _read(self) -> None:
        later = Fingerprint.objects.filter(pk__gt=self._last - _LATE).exclude(pk__in=self._recent).order_by("pk")
        fresh = list(later.values_list("pk", "piece_id", "bits"))
        if fresh:
            self._last = max(self._last, fresh[-1][0])
            known = {*self._recent, *(number for number, *_ in fresh)}
            self._recent = {number for number in known if number > self._last - _LATE}
            self._pieces = [*self._pieces, *(piece for _, piece, _ in fresh)]
            read = np.stack([np.frombuffer(bytes(bits), np.uint8) for *_, bits in fresh])
            self._bits = np.concatenate([self._bits, read])


_index = _Index()


def find(data: bytes) -> Trace | None:
    """The piece whose mark `data`, a still picture, carries; None for any other file. Takes bounded time and memory."""
    try:
        lightness = watermark.square(decoded(data, "file"))
    except EngineError:
        return None
    for distance, piece_id, orientations in _index.nearest(fingerprints.of_stranger(lightness)):
        for orientation in orientations:
            trace = _compare(alignment.turned(lightness, orientation), piece_id, distance)
            if trace is not None:
                return trace
    return None


def _compare(lightness: watermark.Plane, piece_id: UUID, distance: int) -> Trace | None:
    mark = Mark.objects.filter(piece_id=piece_id).first()
    if mark is None:  # the database was put back to an earlier day, and this process remembers more
        return None
    original = watermark.square(_master(piece_id))
    aligned = alignment.onto(lightness, original)
    if aligned is None or aligned.seen.mean() < _LEAST_SEEN:
        return None
    secret = marks.secret(mark.version)
    carried = watermark.read_against(aligned.lightness, aligned.seen, original, secret=secret)
    bits = watermark.agreement(carried, mark.payload)
    if bits < watermark.ENOUGH:
        return None
    return Trace(piece_id=piece_id, bits=bits, distance=distance, likeness=round(aligned.likeness, 4))


def _master(piece_id: UUID) -> watermark.Pixels:
    """The picture as it was before its mark: with the visible label, where its record says that it has one."""
    name = Piece.objects.values_list("master_name", flat=True).get(pk=piece_id)
    pixels = decoded(storage.read("masters", name), "master")
    record = ProvenanceRecord.objects.values_list("body", flat=True).get(piece_id=piece_id, previous__isnull=True)
    if visible.ALGORITHM not in json.loads(record)["labels"].get("marks", ()):
        return pixels
    return np.asarray(visible.on_picture(Image.fromarray(pixels)))
