"""The engine of causal language models from outside: a folder as transformers saves it, safetensors only.

Nothing is fetched and no code of the folder is run; all files together have the one digest that was registered.
"""

import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Self

import torch
import transformers
from transformers import AutoModelForCausalLM, AutoTokenizer, PreTrainedModel, PreTrainedTokenizerBase

from generation.engines import devices, folders, weights
from generation.engines.base import Made, OnStep, Request, Text, ignore_steps
from generation.engines.gpt import tidy
from generation.engines.method import Progress
from generation.engines.parameters.transformers_text import describe
from generation.engines.prose import ProseWriter

__all__ = ["TransformersEngine"]

ENGINE = "transformers"
ENGINE_VERSION = "1"
_SECONDS_PER_TOKEN_AND_PARAMETER = 4e-10


class TransformersEngine:
    """One loaded folder on one device: half precision on a GPU, fp32 on a processor."""

    def __init__(self, model: PreTrainedModel, tokenizer: PreTrainedTokenizerBase, *, positions: int) -> None:
        self.model = model
        self.device = model.device
        self.prose = ProseWriter(model, tokenizer, longest=positions)

    @classmethod
    def load(cls, folder: Path, *, weights_sha256: str, device: str = "cpu", threads: int = 1) -> Self:
        """Load a folder whose digest is `weights_sha256`; sets this process's threads.

        Raises EngineError as `folders.check` and `describe` do, and `weights_unreadable`.
        """
        folders.check(folder, weights_sha256)
        architecture = describe(folder)
        torch.set_num_threads(threads)
        safe: dict[str, Any] = {"local_files_only": True, "trust_remote_code": False}
        dtype = torch.float16 if device.startswith("cuda") else torch.float32
        try:
            tokenizer = AutoTokenizer.from_pretrained(folder, **safe)
            model = AutoModelForCausalLM.from_pretrained(folder, use_safetensors=True, dtype=dtype, **safe)
        except (OSError, ValueError, KeyError, RuntimeError) as error:
            raise weights.unknown(folder, str(error)) from error
        with devices.memory_guarded():
            model.train(False).requires_grad_(False).to(device)
        return cls(model, tokenizer, positions=architecture["positions"])

    @property
    def slot_counts(self) -> tuple[int, ...]:
        """One text at a time: prompts differ in length."""
        return (1,)

    @property
    def memory_bytes(self) -> int:
        """The weights as they are loaded."""
        return sum(tensor.numel() * tensor.element_size() for tensor in self.model.parameters())

    def estimate_seconds(self, requests: Sequence[Request]) -> float:
        """About how long these will take, by the number of parameters, on one thread of a laptop."""
        tokens = sum(request.parameters["max_tokens"] for request in requests)
        return float(tokens * self.model.num_parameters() * _SECONDS_PER_TOKEN_AND_PARAMETER + 0.005 * tokens)

    def profile(self, *, slots: int | None = None) -> dict[str, str | int]:
        """Where two profiles and two digests are equal, equal requests give equal bytes."""
        dtype = str(self.model.dtype).removeprefix("torch.")
        told = devices.profile(engine=ENGINE, version=ENGINE_VERSION, device=self.device, slots=slots or 1, dtype=dtype)
        return told | {"transformers": transformers.__version__}

    def generate(
        self, requests: Sequence[Request], *, slots: int | None = None, on_step: OnStep = ignore_steps
    ) -> Iterator[Made]:
        """Write the texts one after another; `slots` changes nothing. Raises EngineError as ProseWriter does."""
        asked = sum(request.parameters["max_tokens"] * request.parameters["attempts"] for request in requests)
        progress = Progress(on_step, asked)
        for request in requests:
            started = time.perf_counter()
            with devices.memory_guarded(), torch.inference_mode():
                written = self.prose.write(request.parameters, request.seed, progress.advance)
            report = written.report(request.parameters["facts"])
            seconds = time.perf_counter() - started
            yield Made(Text(tidy(written.text), "und"), request.seed, {**request.parameters, **report}, seconds)
