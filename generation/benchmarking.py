"""Measures published checkpoints through their engines on this device: what the advisor's answers come from.

Runs in a command, never in the web process: it loads engines. Every figure is of pieces really made, after one that
was made to warm up.
"""

import io
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from statistics import fmean
from typing import Any

from django.conf import settings
from django.utils import timezone
from PIL import Image

from common.source import code_commit
from generation import engines, parameters
from generation.engines.base import Engine, Made, Request
from generation.engines.parameters import Spec
from generation.evaluation import memory, pieces
from generation.models import Benchmark, Checkpoint

__all__ = ["PIECES", "Setting", "measure", "settings_of"]

# How many pieces make a measurement, where nobody says otherwise: what takes minutes is made once.
PIECES = {"picture": 8, "text": 8, "sculpture": 2, "motion": 1}
PROMPT = "A quiet harbour in the morning, boats at rest, the first light on the water."
_SIDES = (512, 1024, 2048)
_FIRST_SEED = 20_261_100
_SAMPLE_SEED = 9_100
# Only scores that are parts of one can be averaged into a sentence; what is kept is the mean of each.
_STEP = Decimal("0.0001")


@dataclass(frozen=True)
class Setting:
    """What is measured: parameters that are asked for, and the side of the pictures that go in."""

    label: str
    asked: Mapping[str, Any]
    side: int


def settings_of(spec: Spec) -> list[Setting]:
    """Square sizes where the engine has sizes, otherwise what it makes by default."""
    prompt = {"prompt": PROMPT} if "prompt" in spec.fields else {}
    if spec.kind == "picture" and {"width", "height"} <= set(spec.fields):
        width = spec.fields["width"]
        low, high = width.schema()["minimum"], width.schema()["maximum"]
        sides = [side for side in _SIDES if low <= side <= high] or [width.default]
        return [Setting(f"{side} × {side}", {"width": side, "height": side, **prompt}, side) for side in sides]
    if spec.kind == "picture" and "longest" in spec.fields and spec.inputs:
        return [Setting(f"{side} × {side}", {"longest": side, **prompt}, side) for side in _SIDES[:2]]
    return [Setting("as it is by default", prompt, _SIDES[0])]


def measure(
    checkpoint: Checkpoint, *, count: int | None = None, say: Callable[[str], None] = lambda _line: None
) -> Iterator[Benchmark]:
    """Measure a checkpoint in each of its settings and keep what was measured in place of the last time.

    Raises EngineError where it cannot be loaded or refuses what it is asked for.
    """
    spec = parameters.spec(checkpoint)
    memory.begin(settings.DEVICE)
    engine = engines.load(
        checkpoint.engine,
        settings.CHECKPOINT_DIR / checkpoint.folder,
        weights_sha256=checkpoint.weights_sha256,
        device=settings.DEVICE,
        threads=settings.ENGINE_THREADS,
    )
    for setting in settings_of(spec):
        say(f"{checkpoint.slug}: {setting.label} …")
        requests = _requests(spec, setting, count or PIECES.get(spec.kind, 1))
        list(engine.generate(requests[:1]))
        memory.begin(settings.DEVICE)
        started = time.perf_counter()
        made = list(engine.generate(requests))
        seconds = (time.perf_counter() - started) / len(requests)
        yield _kept(checkpoint, engine, setting, made, seconds, memory.peak_mb(settings.DEVICE))


def _kept(
    checkpoint: Checkpoint, engine: Engine, setting: Setting, made: Sequence[Made], seconds: float, peak: int | None
) -> Benchmark:
    scored = [pieces.scores(one.work, facts_met=one.parameters.get("facts_met") or ()) for one in made]
    qualities = [quality for one in scored if (quality := pieces.quality(one)) is not None]
    benchmark, _ = Benchmark.objects.update_or_create(
        checkpoint=checkpoint,
        device=_device(engine),
        threads=settings.ENGINE_THREADS,
        label=_label(setting, made),
        defaults={
            "setting": dict(setting.asked),
            "pieces": len(made),
            "seconds_per_piece": Decimal(str(seconds)).quantize(_STEP),
            "quality": Decimal(str(fmean(qualities))).quantize(_STEP) if qualities else None,
            "scores": _means(scored) | ({} if peak is None else {"peak_memory_mb": peak}),
            "code_commit": code_commit(),
            "measured_at": timezone.now(),
        },
    )
    return benchmark


def _label(setting: Setting, made: Sequence[Made]) -> str:
    size = made[0].work.size
    return setting.label if size is None or "×" in setting.label else f"{size[0]} × {size[1]}, as it is by default"


def _device(engine: Engine) -> str:
    """Device and processor, the device first, as workers name theirs."""
    profile = engine.profile()
    return f"{settings.DEVICE}, {profile.get('machine', '')} {profile.get('processor', '')}".strip(" ,")[:80]


def _means(scored: Sequence[Mapping[str, Any]]) -> dict[str, float]:
    names = [name for name, value in scored[0].items() if isinstance(value, int | float)]
    return {name: round(fmean(float(one[name]) for one in scored if name in one), 4) for name in names}


def _requests(spec: Spec, setting: Setting, count: int) -> list[Request]:
    inputs = {
        role: _sample(place, setting.side) for place, role in enumerate(spec.inputs) if spec.inputs[role].required
    }
    return [spec.request(_FIRST_SEED + place, setting.asked, inputs) for place in range(count)]


def _sample(place: int, side: int) -> bytes:
    """A picture that the studio draws, as somebody would bring it: a different one for each role."""
    from generation.training.studio import FAMILIES, Recipe, render

    drawn = Image.fromarray(render(Recipe(FAMILIES[place % len(FAMILIES)], _SAMPLE_SEED + place, 0)))
    buffer = io.BytesIO()
    drawn.resize((side, side), Image.Resampling.LANCZOS).save(buffer, "PNG")
    return buffer.getvalue()
