"""What a language model reads: sequences for an epoch, held-out sequences, and how its texts are shown."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from tokenizers import Tokenizer
from torch import Tensor
from transformers import GPT2LMHeadModel

if TYPE_CHECKING:
    from generation.training.frozen import Frozen
    from generation.training.gpt_config import GptConfig

__all__ = ["Reading", "Tokens", "reading_of"]


@dataclass(frozen=True)
class Tokens:
    """Tokens with their places, and where the text begins: everything behind `start` is to be foretold."""

    tokens: list[int]
    places: list[int]
    start: int


class Reading(Protocol):
    """Texts as a trainer wants them. `told` is what the engine has to know of them: language, forms and so on."""

    tokenizer: Tokenizer
    ids: dict[str, int]
    positions: int
    held: list[Tokens]
    told: dict[str, Any]

    def draw(self, random: np.random.Generator) -> list[Tokens]:
        """All training sequences once, as they are shown this time."""

    def vectors(self, width: int, seed: int) -> Tensor | None:
        """Embeddings to begin with, or None for random ones."""

    def show(self, model: GPT2LMHeadModel, path: Path) -> None:
        """Write a few texts of a model, for people to look at."""


def reading_of(config: "GptConfig", dataset: "Frozen", corpus: Path | None) -> Reading:
    """The reading of a configuration. Raises CorpusError unless the corpus is the one that was frozen."""
    from generation.training.text import dataset as datasets
    from generation.training.text.prose_reading import ProseReading
    from generation.training.text.verse_reading import VerseReading
    from generation.training.text.verse_tokens import Conditions

    if config.text == "prose":
        every = datasets.HELD_OUT_EVERY[dataset.name]
        return ProseReading(datasets.passages(dataset, corpus), size=config.least, every=every)
    odds = Conditions(config.show_none, config.show_form, config.show_rhyme, config.show_author, config.show_title)
    return VerseReading(
        datasets.poems(dataset, corpus),
        least=config.least,
        author_poems=config.author_poems,
        odds=odds,
        every=datasets.HELD_OUT_EVERY[dataset.name],
    )
