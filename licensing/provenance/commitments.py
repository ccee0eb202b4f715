"""Salted commitments: a record can name a value without telling it, and its owner can prove it later.

A commitment is SHA-256(salt ‖ canonical JSON of the value). Without the salt even a guessed seed cannot be confirmed.
"""

import base64
import binascii
import hashlib
import hmac
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from common.errors import Unprocessable
from licensing.provenance import canonical

__all__ = ["Opening", "OpeningsInvalid", "Sealed", "check_openings", "openings_document", "seal"]

_SALT_BYTES = 32
_LEAST_SALT_BYTES = 16
_TYPE = "vernissage.openings"


class OpeningsInvalid(Unprocessable):
    code = "openings_invalid"
    title = "The openings cannot be read, or do not open what the record is committed to."


@dataclass(frozen=True, kw_only=True)
class Opening:
    """A value with its salt. Numbers that are not whole are given as text, so that their form is exact."""

    value: Any = field(repr=False)
    salt: bytes = field(repr=False, default_factory=lambda: secrets.token_bytes(_SALT_BYTES))

    @property
    def commitment(self) -> str:
        """The digest that the record publishes, 64 hexadecimal characters."""
        return hashlib.sha256(self.salt + canonical.encode(self.value)).hexdigest()

    def as_json(self) -> dict[str, Any]:
        return {"value": self.value, "salt": base64.b64encode(self.salt).decode("ascii")}


@dataclass(frozen=True, kw_only=True)
class Sealed:
    """What made a piece: its seed, the prompt where there was one, and every parameter, each with its own salt.

    Of a chain, `steps` holds the seed and parameters of each step.
    """

    seed: Opening
    prompt: Opening | None
    parameters: Mapping[str, Opening]
    steps: tuple[Opening, ...] = ()

    def commitments(self) -> dict[str, Any]:
        """The public side, as the record's `generation.commitments` holds it; `steps` only where there are some."""
        whole: dict[str, Any] = {
            "scheme": "sha256(salt || jcs(value))",
            "seed": self.seed.commitment,
            "prompt": self.prompt.commitment if self.prompt else None,
            "parameters": {name: opening.commitment for name, opening in self.parameters.items()},
        }
        return whole | ({"steps": [opening.commitment for opening in self.steps]} if self.steps else {})


def seal(*, seed: int, prompt: str, parameters: Mapping[str, Any], steps: Sequence[Mapping[str, Any]] = ()) -> Sealed:
    """Fresh salts for each value. The seed is kept as text; an empty prompt is no prompt."""
    return Sealed(
        seed=Opening(value=str(seed)),
        prompt=Opening(value=prompt) if prompt else None,
        parameters={name: Opening(value=value) for name, value in parameters.items()},
        steps=tuple(Opening(value=dict(step)) for step in steps),
    )


def openings_document(*, sealed: Sealed, record_sha256: str) -> dict[str, Any]:
    """Values and salts for the owner. Never published by the house."""
    document = {
        "type": _TYPE,
        "v": 1,
        "record_sha256": record_sha256,
        "seed": sealed.seed.as_json(),
        "prompt": sealed.prompt.as_json() if sealed.prompt else None,
        "parameters": {name: opening.as_json() for name, opening in sealed.parameters.items()},
    }
    return document | ({"steps": [opening.as_json() for opening in sealed.steps]} if sealed.steps else {})


def check_openings(*, record: Mapping[str, Any], openings: Mapping[str, Any]) -> tuple[str, ...]:
    """The names that `openings` opens in `record`: "seed", "prompt", "parameters.<name>", "steps.<n>".

    An opening may be missing (a prompt's salt may have been destroyed); one that does not fit its commitment, or has
    none, raises OpeningsInvalid.
    """
    if openings.get("type") != _TYPE or openings.get("v") != 1:
        raise OpeningsInvalid("This is not an openings document of version 1.")
    if openings.get("record_sha256") != canonical.sha256_hex(canonical.encode(record)):
        raise OpeningsInvalid("The openings belong to another record.")
    committed = _by_name(record["generation"]["commitments"])
    opened = []
    for name, entry in _by_name(openings).items():
        commitment = committed.get(name)
        if commitment is None or not hmac.compare_digest(_read(name, entry).commitment, commitment):
            raise OpeningsInvalid(f"The opening of “{name}” does not fit the record.")
        opened.append(name)
    return tuple(opened)


def _by_name(document: Mapping[str, Any]) -> dict[str, Any]:
    parameters = document.get("parameters") or {}
    if not isinstance(parameters, Mapping):
        raise OpeningsInvalid("The openings' parameters are not a table of names.")
    steps = document.get("steps") or []
    if not isinstance(steps, Sequence) or isinstance(steps, str):
        raise OpeningsInvalid("The openings' steps are not a list.")
    entries = {"seed": document.get("seed"), "prompt": document.get("prompt")}
    entries |= {f"parameters.{name}": entry for name, entry in parameters.items()}
    entries |= {f"steps.{place}": entry for place, entry in enumerate(steps)}
    return {name: entry for name, entry in entries.items() if entry is not None}


def _read(name: str, entry: Any) -> Opening:
    try:
        salt = base64.b64decode(entry["salt"], validate=True)
        value = entry["value"]
    except (TypeError, KeyError, ValueError, binascii.Error) as error:
        raise OpeningsInvalid(f"The opening of “{name}” is not a value with its salt.") from error
    if len(salt) < _LEAST_SALT_BYTES:
        raise OpeningsInvalid(f"The salt of “{name}” is shorter than {_LEAST_SALT_BYTES} bytes.")
    return Opening(value=value, salt=salt)
