"""What the licences behind a checkpoint let somebody do with pieces made with it: data for words, not legal advice.

The card's `commercial_output` decides whether a piece may be sold; this says what else comes with it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from generation.models import Checkpoint

__all__ = ["Fit", "of"]

# Licence (or how its name begins) → what it asks of whoever sells a piece. The longest beginning counts.
_TERMS = {
    "0BSD": "it asks for nothing",
    "Apache-2.0": "it asks for nothing where only pieces are passed on, not the weights",
    "BSD-": "it asks for nothing where only pieces are passed on, not the weights",
    "CC-BY-": "the authors of the weights must be named",
    "CC-BY-NC": "it forbids commercial use",
    "CC-BY-SA-": "the authors must be named, and what is derived stays under the same licence",
    "CC0-1.0": "it asks for nothing",
    "LicenseRef-": "its own text says what it asks for; read it",
    "LicenseRef-OpenRAIL": "it forbids certain uses, which go on to whoever uses the pieces",
    "LicenseRef-CreativeML": "it forbids certain uses, which go on to whoever uses the pieces",
    "MIT": "it asks for nothing where only pieces are passed on, not the weights",
    "Unlicense": "it asks for nothing",
}
_UNKNOWN = "what it asks for is not known here; read it"


@dataclass(frozen=True)
class Fit:
    """`sells`: pieces may be sold. `words` says so, and what is asked for."""

    sells: bool
    words: str


def of(checkpoint: Checkpoint, components: Sequence[Checkpoint]) -> Fit:
    """The strictest of a checkpoint and what it is made of."""
    used = [checkpoint, *components]
    closed = [one for one in used if not one.commercial_output]
    if closed:
        named = " and ".join(f"{one.slug} ({one.licence_spdx})" for one in closed)
        return Fit(False, f"Pieces may not be sold: the card of {named} says so.")
    licences = sorted({one.licence_spdx for one in used})
    return Fit(True, "Pieces may be sold. " + " ".join(f"{licence}: {_terms(licence)}." for licence in licences))


def _terms(licence: str) -> str:
    known = [beginning for beginning in _TERMS if licence.startswith(beginning)]
    return _TERMS[max(known, key=len)] if known else _UNKNOWN
