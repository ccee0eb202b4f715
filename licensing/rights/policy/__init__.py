"""The rules that every piece is held against before a person decides. Each sees the evidence and yields one finding.

Deterministic: the same evidence gives the same findings. A finding claims what was checked and no more; sentences and
evidence never repeat a prompt, which is personal data. A rule that changes its mind raises its version.
"""

from collections.abc import Callable

from generation.models import Piece
from licensing.rights.evidence import Evidence, gather
from licensing.rights.licences import ALLOWED_LICENCES
from licensing.rights.policy import content, duplicates, file, inputs, models, people, training
from licensing.rights.policy.file import PolicyFile, PolicyUnreadable
from licensing.rights.policy.found import BLOCKS, FINE, LOOK, Found

__all__ = [
    "ALLOWED_LICENCES",
    "BLOCKS",
    "FINE",
    "LOOK",
    "RULES",
    "Found",
    "PolicyFile",
    "PolicyUnreadable",
    "current",
    "evaluate",
]

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
    content.sensitive_words,
    duplicates.near_duplicates,
    people.human_part,
)


def current() -> PolicyFile:
    """The operator's policy file as it is now; raises PolicyUnreadable."""
    return file.read(rule.__name__ for rule in RULES)


def evaluate(piece: Piece, by: PolicyFile | None = None) -> list[Found]:
    """What every rule that is on finds in `piece`, worst first, in a fixed number of queries.

    `by`: a policy file that was read already, so that many pieces are held against the same one.
    """
    by = by or current()
    evidence = gather(piece)
    rules = [rule for rule in RULES if by.mode(rule.__name__) is not file.Mode.OFF]
    found = [file.applied(one, by.mode(one.rule)) for one in (rule(evidence) for rule in rules)]
    return sorted((one for one in found if one), key=lambda one: _WORST_FIRST[one.severity])
