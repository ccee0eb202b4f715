"""Where embeddings start: from which characters keep company in the training poems, instead of from chance.

Rare characters are seen a few times only in a short run; with this they begin near their kind.
"""

from collections.abc import Sequence

import torch
from torch import Tensor

from generation.engines.verse import lines_of

__all__ = ["company_vectors"]

_REACH = 4
_PAIRED = 3.0
_SMOOTHING = 0.75
_SCALE, _NOISE = 0.03, 0.005


def company_vectors(texts: Sequence[str], ids: dict[str, int], *, width: int, seed: int) -> Tensor:
    """Vectors (tokens, width) by singular values of positive pointwise mutual information.

    Company are characters within four of each other, and, three times as much, those that face each other in the two
    lines of a couplet. The last dimension holds the logarithm of the frequency.
    """
    counts = _company(texts, ids)
    total = counts.sum(1) + 1
    context = total**_SMOOTHING
    information = torch.log((counts * context.sum() / (total[:, None] * context[None])).clamp_min(1))
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed % 2**63)
        left, values, _ = torch.svd_lowrank(information, q=width + 8, niter=2)
        noise = torch.randn(len(ids), width)
    vectors = left[:, : width - 1] * values[: width - 1].sqrt()
    vectors = vectors / vectors.std(0).mean()
    frequency = torch.log(total / total.sum())
    frequency = (frequency - frequency.mean()) / frequency.std()
    return _SCALE * torch.cat([vectors, frequency[:, None]], 1) + _NOISE * noise


def _company(texts: Sequence[str], ids: dict[str, int]) -> Tensor:
    size, unknown = len(ids), ids["<unk>"]
    counts = torch.zeros(size * size)
    first, second = [], []
    for text in texts:
        tokens = [ids.get(character, unknown) for character in text]
        for reach in range(1, _REACH + 1):
            first += tokens[:-reach]
            second += tokens[reach:]
    counts += torch.bincount(torch.tensor(first) * size + torch.tensor(second), minlength=size * size)
    upper, lower = [], []
    for text in texts:
        lines = lines_of(text)
        for one, other in zip(lines[::2], lines[1::2], strict=False):
            if len(one) == len(other):
                upper += [ids.get(character, unknown) for character in one]
                lower += [ids.get(character, unknown) for character in other]
    counts += _PAIRED * torch.bincount(torch.tensor(upper) * size + torch.tensor(lower), minlength=size * size)
    counts = counts.view(size, size)
    return counts + counts.T
