"""Small pictures and texts that tests freeze."""

from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from generation.datasets import Asked, Terms

TERMS = Terms("CC-BY-4.0", "Ada Painter", "https://example.org/collection", "written permission of 2026-11-01")


def asked(**fields: Any) -> Asked:
    """What a test asks to be frozen, on the usual terms."""
    given: dict[str, Any] = {"slug": "small", "version": 1, "terms": TERMS}
    return Asked(**{**given, **fields})


def picture(path: Path, seed: int = 0, **save: Any) -> Path:
    """A picture of soft noise, another one for each seed."""
    path.parent.mkdir(parents=True, exist_ok=True)
    coarse = np.random.default_rng(seed).integers(0, 256, (6, 6, 3), dtype=np.uint8)
    Image.fromarray(coarse).resize((96, 80), Image.Resampling.BICUBIC).save(path, **save)
    return path


def text(path: Path, words: str) -> Path:
    """A text file in UTF-8."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(words, encoding="utf-8")
    return path
