"""A table beside the files: `items.csv` or `items.jsonl`, one row for each file (or text) with its terms.

Columns: `file` or `text`; `licence`, `rights_holder`, `source`, `consent_basis`, `title`, `label`; opt-outs as they
were captured with the file: `robots_meta`, `x_robots_tag`, `tdm_reservation`. Further columns are kept as they are.
"""

import csv
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from generation.datasets.errors import DatasetRefused, DatasetTooLarge
from generation.datasets.items import MAX_ITEMS, MAX_SIDECAR_BYTES, Terms

__all__ = ["CAPTURED", "SIDECARS", "Row", "find", "read"]

SIDECARS = ("items.csv", "items.jsonl")
CAPTURED = ("robots_meta", "x_robots_tag", "tdm_reservation")

_SPELLINGS = {
    "path": "file",
    "filename": "file",
    "license": "licence",
    "licence_spdx": "licence",
    "creator": "rights_holder",
    "author": "rights_holder",
    "url": "source",
    "consent": "consent_basis",
    "class": "label",
    "family": "label",
    "meta_robots": "robots_meta",
}
_KNOWN = {"file", "text", "licence", "rights_holder", "source", "consent_basis", "title", "label", *CAPTURED}
# What freezing itself says of an item is never taken from a table.
_OURS = {"index", "sha256", "opt_out", "fingerprint", "media_type", "bytes"}
_NAME = re.compile("[a-z][a-z0-9_]{0,39}")
_MAX_EXTRA, _MAX_VALUE = 20, 1000


@dataclass(frozen=True)
class Row:
    """What a table says of one file or text."""

    file: str = ""
    text: str | None = None
    title: str = ""
    label: str = ""
    terms: Terms = field(default_factory=Terms)
    captured: dict[str, str] = field(default_factory=dict)
    extra: dict[str, str] = field(default_factory=dict)


def find(folder: Path) -> Path | None:
    """The table of a folder, if it has one. Raises DatasetRefused where it has both."""
    there = [folder / name for name in SIDECARS if (folder / name).is_file()]
    if len(there) > 1:
        raise DatasetRefused("There are both items.csv and items.jsonl; keep the one that is right.")
    return there[0] if there else None


def read(path: Path) -> list[Row]:
    """The rows of a table. Raises DatasetRefused, DatasetTooLarge."""
    if path.stat().st_size > MAX_SIDECAR_BYTES:
        raise DatasetTooLarge(f"{path.name} is larger than {MAX_SIDECAR_BYTES >> 20} MiB.")
    rows: list[Row] = []
    try:
        for number, values in enumerate(_records(path), start=1):
            if number > MAX_ITEMS:
                raise DatasetTooLarge(f"{path.name} has more than {MAX_ITEMS} rows.")
            rows.append(row(values, f"row {number} of {path.name}"))
    except (OSError, UnicodeDecodeError, csv.Error, ValueError, RecursionError) as error:
        raise DatasetRefused(f"{path.name} cannot be read: {error}.") from error
    return rows


def row(values: dict[str, Any], where: str) -> Row:
    """One row. `where` names it in refusals."""
    said: dict[str, str] = {}
    for name, value in values.items():
        key = str(name).strip().lower().replace("-", "_").replace(" ", "_")
        key = _SPELLINGS.get(key, key)
        if value is None or value == "" or key in _OURS:
            continue
        if isinstance(value, dict | list):
            raise DatasetRefused(f"{where}: {key} must be text or a number.")
        if key in said or not _NAME.fullmatch(key):
            raise DatasetRefused(f"{where}: the column {key[:40]!r} stands twice, or is no plain name.")
        said[key] = str(value) if key == "text" else str(value).strip()
    extra = {name: value for name, value in said.items() if name not in _KNOWN}
    longest = max((len(value) for name, value in said.items() if name != "text"), default=0)
    if len(extra) > _MAX_EXTRA or longest > _MAX_VALUE:
        raise DatasetRefused(
            f"{where} has over {_MAX_EXTRA} further columns, or a value of over {_MAX_VALUE} characters."
        )
    if ("file" in said) == ("text" in said):
        raise DatasetRefused(f"{where} needs a file or a text, and not both.")
    return Row(
        file=said.get("file", ""),
        text=said.get("text"),
        title=said.get("title", ""),
        label=said.get("label", ""),
        terms=Terms(**{name: said.get(name, "") for name in ("licence", "rights_holder", "source", "consent_basis")}),
        captured={name: said[name] for name in CAPTURED if name in said},
        extra=extra,
    )


def _records(path: Path) -> Iterator[dict[str, Any]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        if path.suffix == ".csv":
            yield from csv.DictReader(file, strict=True)
            return
        for line in file:
            if line.strip():
                record = json.loads(line)
                if not isinstance(record, dict):
                    raise ValueError("each line is a JSON object")
                yield record
