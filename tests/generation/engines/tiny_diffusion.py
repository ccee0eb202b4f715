"""A Stable Diffusion pipeline of random weights in the real folder layout, built in a second: nothing is downloaded."""

import json
from pathlib import Path
from typing import Any

import torch
from diffusers import (
    AutoencoderKL,
    DDPMScheduler,
    EulerDiscreteScheduler,
    StableDiffusionPipeline,
    StableDiffusionUpscalePipeline,
    UNet2DConditionModel,
)
from diffusers.pipelines.stable_diffusion import StableDiffusionSafetyChecker
from transformers import CLIPConfig, CLIPImageProcessorPil, CLIPTextConfig, CLIPTextModel, CLIPTokenizer

__all__ = ["SIDE", "build", "build_upscaler", "lora", "tokenizer"]

SIDE = 32
_WIDTHS = (16, 32)


def build(folder: Path, *, safety_checker: bool = False) -> Path:
    """Save a pipeline that makes pictures of 32 px and lets everything through."""
    torch.manual_seed(7)
    checker = _checker() if safety_checker else None
    pipeline = StableDiffusionPipeline(
        vae=_vae(),
        text_encoder=_text_encoder(),
        tokenizer=tokenizer(folder.parent / f"{folder.name}-words"),
        unet=_unet(in_channels=4),
        scheduler=EulerDiscreteScheduler(beta_schedule="scaled_linear", steps_offset=1),
        safety_checker=checker,
        feature_extractor=CLIPImageProcessorPil(size=24, crop_size=24) if checker else None,
        requires_safety_checker=safety_checker,
    )
    pipeline.save_pretrained(folder, safe_serialization=True)
    return folder


def build_upscaler(folder: Path) -> Path:
    """Save a pipeline that enlarges four times. Its unet sees the noise and the small picture."""
    torch.manual_seed(8)
    pipeline = StableDiffusionUpscalePipeline(
        vae=_vae(scaling_factor=0.08333),
        text_encoder=_text_encoder(),
        tokenizer=tokenizer(folder.parent / f"{folder.name}-words"),
        unet=_unet(in_channels=7, num_class_embeds=350),
        low_res_scheduler=DDPMScheduler(),
        scheduler=EulerDiscreteScheduler(prediction_type="v_prediction"),
        max_noise_level=350,
    )
    pipeline.save_pretrained(folder, safe_serialization=True)
    return folder


def lora(folder: Path, name: str) -> None:
    """Save a LoRA of random weights for the attention of the unet."""
    from peft import LoraConfig
    from peft.utils import get_peft_model_state_dict

    torch.manual_seed(9)
    unet = UNet2DConditionModel.from_pretrained(folder / "unet")
    unet.add_adapter(LoraConfig(r=4, init_lora_weights=False, target_modules=["to_q", "to_k", "to_v", "to_out.0"]))
    layers = {key: 8 * value for key, value in get_peft_model_state_dict(unet).items()}
    StableDiffusionPipeline.save_lora_weights(
        folder / "loras", unet_lora_layers=layers, weight_name=f"{name}.safetensors"
    )


def _vae(scaling_factor: float = 0.18215) -> AutoencoderKL:
    kinds = {"down_block_types": ("DownEncoderBlock2D",) * 2, "up_block_types": ("UpDecoderBlock2D",) * 2}
    shape = {"block_out_channels": _WIDTHS, "latent_channels": 4, "norm_num_groups": 8, "sample_size": SIDE}
    return AutoencoderKL(scaling_factor=scaling_factor, **shape, **kinds)


def _unet(**given: int) -> UNet2DConditionModel:
    return UNet2DConditionModel(
        block_out_channels=_WIDTHS,
        layers_per_block=1,
        sample_size=SIDE // 2,
        out_channels=4,
        down_block_types=("DownBlock2D", "CrossAttnDownBlock2D"),
        up_block_types=("CrossAttnUpBlock2D", "UpBlock2D"),
        cross_attention_dim=32,
        attention_head_dim=4,
        norm_num_groups=8,
        **given,
    )


def _text_encoder() -> Any:
    shape: Any = {"hidden_size": 32, "intermediate_size": 37, "num_attention_heads": 4, "num_hidden_layers": 2}
    shape |= {"bos_token_id": 0, "eos_token_id": 1}
    model: Any = CLIPTextModel(CLIPTextConfig(vocab_size=1000, max_position_embeddings=77, **shape))
    return model.eval()


def tokenizer(folder: Path) -> Any:
    """Letters as words: a vocabulary of which the text encoder has more than enough places."""
    letters = [chr(code) for code in range(33, 127)]
    words = ["<|startoftext|>", "<|endoftext|>", *letters, *(f"{letter}</w>" for letter in letters), "ca", "cat</w>"]
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "vocab.json").write_text(json.dumps({word: place for place, word in enumerate(words)}), encoding="utf-8")
    (folder / "merges.txt").write_text("#version: 0.2\nc a\nca t</w>\n", encoding="utf-8")
    return CLIPTokenizer.from_pretrained(folder, model_max_length=77)


def _checker() -> Any:
    text = {"hidden_size": 16, "intermediate_size": 16, "num_attention_heads": 2, "num_hidden_layers": 1}
    config: Any = CLIPConfig(
        text_config=text, vision_config={**text, "image_size": 24, "patch_size": 8}, projection_dim=16
    )
    checker = StableDiffusionSafetyChecker(config).eval()
    with torch.no_grad():  # above every cosine: nothing is flagged
        checker.concept_embeds_weights.fill_(2.0)
        checker.special_care_embeds_weights.fill_(2.0)
    return checker
