"""How near a picture and the words it was asked for lie to each other, for a dual encoder such as CLIP, where one is.

The model is a local folder of safetensors that an operator put there; nothing is fetched, and none is shipped.
"""

from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from safetensors import SafetensorError
from transformers import AutoTokenizer, CLIPImageProcessorPil, CLIPModel

from generation.engines import folders
from generation.engines.base import EngineError

__all__ = ["PromptFit", "judge"]


class PromptFit:
    """One loaded dual encoder on the processor."""

    def __init__(self, model: Any, tokenizer: Any, processor: Any) -> None:
        self._model = model
        self._tokenizer = tokenizer
        self._processor = processor

    @classmethod
    def load(cls, folder: Path) -> "PromptFit":
        """Raises EngineError as `folders.inventory` does, or `weights_unreadable`."""
        folders.inventory(folder)
        safe: dict[str, Any] = {"local_files_only": True}
        try:
            model: Any = CLIPModel.from_pretrained(folder, use_safetensors=True, **safe)
            tokenizer = AutoTokenizer.from_pretrained(folder, trust_remote_code=False, **safe)
            return cls(
                model.eval().requires_grad_(False), tokenizer, CLIPImageProcessorPil.from_pretrained(folder, **safe)
            )
        except (OSError, ValueError, KeyError, RuntimeError, TypeError, SafetensorError) as error:
            raise EngineError("weights_unreadable", f"{folder.name} is no CLIP model that can be read.") from error

    @torch.inference_mode()
    def score(self, pixels: NDArray[np.uint8], words: str) -> float:
        """The cosine of the two embeddings, from -1 to 1; words beyond what the model reads are left out."""
        read = self._tokenizer(words, truncation=True, return_tensors="pt")
        seen = self._processor(Image.fromarray(pixels), return_tensors="pt")
        both = self._model(**read, pixel_values=seen["pixel_values"])
        return round(float((both.image_embeds * both.text_embeds).sum()), 4)


@lru_cache(1)
def judge(folder: Path) -> PromptFit:
    """The encoder of a folder, loaded once in a process."""
    return PromptFit.load(folder)
