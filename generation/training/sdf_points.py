"""Points with their distances to a form: what a distance field learns from. Most lie close to the surface."""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from generation.training.forms import Array, Field, distance, field_of
from generation.training.forms.frozen import FormItem, FormSet, form_of

__all__ = ["PointSet", "sample", "starting_codes"]

_LATTICE = 24
_STREAM = 0x706F_696E
_CLOSE, _AROUND = 0.006, 0.035
_COARSE, _FARTHEST, _CODE_SIZE = 14, 0.25, 0.5


def sample(field: Field, count: int, *, seed: int, reach: float) -> NDArray[np.float32]:
    """(count, 4) points of the cube from -1 to 1 and their distances, cut at ±`reach`, in random order.

    A half lies within a few thousandths of the surface, a quarter within some hundredths, a quarter anywhere.
    """
    random = np.random.default_rng([_STREAM, seed])
    half, quarter = count // 2, count // 4
    close = _towards_surface(field, random, half + quarter)
    close[:half] += random.normal(0, _CLOSE, (half, 3))
    close[half:] += random.normal(0, _AROUND, (quarter, 3))
    points = np.concatenate([close, random.uniform(-1, 1, (count - half - quarter, 3))])
    random.shuffle(points)
    away, _ = distance(field, points)
    return np.concatenate([points, np.clip(away, -reach, reach)[:, None]], 1).astype(np.float32)


def _towards_surface(field: Field, random: np.random.Generator, count: int) -> Array:
    """Points on the surface, spread about evenly: from random places in the lattice's cells that it passes through."""
    spacing = 2 / _LATTICE
    axis = (np.arange(_LATTICE) + 0.5) * spacing - 1
    lattice = np.stack(np.meshgrid(axis, axis, axis, indexing="ij"), -1).reshape(-1, 3)
    values = np.abs(field(lattice))
    near = lattice[values <= max(spacing, float(np.partition(values, 64)[64]))]
    points = near[random.integers(len(near), size=count)] + random.uniform(-0.5, 0.5, (count, 3)) * spacing
    for _ in range(2):
        away, outward = distance(field, points)
        points -= away[:, None] * outward
    result: Array = np.clip(points, -1, 1)
    return result


class PointSet:
    """The points of all forms of a dataset in memory, (forms, pool, 4), drawn when it is made; 16 bytes a point."""

    def __init__(self, forms: FormSet, *, pool: int, reach: float) -> None:
        self.forms = forms
        number = {family: place for place, family in enumerate(forms.families)}
        self.families = torch.tensor([number[item.family] for item in forms.items])
        drawn = [_draw(item, pool, reach) for item in forms.items]
        self.points = torch.from_numpy(np.stack(drawn))

    def __len__(self) -> int:
        return len(self.forms.items)

    def batch(self, forms: Tensor, places: Tensor) -> tuple[Tensor, Tensor]:
        """Points (forms, points, 3) and distances (forms, points) of the forms at those places of their pools."""
        chosen = self.points[forms[:, None], places]
        return chosen[..., :3], chosen[..., 3]


def starting_codes(forms: FormSet, latent: int) -> Tensor:
    """Where the forms' latents begin, (forms, latent): their principal components on a coarse lattice.

    The components' differences in size are evened out half-way; the mean square of all numbers is a quarter.
    """
    axis = (np.arange(_COARSE) + 0.5) * 2 / _COARSE - 1
    lattice = np.stack(np.meshgrid(axis, axis, axis, indexing="ij"), -1).reshape(-1, 3)
    seen = np.stack([np.clip(field_of(item.recipe())(lattice), -_FARTHEST, _FARTHEST) for item in forms.items])
    centred = torch.from_numpy(seen - seen.mean(0))
    sizes, components = torch.linalg.eigh(centred @ centred.t())
    kept = min(latent, len(forms.items) - 1)
    sizes, components = sizes[-kept:].flip(0).clamp(min=0), components[:, -kept:].flip(1)
    # The sign of a component means nothing: its largest number is made positive.
    largest = components.gather(0, components.abs().argmax(0, keepdim=True))
    codes = torch.zeros(len(forms.items), latent, dtype=torch.float64)
    codes[:, :kept] = components * largest.sign() * sizes**0.25
    return (codes * (_CODE_SIZE / codes.square().mean().sqrt())).float()


def _draw(item: FormItem, pool: int, reach: float) -> NDArray[np.float32]:
    return sample(form_of(item), pool, seed=item.seed, reach=reach)
