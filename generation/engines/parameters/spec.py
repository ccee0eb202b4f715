"""What can be asked of an engine with its checkpoint, and which requests fit into one batch."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from generation.engines.base import EngineError, Request
from generation.engines.parameters.fields import MAX_SEED, Field, ValueRefused

__all__ = ["MAX_SEED", "Input", "ParametersRefused", "Spec"]

_QUEUES = {"motion": "motion", "sculpture": "sculptures", "text": "texts"}


class ParametersRefused(EngineError):
    """Values that an engine does not take; `errors` says for each parameter what would be right."""

    def __init__(self, errors: dict[str, str]) -> None:
        super().__init__("parameter_refused", " ".join(errors.values()))
        self.errors = errors


@dataclass(frozen=True)
class Input:
    """A work that goes into a piece under a role; its rights carry over."""

    kind: str = "picture"
    required: bool = True


@dataclass(frozen=True)
class Spec:
    """An engine's parameters and inputs. `shape` names the parameters that must be equal within one batch.

    `queue` is the capability that a worker must have, by default that of its kind: workers listen to the queues that
    their device can serve.
    """

    kind: str
    fields: Mapping[str, Field]
    inputs: Mapping[str, Input] = field(default_factory=dict)
    shape: tuple[str, ...] = ()
    queue: str = ""

    def __post_init__(self) -> None:
        if not self.queue:
            object.__setattr__(self, "queue", _QUEUES.get(self.kind, "pictures"))

    def read(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        """The parameters complete and in canonical form. Raises ParametersRefused, naming every wrong one."""
        errors = {name: f"Unknown parameter {name}." for name in sorted(set(asked) - set(self.fields))}
        read: dict[str, Any] = {}
        for name, known in self.fields.items():
            value = asked.get(name)
            if value is None:
                read[name] = known.default
                continue
            try:
                read[name] = known.read(value)
            except ValueRefused as refused:
                errors[name] = f"{name} must be {refused}."
        if errors:
            raise ParametersRefused(errors)
        return {name: value for name, value in read.items() if value is not None}

    def check_inputs(self, kinds: Mapping[str, str]) -> None:
        """Refuse input works (role → kind) that are missing, unknown or of another kind. Raises ParametersRefused."""
        errors = {role: f"{role} is no input of this engine." for role in sorted(set(kinds) - set(self.inputs))}
        for role, known in self.inputs.items():
            if role not in kinds:
                if known.required:
                    errors[role] = f"{role} is needed: a {known.kind} to work from."
            elif kinds[role] != known.kind:
                errors[role] = f"{role} must be a {known.kind}."
        if errors:
            raise ParametersRefused(errors)

    def request(
        self, seed: int, asked: Mapping[str, Any] | None = None, inputs: Mapping[str, bytes] | None = None
    ) -> Request:
        """A request for an engine, checked as the house checks one. Raises ParametersRefused."""
        if isinstance(seed, bool) or not isinstance(seed, int) or not 0 <= seed <= MAX_SEED:
            raise ParametersRefused({"seed": "seed must be a whole number from 0 to 2^63 - 1."})
        self.check_inputs({role: self.inputs[role].kind if role in self.inputs else "" for role in inputs or {}})
        return Request(seed, self.read(asked or {}), dict(inputs or {}))

    def batch_key(self, parameters: Mapping[str, Any]) -> str:
        """Requests with equal keys (and equal weights) fit into one forward pass."""
        return "x".join(str(parameters.get(name, "")) for name in self.shape)

    def schema(self) -> dict[str, Any]:
        """The JSON Schema of `parameters`."""
        properties = {name: known.schema() for name, known in self.fields.items()}
        return {"type": "object", "properties": properties, "additionalProperties": False}
