"""Files by their content: each is stored under its SHA-256, so it is stored once and never changes.

Areas are the aliases of `STORAGES`: `masters` is private, `previews` is public.
"""

import hashlib
import os
from pathlib import Path
from typing import IO, NamedTuple

from django.core.files.base import ContentFile, File
from django.core.files.storage import FileSystemStorage, storages
from django.utils.deconstruct import deconstructible

__all__ = ["AtomicFileSystemStorage", "Stored", "open_file", "put", "read"]


class Stored(NamedTuple):
    """Where a file lies in its area, and what it is."""

    name: str
    sha256: str
    byte_count: int


@deconstructible
class AtomicFileSystemStorage(FileSystemStorage):
    """A folder in which a file is either there whole or not at all, whatever crashes while it is written."""

    def get_available_name(self, name: str, max_length: int | None = None) -> str:
        return name

    def _save(self, name: str, content: "File[bytes]") -> str:
        path = Path(self.path(name))
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_name(f".{path.name}.{os.getpid()}.{os.urandom(4).hex()}")
        with draft.open("wb") as file:
            for chunk in content.chunks():
                file.write(chunk)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
        return name


def put(area: str, data: bytes, suffix: str) -> Stored:
    """Store `data` under its digest, e.g. `9f/9f3b….png`; storing it again changes nothing."""
    sha256 = hashlib.sha256(data).hexdigest()
    name = f"{sha256[:2]}/{sha256}{suffix}"
    if not storages[area].exists(name):
        storages[area].save(name, ContentFile(data))
    return Stored(name, sha256, len(data))


def read(area: str, name: str) -> bytes:
    """The whole file."""
    with open_file(area, name) as file:
        return file.read()


def open_file(area: str, name: str) -> IO[bytes]:
    """The file, to read from."""
    file: IO[bytes] = storages[area].open(name, "rb")
    return file
