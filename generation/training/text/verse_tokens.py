"""Poems as tokens: a vocabulary of characters and conditions, and pieces short enough to be read at once.

What stands before a poem (form, rhyme, author, title) is left out at random while training, so that all of it is
optional afterwards.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from generation.engines.verse import FORMS, PREFIX_PLACES, RHYMES, body_places, form_of, lines_of, poem_rhyme
from generation.training.text.reading import Tokens
from generation.training.text.tang import Poem

__all__ = ["Conditions", "Piece", "draw_shown", "encode", "pieces_of", "vocabulary"]

SPECIALS = ("<pad>", "<bos>", "<eos>", "<unk>", "<poem>", "<title>")
LONGEST_TITLE = 20
LONGEST_PIECE = 160
MOST_LINES = 32


@dataclass(frozen=True)
class Piece:
    """A poem, or a part of a long one that ends with a sentence; `last` when the poem ends with it.

    Form, rhyme, author and title are those of the whole poem; only its first piece has a title.
    """

    text: str
    form: str
    rhyme: tuple[str, str] | None
    author: str
    title: str
    last: bool


@dataclass(frozen=True)
class Conditions:
    """How likely each condition is to be shown; `none` is the part of pieces that show none at all."""

    none: float
    form: float
    rhyme: float
    author: float
    title: float


def pieces_of(poem: Poem) -> list[Piece]:
    """A poem in pieces of at most 160 characters and 32 lines, cut behind its sentences."""
    lines = lines_of(poem.text)
    form, rhyme = form_of(lines), poem_rhyme(lines)
    parts, part = [], ""
    for sentence in (f"{words}。" for words in poem.text.split("。") if words):
        if part and (len(part + sentence) > LONGEST_PIECE or len(lines_of(part + sentence)) > MOST_LINES):
            parts.append(part)
            part = ""
        part += sentence
    parts.append(part)
    return [
        Piece(text, form, rhyme, poem.author, poem.title if place == 0 else "", place == len(parts) - 1)
        for place, text in enumerate(parts)
        if len(text) <= 2 * LONGEST_PIECE
    ]


def vocabulary(poems: Sequence[Poem], *, least: int, author_poems: int) -> list[str]:
    """Special tokens, conditions, and the characters that come at least `least` times, the most frequent first."""
    characters = Counter(character for poem in poems for character in poem.text + poem.title)
    authors = Counter(poem.author for poem in poems)
    named = [f"<author:{name}>" for name, count in sorted(authors.items()) if count >= author_poems]
    forms = [f"<form:{name}>" for name in FORMS]
    rhymes = [f"<rhyme:{rhyme}:{tone}>" for rhyme in RHYMES for tone in ("level", "oblique")]
    kept = sorted((c for c, count in characters.items() if count >= least), key=lambda c: (-characters[c], c))
    return [*SPECIALS, *forms, *rhymes, *named, *kept]


def encode(piece: Piece, ids: dict[str, int], shown: frozenset[str]) -> Tokens:
    """Beginning, the conditions in `shown` that the piece has, the poem, and its end where this is the last piece."""
    unknown = ids["<unk>"]
    prefix = ["<bos>"]
    if "form" in shown:
        prefix.append(f"<form:{piece.form}>")
    if "rhyme" in shown and piece.rhyme:
        prefix.append(f"<rhyme:{piece.rhyme[0]}:{piece.rhyme[1]}>")
    if "author" in shown and f"<author:{piece.author}>" in ids:
        prefix.append(f"<author:{piece.author}>")
    if "title" in shown and piece.title:
        prefix += ["<title>", *piece.title[:LONGEST_TITLE]]
    body = [*piece.text, "<eos>"] if piece.last else [*piece.text]
    # The end stands where the next line would begin.
    places = [*range(len(prefix)), PREFIX_PLACES - 1, *body_places(piece.text + "。")[: len(body)]]
    tokens = [ids.get(token, unknown) for token in [*prefix, "<poem>", *body]]
    return Tokens(tokens, places, len(prefix))


def draw_shown(random: np.random.Generator, odds: Conditions) -> frozenset[str]:
    """Which conditions are shown this time."""
    none, *each = random.random(5)
    if none < odds.none:
        return frozenset()
    likely = {"form": odds.form, "rhyme": odds.rhyme, "author": odds.author, "title": odds.title}
    return frozenset(name for (name, chance), drawn in zip(likely.items(), each, strict=True) if drawn < chance)
