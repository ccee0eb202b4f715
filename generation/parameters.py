"""What may be asked of a checkpoint, checked without loading it: the web process never imports torch."""

from decimal import Decimal, InvalidOperation
from typing import Any

from common.errors import BadRequest
from generation.models import Checkpoint
from generation.models.job import MAX_COUNT, MAX_SEED

__all__ = ["ParameterRefused", "batch_key", "check", "check_count", "check_seed"]

MIN_SIDE, MAX_SIDE = 256, 4096


class ParameterRefused(BadRequest):
    """`errors` says for each parameter what would be right."""

    code = "parameter_refused"
    title = "A parameter is out of range."


def _whole(name: str, value: Any, low: int, high: int) -> int:
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= 19:
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        sentence = f"{name} must be a whole number from {low} to {high}."
        raise ParameterRefused(sentence, errors={name: [sentence]})
    return value


def check_seed(seed: Any, count: int) -> int:
    """A seed such that seed … seed + count − 1 all lie in 0 … 2⁶³ − 1."""
    return _whole("seed", seed, 0, MAX_SEED - count + 1)


def check_count(count: Any) -> int:
    """A number of pieces from 1 to 64."""
    return _whole("count", count, 1, MAX_COUNT)


def check(checkpoint: Checkpoint, asked: dict[str, Any]) -> dict[str, Any]:
    """The parameters of one piece, complete and in canonical form; unknown or impossible ones are refused.

    Decimals are strings, so that they are hashed as they were asked for.
    """
    known = {"width", "height", "family", "truncation", "temperature", "grain"}
    if unknown := sorted(set(asked) - known):
        raise ParameterRefused(
            f"Unknown parameter {unknown[0]}; known are {', '.join(sorted(known))}.",
            errors={name: ["Unknown parameter."] for name in unknown},
        )
    families: list[str] = checkpoint.architecture["families"]
    family = asked.get("family") or families[0]
    if family not in families:
        sentence = f"family must be one of {', '.join(families)}."
        raise ParameterRefused(sentence, errors={"family": [sentence]})
    return {
        "width": _whole("width", asked.get("width", 1024), MIN_SIDE, MAX_SIDE),
        "height": _whole("height", asked.get("height", 1024), MIN_SIDE, MAX_SIDE),
        "family": family,
        "truncation": _decimal("truncation", asked.get("truncation", "0.8"), "0", "1"),
        "temperature": _decimal("temperature", asked.get("temperature", "0.6"), "0.1", "2"),
        "grain": _decimal("grain", asked.get("grain", "0.3"), "0", "1"),
    }


def _decimal(name: str, value: Any, low: str, high: str) -> str:
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite() or not Decimal(low) <= number <= Decimal(high):
        sentence = f"{name} must be a number from {low} to {high}."
        raise ParameterRefused(sentence, errors={name: [sentence]})
    return format(number.quantize(Decimal("0.001")).normalize(), "f")


def batch_key(checkpoint: Checkpoint, parameters: dict[str, Any]) -> str:
    """Slots with equal keys fit into one forward pass: same weights, same size."""
    return f"{checkpoint.weights_sha256[:16]}:{parameters['width']}x{parameters['height']}"
