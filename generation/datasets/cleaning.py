"""Texts made fit to train on, step by step: each step is named and versioned, and says what it changed and dropped.

Traditional characters stay traditional, and nothing is translated, completed or corrected.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from html.parser import HTMLParser
from typing import Any

from generation.datasets import fingerprints

__all__ = ["LANGUAGES", "Text", "clean", "steps_for"]

LANGUAGES = ("zh", "en", "any")
_HAN = "\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_HAN_SHARE, _LATIN_SHARE = 0.6, 0.8
_MOST_LOST = 0.01
_REPEATED_FROM, _REPEATED_SHARE = 5, 0.5


@dataclass(frozen=True)
class Text:
    """One text with its name; `markup` where it came as HTML."""

    name: str
    text: str
    markup: bool = False


@dataclass(frozen=True)
class Step:
    """What it does to one text; None drops it."""

    name: str
    version: str
    about: str
    apply: Callable[[Text], Text | None]


def clean(texts: Sequence[Text], *, language: str, least: int) -> tuple[list[Text], list[dict[str, Any]]]:
    """The texts after every step for a language, and what each step changed and dropped, by number.

    `least` is how many characters a text has to have. Steps over all texts at once come last.
    """
    kept, told = list(texts), []
    for step in steps_for(language, least):
        after = [step.apply(text) for text in kept]
        changed = sum(new is not None and new.text != old.text for old, new in zip(kept, after, strict=True))
        told.append(_told(step, changed, after.count(None)))
        kept = [text for text in after if text is not None]
    for alone in (_repeated_lines, _duplicates, _near_duplicates):
        kept, entry = alone(kept)
        told.append(entry)
    return kept, told


def steps_for(language: str, least: int) -> list[Step]:
    """The steps over single texts, in their order."""
    everywhere = [
        Step("lost", "1", "drop texts of which over one per cent of characters was lost in decoding", _without_lost),
        Step(
            "markup", "1", "take the text out of HTML, without scripts, styles, navigation and forms", _without_markup
        ),
        Step("unicode", "1", "Unicode NFC, without byte order marks", _each(_composed)),
        Step("line-ends", "1", "all line ends are line feeds", _each(_line_ends)),
        Step("control", "1", "without control, format, private and unassigned characters", _each(_printable)),
        Step(
            "boilerplate",
            "1",
            "without Project Gutenberg's words before and behind a text",
            _each(_without_licence_text),
        ),
    ]
    chinese = [
        Step("full-width", "1", "full-width letters, digits and spaces become plain ones", _each(_plain_width)),
        Step("punctuation", "1", "marks between Han characters become the usual full-width ones", _each(_han_marks)),
    ]
    last = [
        Step("whitespace", "1", "one space, at most one empty line; none between Han characters", _each(_spaced)),
        Step("language", "1", _LANGUAGE[language], _speaks(language)),
        Step(
            "length",
            "1",
            f"drop texts of under {least} characters",
            lambda text: text if len(text.text) >= least else None,
        ),
    ]
    return [*everywhere, *(chinese if language == "zh" else []), *last]


_LANGUAGE = {
    "zh": "drop texts of which under 60 per cent of letters are Han characters; traditional ones stay as they are",
    "en": "drop texts of which under 80 per cent of letters are Latin",
    "any": "texts of every language stay",
}


def _told(step: Step, changed: int, dropped: int) -> dict[str, Any]:
    return {"name": step.name, "version": step.version, "about": step.about, "changed": changed, "dropped": dropped}


def _each(change: Callable[[str], str]) -> Callable[[Text], Text | None]:
    return lambda text: replace(text, text=change(text.text))


def _without_lost(text: Text) -> Text | None:
    return None if text.text.count("\ufffd") > _MOST_LOST * max(1, len(text.text)) else text


def _composed(text: str) -> str:
    return unicodedata.normalize("NFC", text.replace("\ufeff", ""))


def _line_ends(text: str) -> str:
    return re.sub("\r\n?|\u2028|\u2029|\x85|\x0b|\x0c", "\n", text)


def _printable(text: str) -> str:
    odd = {letter for letter in set(text) if letter not in "\n\t" and unicodedata.category(letter) in _NO_TEXT}
    return text.translate(dict.fromkeys(map(ord, odd))) if odd else text


_NO_TEXT = ("Cc", "Cf", "Cs", "Co", "Cn")
_GUTENBERG = re.compile(r"^\*\*\* ?(START|END) OF (?:THE|THIS) PROJECT GUTENBERG EBOOK[^\n]{0,300}$", re.MULTILINE)


def _without_licence_text(text: str) -> str:
    marks = list(_GUTENBERG.finditer(text))
    starts = [mark.end() for mark in marks if mark[1] == "START"]
    ends = [mark.start() for mark in marks if mark[1] == "END"]
    return text[starts[0] if starts else 0 : ends[-1] if ends else len(text)] if marks else text


_PLAIN = {point: point - 0xFEE0 for point in range(0xFF01, 0xFF5F) if chr(point - 0xFEE0).isalnum()} | {0x3000: " "}


def _plain_width(text: str) -> str:
    return text.translate(_PLAIN)


_MARKS = str.maketrans(",;:?!﹐﹑﹒．﹔﹕﹖﹗｡､", "，；：？！，、。。；：？！。、")
_BETWEEN = re.compile(f"(?<=[{_HAN}])[,;:?!]|[﹐﹑﹒．﹔﹕﹖﹗｡､]")


def _han_marks(text: str) -> str:
    return _BETWEEN.sub(lambda mark: mark[0].translate(_MARKS), text)


def _spaced(text: str) -> str:
    text = re.sub(r"[^\S\n]+", " ", text)
    text = re.sub(f"(?<=[{_HAN}，。；：？！、]) (?=[{_HAN}])", "", text)
    lines = [line.strip() for line in text.split("\n")]
    return re.sub("\n{3,}", "\n\n", "\n".join(lines)).strip()


def _speaks(language: str) -> Callable[[Text], Text | None]:
    wanted = {"zh": re.compile(f"[{_HAN}]"), "en": re.compile("[A-Za-zÀ-ɏ]"), "any": re.compile("")}[language]
    least = {"zh": _HAN_SHARE, "en": _LATIN_SHARE, "any": 0.0}[language]

    def keep(text: Text) -> Text | None:
        letters = sum(map(str.isalpha, text.text)) + text.text.count("〇")
        return text if language == "any" or len(wanted.findall(text.text)) >= least * max(1, letters) else None

    return keep


class _Reader(HTMLParser):
    """The words of a page; blocks are parted by empty lines."""

    silent = ("script", "style", "nav", "footer", "header", "form", "noscript", "template", "svg", "head")
    blocks = ("p", "div", "li", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote", "section", "article", "tr", "pre")

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.words: list[str] = []
        self.depth = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.depth += tag in self.silent
        self.words += ["\n\n"] if tag in self.blocks else ["\n"] if tag == "br" else []

    def handle_endtag(self, tag: str) -> None:
        self.depth = max(0, self.depth - (tag in self.silent))
        self.words += ["\n\n"] if tag in self.blocks else []

    def handle_data(self, data: str) -> None:
        self.words += [re.sub(r"\s+", " ", data)] if self.depth == 0 else []


def _without_markup(text: Text) -> Text:
    if not text.markup:
        return text
    reader = _Reader()
    reader.feed(text.text)
    reader.close()
    return replace(text, text="".join(reader.words), markup=False)


def _repeated_lines(texts: list[Text]) -> tuple[list[Text], dict[str, Any]]:
    """Lines that half of at least five texts have are nobody's words."""
    lines = Counter(line for text in texts for line in set(text.text.split("\n")) if line)
    often = {line for line, count in lines.items() if count >= max(_REPEATED_FROM, _REPEATED_SHARE * len(texts))}
    kept = [
        replace(text, text="\n".join(line for line in text.text.split("\n") if line not in often)) for text in texts
    ]
    full = [text for text in kept if text.text.strip()]
    changed = sum(new.text != old.text for old, new in zip(texts, kept, strict=True))
    about = "without lines that stand in half of all texts and in at least five"
    return full, _entry("repeated-lines", about, changed - (len(kept) - len(full)), len(kept) - len(full))


def _duplicates(texts: list[Text]) -> tuple[list[Text], dict[str, Any]]:
    unique = list({text.text: text for text in reversed(texts)}.values())[::-1]
    return unique, _entry("duplicates", "drop all but the first of equal texts", 0, len(texts) - len(unique))


def _near_duplicates(texts: list[Text]) -> tuple[list[Text], dict[str, Any]]:
    near = fingerprints.near_texts([fingerprints.simhash(text.text) for text in texts])
    kept = [text for place, text in enumerate(texts) if place not in near]
    about = f"drop texts whose simhash64 differs in at most {fingerprints.NEAR_BITS} bits from an earlier one's"
    return kept, _entry("near-duplicates", about, 0, len(near))


def _entry(name: str, about: str, changed: int, dropped: int) -> dict[str, Any]:
    return {"name": name, "version": "1", "about": about, "changed": changed, "dropped": dropped}
