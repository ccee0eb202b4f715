"""Zip archives: written so that equal parts give equal bytes, and read as what a stranger may have made. Pure."""

import io
import zipfile
import zlib
from collections.abc import Mapping

from common.errors import Unprocessable

__all__ = ["ArchiveDamaged", "directory", "read", "write"]

_LARGEST_DIRECTORY = 16 * 1024
_END_OF_DIRECTORY = b"PK\x05\x06"
_EPOCH = (1980, 1, 1, 0, 0, 0)
_PLAIN = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)


class ArchiveDamaged(Unprocessable):
    code = "archive_damaged"
    title = "The archive is damaged, or larger than any that is made here."


def write(parts: Mapping[str, bytes]) -> bytes:
    """A zip of these files in their order, uncompressed."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
        for name, data in parts.items():
            entry = zipfile.ZipInfo(name, date_time=_EPOCH)
            entry.create_system, entry.external_attr = 3, 0o100644 << 16
            archive.writestr(entry, data)
    return out.getvalue()


def directory(data: bytes) -> zipfile.ZipFile:
    """The archive's directory, whose stated size is bounded before an entry of it is read. Raises ArchiveDamaged."""
    tail = data[-22:]
    if len(tail) < 22 or not tail.startswith(_END_OF_DIRECTORY):
        raise ArchiveDamaged("The archive is cut off, or something follows its end.")
    if int.from_bytes(tail[12:16], "little") > _LARGEST_DIRECTORY:
        raise ArchiveDamaged("The archive has more entries than any that is made here.")
    try:
        return zipfile.ZipFile(io.BytesIO(data))
    except (zipfile.BadZipFile, NotImplementedError, ValueError, OSError) as error:
        raise ArchiveDamaged("The directory of the archive cannot be read.") from error


def read(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, *, limit: int) -> bytes:
    """One entry, of at most `limit` bytes. Raises ArchiveDamaged."""
    if entry.file_size > limit or entry.compress_type not in _PLAIN or entry.flag_bits & 1:
        raise ArchiveDamaged(f"{entry.filename} is larger than is allowed here, encrypted, or oddly compressed.")
    try:
        with archive.open(entry) as stream:
            return stream.read(limit)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, ValueError, OSError) as error:
        raise ArchiveDamaged(f"{entry.filename} cannot be unpacked.") from error
