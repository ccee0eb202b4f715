"""Chinese regulated verse as a language model sees it: forms, rhyme by modern finals, marks, and places in a poem.

Shared by training, sampling and evaluation, so that all three mean the same by a form and a rhyme. Needs no torch.
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from pypinyin import Style, pinyin

__all__ = [
    "FORMS",
    "MARKS",
    "PLACES",
    "RHYMES",
    "Form",
    "body_places",
    "form_of",
    "is_han",
    "lines_of",
    "poem_rhyme",
    "rhyme_of",
]

PREFIX_PLACES, LINE_PLACES, LINES = 32, 16, 32
PLACES = PREFIX_PLACES + LINES * LINE_PLACES
COMMA, STOP = "，", "。"
MARKS = COMMA + STOP


@dataclass(frozen=True)
class Form:
    """A form: so many characters a line (0: free) and so many lines (0: as many as come)."""

    name: str
    length: int
    lines: int


FORMS = {
    form.name: form
    for form in (
        Form("five-quatrain", 5, 4),
        Form("five-octave", 5, 8),
        Form("seven-quatrain", 7, 4),
        Form("seven-octave", 7, 8),
        Form("five-long", 5, 0),
        Form("seven-long", 7, 0),
        Form("free", 0, 0),
    )
}

# The fourteen rhymes of modern verse, each with the finals (without tone) that pypinyin gives for it.
RHYMES = {
    "a": ("a", "ia", "ua"),
    "o": ("o", "e", "uo"),
    "ie": ("ie", "ve", "ê"),
    "ai": ("ai", "uai"),
    "ei": ("ei", "uei"),
    "ao": ("ao", "iao"),
    "ou": ("ou", "iou"),
    "an": ("an", "ian", "uan", "van"),
    "en": ("en", "in", "uen", "vn"),
    "ang": ("ang", "iang", "uang"),
    "eng": ("eng", "ing", "ueng", "ong", "iong"),
    "i": ("i", "er", "v"),
    "-i": ("-i",),
    "u": ("u",),
}
_RHYME_OF_FINAL = {final: rhyme for rhyme, finals in RHYMES.items() for final in finals}
_HISSING = {"zh", "ch", "sh", "r", "z", "c", "s"}
_NAMES_OF_LENGTHS = {4: "quatrain", 8: "octave"}
_SHARE = 0.6


def is_han(character: str) -> bool:
    """Whether this is one Han character (unified ideographs and their extensions)."""
    code = ord(character)
    return 0x4E00 <= code <= 0x9FFF or 0x3400 <= code <= 0x4DBF or 0x20000 <= code <= 0x323AF


def lines_of(text: str) -> list[str]:
    """The lines of a poem: what stands between its commas and stops."""
    return [line for line in re.split(f"[{MARKS}\n]", text) if line]


def form_of(lines: Sequence[str]) -> str:
    """The name of the form that these lines have."""
    lengths = {len(line) for line in lines}
    if lengths not in ({5}, {7}):
        return "free"
    number = "five" if lengths == {5} else "seven"
    return f"{number}-{_NAMES_OF_LENGTHS.get(len(lines), 'long')}"


@lru_cache(maxsize=32768)
def rhyme_of(character: str) -> tuple[str, str] | None:
    """The modern rhyme of a character's most common reading and its tone, `level` or `oblique`; None if unread."""
    final = pinyin(character, style=Style.FINALS_TONE3, strict=True, neutral_tone_with_five=True)[0][0]
    initial = pinyin(character, style=Style.INITIALS, strict=True)[0][0]
    sound, tone = final.rstrip("12345"), final[-1:]
    if sound == "i" and initial in _HISSING:
        sound = "-i"
    if sound not in _RHYME_OF_FINAL or not tone.isdigit():
        return None
    return _RHYME_OF_FINAL[sound], "level" if tone in "125" else "oblique"


def poem_rhyme(lines: Sequence[str]) -> tuple[str, str] | None:
    """The rhyme that most even lines of a poem end in; None where no rhyme has three fifths of at least two ends."""
    ends = [rhyme_of(line[-1]) for line in lines[1::2]]
    if len(ends) < 2:
        return None
    rhyme, count = Counter(ends).most_common(1)[0]
    return rhyme if rhyme is not None and count >= max(2, _SHARE * len(ends)) else None


def body_places(text: str) -> list[int]:
    """The place of each character of a poem's text: its line and its column decide, whatever stands before it.

    A comma or stop has the column behind its line's last character.
    """
    places, line, column = [], 0, 0
    for character in text:
        places.append(PREFIX_PLACES + min(line, LINES - 1) * LINE_PLACES + min(column, LINE_PLACES - 1))
        line, column = (line + 1, 0) if character in MARKS else (line, column + 1)
    return places
