"""Helpers for engines without learnt weights: the shipped folders, small pictures, and a reader that is not Pillow."""

import io
import json
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from PIL import Image

from generation import engines
from generation.engines.base import Engine, EngineError, Made, Pixels, Request
from generation.engines.parameters import Spec, spec_of
from tests.generation.shipped import ROOT

CHECKPOINTS = ROOT / "checkpoints"


def document(folder: Path, name: str = "card.json") -> dict[str, Any]:
    read: dict[str, Any] = json.loads((folder / name).read_text(encoding="utf-8"))
    return read


def loaded(slug: str, root: Path = CHECKPOINTS) -> tuple[Engine, Spec]:
    card = document(root / slug)
    spec = spec_of(card["engine"], document(root / slug, "architecture.json"))
    return engines.load(card["engine"], root / slug, weights_sha256=card["weights_sha256"]), spec


def made(engine: Engine, *requests: Request) -> list[Made]:
    return list(engine.generate(requests))


def refusal(engine: Engine, request: Request) -> str:
    """The code with which an engine refuses a request."""
    with pytest.raises(EngineError) as refused:
        made(engine, request)
    assert len(refused.value.detail) > 20
    return refused.value.code


def scene(side: int = 96, seed: int = 0) -> Pixels:
    """A disc over two tones: shapes that can be found again."""
    random = np.random.default_rng(seed)
    down, across = np.mgrid[0:side, 0:side] / side
    picture = np.where(down[..., None] < 0.6, random.uniform(120, 250, 3), random.uniform(10, 120, 3))
    disc = (down - 0.4) ** 2 + (across - 0.5) ** 2 < 0.05
    return np.where(disc[..., None], random.uniform(0, 255, 3), picture).astype(np.uint8)


def encoded(pixels: Pixels, form: str = "PNG", **options: Any) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, form, **options)
    return buffer.getvalue()


def read(data: bytes) -> list[Pixels]:
    """All pictures of a file, by FFmpeg."""
    with av.open(io.BytesIO(data), "r") as container:
        return [np.asarray(frame.to_ndarray(format="rgb24"), np.uint8) for frame in container.decode(video=0)]
