"""How surprised a language model is by what it reads: the one figure that it is trained and measured by."""

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from transformers import GPT2LMHeadModel

from generation.training.text.reading import Tokens

__all__ = ["Surprise", "batches", "nats"]


class Surprise(nn.Module):
    """The surprise of a model at every token that is to be foretold, in nats; only these pass its output layer."""

    def __init__(self, model: GPT2LMHeadModel) -> None:
        super().__init__()
        self.model = model

    def forward(self, tokens: Tensor, places: Tensor, wanted: Tensor) -> Tensor:
        """`wanted` (batch, length) is true where the next token is to be foretold."""
        # All ones, so that jumps in places are not taken for several texts in one row; padding stands behind, unseen.
        seen = torch.ones_like(tokens)
        states = self.model.transformer(input_ids=tokens, position_ids=places, attention_mask=seen)
        scores = self.model.lm_head(states.last_hidden_state[wanted])
        return F.cross_entropy(scores.float(), tokens[:, 1:][wanted[:, :-1]], reduction="none")


def nats(surprise: nn.Module, batch: Sequence[Tokens], device: torch.device) -> Tensor:
    """The surprise at each token to be foretold in a batch, one sequence after the other."""
    longest = max(len(one.tokens) for one in batch)
    tokens = torch.zeros(len(batch), longest, dtype=torch.long)
    places = torch.zeros(len(batch), longest, dtype=torch.long)
    wanted = torch.zeros(len(batch), longest, dtype=torch.bool)
    for row, one in enumerate(batch):
        size = len(one.tokens)
        tokens[row, :size] = torch.tensor(one.tokens)
        places[row, :size] = torch.tensor(one.places)
        wanted[row, one.start : size - 1] = True
    result: Tensor = surprise(tokens.to(device), places.to(device), wanted.to(device))
    return result


def batches(sequences: Sequence[Tokens], size: int) -> list[list[Tokens]]:
    """The sequences by length, in batches of at most `size` tokens with their padding."""
    made: list[list[Tokens]] = []
    for sequence in sorted(sequences, key=lambda one: len(one.tokens)):
        if made and (len(made[-1]) + 1) * len(sequence.tokens) <= size:
            made[-1].append(sequence)
        else:
            made.append([sequence])
    return made
