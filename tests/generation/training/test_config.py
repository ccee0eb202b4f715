"""A training configuration is read whole, or refused with the key that is wrong."""

import dataclasses

import pytest

from generation.training.config import ConfigError, GanConfig, Stage
from tests.generation.shipped import ROOT

SHIPPED = (ROOT / "generation" / "training" / "configs" / "palette-field-1.toml").read_text(encoding="utf-8")


def test_the_shipped_configuration_grows_from_16_to_64_px() -> None:
    config = GanConfig.parse(SHIPPED)
    assert (config.stage(0).resolution, config.stage(config.steps - 1).resolution) == (16, 64)
    assert config.steps == sum(stage.steps for stage in config.stages)
    assert config.stage(config.steps + 5) == config.stages[-1]


def test_stages_follow_each_other_at_their_exact_steps() -> None:
    config = dataclasses.replace(GanConfig.parse(SHIPPED), stages=(Stage(16, 3, 0.5), Stage(32, 2, 0.1)))
    assert [config.stage(step).resolution for step in range(5)] == [16, 16, 16, 32, 32]


def test_the_learning_rate_holds_and_then_falls_to_a_tenth() -> None:
    config = dataclasses.replace(GanConfig.parse(SHIPPED), stages=(Stage(16, 100, 0.5),), decay_from=0.5)
    assert config.rate(0) == config.rate(49) == config.learning_rate
    assert config.rate(75) == pytest.approx(config.learning_rate / 2)
    assert config.rate(99) == pytest.approx(config.learning_rate / 10)


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        ("batch = 16", "batch = 6", "batch is a multiple of four"),
        ("resolution = 16", "resolution = 128", "resolution of 16, 32 or 64"),
        ("resolution = 16", "resolution = 64", "from small to large"),
        ("seed = 20261123", "seed = -1", "seed is from 0"),
        ("widths = [128, 128, 80, 48]\ncritic", "widths = [128]\ncritic", "four levels"),
        ("batch = 16", "", "'batch'"),
        ("batch = 16", "batch = 16\nbatches = 2", "'batches'"),
        ("batch = 16", "batch = ", "cannot be read"),
    ],
)
def test_a_wrong_value_is_named(old: str, new: str, what: str) -> None:
    assert old in SHIPPED
    with pytest.raises(ConfigError, match=what):
        GanConfig.parse(SHIPPED.replace(old, new, 1))


def test_what_the_card_says_does_not_change_the_run() -> None:
    assert GanConfig.parse(SHIPPED.replace("Palette Field", "Another title")) == GanConfig.parse(SHIPPED)
