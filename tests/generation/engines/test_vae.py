"""The shipped soft fields sample, rebuild and interpolate, give equal bytes every time, and refuse what they should."""

import hashlib
import io
import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from generation import engines
from generation.engines import vae_inputs
from generation.engines.base import EngineError, Made, Picture, Pixels, Request, Stopped
from generation.engines.parameters import MAX_SEED, ParametersRefused, spec_of
from generation.engines.parameters import vae as parameters
from generation.engines.vae import SLOT_COUNTS, SoftFieldsEngine
from generation.engines.vae_network import ATTRIBUTES
from generation.training.studio import EVALUATION_SEEDS, FAMILIES, Recipe, render
from generation.training.vae_latents import attributes_of
from tests.generation.shipped import SOFT_FIELDS

CARD = json.loads((SOFT_FIELDS / "card.json").read_text(encoding="utf-8"))
SPEC = spec_of("vae", json.loads((SOFT_FIELDS / "architecture.json").read_text(encoding="utf-8")))


@pytest.fixture(scope="module")
def engine() -> SoftFieldsEngine:
    return SoftFieldsEngine.load(SOFT_FIELDS, weights_sha256=CARD["weights_sha256"])


def _small(seed: int, inputs: dict[str, bytes] | None = None, **options: Any) -> Request:
    return SPEC.request(seed, {"width": 256, "height": 256, **options}, inputs)


def _made(engine: SoftFieldsEngine, *requests: Request, slots: int | None = None) -> list[Made]:
    return list(engine.generate(requests, slots=slots))


def _one(engine: SoftFieldsEngine, request: Request) -> Pixels:
    work = _made(engine, request)[0].work
    assert isinstance(work, Picture)
    return work.pixels


def _file(pixels: Pixels, kind: str = "PNG") -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, kind)
    return buffer.getvalue()


def _studio(seed: int, family: str = "fields", size: int = 128) -> Pixels:
    return render(Recipe(family, EVALUATION_SEEDS.start + seed, seed, size))


SOURCE, OTHER = _file(_studio(1)), _file(_studio(2, "ink"))


def test_a_picture_is_the_same_alone_and_among_any_neighbours_in_every_mode(engine: SoftFieldsEngine) -> None:
    requests = [
        _small(0),
        _small(1, family="ink", attributes={"warmth": "1.5"}),
        _small(2, {"source": SOURCE}, mode="reconstruct"),
        _small(3, {"source": SOURCE, "other": OTHER}, mode="interpolate", position="0.3"),
        _small(4, mode="interpolate", mix_seed="9"),
        _small(MAX_SEED),
        *[_small(seed, family="waves") for seed in range(5)],
    ]
    together = _made(engine, *requests)
    backwards = _made(engine, *requests[::-1])[::-1]
    for request, one, other in zip(requests, together, backwards, strict=True):
        alone = _made(engine, request)[0]
        assert alone.work.encode() == one.work.encode() == other.work.encode()
        with Image.open(io.BytesIO(alone.work.encode())) as picture:
            assert (picture.format, picture.size, picture.mode) == ("PNG", (256, 256), "RGB")


def test_a_second_load_gives_the_same_bytes(engine: SoftFieldsEngine) -> None:
    again = engines.load("vae", SOFT_FIELDS, weights_sha256=CARD["weights_sha256"])
    assert next(iter(again.generate([_small(5)]))).work.encode() == _made(engine, _small(5))[0].work.encode()
    assert again.profile() == engine.profile()


def test_each_parameter_changes_the_picture(engine: SoftFieldsEngine) -> None:
    changes: list[dict[str, Any]] = [
        {},
        {"family": "nebula"},
        {"spread": "0.2"},
        {"temperature": "1.5"},
        {"grain": "0"},
        *[{"attributes": {name: "1"}} for name in ATTRIBUTES],
    ]
    seen = {_one(engine, _small(5, **change)).tobytes() for change in changes}
    seen |= {_one(engine, _small(seed)).tobytes() for seed in (2**32 + 5, 2**62 + 5)}
    assert len(seen) == len(changes) + 2


@pytest.mark.parametrize(("width", "height"), [(257, 301), (640, 256), (256, 1000)])
def test_a_picture_has_the_size_that_was_asked_for(engine: SoftFieldsEngine, width: int, height: int) -> None:
    options = {"width": width, "height": height}
    assert _one(engine, SPEC.request(3, options)).shape == (height, width, 3)
    rebuilt = _one(engine, SPEC.request(3, {**options, "mode": "reconstruct"}, {"source": SOURCE}))
    assert rebuilt.shape == (height, width, 3)


def test_a_larger_picture_is_the_same_composition(engine: SoftFieldsEngine) -> None:
    small, large = (_one(engine, SPEC.request(9, {"width": s, "height": s, "grain": "0"})) for s in (256, 1024))
    assert np.abs(large.reshape(256, 4, 256, 4, 3).mean((1, 3)) - small).mean() < 3


def test_a_reconstruction_is_nearer_to_its_source_than_to_other_pictures(engine: SoftFieldsEngine) -> None:
    sources = [_studio(seed, FAMILIES[seed % len(FAMILIES)]) for seed in range(10)]
    options = {"mode": "reconstruct", "grain": "0", "temperature": "1"}
    rebuilt = [_one(engine, _small(1, {"source": _file(source)}, **options)) for source in sources]
    small = [picture.reshape(128, 2, 128, 2, 3).mean((1, 3)) for picture in rebuilt]
    apart = np.array([[np.abs(one - other).mean() for other in sources] for one in small])
    assert (apart.argmin(1) == np.arange(10)).mean() >= 0.9
    assert np.diag(apart).mean() / 255 < 0.15


def test_an_interpolation_starts_at_the_one_end_and_ends_at_the_other(engine: SoftFieldsEngine) -> None:
    plain: dict[str, Any] = {"grain": "0"}
    ends = [_one(engine, _small(seed, **plain)) for seed in (3, 8)]
    way = [_one(engine, _small(3, mode="interpolate", mix_seed="8", position=at, **plain)) for at in ("0", "0.5", "1")]
    assert np.abs(way[0].astype(int) - ends[0]).max() <= 1
    assert np.abs(way[2].astype(int) - ends[1]).max() <= 1
    assert min(np.abs(way[1].astype(int) - end).mean() for end in ends) > 1
    both = {"source": SOURCE, "other": OTHER}
    rebuilt = _one(engine, _small(3, {"source": SOURCE}, mode="reconstruct", **plain))
    start = _one(engine, _small(3, both, mode="interpolate", position="0", **plain))
    assert np.array_equal(start, rebuilt)
    from_source = _one(engine, _small(3, {"source": SOURCE}, mode="interpolate", mix_seed="8", position="1", **plain))
    assert np.abs(from_source.astype(int) - ends[1]).max() <= 1


@pytest.mark.parametrize("place", range(len(ATTRIBUTES)), ids=ATTRIBUTES)
def test_an_attribute_moves_what_it_names_in_its_direction(engine: SoftFieldsEngine, place: int) -> None:
    def figures(amount: str) -> list[float]:
        attributes = {ATTRIBUTES[place]: amount}
        options: dict[str, Any] = {"attributes": attributes, "grain": "0", "temperature": "1"}
        requests = [_small(seed, family=FAMILIES[seed % 10], **options) for seed in range(16)]
        works = [made.work for made in _made(engine, *requests)]
        shrunk = [
            work.pixels.reshape(64, 4, 64, 4, 3).mean((1, 3)) / 255 for work in works if isinstance(work, Picture)
        ]
        return [float(figure) for figure in attributes_of(np.stack(shrunk)).mean(0)]

    less, more = figures("-1.5"), figures("1.5")
    assert more[place] > less[place]


def test_sources_of_every_kind_are_read_alike(engine: SoftFieldsEngine) -> None:
    pixels = _studio(4, size=256)
    shapes = [_file(pixels), _file(pixels, "WEBP"), _file(np.dstack([pixels, np.full((256, 256), 255, np.uint8)]))]
    made = [_one(engine, _small(1, {"source": data}, mode="reconstruct")) for data in [*shapes, _file(pixels, "JPEG")]]
    assert np.array_equal(made[0], made[2])
    assert np.abs(made[0].astype(int) - made[3]).mean() < 6


def test_a_source_is_cropped_to_the_proportions_that_were_asked_for() -> None:
    wide = np.zeros((100, 400, 3), np.uint8)
    wide[:, 150:250] = 255
    square = vae_inputs.read_picture(_file(wide), width=512, height=512)
    assert float(square.min()) == 1
    banner = vae_inputs.read_picture(_file(wide), width=1024, height=256)
    assert banner.shape == (1, 3, 64, 64)
    assert float(banner.mean()) == pytest.approx(-0.5, abs=0.02)


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "input_unreadable"),
        (b"not a picture", "input_unreadable"),
        (SOURCE[:200], "input_unreadable"),
        (b"GIF89a" + b"\0" * 100, "input_unreadable"),
    ],
)
def test_what_is_no_picture_is_refused(engine: SoftFieldsEngine, data: bytes, code: str) -> None:
    with pytest.raises(EngineError) as refused:
        _made(engine, _small(1, {"source": data}, mode="reconstruct"))
    assert refused.value.code == code


def test_a_picture_that_would_fill_the_memory_is_refused_before_it_is_decoded(
    engine: SoftFieldsEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    bomb = _file(np.zeros((7000, 7000), np.uint8))
    assert len(bomb) < 200_000
    with pytest.raises(EngineError) as refused:
        _made(engine, _small(1, {"source": bomb}, mode="reconstruct"))
    assert refused.value.code == "input_too_large"
    monkeypatch.setattr(vae_inputs, "MAX_BYTES", 10)
    with pytest.raises(EngineError, match="at most 10 bytes"):
        _made(engine, _small(1, {"source": SOURCE}, mode="reconstruct"))


def test_a_mode_without_what_it_works_from_is_refused(engine: SoftFieldsEngine) -> None:
    for request in (_small(1, mode="reconstruct"), _small(1, mode="interpolate")):
        with pytest.raises(EngineError) as refused:
            _made(engine, request)
        assert refused.value.code == "input_missing"


@pytest.mark.parametrize(
    "asked",
    [
        {"mode": "paint"},
        {"width": 255},
        {"height": 4097},
        {"family": "portraits"},
        {"spread": "1.6"},
        {"spread": "NaN"},
        {"position": "-0.1"},
        {"mix_seed": str(2**63)},
        {"attributes": {"beauty": "1"}},
        {"attributes": {"warmth": "3.1"}},
        {"attributes": ["warmth"]},
        {"strength": "1"},
    ],
)
def test_impossible_parameters_are_refused(asked: dict[str, object]) -> None:
    with pytest.raises(ParametersRefused):
        SPEC.request(1, asked)
    with pytest.raises(ParametersRefused):
        SPEC.request(-1)


def test_boundaries_give_pictures(engine: SoftFieldsEngine) -> None:
    extremes = dict.fromkeys(ATTRIBUTES, "-3")
    requests = [
        _small(0, spread="0", temperature="0.1", grain="1"),
        _small(MAX_SEED, spread="1.5", temperature="2", attributes=extremes),
        _small(1, mode="interpolate", mix_seed="1", position="1"),
    ]
    assert [work.work.size for work in _made(engine, *requests)] == [(256, 256)] * 3


def test_the_attributes_of_web_process_and_network_are_the_same() -> None:
    assert parameters.ATTRIBUTES == ATTRIBUTES


def test_the_profile_names_what_must_be_equal(engine: SoftFieldsEngine) -> None:
    profile = engine.profile()
    assert (profile["engine"], profile["dtype"], profile["threads"]) == ("vae", "float32", 1)
    assert profile["batch_slots"] == SLOT_COUNTS[0] == engine.slot_counts[0]
    assert engine.memory_bytes > 1e6
    assert engine.estimate_seconds([_small(1)]) < engine.estimate_seconds([_small(1)] * 9)


def test_steps_are_reported_and_can_stop_the_batch(engine: SoftFieldsEngine) -> None:
    def stop(done: int, _of: int) -> None:
        if done == 1:
            raise Stopped()

    making = engine.generate([_small(1), _small(2)], on_step=stop)
    next(making)
    with pytest.raises(Stopped):
        next(making)


def test_altered_weights_and_unknown_architectures_are_refused(tmp_path: Path) -> None:
    shutil.copytree(SOFT_FIELDS, tmp_path, dirs_exist_ok=True)
    with pytest.raises(EngineError) as refused:
        SoftFieldsEngine.load(tmp_path, weights_sha256="0" * 64)
    assert refused.value.code == "weights_altered"
    document = json.loads((tmp_path / "architecture.json").read_text(encoding="utf-8"))
    for change, code in (
        ({"kind": "palette-field"}, "architecture_unknown"),
        ({"latent": 10**9}, "architecture_unknown"),
        ({"families": []}, "architecture_unknown"),
        ({"latent": 12}, "weights_unreadable"),
    ):
        (tmp_path / "architecture.json").write_text(json.dumps(document | change), encoding="utf-8")
        with pytest.raises(EngineError) as refused:
            SoftFieldsEngine.load(tmp_path, weights_sha256=CARD["weights_sha256"])
        assert refused.value.code == code


def test_the_shipped_weights_are_those_of_their_card_and_run() -> None:
    content = (SOFT_FIELDS / "weights.safetensors").read_bytes()
    run = json.loads((SOFT_FIELDS / "training-run.json").read_text(encoding="utf-8"))
    assert hashlib.sha256(content).hexdigest() == CARD["weights_sha256"] == run["weights_sha256"]
    assert len(content) <= 4 * 2**20
    assert CARD["families"] == list(FAMILIES)
