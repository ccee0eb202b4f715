"""The Tang poems: read from the collection's file and cleaned, each step named and counted.

What a step changes or drops is part of the frozen dataset's description. Texts are not shipped; only digests are.
"""

import hashlib
import json
import lzma
import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from generation.engines.verse import MARKS, is_han, lines_of

__all__ = ["CLEANING", "CorpusError", "Poem", "Step", "clean", "read", "split"]

_GRAM = 4
_NEAR = 0.4
_LONGEST_LINE = 14


class CorpusError(ValueError):
    """A corpus that is not there, or is not the one that was frozen."""


@dataclass(frozen=True)
class Poem:
    """One poem: the number of its line in the collection's file, author, title, and text with commas and stops."""

    record: int
    author: str
    title: str
    text: str

    @property
    def sha256(self) -> str:
        """SHA-256 of the cleaned text as UTF-8."""
        return hashlib.sha256(self.text.encode()).hexdigest()


@dataclass(frozen=True)
class Step:
    """A step of cleaning: what it does to one poem; None drops it."""

    name: str
    version: str
    about: str
    apply: Callable[[Poem], Poem | None]


def _without_notes(poem: Poem) -> Poem | None:
    text, title = _outside(poem.text), _outside(poem.title)
    return None if text is None else replace(poem, text=text, title=title or "")


def _outside(text: str) -> str | None:
    """What stands outside round, lenticular and brace brackets, which hold editors' notes; None where one is open."""
    depth, kept = 0, []
    for character in text:
        if character in "（〖{":
            depth += 1
        elif character in "）〗}":
            depth -= 1
            if depth < 0:
                return None
        elif depth == 0:
            kept.append(character)
    return "".join(kept) if depth == 0 else None


def _two_marks(poem: Poem) -> Poem | None:
    text = re.sub(r"[「」『』《》〈〉\s]", "", unicodedata.normalize("NFC", poem.text))
    text = re.sub("[？！；]", "。", text)
    text = re.sub("[，。]*。[，。]*", "。", re.sub("，+", "，", text)).lstrip(MARKS)
    return replace(poem, text=text if text.endswith("。") or not text else text.rstrip("，") + "。")


def _plain_title(poem: Poem) -> Poem:
    title = "".join(character for character in poem.title.split("（")[0] if is_han(character) or character == " ")
    return replace(poem, title=" ".join(title.split()))


def _only_han(poem: Poem) -> Poem | None:
    return poem if all(is_han(character) or character in MARKS for character in poem.text) else None


def _verse_only(poem: Poem) -> Poem | None:
    lines = lines_of(poem.text)
    return poem if len(lines) >= 2 and max(map(len, lines)) <= _LONGEST_LINE else None


CLEANING = (
    Step("notes", "1", "take out editors' notes in brackets; drop poems whose brackets do not match", _without_notes),
    Step("marks", "1", "take out quotation marks; all marks within become a comma or a stop, NFC", _two_marks),
    Step("titles", "1", "keep the Han characters of a title", _plain_title),
    Step("han", "1", "drop poems with lost characters, digits, letters or marks left", _only_han),
    Step("verse", "1", "drop poems of one line, or with a line of more than fourteen characters", _verse_only),
)


def read(path: Path) -> list[Poem]:
    """The poems of the collection's file (JSON lines, xz or plain). Raises CorpusError."""
    try:
        with lzma.open(path, "rt", encoding="utf-8") if path.suffix == ".xz" else path.open(encoding="utf-8") as file:
            return [_poem(number, json.loads(line)) for number, line in enumerate(file)]
    except (OSError, ValueError, KeyError, TypeError, lzma.LZMAError) as error:
        raise CorpusError(f"the poems in {path} cannot be read: {error}") from error


def _poem(number: int, document: dict[str, Any]) -> Poem:
    return Poem(number, str(document["author"]), str(document["title"]), "".join(document["lines"]))


def clean(poems: Sequence[Poem]) -> tuple[list[Poem], list[dict[str, Any]]]:
    """The cleaned poems, and for each step its name, version and how many poems it changed and dropped."""
    kept, told = list(poems), []
    for step in CLEANING:
        before, after = kept, [step.apply(poem) for poem in kept]
        kept = [poem for poem in after if poem is not None]
        changed = sum(new is not None and new != old for old, new in zip(before, after, strict=True))
        told.append(_told(step.name, step.version, step.about, changed, len(before) - len(kept)))
    unique = list({poem.text: poem for poem in reversed(kept)}.values())[::-1]
    about = "drop all but the first of poems with the same text"
    return unique, [*told, _told("duplicates", "1", about, 0, len(kept) - len(unique))]


def _told(name: str, version: str, about: str, changed: int, dropped: int) -> dict[str, Any]:
    return {"name": name, "version": version, "about": about, "changed": changed, "dropped": dropped}


def split(poems: Sequence[Poem], *, every: int) -> tuple[list[Poem], list[Poem], list[Poem]]:
    """Training poems, held-out poems (one in `every`, chosen by digest), and those too near a held-out one for either.

    Near means that two fifths of the four-character runs of the shorter poem stand in the other too.
    """
    held = [poem for poem in poems if int(poem.sha256[:8], 16) % every == 0]
    chosen = {poem.record for poem in held}
    rest = [poem for poem in poems if poem.record not in chosen]
    near = _near(held, rest)
    return [poem for poem in rest if poem.record not in near], held, [poem for poem in rest if poem.record in near]


def _near(held: Sequence[Poem], rest: Sequence[Poem]) -> set[int]:
    where: dict[str, list[int]] = {}
    sizes = []
    for place, poem in enumerate(held):
        grams = set(_grams(poem.text))
        sizes.append(len(grams))
        for gram in grams:
            where.setdefault(gram, []).append(place)
    near = set()
    for poem in rest:
        grams = set(_grams(poem.text))
        shared = Counter(place for gram in grams for place in where.get(gram, ()))
        if any(count >= _NEAR * min(sizes[place], len(grams)) for place, count in shared.items()):
            near.add(poem.record)
    return near


def _grams(text: str) -> Iterator[str]:
    for line in lines_of(text):
        yield from (line[start : start + _GRAM] for start in range(len(line) - _GRAM + 1))
