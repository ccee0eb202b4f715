"""`python -m generation.evaluation.grids CHECKPOINT FOLDER`: sixty-four pictures of each family on one sheet.

Nothing is chosen: seeds 0 to 63, at the parameters that buyers get unless they ask for others.
"""

import json
import sys
from argparse import ArgumentParser
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from generation.engines.base import Picture, Pixels
from generation.engines.gan import PaletteFieldEngine
from generation.engines.parameters import spec_of

__all__ = ["sheet", "write"]

_ACROSS = 8
_PAINTED, _SHOWN, _GAP = 256, 80, 2
_QUALITY = 82


def sheet(engine: PaletteFieldEngine, family: str) -> NDArray[np.uint8]:
    """Eight by eight pictures with white between them, as 8-bit sRGB."""
    tiles = [_tile(pixels) for pixels in _pictures(engine, family)]
    rows = [np.concatenate(tiles[start : start + _ACROSS], 1) for start in range(0, len(tiles), _ACROSS)]
    return np.concatenate(rows)


def _tile(pixels: Pixels) -> NDArray[np.uint8]:
    small = Image.fromarray(pixels).resize((_SHOWN, _SHOWN), Image.Resampling.LANCZOS)
    return np.pad(np.asarray(small), ((0, _GAP), (0, _GAP), (0, 0)), constant_values=255)


def _pictures(engine: PaletteFieldEngine, family: str) -> Iterator[Pixels]:
    spec = spec_of("palette-field", engine.network.arch.document())
    asked = {"width": _PAINTED, "height": _PAINTED, "family": family}
    for made in engine.generate([spec.request(seed, asked) for seed in range(_ACROSS * _ACROSS)]):
        if isinstance(made.work, Picture):
            yield made.work.pixels


def write(engine: PaletteFieldEngine, folder: Path) -> list[Path]:
    """One JPEG for each family, named after it."""
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for family in engine.network.arch.families:
        path = folder / f"{family}.jpg"
        Image.fromarray(sheet(engine, family)).save(path, quality=_QUALITY, optimize=True)
        written.append(path)
    return written


def _main() -> int:
    parser = ArgumentParser(prog="python -m generation.evaluation.grids", description=__doc__)
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument("folder", type=Path)
    options = parser.parse_args()
    document = json.loads((options.checkpoint / "card.json").read_text(encoding="utf-8"))
    engine = PaletteFieldEngine.load(options.checkpoint, weights_sha256=document["weights_sha256"])
    for path in write(engine, options.folder):
        sys.stdout.write(f"{path}\n")
    return 0


if __name__ == "__main__":
    sys.exit(_main())
