"""Everything about a person as one ZIP: a read-me, a JSON file for each kind of data, and their files."""

import json
import shutil
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import IO, Any
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

from django.conf import settings
from django.core.files.storage import storages
from django.core.serializers.json import DjangoJSONEncoder
from django.utils import timezone
from django.utils.translation import gettext as _

from common import personal, storage
from common.models import User
from common.personal import Held, Kept
from marketplace.privacy import chart

__all__ = ["parts_of", "write"]

Progress = Callable[[int], None]


def parts_of(person: User) -> int:
    """In how many steps `write` will tell of its progress."""
    return sum(len(part.held) for part in personal.parts()) + sum(1 for _file in _files(person))


def write(person: User, to: IO[bytes], *, progress: Progress) -> list[str]:
    """Write the archive; returns the files left out: missing ones, and those beyond `EXPORT_MAX_BYTES` together."""
    done, left_out = 0, list[str]()
    with ZipFile(to, "w", ZIP_DEFLATED) as archive:
        archive.writestr("README.txt", _read_me())
        for held in (held for part in personal.parts() for held in part.held):
            _write_rows(archive, held, person)
            progress(done := done + 1)
        room = settings.EXPORT_MAX_BYTES
        for file in _files(person):
            taken = _write_file(archive, file, room)
            room -= taken or 0
            left_out += [file.called] * (taken is None)
            progress(done := done + 1)
        if left_out:
            archive.writestr("left_out.json", json.dumps(left_out, indent=1))
    return left_out


def _files(person: User) -> Iterator[Kept]:
    for part in personal.parts():
        yield from part.files(person)


def _write_rows(archive: ZipFile, held: Held, person: User) -> None:
    """A row at a time: somebody may have very many of them. Nothing is written where there are none."""
    rows = held.exported(person)
    first = next(rows, None)
    if first is None:
        return
    with archive.open(f"data/{held.area}.json", "w") as file:
        file.write(b"[\n" + _json(first))
        for row in rows:
            file.write(b",\n" + _json(row))
        file.write(b"\n]\n")


def _json(row: dict[str, Any]) -> bytes:
    return json.dumps(row, cls=DjangoJSONEncoder, ensure_ascii=False).encode()


def _write_file(archive: ZipFile, file: Kept, room: int) -> int | None:
    """How many bytes were written; None if it is missing or too long. Files are compressed already: it is stored."""
    with suppress(FileNotFoundError):
        size = storages[file.area].size(file.name)
        if size > room:
            return None
        entry = ZipInfo(f"files/{file.called}", timezone.now().timetuple()[:6])
        entry.compress_type = ZIP_STORED
        with storage.open_file(file.area, file.name) as source, archive.open(entry, "w", force_zip64=True) as target:
            shutil.copyfileobj(source, target, 2**20)
        return size
    return None


def _read_me() -> str:
    now = f"{timezone.now():%Y-%m-%d %H:%M} UTC"
    opening = _("Everything that this house holds about you, as of %(at)s.") % {"at": now}
    lines = [opening, _("data/ has one JSON file for each kind of data, files/ what you made, brought and own."), ""]
    for row in chart.rows():
        lines += [f"data/{row.area}.json", f"  {row.what}. {row.why} {row.until}", ""]
    return "\n".join(lines)
