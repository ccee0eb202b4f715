"""Any frozen dataset, whatever made it: read within bounds, and believed only where its items lead to its Merkle root.

A frozen dataset's folder holds `recipe.json`, which describes it, and `manifest.jsonl.gz`, one item a line. Each item
says what it is (`index`, `sha256`), whose, on which terms, and whatever else its maker noted. Knows neither Django nor
torch.
"""

import gzip
import json
import re
import zlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import rfc8785

from common import merkle

__all__ = [
    "ITEM",
    "MANIFEST",
    "RECIPE",
    "Frozen",
    "FrozenError",
    "describe",
    "load",
    "merkle_root",
    "reserved",
    "write",
]

MANIFEST = "manifest.jsonl.gz"
RECIPE = "recipe.json"
MERKLE_TREE = "RFC 9162; leaves SHA-256(0x00 || RFC 8785 of the item), in order of the item's sha256"

# What every item states, and how long it may be; `index` besides.
ITEM = {"sha256": 64, "licence_spdx": 60, "rights_holder": 200, "consent_basis": 200, "source": 300}
MAX_ITEMS = 1_000_000
_MAX_RECIPE_BYTES = 2**20
_MAX_MANIFEST_BYTES = 128 * 2**20
_MAX_UNPACKED_BYTES = 2**30
_MAX_LINE_BYTES = 2**16
_SHA256 = re.compile("[0-9a-f]{64}")
_NAME = re.compile("[a-z0-9]+(-[a-z0-9]+)*")
_RESERVED = "reserved"


class FrozenError(ValueError):
    """A frozen dataset whose files are missing, malformed, too large, or do not agree with themselves."""


@dataclass(frozen=True)
class Frozen:
    """A frozen version: its items in order of index as they stand in the manifest, and what its recipe says of it."""

    name: str
    version: int
    items: tuple[dict[str, Any], ...]
    merkle_root: str
    description: dict[str, Any]

    @property
    def kind(self) -> str:
        """What its items are: picture, text, form."""
        said = self.description.get("kind")
        return str(said) if said else "form" if "forms_version" in self.description else "picture"

    @property
    def licence_counts(self) -> dict[str, int]:
        """How many items are under which licence."""
        return dict(Counter(str(item["licence_spdx"]) for item in self.items))

    @property
    def opt_out_count(self) -> int:
        """How many items carry a signal that reserves them."""
        return sum(reserved(item.get("opt_out", {})) for item in self.items)

    def reference(self) -> dict[str, Any]:
        """How cards and training runs name it."""
        return {
            "slug": self.name,
            "version": self.version,
            "merkle_root": self.merkle_root,
            "item_count": len(self.items),
            "licence_counts": self.licence_counts,
        }


def reserved(signals: Mapping[str, str]) -> bool:
    """Whether one of an item's signals takes it out of training."""
    return any(str(said).startswith(_RESERVED) for said in signals.values())


def merkle_root(items: Sequence[Mapping[str, Any]]) -> str:
    """The root over the items, in order of digest and then of index, in hexadecimal."""
    ordered = sorted(items, key=lambda item: (item["sha256"], item["index"]))
    return merkle.root([merkle.leaf_hash(rfc8785.dumps(dict(item))) for item in ordered]).hex()


def write(folder: Path, *, description: Mapping[str, Any], items: Sequence[Mapping[str, Any]]) -> Frozen:
    """Write `description` and `items` as a frozen dataset into `folder`, with count and root, and read it back."""
    counted = {"item_count": len(items), "merkle_root": merkle_root(items), "merkle_tree": MERKLE_TREE}
    folder.mkdir(parents=True, exist_ok=True)
    lines = b"".join(rfc8785.dumps(dict(item)) + b"\n" for item in items)
    (folder / MANIFEST).write_bytes(gzip.compress(lines, 9, mtime=0))
    text = json.dumps({**description, **counted}, indent=2, ensure_ascii=False) + "\n"
    (folder / RECIPE).write_text(text, encoding="utf-8")
    return load(folder)


def load(folder: Path) -> Frozen:
    """Read a frozen dataset, checking every item and the Merkle root. Raises FrozenError, which says what is wrong."""
    try:
        description = _object(_bounded(folder / RECIPE, _MAX_RECIPE_BYTES))
        items = tuple(sorted(_items(folder / MANIFEST), key=lambda item: int(item["index"])))
        name, version = str(description["name"]), _version(description["version"])
        root = merkle_root(items)
    except FrozenError as error:
        raise FrozenError(f"the dataset in {folder}: {error}") from error
    except (OSError, EOFError, zlib.error, ValueError, KeyError, TypeError, RecursionError) as error:
        raise FrozenError(f"the dataset in {folder} cannot be read: {error}") from error
    if len({item["index"] for item in items}) != len(items):
        raise FrozenError(f"the items in {folder} have one index twice")
    if not _NAME.fullmatch(name) or len(name) > 50:
        raise FrozenError(f"the dataset in {folder} needs a name of small letters, digits and hyphens")
    if root != description.get("merkle_root"):
        raise FrozenError(f"the items in {folder} do not lead to the Merkle root that its recipe states")
    if len(items) != description.get("item_count"):
        raise FrozenError(f"{folder} holds {len(items)} items, its recipe states another number")
    return Frozen(name, version, items, root, description)


def describe(folder: Path) -> dict[str, Any]:
    """What a frozen dataset's recipe says, unchecked: enough to know who can read it. Raises FrozenError."""
    try:
        return _object(_bounded(folder / RECIPE, _MAX_RECIPE_BYTES))
    except (OSError, ValueError, RecursionError) as error:
        raise FrozenError(f"the dataset in {folder} cannot be read: {error}") from error


def _bounded(path: Path, most: int) -> bytes:
    with path.open("rb") as file:
        content = file.read(most + 1)
    if len(content) > most:
        raise FrozenError(f"{path.name} is larger than {most} bytes")
    return content


def _items(path: Path) -> Iterator[dict[str, Any]]:
    if path.stat().st_size > _MAX_MANIFEST_BYTES:
        raise FrozenError(f"{path.name} is larger than {_MAX_MANIFEST_BYTES} bytes")
    unpacked = 0
    with gzip.open(path, "rb") as lines:
        for number in range(MAX_ITEMS + 1):
            line = lines.readline(_MAX_LINE_BYTES + 1)
            if not line:
                return
            unpacked += len(line)
            if len(line) > _MAX_LINE_BYTES or unpacked > _MAX_UNPACKED_BYTES or number == MAX_ITEMS:
                raise FrozenError("the manifest has over a million lines or 1 GiB, or a line of over 64 KiB")
            yield _item(_object(line))


def _item(item: dict[str, Any]) -> dict[str, Any]:
    index = item.get("index")
    if not isinstance(index, int) or isinstance(index, bool) or not 0 <= index < 2**31:
        raise FrozenError("an item has no index, a whole number from 0")
    for name, longest in ITEM.items():
        value = item.get(name)
        if not isinstance(value, str) or not value.strip() or len(value) > longest:
            raise FrozenError(f"item {index} has no {name}, or one of over {longest} characters")
    if not _SHA256.fullmatch(item["sha256"]):
        raise FrozenError(f"item {index} has a sha256 that is none")
    signals = item.get("opt_out", {})
    if not isinstance(signals, dict) or not all(isinstance(said, str) for said in signals.values()):
        raise FrozenError(f"item {index} has opt-out signals that are not text by name")
    return item


def _object(text: bytes) -> dict[str, Any]:
    document = json.loads(text, object_pairs_hook=_once, parse_constant=_no_constant)
    if not isinstance(document, dict):
        raise FrozenError("a JSON object was expected")
    return document


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    document = dict(pairs)
    if len(document) != len(pairs):
        raise FrozenError("a name stands twice in one JSON object")
    return document


def _no_constant(name: str) -> Any:
    raise FrozenError(f"{name} is no JSON number")


def _version(value: Any) -> int:
    if isinstance(value, bool) or not re.fullmatch("[1-9][0-9]{0,8}", str(value)):
        raise FrozenError("a dataset's version is a whole number from 1")
    return int(value)
