"""The engine gives the same bytes for the same request, whatever surrounds it, and refuses what it should."""

import hashlib
import json
import shutil
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

from generation import engines
from generation.engines import gan
from generation.engines.base import EngineError, Made, Picture, Pixels, Request, Stopped
from generation.engines.gan import SLOT_COUNTS, PaletteFieldEngine
from generation.engines.parameters import MAX_SEED, spec_of
from generation.evaluation import pictures
from tests.generation.shipped import CHECKPOINT

CARD = json.loads((CHECKPOINT / "card.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def engine() -> PaletteFieldEngine:
    return PaletteFieldEngine.load(CHECKPOINT, weights_sha256=CARD["weights_sha256"])


SPEC = spec_of("palette-field", json.loads((CHECKPOINT / "architecture.json").read_text(encoding="utf-8")))


def _small(seed: int, **options: object) -> Request:
    return SPEC.request(seed, {"width": 256, "height": 256, **options})


def _made(engine: PaletteFieldEngine, *requests: Request, slots: int | None = None) -> list[Made]:
    return list(engine.generate(requests, slots=slots))


def _pixels(made: Made) -> Pixels:
    assert isinstance(made.work, Picture)
    return made.work.pixels


def _one(engine: PaletteFieldEngine, request: Request) -> Pixels:
    return _pixels(_made(engine, request)[0])


def test_a_picture_is_the_same_alone_and_among_any_neighbours(engine: PaletteFieldEngine) -> None:
    requests = [_small(seed, family=CARD["families"][seed % 10], truncation="0.9") for seed in range(11)]
    together = _made(engine, *requests)
    backwards = _made(engine, *requests[::-1])[::-1]
    assert [output.seed for output in together] == list(range(11))
    for request, one, other in zip(requests, together, backwards, strict=True):
        alone = _made(engine, request)[0]
        assert alone.work.encode() == one.work.encode() == other.work.encode()
        assert alone.parameters == one.parameters


def test_each_parameter_changes_the_picture(engine: PaletteFieldEngine) -> None:
    changes: list[dict[str, object]] = [
        {},
        {"family": "ink"},
        {"truncation": "0.3"},
        {"temperature": "1.5"},
        {"grain": "0"},
    ]
    seen = [_one(engine, _small(5, **change)).tobytes() for change in changes]
    assert len(set(seen)) == len(changes)


@pytest.mark.parametrize("seed", [0, 7, 2**32 + 7, 2**62 + 7, MAX_SEED])
def test_seeds_that_agree_in_their_lower_bits_give_different_pictures(engine: PaletteFieldEngine, seed: int) -> None:
    pixels = _one(engine, _small(seed))
    for other in {7, 2**32 + 7, 2**62 + 7} - {seed}:
        assert not np.array_equal(pixels, _one(engine, _small(other)))


def test_no_truncation_at_all_is_the_mean_of_the_family_up_to_noise_and_grain(engine: PaletteFieldEngine) -> None:
    options = {"truncation": "0", "grain": "0", "family": "fields"}
    one, two = (_one(engine, _small(seed, **options)).astype(int) for seed in (1, 2))
    free = _one(engine, _small(2, grain="0", truncation="1", family="fields")).astype(int)
    assert np.abs(one - two).mean() < np.abs(one - free).mean()


@pytest.mark.parametrize(("width", "height"), [(256, 256), (257, 301), (640, 256), (256, 1000)])
def test_a_picture_has_the_size_that_was_asked_for(engine: PaletteFieldEngine, width: int, height: int) -> None:
    output = _made(engine, SPEC.request(3, {"width": width, "height": height}))[0]
    assert _pixels(output).shape == (height, width, 3)
    assert _pixels(output).dtype == np.uint8
    assert (output.parameters["width"], output.parameters["height"]) == (width, height)
    assert output.seconds > 0


def test_a_larger_picture_is_the_same_composition(engine: PaletteFieldEngine) -> None:
    small = _one(engine, _small(9, grain="0"))
    large = _one(engine, _small(9, width=1024, height=1024, grain="0"))
    shrunk = large.reshape(256, 4, 256, 4, 3).mean((1, 3))
    assert np.abs(shrunk - small).mean() < 3


def test_every_family_gives_pictures_and_not_flats_or_noise(engine: PaletteFieldEngine) -> None:
    for family in engine.network.arch.families:
        outputs = _made(engine, *[_small(seed, family=family) for seed in range(8)])
        measured = [pictures.measure(_pixels(output)) for output in outputs]
        assert np.median([traits.contrast for traits in measured]) > 0.03
        assert np.median([traits.colourfulness for traits in measured]) > 10
        assert max(traits.edge_density for traits in measured) < 0.6
        assert max(pictures.score(traits) for traits in measured) > 0.5


def test_the_families_differ_from_each_other(engine: PaletteFieldEngine) -> None:
    def outputs(family: str) -> list[Pixels]:
        return [_pixels(made) for made in _made(engine, *[_small(seed, family=family) for seed in range(8)])]

    means = [np.mean(outputs(family), 0) for family in ("ink", "nebula", "waves")]
    apart = [np.abs(means[i] - means[j]).mean() for i, j in ((0, 1), (0, 2), (1, 2))]
    assert min(apart) > 15


def test_the_shipped_weights_are_those_of_their_card_run_and_architecture(engine: PaletteFieldEngine) -> None:
    digest = hashlib.sha256((CHECKPOINT / "weights.safetensors").read_bytes()).hexdigest()
    run = json.loads((CHECKPOINT / "training-run.json").read_text(encoding="utf-8"))
    last = json.loads((CHECKPOINT / "metrics.jsonl").read_text(encoding="utf-8").splitlines()[-1])
    assert digest == CARD["weights_sha256"] == run["weights_sha256"] == engine.weights_sha256
    assert list(engine.network.arch.families) == CARD["families"]
    assert run["steps"] == last["step"] == sum(stage["steps"] for stage in run["config"]["stages"])
    assert run["metrics"]["generator_sha256"] == last["generator_sha256"]


def test_the_profile_names_what_must_be_equal(engine: PaletteFieldEngine) -> None:
    profile = engine.profile()
    assert profile["batch_slots"] == SLOT_COUNTS[0] == engine.slot_counts[0]
    assert engine.profile(slots=2) == profile | {"batch_slots": 2}
    assert (profile["numpy"], profile["torch"]) == (np.__version__, torch.__version__)
    assert (profile["device"], profile["dtype"], profile["threads"]) == ("cpu", "float32", 1)
    assert json.loads(json.dumps(profile)) == profile


def test_estimates_grow_with_pictures_and_pixels(engine: PaletteFieldEngine) -> None:
    one = engine.estimate_seconds([_small(1)])
    assert 0 < one < engine.estimate_seconds([_small(1)] * 9)
    assert one < engine.estimate_seconds([_small(1, width=2048, height=2048)])
    assert engine.estimate_seconds([]) == 0


def test_nothing_is_made_of_no_requests(engine: PaletteFieldEngine) -> None:
    assert _made(engine) == []


def test_a_mixed_picture_starts_at_the_one_seed_and_ends_at_the_other(engine: PaletteFieldEngine) -> None:
    one, other = (_one(engine, _small(seed, grain="0")) for seed in (3, 8))
    mixed = {part: _one(engine, _small(3, grain="0", mix_seed="8", mix=part)) for part in ("0", "0.01", "0.5", "1")}
    assert np.array_equal(mixed["0"], one)
    assert np.array_equal(mixed["1"], other)
    near = np.abs(mixed["0.01"].astype(int) - one).mean()
    assert 0 < near < np.abs(mixed["0.5"].astype(int) - one).mean()
    assert not np.array_equal(mixed["0.5"], other)


def test_a_mixed_picture_is_the_same_alone_and_among_any_neighbours(engine: PaletteFieldEngine) -> None:
    mixed = _small(3, mix_seed=str(MAX_SEED), mix="0.3")
    among = _made(engine, _small(1), mixed, _small(2, mix_seed="3", mix="0.9"))[1]
    assert np.array_equal(_pixels(among), _one(engine, mixed))
    assert among.parameters["mix_seed"] == str(MAX_SEED)


def test_mixing_a_seed_with_itself_changes_nothing_but_rounding(engine: PaletteFieldEngine) -> None:
    plain, mixed = _one(engine, _small(6)), _one(engine, _small(6, mix_seed="6", mix="0"))
    assert np.array_equal(plain, mixed)


def test_a_walk_passes_every_seed_and_comes_home(engine: PaletteFieldEngine) -> None:
    request = _small(3, grain="0")
    walk = list(engine.frames(request, seeds=[8, 5], positions=[0, 0.5, 1, 1.999, 2, 2.5, 3, 3.5, 4]))
    stops = [_one(engine, _small(seed, grain="0")) for seed in (3, 8, 5)]
    assert all(np.array_equal(walk[at], stop) for at, stop in zip((0, 2, 4, 6), [*stops, stops[0]], strict=True))
    assert np.array_equal(walk[1], _one(engine, _small(3, grain="0", mix_seed="8", mix="0.5")))
    assert np.array_equal(walk[7], walk[1])
    assert np.array_equal(walk[8], walk[2])
    assert np.abs(walk[3].astype(int) - walk[4]).mean() < 1


def test_a_frame_does_not_depend_on_the_other_frames_and_keeps_its_grain(engine: PaletteFieldEngine) -> None:
    request = _small(3, width=320)
    walk = list(engine.frames(request, seeds=[8], positions=[place / 10 for place in range(20)]))
    assert {frame.shape for frame in walk} == {(256, 320, 3)}
    assert np.array_equal(walk[13], next(engine.frames(request, seeds=[8], positions=[1.3])))
    assert np.array_equal(walk[0], _one(engine, request))
    steps = [np.abs(one.astype(int) - other).mean() for one, other in pairwise([*walk, walk[0]])]
    assert max(steps) < 20


def test_a_walk_without_another_seed_is_refused(engine: PaletteFieldEngine) -> None:
    with pytest.raises(EngineError) as refused:
        next(engine.frames(_small(1), seeds=[], positions=[0]))
    assert refused.value.code == "walk_empty"


def test_bands_meet_without_a_seam(engine: PaletteFieldEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    request = _small(9, height=300, width=300)
    banded = _one(engine, request)
    monkeypatch.setattr(gan, "_BAND", 4096)
    whole = _one(engine, request)
    assert np.abs(banded.astype(int) - whole).max() <= 1


def test_fewer_slots_give_nearly_the_same_picture_and_always_the_same(engine: PaletteFieldEngine) -> None:
    eight, two = _one(engine, _small(4)), _pixels(_made(engine, _small(4), slots=2)[0])
    among = _pixels(_made(engine, _small(9), _small(4), slots=2)[1])
    assert np.array_equal(two, among)
    assert np.abs(eight.astype(int) - two).max() <= 2


def test_steps_are_reported_and_can_stop_the_batch(engine: PaletteFieldEngine) -> None:
    seen: list[tuple[int, int]] = []

    def stop_after_one(done: int, of: int) -> None:
        seen.append((done, of))
        if done == 1:
            raise Stopped()

    making = engine.generate([_small(1), _small(2), _small(3)], on_step=stop_after_one)
    next(making)
    with pytest.raises(Stopped):
        next(making)
    assert seen == [(0, 3), (1, 3)]


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
