"""One way of turning a document into bytes, so that a digest means the same everywhere; blind to its content."""

import hashlib
import json
import unicodedata
from datetime import UTC, datetime
from typing import Any

import rfc8785

from common.errors import Unprocessable

__all__ = ["NotCanonical", "encode", "instant", "parse", "sha256_hex"]

_MOST_NESTING = 32


class NotCanonical(Unprocessable):
    code = "not_canonical"
    title = "The document is not canonical JSON."


def encode(document: Any) -> bytes:
    """The RFC 8785 form of `document`, its text in NFC. Raises NotCanonical on floats, large integers and odd keys."""
    try:
        return rfc8785.dumps(_plain(document, 0))
    except (rfc8785.CanonicalizationError, ValueError) as error:
        raise NotCanonical(f"The document cannot be written canonically: {error}.") from error


def parse(data: bytes) -> Any:
    """The document whose canonical form `data` is. Raises NotCanonical when `data` is anything but that form."""
    try:
        document = json.loads(data.decode("utf-8"), parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        raise NotCanonical("The document is not JSON in UTF-8.") from error
    if encode(document) != data:
        raise NotCanonical("The document is JSON, but not in its canonical form (RFC 8785, text in NFC).")
    return document


def sha256_hex(data: bytes) -> str:
    """SHA-256 in lower-case hexadecimal, 64 characters."""
    return hashlib.sha256(data).hexdigest()


def instant(at: datetime) -> str:
    """An aware time in UTC with milliseconds, ending in `Z`. Raises ValueError on a naive one."""
    if at.tzinfo is None:
        raise ValueError("a time without a zone cannot be recorded")
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _plain(value: Any, depth: int) -> Any:
    if depth > _MOST_NESTING:
        raise NotCanonical(f"The document is nested more than {_MOST_NESTING} deep.")
    if isinstance(value, str):
        return unicodedata.normalize("NFC", value)
    if value is None or isinstance(value, (bool, int)):
        return value
    if isinstance(value, (list, tuple)):
        return [_plain(item, depth + 1) for item in value]
    if isinstance(value, dict):
        return {_plain(key, depth + 1): _plain(item, depth + 1) for key, item in value.items()}
    raise NotCanonical(f"A {type(value).__name__} has no exact canonical form: write it as text.")


def _refuse(name: str) -> None:
    raise ValueError(f"{name} is not JSON")
