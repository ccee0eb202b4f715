"""The second version of the network: read beside the first, and its checkpoint keeps the same promises."""

import hashlib
import json

import numpy as np
import pytest
import torch

from generation.engines import palette_field, resample
from generation.engines.base import Picture, Pixels, Request
from generation.engines.gan import PaletteFieldEngine
from generation.engines.palette_field import Architecture, PaletteField
from generation.engines.parameters import spec_of
from generation.engines.parameters.spec import ParametersRefused
from generation.evaluation import pictures
from tests.generation.shipped import CHECKPOINT, CHECKPOINT_3

CARD = json.loads((CHECKPOINT_3 / "card.json").read_text(encoding="utf-8"))
DOCUMENT = json.loads((CHECKPOINT_3 / "architecture.json").read_text(encoding="utf-8"))
SPEC = spec_of("palette-field", DOCUMENT)


@pytest.fixture(scope="module")
def engine() -> PaletteFieldEngine:
    return PaletteFieldEngine.load(CHECKPOINT_3, weights_sha256=CARD["weights_sha256"])


def _small(seed: int, **options: object) -> Request:
    return SPEC.request(seed, {"width": 256, "height": 256, **options})


def _pixels(engine: PaletteFieldEngine, *requests: Request) -> list[Pixels]:
    works = [made.work for made in engine.generate(requests)]
    return [work.pixels for work in works if isinstance(work, Picture)]


def test_both_versions_of_the_architecture_are_read_and_a_third_is_not() -> None:
    first = json.loads((CHECKPOINT / "architecture.json").read_text(encoding="utf-8"))
    assert (Architecture.parse(first).version, Architecture.parse(DOCUMENT).version) == (1, 2)
    assert Architecture.parse(DOCUMENT).document() == DOCUMENT
    with pytest.raises(ValueError, match="versions 1 and 2"):
        Architecture.parse(DOCUMENT | {"version": 3})


def test_the_shipped_weights_are_those_of_their_card_run_and_architecture(engine: PaletteFieldEngine) -> None:
    weights = (CHECKPOINT_3 / "weights.safetensors").read_bytes()
    run = json.loads((CHECKPOINT_3 / "training-run.json").read_text(encoding="utf-8"))
    last = json.loads((CHECKPOINT_3 / "metrics.jsonl").read_text(encoding="utf-8").splitlines()[-1])
    assert hashlib.sha256(weights).hexdigest() == CARD["weights_sha256"] == run["weights_sha256"]
    assert list(engine.network.arch.families) == CARD["families"]
    assert run["steps"] == last["step"] == run["config"]["steps"]
    assert run["metrics"]["weights_sha256"] == last["weights_sha256"]
    assert len(weights) < 6_000_000


def test_a_picture_is_the_same_alone_and_among_any_neighbours(engine: PaletteFieldEngine) -> None:
    requests = [_small(seed, family=CARD["families"][seed % 8], roughness=str(seed / 10)) for seed in range(9)]
    together = _pixels(engine, *requests)
    for request, one in zip(requests, together, strict=True):
        assert np.array_equal(_pixels(engine, request)[0], one)


def test_roughness_frays_what_is_drawn_and_keeps_the_composition(engine: PaletteFieldEngine) -> None:
    options = {"family": "nebula", "grain": "0"}
    smooth, usual, rough = _pixels(
        engine, *[_small(3, **options, **asked) for asked in ({"roughness": "0"}, {}, {"roughness": "1"})]
    )
    assert np.array_equal(usual, _pixels(engine, _small(3, **options, roughness="0.4"))[0])
    edges = [pictures.measure(picture).edge_density for picture in (smooth, rough)]
    assert edges[0] < edges[1]
    other = _pixels(engine, _small(4, **options, roughness="0"))[0]
    assert np.abs(smooth.astype(int) - usual).mean() < np.abs(smooth.astype(int) - other).mean()


def test_the_first_version_knows_no_roughness() -> None:
    first = spec_of("palette-field", json.loads((CHECKPOINT / "architecture.json").read_text(encoding="utf-8")))
    with pytest.raises(ParametersRefused):
        first.request(1, {"roughness": "0.5"})


def test_every_family_gives_pictures_and_not_flats_or_noise(engine: PaletteFieldEngine) -> None:
    for family in engine.network.arch.families:
        measured = [
            pictures.measure(pixels) for pixels in _pixels(engine, *[_small(s, family=family) for s in range(8)])
        ]
        assert np.median([traits.contrast for traits in measured]) > 0.03
        assert np.median([traits.colourfulness for traits in measured]) > 8
        assert max(traits.edge_density for traits in measured) < 0.6
        assert max(pictures.score(traits) for traits in measured) > 0.5


def test_a_larger_picture_is_the_same_composition(engine: PaletteFieldEngine) -> None:
    options = {"family": "rosette", "grain": "0"}
    small, large = _pixels(engine, _small(9, **options), _small(9, **options, width=1024, height=1024))
    assert np.abs(large.reshape(256, 4, 256, 4, 3).mean((1, 3)) - small).mean() < 3


def test_a_line_is_drawn_where_two_colours_meet_and_nowhere_else() -> None:
    torch.manual_seed(1)
    network = PaletteField(Architecture(("one",), latent=8, style=8, widths=(8, 8, 8, 8, 8), version=2))
    share = torch.zeros(1, 8, 1, 3)
    share[0, 0], share[0, 1] = torch.tensor([[1.0, 0.5, 0.0]]), torch.tensor([[0.0, 0.5, 1.0]])
    picture = torch.zeros(1, 3, 1, 3)
    drawn = network._draw_lines(torch.randn(1, 8), picture, share, torch.full((1, 1, 1, 3), 5.0))
    moved = (drawn - picture).abs().sum(1)[0, 0]
    assert moved[0] == moved[2] == 0
    assert moved[1] > 0.01


def test_training_may_follow_painting_in_one_process() -> None:
    network = PaletteField(Architecture(("one",), latent=8, style=8, widths=(8, 8, 8, 8, 8), version=2))
    latent, family, noise = torch.randn(1, 8), torch.tensor([0]), torch.randn(1, 1, 1, 1)
    resample._lanczos.cache_clear()
    palette_field.coordinates.cache_clear()
    with torch.inference_mode():
        network(latent, family, lambda side: noise.expand(-1, -1, side, side), size=64)
    picture = network(latent, family, lambda side: noise.expand(-1, -1, side, side), size=64)
    torch.autograd.backward(picture.square().mean())
    assert network.start.weight.grad is not None
