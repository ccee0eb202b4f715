"""Plays as a language model reads them: windows of tokens, cut elsewhere in every epoch; held-out passages whole."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from torch import Tensor
from transformers import GPT2LMHeadModel

from generation.training.text.plays import Passage, split
from generation.training.text.reading import Tokens

__all__ = ["WINDOW", "ProseReading", "windows"]

WINDOW = 256
SPECIALS = ["<pad>", "<bos>", "<eos>", "<unk>"]
_SHOWN, _TOKENS = 3, 120


class ProseReading:
    """Training windows, held-out windows, and a byte-pair vocabulary of `size` learnt from the training passages."""

    def __init__(self, passages: Sequence[Passage], *, size: int, every: int) -> None:
        self.training, self.held_out = split(passages, every=every)
        self.tokenizer = _tokenizer([passage.text for passage in self.training], size)
        self.ids: dict[str, int] = self.tokenizer.get_vocab()
        self.positions = WINDOW
        self.told = {"language": "en"}
        self._texts = [self._encoded(passage) for passage in self.training]
        self.held = [window for passage in self.held_out for window in windows(self._encoded(passage), WINDOW)]

    def _encoded(self, passage: Passage) -> list[int]:
        return [self.ids["<bos>"], *self.tokenizer.encode(passage.text).ids, self.ids["<eos>"]]

    def draw(self, random: np.random.Generator) -> list[Tokens]:
        """All training passages once, in windows whose first is short by chance."""
        drawn: list[Tokens] = []
        for text in self._texts:
            drawn += windows(text, int(random.integers(32, WINDOW + 1)))
        return drawn

    def vectors(self, width: int, seed: int) -> Tensor | None:
        """Embeddings begin at random."""
        return None

    @torch.no_grad()
    def show(self, model: GPT2LMHeadModel, path: Path) -> None:
        """Three texts from nothing, as the words fall."""
        texts = [self._sampled(model, np.random.default_rng(seed)) for seed in range(_SHOWN)]
        path.write_text("\n\n———\n\n".join(texts) + "\n", encoding="utf-8")

    def _sampled(self, model: GPT2LMHeadModel, random: np.random.Generator) -> str:
        tokens = [self.ids["<bos>"]]
        for _ in range(_TOKENS):
            ids = torch.tensor([tokens], device=model.device)
            scores = model(input_ids=ids, attention_mask=torch.ones_like(ids)).logits[0, -1].float().cpu()
            odds = torch.softmax(scores / 0.8, 0).double().numpy()
            token = int(random.choice(len(odds), p=odds / odds.sum()))
            if token == self.ids["<eos>"]:
                break
            tokens.append(token)
        return str(self.tokenizer.decode(tokens))


def windows(text: list[int], first: int) -> Iterator[Tokens]:
    """Windows, the first of `first` tokens, that overlap by one: each token but the first is foretold once."""
    start, size = 0, min(first, WINDOW)
    while start < len(text) - 1:
        part = text[start : start + size]
        yield Tokens(part, list(range(len(part))), 0)
        start, size = start + len(part) - 1, WINDOW


def _tokenizer(texts: Sequence[str], size: int) -> Tokenizer:
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=size,
        special_tokens=SPECIALS,
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
        show_progress=False,
    )
    tokenizer.train_from_iterator(texts, trainer)
    return tokenizer
