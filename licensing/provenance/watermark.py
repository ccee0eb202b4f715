"""The invisible mark in a picture: 64 bits spread over the middle frequencies, read again when all metadata is gone.

Spread spectrum (Cox et al., 1997) on the discrete cosine transform of the lightness at 512 px; what the picture itself
adds to each bit is taken out while marking (informed embedding). Pure: a secret, a payload and pixels in, pixels out.
Whoever has the secret can remove the mark; without it that costs visible quality.
"""

import functools
import hashlib
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["ALGORITHM", "BITS", "ENOUGH", "SIDE", "agreement", "embed", "read", "read_against", "square"]

Pixels = NDArray[np.uint8]
Plane = NDArray[np.float32]

ALGORITHM = "org.vernissage.spread-spectrum-1"
BITS = 64
# Of 64 bits, as many as chance reaches in one comparison of four thousand million.
ENOUGH = 56
SIDE = 512
_INNER, _OUTER = 24, 110
# How far each bit stands clear of zero, in units of the orthonormal transform: about 46 dB on this house's pictures.
_MARGIN = 45.0
_LUMA = (0.299, 0.587, 0.114)


@dataclass(frozen=True)
class _Carrier:
    """Which coefficients carry which bit, and with which sign: (64, n) places and (64, n) signs over √n."""

    rows: NDArray[np.intp]
    columns: NDArray[np.intp]
    signs: Plane


@functools.lru_cache(maxsize=8)
def _carrier(secret: bytes) -> _Carrier:
    rows, columns = np.mgrid[0:_OUTER, 0:_OUTER]
    radius = np.hypot(rows, columns)
    ring = np.flatnonzero((radius >= _INNER) & (radius < _OUTER))
    chance = np.random.Generator(np.random.PCG64(int.from_bytes(hashlib.sha256(secret).digest())))
    count = len(ring) // BITS
    places = chance.permutation(ring)[: BITS * count].reshape(BITS, count)
    signs = (chance.integers(0, 2, (BITS, count)) * 2 - 1) / np.sqrt(count)
    return _Carrier(places // _OUTER, places % _OUTER, signs.astype(np.float32))


def embed(pixels: Pixels, payload: int, *, secret: bytes) -> Pixels:
    """`pixels`, uint8 (height, width, 3), with `payload` (64 bits, unsigned) in their lightness. Same in, same out."""
    import cv2

    carrier, wanted = _carrier(secret), _signs(payload)
    carried = _carried(cv2.dct(square(pixels)), carrier)
    missing = np.maximum(_MARGIN - carried * wanted, 0) * wanted
    change = np.zeros((SIDE, SIDE), np.float32)
    change[carrier.rows, carrier.columns] = missing[:, None] * carrier.signs
    height, width = pixels.shape[:2]
    delta = cv2.resize(cv2.idct(change), (width, height), interpolation=cv2.INTER_CUBIC)
    marked: Pixels = np.clip(np.rint(pixels + delta[..., None]), 0, 255).astype(np.uint8)
    return marked


def read(lightness: Plane, *, secret: bytes) -> Plane:
    """64 numbers whose signs are the bits that `lightness`, as of `square`, carries; their size is how surely."""
    import cv2

    return _carried(cv2.dct(lightness), _carrier(secret))


def read_against(lightness: Plane, seen: NDArray[np.bool_], original: Plane, *, secret: bytes) -> Plane:
    """As `read`, where only the places of `seen` are known, and the original before it was marked is at hand.

    What was changed is taken to be spread evenly, so that its unseen part is made up for.
    """
    here, there = lightness[seen] - lightness[seen].mean(), original[seen] - original[seen].mean()
    gain = (here * there).mean() / max(float(np.square(here).mean()), 1e-6)
    evened = gain * (lightness - lightness[seen].mean()) + original[seen].mean()
    changed = np.where(seen, evened - original, 0).astype(np.float32)
    return read(original, secret=secret) + read(changed, secret=secret) / np.float32(seen.mean())


def agreement(carried: Plane, payload: int) -> int:
    """How many of the 64 bits are those of `payload`; chance gives 32."""
    return int((np.sign(carried) == _signs(payload)).sum())


def _signs(payload: int) -> Plane:
    if not 0 <= payload < 1 << BITS:
        raise ValueError("a payload has 64 bits")
    return np.array([1 if payload >> bit & 1 else -1 for bit in range(BITS)], np.float32)


def _carried(spectrum: Any, carrier: _Carrier) -> Plane:
    carried: Plane = (spectrum[carrier.rows, carrier.columns] * carrier.signs).sum(1)
    return carried


def square(pixels: Pixels) -> Plane:
    """The lightness at 512 px, whatever shape the picture has."""
    import cv2

    luma = pixels.astype(np.float32) @ np.array(_LUMA, np.float32) if pixels.ndim == 3 else pixels.astype(np.float32)
    shrinks = luma.shape[0] * luma.shape[1] > SIDE * SIDE
    how = cv2.INTER_AREA if shrinks else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(luma, (SIDE, SIDE), interpolation=how), np.float32)
