"""What can be asked of a diffusers pipeline, read off the files that diffusers saves; torch is not needed for that.

Which works go in decides what is done: none, a picture is made from words; `content`, it is made over; `content` and
`mask`, only where the mask is white; a pipeline that enlarges needs `content`.
"""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from generation.engines.base import EngineError
from generation.engines.parameters.fields import Choice, Field, Fraction, Whole, Words
from generation.engines.parameters.spec import Input, Spec

__all__ = ["AS_SHIPPED", "MAX_PROMPT", "SCHEDULERS", "describe", "spec"]

MAX_PROMPT = 1000
AS_SHIPPED = "as-shipped"
# Name → diffusers' class; any of them can take the configuration of any other.
SCHEDULERS = {
    "ddim": "DDIMScheduler",
    "dpm-solver": "DPMSolverMultistepScheduler",
    "euler": "EulerDiscreteScheduler",
    "euler-ancestral": "EulerAncestralDiscreteScheduler",
    "heun": "HeunDiscreteScheduler",
    "unipc": "UniPCMultistepScheduler",
}
_EXCHANGEABLE = {*SCHEDULERS.values(), "DDPMScheduler", "PNDMScheduler", "LMSDiscreteScheduler"}
_TEXT, _IMAGE, _INPAINT, _UPSCALE = "text-to-image", "image-to-image", "inpainting", "upscaling"
# Pipeline classes that do more, or something else, than make pictures from words.
_TASKS = {
    "FluxPipeline": (_TEXT, _IMAGE, _INPAINT),
    "QwenImagePipeline": (_TEXT, _IMAGE, _INPAINT),
    "StableDiffusion3Pipeline": (_TEXT, _IMAGE, _INPAINT),
    "StableDiffusionImg2ImgPipeline": (_IMAGE,),
    "StableDiffusionInpaintPipeline": (_INPAINT,),
    "StableDiffusionLatentUpscalePipeline": (_UPSCALE,),
    "StableDiffusionPipeline": (_TEXT, _IMAGE, _INPAINT),
    "StableDiffusionUpscalePipeline": (_UPSCALE,),
    "StableDiffusionXLImg2ImgPipeline": (_IMAGE,),
    "StableDiffusionXLInpaintPipeline": (_INPAINT,),
    "StableDiffusionXLPipeline": (_TEXT, _IMAGE, _INPAINT),
}
_ENLARGES = {"StableDiffusionLatentUpscalePipeline": 2, "StableDiffusionUpscalePipeline": 4}
# Where parts come from: two libraries, and the pipeline modules of diffusers that bring a safety checker of their own.
_LIBRARIES = {"diffusers", "transformers", "deepfloyd_if", "kandinsky", "paint_by_example", "stable_diffusion"}
_LIBRARIES |= {"stable_diffusion_xl"}
_LORA = re.compile(r"[a-z0-9][a-z0-9-]{0,23}")
_NATIVE, _MOST = 1024, 4096
_MAX_DOCUMENT_BYTES = 1_000_000


def spec(architecture: Mapping[str, Any]) -> Spec:
    """`guidance` is how closely the words are followed; `strength` is how much of `content` is given up."""
    tasks = architecture["tasks"]
    enlarges = _UPSCALE in tasks
    fields: dict[str, Field] = {"prompt": Words(MAX_PROMPT, default="")}
    # Other pipelines either ignore a negative prompt or call it differently.
    if architecture["pipeline"].startswith("StableDiffusion"):
        fields["negative_prompt"] = Words(MAX_PROMPT, default="")
    fields |= {} if enlarges else _size_fields(architecture["size"])
    told = architecture["defaults"]
    fields["steps"] = Whole(1, 150, Whole(1, 150).read(told.get("steps", 30)))
    fields["guidance"] = Fraction("0", "30", Fraction("0", "30").read(told.get("guidance", "7.5")))
    if architecture["schedulers"]:
        fields["scheduler"] = Choice((AS_SHIPPED, *architecture["schedulers"]), AS_SHIPPED)
    if _IMAGE in tasks or _INPAINT in tasks:
        fields["strength"] = Fraction("0.05", "1", "0.6")
    if architecture["pipeline"] == "StableDiffusionUpscalePipeline":
        fields["noise_level"] = Whole(0, 300, 20)
    if architecture["loras"]:
        fields |= {"lora_scale": Fraction("0", "2", "1"), "lora": Choice(tuple(architecture["loras"]))}
    shape = tuple(name for name in fields if name not in ("prompt", "negative_prompt"))
    return Spec(kind="picture", fields=fields, inputs=_inputs(tasks), shape=shape, queue="diffusion")


def describe(folder: Path) -> dict[str, Any]:
    """The architecture of a folder that `save_pretrained` wrote. Raises EngineError `architecture_unknown`.

    `defaults` of the folder's card (`steps`, `guidance`) are taken over: a distilled model needs others.
    """
    index = _document(folder / "model_index.json")
    pipeline = index.get("_class_name")
    if not isinstance(pipeline, str) or not re.fullmatch(r"[A-Za-z0-9]{1,80}Pipeline", pipeline):
        raise _unknown(folder, "model_index.json names no pipeline")
    if foreign := sorted(name for name, part in index.items() if _is_foreign(part)):
        raise _unknown(folder, f"{', '.join(foreign)} would need code that comes with the model")
    scheduler = _part(folder / "scheduler" / "scheduler_config.json").get("_class_name")
    defaults = _part(folder / "card.json").get("defaults", {})
    return {
        "pipeline": pipeline,
        "tasks": list(_TASKS.get(pipeline, (_TEXT,))),
        "enlarges": _ENLARGES.get(pipeline, 1),
        # Prompts of these are padded to one length; elsewhere a neighbour's longer prompt would change the bytes.
        "batches": pipeline.startswith("StableDiffusion"),
        "size": _native_side(folder),
        "schedulers": sorted(SCHEDULERS) if scheduler in _EXCHANGEABLE else [],
        "safety_checker": _is_part(index.get("safety_checker")),
        "loras": _loras(folder),
        "defaults": defaults if isinstance(defaults, dict) else {},
    }


def _size_fields(native: int) -> dict[str, Field]:
    least = max(16, native // 4)
    most = min(_MOST, 2 * native)
    return {"width": Whole(least, most, native), "height": Whole(least, most, native)}


def _inputs(tasks: list[str]) -> dict[str, Input]:
    inputs: dict[str, Input] = {}
    if _TEXT not in tasks or _IMAGE in tasks:
        inputs["content"] = Input(required=_TEXT not in tasks)
    if _INPAINT in tasks:
        inputs["mask"] = Input(required=not {_TEXT, _IMAGE} & set(tasks))
    return inputs


def _native_side(folder: Path) -> int:
    """The side in pixels that the model was made for, or 1024 where its files do not say."""
    denoiser = _part(folder / "unet" / "config.json") or _part(folder / "transformer" / "config.json")
    sample, blocks = denoiser.get("sample_size"), _part(folder / "vae" / "config.json").get("block_out_channels")
    if isinstance(sample, int) and isinstance(blocks, list) and 1 <= len(blocks) <= 8:
        return min(_MOST, max(16, sample << (len(blocks) - 1)))
    return _NATIVE


def _loras(folder: Path) -> list[str]:
    names = sorted(path.stem for path in (folder / "loras").glob("*.safetensors"))
    if wrong := [name for name in names if not _LORA.fullmatch(name)]:
        raise _unknown(folder, f"{wrong[0]!r} in loras: names are up to 24 small letters, digits and hyphens")
    return names


def _is_part(part: Any) -> bool:
    return isinstance(part, list) and len(part) == 2 and all(isinstance(name, str) for name in part)


def _is_foreign(part: Any) -> bool:
    """Whether a component names neither of the two libraries nor one of diffusers' own pipeline modules."""
    return _is_part(part) and part[0] not in _LIBRARIES


def _part(path: Path) -> dict[str, Any]:
    return _document(path) if path.is_file() else {}


def _document(path: Path) -> dict[str, Any]:
    try:
        if path.stat().st_size > _MAX_DOCUMENT_BYTES:
            raise _unknown(path.parent, f"{path.name} is larger than a megabyte")
        read = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise _unknown(path.parent, f"{path.name} is no JSON that can be read") from error
    if not isinstance(read, dict):
        raise _unknown(path.parent, f"{path.name} is no JSON object")
    return read


def _unknown(folder: Path, why: str) -> EngineError:
    return EngineError("architecture_unknown", f"The pipeline in {folder.name} cannot be used: {why}.")
