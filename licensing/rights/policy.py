"""The rules that every piece is held against before a person decides. Each sees the evidence and yields one finding.

Deterministic: the same evidence gives the same findings. A finding claims what was checked and no more; sentences and
evidence never repeat a prompt, which is personal data. A rule that changes its mind raises its version.
"""

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from generation.models import DatasetVersion, InputWork, Piece
from licensing.models import Finding
from licensing.rights.evidence import Evidence, gather
from licensing.rights.licences import ALLOWED_LICENCES, Terms, terms

__all__ = ["ALLOWED_LICENCES", "RULES", "Found", "evaluate"]

BLOCKS, LOOK, FINE = Finding.Severity.BLOCKS, Finding.Severity.LOOK, Finding.Severity.FINE
_WORST_FIRST = {BLOCKS: 0, LOOK: 1, FINE: 2}

_LATIN_NAME = re.compile(r"(?<![.!?。])\s(?:[A-Z][\w'’-]+(?:\s(?:of|de|van|von|der|la))?\s?){1,4}")
_MANNER = re.compile(r"\b(?:in the (?:style|manner) of|after|by)\s+\S+|风格|仿|《", re.IGNORECASE)


_FORBIDDEN = {
    Terms.NO_SALE: "lets nothing be sold that is made from it",
    Terms.NO_CHANGES: "may not be altered",
    Terms.SAME_TERMS: "asks that whatever is made from it carries its own licence, which the house's licences are not",
}


@dataclass(frozen=True, kw_only=True)
class Found:
    """What one rule saw. `evidence` holds JSON values only."""

    rule: str
    severity: Finding.Severity
    sentence: str
    evidence: dict[str, Any] = field(default_factory=dict)
    rule_version: int = 1


Rule = Callable[[Evidence], Found]


def evaluate(piece: Piece) -> list[Found]:
    """What every rule finds in `piece`, worst first, in a fixed number of queries."""
    evidence = gather(piece)
    found = [rule(evidence) for rule in RULES]
    return sorted(found, key=lambda one: _WORST_FIRST[one.severity])


def model_licence(evidence: Evidence) -> Found:
    """The licence of the checkpoint, and of every other that had a part in the piece, must let the piece be sold."""
    refusing = [one for one in evidence.checkpoints if not one.commercial_output]
    named = refusing[0] if refusing else evidence.checkpoint
    facts: dict[str, Any] = {"checkpoint": named.slug, "licence": named.licence_spdx}
    if len(evidence.checkpoints) > 1:
        facts["checkpoints"] = {one.slug: one.licence_spdx for one in evidence.checkpoints}
    model = f"the model {named.title} ({named.licence_spdx})"
    if refusing:
        sentence = f"The licence of {model} does not let what it makes be sold."
        return Found(rule="model_licence", severity=BLOCKS, sentence=sentence, evidence=facts, rule_version=2)
    sentence = f"The licence of {model} lets what it makes be sold."
    if len(evidence.checkpoints) > 1:
        sentence = f"The licences of all {len(evidence.checkpoints)} models that had a part in it let it be sold."
    return Found(rule="model_licence", severity=FINE, sentence=sentence, evidence=facts, rule_version=2)


def weights_unchanged(evidence: Evidence) -> Found:
    """The weights named in the record must be those that the registry knows."""
    registered = evidence.checkpoint.weights_sha256
    facts: dict[str, Any] = {"registered_sha256": registered}
    if evidence.record is None:
        sentence = "There is no record yet, so the weights that made it cannot be compared with those registered."
        return Found(rule="weights_unchanged", severity=LOOK, sentence=sentence, evidence=facts)
    recorded = evidence.record["generation"]["checkpoint"]["weights_sha256"]
    facts["recorded_sha256"] = recorded
    if recorded == registered:
        sentence = "The record names the same weights as the registry of models."
        return Found(rule="weights_unchanged", severity=FINE, sentence=sentence, evidence=facts)
    sentence = "The record names other weights than the registry of models does now. One of the two was altered."
    return Found(rule="weights_unchanged", severity=BLOCKS, sentence=sentence, evidence=facts)


def training_known(evidence: Evidence) -> Found:
    """It must be known what the models learned from; where it is not, that is said, with the reason on their cards."""
    if evidence.nothing_learnt:
        sentence = "It was made by a method without learnt weights, so there is nothing that it learned from."
        return Found(rule="training_known", severity=FINE, sentence=sentence, evidence={"runs": []}, rule_version=2)
    if evidence.untold:
        card = evidence.untold[0].card
        why = str(card.get("training_unknown") or card.get("unknown") or "") or "its card gives no reason"
        sentence = f"What the model learned from is not known: {why.rstrip('.')}."
        facts: dict[str, Any] = {"checkpoint": evidence.untold[0].slug, "why": why}
        return Found(rule="training_known", severity=LOOK, sentence=sentence, evidence=facts, rule_version=2)
    facts = {"runs": [run.name for run in evidence.runs], "datasets": [str(one) for one in evidence.datasets]}
    if not evidence.datasets:
        sentence = "The training run is known, but not the data that it used."
        return Found(rule="training_known", severity=LOOK, sentence=sentence, evidence=facts, rule_version=2)
    items = _items(evidence.datasets)
    sentence = f"The training run is known, and each of its {items:,} training items is listed in a frozen dataset."
    return Found(rule="training_known", severity=FINE, sentence=sentence, evidence=facts, rule_version=2)


def training_licences(evidence: Evidence) -> Found:
    """Every training item must be under a licence of the allow-list."""
    if not evidence.datasets:
        return _no_data("training_licences", evidence, "the licences of its training items could not be checked")
    counts: Counter[str] = Counter()
    for version in evidence.datasets:
        counts.update(version.licence_counts)
    items = _items(evidence.datasets)
    refused = {spdx: count for spdx, count in sorted(counts.items()) if spdx not in ALLOWED_LICENCES}
    without = max(0, items - counts.total())
    facts = {"licences": dict(sorted(counts.items())), "not_allowed": refused, "without_a_licence": without}
    if refused or without:
        parts = [f"{count:,} under {spdx}" for spdx, count in refused.items()]
        parts += [f"{without:,} without a licence on record"] if without else []
        sentence = f"Of {items:,} training items, some may not be used for work that is sold: {', '.join(parts)}."
        return Found(rule="training_licences", severity=BLOCKS, sentence=sentence, evidence=facts)
    names = ", ".join(sorted(counts))
    sentence = f"All {items:,} training items are under licences that allow this use: {names}."
    return Found(rule="training_licences", severity=FINE, sentence=sentence, evidence=facts)


def training_consent(evidence: Evidence) -> Found:
    """Each dataset version must say on whose consent it rests."""
    if not evidence.datasets:
        return _no_data("training_consent", evidence, "nobody's consent could be checked")
    silent = [str(one) for one in evidence.datasets if not one.consent_basis.strip()]
    facts = {"basis": {str(one): one.consent_basis for one in evidence.datasets}}
    if silent:
        sentence = f"No basis of consent is recorded for {_listed(silent)}."
        return Found(rule="training_consent", severity=BLOCKS, sentence=sentence, evidence=facts)
    sentence = f"A basis of consent is recorded for {_listed([str(one) for one in evidence.datasets])}."
    return Found(rule="training_consent", severity=FINE, sentence=sentence, evidence=facts)


def opt_outs(evidence: Evidence) -> Found:
    """No training item may have been withdrawn by its rights holder."""
    if not evidence.datasets:
        return _no_data("opt_outs", evidence, "it is not known whether anybody opted out")
    facts = {"opt_outs": {str(one): one.opt_out_count for one in evidence.datasets}}
    withdrawn = sum(one.opt_out_count for one in evidence.datasets)
    items = _items(evidence.datasets)
    if withdrawn:
        sentence = f"{withdrawn:,} of {items:,} training items were withdrawn by their owners."
        return Found(rule="opt_outs", severity=BLOCKS, sentence=sentence, evidence=facts)
    sentence = f"No training item was withdrawn by its owner: 0 of {items:,} opted out."
    return Found(rule="opt_outs", severity=FINE, sentence=sentence, evidence=facts)


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


def names_in_prompt(evidence: Evidence) -> Found:
    """Where words were given, a person looks for names of artists, people and brands: a list cannot know them all."""
    prompt = evidence.job.prompt.strip()
    if not prompt:
        sentence = "No words were given, so no artist, person or brand was asked for by name."
        return Found(rule="names_in_prompt", severity=FINE, sentence=sentence, evidence={"words": 0})
    hints = len(_LATIN_NAME.findall(prompt)) + len(_MANNER.findall(prompt))
    facts = {"words": _words(prompt), "hints": hints}
    seen = f"{hints} places look like one" if hints else "nothing looks like one, but only a reader can tell"
    sentence = f"Words were given. Read them for names of artists, people and brands: {seen}."
    return Found(rule="names_in_prompt", severity=LOOK, sentence=sentence, evidence=facts)


def nearness_to_training(evidence: Evidence) -> Found:
    """How near the piece is to a training work. Until a detector has measured it, that is said."""
    nearest = evidence.record["screening"]["nearest"] if evidence.record else []
    if nearest:
        sentence = f"{len(nearest)} nearest training works were measured. Compare them with the piece."
        return Found(rule="nearness_to_training", severity=LOOK, sentence=sentence, evidence={"nearest": nearest})
    sentence = "How near it is to a training work was not measured. Nothing is claimed about it."
    return Found(rule="nearness_to_training", severity=LOOK, sentence=sentence, evidence={"measured": False})


def human_part(evidence: Evidence) -> Found:
    """What a person did for it: the evidence for a claim of authorship, which we record and never promise."""
    words, count = _words(evidence.job.prompt), evidence.job.count
    facts = {"words": words, "made_together": count}
    parts = [f"described it in {words} words"] if words else []
    parts += [f"put it forward out of {count} that were made together"] if count > 1 else []
    if not parts:
        sentence = "No human part beyond asking for it is recorded, so no authorship should be claimed."
        return Found(rule="human_part", severity=LOOK, sentence=sentence, evidence=facts)
    sentence = f"A person {' and '.join(parts)}."
    return Found(rule="human_part", severity=FINE, sentence=sentence, evidence=facts)


RULES: tuple[Rule, ...] = (
    model_licence,
    training_licences,
    training_consent,
    opt_outs,
    input_rights,
    weights_unchanged,
    training_known,
    nearness_to_training,
    names_in_prompt,
    human_part,
)


def _no_data(rule: str, evidence: Evidence, consequence: str) -> Found:
    if evidence.nothing_learnt:
        sentence = "Nothing was learned from anybody's work: it was made by a method without learnt weights."
        return Found(rule=rule, severity=FINE, sentence=sentence, evidence={"datasets": 0}, rule_version=2)
    sentence = f"The training data is not known, so {consequence}."
    return Found(rule=rule, severity=LOOK, sentence=sentence, evidence={"datasets": 0}, rule_version=2)


def _of_inputs(severity: Finding.Severity, sentence: str, facts: dict[str, Any]) -> Found:
    return Found(rule="input_rights", severity=severity, sentence=sentence, evidence=facts, rule_version=2)


def _named(works: list[InputWork]) -> str:
    return _listed(sorted({f"{work.rights_holder} ({work.licence_spdx})" for work in works}))


def _words(text: str) -> int:
    """Words of a prompt: Latin ones by spaces, Chinese ones by characters."""
    return len(re.findall(r"[\u4e00-\u9fff]|[^\s\u4e00-\u9fff]+", text))


def _listed(names: list[str]) -> str:
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


def _items(versions: tuple[DatasetVersion, ...]) -> int:
    return sum(one.item_count for one in versions)
