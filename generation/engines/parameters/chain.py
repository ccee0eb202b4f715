"""What can be asked of a chain follows from its steps: each parameter is one of a step's, under a name of the chain's.

A chain's document carries the architecture of every component, so that this can be read without their folders.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from generation.engines.base import EngineError
from generation.engines.parameters.fields import Field, ValueRefused
from generation.engines.parameters.spec import Input, Spec

__all__ = ["PREVIOUS", "StepPlan", "parse", "spec"]

PREVIOUS = "previous"
_MAX_STEPS = 8
_SLUG = re.compile(r"[a-z0-9][a-z0-9-]{0,49}")
_DIGEST = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class StepPlan:
    """One step: its checkpoint, what is fixed, which of the chain's parameters it asks for, and where inputs come from.

    `inputs` maps the step's role to `previous` or to an input of the chain; the step is left out where one of `unless`
    holds.
    """

    checkpoint: str
    engine: str
    weights_sha256: str
    architecture: Mapping[str, Any]
    parameters: Mapping[str, Any]
    ask: Mapping[str, str]
    inputs: Mapping[str, str]
    unless: Mapping[str, str]


def parse(document: Mapping[str, Any]) -> list[StepPlan]:
    """The steps that a JSON document lists. Raises ValueError where they are none, too many, or in another form."""
    steps = document.get("steps")
    if document.get("kind") != "chain" or not isinstance(steps, list) or not 0 < len(steps) <= _MAX_STEPS:
        raise ValueError(f"a chain lists one to {_MAX_STEPS} steps")
    plans = [_step(step) for step in steps]
    if PREVIOUS in plans[0].inputs.values():
        raise ValueError("the first step of a chain has no previous one")
    return plans


def _step(step: Any) -> StepPlan:
    if not isinstance(step, dict) or not isinstance(step.get("engine"), str):
        raise ValueError("a step is an object that names its engine")
    if not _SLUG.fullmatch(str(step.get("checkpoint"))) or not _DIGEST.fullmatch(str(step.get("weights_sha256"))):
        raise ValueError("a step names its checkpoint by slug and SHA-256")
    tables = {name: step.get(name, {}) for name in ("architecture", "parameters", "ask", "inputs", "unless")}
    if not all(isinstance(table, dict) for table in tables.values()) or step["engine"] == "chain":
        raise ValueError("a step's tables are objects, and no chain is a step of a chain")
    return StepPlan(step["checkpoint"], step["engine"], step["weights_sha256"], **tables)


def spec(architecture: Mapping[str, Any]) -> Spec:
    """The parameters that the steps ask for, in their order; `defaults` of the document stand in for the steps' own."""
    from generation.engines.parameters import spec_of

    defaults = architecture.get("defaults", {})
    fields: dict[str, Field] = {}
    inputs: dict[str, Input] = {}
    kind = "picture"
    for plan in parse(architecture):
        own = spec_of(plan.engine, plan.architecture)
        for name, asked in plan.ask.items():
            if name not in own.fields:
                raise EngineError("architecture_unknown", f"The step {plan.checkpoint} has no parameter {name}.")
            fields.setdefault(asked, _with_default(own.fields[name], asked, defaults))
        for role, source in plan.inputs.items():
            if source != PREVIOUS:
                inputs.setdefault(source, own.inputs[role])
        kind = own.kind
    return Spec(kind=kind, fields=fields, inputs=inputs)


def _with_default(field: Field, name: str, defaults: Mapping[str, Any]) -> Field:
    if name not in defaults:
        return field
    try:
        return replace(field, default=field.read(defaults[name]))  # type: ignore[type-var]
    except ValueRefused as refused:
        raise EngineError("architecture_unknown", f"The default of {name} must be {refused}.") from refused
