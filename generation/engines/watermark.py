"""A watermark put into texts while they are sampled: a part of the vocabulary, chosen by what precedes, is favoured.

The method is that of Kirchenbauer et al. (2023) as transformers has it. The key is public: anyone may look for the
mark, and anyone may imitate it. It says that a text was made here; it does not prove who made it.
"""

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from transformers import WatermarkLogitsProcessor

from generation.engines.greenlist import SETTINGS

__all__ = ["SETTINGS", "Watermark"]


class Watermark:
    """Favours a quarter of a vocabulary of `size`, another quarter behind each token."""

    def __init__(self, size: int) -> None:
        self._processor = WatermarkLogitsProcessor(vocab_size=size, device="cpu", **SETTINGS)

    def favour(self, before: Sequence[int], scores: NDArray[np.float32]) -> NDArray[np.float32]:
        """The scores with the favoured tokens raised; nothing is favoured at the very beginning."""
        if not before:
            return scores
        raised = self._processor(torch.tensor([list(before)]), torch.from_numpy(scores.copy())[None])
        favoured: NDArray[np.float32] = raised[0].numpy()
        return favoured
