"""Running text by any causal language model of transformers: sampled token by token, stopped by rules, with facts.

A text that lacks one of its facts is written again; the last attempt puts what is missing between sentences, where
the model goes on from it. Each text is written by itself, so that neighbours cannot matter.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from transformers import PreTrainedModel, PreTrainedTokenizerBase

from generation.engines.base import EngineError
from generation.engines.sampling import SENTENCE_END, Sampler, Stops, draw, missing, stream
from generation.engines.watermark import Watermark

__all__ = ["ProseWriter", "Written"]

_UNFINISHED = "\ufffd"


@dataclass
class Written:
    """A finished text without its prompt, its tokens, which rule ended it, and what became of the facts."""

    text: str
    tokens: list[int]
    stopped_by: str
    attempts: int
    inserted: list[str] = field(default_factory=list)

    def report(self, facts: Sequence[str]) -> dict[str, Any]:
        """What the record says of it beside what was asked for."""
        unmet = missing(facts, self.text)
        return {
            "attempts": self.attempts,
            "facts_inserted": self.inserted,
            "facts_met": [fact not in unmet for fact in facts],
            "stopped_by": self.stopped_by,
            "tokens": len(self.tokens),
        }


class ProseWriter:
    """Writes with one loaded model and its tokenizer; `longest` is how many tokens the model can look at."""

    def __init__(self, model: PreTrainedModel, tokenizer: PreTrainedTokenizerBase, *, longest: int) -> None:
        self.model, self.tokenizer, self.longest = model, tokenizer, longest
        self.ends = {*_ids(model.config.eos_token_id), *_ids(tokenizer.eos_token_id)}

    @cached_property
    def _mark(self) -> Watermark:
        return Watermark(int(self.model.config.vocab_size))

    @cached_property
    def _allowed(self) -> NDArray[np.bool_]:
        """Everything but special tokens that do not end a text."""
        allowed = np.ones(int(self.model.config.vocab_size), bool)
        allowed[[token for token in self.tokenizer.all_special_ids if token not in self.ends]] = False
        return allowed

    def write(self, asked: Mapping[str, Any], seed: int, on_token: Callable[[], None] = lambda: None) -> Written:
        """One text. Raises EngineError `prompt_too_long`, or `facts_unmet` when no attempt had all facts."""
        prompt = self._prompt(asked["prompt"], int(asked["max_tokens"]))
        facts: list[str] = list(asked["facts"])
        attempts = int(asked["attempts"]) if facts else 1
        for attempt in range(attempts):
            # The last attempt alone puts facts in by force; it is the first where there is only one.
            pending = facts if attempt == attempts - 1 else []
            written = self._attempt(prompt, asked, stream(seed, attempt), list(pending), on_token)
            written.attempts = attempt + 1
            if not missing(facts, written.text):
                return written
        unmet = ", ".join(missing(facts, written.text))
        raise EngineError("facts_unmet", f"In {attempts} attempts no text had: {unmet}. Give it more tokens.")

    def _prompt(self, text: str, room: int) -> list[int]:
        tokens = self._tokens(text) if text else []
        if not tokens:
            begin = self.tokenizer.bos_token_id
            tokens = [begin if begin is not None else min(self.ends, default=0)]
        if len(tokens) + room > self.longest:
            raise EngineError(
                "prompt_too_long",
                f"The prompt has {len(tokens)} tokens; with max_tokens {room} the model looks at {self.longest}.",
            )
        return tokens

    def _tokens(self, text: str) -> list[int]:
        return [int(token) for token in self.tokenizer.encode(text)]

    def _attempt(
        self,
        prompt: Sequence[int],
        asked: Mapping[str, Any],
        random: np.random.Generator,
        pending: list[str],
        on_token: Callable[[], None],
    ) -> Written:
        sampler, stops, most = Sampler.of(asked), Stops.of(asked), int(asked["max_tokens"])
        made: list[int] = []
        inserted: list[str] = []
        forced: list[int] = []
        cache, feed = None, list(prompt)
        while len(made) < most:
            scores, cache = self._look(feed, cache, len(prompt) + len(made))
            if not forced:
                forced = self._fact_now(made, pending, inserted, most)
            if forced:
                token = forced.pop(0)
            else:
                if asked["watermark"]:
                    scores = self._mark.favour(made, scores)
                token = draw(sampler.odds(scores, seen=[*prompt, *made], allowed=self._allowed), random)
            on_token()
            if token in self.ends:
                return Written(self._text(made), made, "end", 1, inserted)
            made.append(token)
            feed = [token]
            if not forced and (cut := stops.cut(self._text(made))) is not None:
                return Written(cut[0], made, cut[1], 1, inserted)
        return Written(self._text(made), made, "max_tokens", 1, inserted)

    def _fact_now(self, made: list[int], pending: list[str], inserted: list[str], most: int) -> list[int]:
        """The tokens of the next fact that is not there yet, where a sentence has just ended or room gets scarce."""
        text = self._text(made)
        left = missing(pending, text)
        if not left:
            return []
        needed = sum(len(self._inside(text, fact)) for fact in left) + 4 * len(left)
        ended = any(match.end() == len(text.rstrip()) for match in SENTENCE_END.finditer(text.rstrip()))
        if not ended and most - len(made) > needed:
            return []
        inserted.append(left[0])
        return self._inside(text, left[0])

    def _inside(self, text: str, fact: str) -> list[int]:
        apart = not text or text[-1].isspace() or not (text[-1].isascii() and fact[0].isascii())
        tokens = self._tokens(fact if apart else f" {fact}")
        special = set(self.tokenizer.all_special_ids)
        return [token for token in tokens if token not in special]

    def _look(self, feed: list[int], cache: Any, length: int) -> tuple[NDArray[np.float32], Any]:
        device = self.model.device
        output = self.model(
            input_ids=torch.tensor([feed], device=device),
            attention_mask=torch.ones(1, length, dtype=torch.long, device=device),
            past_key_values=cache,
            use_cache=True,
        )
        scores: NDArray[np.float32] = output.logits[0, -1].float().cpu().numpy()
        return scores, output.past_key_values

    def _text(self, tokens: Sequence[int]) -> str:
        text = str(self.tokenizer.decode(list(tokens), skip_special_tokens=True))
        return text.rstrip(_UNFINISHED)


def _ids(value: Any) -> list[int]:
    if value is None:
        return []
    return [int(token) for token in value] if isinstance(value, list | tuple) else [int(value)]
