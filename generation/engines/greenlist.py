"""Which part of a vocabulary the watermark of texts favours behind a token: transformers' rule, without torch.

Asked of single pairs of tokens, so that a process that only looks for the mark need not load a network's library.
"""

import functools
from typing import Any

import numpy as np

__all__ = ["SETTINGS", "is_favoured"]

# What transformers' WatermarkingConfig takes; a detector needs the very same.
SETTINGS: dict[str, Any] = {
    "greenlist_ratio": 0.25,
    "bias": 2.5,
    "hashing_key": 15485863,
    "seeding_scheme": "lefthash",
    "context_width": 1,
}


@functools.lru_cache(maxsize=4096)
def is_favoured(before: int, token: int, size: int) -> bool:
    """Whether `token` is favoured behind `before` in a vocabulary of `size`.

    torch's permutation is Fisher and Yates' shuffle on the Mersenne Twister, which numpy has too: each place in turn
    is exchanged with a later one. Only where the token goes is followed, and only through the favoured places.
    """
    favoured = int(size * SETTINGS["greenlist_ratio"])
    seed = SETTINGS["hashing_key"] * before % (2**64 - 1)
    # torch takes the lower half of a seed; numpy's older generator is seeded as torch's is.
    chance = np.random.RandomState(seed & 0xFFFFFFFF).randint(0, 2**32, favoured, dtype=np.uint32)
    steps = np.arange(favoured)
    partner = steps + chance % (size - steps)
    place, step = token, 0
    while True:
        drawn = np.flatnonzero(partner[step:] == place)
        first = step + int(drawn[0]) if len(drawn) else favoured
        if first <= place:
            return first < favoured
        # Its own turn comes before anything draws it: it is exchanged to a later place.
        place, step = int(partner[place]), place + 1
