"""A folder of pictures or of texts as candidates: every file is looked at, and none is left out without being named."""

import os
import stat
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path, PurePosixPath

from generation.datasets import sidecar, signals
from generation.datasets.errors import DatasetRefused, DatasetTooLarge, listed
from generation.datasets.items import MAX_ITEMS, MAX_TOTAL_BYTES, Candidate, Terms, kind_of

__all__ = ["read"]

_MAX_FILES = 2 * MAX_ITEMS
_MAX_DEPTH = 16
# Papers about the items, which are no items themselves.
_PAPERS = ("readme", "licence", "license", "copying", "notice", "attribution", "croissant.json")


def read(folder: Path, default: Terms) -> list[Candidate]:
    """The candidates of a folder, in its table's order and then by name, with the table's terms or else `default`.

    Raises DatasetRefused for links, files of another kind than pictures and texts, or a table that names what is not
    there; DatasetTooLarge.
    """
    files = _files(folder)
    site = signals.read_site(folder)
    table = sidecar.find(folder)
    rows = sidecar.read(table) if table else []
    named = _by_file(rows)
    if unknown := sorted(set(named) - set(files)):
        raise DatasetRefused(f"The table names files that are not there: {listed(unknown)}.")
    if others := [name for name in files if not kind_of(name)]:
        raise DatasetRefused(
            f"These are neither pictures (PNG, JPEG, WebP) nor texts; take them out: {listed(others)}."
        )
    place = {name: number for number, name in enumerate(named)}
    files.sort(key=lambda name: (place.get(name, len(place)), name))
    found = [_candidate(name, folder / name, named.get(name), default, site) for name in files]
    texts = [row for row in rows if row.text is not None]
    return found + [_told(number, row, default, site) for number, row in enumerate(texts)]


def _candidate(name: str, path: Path, row: sidecar.Row | None, default: Terms, site: signals.Site) -> Candidate:
    """A file as a candidate. Its folder's name is its label, unless a table speaks of it."""
    label = PurePosixPath(name).parent.name if row is None else row.label
    return replace(_made(name, row or sidecar.Row(), default, site), path=path, label=label)


def _told(number: int, row: sidecar.Row, default: Terms, site: signals.Site) -> Candidate:
    return replace(_made(f"row {number + 1}", row, default, site), text=row.text, label=row.label)


def _made(name: str, row: sidecar.Row, default: Terms, site: signals.Site) -> Candidate:
    """A candidate without its content. A default source stands for the whole; the item's own place comes behind it."""
    terms = row.terms.over(default)
    address = row.terms.source if row.terms.source.startswith(("http://", "https://")) else name
    said = site.signals(address) | signals.of_captured(row.captured)
    return Candidate(name=name, terms=terms, title=row.title, signals=said, extra=row.extra)


def _by_file(rows: list[sidecar.Row]) -> dict[str, sidecar.Row]:
    named: dict[str, sidecar.Row] = {}
    for row in rows:
        if row.file in named:
            raise DatasetRefused(f"The table has two rows for {row.file}.")
        if row.file:
            named[row.file] = row
    return named


def _files(folder: Path) -> list[str]:
    """The names of all files that may be items, with `/` between folders. Raises DatasetRefused for links."""
    names, total = [], 0
    for entry, name in _walk(folder, PurePosixPath(), 0):
        if _is_paper(name):
            continue
        total += entry.stat(follow_symlinks=False).st_size
        names.append(str(name))
        if len(names) > MAX_ITEMS or total > MAX_TOTAL_BYTES:
            raise DatasetTooLarge(f"There are over {MAX_ITEMS} files, or over {MAX_TOTAL_BYTES >> 30} GiB.")
    return sorted(names)


def _walk(folder: Path, at: PurePosixPath, depth: int) -> Iterator[tuple[os.DirEntry[str], PurePosixPath]]:
    if depth > _MAX_DEPTH:
        raise DatasetTooLarge(f"{at} lies deeper than {_MAX_DEPTH} folders.")
    try:
        with os.scandir(folder) as entries:
            ordered = sorted(entries, key=lambda entry: entry.name)
    except OSError as error:
        raise DatasetRefused(f"{folder.name} cannot be read as a folder: {error.strerror}.") from error
    if len(ordered) > _MAX_FILES:
        raise DatasetTooLarge(f"{at} has over {_MAX_FILES} entries.")
    for entry in ordered:
        mode = entry.stat(follow_symlinks=False).st_mode
        if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):
            raise DatasetRefused(f"{at / entry.name} is a link or no plain file; put the file itself there.")
        if stat.S_ISREG(mode):
            yield entry, at / entry.name
        elif not entry.name.startswith("."):
            yield from _walk(Path(entry.path), at / entry.name, depth + 1)


def _is_paper(name: PurePosixPath) -> bool:
    at_root = len(name.parts) == 1
    if name.name.startswith("."):
        return True
    plain = name.name.lower()
    return at_root and (plain.startswith(_PAPERS) or plain in (*sidecar.SIDECARS, *signals.SITE_FILES))
