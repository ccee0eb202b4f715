"""The Tang poems as a language model reads them: pieces with conditions shown at random, held-out poems with none."""

from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import torch
from tokenizers import AddedToken, Regex, Tokenizer, models, pre_tokenizers
from torch import Tensor
from transformers import GPT2LMHeadModel

from generation.engines.verse import FORMS, MARKS, PLACES, RHYMES, body_places, is_han
from generation.training.text import tang
from generation.training.text.reading import Tokens
from generation.training.text.vectors import company_vectors
from generation.training.text.verse_tokens import Conditions, draw_shown, encode, pieces_of, vocabulary

__all__ = ["VerseReading", "tokenizer_of"]

_MEASURED_POEMS = 300


class VerseReading:
    """Training pieces, held-out poems and the vocabulary of one cleaned corpus."""

    def __init__(self, poems: list[tang.Poem], *, least: int, author_poems: int, odds: Conditions, every: int) -> None:
        self.training, self.held_out, _ = tang.split(poems, every=every)
        self.vocabulary = vocabulary(self.training, least=least, author_poems=author_poems)
        self.tokenizer = tokenizer_of(self.vocabulary)
        self.ids = {token: place for place, token in enumerate(self.vocabulary)}
        self.positions = PLACES
        self.odds = odds
        self.pieces = [piece for poem in self.training for piece in pieces_of(poem)]
        self.told: dict[str, Any] = {
            "language": "zh-Hant",
            "forms": [form.name for form in FORMS.values() if form.lines],
            "authors": [token[8:-1] for token in self.vocabulary if token.startswith("<author:")],
            "rhyme_names": list(RHYMES),
            "rhymes": self._rhymes(),
        }
        measured = [piece for poem in self.held_out[:_MEASURED_POEMS] for piece in pieces_of(poem)]
        self.held = [encode(piece, self.ids, frozenset()) for piece in measured]

    def _rhymes(self) -> dict[str, dict[str, int]]:
        """How often each rhyme comes in the training poems of each form."""
        counts: dict[str, Counter[str]] = {form.name: Counter() for form in FORMS.values() if form.lines}
        for piece in self.pieces:
            if piece.rhyme and piece.form in counts:
                counts[piece.form][":".join(piece.rhyme)] += 1
        return {form: dict(sorted(count.items())) for form, count in counts.items()}

    def draw(self, random: np.random.Generator) -> list[Tokens]:
        """All training pieces once, each with the conditions that it shows this time."""
        return [encode(piece, self.ids, draw_shown(random, self.odds)) for piece in self.pieces]

    def vectors(self, width: int, seed: int) -> Tensor:
        """Embeddings to begin with: characters lie near those that keep the same company."""
        return company_vectors([poem.text for poem in self.training], self.ids, width=width, seed=seed)

    @torch.no_grad()
    def show(self, model: GPT2LMHeadModel, path: Path) -> None:
        """A quatrain and an octave of each length, for two titles, as the words fall (separators forced)."""
        random = np.random.default_rng(1)
        written = []
        for title in ("山居", "送別"):
            for form in list(FORMS.values())[:4]:
                written.append(f"{title}（{form.name}）{self._poem(model, form.name, title, random)}")
        path.write_text("\n".join(written) + "\n", encoding="utf-8")

    def _poem(self, model: GPT2LMHeadModel, form: str, title: str, random: np.random.Generator) -> str:
        prefix = ["<bos>", f"<form:{form}>", "<title>", *title]
        tokens = [self.ids.get(token, self.ids["<unk>"]) for token in [*prefix, "<poem>"]]
        places = [*range(len(prefix)), 31]
        allowed = torch.tensor([len(token) == 1 and is_han(token) for token in self.vocabulary])
        text = ""
        shape = FORMS[form]
        for line in range(shape.lines):
            for column in range(shape.length + 1):
                if column == shape.length:
                    text += MARKS[line % 2]
                else:
                    logits = model(
                        input_ids=torch.tensor([tokens]),
                        position_ids=torch.tensor([places]),
                        attention_mask=torch.ones(1, len(tokens), dtype=torch.long),
                    ).logits[0, -1]
                    odds = torch.softmax((logits / 0.8).masked_fill(~allowed, -torch.inf), 0).double().numpy()
                    text += self.vocabulary[int(random.choice(len(odds), p=odds / odds.sum()))]
                tokens.append(self.ids[text[-1]])
                places.append(body_places(text)[-1])
        return text


def tokenizer_of(vocabulary: list[str]) -> Tokenizer:
    """A tokenizer of single characters, with conditions and marks as special tokens."""
    tokenizer = Tokenizer(models.WordLevel({token: place for place, token in enumerate(vocabulary)}, "<unk>"))
    tokenizer.pre_tokenizer = pre_tokenizers.Split(Regex(r"[\s\S]"), "isolated")
    tokenizer.add_special_tokens([AddedToken(token, special=True) for token in vocabulary if len(token) > 1])
    return tokenizer
