"""A frozen dataset of studio pictures: its items, their digests and the Merkle root over them, as plain files.

The pictures themselves are not shipped; each is drawn again from its recipe and checked against its digest. Knows
nothing of Django and needs no torch.
"""

import gzip
import json
import sys
from argparse import ArgumentParser
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import rfc8785

from common import merkle
from generation.training.studio import (
    FAMILIES_OF,
    SIZE,
    STUDIO_VERSION,
    TRAINING_SEEDS,
    Pixels,
    Recipe,
    picture_sha256,
    render,
)

__all__ = ["Dataset", "Item", "ManifestError", "draw", "freeze", "load", "merkle_root"]

MANIFEST = "manifest.jsonl.gz"
RECIPE = "recipe.json"
LICENCE = "CC0-1.0"
RIGHTS_HOLDER = "Vernissage studio"
CONSENT_BASIS = "drawn by the project's own code; no third party's work went in"
SOURCE = "generation.training.studio"

Progress = Callable[[int, int], None]


class ManifestError(Exception):
    """A shipped dataset whose files are missing, malformed, or do not match their own digests."""


@dataclass(frozen=True)
class Item:
    """One training picture: where it comes from, what it may be used for, and the digests that prove both."""

    index: int
    family: str
    seed: int
    sha256: str
    recipe_sha256: str
    studio: str = STUDIO_VERSION

    def document(self) -> dict[str, str | int]:
        """The item as the manifest holds it; the seed is a string, since JSON numbers lose large integers."""
        return {
            "consent_basis": CONSENT_BASIS,
            "family": self.family,
            "index": self.index,
            "licence_spdx": LICENCE,
            "recipe_sha256": self.recipe_sha256,
            "rights_holder": RIGHTS_HOLDER,
            "seed": str(self.seed),
            "sha256": self.sha256,
            "source": SOURCE,
        }

    def leaf(self) -> bytes:
        """The item's leaf hash: SHA-256(0x00 ‖ canonical JSON)."""
        return merkle.leaf_hash(rfc8785.dumps(self.document()))

    def recipe(self, size: int) -> Recipe:
        """The recipe that draws this item."""
        return Recipe(self.family, self.seed, self.index, size, self.studio)


@dataclass(frozen=True)
class Dataset:
    """A frozen dataset: its items in order of index, its Merkle root, and the description that `recipe.json` holds."""

    name: str
    version: str
    items: tuple[Item, ...]
    merkle_root: str
    size: int
    description: dict[str, Any]

    @property
    def studio(self) -> str:
        """The version of the studio that draws it."""
        return self.items[0].studio

    @property
    def families(self) -> tuple[str, ...]:
        """The families in the order of their first appearance."""
        return tuple(dict.fromkeys(item.family for item in self.items))


def merkle_root(items: Sequence[Item]) -> str:
    """The root over the items' leaves in order of picture digest, in hexadecimal."""
    return merkle.root([item.leaf() for item in sorted(items, key=lambda item: item.sha256)]).hex()


def freeze(
    folder: Path,
    *,
    name: str,
    version: str,
    first_seed: int,
    count: int,
    studio: str = STUDIO_VERSION,
    progress: Progress | None = None,
) -> Dataset:
    """Draw `count` pictures, the studio's families taking turns, and write their manifest and recipe into `folder`.

    Raises ValueError for no pictures, seeds outside those kept for training, or a studio that there is not.
    """
    if count < 1 or first_seed not in TRAINING_SEEDS or first_seed + count - 1 not in TRAINING_SEEDS:
        raise ValueError(f"freeze at least one picture, with seeds {TRAINING_SEEDS.start} to {TRAINING_SEEDS.stop - 1}")
    if studio not in FAMILIES_OF:
        raise ValueError(f"there is no studio of version {studio!r}; there are {', '.join(FAMILIES_OF)}")
    items, families = [], FAMILIES_OF[studio]
    for index in range(count):
        recipe = Recipe(families[index % len(families)], first_seed + index, index, SIZE, studio)
        items.append(Item(index, recipe.family, recipe.seed, picture_sha256(render(recipe)), recipe.sha256, studio))
        if progress is not None:
            progress(index + 1, count)
    root = merkle_root(items)
    description = _description(items, name=name, version=version, root=root)
    folder.mkdir(parents=True, exist_ok=True)
    lines = b"".join(rfc8785.dumps(item.document()) + b"\n" for item in items)
    (folder / MANIFEST).write_bytes(gzip.compress(lines, 9, mtime=0))
    (folder / RECIPE).write_text(json.dumps(description, indent=2) + "\n", encoding="utf-8")
    return Dataset(name, version, tuple(items), root, SIZE, description)


def _description(items: Sequence[Item], *, name: str, version: str, root: str) -> dict[str, Any]:
    return {
        "name": name,
        "version": version,
        "studio_version": items[0].studio,
        "families": list(dict.fromkeys(item.family for item in items)),
        "size": SIZE,
        "first_seed": str(items[0].seed),
        "last_seed": str(items[-1].seed),
        "item_count": len(items),
        "licence_spdx": LICENCE,
        "rights_holder": RIGHTS_HOLDER,
        "consent_basis": CONSENT_BASIS,
        "source": SOURCE,
        "merkle_root": root,
        "merkle_tree": "RFC 9162; leaves SHA-256(0x00 || RFC 8785 of the item), in order of the item's sha256",
        "item_sha256": "SHA-256 of the raw 8-bit RGB pixels, row by row",
    }


def load(folder: Path) -> Dataset:
    """Read a shipped dataset and check its Merkle root. Raises ManifestError when anything does not agree."""
    try:
        description = json.loads((folder / RECIPE).read_text(encoding="utf-8"))
        lines = gzip.decompress((folder / MANIFEST).read_bytes()).splitlines()
        studio = str(description["studio_version"])
        items = tuple(_item(json.loads(line), studio) for line in lines)
        dataset = Dataset(
            name=str(description["name"]),
            version=str(description["version"]),
            items=items,
            merkle_root=merkle_root(items),
            size=int(description["size"]),
            description=description,
        )
    except (OSError, EOFError, ValueError, KeyError, TypeError) as error:
        raise ManifestError(f"the dataset in {folder} cannot be read: {error}") from error
    if dataset.merkle_root != description.get("merkle_root"):
        raise ManifestError(f"the items in {folder} do not lead to the Merkle root that its recipe states")
    if len(items) != description.get("item_count"):
        raise ManifestError(f"{folder} holds {len(items)} items, its recipe states another number")
    return dataset


def _item(document: dict[str, Any], studio: str) -> Item:
    item = Item(
        index=document["index"],
        family=document["family"],
        seed=int(document["seed"]),
        sha256=document["sha256"],
        recipe_sha256=document["recipe_sha256"],
        studio=studio,
    )
    if item.document() != document:
        raise ValueError(f"item {item.index} states another origin or licence than the studio's")
    return item


def draw(item: Item, size: int) -> Pixels:
    """The item's picture, drawn from its recipe and checked against its digest. Raises ManifestError if it differs."""
    pixels = render(item.recipe(size))
    if picture_sha256(pixels) != item.sha256:
        raise ManifestError(f"item {item.index} ({item.family}, seed {item.seed}) is not the picture that was frozen")
    return pixels


def _main() -> int:
    parser = ArgumentParser(prog="python -m generation.training.manifest", description=__doc__)
    parser.add_argument("action", choices=["freeze", "verify"])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--items", type=int, default=6400, help="how many to freeze, or to draw and compare")
    parser.add_argument("--first-seed", type=int, default=TRAINING_SEEDS.start)
    parser.add_argument("--studio", default=STUDIO_VERSION, choices=list(FAMILIES_OF), help="which version draws")
    options = parser.parse_args()
    if options.action == "freeze":
        dataset = freeze(
            options.folder,
            name="studio",
            version=options.studio,
            first_seed=options.first_seed,
            count=options.items,
            studio=options.studio,
            progress=_show,
        )
    else:
        dataset = load(options.folder)
        chosen = dataset.items[:: max(1, len(dataset.items) // options.items)]
        for place, item in enumerate(chosen, start=1):
            draw(item, dataset.size)
            _show(place, len(chosen))
    sys.stdout.write(f"\n{len(dataset.items)} items, Merkle root {dataset.merkle_root}\n")
    return 0


def _show(done: int, of: int) -> None:
    if done % 50 == 0 or done == of:
        sys.stdout.write(f"\r{done} of {of} pictures")
        sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(_main())
