"""A ZIP as a folder: unpacked only where nothing in it could leave the folder, hide, or grow beyond what it says.

Refused with `archive_unsafe`: paths that lead outside, links, passwords, archives in archives, names that stand twice.
Refused with `dataset_too_large`: too many entries, too many bytes, contents that shrink beyond belief.
"""

import stat
import struct
import zipfile
import zlib
from pathlib import Path, PurePosixPath
from typing import IO

from generation.datasets.errors import ArchiveUnsafe, DatasetRefused, DatasetTooLarge
from generation.datasets.items import MAX_SIDECAR_BYTES

__all__ = ["unpack"]

MAX_ENTRIES = 20_000
MAX_ENTRY_BYTES = MAX_SIDECAR_BYTES
MAX_UNPACKED_BYTES = 4 * 2**30
_MAX_DIRECTORY_BYTES = 16 * 2**20
_MAX_RATIO, _RATIO_FROM = 200, 2**20
_AT_ONCE = 2**20
_ARCHIVES = (".zip", ".tar", ".gz", ".tgz", ".bz2", ".xz", ".zst", ".7z", ".rar", ".jar", ".docx", ".epub", ".cab")
_STARTS = (b"PK\x03\x04", b"\x1f\x8b", b"7z\xbc\xaf", b"Rar!", b"BZh", b"\xfd7zXZ", b"\x28\xb5\x2f\xfd")


def unpack(path: Path, into: Path) -> None:
    """Unpack a ZIP into an empty folder. Raises ArchiveUnsafe, DatasetTooLarge or DatasetRefused."""
    _check_directory(path)
    try:
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
            _check(entries)
            left = MAX_UNPACKED_BYTES
            for entry in entries:
                if not entry.is_dir():
                    with archive.open(entry) as content:
                        left -= _write(content, into.joinpath(*_parts(entry)), entry, left)
    except (OSError, EOFError, ValueError, NotImplementedError, RuntimeError, zipfile.BadZipFile, zlib.error) as error:
        raise DatasetRefused(f"{path.name} cannot be read as a ZIP: {error}.") from error


def _check_directory(path: Path) -> None:
    """Bound the list of entries before anything reads it: it is loaded whole."""
    try:
        with path.open("rb") as file:
            size = file.seek(0, 2)
            file.seek(max(0, size - 65_557))
            end = file.read()
    except OSError as error:
        raise DatasetRefused(f"{path.name} cannot be read: {error.strerror}.") from error
    place = end.rfind(b"PK\x05\x06")
    if place < 0 or len(end) < place + 22:
        raise DatasetRefused(f"{path.name} is no ZIP, or its end is missing.")
    entries, directory = struct.unpack("<HL", end[place + 10 : place + 16])
    if entries > MAX_ENTRIES or directory > _MAX_DIRECTORY_BYTES:
        raise DatasetTooLarge(f"{path.name} has over {MAX_ENTRIES} entries; freeze it from a folder.")


def _check(entries: list[zipfile.ZipInfo]) -> None:
    if len(entries) > MAX_ENTRIES:
        raise DatasetTooLarge(f"The archive has over {MAX_ENTRIES} entries; freeze it from a folder.")
    seen: set[str] = set()
    total = 0
    for entry in entries:
        name = "/".join(_parts(entry)).casefold()
        if name in seen:
            raise ArchiveUnsafe(f"{entry.filename!r} stands twice in the archive.")
        seen.add(name)
        if entry.flag_bits & 0x1:
            raise ArchiveUnsafe(f"{entry.filename!r} needs a password; take it off first.")
        mode = entry.external_attr >> 16
        if mode and stat.S_IFMT(mode) not in (0, stat.S_IFREG, stat.S_IFDIR):
            raise ArchiveUnsafe(f"{entry.filename!r} is a link or a device.")
        if name.endswith(_ARCHIVES):
            raise ArchiveUnsafe(f"{entry.filename!r} is an archive in the archive; unpack it first.")
        total += entry.file_size
        shrunk = entry.file_size > _RATIO_FROM and entry.file_size > _MAX_RATIO * max(1, entry.compress_size)
        if shrunk or entry.file_size > MAX_ENTRY_BYTES or total > MAX_UNPACKED_BYTES:
            raise DatasetTooLarge(f"{entry.filename!r} would unpack to more than is believed or allowed.")


def _parts(entry: zipfile.ZipInfo) -> tuple[str, ...]:
    """The path of an entry within the archive. Raises ArchiveUnsafe where it could lead outside."""
    name = entry.orig_filename
    path = PurePosixPath(name)
    odd = any(ord(letter) < 32 or letter in "\\:" for letter in name)
    if (
        odd
        or path.is_absolute()
        or not path.parts
        or any(part in ("..", "~") for part in path.parts)
        or len(name) > 500
    ):
        raise ArchiveUnsafe(f"{name[:80]!r} could lead out of the folder.")
    return path.parts


def _write(content: IO[bytes], path: Path, entry: zipfile.ZipInfo, left: int) -> int:
    """Write one entry, never believing how large it says it is; returns its bytes."""
    path.parent.mkdir(parents=True, exist_ok=True)
    written = 0
    with path.open("xb") as file:
        while chunk := content.read(_AT_ONCE):
            if written == 0 and chunk.startswith(_STARTS):
                raise ArchiveUnsafe(f"{entry.filename!r} is an archive in the archive; unpack it first.")
            written += len(chunk)
            if written > min(entry.file_size, MAX_ENTRY_BYTES, left):
                raise DatasetTooLarge(f"{entry.filename!r} unpacks to more than it says.")
            file.write(chunk)
    return written
