"""The engine gives the same bytes for the same request, whatever surrounds it, and refuses what it should."""

import hashlib
import json
import shutil
from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

from generation import engines
from generation.engines.base import MAX_SEED, EngineError, Pixels, Request
from generation.engines.gan import SLOTS, PaletteFieldEngine
from generation.evaluation import pictures
from tests.generation.shipped import CHECKPOINT

CARD = json.loads((CHECKPOINT / "card.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def engine() -> PaletteFieldEngine:
    return PaletteFieldEngine.load(CHECKPOINT, weights_sha256=CARD["weights_sha256"])


def _small(seed: int, **options: object) -> Request:
    return Request(**{"seed": seed, "width": 256, "height": 256, **options})  # type: ignore[arg-type]


def test_a_picture_is_the_same_alone_and_among_any_neighbours(engine: PaletteFieldEngine) -> None:
    requests = [_small(seed, family=CARD["families"][seed % 10], truncation=Decimal("0.9")) for seed in range(11)]
    together = engine.generate(requests)
    backwards = engine.generate(requests[::-1])[::-1]
    assert [output.seed for output in together] == list(range(11))
    for request, one, other in zip(requests, together, backwards, strict=True):
        alone = engine.generate([request])[0]
        assert alone.pixels.tobytes() == one.pixels.tobytes() == other.pixels.tobytes()
        assert alone.parameters == one.parameters


def test_each_parameter_changes_the_picture(engine: PaletteFieldEngine) -> None:
    changes: list[dict[str, object]] = [
        {},
        {"family": "ink"},
        {"truncation": Decimal("0.3")},
        {"temperature": Decimal("1.5")},
        {"grain": Decimal(0)},
    ]
    seen = [engine.generate([_small(5, **change)])[0].pixels.tobytes() for change in changes]
    assert len(set(seen)) == len(changes)


@pytest.mark.parametrize("seed", [0, 7, 2**32 + 7, 2**62 + 7, MAX_SEED])
def test_seeds_that_agree_in_their_lower_bits_give_different_pictures(engine: PaletteFieldEngine, seed: int) -> None:
    pixels = engine.generate([_small(seed)])[0].pixels
    for other in {7, 2**32 + 7, 2**62 + 7} - {seed}:
        assert not np.array_equal(pixels, engine.generate([_small(other)])[0].pixels)


def test_no_truncation_at_all_is_the_mean_of_the_family_up_to_noise_and_grain(engine: PaletteFieldEngine) -> None:
    options = {"truncation": Decimal(0), "grain": Decimal(0), "family": "fields"}
    one, two = (engine.generate([_small(seed, **options)])[0].pixels.astype(int) for seed in (1, 2))
    free = engine.generate([_small(2, grain=Decimal(0), truncation=Decimal(1), family="fields")])[0].pixels.astype(int)
    assert np.abs(one - two).mean() < np.abs(one - free).mean()


@pytest.mark.parametrize(("width", "height"), [(256, 256), (257, 301), (640, 256), (256, 1000)])
def test_a_picture_has_the_size_that_was_asked_for(engine: PaletteFieldEngine, width: int, height: int) -> None:
    output = engine.generate([Request(seed=3, width=width, height=height)])[0]
    assert output.pixels.shape == (height, width, 3)
    assert output.pixels.dtype == np.uint8
    assert (output.parameters["width"], output.parameters["height"]) == (width, height)
    assert output.seconds > 0


def test_a_larger_picture_is_the_same_composition(engine: PaletteFieldEngine) -> None:
    small = engine.generate([Request(seed=9, width=256, height=256, grain=Decimal(0))])[0].pixels
    large = engine.generate([Request(seed=9, width=1024, height=1024, grain=Decimal(0))])[0].pixels
    shrunk = large.reshape(256, 4, 256, 4, 3).mean((1, 3))
    assert np.abs(shrunk - small).mean() < 3


def test_every_family_gives_pictures_and_not_flats_or_noise(engine: PaletteFieldEngine) -> None:
    for family in engine.capabilities.families:
        outputs = engine.generate([_small(seed, family=family) for seed in range(8)])
        measured = [pictures.measure(output.pixels) for output in outputs]
        assert np.median([traits.contrast for traits in measured]) > 0.03
        assert np.median([traits.colourfulness for traits in measured]) > 10
        assert max(traits.edge_density for traits in measured) < 0.6
        assert max(pictures.score(traits) for traits in measured) > 0.5


def test_the_families_differ_from_each_other(engine: PaletteFieldEngine) -> None:
    def outputs(family: str) -> list[Pixels]:
        return [output.pixels for output in engine.generate([_small(seed, family=family) for seed in range(8)])]

    means = [np.mean(outputs(family), 0) for family in ("ink", "nebula", "waves")]
    apart = [np.abs(means[i] - means[j]).mean() for i, j in ((0, 1), (0, 2), (1, 2))]
    assert min(apart) > 15


def test_the_shipped_weights_are_those_of_their_card_run_and_architecture(engine: PaletteFieldEngine) -> None:
    digest = hashlib.sha256((CHECKPOINT / "weights.safetensors").read_bytes()).hexdigest()
    run = json.loads((CHECKPOINT / "training-run.json").read_text(encoding="utf-8"))
    last = json.loads((CHECKPOINT / "metrics.jsonl").read_text(encoding="utf-8").splitlines()[-1])
    assert digest == CARD["weights_sha256"] == run["weights_sha256"] == engine.weights_sha256
    assert list(engine.capabilities.families) == CARD["families"]
    assert run["steps"] == last["step"] == sum(stage["steps"] for stage in run["config"]["stages"])
    assert run["metrics"]["generator_sha256"] == last["generator_sha256"]


def test_the_profile_names_what_must_be_equal(engine: PaletteFieldEngine) -> None:
    profile = engine.profile()
    assert profile["batch_slots"] == SLOTS == engine.capabilities.slots
    assert (profile["numpy"], profile["torch"]) == (np.__version__, torch.__version__)
    assert (profile["device"], profile["dtype"], profile["threads"]) == ("cpu", "float32", 1)
    assert json.loads(json.dumps(profile)) == profile


def test_estimates_grow_with_pictures_and_pixels(engine: PaletteFieldEngine) -> None:
    one = engine.estimate_seconds([_small(1)])
    assert 0 < one < engine.estimate_seconds([_small(1)] * 9)
    assert one < engine.estimate_seconds([Request(seed=1, width=2048, height=2048)])
    assert engine.estimate_seconds([]) == 0


def test_an_unknown_family_is_refused_before_anything_is_made(engine: PaletteFieldEngine) -> None:
    with pytest.raises(EngineError, match="not portraits") as refused:
        engine.generate([_small(1), _small(2, family="portraits")])
    assert refused.value.code == "family_unknown"
    assert engine.generate([]) == []


def _refusal(folder: Path, digest: str = CARD["weights_sha256"]) -> str:
    with pytest.raises(EngineError) as refused:
        engines.load("palette-field", folder, weights_sha256=digest)
    return refused.value.code


def test_weights_that_were_altered_are_never_read(tmp_path: Path) -> None:
    shutil.copytree(CHECKPOINT, tmp_path, dirs_exist_ok=True)
    weights = tmp_path / "weights.safetensors"
    content = bytearray(weights.read_bytes())
    content[-1] ^= 1
    weights.write_bytes(content)
    assert _refusal(tmp_path) == "weights_altered"
    weights.unlink()
    assert _refusal(tmp_path) == "weights_missing"


def test_weights_that_are_no_safetensors_or_do_not_fit_are_refused(tmp_path: Path) -> None:
    shutil.copytree(CHECKPOINT, tmp_path, dirs_exist_ok=True)
    weights = tmp_path / "weights.safetensors"
    torch.save({"a": torch.zeros(1)}, weights)
    assert _refusal(tmp_path, hashlib.sha256(weights.read_bytes()).hexdigest()) == "weights_unreadable"
    tensors = load_file(CHECKPOINT / "weights.safetensors")
    tensors.pop("constant")
    save_file(tensors, weights)
    assert _refusal(tmp_path, hashlib.sha256(weights.read_bytes()).hexdigest()) == "weights_unreadable"


@pytest.mark.parametrize(
    "architecture",
    ["", "[]", "{}", '{"kind": "palette-field", "version": 1}', '{"kind": "palette-field", "version": 2}'],
)
def test_an_architecture_that_is_not_known_is_refused(tmp_path: Path, architecture: str) -> None:
    shutil.copytree(CHECKPOINT, tmp_path, dirs_exist_ok=True)
    (tmp_path / "architecture.json").write_text(architecture, encoding="utf-8")
    assert _refusal(tmp_path) == "architecture_unknown"


def test_an_architecture_of_absurd_size_is_refused(tmp_path: Path) -> None:
    shutil.copytree(CHECKPOINT, tmp_path, dirs_exist_ok=True)
    document = json.loads((CHECKPOINT / "architecture.json").read_text(encoding="utf-8"))
    (tmp_path / "architecture.json").write_text(json.dumps(document | {"colours": 10**9}), encoding="utf-8")
    assert _refusal(tmp_path) == "architecture_unknown"


def test_an_unknown_engine_is_refused() -> None:
    with pytest.raises(EngineError) as refused:
        engines.load("oracle", CHECKPOINT, weights_sha256="")
    assert refused.value.code == "engine_unknown"
