"""What may be asked of a checkpoint, checked without loading it: the web process never imports torch."""

import hashlib
from collections.abc import Mapping
from typing import Any

from common.errors import BadRequest
from generation.engines.base import EngineError
from generation.engines.parameters import ParametersRefused, Spec, spec_of
from generation.engines.parameters.fields import ValueRefused, Whole
from generation.models import Checkpoint
from generation.models.job import MAX_COUNT, MAX_SEED

__all__ = ["ParameterRefused", "batch_key", "check", "check_count", "check_inputs", "check_seed", "spec"]


_LONGEST_SHAPE = 80


class ParameterRefused(BadRequest):
    """`errors` says for each parameter what would be right."""

    code = "parameter_refused"
    title = "A parameter is out of range."


def spec(checkpoint: Checkpoint) -> Spec:
    """What the checkpoint's engine can be asked for. Raises ParameterRefused where no engine here knows it."""
    try:
        return spec_of(checkpoint.engine, checkpoint.architecture)
    except EngineError as error:
        raise ParameterRefused(error.detail) from error


def check(checkpoint: Checkpoint, asked: Mapping[str, Any]) -> dict[str, Any]:
    """The parameters of one piece, complete and in canonical form; unknown or impossible ones are refused.

    Decimals are strings, so that they are hashed as they were asked for.
    """
    try:
        return spec(checkpoint).read(asked)
    except ParametersRefused as refused:
        raise _refusal(refused) from refused


def check_inputs(checkpoint: Checkpoint, kinds: Mapping[str, str]) -> None:
    """Refuse input works (role → kind) that the engine does not take, or that are missing."""
    try:
        spec(checkpoint).check_inputs(kinds)
    except ParametersRefused as refused:
        raise _refusal(refused) from refused


def check_seed(seed: Any, count: int) -> int:
    """A seed such that seed … seed + count − 1 all lie in 0 … 2⁶³ − 1."""
    return _whole("seed", seed, 0, MAX_SEED - count + 1)


def check_count(count: Any) -> int:
    """A number of pieces from 1 to 64."""
    return _whole("count", count, 1, MAX_COUNT)


def batch_key(checkpoint: Checkpoint, parameters: Mapping[str, Any]) -> str:
    """Slots with equal keys fit into one forward pass: same weights, same shape; long shapes by their digest."""
    shape = spec(checkpoint).batch_key(parameters)
    if len(shape) > _LONGEST_SHAPE:
        shape = hashlib.sha256(shape.encode()).hexdigest()[:32]
    return f"{checkpoint.weights_sha256[:16]}:{shape}"


def _whole(name: str, value: Any, low: int, high: int) -> int:
    try:
        return Whole(low, high).read(value)
    except ValueRefused as refused:
        sentence = f"{name} must be {refused}."
        raise ParameterRefused(sentence, errors={name: [sentence]}) from refused


def _refusal(refused: ParametersRefused) -> ParameterRefused:
    return ParameterRefused(refused.detail, errors={name: [why] for name, why in refused.errors.items()})
