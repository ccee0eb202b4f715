"""Looking for the watermark of `generation.engines.watermark` in tokens; says what transformers' detector says."""

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass

from generation.engines.greenlist import SETTINGS, is_favoured

__all__ = ["THRESHOLD", "Finding", "look"]

# Without a mark, a text reaches this z about once in thirty thousand times.
THRESHOLD = 4.0


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

    @property
    def chance(self) -> float:
        """How often as many are favoured where there is no mark: exact, also for the few tokens of a short text."""
        yes, no = math.log(SETTINGS["greenlist_ratio"]), math.log(1 - SETTINGS["greenlist_ratio"])
        counts = range(self.favoured, self.scored + 1)
        each = (_log_choose(self.scored, many) + many * yes + (self.scored - many) * no for many in counts)
        return math.fsum(math.exp(one) for one in each)


def look(tokens: Sequence[int], *, size: int) -> Finding:
    """What tokens of a vocabulary of `size` show; each pair of tokens counts once, so that refrains prove nothing."""
    pairs = set(itertools.pairwise(tokens))
    if not pairs:
        return Finding(0, 0, 0.0)
    favoured = sum(is_favoured(before, token, size) for before, token in pairs)
    part = SETTINGS["greenlist_ratio"]
    z = (favoured - part * len(pairs)) / math.sqrt(len(pairs) * part * (1 - part))
    return Finding(scored=len(pairs), favoured=favoured, z=round(z, 3))


def _log_choose(whole: int, chosen: int) -> float:
    return math.lgamma(whole + 1) - math.lgamma(chosen + 1) - math.lgamma(whole - chosen + 1)
