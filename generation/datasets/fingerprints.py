"""Fingerprints that find near copies: SimHash over runs of three characters for texts, distances between PDQ hashes.

A text's fingerprint is `simhash64:` and 16 hexadecimal digits (Charikar 2002); two texts are near where at most three
bits differ (Manku and others 2007). Two pictures are near where at most 31 of PDQ's 256 bits differ, as its authors
advise.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

__all__ = ["NEAR_BITS", "NEAR_PDQ", "near_pictures", "near_texts", "simhash"]

NEAR_BITS = 3
NEAR_PDQ = 31
MOST_COMPARED = 20_000
_GRAM = 3
_AT_ONCE = 1 << 16
_MOST_IN_BUCKET = 1000
_MIX = np.array([0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9], np.uint64)


def simhash(text: str) -> str:
    """The fingerprint of a text; white space at its ends and its case do not count."""
    points = np.frombuffer(text.strip().casefold().encode("utf-32-le", "replace"), np.uint32).astype(np.uint64)
    if len(points) < _GRAM:
        points = np.pad(points, (0, _GRAM - len(points)))
    count = len(points) - _GRAM + 1
    with np.errstate(over="ignore"):
        grams = sum((points[place : place + count] * _MIX[place] for place in range(_GRAM)), np.zeros(count, np.uint64))
    kinds, often = np.unique(_mixed(grams), return_counts=True)
    balance = np.zeros(64)
    for start in range(0, len(kinds), _AT_ONCE):
        part = kinds[start : start + _AT_ONCE]
        bits = (part[:, None] >> np.arange(64, dtype=np.uint64)) & np.uint64(1)
        balance += ((2.0 * bits - 1) * often[start : start + _AT_ONCE, None]).sum(0)
    value = sum(1 << place for place in range(64) if balance[place] > 0)
    return f"simhash64:{value:016x}"


def _mixed(values: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """SplitMix64's last step: every bit of the input moves every bit of the output."""
    with np.errstate(over="ignore"):
        values = (values ^ (values >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        values = (values ^ (values >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return values ^ (values >> np.uint64(31))


def near_texts(fingerprints: Sequence[str]) -> set[int]:
    """The places of texts that are near to an earlier one which is not itself in the answer.

    Four bands of sixteen bits: of two that differ in three bits at most, one band is equal.
    """
    values = [int(one.removeprefix("simhash64:"), 16) for one in fingerprints]
    buckets: dict[tuple[int, int], list[int]] = {}
    near = set()
    for place, value in enumerate(values):
        bands = [(band, value >> 16 * band & 0xFFFF) for band in range(4)]
        others = (other for band in bands for other in buckets.get(band, ())[-_MOST_IN_BUCKET:])
        if any((value ^ values[other]).bit_count() <= NEAR_BITS for other in others):
            near.add(place)
            continue
        for band in bands:
            buckets.setdefault(band, []).append(place)
    return near


def near_pictures(fingerprints: Sequence[str]) -> int | None:
    """How many pictures are near to an earlier one; None above 20 000, which would take too long to compare."""
    if len(fingerprints) > MOST_COMPARED:
        return None
    bits = np.array([np.frombuffer(bytes.fromhex(one.removeprefix("pdq:")), np.uint64) for one in fingerprints])
    count = 0
    for place in range(1, len(bits)):
        differing = np.bitwise_count(bits[:place] ^ bits[place]).sum(1)
        count += bool((differing <= NEAR_PDQ).any())
    return count
