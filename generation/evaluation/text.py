"""What a text is worth at a glance: named traits, each with its range and its meaning, and one score for drafts.

The score is a heuristic. It knows nothing of meaning; it puts broken forms, missing rhymes and repetitions last.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from generation.engines.verse import FORMS, is_han, lines_of, rhyme_of

__all__ = ["RUN", "TRAITS", "Trait", "distinct", "form_kept", "han_runs", "perplexity", "rhymes", "scores", "verbatim"]

RUN = 8


@dataclass(frozen=True)
class Trait:
    """A named score: its lowest and highest value, and what it means."""

    low: float
    high: float
    meaning: str


TRAITS = {
    "distinct_1": Trait(0, 1, "different characters or words, as a part of all"),
    "distinct_2": Trait(0, 1, "different pairs of neighbours, as a part of all pairs"),
    "form": Trait(0, 1, "1 when a poem has the lines and the length that were asked for; 1 for running text"),
    "rhyme": Trait(0, 1, "1 when the even lines of a poem rhyme by modern finals; 1 for running text"),
    "ended": Trait(0, 1, "1 when the text ends with a mark that ends a sentence"),
    "score": Trait(0, 1, "for sorting drafts of one request: the product of the others, distinct_2 squared"),
}


def units(text: str) -> list[str]:
    """Han characters one by one, and words between spaces, in lower case and without marks."""
    found: list[str] = []
    for word in text.lower().split():
        plain = "".join(character for character in word if character.isalnum() or character == "'")
        if any(map(is_han, plain)):
            found += plain
        elif plain:
            found.append(plain)
    return found


def distinct(text: str, order: int) -> float:
    """Different runs of `order` units as a part of all such runs; 1 where there are none."""
    found = units(text)
    runs = [tuple(found[start : start + order]) for start in range(len(found) - order + 1)]
    return len(set(runs)) / len(runs) if runs else 1.0


def form_kept(text: str, form: str) -> bool:
    """Whether a poem has as many lines as its form, each of its length and of Han characters only."""
    shape, lines = FORMS[form], lines_of(text)
    right = shape.lines in (0, len(lines)) and all(shape.length in (0, len(line)) for line in lines)
    return right and all(is_han(character) for line in lines for character in line)


def rhymes(text: str) -> bool:
    """Whether all even lines end in one modern rhyme, tones apart, and no two in the same character."""
    ends = [line[-1] for line in lines_of(text)[1::2]]
    known = [rhyme_of(end) for end in ends]
    return len({rhyme[0] if rhyme else end for rhyme, end in zip(known, ends, strict=True)}) == 1 and len(
        set(ends)
    ) == len(ends)


def han_runs(text: str, length: int = RUN) -> set[str]:
    """The runs of so many Han characters in a row, marks and line ends skipped."""
    han = "".join(filter(is_han, text))
    return {han[start : start + length] for start in range(len(han) - length + 1)}


def verbatim(texts: Iterable[str], known: Sequence[str], length: int = RUN) -> list[set[str]]:
    """For each text the runs of eight characters that stand in one of the known texts too."""
    wanted = [han_runs(text, length) for text in texts]
    sought = set().union(*wanted) if wanted else set()
    seen: set[str] = set()
    for text in known:
        seen |= sought & han_runs(text, length)
    return [runs & seen for runs in wanted]


def perplexity(nats: Sequence[float]) -> float:
    """The perplexity of surprises in nats: the mean branching at each."""
    return float(2.718281828459045 ** (sum(nats) / len(nats)))


def scores(text: str, *, form: str | None = None, rhyming: bool = True) -> dict[str, float]:
    """All traits of one text, rounded, as they are kept with a piece; `form` None for running text."""
    traits = {
        "distinct_1": distinct(text, 1),
        "distinct_2": distinct(text, 2),
        "form": 1.0 if form is None else float(form_kept(text, form)),
        "rhyme": 1.0 if form is None or not rhyming else float(rhymes(text)),
        "ended": float(text.rstrip()[-1:] in set('.!?。！？…"”」』')),
    }
    whole = traits["distinct_2"] ** 2 * traits["distinct_1"] * traits["form"] * traits["rhyme"]
    traits["score"] = whole * (0.5 + 0.5 * traits["ended"])
    return {name: round(value, 4) for name, value in traits.items()}


def most_repeated(texts: Sequence[str], length: int) -> list[tuple[str, int]]:
    """The runs that come in the most texts: what a model has a habit of saying."""
    counts = Counter(run for text in texts for run in han_runs(text, length))
    return [(run, count) for run, count in counts.most_common(10) if count > 1]
