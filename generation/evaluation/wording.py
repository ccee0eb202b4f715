"""Whether the words of a text stand beside each other as in the texts that a model learnt from: plausible wording.

A table holds the pairs of neighbouring characters or words that occur at least twice in the training items of a frozen
dataset, as 32-bit digests: no text can be read out of it. One pair in a thousand or so passes by chance of the digest.

    python -m generation.evaluation.wording tang-poems datasets/tang-poems-1 --corpus FILE

writes the table beside the dataset, and says how plausible the held-out items are by it.
"""

import sys
import zlib
from argparse import ArgumentParser
from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from generation.evaluation.texts import units

__all__ = ["FILE", "plausibility", "read", "table"]

Table = NDArray[np.uint32]

FILE = "pairs-crc32.npy"
_LEAST = 2
_MAX_ROWS = 4_000_000


def table(texts: Iterable[str]) -> Table:
    """The digests of all pairs that occur at least twice, in rising order."""
    counts: Counter[int] = Counter()
    for text in texts:
        counts.update(_digests(units(text)))
    return np.array(sorted(digest for digest, count in counts.items() if count >= _LEAST), np.uint32)


def plausibility(text: str, known: Table) -> float | None:
    """The share of the text's pairs that the table knows; None where there is no pair or nothing to compare with."""
    digests = np.array(_digests(units(text)), np.uint32)
    if not len(digests) or not len(known):
        return None
    places = np.minimum(np.searchsorted(known, digests), len(known) - 1)
    return round(float((known[places] == digests).mean()), 4)


def read(folder: Path) -> Table | None:
    """The table of a dataset, or None where none was written."""
    try:
        rows = np.load(folder / FILE, mmap_mode="r", allow_pickle=False)
    except (OSError, ValueError):
        return None
    return np.asarray(rows) if rows.dtype == np.uint32 and rows.ndim == 1 and len(rows) <= _MAX_ROWS else None


def _digests(units_of_text: Sequence[str]) -> list[int]:
    return [zlib.crc32(f"{one} {other}".encode()) for one, other in pairwise(units_of_text)]


def _texts(collection: str, folder: Path, corpus: Path) -> tuple[list[str], list[str]]:
    """Training and held-out texts; Chinese ones in both scripts, since both are asked for."""
    from generation.engines import script
    from generation.training import frozen
    from generation.training.text import dataset

    known = frozen.load(folder)
    if collection == "tang-poems":
        contents = [poem.text for poem in dataset.poems(known, corpus)]
    else:
        contents = [passage.text for passage in dataset.passages(known, corpus)]
    parts = [str(item["split"]) for item in known.items]
    training = [text for text, part in zip(contents, parts, strict=True) if part == "training"]
    held = [text for text, part in zip(contents, parts, strict=True) if part == "held out"]
    both = [*training, *map(script.to_simplified, training)] if collection == "tang-poems" else training
    return both, held


def main() -> int:
    """Write a table and print what it says of held-out texts."""
    parser = ArgumentParser(prog="python -m generation.evaluation.wording", description=__doc__)
    parser.add_argument("collection", choices=["tang-poems", "shakespeare"])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--corpus", type=Path, required=True)
    options = parser.parse_args()
    training, held = _texts(options.collection, options.folder, options.corpus)
    rows = table(training)
    np.save(options.folder / FILE, rows, allow_pickle=False)
    shares = [share for text in held if (share := plausibility(text, rows)) is not None]
    spread = ", ".join(f"{np.percentile(shares, part):.2f}" for part in (5, 50, 95))
    sys.stdout.write(f"{len(rows)} pairs, {rows.nbytes} bytes; held-out texts (5, 50, 95 %): {spread}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
