"""Input pictures are read upright and whole, or refused before they can do harm."""

import struct
import zlib

import numpy as np
import pytest
from PIL import Image

from generation.engines import decoding
from generation.engines.base import EngineError
from tests.generation.engines.methods import encoded, scene


def _refused(data: bytes) -> str:
    with pytest.raises(EngineError) as refused:
        decoding.decoded(data, "content")
    assert "content" in refused.value.detail
    return refused.value.code


def _png_that_claims(width: int, height: int) -> bytes:
    def chunk(name: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0")) + chunk(b"IEND", b"")


@pytest.mark.parametrize(("form", "options"), [("PNG", {}), ("JPEG", {"quality": 95}), ("WEBP", {"lossless": True})])
def test_the_three_formats_are_read(form: str, options: dict[str, object]) -> None:
    pixels = scene(64)
    assert np.abs(decoding.decoded(encoded(pixels, form, **options), "content").astype(int) - pixels).mean() < 3


def test_a_photograph_is_turned_upright() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    sideways = encoded(np.zeros((20, 40, 3), np.uint8), "JPEG", exif=exif.tobytes())
    assert decoding.decoded(sideways, "content").shape == (40, 20, 3)


def test_what_is_see_through_lies_on_white_but_for_logos() -> None:
    clear = encoded(np.zeros((20, 20, 4), np.uint8))
    assert (decoding.decoded(clear, "content") == 255).all()
    assert (decoding.decoded_with_alpha(clear, "logo")[..., 3] == 0).all()
    assert (decoding.decoded_with_alpha(encoded(scene(20)), "logo")[..., 3] == 255).all()


def test_greys_palettes_and_sixteen_bits_are_read() -> None:
    grey = np.linspace(0, 255, 400).reshape(20, 20)
    eight = decoding.decoded(encoded(grey.astype(np.uint8)), "content")
    sixteen = decoding.decoded(encoded((grey * 257).astype(np.uint16)), "content")
    assert eight.shape == sixteen.shape == (20, 20, 3)
    assert np.abs(eight.astype(int) - sixteen).max() <= 1


def test_files_that_are_none_or_end_too_early_are_refused() -> None:
    whole = encoded(scene(64))
    for data in (b"", b"GIF89a", b"<svg/>", whole[: len(whole) // 2], whole[:40], encoded(scene(32), "BMP")):
        assert _refused(data) == "input_unreadable"


def test_films_slivers_and_specks_are_refused() -> None:
    frames = [Image.fromarray(scene(32, seed)) for seed in range(2)]
    moving = encoded(np.asarray(frames[0]), "WEBP", save_all=True, append_images=frames[1:])
    assert _refused(moving) == "input_unreadable"
    assert _refused(encoded(np.zeros((17, 400, 3), np.uint8))) == "input_unreadable"
    assert _refused(encoded(np.zeros((8, 8, 3), np.uint8))) == "input_unreadable"


@pytest.mark.parametrize("size", [(60_000, 60_000), (12_001, 3000), (7000, 7000)])
def test_bombs_are_refused_by_what_they_claim(size: tuple[int, int]) -> None:
    assert _refused(_png_that_claims(*size)) == "input_too_large"


def test_files_above_the_bound_are_not_opened(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decoding, "MAX_BYTES", 100)
    assert _refused(encoded(scene(64))) == "input_too_large"


def test_fitting_keeps_proportions_and_never_enlarges() -> None:
    assert decoding.fitted(np.zeros((300, 600, 3), np.uint8), 200).shape == (100, 200, 3)
    assert decoding.fitted(np.zeros((30, 60, 3), np.uint8), 200).shape == (30, 60, 3)
