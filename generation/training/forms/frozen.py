"""A frozen dataset of forms: its items, their digests and the Merkle root over them, as plain files.

The forms themselves are formulas; each is had again from its recipe and checked against its digest. The files and the
fields of an item are those of the studio's pictures. Knows nothing of Django and needs no torch.
"""

import gzip
import json
import sys
from argparse import ArgumentParser
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import rfc8785

from common import merkle
from generation.training.forms.recipe import (
    FAMILIES,
    FORMS_VERSION,
    TRAINING_SEEDS,
    Recipe,
    field_of,
    field_sha256,
)
from generation.training.forms.solids import Field
from generation.training.manifest import LICENCE, MANIFEST, RECIPE, ManifestError

__all__ = ["FormItem", "FormSet", "form_of", "freeze", "load", "merkle_root"]

RIGHTS_HOLDER = "Vernissage studio"
CONSENT_BASIS = "written as formulas by the project itself; no third party's work went in"
SOURCE = "generation.training.forms"


@dataclass(frozen=True)
class FormItem:
    """One form: where it comes from, what it may be used for, and the digests that prove both."""

    index: int
    family: str
    seed: int
    sha256: str
    recipe_sha256: str

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

    def recipe(self) -> Recipe:
        """The recipe of this item."""
        return Recipe(self.family, self.seed, self.index)


@dataclass(frozen=True)
class FormSet:
    """A frozen dataset: its items in order of index, its Merkle root, and the description that `recipe.json` holds."""

    name: str
    version: str
    items: tuple[FormItem, ...]
    merkle_root: str
    description: dict[str, Any]

    @property
    def families(self) -> tuple[str, ...]:
        """The families in the order of their first appearance."""
        return tuple(dict.fromkeys(item.family for item in self.items))


def merkle_root(items: Sequence[FormItem]) -> str:
    """The root over the items' leaves in order of the forms' digests, in hexadecimal."""
    return merkle.root([item.leaf() for item in sorted(items, key=lambda item: item.sha256)]).hex()


def freeze(folder: Path, *, name: str, version: str, first_seed: int, count: int) -> FormSet:
    """Write the manifest and the recipe of `count` forms, the families taking turns, into `folder`.

    Raises ValueError for no forms, or seeds outside those kept for training.
    """
    if count < 1 or first_seed not in TRAINING_SEEDS or first_seed + count - 1 not in TRAINING_SEEDS:
        raise ValueError(f"freeze at least one form, with seeds {TRAINING_SEEDS.start} to {TRAINING_SEEDS.stop - 1}")
    items = []
    for index in range(count):
        recipe = Recipe(FAMILIES[index % len(FAMILIES)], first_seed + index, index)
        items.append(FormItem(index, recipe.family, recipe.seed, field_sha256(field_of(recipe)), recipe.sha256))
    root = merkle_root(items)
    description = _description(items, name=name, version=version, root=root)
    folder.mkdir(parents=True, exist_ok=True)
    lines = b"".join(rfc8785.dumps(item.document()) + b"\n" for item in items)
    (folder / MANIFEST).write_bytes(gzip.compress(lines, 9, mtime=0))
    (folder / RECIPE).write_text(json.dumps(description, indent=2) + "\n", encoding="utf-8")
    return FormSet(name, version, tuple(items), root, description)


def _description(items: Sequence[FormItem], *, name: str, version: str, root: str) -> dict[str, Any]:
    return {
        "name": name,
        "version": version,
        "forms_version": FORMS_VERSION,
        "families": list(dict.fromkeys(item.family for item in items)),
        "first_seed": str(items[0].seed),
        "last_seed": str(items[-1].seed),
        "item_count": len(items),
        "licence_spdx": LICENCE,
        "rights_holder": RIGHTS_HOLDER,
        "consent_basis": CONSENT_BASIS,
        "source": SOURCE,
        "merkle_root": root,
        "merkle_tree": "RFC 9162; leaves SHA-256(0x00 || RFC 8785 of the item), in order of the item's sha256",
        "item_sha256": "SHA-256 of the field on 24 x 24 x 24 points from -1 to 1, x outermost, cut at half a unit, "
        "as little-endian 16-bit steps of 1/4096",
    }


def load(folder: Path) -> FormSet:
    """Read a shipped dataset of forms and check its Merkle root. Raises ManifestError when anything does not agree."""
    try:
        description = json.loads((folder / RECIPE).read_text(encoding="utf-8"))
        lines = gzip.decompress((folder / MANIFEST).read_bytes()).splitlines()
        items = tuple(_item(json.loads(line)) for line in lines)
        forms = FormSet(
            str(description["name"]), str(description["version"]), items, merkle_root(items), dict(description)
        )
    except (OSError, EOFError, ValueError, KeyError, TypeError) as error:
        raise ManifestError(f"the forms in {folder} cannot be read: {error}") from error
    if forms.merkle_root != description.get("merkle_root"):
        raise ManifestError(f"the items in {folder} do not lead to the Merkle root that its recipe states")
    if len(items) != description.get("item_count"):
        raise ManifestError(f"{folder} holds {len(items)} items, its recipe states another number")
    return forms


def _item(document: dict[str, Any]) -> FormItem:
    item = FormItem(
        index=document["index"],
        family=document["family"],
        seed=int(document["seed"]),
        sha256=document["sha256"],
        recipe_sha256=document["recipe_sha256"],
    )
    if item.document() != document:
        raise ValueError(f"item {item.index} states another origin or licence than these forms'")
    return item


def form_of(item: FormItem) -> Field:
    """The item's form, checked against its digest. Raises ManifestError if it differs."""
    field = field_of(item.recipe())
    if field_sha256(field) != item.sha256:
        raise ManifestError(f"item {item.index} ({item.family}, seed {item.seed}) is not the form that was frozen")
    return field


def _main() -> int:
    parser = ArgumentParser(prog="python -m generation.training.forms.frozen", description=__doc__)
    parser.add_argument("action", choices=["freeze", "verify"])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--items", type=int, default=640, help="how many to freeze, or to compare")
    parser.add_argument("--first-seed", type=int, default=TRAINING_SEEDS.start)
    options = parser.parse_args()
    if options.action == "freeze":
        forms = freeze(options.folder, name="forms", version="1", first_seed=options.first_seed, count=options.items)
    else:
        forms = load(options.folder)
        for item in forms.items[:: max(1, len(forms.items) // options.items)]:
            form_of(item)
    sys.stdout.write(f"{len(forms.items)} items, Merkle root {forms.merkle_root}\n")
    return 0


if __name__ == "__main__":
    sys.exit(_main())
