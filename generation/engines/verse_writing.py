"""Poems in their form: the model says how likely each character is, the plan says which may come.

Every batch has the same number of rows and the same number of tokens in each, so that a poem does not depend on its
neighbours; lines, marks and rhymes cannot fail, because nothing else is allowed where they stand.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from transformers import GPT2LMHeadModel

from generation.engines import verse_plan
from generation.engines.base import Request
from generation.engines.sampling import Sampler, draw, stream
from generation.engines.verse import PREFIX_PLACES, body_places, is_han, rhyme_of
from generation.engines.verse_plan import Plan
from generation.engines.watermark import Watermark

__all__ = ["Poem", "VerseWriter"]

Mask = NDArray[np.bool_]


@dataclass
class Poem:
    """One poem in the making; `text` grows by a character at a time, in traditional characters."""

    plan: Plan
    sampler: Sampler
    repetition: float
    watermark: bool
    random: np.random.Generator
    text: str = ""

    @property
    def lines(self) -> list[str]:
        """Its lines with their marks."""
        size = self.plan.form.length + 1
        return [self.text[start : start + size] for start in range(0, len(self.text), size)]


class VerseWriter:
    """Writes poems with one loaded network and its vocabulary of characters."""

    def __init__(self, network: GPT2LMHeadModel, vocabulary: Sequence[str], architecture: Mapping[str, Any]) -> None:
        self.network = network
        self.vocabulary = vocabulary
        self.ids = {token: place for place, token in enumerate(vocabulary)}
        self.architecture = architecture
        self.han: Mask = np.array([len(token) == 1 and is_han(token) for token in vocabulary])
        self._rhyming: dict[tuple[str, str], Mask] = {}

    @cached_property
    def _mark(self) -> Watermark:
        return Watermark(len(self.vocabulary))

    def plan(self, request: Request) -> Poem:
        """A poem of which nothing is written yet. Raises EngineError as `verse_plan.make` does."""
        asked, random = request.parameters, stream(request.seed)
        return Poem(
            plan=verse_plan.make(asked, self.architecture, random),
            sampler=Sampler.of(asked),
            repetition=float(asked["repetition"]),
            watermark=bool(asked["watermark"]),
            random=random,
        )

    @torch.inference_mode()
    def write(self, poems: Sequence[Poem], *, slots: int, on_place: Callable[[int, int], None]) -> None:
        """Write poems of one form, at most `slots` of them, each by its own stream of random numbers."""
        layout = poems[0].plan.layout()
        rows = [*poems, *[poems[0]] * (slots - len(poems))]
        tokens, places, mask = self._prefixes([poem.plan for poem in rows])
        cache = None
        for number, (line, column) in enumerate(layout):
            output = self.network(
                input_ids=tokens, position_ids=places, attention_mask=mask, past_key_values=cache, use_cache=True
            )
            cache = output.past_key_values
            scores = output.logits[:, -1].float().cpu().numpy()
            for row, poem in enumerate(poems):
                poem.text += self._character(poem, scores[row], line, column)
            tokens = self._tensor([[self._id(poem.text[number])] for poem in rows])
            places = self._tensor([[body_places(poem.text)[number]] for poem in rows])
            mask = torch.cat([mask, torch.ones_like(tokens)], 1)
            on_place(number + 1, len(layout))

    def _prefixes(self, plans: Sequence[Plan]) -> tuple[Tensor, Tensor, Tensor]:
        """Conditions, then padding that nobody looks at, then the mark that begins a poem: always 32 tokens."""
        rows: list[tuple[list[int], list[int], list[int]]] = []
        for plan in plans:
            prefix = [self._id(token) for token in plan.prefix][: PREFIX_PLACES - 1]
            empty = PREFIX_PLACES - 1 - len(prefix)
            rows.append(
                (
                    [*prefix, *[0] * empty, self.ids["<poem>"]],
                    [*range(len(prefix)), *[0] * empty, PREFIX_PLACES - 1],
                    [*[1] * len(prefix), *[0] * empty, 1],
                )
            )
        tokens, places, mask = (self._tensor([row[part] for row in rows]) for part in range(3))
        return tokens, places, mask

    def _tensor(self, rows: list[list[int]]) -> Tensor:
        return torch.tensor(rows, device=self.network.device)

    def _id(self, token: str) -> int:
        return self.ids.get(token, self.ids["<unk>"])

    def _character(self, poem: Poem, scores: NDArray[np.float32], line: int, column: int) -> str:
        plan = poem.plan
        if column == plan.form.length:
            return plan.mark(line)
        if (settled := plan.settled.get((line, column))) is not None:
            return settled
        allowed = self.han
        if plan.rhymes_at(line, column) and plan.rhyme is not None:
            used = {poem.lines[other][-2] for other in range(line)}
            allowed = self._rhyme_mask(plan.rhyme, used)
        if poem.watermark:
            scores = self._mark.favour([self._id(character) for character in poem.text], scores)
        # What stands in the poem already is made less likely, but for a character said twice, as in 悠悠.
        doubled = poem.text[-1:] if column and poem.text[-2:-1] != poem.text[-1:] else ""
        seen = [self._id(character) for character in set(poem.text) - set(doubled)]
        scores = scores.copy()
        scores[seen] -= poem.repetition
        return self.vocabulary[draw(poem.sampler.odds(scores, allowed=allowed), poem.random)]

    def _rhyme_mask(self, rhyme: tuple[str, str], used: set[str]) -> Mask:
        """The characters with this rhyme and tone that end no line yet; all characters if none is left."""
        if rhyme not in self._rhyming:
            known = self._rhymes
            self._rhyming[rhyme] = np.array([one == rhyme for one in known])
        mask = self._rhyming[rhyme].copy()
        mask[[self._id(character) for character in used]] = False
        return mask if mask.any() else self.han

    @cached_property
    def _rhymes(self) -> list[tuple[str, str] | None]:
        return [rhyme_of(token) if han else None for token, han in zip(self.vocabulary, self.han, strict=True)]
