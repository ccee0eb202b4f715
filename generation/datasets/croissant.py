"""A Croissant description (MLCommons, 1.0) as candidates: local files only, each checked against its SHA-256.

Read are `distribution` (FileObject, FileSet within a ZIP or beside the description) and those record sets whose fields
are columns of a CSV or JSON-lines FileObject. A FileObject called items.csv or items.jsonl is the table of the files.
Nothing is fetched from an address.
"""

import csv
import fnmatch
import hashlib
import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from generation.datasets import archive, folder, sidecar
from generation.datasets.errors import ArchiveUnsafe, DatasetRefused, DatasetTooLarge
from generation.datasets.items import MAX_ITEM_BYTES, MAX_ITEMS, MAX_TOTAL_BYTES, Candidate, Terms

__all__ = ["read"]

_MAX_DESCRIPTION_BYTES = 8 * 2**20
_MAX_PARTS = 10_000
_TABLES = {"text/csv": ".csv", "application/jsonlines": ".jsonl", "application/x-ndjson": ".jsonl"}
_ZIPS = ("application/zip", "application/x-zip-compressed")


@dataclass(frozen=True)
class _Part:
    """One FileObject whose file is there and is what its digest says."""

    key: str
    path: Path
    encoding: str


def read(description: Path, default: Terms, workspace: Path) -> list[Candidate]:
    """The candidates of a Croissant file. What belongs to it is laid out in `workspace`, an empty folder.

    Raises DatasetRefused for what is not as described, DatasetTooLarge, ArchiveUnsafe.
    """
    document = _document(description)
    parts = [_part(node, description.parent) for node in _nodes(document, "distribution", "FileObject")]
    by_key = {part.key: part for part in parts}
    terms = default.over(_terms(document))
    tables = [_records(node, by_key) for node in _nodes(document, "recordSet", "RecordSet")]
    laid = workspace / "files"
    laid.mkdir()
    _lay_out(document, parts, description.parent, laid, workspace)
    rows = [row for table in tables for row in table]
    if rows:
        if sidecar.find(laid):
            raise DatasetRefused("The description has records and a table of items; one of them has to go.")
        lines = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
        (laid / "items.jsonl").write_text(lines, encoding="utf-8")
    return folder.read(laid, terms)


def _document(path: Path) -> dict[str, Any]:
    try:
        with path.open("rb") as file:
            text = file.read(_MAX_DESCRIPTION_BYTES + 1)
        if len(text) > _MAX_DESCRIPTION_BYTES:
            raise DatasetTooLarge(f"{path.name} is larger than {_MAX_DESCRIPTION_BYTES >> 20} MiB.")
        document = json.loads(text)
    except (OSError, ValueError, RecursionError) as error:
        raise DatasetRefused(f"{path.name} cannot be read as JSON: {error}.") from error
    if not isinstance(document, dict) or "croissant" not in str(document.get("conformsTo", "")):
        raise DatasetRefused(f"{path.name} does not say that it conforms to http://mlcommons.org/croissant/1.0.")
    return document


def _nodes(document: Mapping[str, Any], name: str, kind: str) -> list[dict[str, Any]]:
    """The objects of one type (with whatever prefix) in a list that may also be a single object."""
    nodes = document.get(name, [])
    nodes = nodes if isinstance(nodes, list) else [nodes]
    if len(nodes) > _MAX_PARTS or not all(isinstance(node, dict) for node in nodes):
        raise DatasetRefused(f"`{name}` is no list of at most {_MAX_PARTS} objects.")
    return [node for node in nodes if str(node.get("@type", "")).split(":")[-1].split("/")[-1] == kind]


def _reference(value: Any) -> str:
    return str(value.get("@id", "")) if isinstance(value, dict) else str(value or "")


def _first(value: Any) -> Any:
    return value[0] if isinstance(value, list) and value else value


def _terms(document: Mapping[str, Any]) -> Terms:
    creator = _first(document.get("creator", ""))
    licence = _first(document.get("license", ""))
    return Terms(
        licence=_reference(licence.get("url", licence) if isinstance(licence, dict) else licence),
        rights_holder=str(creator.get("name", "") if isinstance(creator, dict) else creator or ""),
        source=str(document.get("url", "") or document.get("name", "")),
    )


def _part(node: Mapping[str, Any], beside: Path) -> _Part:
    key = str(node.get("@id", ""))
    path = _local(node.get("contentUrl"), beside, key)
    stated = str(node.get("sha256", "")).lower()
    try:
        if path.stat().st_size > MAX_TOTAL_BYTES:
            raise DatasetTooLarge(f"{key} is larger than {MAX_TOTAL_BYTES >> 30} GiB.")
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise DatasetRefused(f"{key} is not beside the description: {error.strerror}.") from error
    if digest != stated:
        raise DatasetRefused(f"{key} is not the file that was described: its SHA-256 is {digest}.")
    return _Part(key, path, str(_first(node.get("encodingFormat", ""))))


def _local(address: Any, beside: Path, key: str) -> Path:
    """The path of a file beside the description, which no part of leads outside or through a link."""
    name = PurePosixPath(str(address or ""))
    if not isinstance(address, str) or not name.parts or ":" in address or "\\" in address:
        raise DatasetRefused(f"{key} lies at {address!r}; only files beside the description are read.")
    if name.is_absolute() or ".." in name.parts:
        raise ArchiveUnsafe(f"{key} lies at {address!r}, outside the description's folder.")
    path = beside
    for part in name.parts:
        path = path / part
        if path.is_symlink():
            raise ArchiveUnsafe(f"{key} lies behind a link.")
    return path


def _lay_out(document: Mapping[str, Any], parts: list[_Part], beside: Path, laid: Path, workspace: Path) -> None:
    """Put the files of file sets, and files that stand alone, where a folder can be read."""
    zips = {part.key: part for part in parts if part.encoding in _ZIPS}
    sets = _nodes(document, "distribution", "FileSet")
    for number, node in enumerate(sets):
        within = [_reference(one) for one in _listed(node.get("containedIn", []))]
        for place, key in enumerate(within or [""]):
            root = beside
            if key in zips:
                root = workspace / f"archive-{number}-{place}"
                root.mkdir()
                archive.unpack(zips[key].path, root)
            elif key:
                raise DatasetRefused(f"The file set {node.get('@id')} lies in {key!r}, which is no ZIP here.")
            _copy_matching(root, [str(one) for one in _listed(node.get("includes", []))], laid)
    for part in parts:
        is_table = part.encoding in _TABLES and part.path.name not in sidecar.SIDECARS
        if part.key not in zips and not is_table:
            _copy(part.path, laid / part.path.relative_to(beside))


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value] if value else []


def _copy_matching(root: Path, patterns: list[str], laid: Path) -> None:
    if not patterns:
        raise DatasetRefused("A file set needs `includes`.")
    for number, path in enumerate(sorted(root.rglob("*"))):
        if number > 2 * MAX_ITEMS:
            raise DatasetTooLarge(f"There are over {MAX_ITEMS} files.")
        name = path.relative_to(root).as_posix()
        if path.is_file() and any(fnmatch.fnmatch(name, pattern.removeprefix("./")) for pattern in patterns):
            if any(part.is_symlink() for part in (path, *path.parents) if part.is_relative_to(root)):
                raise ArchiveUnsafe(f"{name} lies behind a link.")
            _copy(path, laid / name)


def _copy(path: Path, to: Path) -> None:
    if not to.exists():
        to.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, to)


def _records(node: Mapping[str, Any], parts: Mapping[str, _Part]) -> list[dict[str, Any]]:
    """The rows of a record set whose fields are columns of one table; any other record set describes files."""
    columns: dict[str, str] = {}
    sources = set()
    for each in _nodes(node, "field", "Field"):
        source = each.get("source", {})
        source = source if isinstance(source, dict) else {}
        column = (source.get("extract") or {}).get("column") if isinstance(source.get("extract"), dict) else None
        key = _reference(source.get("fileObject") or source.get("distribution"))
        if column and key in parts and parts[key].encoding in _TABLES:
            columns[str(each.get("name") or each.get("@id", "")).split("/")[-1]] = str(column)
            sources.add(key)
    if len(sources) != 1 or parts[next(iter(sources))].path.name in sidecar.SIDECARS:
        return []
    rows = _table(parts[sources.pop()])
    return [{name: row.get(column) for name, column in columns.items()} for row in rows]


def _table(part: _Part) -> list[dict[str, Any]]:
    if part.path.stat().st_size > 2 * MAX_ITEM_BYTES:
        raise DatasetTooLarge(f"{part.key} is larger than {2 * MAX_ITEM_BYTES >> 20} MiB.")
    rows: list[dict[str, Any]] = []
    try:
        with part.path.open(encoding="utf-8-sig", newline="") as file:
            read = csv.DictReader(file, strict=True) if _TABLES[part.encoding] == ".csv" else map(json.loads, file)
            for row in read:
                if len(rows) == MAX_ITEMS or not isinstance(row, dict):
                    raise DatasetRefused(f"{part.key} has over {MAX_ITEMS} rows, or one that is no object.")
                rows.append(row)
    except (OSError, ValueError, csv.Error, RecursionError) as error:
        raise DatasetRefused(f"{part.key} cannot be read as a table: {error}.") from error
    return rows
