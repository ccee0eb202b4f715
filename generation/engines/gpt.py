"""The engine of the house's own language models: Chinese verse in its forms, and running text from a prompt.

A checkpoint holds `weights.safetensors`, `architecture.json` and `tokenizer.json`; the weights' metadata name the
tokenizer's digest, so that the one registered digest vouches for both.
"""

import hashlib
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Self

import torch
from safetensors import safe_open
from tokenizers import Tokenizer
from transformers import GPT2Config, GPT2LMHeadModel, PreTrainedTokenizerFast

from generation.engines import devices, weights
from generation.engines.base import EngineError, Made, OnStep, Request, Text, ignore_steps
from generation.engines.method import Progress
from generation.engines.prose import ProseWriter
from generation.engines.sampling import missing
from generation.engines.script import to_simplified
from generation.engines.verse_writing import Poem, VerseWriter

__all__ = ["GptEngine", "network", "tokenizer_of"]

ENGINE = "gpt"
ENGINE_VERSION = "1"
VERSE_SLOTS = (8, 4, 2, 1)
_SECONDS_PER_STEP, _SECONDS_PER_TOKEN = 0.03, 0.008


def network(architecture: Mapping[str, Any], *, dropout: float = 0.0) -> GPT2LMHeadModel:
    """The untrained network that an architecture describes."""
    return GPT2LMHeadModel(
        GPT2Config(
            vocab_size=architecture["vocabulary"],
            n_positions=architecture["positions"],
            n_embd=architecture["width"],
            n_layer=architecture["layers"],
            n_head=architecture["heads"],
            activation_function="gelu_pytorch_tanh",
            resid_pdrop=dropout,
            embd_pdrop=dropout,
            attn_pdrop=0.0,
            pad_token_id=0,
            bos_token_id=1,
            eos_token_id=2,
        )
    )


def tokenizer_of(folder: Path) -> Tokenizer:
    """The tokenizer that the weights vouch for. Raises EngineError `weights_altered` or `architecture_unknown`."""
    try:
        content = (folder / "tokenizer.json").read_bytes()
        with safe_open(folder / "weights.safetensors", "pt") as file:
            told = (file.metadata() or {}).get("tokenizer_sha256")
        if hashlib.sha256(content).hexdigest() != told:
            raise EngineError("weights_altered", f"The tokenizer in {folder.name} is not the one of its weights.")
        return Tokenizer.from_str(content.decode())
    except EngineError:
        raise
    except Exception as error:  # tokenizers raises nothing more precise
        raise weights.unknown(folder, f"tokenizer.json: {error}") from error


class GptEngine:
    """One loaded checkpoint on one device."""

    def __init__(
        self, model: GPT2LMHeadModel, tokenizer: Tokenizer, architecture: Mapping[str, Any], *, weights_sha256: str
    ) -> None:
        self.model = model
        self.tokenizer = tokenizer
        self.architecture = architecture
        self.weights_sha256 = weights_sha256
        self.device = model.device
        self.writes_verse = architecture["text"] == "verse"
        self.verse = VerseWriter(model, vocabulary_of(tokenizer), architecture) if self.writes_verse else None
        self.prose = ProseWriter(model, _fast(tokenizer), longest=int(architecture["positions"]))

    @classmethod
    def load(cls, folder: Path, *, weights_sha256: str, device: str = "cpu", threads: int = 1) -> Self:
        """Load a checkpoint's folder; sets this process's threads.

        Raises EngineError `weights_missing`, `weights_altered`, `weights_unreadable` or `architecture_unknown`.
        """
        values = weights.tensors(folder, weights_sha256)
        architecture = weights.document(folder)
        tokenizer = tokenizer_of(folder)
        try:
            model = network(architecture)
            fits = tokenizer.get_vocab_size() == architecture["vocabulary"]
        except (KeyError, TypeError, ValueError) as error:
            raise weights.unknown(folder, str(error)) from error
        if not fits:
            raise weights.unknown(folder, "its tokenizer has another vocabulary")
        # The output layer is the embeddings themselves and is not stored twice.
        weights.fill(model, values | {"lm_head.weight": values.get("transformer.wte.weight", torch.empty(0))}, folder)
        torch.set_num_threads(threads)
        model.train(False).requires_grad_(False).to(device)
        return cls(model, tokenizer, architecture, weights_sha256=weights_sha256)

    @property
    def slot_counts(self) -> tuple[int, ...]:
        """Eight poems share each step; running texts, whose prompts differ in length, are written one by one."""
        return VERSE_SLOTS if self.writes_verse else (1,)

    @property
    def memory_bytes(self) -> int:
        """The weights in fp32."""
        return sum(tensor.numel() * tensor.element_size() for tensor in self.model.parameters())

    def estimate_seconds(self, requests: Sequence[Request]) -> float:
        """About how long these will take on one thread of a laptop."""
        if self.writes_verse:
            return -(-len(requests) // VERSE_SLOTS[0]) * 64 * _SECONDS_PER_STEP
        tokens = sum(request.parameters["max_tokens"] for request in requests)
        return float(tokens * _SECONDS_PER_TOKEN)

    def profile(self, *, slots: int | None = None) -> dict[str, str | int]:
        """Where two profiles and two digests of weights are equal, equal requests give equal bytes."""
        return devices.profile(
            engine=ENGINE, version=ENGINE_VERSION, device=self.device, slots=slots or self.slot_counts[0]
        )

    def generate(
        self, requests: Sequence[Request], *, slots: int | None = None, on_step: OnStep = ignore_steps
    ) -> Iterator[Made]:
        """Write the texts, in the order of the requests. Raises EngineError, `facts_unmet` among others."""
        slots = slots or self.slot_counts[0]
        if self.verse is None:
            yield from self._running(requests, on_step)
            return
        for start in range(0, len(requests), slots):
            yield from self._poems(self.verse, requests[start : start + slots], slots, on_step)

    def _poems(self, verse: VerseWriter, requests: Sequence[Request], slots: int, on_step: OnStep) -> Iterator[Made]:
        started = time.perf_counter()
        poems = [verse.plan(request) for request in requests]
        with devices.memory_guarded():
            verse.write(poems, slots=slots, on_place=on_step)
        seconds = (time.perf_counter() - started) / len(requests)
        for request, poem in zip(requests, poems, strict=True):
            yield _poem(request, poem, seconds)

    def _running(self, requests: Sequence[Request], on_step: OnStep) -> Iterator[Made]:
        asked = sum(request.parameters["max_tokens"] * request.parameters["attempts"] for request in requests)
        progress = Progress(on_step, asked)
        for request in requests:
            started = time.perf_counter()
            with devices.memory_guarded(), torch.inference_mode():
                written = self.prose.write(request.parameters, request.seed, progress.advance)
            text = Text(tidy(written.text), self.architecture["language"])
            report = written.report(request.parameters["facts"])
            yield Made(text, request.seed, {**request.parameters, **report}, time.perf_counter() - started)


def vocabulary_of(tokenizer: Tokenizer) -> list[str]:
    """The tokens in order of their numbers."""
    numbers: dict[str, int] = tokenizer.get_vocab(with_added_tokens=True)
    return sorted(numbers, key=numbers.__getitem__)


def tidy(text: str) -> str:
    """Without white space around it and at the ends of its lines."""
    return "\n".join(line.rstrip() for line in text.strip().splitlines())


def _poem(request: Request, poem: Poem, seconds: float) -> Made:
    simplified = request.parameters["script"] == "simplified"
    lines = [to_simplified(line) if simplified else line for line in poem.lines]
    text = "\n".join(lines)
    unmet = missing(request.parameters["facts"], "".join(lines))
    if unmet:
        # A word that changes its characters on the way to the other script and back.
        raise EngineError("facts_unmet", f"In this script the poem does not show: {', '.join(unmet)}.")
    report = {
        "facts_met": [True for _ in request.parameters["facts"]],
        "rhyme_used": ":".join(poem.plan.rhyme) if poem.plan.rhyme else "",
    }
    return Made(
        Text(text, "zh-Hans" if simplified else "zh-Hant"), request.seed, {**request.parameters, **report}, seconds
    )


def _fast(tokenizer: Tokenizer) -> PreTrainedTokenizerFast:
    return PreTrainedTokenizerFast(  # type: ignore[no-untyped-call]
        tokenizer_object=tokenizer,
        **{f"{name}_token": f"<{name}>" for name in ("bos", "eos", "pad", "unk")},
    )
