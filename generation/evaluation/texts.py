"""What a text is worth at a glance: heuristics over its words or characters, for Chinese and for other scripts.

They find stutter, loops, broken sentences and lost form; they do not know whether what is said is true or well said.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise

__all__ = ["scores", "units"]

_HAN = re.compile(r"[\u3400-\u9fff\U00020000-\U0003134f]")
_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
_ENDS = tuple(".!?…:。！？」』”\"')")
_LONG_WORD, _LONG_SENTENCE = 24, 60


def scores(text: str, *, facts_met: Sequence[bool] = ()) -> dict[str, float]:
    """`distinct`, `fluency`, `form`, `facts` (only where some were asked for) and `score`, from 0 to 1."""
    own = units(text)
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    named = {"distinct": _distinct(own), "fluency": _fluency(text, own, lines), "form": _form(lines)}
    named["score"] = 0.4 * named["distinct"] + 0.4 * named["fluency"] + 0.2 * named["form"]
    if facts_met:
        named["facts"] = sum(facts_met) / len(facts_met)
        named["score"] *= named["facts"]
    return {name: round(value, 4) for name, value in named.items()}


def units(text: str) -> list[str]:
    """Characters where the text is Chinese, otherwise its words in small letters."""
    han = _HAN.findall(text)
    return han if len(han) > len(text) / 4 else [word.lower() for word in _WORD.findall(text)]


def _distinct(own: Sequence[str]) -> float:
    """The share of neighbouring pairs that occur for the first time: distinct-2 of Li et al. (2016)."""
    pairs = list(pairwise(own))
    return len(set(pairs)) / len(pairs) if pairs else 0.0


def _fluency(text: str, own: Sequence[str], lines: Sequence[str]) -> float:
    """Takes off for stutter, loops, words and sentences of impossible length, stray signs and a broken-off end."""
    if not own or not lines:
        return 0.0
    stutter = sum(one == other for one, other in pairwise(own)) / len(own)
    loops = 1 - len(set(lines)) / len(lines)
    words = text.split()
    too_long = sum(len(word) > _LONG_WORD and not _HAN.search(word) for word in words) / len(words)
    sentences = [part for part in re.split(r"[.!?。！？\n]+", text) if part.strip()]
    endless = sum(len(units(part)) > _LONG_SENTENCE for part in sentences) / max(1, len(sentences))
    stray = sum(unicodedata.category(letter) in ("So", "Sk", "Cn", "Co") or letter == "�" for letter in text) / len(
        text
    )
    unended = 0.0 if lines[-1].endswith(_ENDS) or len(lines) > 1 else 0.15
    lost = min(1.0, 4 * stutter) + loops + too_long + 0.5 * endless + min(1.0, 20 * stray) + unended
    return max(0.0, 1 - lost)


def _form(lines: Sequence[str]) -> float:
    """Of verse: the share of lines that have the commonest length; prose has no such form and counts as whole."""
    lengths = [len(_HAN.findall(line)) for line in lines]
    if len(lines) < 2 or min(lengths) == 0 or max(lengths) > 20:
        return 1.0 if lines else 0.0
    return Counter(lengths).most_common(1)[0][1] / len(lines)
