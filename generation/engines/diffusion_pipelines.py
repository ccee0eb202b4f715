"""The pipelines of one diffusers folder: loaded from local safetensors only, one for each task, all sharing weights.

The folder's digest has been checked before this reads it. A safety checker that the folder has stays on.
"""

import os
from pathlib import Path
from typing import Any, cast

import diffusers
import numpy as np
import torch
import transformers
from safetensors import SafetensorError

from generation.engines.base import EngineError
from generation.engines.parameters.diffusion import AS_SHIPPED, SCHEDULERS

__all__ = ["Pipelines", "chosen_dtype", "seeded"]

# Their bars would be lines without end in a worker's log.
diffusers.logging.disable_progress_bar()
transformers.logging.disable_progress_bar()  # type: ignore[no-untyped-call]

_STREAM = 0x6469_6666
_STATE_BYTES = 5056
_DTYPES = {"float32": torch.float32, "bfloat16": torch.bfloat16, "float16": torch.float16}
# What the libraries raise over files that are not what they should be.
_UNREADABLE = (OSError, ValueError, TypeError, KeyError, RuntimeError, SafetensorError)
# Other tasks are done by pipelines made of the same parts.
_BORROWED = {
    "image-to-image": diffusers.AutoPipelineForImage2Image,
    "inpainting": diffusers.AutoPipelineForInpainting,
}


def seeded(seed: int) -> torch.Generator:
    """A generator of the processor that depends on all 63 bits of the seed, whatever a pipeline draws from it.

    `manual_seed` looks at 32 bits only, so the Mersenne twister's words are filled from numpy's stream: they lie from
    the fourth of the state's 64-bit places on.
    """
    generator = torch.Generator().manual_seed(0)
    state = generator.get_state().numpy().copy()
    if state.nbytes != _STATE_BYTES:
        raise EngineError("seed_unusable", f"This torch, {torch.__version__}, keeps its random state in another form.")
    words = state.view(np.uint64)
    words[3 : 3 + 624] = np.random.default_rng([_STREAM, seed]).integers(0, 2**32, 624, np.uint64)
    generator.set_state(torch.from_numpy(state))
    return generator


def chosen_dtype(device: torch.device) -> torch.dtype:
    """`ENGINE_DTYPE` of the environment; by default float32 on a processor and bfloat16 on a GPU."""
    asked = os.environ.get("ENGINE_DTYPE", "auto")
    if asked == "auto":
        return torch.float32 if device.type == "cpu" else torch.bfloat16
    if asked not in _DTYPES:
        raise EngineError("dtype_unknown", f"ENGINE_DTYPE must be auto or one of {', '.join(_DTYPES)}.")
    return _DTYPES[asked]


class Pipelines:
    """What can be done with one folder: a pipeline for a task, its scheduler and LoRA set for the next call."""

    def __init__(self, base: Any, folder: Path, architecture: dict[str, Any]) -> None:
        self.base = base
        self.folder = folder
        self.architecture = architecture
        self._by_task: dict[str, Any] = {}
        self._shipped = (type(base.scheduler), base.scheduler.config)
        self._loras: set[str] = set()

    @classmethod
    def load(
        cls, folder: Path, architecture: dict[str, Any], *, device: torch.device, dtype: torch.dtype
    ) -> "Pipelines":
        """Raises EngineError `weights_unreadable` where diffusers cannot make a pipeline of the folder."""
        try:
            base = diffusers.DiffusionPipeline.from_pretrained(
                folder, local_files_only=True, use_safetensors=True, dtype=dtype
            )
        except (*_UNREADABLE, AttributeError, ImportError) as error:
            why = str(error).strip().splitlines()[0][:300] if str(error).strip() else type(error).__name__
            raise EngineError("weights_unreadable", f"No pipeline can be made of {folder.name}: {why}") from error
        base.to(device)
        base.set_progress_bar_config(disable=True)
        return cls(base, folder, architecture)

    @property
    def memory_bytes(self) -> int:
        """What the weights of all parts take."""
        parts = [part for part in self.base.components.values() if isinstance(part, torch.nn.Module)]
        return sum(tensor.numel() * tensor.element_size() for part in parts for tensor in part.state_dict().values())

    @property
    def multiple(self) -> int:
        """Sides are made as multiples of this."""
        return max(8, 2 * int(getattr(self.base, "vae_scale_factor", 8)))

    def ready(self, task: str, parameters: dict[str, Any]) -> Any:
        """The pipeline for a task, with a fresh scheduler and with the LoRA that is asked for, or none."""
        pipeline = self._pipeline(task)
        kind, config = self._shipped
        name = parameters.get("scheduler", AS_SHIPPED)
        kind = kind if name == AS_SHIPPED else getattr(diffusers, SCHEDULERS[name])
        pipeline.scheduler = kind.from_config(config)
        self._set_lora(pipeline, parameters.get("lora"), float(parameters.get("lora_scale", "1")))
        return pipeline

    def check_prompt(self, prompt: str) -> None:
        """Refuse words that no text encoder reads to their end. Raises EngineError `prompt_too_long`."""
        tokenizers = [getattr(self.base, name, None) for name in ("tokenizer", "tokenizer_2", "tokenizer_3")]
        read = [(len(known(prompt).input_ids), int(known.model_max_length)) for known in tokenizers if known]
        if read and all(length > longest for length, longest in read):
            length, longest = max(read, key=lambda pair: pair[1])
            raise EngineError(
                "prompt_too_long", f"The words are {length} tokens long, and the model reads {longest}: shorten them."
            )

    def _pipeline(self, task: str) -> Any:
        own = self.architecture["tasks"]
        if task not in own:
            raise EngineError("task_unknown", f"This pipeline does {', '.join(own)}, not {task}.")
        if task == own[0]:
            return self.base
        if task not in self._by_task:
            borrowed = cast("Any", _BORROWED[task]).from_pipe(self.base)
            borrowed.set_progress_bar_config(disable=True)
            self._by_task[task] = borrowed
        return self._by_task[task]

    def _set_lora(self, pipeline: Any, name: str | None, scale: float) -> None:
        if name is None:
            if self._loras:
                pipeline.disable_lora()
            return
        if name not in self._loras:
            self._load_lora(pipeline, name)
        pipeline.enable_lora()
        pipeline.set_adapters([name], [scale])

    def _load_lora(self, pipeline: Any, name: str) -> None:
        try:
            pipeline.load_lora_weights(
                str(self.folder / "loras"),
                weight_name=f"{name}.safetensors",
                adapter_name=name,
                local_files_only=True,
                use_safetensors=True,
            )
        except _UNREADABLE as error:
            raise EngineError("lora_unreadable", f"The LoRA {name} does not fit this pipeline.") from error
        self._loras.add(name)
