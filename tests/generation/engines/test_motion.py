"""Films end where they begin, play from their first bytes, and come out the same each time."""

import itertools
import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from generation.engines.base import EngineError, FileWork, Made, Request, Stopped
from generation.engines.parameters import ParametersRefused
from tests.generation.engines import methods

SHORT = {"width": 256, "height": 256, "seconds": 1, "frames_per_second": 8, "stops": 2}


def _film(made: Made) -> FileWork:
    assert isinstance(made.work, FileWork)
    return made.work


def _boxes(data: bytes) -> list[bytes]:
    names, place = [], 0
    while place < len(data):
        names.append(data[place + 4 : place + 8])
        place += int.from_bytes(data[place : place + 4], "big")
    return names


def test_a_walk_comes_home_and_is_the_same_each_time() -> None:
    engine, spec = methods.loaded("walk-1")
    requests = [spec.request(seed, SHORT | {"width": 301}) for seed in (3, 4)]
    one, other = map(_film, methods.made(engine, *requests))
    assert _film(methods.made(engine, requests[0])[0]).data == one.data != other.data
    frames = [frame.astype(int) for frame in methods.read(one.data)]
    assert one.size == (300, 256)
    assert len(frames) == 8
    assert np.abs(frames[0] - one.still).mean() < 4
    assert np.abs(frames[0][-4:] - one.still[-4:]).mean() < 6
    steps = [np.abs(a - b).mean() for a, b in itertools.pairwise([*frames, frames[0]])]
    assert max(steps) < 3 * (np.mean(steps) + 1)
    assert _boxes(one.data)[0] == b"ftyp"
    assert _boxes(one.data).index(b"moov") < _boxes(one.data).index(b"mdat")


@pytest.mark.parametrize("path", ["temperature", "truncation"])
def test_a_parameter_breathes_in_a_looping_webp(path: str) -> None:
    engine, spec = methods.loaded("walk-1")
    request = spec.request(3, SHORT | {"path": path, "format": "webp"})
    film = _film(methods.made(engine, request)[0])
    assert film.media_type == "image/webp"
    assert film.data[:4] + film.data[8:16] == b"RIFFWEBPVP8X"
    assert film.data.count(b"ANMF") >= 4
    at = film.data.index(b"ANIM") + 8
    assert film.data[at + 4 : at + 6] == b"\0\0"  # loops for ever
    assert _film(methods.made(engine, request)[0]).data == film.data


def test_an_advertising_film_opens_and_closes_with_its_picture_and_keeps_its_line() -> None:
    engine, spec = methods.loaded("walk-1")
    card = np.full((300, 300, 3), (200, 40, 40), np.uint8)
    request = spec.request(3, SHORT | {"copy": "春日新作展"}, {"picture": methods.encoded(card)})
    frames = methods.read(_film(methods.made(engine, request)[0]).data)
    for frame in (frames[0], frames[-1]):
        assert np.abs(frame[20:180].astype(int) - (200, 40, 40)).mean() < 12
    assert np.abs(frames[4][20:180].astype(int) - (200, 40, 40)).mean() > 20
    bands = [frame[210:].astype(int) for frame in frames]
    assert all(np.abs(band - bands[0]).mean() < 6 for band in bands)
    assert bands[0].max() > 180
    assert bands[0].min() < 60


def test_the_work_can_be_stopped_and_hostile_requests_fail_before_a_frame() -> None:
    engine, spec = methods.loaded("walk-1")

    def stop(done: int, _of: int) -> None:
        if done == 1:
            raise Stopped()

    with pytest.raises(Stopped):
        next(iter(engine.generate([spec.request(3, SHORT | {"seconds": 2})], on_step=stop)))
    assert methods.refusal(engine, spec.request(1, {**SHORT, "copy": "שלום"})) == "glyph_missing"
    assert methods.refusal(engine, Request(1, spec.read(SHORT), {"picture": b"GIF89a"})) == "input_unreadable"
    for wrong in ({"seconds": 13}, {"width": 1082}, {"format": "gif"}, {"stops": 1}, {"copy": "\x00"}):
        with pytest.raises(ParametersRefused):
            spec.request(1, wrong)


def test_another_generator_than_the_one_named_is_refused(tmp_path: Path) -> None:
    for slug in ("walk-1", "palette-field-3"):
        shutil.copytree(methods.CHECKPOINTS / slug, tmp_path / slug)
    architecture = methods.document(tmp_path / "palette-field-3", "architecture.json")
    (tmp_path / "palette-field-3" / "architecture.json").write_text(json.dumps(architecture | {"primitives": 1}))
    with pytest.raises(EngineError) as refused:
        methods.loaded("walk-1", tmp_path)
    assert refused.value.code == "component_altered"
