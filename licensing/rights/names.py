"""Lists of names that an operator keeps (`NAME_LISTS`), and which of them some words mention."""

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from django.conf import settings

__all__ = ["SENSITIVE", "Name", "mentioned"]

# The one list that holds no names.
SENSITIVE = "sensitive"

_HAN = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]")


@dataclass(frozen=True)
class Name:
    """An entry by its first spelling, and the list that it stands in, such as `artists`."""

    list: str
    name: str


def mentioned(words: str) -> list[Name]:
    """The names in `words`, each once, in the order of the lists.

    Case, width and accents do not matter. Latin names count as whole words; Chinese has no spaces, so there a name
    counts wherever it stands. A list that was edited is read again.
    """
    plain = _plain(words)
    found = [
        name for file in _files() for name, pattern in _read(file, file.stat().st_mtime_ns) if pattern.search(plain)
    ]
    return list(dict.fromkeys(found))


def _files() -> list[Path]:
    return sorted(Path(settings.NAME_LISTS).glob("*.txt"))


@lru_cache(64)
def _read(file: Path, _changed: int) -> tuple[tuple[Name, re.Pattern[str]], ...]:
    entries = []
    for line in file.read_text("utf-8-sig").splitlines():
        spellings = [part.strip() for part in line.split("#", 1)[0].split("|") if part.strip()]
        if spellings:
            pattern = "|".join(_pattern(_plain(one)) for one in spellings)
            entries.append((Name(file.stem, spellings[0]), re.compile(pattern)))
    return tuple(entries)


def _pattern(spelling: str) -> str:
    """A whole word or several, however they are spaced or joined."""
    parts = [re.escape(part) for part in re.split(r"[\s\-·]+", spelling) if part]
    joined = r"[\s\-·]*".join(parts)
    return joined if _HAN.search(spelling) else rf"(?<!\w){joined}(?:'s|s)?(?!\w)"


def _plain(words: str) -> str:
    """Small letters without accents, of one width."""
    apart = unicodedata.normalize("NFKD", words).casefold()
    return unicodedata.normalize("NFC", "".join(one for one in apart if not unicodedata.combining(one)))
