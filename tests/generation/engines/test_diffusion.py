"""Diffusers pipelines of random weights, really run: equal bytes whatever the neighbours, nothing that brings code.

Knows nothing of how good a picture is; the weights are random.
"""

import io
import json
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import load_file, save_file

from generation.engines import folders, load
from generation.engines.base import Engine, EngineError, Made, Picture, Pixels, Request, Stopped
from generation.engines.diffusion_pipelines import seeded
from generation.engines.parameters import MAX_SEED, ParametersRefused, Spec, spec_of
from generation.engines.parameters.diffusion import describe
from tests.generation.engines import tiny_diffusion

pytestmark = [
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::FutureWarning"),
]


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    built = tiny_diffusion.build(tmp_path_factory.mktemp("diffusion") / "tiny", safety_checker=True)
    tiny_diffusion.lora(built, "ink")
    return built


@pytest.fixture(scope="session")
def engine(folder: Path) -> Engine:
    return _loaded(folder)


@pytest.fixture(scope="session")
def spec(folder: Path) -> Spec:
    return spec_of("diffusers", describe(folder))


def _loaded(folder: Path, digest: str = "") -> Engine:
    return load("diffusers", folder, weights_sha256=digest or folders.digest(folder))


def _pixels(made: Made) -> Pixels:
    assert isinstance(made.work, Picture)
    return made.work.pixels


def _all(engine: Engine, requests: Sequence[Request], **options: Any) -> list[Pixels]:
    return [_pixels(made) for made in engine.generate(requests, **options)]


def _png(width: int = 40, height: int = 24, seed: int = 1) -> bytes:
    buffer = io.BytesIO()
    noise = np.random.default_rng(seed).integers(0, 256, (height, width, 3), np.uint8)
    Image.fromarray(noise).save(buffer, "PNG")
    return buffer.getvalue()


def test_the_folder_says_what_can_be_asked(spec: Spec, folder: Path) -> None:
    described = describe(folder)
    assert described["tasks"] == ["text-to-image", "image-to-image", "inpainting"]
    assert (described["safety_checker"], described["loras"]) == (True, ["ink"])
    assert (spec.kind, spec.inputs["content"].required, spec.inputs["mask"].required) == ("picture", False, False)
    defaults = spec.read({})
    assert (defaults["width"], defaults["height"], defaults["steps"], defaults["scheduler"]) == (
        32,
        32,
        30,
        "as-shipped",
    )
    assert "lora" not in defaults


def test_a_picture_is_the_same_whatever_its_neighbours(engine: Engine, spec: Spec) -> None:
    requests = [spec.request(seed, {"prompt": "cat " * seed, "steps": 3}) for seed in range(1, 6)]
    together = _all(engine, requests)
    assert len({picture.tobytes() for picture in together}) == 5
    for request, picture in zip(requests, together, strict=True):
        assert (_all(engine, [request])[0] == picture).all()
    turned = _all(engine, requests[::-1])[::-1]
    assert all((one == other).all() for one, other in zip(together, turned, strict=True))


def test_a_second_engine_with_the_same_profile_makes_the_same_bytes(engine: Engine, spec: Spec, folder: Path) -> None:
    request = spec.request(5, {"prompt": "cat", "steps": 3, "guidance": "4"})
    again = _loaded(folder)
    assert again.profile(slots=2) == engine.profile(slots=2)
    assert (_all(engine, [request], slots=2)[0] == _all(again, [request], slots=2)[0]).all()


def test_the_master_is_a_png_that_another_library_reads(engine: Engine, spec: Spec) -> None:
    from imageio.v3 import imread

    made = next(engine.generate([spec.request(3, {"prompt": "cat", "width": 35, "height": 47, "steps": 2})]))
    read = imread(made.work.encode(), extension=".png")
    assert read.shape == (47, 35, 3)
    assert (read == _pixels(made)).all()
    assert made.seconds > 0


def test_every_bit_of_a_seed_counts(engine: Engine, spec: Spec) -> None:
    seeds = [3, 3 + 2**32, MAX_SEED, MAX_SEED - 2**40]
    pictures = _all(engine, [spec.request(seed, {"steps": 2, "scheduler": "euler-ancestral"}) for seed in seeds])
    assert len({picture.tobytes() for picture in pictures}) == len(seeds)
    drawn = torch.randn(200_000, generator=seeded(7))
    assert abs(float(drawn.mean())) < 0.01
    assert abs(float(drawn.std()) - 1) < 0.01


def test_each_scheduler_makes_another_picture_and_leaves_no_trace(engine: Engine, spec: Spec) -> None:
    asked = {"prompt": "cat", "steps": 4}
    shipped = _all(engine, [spec.request(2, asked)])[0]
    names = ["ddim", "dpm-solver", "euler-ancestral", "heun", "unipc"]
    others = [_all(engine, [spec.request(2, {**asked, "scheduler": name})])[0] for name in names]
    assert len({picture.tobytes() for picture in (shipped, *others)}) == 6
    assert (_all(engine, [spec.request(2, asked)])[0] == shipped).all()


def test_a_lora_changes_the_picture_by_its_scale_and_goes_again(engine: Engine, spec: Spec) -> None:
    asked = {"prompt": "cat", "steps": 3}
    plain = _all(engine, [spec.request(2, asked)])[0]
    whole, half = (_all(engine, [spec.request(2, {**asked, "lora": "ink", "lora_scale": s})])[0] for s in ("1", "0.5"))
    none = _all(engine, [spec.request(2, {**asked, "lora": "ink", "lora_scale": "0"})])[0]
    assert len({picture.tobytes() for picture in (plain, whole, half)}) == 3
    assert (none == plain).all()
    assert (_all(engine, [spec.request(2, asked)])[0] == plain).all()


def test_a_negative_prompt_steers_away(engine: Engine, spec: Spec) -> None:
    asked = {"prompt": "cat", "steps": 3}
    requests = [spec.request(2, asked), spec.request(2, {**asked, "negative_prompt": "dog"})]
    assert (_all(engine, requests)[0] != _all(engine, requests)[1]).any()


def test_a_picture_is_made_over_and_more_of_it_stays_at_little_strength(engine: Engine, spec: Spec) -> None:
    asked = {"prompt": "cat", "steps": 8, "width": 36, "height": 50}
    little, much = (
        _all(engine, [spec.request(2, {**asked, "strength": strength}, {"content": _png()})])[0]
        for strength in ("0.2", "1")
    )
    assert little.shape == much.shape == (50, 36, 3)
    assert (little != much).any()


def test_pictures_of_different_tasks_in_one_call_come_in_order(engine: Engine, spec: Spec) -> None:
    asked = {"prompt": "cat", "steps": 2}
    mask = io.BytesIO()
    Image.new("L", (32, 32), 255).save(mask, "PNG")
    requests = [
        spec.request(1, asked),
        spec.request(2, asked, {"content": _png()}),
        spec.request(3, asked, {"content": _png(), "mask": mask.getvalue()}),
        spec.request(4, asked),
    ]
    together = list(engine.generate(requests))
    assert [made.seed for made in together] == [1, 2, 3, 4]
    for request, made in zip(requests, together, strict=True):
        assert (_all(engine, [request])[0] == _pixels(made)).all()


def test_an_enlarging_pipeline_gives_four_times_the_size(tmp_path: Path) -> None:
    built = tiny_diffusion.build_upscaler(tmp_path / "larger")
    engine, spec = _loaded(built), spec_of("diffusers", describe(built))
    assert (spec.inputs["content"].required, "width" in spec.fields) == (True, False)
    requests = [spec.request(seed, {"prompt": "cat", "steps": 2}, {"content": _png(20, 17)}) for seed in (1, 2)]
    pictures = _all(engine, requests)
    assert [picture.shape for picture in pictures] == [(68, 80, 3)] * 2
    assert (_all(engine, requests[1:])[0] == pictures[1]).all()
    with pytest.raises(EngineError) as refused:
        _all(engine, [spec.request(1, {"steps": 1}, {"content": _png(33, 20)})])
    assert refused.value.code == "input_too_large"


def test_what_the_safety_checker_flags_fails_alone(folder: Path, engine: Engine, spec: Spec, tmp_path: Path) -> None:
    strict = Path(shutil.copytree(folder, tmp_path / "strict"))
    _flag(strict, _all(engine, [spec.request(2, {"prompt": "cat", "steps": 3})])[0])
    checked = _loaded(strict)
    requests = [spec.request(seed, {"prompt": "cat", "steps": 3}) for seed in (1, 2, 3)]
    made = checked.generate(requests)
    first = next(made)
    with pytest.raises(EngineError) as refused:
        next(made)
    assert refused.value.code == "unsafe_output"
    assert (_pixels(first) == _all(engine, requests[:1])[0]).all()
    assert (_all(checked, requests[2:])[0] == _all(engine, requests[2:])[0]).all()


def _flag(folder: Path, picture: Pixels) -> None:
    """Make the checker flag what looks exactly like this picture, and hardly anything else."""
    from diffusers.pipelines.stable_diffusion import StableDiffusionSafetyChecker
    from transformers import CLIPImageProcessorPil

    checker = StableDiffusionSafetyChecker.from_pretrained(folder / "safety_checker")
    processor = CLIPImageProcessorPil.from_pretrained(folder / "feature_extractor")
    seen = processor(Image.fromarray(picture), return_tensors="pt").pixel_values
    with torch.no_grad():
        embedding = checker.visual_projection(checker.vision_model(seen)[1])
    path = folder / "safety_checker" / "model.safetensors"
    tensors = load_file(path)
    tensors["concept_embeds"][:] = embedding / embedding.norm()
    tensors["concept_embeds_weights"][:] = 0.999
    save_file(tensors, path, {"format": "pt"})


@pytest.mark.parametrize("at", [1, 2, 4])
def test_an_abandoned_batch_ends_within_one_step(engine: Engine, spec: Spec, at: int) -> None:
    told: list[int] = []

    def stop(done: int, _of: int) -> None:
        told.append(done)
        if done == at:
            raise Stopped

    with pytest.raises(Stopped):
        _all(engine, [spec.request(1, {"steps": 6})], on_step=stop)
    assert told == list(range(at + 1))
    assert len(_all(engine, [spec.request(1, {"steps": 1})])) == 1


@pytest.mark.parametrize(
    ("inputs", "asked", "code"),
    [
        ({"mask": _png()}, {}, "input_missing"),
        ({"content": b"no picture"}, {}, "input_unreadable"),
        ({"content": _png()[:200]}, {}, "input_unreadable"),
        ({}, {"prompt": "x " * 90}, "prompt_too_long"),
        ({}, {"negative_prompt": "x " * 90}, "prompt_too_long"),
    ],
)
def test_what_cannot_be_used_is_refused(
    engine: Engine, spec: Spec, inputs: dict[str, bytes], asked: dict[str, str], code: str
) -> None:
    with pytest.raises(EngineError) as refused:
        _all(engine, [spec.request(1, {"steps": 1, **asked}, inputs)])
    assert refused.value.code == code


@pytest.mark.parametrize(
    ("asked", "name"),
    [
        ({"width": 15}, "width"),
        ({"height": 65}, "height"),
        ({"steps": 0}, "steps"),
        ({"steps": 151}, "steps"),
        ({"guidance": "31"}, "guidance"),
        ({"strength": "0"}, "strength"),
        ({"scheduler": "magic"}, "scheduler"),
        ({"lora": "../ink"}, "lora"),
        ({"lora": "oil"}, "lora"),
        ({"prompt": "a\x00b"}, "prompt"),
        ({"prompt": "a" * 1001}, "prompt"),
        ({"noise_level": 3}, "noise_level"),
    ],
)
def test_parameters_out_of_range_are_refused_by_name(spec: Spec, asked: dict[str, Any], name: str) -> None:
    with pytest.raises(ParametersRefused) as refused:
        spec.request(1, asked)
    assert list(refused.value.errors) == [name]


@pytest.mark.parametrize("side", [{"width": 16, "height": 64}, {"width": 64, "height": 17}])
def test_boundary_sizes_are_made(engine: Engine, spec: Spec, side: dict[str, int]) -> None:
    picture = _all(engine, [spec.request(0, {"steps": 1, **side})])[0]
    assert picture.shape == (side["height"], side["width"], 3)


def test_altered_files_are_not_loaded(folder: Path, tmp_path: Path) -> None:
    digest = folders.digest(folder)
    altered = Path(shutil.copytree(folder, tmp_path / "altered"))
    (altered / "scheduler" / "scheduler_config.json").write_text("{}", encoding="utf-8")
    with pytest.raises(EngineError) as refused:
        _loaded(altered, digest)
    assert refused.value.code == "weights_altered"


def test_a_folder_with_a_part_broken_or_missing_is_unreadable(folder: Path, tmp_path: Path) -> None:
    partial = Path(shutil.copytree(folder, tmp_path / "partial"))
    weights = partial / "unet" / "diffusion_pytorch_model.safetensors"
    weights.write_bytes(b"no weights")
    with pytest.raises(EngineError) as refused:
        _loaded(partial)
    assert refused.value.code == "weights_unreadable"
    shutil.rmtree(partial / "unet")
    with pytest.raises(EngineError) as refused:
        _loaded(partial)
    assert refused.value.code == "weights_unreadable"


@pytest.mark.parametrize(
    "index",
    [
        {"_class_name": "os.system"},
        {"_class_name": "EvilPipeline", "unet": ["my_unet", "Unet"]},
        {"_class_name": ["StableDiffusionPipeline"]},
        {},
    ],
)
def test_a_pipeline_that_brings_code_or_has_no_name_is_unknown(tmp_path: Path, index: dict[str, Any]) -> None:
    (tmp_path / "model_index.json").write_text(json.dumps(index), encoding="utf-8")
    with pytest.raises(EngineError) as refused:
        describe(tmp_path)
    assert refused.value.code == "architecture_unknown"


def test_a_number_format_that_is_unknown_is_refused(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ENGINE_DTYPE", "float8")
    with pytest.raises(EngineError) as refused:
        _loaded(folder)
    assert refused.value.code == "dtype_unknown"


def test_bfloat16_by_setting_is_in_the_profile(folder: Path, spec: Spec, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ENGINE_DTYPE", "bfloat16")
    engine = _loaded(folder)
    assert engine.profile()["dtype"] == "bfloat16"
    assert _all(engine, [spec.request(1, {"steps": 1})])[0].shape == (32, 32, 3)


def test_estimates_follow_what_was_measured(engine: Engine, spec: Spec) -> None:
    request = spec.request(1, {"steps": 3, "width": 48})
    assert engine.estimate_seconds([request]) > 0
    made = list(engine.generate([request]))
    assert engine.estimate_seconds([request]) == pytest.approx(made[0].seconds, rel=0.01)
    assert engine.estimate_seconds([request] * 5) == pytest.approx(2 * made[0].seconds, rel=0.01)
    assert engine.memory_bytes > 1_000_000
