"""The rules that every piece is held against before a person decides. Each sees the evidence and yields one finding.

Deterministic: the same evidence gives the same findings. A finding claims what was checked and no more; sentences and
evidence never repeat a prompt, which is personal data. A rule that changes its mind raises its version.
"""

from collections.abc import Callable

from generation.models import Piece
from licensing.rights.evidence import Evidence, gather
from licensing.rights.licences import ALLOWED_LICENCES
from licensing.rights.policy import duplicates, inputs, models, people, training
from licensing.rights.policy.found import BLOCKS, FINE, LOOK, Found

__all__ = ["ALLOWED_LICENCES", "BLOCKS", "FINE", "LOOK", "RULES", "Found", "evaluate"]

_WORST_FIRST = {BLOCKS: 0, LOOK: 1, FINE: 2}

Rule = Callable[[Evidence], Found]

RULES: tuple[Rule, ...] = (
    models.model_licence,
    training.training_licences,
    training.training_consent,
    training.opt_outs,
    inputs.input_rights,
    models.weights_unchanged,
    training.training_known,
    training.nearness_to_training,
    people.names_in_prompt,
    duplicates.near_duplicates,
    people.human_part,
)


def evaluate(piece: Piece) -> list[Found]:
    """What every rule finds in `piece`, worst first, in a fixed number of queries."""
    evidence = gather(piece)
    found = [rule(evidence) for rule in RULES]
    return sorted(found, key=lambda one: _WORST_FIRST[one.severity])
