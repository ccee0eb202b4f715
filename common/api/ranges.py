"""Files of which a part may be asked for, so that a cut download goes on where it stopped (RFC 9110, section 14)."""

import os
import re
from typing import IO

from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseBase
from rest_framework.request import Request

from common.api.problems import document
from common.errors import DomainError

__all__ = ["RangeNotSatisfiable", "attachment"]

_ONE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})", re.ASCII | re.IGNORECASE)


class RangeNotSatisfiable(DomainError):
    status = 416
    code = "range_not_satisfiable"
    title = "The file does not reach that far. Ask for it from the start, or for a part that it has."


class _Part:
    """The next `left` bytes of a file, and no more."""

    def __init__(self, file: IO[bytes], left: int) -> None:
        self._file, self._left = file, left
        self.close = file.close

    def read(self, size: int) -> bytes:
        data = self._file.read(min(size, self._left))
        self._left -= len(data)
        return data


def attachment(
    request: HttpRequest | Request, file: IO[bytes], *, sha256: str, name: str, media_type: str
) -> HttpResponseBase:
    """The file, or the one part asked for (206), or 416. Its digest is its strong ETag.

    A part is sent only while `If-Range`, where given, names this very file; several parts at once get the whole.
    """
    size, etag = file.seek(0, os.SEEK_END), f'"{sha256}"'
    try:
        part = _part(request, size, etag)
    except RangeNotSatisfiable as error:
        file.close()
        response: HttpResponse | FileResponse = document(error)
        response["Content-Range"] = f"bytes */{size}"
        return response
    file.seek(part.start if part else 0)
    sent = file if part is None else _Part(file, len(part))
    response = FileResponse(sent, as_attachment=True, filename=name, content_type=media_type)
    if part is not None:
        response.status_code = 206
        response["Content-Length"] = str(len(part))
        response["Content-Range"] = f"bytes {part.start}-{part.stop - 1}/{size}"
    response["Accept-Ranges"] = "bytes"
    response["ETag"] = etag
    if request.method == "HEAD":
        file.close()
        response.streaming_content = []  # not every server drops the body by itself
    return response


def _part(request: HttpRequest | Request, size: int, etag: str) -> range | None:
    """The bytes asked for, or None for the whole file: what we do not understand is ignored, as the RFC says."""
    asked = _ONE.fullmatch(request.headers.get("Range", "").strip())
    if request.method != "GET" or asked is None or request.headers.get("If-Range", etag).strip() != etag:
        return None
    first, last = asked.groups()
    if not first and not last:
        return None
    if not first:
        part = range(max(0, size - int(last)), size)
    elif last and int(last) < int(first):
        return None
    else:
        part = range(int(first), min(int(last) + 1, size) if last else size)
    if not part:
        raise RangeNotSatisfiable()
    return part
