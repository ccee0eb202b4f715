"""The rules that every piece is held against before a person decides. Each sees the evidence and yields one finding.

Deterministic: the same evidence gives the same findings. A finding claims what was checked and no more; sentences and
evidence never repeat a prompt, which is personal data. A rule that changes its mind raises its version.
"""

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from generation.models import DatasetVersion, Piece
from licensing.models import Finding
from licensing.rights.evidence import Evidence, gather

__all__ = ["ALLOWED_LICENCES", "RULES", "Found", "evaluate"]

BLOCKS, LOOK, FINE = Finding.Severity.BLOCKS, Finding.Severity.LOOK, Finding.Severity.FINE
_WORST_FIRST = {BLOCKS: 0, LOOK: 1, FINE: 2}

# SPDX ids whose terms let a model be trained and its output be sold. Anything else needs a person's eye.
ALLOWED_LICENCES = frozenset(
    {
        "0BSD",
        "Apache-2.0",
        "BSD-2-Clause",
        "BSD-3-Clause",
        "CC-BY-3.0",
        "CC-BY-4.0",
        "CC0-1.0",
        "CDLA-Permissive-2.0",
        "ISC",
        "MIT",
        "MIT-0",
        "ODC-By-1.0",
        "PDDL-1.0",
        "Unlicense",
    }
)
_LATIN_NAME = re.compile(r"(?<![.!?。])\s(?:[A-Z][\w'’-]+(?:\s(?:of|de|van|von|der|la))?\s?){1,4}")
_MANNER = re.compile(r"\b(?:in the (?:style|manner) of|after|by)\s+\S+|风格|仿|《", re.IGNORECASE)


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
    """The checkpoint's licence must let what it makes be sold."""
    checkpoint = evidence.checkpoint
    facts = {"checkpoint": checkpoint.slug, "licence": checkpoint.licence_spdx}
    model = f"the model {checkpoint.title} ({checkpoint.licence_spdx})"
    if checkpoint.commercial_output:
        sentence = f"The licence of {model} lets what it makes be sold."
        return Found(rule="model_licence", severity=FINE, sentence=sentence, evidence=facts)
    sentence = f"The licence of {model} does not let what it makes be sold."
    return Found(rule="model_licence", severity=BLOCKS, sentence=sentence, evidence=facts)


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
    """It must be known what the model learned from; where it is not, that is said, with the reason on its card."""
    if not evidence.runs:
        why = str(evidence.checkpoint.card.get("training_unknown", "")) or "its card gives no reason"
        sentence = f"What the model learned from is not known: {why.rstrip('.')}."
        facts: dict[str, Any] = {"checkpoint": evidence.checkpoint.slug, "why": why}
        return Found(rule="training_known", severity=LOOK, sentence=sentence, evidence=facts)
    facts = {"runs": [run.name for run in evidence.runs], "datasets": [str(one) for one in evidence.datasets]}
    if not evidence.datasets:
        sentence = "The training run is known, but not the data that it used."
        return Found(rule="training_known", severity=LOOK, sentence=sentence, evidence=facts)
    items = _items(evidence.datasets)
    sentence = f"The training run is known, and each of its {items:,} training items is listed in a frozen dataset."
    return Found(rule="training_known", severity=FINE, sentence=sentence, evidence=facts)


def training_licences(evidence: Evidence) -> Found:
    """Every training item must be under a licence of the allow-list."""
    if not evidence.datasets:
        return _no_data("training_licences", "the licences of its training items could not be checked")
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
        return _no_data("training_consent", "nobody's consent could be checked")
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
        return _no_data("opt_outs", "it is not known whether anybody opted out")
    facts = {"opt_outs": {str(one): one.opt_out_count for one in evidence.datasets}}
    withdrawn = sum(one.opt_out_count for one in evidence.datasets)
    items = _items(evidence.datasets)
    if withdrawn:
        sentence = f"{withdrawn:,} of {items:,} training items were withdrawn by their owners."
        return Found(rule="opt_outs", severity=BLOCKS, sentence=sentence, evidence=facts)
    sentence = f"No training item was withdrawn by its owner: 0 of {items:,} opted out."
    return Found(rule="opt_outs", severity=FINE, sentence=sentence, evidence=facts)


def input_rights(evidence: Evidence) -> Found:
    """Every work that was put in must come with the right to use it."""
    inputs = evidence.record["generation"]["inputs"] if evidence.record else evidence.job.parameters.get("inputs", [])
    if not inputs:
        sentence = "No work was put in: the piece was made from seed and parameters alone."
        return Found(rule="input_rights", severity=FINE, sentence=sentence, evidence={"inputs": 0})
    without = [one["sha256"] for one in inputs if not one.get("rights")]
    facts = {"inputs": len(inputs), "without_rights": without}
    if without:
        sentence = f"{len(without)} of {len(inputs)} works that were put in come without a right to use them."
        return Found(rule="input_rights", severity=BLOCKS, sentence=sentence, evidence=facts)
    sentence = f"A right of use is stated for each of the {len(inputs)} works that were put in. Read what it says."
    return Found(rule="input_rights", severity=LOOK, sentence=sentence, evidence=facts)


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


def _no_data(rule: str, consequence: str) -> Found:
    sentence = f"The training data is not known, so {consequence}."
    return Found(rule=rule, severity=LOOK, sentence=sentence, evidence={"datasets": 0})


def _words(text: str) -> int:
    """Words of a prompt: Latin ones by spaces, Chinese ones by characters."""
    return len(re.findall(r"[\u4e00-\u9fff]|[^\s\u4e00-\u9fff]+", text))


def _listed(names: list[str]) -> str:
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


def _items(versions: tuple[DatasetVersion, ...]) -> int:
    return sum(one.item_count for one in versions)
