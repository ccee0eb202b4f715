"""JSON from strangers: bounded in bytes and depth, with nothing in it that a database would choke on."""

import json
from collections.abc import Mapping
from typing import IO, Any, NoReturn

from django.conf import settings
from rest_framework.exceptions import ParseError
from rest_framework.parsers import JSONParser

from common.errors import PayloadTooLarge

__all__ = ["StrictJSONParser"]

MAX_DEPTH = 32


class StrictJSONParser(JSONParser):
    """JSON in UTF-8, at most `DATA_UPLOAD_MAX_MEMORY_SIZE` bytes and 32 levels.

    NaN and infinities, NUL characters and lone surrogates are refused: they are valid for Python's parser, but
    PostgreSQL cannot store them.
    """

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        limit = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        raw = stream.read(limit + 1)
        if len(raw) > limit:
            raise PayloadTooLarge(f"A request body has at most {limit} bytes.")
        try:
            parsed = json.loads(raw.decode(), parse_constant=_refuse)
        except RecursionError as error:
            raise ParseError(f"The JSON is nested deeper than {MAX_DEPTH} levels.") from error
        except ValueError as error:
            raise ParseError(f"This is not JSON in UTF-8: {error}.") from error
        _check(parsed)
        return parsed


def _refuse(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a JSON number")


def _check(parsed: Any) -> None:
    waiting = [(parsed, 1)]
    while waiting:
        value, depth = waiting.pop()
        if depth > MAX_DEPTH:
            raise ParseError(f"The JSON is nested deeper than {MAX_DEPTH} levels.")
        if isinstance(value, str):
            _check_text(value)
        elif isinstance(value, float) and value in (float("inf"), float("-inf")):
            raise ParseError("A number in the JSON is too large.")
        elif isinstance(value, dict):
            waiting += [(part, depth + 1) for pair in value.items() for part in pair]
        elif isinstance(value, list):
            waiting += [(part, depth + 1) for part in value]


def _check_text(text: str) -> None:
    if "\x00" in text:
        raise ParseError("Text must not contain the NUL character.")
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise ParseError("Text must not contain half of a surrogate pair.") from error
