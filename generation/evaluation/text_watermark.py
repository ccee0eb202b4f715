"""Looking for the watermark of `generation.engines.watermark` in tokens or in a text."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast

import torch
from transformers import PreTrainedConfig, WatermarkDetector

from generation.engines.watermark import SETTINGS

__all__ = ["THRESHOLD", "Finding", "look"]

# Without a mark, a text reaches this z about once in thirty thousand times.
THRESHOLD = 4.0
_NO_TOKEN = -1


@dataclass(frozen=True)
class Finding:
    """How many tokens counted, how many of them were favoured, and by how many standard deviations that is too many."""

    scored: int
    favoured: int
    z: float

    @property
    def found(self) -> bool:
        """Whether this is hardly chance."""
        return self.z >= THRESHOLD


def look(tokens: Sequence[int], *, size: int) -> Finding:
    """What tokens of a vocabulary of `size` show; each pair of tokens counts once, so that refrains prove nothing."""
    if len(tokens) < 2:
        return Finding(0, 0, 0.0)
    config = PreTrainedConfig()
    # The detector looks at these two only; no token is taken for the mark of a beginning.
    config.bos_token_id, config.vocab_size = _NO_TOKEN, size
    detector = WatermarkDetector(config, "cpu", dict(SETTINGS), ignore_repeated_ngrams=True)
    output: Any = detector(cast("torch.LongTensor", torch.tensor([list(tokens)])), return_dict=True)
    return Finding(
        scored=int(output.num_tokens_scored[0]),
        favoured=int(output.num_green_tokens[0]),
        z=round(float(output.z_score[0]), 3),
    )
