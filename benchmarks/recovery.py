"""What is found again once all metadata is gone: pieces of this house's own checkpoints, and pictures of nobody's.

Every piece is papered as any other, so that what is looked for is what buyers get; pictures are 512 px.
"""

import time
from collections.abc import Iterator

import numpy as np
from django.utils import timezone
from PIL import Image

from benchmarks.journeys import JOURNEYS
from benchmarks.rows import Row
from common import storage
from common.models import User
from generation import jobs, worker
from generation.engines.decoding import decoded
from generation.models import Account, Checkpoint, Piece
from generation.training.studio import EVALUATION_SEEDS, FAMILIES_OF, Recipe, render
from licensing.provenance import fingerprints, marks, publish, recovery, watermark

__all__ = ["measure"]

ENGINES = ("palette-field", "vae")
PIECES, STRANGERS, SIDE = 200, 200, 512
BARS = {"JPEG, quality 70": 0.99, "half size": 0.99, "10 % cropped": 0.99}
BAR = 0.95


def measure() -> Iterator[Row]:
    """The share of pieces that are found and named after each journey, against the share that is asked for."""
    pieces = list(_pieces())
    pictures = {piece.pk: _signed(piece) for piece in pieces}
    for name, journey in JOURNEYS.items():
        found = [recovery.find(journey(pixels)) for pixels in pictures.values()]
        named = [trace is not None and trace.piece_id == piece for trace, piece in zip(found, pictures, strict=True)]
        bar = BARS.get(name, BAR)
        yield Row(f"found and named: {name}, % of {PIECES}", 100 * float(np.mean(named)), "%", "the bar", 100 * bar)
    claimed = sum(recovery.find(JOURNEYS["JPEG, quality 70"](one)) is not None for one in _strangers())
    yield Row(f"pictures of nobody's, claimed of {STRANGERS}", STRANGERS - claimed, "", "left alone", STRANGERS)
    yield _cost(pieces[0])


def _pieces() -> Iterator[Piece]:
    person = User.objects.create_user(f"recovery-{timezone.now().timestamp()}")
    Account.objects.create(user=person, pieces_per_day=100_000)
    parameters = {"width": SIDE, "height": SIDE}
    for place, engine in enumerate(ENGINES):
        trained = Checkpoint.objects.filter(engine=engine, state="published", training_run__isnull=False)
        checkpoint = trained.latest("created_at")  # the other benchmarks made some without weights
        families = checkpoint.architecture.get("families", [])
        for part in range(8):
            asked = parameters | ({"family": families[part % len(families)]} if engine == "palette-field" else {})
            job = jobs.request(
                requested_by=person,
                checkpoint=checkpoint,
                parameters=asked,
                seed=1000 * (8 * place + part),
                count=PIECES // len(ENGINES) // 8 + (part < PIECES // len(ENGINES) % 8),
            )
            worker.run(owner="recovery")
            yield from Piece.objects.filter(slot__job=job)


def _signed(piece: Piece) -> watermark.Pixels:
    return decoded(storage.read("masters", publish.papers(piece.pk).name), "piece")


def _strangers() -> Iterator[watermark.Pixels]:
    """The studio's own pictures, which look like the pieces and are none."""
    families = FAMILIES_OF["2"]
    for number in range(STRANGERS):
        yield render(Recipe(families[number % len(families)], EVALUATION_SEEDS.start + number, number, SIDE, "2"))


def _cost(piece: Piece) -> Row:
    """Mark and fingerprints of a megapixel, on one core."""
    small = Image.fromarray(_signed(piece))
    pixels = np.asarray(small.resize((1024, 1024), Image.Resampling.LANCZOS))
    secret, taken = marks.secret(1), []
    for _ in range(7):
        began = time.perf_counter()
        marked = watermark.embed(pixels, 1, secret=secret)
        fingerprints.of_piece(watermark.square(marked))
        taken.append(1000 * (time.perf_counter() - began))
    return Row("mark and fingerprints of 1 MP", float(np.median(taken)), "ms", "the bar for all papers", 250.0)
