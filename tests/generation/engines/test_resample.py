"""Enlarging a field is exact where it can be, and a part is the same part of the whole."""

import torch

from generation.engines import resample

EVERYTHING = slice(None)


def test_a_constant_field_stays_constant_to_its_borders() -> None:
    field = torch.full((2, 32, 32), 0.7)
    assert torch.allclose(resample.enlarge(field, 300, EVERYTHING, EVERYTHING), torch.full((2, 300, 300), 0.7))


def test_a_slope_stays_a_slope_away_from_the_borders() -> None:
    field = torch.arange(32.0).expand(1, 32, 32)
    across = resample.enlarge(field, 320, slice(5, 6), EVERYTHING)[0, 0]
    expected = (torch.arange(320) + 0.5) / 10 - 0.5
    assert (across - expected)[40:-40].abs().max() < 0.02


def test_a_band_equals_the_same_rows_of_the_whole() -> None:
    field = torch.randn(3, 16, 16, generator=torch.Generator().manual_seed(1))
    whole = resample.enlarge(field, 256, EVERYTHING, EVERYTHING)
    part = resample.enlarge(field, 256, slice(64, 128), slice(10, 200))
    assert torch.allclose(part, whole[:, 64:128, 10:200], atol=1e-6)


def test_a_picture_shows_the_middle_of_its_square() -> None:
    assert resample.cover_axes(400, 256) == (slice(72, 328), slice(0, 400), 400)
    assert resample.cover_axes(256, 257) == (slice(0, 257), slice(0, 256), 257)
