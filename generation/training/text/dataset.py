"""Frozen datasets of texts: what is written down of each item, and a corpus checked against it before it is used.

    python -m generation.training.text.dataset freeze tang-poems datasets/tang-poems-1 --corpus FILE
    python -m generation.training.text.dataset verify tang-poems datasets/tang-poems-1 --corpus FILE

The texts themselves are not shipped; whoever trains brings the file that the description names.
"""

import sys
from argparse import ArgumentParser
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from generation.training import frozen
from generation.training.text import plays, tang
from generation.training.text.tang import CorpusError

__all__ = ["COLLECTIONS", "HELD_OUT_EVERY", "freeze", "passages", "poems"]

HELD_OUT_EVERY = {"tang-poems": 50, "shakespeare": 20}

COLLECTIONS: Mapping[str, dict[str, str]] = {
    "tang-poems": {
        "licence_spdx": "MIT",
        "rights_holder": "public domain; collection by the contributors of chinese-poetry",
        "consent_basis": "public domain: poems of the 7th to 10th century; the collection is under the MIT licence",
        "source": "https://github.com/chinese-poetry/chinese-poetry "
        "commit 99ebbef7e1345c0985c44b9fd96a3f9e776f117b, poet.tang.*.json",
        "corpus": "one JSON object a line with id, author, title and lines, in the order of the collection's files",
        "corpus_sha256": "1c47be22ff7c3859788c467f460fe8d490d55fd4db4b096a841b027e22a355f7",
        "language": "zh-Hant",
        "title": "Tang poems: 55 014 poems of the 7th to 10th century",
    },
    "shakespeare": {
        "licence_spdx": "CC-PDM-1.0",
        "rights_holder": "public domain",
        "consent_basis": "public domain: plays of the 16th and 17th century",
        "source": "https://github.com/karpathy/char-rnn "
        "commit 6f9487a6fe5b420b7ca9afb0d7c078e37c1d1b4e, data/tinyshakespeare/input.txt",
        "corpus": "the file as it is",
        "corpus_sha256": "86c4e6aa9db7c042ec79f339dcb96d42b0075e16b8fc2e86bf0ca57e2dc565ed",
        "language": "en",
        "title": "Shakespeare: passages from the plays",
    },
}
_RIGHTS = ("licence_spdx", "rights_holder", "consent_basis", "source")


def freeze(collection: str, corpus: Path, folder: Path, *, version: int = 1) -> frozen.Frozen:
    """Clean the corpus and write down every item that is left, what each step did, and the split."""
    told = COLLECTIONS[collection]
    rights = {name: told[name] for name in _RIGHTS}
    contents, cleaning = _contents(collection, corpus)
    items = [{"index": index, **content, **rights} for index, content in enumerate(contents)]
    counts = {part: sum(item["split"] == part for item in items) for part in ("training", "held out", "near held out")}
    description = {
        "name": collection,
        "version": str(version),
        "kind": "text",
        **told,
        "item_sha256": "SHA-256 of the cleaned text as UTF-8",
        "record": "the number of the item's line in the corpus, from 0",
        "cleaning": cleaning,
        "split": {part: count for part, count in counts.items() if count},
        "held_out": f"items whose digest, its first eight digits as a number, is a multiple of "
        f"{HELD_OUT_EVERY[collection]}",
    }
    return frozen.write(folder, description=description, items=items)


def poems(dataset: frozen.Frozen, corpus: Path | None) -> list[tang.Poem]:
    """The cleaned poems of a corpus. Raises CorpusError unless they are those of the frozen dataset, one by one."""
    cleaned, _ = tang.clean(tang.read(_there(dataset, corpus)))
    _compare(dataset, [poem.sha256 for poem in cleaned])
    return cleaned


def passages(dataset: frozen.Frozen, corpus: Path | None) -> list[plays.Passage]:
    """The passages of a corpus. Raises CorpusError unless they are those of the frozen dataset, one by one."""
    cut = plays.cut(plays.read(_there(dataset, corpus)))
    _compare(dataset, [passage.sha256 for passage in cut])
    return cut


def _there(dataset: frozen.Frozen, corpus: Path | None) -> Path:
    if corpus is None or not corpus.is_file():
        said = dataset.description
        raise CorpusError(
            f"the texts of {dataset.name} are not shipped: give --corpus FILE. They come from {said['source']}; "
            f"the file holds {said['corpus']} (SHA-256 {said['corpus_sha256']})"
        )
    return corpus


def _compare(dataset: frozen.Frozen, digests: list[str]) -> None:
    wanted = [str(item["sha256"]) for item in dataset.items]
    if digests != wanted:
        different = sum(one != other for one, other in zip(digests, wanted, strict=False))
        raise CorpusError(
            f"the corpus is not that of {dataset.name} version {dataset.version}: it gives {len(digests)} items, "
            f"{len(wanted)} were frozen, and {different} of them differ"
        )


def _contents(collection: str, corpus: Path) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    every = HELD_OUT_EVERY[collection]
    if collection == "shakespeare":
        cut = plays.cut(plays.read(corpus))
        held = {passage.number for passage in plays.split(cut, every=every)[1]}
        about = "cut into passages of whole speeches of at least 1500 characters"
        step = {"name": "passages", "version": "1", "about": about, "changed": len(cut), "dropped": 0}
        return [
            {"sha256": passage.sha256, "split": "held out" if passage.number in held else "training"} for passage in cut
        ], [step]
    cleaned, cleaning = tang.clean(tang.read(corpus))
    training, chosen, near = tang.split(cleaned, every=every)
    parts = {"training": training, "held out": chosen, "near held out": near}
    split = {poem.record: part for part, poems_of in parts.items() for poem in poems_of}
    return [{"sha256": poem.sha256, "record": poem.record, "split": split[poem.record]} for poem in cleaned], cleaning


def _main() -> int:
    parser = ArgumentParser(prog="python -m generation.training.text.dataset", description=__doc__)
    parser.add_argument("action", choices=["freeze", "verify"])
    parser.add_argument("collection", choices=list(COLLECTIONS))
    parser.add_argument("folder", type=Path)
    parser.add_argument("--corpus", type=Path, required=True)
    options = parser.parse_args()
    if options.action == "freeze":
        dataset = freeze(options.collection, options.corpus, options.folder)
    else:
        dataset = frozen.load(options.folder)
        (poems if options.collection == "tang-poems" else passages)(dataset, options.corpus)
    sys.stdout.write(f"{len(dataset.items)} items, Merkle root {dataset.merkle_root}\n")
    return 0


if __name__ == "__main__":
    sys.exit(_main())
