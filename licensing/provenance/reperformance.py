"""Makes a piece again from its record and the openings of it, and compares. Loads engines: for commands and workers.

Nothing is read from the piece's own row but where its master lies: the record says which weights, which inputs and in
which profile, and the openings say the seed and the parameters.
"""

import io
import json
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from uuid import UUID

import numpy as np
from django.conf import settings
from numpy.typing import NDArray
from PIL import Image

from common import storage
from common.errors import Conflict
from generation import engines
from generation.engines.base import Engine, EngineError, Made, Request
from generation.models import Checkpoint, InputWork, Piece
from licensing.models import Openings, ProvenanceRecord
from licensing.provenance import canonical
from licensing.provenance.commitments import check_openings

__all__ = ["NEAR_DECIBELS", "CannotReperform", "Comparison", "Verdict", "reperform"]

# At 40 dB and more nobody sees a difference between two pictures of 8 bits.
NEAR_DECIBELS = 40.0


class CannotReperform(Conflict):
    code = "cannot_reperform"
    title = "The piece cannot be made again here."


class Verdict(StrEnum):
    IDENTICAL = "identical"
    NEAR = "near"
    DIFFERENT = "different"


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """How the piece made again compares with its master.

    `decibels` is the peak signal-to-noise ratio of what is seen, None where the bytes are equal or nothing is seen.
    `elsewhere`: what of the recorded profile is another here, as name → (recorded, here).
    """

    verdict: Verdict
    sha256: str
    decibels: float | None
    elsewhere: dict[str, tuple[str, str]]


def reperform(piece_id: UUID, *, device: str | None = None) -> Comparison:
    """Make the piece again on `device`, by default the recorded one, and compare byte by byte.

    Raises Piece.DoesNotExist; CannotReperform where record, openings, weights or inputs are missing, or an engine
    refuses; OpeningsInvalid where they do not belong together.
    """
    piece = Piece.objects.get(pk=piece_id)
    record, openings = _papers(piece)
    check_openings(record=record, openings=openings)
    told = record["generation"]
    engine = _engine(told, device or str(told["profile"]["device"]))
    slots = int(told["profile"].get("batch_slots", engine.slot_counts[0]))
    if slots not in engine.slot_counts:
        raise CannotReperform(f"The engine no longer runs in {slots} slots.")
    made = _make(engine, _request(told, openings), slots)
    return _compare(piece, record, made, _elsewhere(told["profile"], engine.profile(slots=slots)))


def _papers(piece: Piece) -> tuple[dict[str, Any], dict[str, Any]]:
    kept = ProvenanceRecord.objects.filter(piece=piece, previous__isnull=True).first()
    openings = Openings.objects.filter(record=kept).first() if kept else None
    if kept is None or openings is None:
        raise CannotReperform("The piece has no record yet, or its openings are gone.")
    return json.loads(kept.body), openings.body


def _engine(told: dict[str, Any], device: str) -> Engine:
    digest = told["checkpoint"]["weights_sha256"]
    checkpoint = Checkpoint.objects.filter(weights_sha256=digest).first()
    if checkpoint is None:
        raise CannotReperform(f"No checkpoint here has the weights {digest}.")
    threads = int(told["profile"].get("threads", 1))
    try:
        folder = settings.CHECKPOINT_DIR / checkpoint.folder
        return engines.load(checkpoint.engine, folder, weights_sha256=digest, device=device, threads=threads)
    except EngineError as error:
        raise CannotReperform(f"The engine cannot be loaded: {error.detail}") from error


def _request(told: dict[str, Any], openings: dict[str, Any]) -> Request:
    missing = set(told["commitments"]["parameters"]) - set(openings["parameters"])
    if missing:
        raise CannotReperform(f"What opens {', '.join(sorted(missing))} was destroyed.")
    parameters = {name: opening["value"] for name, opening in openings["parameters"].items()}
    return Request(int(openings["seed"]["value"]), parameters, _inputs(told["inputs"]))


def _inputs(put_in: list[dict[str, Any]]) -> dict[str, bytes]:
    contents = {}
    for each in put_in:
        work = InputWork.objects.filter(sha256=each["sha256"]).exclude(name="").first()
        if work is None:
            raise CannotReperform(f"The input work {each['sha256']} is not kept here.")
        contents[each["role"]] = storage.read("masters", work.name)
    return contents


def _make(engine: Engine, request: Request, slots: int) -> Made:
    try:
        return next(iter(engine.generate([request], slots=slots)))
    except EngineError as error:
        raise CannotReperform(f"The engine refuses: {error.detail}") from error


def _elsewhere(recorded: dict[str, Any], here: dict[str, Any]) -> dict[str, tuple[str, str]]:
    """What differs of what both know; the record keeps engine version and code apart."""
    named = set(recorded) & set(here)
    return {name: (str(recorded[name]), str(here[name])) for name in sorted(named) if recorded[name] != here[name]}


def _compare(piece: Piece, record: dict[str, Any], made: Made, elsewhere: dict[str, tuple[str, str]]) -> Comparison:
    data = made.work.encode()
    digest = canonical.sha256_hex(data)
    if digest == record["piece"]["master_sha256"]:
        return Comparison(verdict=Verdict.IDENTICAL, sha256=digest, decibels=None, elsewhere=elsewhere)
    decibels = _decibels(_seen(piece), _seen_of(made, data))
    near = decibels is not None and decibels >= NEAR_DECIBELS
    verdict = Verdict.NEAR if near else Verdict.DIFFERENT
    return Comparison(verdict=verdict, sha256=digest, decibels=decibels, elsewhere=elsewhere)


def _seen(piece: Piece) -> NDArray[np.uint8] | None:
    name = piece.still_name or (piece.master_name if piece.kind == "picture" else "")
    return _pixels(storage.read("masters", name)) if name else None


def _seen_of(made: Made, data: bytes) -> NDArray[np.uint8] | None:
    if made.work.still is not None:
        return made.work.still
    return _pixels(data) if made.work.kind == "picture" else None


def _pixels(data: bytes) -> NDArray[np.uint8]:
    with Image.open(io.BytesIO(data)) as picture:
        return np.asarray(picture.convert("RGB"))


def _decibels(first: NDArray[np.uint8] | None, second: NDArray[np.uint8] | None) -> float | None:
    """The peak signal-to-noise ratio of two pictures of 8 bits; none where there is nothing to compare."""
    if first is None or second is None or first.shape != second.shape:
        return None
    error = float(np.mean((first.astype(np.float64) - second) ** 2))
    return 99.0 if error == 0 else 10 * float(np.log10(255**2 / error))
