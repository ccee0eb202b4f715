"""Which checkpoint for which wish: ranked by measured quality and cost, each answer with its reasons.

Every figure comes from a row that `manage.py benchmark_checkpoints` wrote. What was not measured is not guessed: it
ranks below what was, and says so.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from math import isqrt
from typing import Any

from django.conf import settings

from common.errors import BadRequest
from generation import cost, licence_fit, parameters
from generation.engines.parameters import Spec
from generation.models import Benchmark, Checkpoint
from generation.scenarios import SCENARIOS, Scenario

__all__ = ["Advice", "Reason", "UnknownScenario", "recommend"]

# In order of rank: what speaks against a checkpoint altogether puts it behind all that fit.
_FITS, _TOO_DEAR, _TOO_SMALL, _NOT_MEASURED, _NOT_FOR_SALE = range(5)


class UnknownScenario(BadRequest):
    code = "unknown_scenario"
    title = f"Ask for one of these scenarios: {', '.join(SCENARIOS)}."


@dataclass(frozen=True)
class Reason:
    """One reason; `code` is stable, `words` is a sentence with the figures."""

    code: str
    words: str


@dataclass(frozen=True, kw_only=True)
class Advice:
    """A checkpoint with what was measured of it. `fits` is false where a reason speaks against it altogether."""

    checkpoint: Checkpoint
    fits: bool
    rank_score: Decimal | None
    quality: Decimal | None
    seconds: Decimal | None
    cost: Decimal | None
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, kw_only=True)
class _Candidate:
    checkpoint: Checkpoint
    spec: Spec
    tier: int
    quality: Decimal | None
    seconds: Decimal | None
    cost: Decimal | None
    reasons: list[Reason]


def recommend(
    scenario: str,
    *,
    quality_weight: float | None = None,
    max_cost: Decimal | None = None,
    side: int | None = None,
    commercial: bool = True,
    device: str | None = None,
) -> list[Advice]:
    """Published checkpoints that can do it, the best first, in at most three queries. Raises UnknownScenario.

    `quality_weight` from 0 (only cost counts) to 1 (only quality does); `max_cost` is in CURRENCY for one piece;
    `device` as workers name it, by default the house's own.
    """
    if scenario not in SCENARIOS:
        raise UnknownScenario()
    wish = SCENARIOS[scenario]
    weight = Decimal(str(wish.quality_weight if quality_weight is None else quality_weight))
    known = Checkpoint.objects.filter(state=Checkpoint.State.PUBLISHED, kind=wish.kind)
    able = [
        (checkpoint, spec)
        for checkpoint in known.prefetch_related("benchmarks", "components").order_by("slug")
        if (spec := _able(checkpoint, wish)) is not None
    ]
    look = _Look(side or wish.side, max_cost, commercial, device or settings.DEVICE)
    candidates = [look.at(checkpoint, spec) for checkpoint, spec in able]
    cheapest = min((one.cost for one in candidates if one.cost), default=None)
    ranked = [(one.tier, _rank(one, weight, cheapest), one) for one in candidates]
    ranked.sort(key=lambda entry: (entry[0], -(entry[1] or Decimal(-1)), entry[2].checkpoint.slug))
    return [_advice(one, score) for _, score, one in ranked]


@dataclass(frozen=True)
class _Look:
    """What one asker wants, looked for in one checkpoint."""

    side: int | None
    max_cost: Decimal | None
    commercial: bool
    device: str

    def at(self, checkpoint: Checkpoint, spec: Spec) -> _Candidate:
        fit = licence_fit.of(checkpoint, list(checkpoint.components.all()))
        rows = list(checkpoint.benchmarks.all())
        row = _nearest([one for one in rows if one.device.startswith(self.device)], self.side)
        reasons = [*self._measured(row, rows), Reason("licence", fit.words)]
        tier = _FITS if row is not None else _NOT_MEASURED
        seconds = price = None
        if row is not None:
            seconds = row.seconds_per_piece * self._factor(row)
            price = cost.of(float(seconds))
            reasons.insert(1, self._priced(price))
            if self.max_cost is not None and price > self.max_cost:
                tier = _TOO_DEAR
                reasons.append(Reason("too_dear", f"Above the ceiling of {self.max_cost} {settings.CURRENCY} a piece."))
        if (most := _largest(spec)) is not None and self.side is not None and most < self.side:
            tier = max(tier, _TOO_SMALL)
            reasons.append(Reason("too_small", f"It makes {most} pixels a side at most; {self.side} are wanted."))
        if self.commercial and not fit.sells:
            tier = _NOT_FOR_SALE
        quality = None if row is None else row.quality
        return _Candidate(
            checkpoint=checkpoint, spec=spec, tier=tier, quality=quality, seconds=seconds, cost=price, reasons=reasons
        )

    def _measured(self, row: Benchmark | None, rows: Sequence[Benchmark]) -> list[Reason]:
        if row is None:
            where = sorted({one.device for one in rows})
            told = f"it was measured on {', '.join(where)} only" if where else "nobody measured it yet"
            return [Reason("not_measured", f"Nothing is known of it on {self.device}: {told}.")]
        when = f"{row.pieces} pieces, {row.label}, on {row.device}, {row.measured_at:%d %B %Y}"
        reasons = []
        if row.quality is None:
            reasons.append(Reason("quality_unknown", f"Its quality has no score; only its time was measured ({when})."))
        else:
            words = f"Mean quality {row.quality:.2f} of 1 ({when}); quality is a heuristic."
            reasons.append(Reason("quality", words))
        seconds = row.seconds_per_piece * self._factor(row)
        scaled = "" if self._factor(row) == 1 else f", scaled from {row.label} by the number of pixels"
        return [*reasons, Reason("speed", f"{seconds:.3f} s a piece{scaled}.")]

    def _priced(self, price: Decimal) -> Reason:
        per_hour = settings.DEVICE_PRICE_PER_HOUR
        words = (
            f"{price.normalize():f} {settings.CURRENCY} a piece, at {per_hour} {settings.CURRENCY} an hour of device."
        )
        return Reason("cost", words)

    def _factor(self, row: Benchmark) -> Decimal:
        measured = _pixels(row)
        if not measured or self.side is None:
            return Decimal(1)
        return Decimal(self.side * self.side) / measured


def _able(checkpoint: Checkpoint, wish: Scenario) -> Spec | None:
    """The parameters of a checkpoint that can do what is wished; None for one that cannot or that no engine knows."""
    try:
        spec = parameters.spec(checkpoint)
    except (BadRequest, KeyError, TypeError, ValueError):
        return None
    needed = {role for role, known in spec.inputs.items() if known.required}
    if not wish.fields <= set(spec.fields) or not needed <= wish.brings:
        return None
    return spec if wish.takes is None or wish.takes in spec.inputs else None


def _rank(one: _Candidate, weight: Decimal, cheapest: Decimal | None) -> Decimal | None:
    """Quality and economy, weighed; economy is 1 for the cheapest and a half for twice its cost."""
    if one.cost is None:
        return None
    economy = cheapest / one.cost if cheapest and one.cost else Decimal(1)
    quality = one.quality if one.quality is not None else Decimal(0)
    return (weight * quality + (1 - weight) * economy).quantize(Decimal("0.0001"))


def _advice(one: _Candidate, score: Decimal | None) -> Advice:
    return Advice(
        checkpoint=one.checkpoint,
        fits=one.tier == _FITS,
        rank_score=score,
        quality=one.quality,
        seconds=one.seconds,
        cost=one.cost,
        reasons=tuple(one.reasons),
    )


def _nearest(rows: Sequence[Benchmark], side: int | None) -> Benchmark | None:
    """The measurement of the size nearest to the wanted one; the newest of equals."""
    wanted = side or 0
    return min(
        rows, key=lambda row: (abs(isqrt(_pixels(row)) - wanted), -row.measured_at.timestamp(), row.pk), default=None
    )


def _pixels(row: Benchmark) -> int:
    setting: dict[str, Any] = row.setting
    sides = [setting.get(name, setting.get("longest")) for name in ("width", "height")]
    return sides[0] * sides[1] if all(isinstance(side, int) for side in sides) else 0  # type: ignore[operator]


def _largest(spec: Spec) -> int | None:
    known = spec.fields.get("width") or spec.fields.get("longest")
    return None if known is None else known.schema().get("maximum")
