"""Enlarging keeps edges sharp and invents nothing; surfaces are the seed's, and leave hues alone."""

import numpy as np
import pytest
from PIL import Image

from generation.engines import enlarging, oklab
from generation.engines.base import Picture, Pixels, Request
from generation.engines.parameters import ParametersRefused
from generation.engines.parameters.grain import SURFACES
from generation.engines.surfaces import SURFACES as DRAWN
from generation.engines.surfaces import laid_on
from tests.generation.engines import methods

CONTENT = methods.encoded(methods.scene(64))


def _pixels(made: object) -> Pixels:
    work = getattr(made, "work", None)
    assert isinstance(work, Picture)
    return work.pixels


def _steepest(pixels: Pixels) -> float:
    grey = pixels.astype(float).mean(2)
    return float(np.abs(np.diff(grey, axis=0)).max(0).mean())


def test_an_enlargement_has_the_size_and_the_same_bytes_each_time() -> None:
    engine, spec = methods.loaded("upscale-1")
    requests = [spec.request(seed, {"factor": factor}, {"content": CONTENT}) for seed, factor in ((1, "2"), (2, "1.5"))]
    one, other = methods.made(engine, *requests)
    assert one.work.size == (128, 128)
    assert other.work.size == (96, 96)
    assert methods.made(engine, requests[1], requests[0])[1].work.encode() == one.work.encode()
    assert np.array_equal(methods.read(one.work.encode())[0], _pixels(one))


def test_edges_are_sharper_than_bicubic_and_have_no_halo() -> None:
    large = np.asarray(Image.fromarray(methods.scene(192, 5)).resize((256, 256), Image.Resampling.LANCZOS))
    small = np.asarray(Image.fromarray(large).resize((128, 128), Image.Resampling.BOX))
    ours = enlarging.enlarged(small, (256, 256))
    cubic = np.asarray(Image.fromarray(small).resize((256, 256), Image.Resampling.BICUBIC))
    assert _steepest(ours) > 1.15 * _steepest(cubic)
    assert ours.min() >= small.min()
    assert ours.max() <= small.max()
    assert np.abs(ours.astype(int) - large).mean() < 1.1 * np.abs(cubic.astype(int) - large).mean()


def test_an_enlargement_past_the_largest_side_is_refused() -> None:
    engine, spec = methods.loaded("upscale-1")
    wide = methods.encoded(np.zeros((200, 2100, 3), np.uint8))
    assert methods.refusal(engine, spec.request(1, {"factor": "2"}, {"content": wide})) == "input_too_large"
    assert methods.refusal(engine, Request(1, spec.read({}))) == "input_missing"
    with pytest.raises(ParametersRefused):
        spec.request(1, {"factor": "4.001"}, {"content": wide})


def test_a_factor_of_one_changes_nothing() -> None:
    engine, spec = methods.loaded("upscale-1")
    same = methods.made(engine, spec.request(1, {"factor": "1"}, {"content": CONTENT}))[0]
    assert np.array_equal(_pixels(same), methods.scene(64))


def test_each_surface_is_the_seeds_own_and_the_same_each_time() -> None:
    engine, spec = methods.loaded("grain-1")
    asked = [(seed, surface) for surface in SURFACES for seed in (1, 2)]
    requests = [spec.request(seed, {"surface": surface}, {"content": CONTENT}) for seed, surface in asked]
    first = [made.work.encode() for made in methods.made(engine, *requests)]
    again = [made.work.encode() for made in methods.made(engine, *requests[::-1])][::-1]
    assert first == again
    assert len(set(first)) == len(requests)
    assert set(SURFACES) == set(DRAWN)


def test_grain_moves_lightness_a_little_and_hue_not_at_all() -> None:
    flat = np.full((200, 160, 3), (150, 110, 90), np.uint8)
    for surface in SURFACES:
        moved = oklab.from_pixels(laid_on(flat, surface=surface, strength=0.35, scale=1.0, seed=4))
        still = oklab.from_pixels(flat)
        assert 0.003 < moved[..., 0].std() < 0.05
        assert abs(float((moved - still)[..., 0].mean())) < 0.01
        assert np.abs((moved - still)[..., 1:]).max() < 0.006


def test_no_strength_is_no_grain_and_a_missing_content_is_refused() -> None:
    engine, spec = methods.loaded("grain-1")
    bare = methods.made(engine, spec.request(1, {"strength": "0"}, {"content": CONTENT}))[0]
    assert np.array_equal(_pixels(bare), methods.scene(64))
    assert methods.refusal(engine, Request(1, spec.read({}))) == "input_missing"
    oblong = methods.encoded(np.zeros((300, 4200, 3), np.uint8))
    assert methods.refusal(engine, spec.request(1, {}, {"content": oblong})) == "input_too_large"


def test_oklab_and_contrast_are_as_published() -> None:
    white, red = oklab.from_pixels(np.array([[255, 255, 255], [255, 0, 0]], np.uint8))
    assert np.allclose(white, [1, 0, 0], atol=1e-3)
    assert np.allclose(red, [0.628, 0.225, 0.126], atol=1e-3)
    every = np.random.default_rng(0).integers(0, 256, (500, 3)).astype(np.uint8)
    assert np.array_equal(oklab.to_pixels(oklab.from_pixels(every)), every)
    black, grey = (oklab.parse_hexadecimal(colour) for colour in ("#000000", "#767676"))
    assert oklab.contrast(black, oklab.parse_hexadecimal("#FFFFFF")) == pytest.approx(21)
    assert oklab.contrast(grey, oklab.parse_hexadecimal("#FFFFFF")) == pytest.approx(4.54, abs=0.01)
    assert oklab.hexadecimal(grey) == "#767676"
