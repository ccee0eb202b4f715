"""A request is checked whole before anything is made of it; works encode to the same bytes every time."""

import io

import numpy as np
import pytest
from PIL import Image

from generation.engines.base import Picture, Text
from generation.engines.parameters import MAX_SEED, ParametersRefused, spec_of

SPEC = spec_of("palette-field", {"families": ["waves", "ink"]})


def test_a_request_from_json_values_holds_them_in_canonical_form() -> None:
    asked = {"width": 640, "height": "480", "family": "ink", "truncation": "0.75", "grain": "0.300", "mix_seed": 2**60}
    assert SPEC.request(MAX_SEED, asked).parameters == {
        "family": "ink",
        "grain": "0.3",
        "height": 480,
        "mix_seed": str(2**60),
        "temperature": "0.6",
        "truncation": "0.75",
        "width": 640,
    }


@pytest.mark.parametrize(
    ("seed", "asked", "name"),
    [
        (-1, {}, "seed"),
        (MAX_SEED + 1, {}, "seed"),
        (True, {}, "seed"),
        (1, {"width": 255}, "width"),
        (1, {"height": 4097}, "height"),
        (1, {"width": 512.0}, "width"),
        (1, {"width": "٥١٢"}, "width"),
        (1, {"family": "portraits"}, "family"),
        (1, {"family": ["waves"]}, "family"),
        (1, {"truncation": "1.01"}, "truncation"),
        (1, {"truncation": "NaN"}, "truncation"),
        (1, {"truncation": "much"}, "truncation"),
        (1, {"truncation": True}, "truncation"),
        (1, {"temperature": "0"}, "temperature"),
        (1, {"grain": "-0.1"}, "grain"),
        (1, {"grain": "Infinity"}, "grain"),
        (1, {"mix_seed": 2**63}, "mix_seed"),
        (1, {"prompt": "a cat"}, "prompt"),
    ],
)
def test_a_value_out_of_range_is_refused_by_name(seed: int, asked: dict[str, object], name: str) -> None:
    with pytest.raises(ParametersRefused) as refused:
        SPEC.request(seed, asked)
    assert list(refused.value.errors) == [name]
    assert refused.value.code == "parameter_refused"


def test_an_input_that_the_engine_does_not_take_is_refused() -> None:
    with pytest.raises(ParametersRefused, match="no input of this engine"):
        SPEC.request(1, {}, {"style": b""})


def test_requests_of_one_size_fit_together_whatever_else_they_ask_for() -> None:
    keys = [
        SPEC.batch_key(SPEC.read({"width": width, "grain": grain})) for width, grain in ((512, 0), (512, 1), (640, 0))
    ]
    assert keys[0] == keys[1] != keys[2]


def test_a_picture_is_a_png_of_its_pixels() -> None:
    pixels = np.random.default_rng(1).integers(0, 256, (30, 40, 3), np.uint8)
    work = Picture(pixels)
    with Image.open(io.BytesIO(work.encode())) as picture:
        assert (picture.format, picture.size) == ("PNG", work.size) == ("PNG", (40, 30))
        assert np.array_equal(np.asarray(picture), pixels)
    assert work.encode() == work.encode()


def test_a_text_ends_in_one_line_feed() -> None:
    assert Text("床前明月光\n\n", "zh").encode().decode() == "床前明月光\n"
