"""A frozen dataset is believed only within bounds, and only where its items lead to its Merkle root."""

import gzip
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from generation.training import frozen, manifest
from tests.generation.shipped import DATASET


def _item(index: int, **fields: Any) -> dict[str, Any]:
    given = {"index": index, "sha256": f"{index:064x}", "licence_spdx": "CC0-1.0", "rights_holder": "Ada"}
    return {**given, "consent_basis": "given", "source": "a studio", **fields}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    frozen.write(tmp_path / "set", description={"name": "set", "version": "2"}, items=[_item(0), _item(1)])
    return tmp_path / "set"


def test_what_was_written_is_read_back(folder: Path) -> None:
    read = frozen.load(folder)
    assert (read.name, read.version, read.kind, len(read.items)) == ("set", 2, "picture", 2)
    assert read.reference()["licence_counts"] == {"CC0-1.0": 2}


def test_the_shipped_pictures_lead_to_the_root_that_their_own_reader_finds() -> None:
    assert frozen.load(DATASET).merkle_root == manifest.load(DATASET).merkle_root


def test_signals_that_reserve_are_counted(tmp_path: Path) -> None:
    items = [_item(0, opt_out={"robots.txt": "open"}), _item(1, opt_out={"robots.txt": "reserved: all"})]
    assert frozen.write(tmp_path, description={"name": "set", "version": 1}, items=items).opt_out_count == 1


@pytest.mark.parametrize(
    "alter",
    [
        lambda items: items[:1],
        lambda items: [*items, _item(2)],
        lambda items: [{**items[0], "licence_spdx": "MIT"}, items[1]],
        lambda items: [{**items[0], "extra": 1}, items[1]],
        lambda items: [{**items[0], "licence_spdx": " "}, items[1]],
        lambda items: [{**items[0], "sha256": "no digest"}, items[1]],
        lambda items: [{**items[0], "index": 1}, items[1]],
        lambda items: [{**items[0], "index": True}, items[1]],
        lambda items: [{**items[0], "rights_holder": "A" * 201}, items[1]],
        lambda items: [{**items[0], "opt_out": ["robots"]}, items[1]],
        lambda items: [[1, 2], items[1]],
    ],
)
def test_items_that_were_altered_are_not_believed(folder: Path, alter: Callable[[list[Any]], list[Any]]) -> None:
    items = alter([_item(0), _item(1)])
    lines = "".join(json.dumps(item) + "\n" for item in items)
    (folder / frozen.MANIFEST).write_bytes(gzip.compress(lines.encode()))
    with pytest.raises(frozen.FrozenError):
        frozen.load(folder)


@pytest.mark.parametrize(
    "line",
    [b'{"index": 0, "index": 1}', b"[" * 60_000, b'{"a": ' * 9_000, b'{"index": NaN}', b"\xff", b"x" * 70_000, b"{"],
)
def test_lines_made_to_hurt_are_refused(folder: Path, line: bytes) -> None:
    (folder / frozen.MANIFEST).write_bytes(gzip.compress(line + b"\n"))
    with pytest.raises(frozen.FrozenError):
        frozen.load(folder)


def test_a_manifest_that_unpacks_without_end_is_refused(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(frozen, "_MAX_UNPACKED_BYTES", 2**20)
    line = json.dumps(_item(0)).encode()
    (folder / frozen.MANIFEST).write_bytes(gzip.compress((line + b" " * 60_000 + b"\n") * 200))
    with pytest.raises(frozen.FrozenError, match="1 GiB"):
        frozen.load(folder)


@pytest.mark.parametrize(
    "change",
    [{"version": "first"}, {"version": 0}, {"version": True}, {"name": "../x"}, {"name": "X"}, {"item_count": 9}],
)
def test_a_recipe_that_does_not_fit_is_refused(folder: Path, change: dict[str, Any]) -> None:
    description = json.loads((folder / frozen.RECIPE).read_text(encoding="utf-8"))
    (folder / frozen.RECIPE).write_text(json.dumps({**description, **change}), encoding="utf-8")
    with pytest.raises(frozen.FrozenError):
        frozen.load(folder)


def test_torn_and_missing_files_are_refused(folder: Path) -> None:
    content = (folder / frozen.MANIFEST).read_bytes()
    (folder / frozen.MANIFEST).write_bytes(content[:-20])
    with pytest.raises(frozen.FrozenError):
        frozen.load(folder)
    (folder / frozen.MANIFEST).unlink()
    with pytest.raises(frozen.FrozenError, match="cannot be read"):
        frozen.load(folder)
