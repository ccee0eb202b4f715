"""Distances between sets are nothing for one source, large for another, and see copies."""

import pytest
import torch

from generation.evaluation import distances


def _normal(count: int, seed: int, shift: float = 0.0) -> torch.Tensor:
    return torch.randn(count, 8, generator=torch.Generator().manual_seed(seed)) + shift


def test_kid_is_about_nothing_for_one_source_and_grows_with_the_shift() -> None:
    same = distances.kid(_normal(400, 1), _normal(400, 2))
    near = distances.kid(_normal(400, 1), _normal(400, 2, 0.5))
    far = distances.kid(_normal(400, 1), _normal(400, 2, 2.0))
    assert abs(same) < 0.05 < near < far


def test_kid_of_two_points_each_has_the_value_of_its_definition() -> None:
    first, second = torch.tensor([[1.0], [0.0]]), torch.tensor([[2.0], [0.0]])
    # Kernel (ab + 1)^3: within 1 and 1, between the mean of 27, 1, 1, 1.
    assert distances.kid(first, second) == pytest.approx(1 + 1 - 2 * 30 / 4)


def test_a_sample_covers_its_own_source_and_not_one_far_away() -> None:
    same = distances.support(_normal(300, 1), _normal(300, 2))
    assert min(same["precision"], same["recall"], same["coverage"]) > 0.8
    assert distances.support(_normal(300, 1), _normal(300, 2, 20.0)) == {
        "precision": 0.0,
        "recall": 0.0,
        "density": 0.0,
        "coverage": 0.0,
    }


def test_a_collapsed_sample_is_precise_but_covers_little() -> None:
    collapsed = distances.support(_normal(300, 1), _normal(300, 2) * 0.01)
    assert collapsed["precision"] == 1.0
    assert collapsed["recall"] < 0.1
    assert collapsed["coverage"] < 0.5


def test_a_copy_and_its_mirror_image_are_found_at_no_distance() -> None:
    training = torch.rand(20, 3, 8, 8, generator=torch.Generator().manual_seed(3))
    asked = torch.stack([training[4], training[11].flip(2), torch.zeros(3, 8, 8)])
    found = distances.nearest(asked, training)
    assert found[0] == pytest.approx(0, abs=2e-3)
    assert found[1] == pytest.approx(0, abs=2e-3)
    assert found[2] > 1
