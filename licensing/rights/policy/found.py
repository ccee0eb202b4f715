"""What one rule saw, and the words that several of them use."""

from dataclasses import dataclass, field
from typing import Any

from generation.models import DatasetVersion
from licensing.models import Finding
from licensing.rights.evidence import Evidence

__all__ = ["BLOCKS", "FINE", "LOOK", "Found", "item_count", "listed", "no_data"]

BLOCKS, LOOK, FINE = Finding.Severity.BLOCKS, Finding.Severity.LOOK, Finding.Severity.FINE


@dataclass(frozen=True, kw_only=True)
class Found:
    """What one rule saw. `evidence` holds JSON values only."""

    rule: str
    severity: Finding.Severity
    sentence: str
    evidence: dict[str, Any] = field(default_factory=dict)
    rule_version: int = 1


def no_data(rule: str, evidence: Evidence, consequence: str) -> Found:
    if evidence.nothing_learnt:
        sentence = "Nothing was learned from anybody's work: it was made by a method without learnt weights."
        return Found(rule=rule, severity=FINE, sentence=sentence, evidence={"datasets": 0}, rule_version=2)
    sentence = f"The training data is not known, so {consequence}."
    return Found(rule=rule, severity=LOOK, sentence=sentence, evidence={"datasets": 0}, rule_version=2)


def listed(names: list[str]) -> str:
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


def item_count(versions: tuple[DatasetVersion, ...]) -> int:
    return sum(one.item_count for one in versions)
