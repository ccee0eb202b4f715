"""Whether the words of a text stand beside each other as in the texts that a model learnt from: plausible wording.

A table holds the pairs of neighbouring characters or words that occur at least twice in the training items of a frozen
dataset, as 32-bit digests: no text can be read out of it. Held-out texts say how large a share is usual.

    python -m generation.evaluation.wording tang-poems datasets/tang-poems-1 --corpus FILE

writes the table beside the dataset, and says how plausible the held-out items are by it.
"""

import json
import sys
import zlib
from argparse import ArgumentParser
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from generation.evaluation.texts import units

__all__ = ["FILE", "USUAL", "Known", "plausibility", "read", "share", "table"]

Table = NDArray[np.uint32]

FILE, USUAL = "pairs-crc32.npy", "pairs.json"
_LEAST = 2
_MAX_ROWS = 4_000_000


@dataclass(frozen=True)
class Known:
    """The pairs of a dataset, and the share of its pairs that a held-out text of it has among them, in the middle."""

    pairs: Table
    usual: float


def table(texts: Iterable[str]) -> Table:
    """The digests of all pairs that occur at least twice, in rising order."""
    counts: Counter[int] = Counter()
    for text in texts:
        counts.update(_digests(units(text)))
    return np.array(sorted(digest for digest, count in counts.items() if count >= _LEAST), np.uint32)


def share(text: str, pairs: Table) -> float | None:
    """The share of the text's pairs that the table knows; None where there is no pair or nothing to compare with."""
    digests = np.array(_digests(units(text)), np.uint32)
    if not len(digests) or not len(pairs):
        return None
    places = np.minimum(np.searchsorted(pairs, digests), len(pairs) - 1)
    return float((pairs[places] == digests).mean())


def plausibility(text: str, known: Known) -> float | None:
    """1 where the text's pairs are known as well as those of a usual held-out text, 0 where none is."""
    found = share(text, known.pairs)
    return None if found is None else round(min(1.0, found / known.usual), 4)


def read(folder: Path) -> Known | None:
    """What is known of a dataset's wording, or None where nothing was written."""
    try:
        rows = np.load(folder / FILE, mmap_mode="r", allow_pickle=False)
        usual = float(json.loads((folder / USUAL).read_text(encoding="utf-8"))["held_out_median"])
    except (OSError, ValueError, KeyError, TypeError):
        return None
    fits = rows.dtype == np.uint32 and rows.ndim == 1 and len(rows) <= _MAX_ROWS and 0 < usual <= 1
    return Known(np.asarray(rows), usual) if fits else None


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
    shares = [found for text in held if (found := share(text, rows)) is not None]
    low, usual, high = (f"{np.percentile(shares, part):.3f}" for part in (5, 50, 95))
    (options.folder / USUAL).write_text(json.dumps({"held_out_median": usual}) + "\n", encoding="utf-8")
    sys.stdout.write(f"{len(rows)} pairs, {rows.nbytes} bytes; held-out texts (5, 50, 95 %): {low}, {usual}, {high}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
