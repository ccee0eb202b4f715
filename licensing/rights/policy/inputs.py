"""The rule about works that were put in: each must come with a right to sell what it becomes."""

from collections import Counter
from typing import Any

from generation.models import InputWork
from licensing.models import Finding
from licensing.rights.evidence import Evidence
from licensing.rights.licences import Terms, terms
from licensing.rights.policy.found import BLOCKS, FINE, LOOK, Found, listed

__all__ = ["input_rights"]


_FORBIDDEN = {
    Terms.NO_SALE: "lets nothing be sold that is made from it",
    Terms.NO_CHANGES: "may not be altered",
    Terms.SAME_TERMS: "asks that whatever is made from it carries its own licence, which the house's licences are not",
}


def input_rights(evidence: Evidence) -> Found:
    """Every work that was put in, and all that went into that, must come with a right to sell what it becomes."""
    recorded = evidence.record["generation"]["inputs"] if evidence.record else []
    without = [one["sha256"] for one in recorded if not one.get("rights")]
    count = max(len(recorded), len(evidence.works))
    facts: dict[str, Any] = {"inputs": count, "without_rights": without}
    if not count:
        sentence = "No work was put in: the piece was made from seed and parameters alone."
        return _of_inputs(FINE, sentence, {"inputs": 0})
    if without:
        sentence = f"{len(without)} of {count} works that were put in come without a right to use them."
        return _of_inputs(BLOCKS, sentence, facts)
    if not evidence.works:
        sentence = f"A right of use is stated for each of the {count} works that were put in. Read what it says."
        return _of_inputs(LOOK, sentence, facts)
    return _by_terms(evidence.works, facts)


def _by_terms(works: tuple[InputWork, ...], facts: dict[str, Any]) -> Found:
    """What the licences of the works ask: a refusal blocks; what asks for credit, or was not read, needs a look."""
    facts["licences"] = dict(sorted(Counter(work.licence_spdx for work in works).items()))
    under = {kind: [work for work in works if terms(work.licence_spdx) is kind] for kind in Terms}
    for kind, forbids in _FORBIDDEN.items():
        if under[kind]:
            return _of_inputs(BLOCKS, f"A work that was put in {forbids}: {_named(under[kind])}.", facts)
    brought = [work for work in under[Terms.OWN] if work.piece_id is None]
    said = [f"{_named(under[Terms.CREDIT])} must be credited"] if under[Terms.CREDIT] else []
    said += [f"nobody here has read the terms of {_named(under[Terms.UNREAD])}"] if under[Terms.UNREAD] else []
    said += [f"{len(brought)} are the maker's own by the maker's word alone"] if brought else []
    if said:
        return _of_inputs(LOOK, f"Look at the {len(works)} works that were put in: {'; '.join(said)}.", facts)
    sentence = f"All {len(works)} works that were put in are the maker's own pieces, or free of conditions."
    return _of_inputs(FINE, sentence, facts)


def _of_inputs(severity: Finding.Severity, sentence: str, facts: dict[str, Any]) -> Found:
    return Found(rule="input_rights", severity=severity, sentence=sentence, evidence=facts, rule_version=2)


def _named(works: list[InputWork]) -> str:
    return listed(sorted({f"{work.rights_holder} ({work.licence_spdx})" for work in works}))
