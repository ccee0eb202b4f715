"""What is read from a trained autoencoder's latents: a distribution for each family, a direction for each attribute."""

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from generation.engines.vae_network import ATTRIBUTES, INPUT_SIDE, SoftFields
from generation.training.pictures import Pictures

__all__ = ["attributes_of", "describe", "find_directions", "samples"]

Array = NDArray[np.float64]

_AT_ONCE = 64
_RIDGE = 1e-2
_DRAWN = 1000
_SAMPLES_PER_FAMILY = 8
_SAMPLE_SIDE = 128
_SPREAD, _TEMPERATURE = 1.1, 0.4
_TO_LMS = np.array([[0.4122, 0.5363, 0.0514], [0.2119, 0.6807, 0.1074], [0.0883, 0.2817, 0.63]])
_TO_LAB = np.array([[0.2105, 0.7936, -0.0041], [1.978, -2.4286, 0.4506], [0.0259, 0.7828, -0.8087]])


def attributes_of(pictures: Array) -> Array:
    """(count, 5) figures of pictures (count, side, side, 3) of 0 … 1, in the order of ATTRIBUTES.

    Lightness and contrast are mean and deviation of OKLab's lightness; warmth is the mean along the axis from blue to
    orange, colourfulness the mean chroma, detail the mean slope of lightness.
    """
    linear = np.where(pictures <= 0.04045, pictures / 12.92, ((pictures + 0.055) / 1.055) ** 2.4)
    lab = np.cbrt(linear @ _TO_LMS.T) @ _TO_LAB.T
    lightness, a, b = lab[..., 0], lab[..., 1], lab[..., 2]
    down, across = np.gradient(lightness, axis=(1, 2))
    figures = [
        lightness.mean((1, 2)),
        (0.5 * a + b).mean((1, 2)),
        np.hypot(a, b).mean((1, 2)),
        lightness.std((1, 2)),
        np.hypot(down, across).mean((1, 2)),
    ]
    result: Array = np.stack(figures, 1)
    return result


@torch.no_grad()
def describe(network: SoftFields, pictures: Pictures, count: int) -> dict[str, Any]:
    """Fill the network's family distributions from the first `count` pictures of a dataset, and its directions.

    Rounds the network to half precision, as it is shipped. Returns what `find_directions` does.
    """
    latents = []
    for start in range(0, count, _AT_ONCE):
        shown = pictures.batch(torch.arange(start, min(count, start + _AT_ONCE)), INPUT_SIDE)
        latents.append(network.encode(shown)[0].double().numpy())
    latent, families = np.concatenate(latents), pictures.families[:count].numpy()
    for family in range(len(network.arch.families)):
        own = latent[families == family]
        if len(own) > 1:
            network.family_mean[family] = torch.from_numpy(own.mean(0)).float()
            network.family_root[family] = torch.from_numpy(_root(_covariance(own))).float()
    for tensor in network.state_dict().values():
        tensor.copy_(tensor.half().float())
    return find_directions(network)


@torch.no_grad()
def find_directions(network: SoftFields) -> dict[str, Any]:
    """Fill the directions from what the decoder makes of drawn latents: what it cannot show it cannot move either.

    Returns how much of each attribute's variance the latents explain linearly, from 0 to 1, as `explained_…`.
    """
    normal = torch.from_numpy(np.random.default_rng(0).standard_normal((_DRAWN, network.arch.latent), np.float32))
    family = torch.arange(_DRAWN) % len(network.arch.families)
    drawn = network.family_mean[family] + torch.einsum("nij,nj->ni", network.family_root[family], normal)
    figures = []
    for part in torch.split(drawn, _AT_ONCE):
        made = network.decode(part, size=INPUT_SIDE).clamp(-1, 1)
        figures.append(attributes_of(((made.permute(0, 2, 3, 1) + 1) / 2).double().numpy()))
    directions, explained = _directions(drawn.double().numpy(), np.concatenate(figures))
    network.directions.copy_(torch.from_numpy(directions).float())
    return {f"explained_{name}": round(float(share), 4) for name, share in zip(ATTRIBUTES, explained, strict=True)}


def _covariance(latent: Array) -> Array:
    """The covariance, shrunk a little towards its diagonal, so that few examples still give a distribution."""
    covariance = np.atleast_2d(np.cov(latent.T))
    share = min(0.5, latent.shape[1] / (4 * len(latent)))
    result: Array = (1 - share) * covariance + share * np.diag(np.diag(covariance)) + 1e-4 * np.eye(len(covariance))
    return result


def _root(covariance: Array) -> Array:
    root: Array = np.linalg.cholesky(covariance).astype(np.float64)
    return root


def _directions(latent: Array, figure: Array) -> tuple[Array, Array]:
    """Shifts (attributes, latent), each raising one attribute by a deviation at constant others, and shares explained.

    A ridge regression predicts all attributes from the latent; among the shifts that have the wanted effect on the
    prediction the one nearest to the data (smallest Mahalanobis length) is taken.
    """
    centred = latent - latent.mean(0)
    standard = (figure - figure.mean(0)) / np.maximum(figure.std(0), 1e-9)
    covariance = centred.T @ centred / len(latent)
    ridge = _RIDGE * np.trace(covariance) / len(covariance) * np.eye(len(covariance))
    weights = np.linalg.solve(covariance + ridge, centred.T @ standard / len(latent))
    explained = 1 - (standard - centred @ weights).var(0)
    effect = weights.T @ covariance @ weights
    directions = covariance @ weights @ np.linalg.solve(effect + 1e-6 * np.eye(len(effect)), np.eye(len(effect)))
    return directions.T, explained


@torch.no_grad()
def samples(network: SoftFields) -> list[Tensor]:
    """One row of pictures for each family, from the same normal numbers every time."""
    random = torch.Generator().manual_seed(0)
    rows = []
    for mean, root in zip(network.family_mean, network.family_root, strict=True):
        normal = torch.randn(_SAMPLES_PER_FAMILY, network.arch.latent, generator=random)
        rows.append(network.decode(mean + _SPREAD * normal @ root.t(), size=_SAMPLE_SIDE, temperature=_TEMPERATURE))
    return rows
