"""Whether a text carries the watermark of this house's models, when nothing else says where it comes from.

The mark is seen only through the vocabulary that the text was written with, so every text model's is tried. It says
that a text was made with such a vocabulary and this mark; anybody can imitate it, and it does not name a piece.
"""

import functools
import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.conf import settings

from generation.evaluation import text_watermark
from generation.models import Checkpoint

if TYPE_CHECKING:
    from tokenizers import Tokenizer

__all__ = ["TextMark", "find"]

# Texts without a mark that seem to carry one, over all vocabularies tried: fewer than one in thirty thousand.
_RAREST = 1 / 30_000
_MOST_VOCABULARIES, _MOST_CHARACTERS, _MOST_TOKENS = 16, 16_000, 4096


@dataclass(frozen=True, kw_only=True)
class TextMark:
    """`favoured` of `scored` pairs of tokens are such as the mark favours; a quarter would be by chance.

    `chance`: how often a text without a mark shows as much, whichever vocabulary it is read with. `checkpoint` names
    a model with this vocabulary, which others may share.
    """

    checkpoint: str
    scored: int
    favoured: int
    chance: float


@dataclass(frozen=True)
class _Vocabulary:
    checkpoint: str
    tokenizer: "Tokenizer"
    size: int
    verse: bool

    def readings(self, text: str) -> set[str]:
        """A poem's model knows no lines and only traditional characters."""
        if not self.verse:
            return {text}
        from generation.engines.script import to_traditional  # brings OpenCC

        line = "".join(text.split())
        return {line, to_traditional(line)}


def find(text: str) -> TextMark | None:
    """The mark in the beginning of `text`, by the vocabulary that shows it best; None where it may be chance."""
    tried = [(one, reading) for one in _vocabularies() for reading in one.readings(text[:_MOST_CHARACTERS])]
    seen = [(_look(one, reading), one) for one, reading in tried]
    if not seen:
        return None
    best, where = min(seen, key=lambda each: each[0].chance)
    chance = min(1.0, best.chance * len(tried))
    if chance > _RAREST:
        return None
    return TextMark(checkpoint=where.checkpoint, scored=best.scored, favoured=best.favoured, chance=chance)


def _look(vocabulary: _Vocabulary, text: str) -> text_watermark.Finding:
    tokens = vocabulary.tokenizer.encode(text, add_special_tokens=False).ids[:_MOST_TOKENS]
    return text_watermark.look([token for token in tokens if token < vocabulary.size], size=vocabulary.size)


def _vocabularies() -> Iterator[_Vocabulary]:
    """Those of the newest text models, retired ones too, each once; a model whose folder is gone cannot be asked."""
    known: set[tuple[bytes, int, bool]] = set()
    writers = Checkpoint.objects.filter(engine__in=("gpt", "transformers"), kind="text").order_by("-created_at", "pk")
    for checkpoint in writers.iterator():
        folder = settings.CHECKPOINT_DIR / checkpoint.folder
        try:
            size, verse = _size(folder, checkpoint.architecture), checkpoint.architecture.get("text") == "verse"
            digest, tokenizer = _tokenizer(folder / "tokenizer.json", (folder / "tokenizer.json").stat().st_mtime_ns)
        except (OSError, ValueError, TypeError, KeyError):
            continue
        if (digest, size, verse) not in known:
            known.add((digest, size, verse))
            yield _Vocabulary(checkpoint.slug, tokenizer, size, verse)
        if len(known) == _MOST_VOCABULARIES:
            return


def _size(folder: Path, architecture: dict[str, Any]) -> int:
    if "vocabulary" in architecture:
        return int(architecture["vocabulary"])
    return int(json.loads((folder / "config.json").read_text("utf-8"))["vocab_size"])


@functools.lru_cache(maxsize=_MOST_VOCABULARIES)
def _tokenizer(path: Path, changed_at: int) -> tuple[bytes, "Tokenizer"]:
    from tokenizers import Tokenizer  # its library is large, and most processes never look at a text

    content = path.read_bytes()
    try:
        return hashlib.sha256(content).digest(), Tokenizer.from_str(content.decode())
    except Exception as error:  # tokenizers raises nothing more precise
        raise ValueError(f"{path.name} cannot be read") from error
