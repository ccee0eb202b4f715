"""Style transfer takes its touches from the style and its shapes from the content, and gives the same bytes again."""

import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import save_file

from generation import engines
from generation.engines import oklab, transport
from generation.engines.base import Engine, EngineError, Made, Picture, Pixels, Request, Stopped
from generation.engines.fast_style import FastStyleNetwork, Shape
from generation.engines.parameters import MAX_SEED, ParametersRefused, Spec, spec_of
from tests.generation.engines import methods

CONTENT = methods.encoded(methods.scene(96))
STYLE = methods.encoded(
    np.random.default_rng(3).integers(0, 90, (64, 64, 3)).astype(np.uint8).repeat(2, 0).repeat(2, 1)
)


@pytest.fixture(scope="module")
def method() -> tuple[Engine, Spec]:
    return methods.loaded("patch-style-1")


def _pixels(made: Made) -> Pixels:
    assert isinstance(made.work, Picture)
    return made.work.pixels


def _request(spec: Spec, seed: int = 1, style: bytes | None = STYLE, **parameters: Any) -> Request:
    inputs = {"content": CONTENT} | ({"style": style} if style else {})
    return spec.request(seed, parameters, inputs)


def test_a_result_is_the_same_alone_and_among_any_neighbours(method: tuple[Engine, Spec]) -> None:
    engine, spec = method
    one, other = _request(spec), _request(spec, 2, mode="colour")
    alone = methods.made(engine, one)[0]
    among = methods.made(engine, other, one, other)[1]
    assert alone.work.encode() == among.work.encode()
    assert (among.seed, among.parameters) == (1, one.parameters)
    assert np.array_equal(methods.read(alone.work.encode())[0], _pixels(alone))


def test_patches_bring_the_tones_of_a_dark_style_and_keep_the_shapes(method: tuple[Engine, Spec]) -> None:
    engine, spec = method
    result = _pixels(methods.made(engine, _request(spec, structure="1"))[0]).astype(int)
    assert result.shape == (96, 96, 3)
    assert result.max() <= 95
    content = methods.scene(96).astype(float)
    inside, outside = result[30:46, 40:56].mean((0, 1)), result[5:20, 5:20].mean((0, 1))
    assert np.abs(content[38, 48] - content[10, 10]).max() > 20
    assert np.abs(inside - outside).max() > 4


def test_each_parameter_changes_the_picture(method: tuple[Engine, Spec]) -> None:
    engine, spec = method
    changes: list[dict[str, Any]] = [{}, {"mode": "colour"}, {"structure": "0"}, {"touch": "1"}, {"strength": "0.4"}]
    seen = {_pixels(methods.made(engine, _request(spec, **change))[0]).tobytes() for change in changes}
    assert len(seen) == len(changes)


def test_without_strength_the_colours_stay_the_contents_own(method: tuple[Engine, Spec]) -> None:
    engine, spec = method
    kept = _pixels(methods.made(engine, _request(spec, mode="colour", strength="0"))[0])
    assert np.abs(kept.astype(int) - methods.scene(96)).max() <= 1


def test_a_swatch_comes_from_the_seed_or_by_its_name_and_never_beside_a_style(method: tuple[Engine, Spec]) -> None:
    engine, spec = method
    by_seed = [_request(spec, seed, None, mode="colour") for seed in (1, 2**32 + 1, MAX_SEED)]
    named = [_request(spec, 1, None, mode="colour", swatch=swatch) for swatch in ("glass", "ink")]
    seen = {_pixels(made).tobytes() for made in methods.made(engine, *by_seed, *named)}
    assert len(seen) == 5
    assert methods.refusal(engine, _request(spec, swatch="ink")) == "style_ambiguous"


@pytest.mark.parametrize("parameters", [{"mode": "magic"}, {"touch": "2"}, {"longest": 5000}, {"swatch": "../x"}])
def test_parameters_out_of_range_are_refused(method: tuple[Engine, Spec], parameters: dict[str, Any]) -> None:
    with pytest.raises(ParametersRefused):
        _request(method[1], **parameters)


def test_inputs_that_are_missing_or_broken_are_refused(method: tuple[Engine, Spec]) -> None:
    engine, spec = method
    with pytest.raises(ParametersRefused):
        spec.request(1, {}, {"style": STYLE})
    parameters = spec.read({})
    assert methods.refusal(engine, Request(1, parameters, {"style": STYLE})) == "input_missing"
    assert methods.refusal(engine, Request(1, parameters, {"content": CONTENT[:99]})) == "input_unreadable"
    assert methods.refusal(engine, _request(spec, style=b"no picture")) == "input_unreadable"


def test_the_smallest_and_the_most_oblong_contents_work(method: tuple[Engine, Spec]) -> None:
    engine, spec = method
    for shape in ((16, 16), (16, 320), (301, 40)):
        content = methods.encoded(np.asarray(Image.fromarray(methods.scene(64)).resize(shape[::-1])))
        request = spec.request(1, {}, {"content": content, "style": methods.encoded(methods.scene(16, 4))})
        assert _pixels(methods.made(engine, request)[0]).shape == (*shape, 3)


def test_flat_pictures_are_no_obstacle(method: tuple[Engine, Spec]) -> None:
    engine, spec = method
    flat = methods.encoded(np.full((40, 40, 3), 200, np.uint8))
    result = _pixels(methods.made(engine, spec.request(1, {}, {"content": flat, "style": flat}))[0])
    assert np.abs(result.astype(int) - 200).max() <= 2


def test_steps_are_reported_and_can_stop_the_work(method: tuple[Engine, Spec]) -> None:
    engine, spec = method
    seen: list[tuple[int, int]] = []

    def stop(done: int, of: int) -> None:
        seen.append((done, of))
        if done == 2:
            raise Stopped()

    with pytest.raises(Stopped):
        next(iter(engine.generate([_request(spec)], on_step=stop)))
    assert [done for done, _ in seen] == [0, 1, 2]
    assert len({of for _, of in seen}) == 1


def test_a_method_that_was_altered_is_never_read(tmp_path: Path) -> None:
    source = methods.CHECKPOINTS / "patch-style-1"
    for name in ("method.json", "architecture.json"):
        (tmp_path / name).write_bytes((source / name).read_bytes())
    digest = methods.document(source)["weights_sha256"]
    (tmp_path / "method.json").write_text(
        '{"kind": "style-transfer", "version": 1, "studio": "1", "swatches": ["ink"]}'
    )
    with pytest.raises(EngineError) as refused:
        engines.load("style-transfer", tmp_path, weights_sha256=digest)
    assert refused.value.code == "weights_altered"
    other = hashlib.sha256(b'{"kind": "grain", "version": 1}').hexdigest()
    (tmp_path / "method.json").write_bytes(b'{"kind": "grain", "version": 1}')
    with pytest.raises(EngineError) as refused:
        engines.load("style-transfer", tmp_path, weights_sha256=other)
    assert refused.value.code == "architecture_unknown"


def test_colours_are_carried_over_in_their_proportions() -> None:
    random = np.random.default_rng(0)
    style = oklab.from_pixels(random.integers(0, 256, (40, 40, 3)).astype(np.uint8) // 4 + 150)
    content = oklab.from_pixels(random.integers(0, 256, (50, 30, 3)).astype(np.uint8))
    moved = transport.recoloured(content, style)
    assert np.abs(moved.mean((0, 1)) - style.mean((0, 1))).max() < 0.02
    assert np.abs(moved.std((0, 1)) - style.std((0, 1))).max() < 0.03


def _trained(folder: Path) -> tuple[Engine, Spec]:
    torch.manual_seed(0)
    network = FastStyleNetwork(Shape(width=4, blocks=1))
    save_file(network.state_dict(), folder / "weights.safetensors")
    architecture = {"kind": "fast-style", "version": 1, "width": 4, "blocks": 1}
    (folder / "architecture.json").write_text(json.dumps(architecture))
    digest = hashlib.sha256((folder / "weights.safetensors").read_bytes()).hexdigest()
    return engines.load("style-transfer", folder, weights_sha256=digest), spec_of("style-transfer", architecture)


def test_a_trained_network_paints_in_its_own_style(tmp_path: Path) -> None:
    engine, spec = _trained(tmp_path)
    odd = methods.encoded(np.asarray(Image.fromarray(methods.scene(96)).resize((71, 50))))
    request = spec.request(1, {}, {"content": odd})
    one, *_, two = methods.made(engine, request, spec.request(2, {"strength": "0"}, {"content": CONTENT}), request)
    assert _pixels(one).shape == (50, 71, 3)
    assert one.work.encode() == two.work.encode()
    own = methods.made(engine, spec.request(1, {"strength": "0"}, {"content": odd}))[0]
    assert np.array_equal(methods.read(own.work.encode())[0], methods.read(odd)[0])
    with pytest.raises(ParametersRefused):
        spec.request(1, {}, {"content": odd, "style": STYLE})


@pytest.mark.parametrize("change", [{"width": 10**9}, {"blocks": 0}, {"version": 2}, {"width": 8}])
def test_a_trained_network_that_does_not_fit_is_refused(tmp_path: Path, change: dict[str, int]) -> None:
    _trained(tmp_path)
    architecture = {"kind": "fast-style", "version": 1, "width": 4, "blocks": 1} | change
    (tmp_path / "architecture.json").write_text(json.dumps(architecture))
    digest = hashlib.sha256((tmp_path / "weights.safetensors").read_bytes()).hexdigest()
    with pytest.raises(EngineError) as refused:
        engines.load("style-transfer", tmp_path, weights_sha256=digest)
    assert refused.value.code in ("architecture_unknown", "weights_unreadable")
