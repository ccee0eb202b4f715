"""How far one set of pictures is from another, by their features: KID, precision and recall, nearest neighbours.

KID: Bińkowski et al. (2018). Precision, recall, density, coverage: Kynkäänniemi et al. (2019), Naeem et al. (2020).
Pure functions over tensors of shape (count, features).
"""

import torch
from torch import Tensor

__all__ = ["kid", "nearest", "support"]


def kid(first: Tensor, second: Tensor) -> float:
    """The unbiased squared maximum mean discrepancy with the cubic kernel: about 0 for two samples of one source."""
    width = first.shape[1]

    def kernel(a: Tensor, b: Tensor) -> Tensor:
        return (a @ b.t() / width + 1) ** 3

    def within(sample: Tensor) -> Tensor:
        values, count = kernel(sample, sample), len(sample)
        return (values.sum() - values.diagonal().sum()) / (count * (count - 1))

    return float(within(first) + within(second) - 2 * kernel(first, second).mean())


def support(real: Tensor, fake: Tensor, *, neighbours: int = 5) -> dict[str, float]:
    """Precision, recall, density and coverage of `fake` against `real`, by balls around the k nearest neighbours."""
    real_reach = torch.cdist(real, real).kthvalue(neighbours + 1, 1).values
    fake_reach = torch.cdist(fake, fake).kthvalue(neighbours + 1, 1).values
    apart = torch.cdist(real, fake)
    within = apart < real_reach[:, None]
    return {
        "precision": float(within.any(0).float().mean()),
        "recall": float((apart < fake_reach[None]).any(1).float().mean()),
        "density": float(within.sum(0).float().mean() / neighbours),
        "coverage": float((apart.min(1).values < real_reach).float().mean()),
    }


def nearest(pictures: Tensor, training: Tensor) -> Tensor:
    """For each picture the Euclidean distance to the nearest of `training`, pixel by pixel; mirrored ones count too."""
    flat = training.flatten(1)
    apart = [torch.cdist(view.flatten(1), flat).min(1).values for view in (pictures, pictures.flip(3))]
    return torch.minimum(*apart)
