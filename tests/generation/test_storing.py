"""Works of every kind are stored whole: the master under its suffix, its still, its companions, its steps, its cost."""

import io
import json
from decimal import Decimal
from typing import Any

import numpy as np
import pytest
from PIL import Image

from common import storage
from generation import cost
from generation.engines.base import Companion, FileWork, Made, Picture, Step, Text, Work
from generation.preparing import prepare
from generation.storing import columns

STILL = np.random.default_rng(1).integers(0, 256, (48, 64, 3), np.uint8)
STEP = Step("palette-field", "1", "field", "ab" * 32, 2**62, {"grain": "0.3"}, {"content": "cd" * 32}, "ef" * 32)


def film(media_type: str = "video/mp4") -> FileWork:
    return FileWork(
        "motion", media_type, b"frames", STILL, (64, 48), {"loop": Companion("image/webp", ".webp", b"loop")}
    )


@pytest.mark.parametrize(
    ("work", "suffix", "size"),
    [
        (Picture(STILL), ".png", (64, 48)),
        (Text("床前明月光", "zh"), ".txt", (None, None)),
        (film(), ".mp4", (64, 48)),
        (film("image/webp"), ".webp", (64, 48)),
        (FileWork("sculpture", "model/gltf-binary", b"glTF", STILL, (64, 48)), ".glb", (64, 48)),
    ],
)
def test_the_master_lies_under_its_digest_and_the_suffix_of_its_kind(work: Work, suffix: str, size: Any) -> None:
    kept = columns(made := Made(work, 1, {"width": 64}, 0.25), prepare(made.work))
    assert kept["master_name"] == f"{kept['content_sha256'][:2]}/{kept['content_sha256']}{suffix}"
    assert storage.read("masters", kept["master_name"]) == work.encode()
    assert (kept["kind"], kept["media_type"]) == (work.kind, work.media_type)
    assert (kept["width"], kept["height"]) == size


def test_a_work_that_is_no_picture_has_a_still_and_its_companions_beside_it() -> None:
    kept = columns(made := Made(film(), 1, {}, 0.25, (STEP,)), prepare(made.work))
    with Image.open(io.BytesIO(storage.read("masters", kept["still_name"]))) as still:
        assert np.array_equal(np.asarray(still), STILL)
    loop = kept["companions"]["loop"]
    assert storage.read("masters", loop["name"]) == b"loop"
    assert (loop["media_type"], loop["name"]) == ("image/webp", f"{loop['sha256'][:2]}/{loop['sha256']}.webp")
    assert json.loads(json.dumps(kept["steps"]))[0]["seed"] == str(2**62)


def test_a_picture_needs_no_still() -> None:
    kept = columns(made := Made(Picture(STILL), 1, {}, 0.25), prepare(made.work))
    assert (kept["still_name"], kept["companions"], kept["steps"]) == ("", {}, [])


@pytest.mark.parametrize(
    ("seconds", "amount"), [(0, "0.000000"), (0.001, "0.000001"), (1.25, "0.001250"), (86_400, "86.400000")]
)
def test_a_piece_costs_its_seconds_at_the_device_price(seconds: float, amount: str, settings: Any) -> None:
    settings.DEVICE_PRICE_PER_HOUR = Decimal("3.60")
    assert str(cost.of(seconds)) == amount
