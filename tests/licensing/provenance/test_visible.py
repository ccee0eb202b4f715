"""Where the operator asks for it, what is sold says in sight that it is AI-generated, and is found again."""

import io
import json
from typing import Any

import av
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageSequence

from benchmarks.journeys import JOURNEYS
from common import storage
from generation.engines import film
from licensing.models import ProvenanceRecord
from licensing.provenance import inquiry, packets, publish, recovery, visible, watermark
from tests.licensing.provenance.test_every_kind import a_piece
from tests.licensing.provenance.test_recovery import SIDE, papered

LINE = "AI 生成 · AI-generated"


@pytest.fixture(autouse=True)
def asked_for(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.VISIBLE_LABEL = True
    monkeypatch.setattr(recovery, "_index", recovery._Index())


def marks_of(piece: Any) -> list[str]:
    marks: list[str] = json.loads(ProvenanceRecord.objects.get(piece=piece).body)["labels"].get("marks", [])
    return marks


@pytest.mark.django_db
@pytest.mark.parametrize("journey", JOURNEYS)
def test_a_picture_with_the_plate_is_named_after_every_journey(journey: str) -> None:
    pieces = [papered(number) for number in range(5)]

    for piece, pixels in pieces:
        trace = recovery.find(JOURNEYS[journey](pixels))
        assert trace is not None, piece
        assert (trace.piece_id, trace.bits >= watermark.ENOUGH) == (piece.pk, True)


@pytest.mark.django_db
def test_the_plate_is_in_the_picture_that_is_sold_and_the_record_says_so(settings: Any) -> None:
    piece, pixels = papered(1)
    settings.VISIBLE_LABEL = False
    other, without = papered(1)

    changed = np.abs(pixels.astype(int) - without).max(2) > 60
    assert 0.01 < changed.mean() < 0.15
    rows, columns = np.nonzero(changed)
    assert max(np.ptp(rows), np.ptp(columns)) < SIDE / 2, "the plate stays in its corner"
    assert visible.ALGORITHM in marks_of(piece)
    assert visible.ALGORITHM not in marks_of(other)


@pytest.mark.django_db
def test_what_had_no_plate_is_compared_without_one(settings: Any) -> None:
    settings.VISIBLE_LABEL = False
    piece, pixels = papered(2)
    settings.VISIBLE_LABEL = True
    trace = recovery.find(JOURNEYS["half size"](pixels))
    assert trace is not None
    assert trace.piece_id == piece.pk


@pytest.mark.django_db
def test_a_text_ends_with_the_label_and_its_words_are_known_with_and_without_it() -> None:
    piece = a_piece("text/plain")
    work = packets.unpack(storage.read("masters", publish.papers(piece.pk).name)).work.decode()
    assert work.endswith(f"\n\n{LINE}\n")
    for words in (work, work.removesuffix(f"\n\n{LINE}\n")):
        assert inquiry.look_into(io.BytesIO(words.encode()), name="a.txt").same_words == piece.pk
    other = inquiry.look_into(io.BytesIO(f"Other words.\n\n{LINE}".encode()), name="b.txt")
    assert other.same_words is None


def frames(data: bytes, kind: str) -> list[NDArray[np.uint8]]:
    if kind == "webp":
        with Image.open(io.BytesIO(data)) as moving:
            return [np.asarray(frame.convert("RGB")) for frame in ImageSequence.Iterator(moving)]
    with av.open(io.BytesIO(data), "r") as container:
        return [np.asarray(frame.to_ndarray(format="rgb24"), np.uint8) for frame in container.decode(video=0)]


@pytest.mark.parametrize("kind", ["mp4", "webp"])
def test_every_frame_of_a_film_has_the_plate_and_nothing_else_changes(kind: str) -> None:
    across = np.linspace(40, 200, 256, dtype=np.float32)
    drawn = [
        np.stack([np.roll(across, 20 * step), across[::-1], across], -1)[None].repeat(192, 0) for step in range(12)
    ]
    written = film.WRITERS[kind]((frame.astype(np.uint8) for frame in drawn), 24)

    labelled = visible.labelled(written, film.MEDIA_TYPES[kind])

    pairs = list(zip(frames(written, kind), frames(labelled, kind), strict=True))
    assert len(pairs) == 12
    for old, new in pairs:
        away = np.abs(old.astype(int) - new).max(2)
        rest, half = sorted((away[:96], away[96:]), key=np.mean)
        assert (half > 60).mean() > 0.02
        assert rest.mean() < 4


def test_equal_works_get_equal_files_and_a_solid_stays_as_it_is() -> None:
    assert visible.labelled(b"One.\n", "text/plain") == visible.labelled(b"One.\n", "text/plain")
    assert visible.labelled(b"glTF", "model/gltf-binary") == b"glTF"
