"""A request is checked whole before anything is made of it."""

from decimal import Decimal

import pytest

from generation.engines.base import MAX_SEED, EngineError, Request


def test_a_request_from_json_values_records_them_as_they_were_asked_for() -> None:
    asked = {"width": 640, "height": 480, "family": "ink", "truncation": "0.75", "grain": "0.300"}
    request = Request.parse(seed=MAX_SEED, parameters=asked)
    assert request.parameters("ink") == {
        "family": "ink",
        "grain": "0.300",
        "height": 480,
        "temperature": "0.6",
        "truncation": "0.75",
        "width": 640,
    }


@pytest.mark.parametrize(
    ("seed", "parameters", "code"),
    [
        (-1, {}, "seed_out_of_range"),
        (MAX_SEED + 1, {}, "seed_out_of_range"),
        (True, {}, "seed_out_of_range"),
        (1, {"width": 255}, "size_out_of_range"),
        (1, {"height": 4097}, "size_out_of_range"),
        (1, {"width": 512.0}, "size_out_of_range"),
        (1, {"width": "512"}, "size_out_of_range"),
        (1, {"truncation": "1.01"}, "truncation_out_of_range"),
        (1, {"truncation": "NaN"}, "truncation_out_of_range"),
        (1, {"truncation": "much"}, "truncation_out_of_range"),
        (1, {"temperature": "0"}, "temperature_out_of_range"),
        (1, {"grain": "-0.1"}, "grain_out_of_range"),
        (1, {"grain": "Infinity"}, "grain_out_of_range"),
        (1, {"prompt": "a cat"}, "parameter_unknown"),
    ],
)
def test_a_value_out_of_range_is_refused_with_its_code(seed: int, parameters: dict[str, object], code: str) -> None:
    with pytest.raises(EngineError) as refused:
        Request.parse(seed=seed, parameters=parameters)
    assert refused.value.code == code


def test_a_float_is_not_a_decimal() -> None:
    with pytest.raises(EngineError, match="truncation is a decimal"):
        Request(seed=1, truncation=0.8)  # type: ignore[arg-type]
    assert Request(seed=1, truncation=Decimal(1)).truncation == 1
