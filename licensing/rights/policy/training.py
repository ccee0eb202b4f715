"""Rules about what the models learned from: known, licensed, agreed to, not taken back, and not too near."""

from collections import Counter
from typing import Any

from licensing.rights.evidence import Evidence
from licensing.rights.licences import ALLOWED_LICENCES
from licensing.rights.policy.found import BLOCKS, FINE, LOOK, Found, item_count, listed, no_data

__all__ = ["nearness_to_training", "opt_outs", "training_consent", "training_known", "training_licences"]


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
    items = item_count(evidence.datasets)
    sentence = f"The training run is known, and each of its {items:,} training items is listed in a frozen dataset."
    return Found(rule="training_known", severity=FINE, sentence=sentence, evidence=facts, rule_version=2)


def training_licences(evidence: Evidence) -> Found:
    """Every training item must be under a licence of the allow-list."""
    if not evidence.datasets:
        return no_data("training_licences", evidence, "the licences of its training items could not be checked")
    counts: Counter[str] = Counter()
    for version in evidence.datasets:
        counts.update(version.licence_counts)
    items = item_count(evidence.datasets)
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
        return no_data("training_consent", evidence, "nobody's consent could be checked")
    silent = [str(one) for one in evidence.datasets if not one.consent_basis.strip()]
    facts = {"basis": {str(one): one.consent_basis for one in evidence.datasets}}
    if silent:
        sentence = f"No basis of consent is recorded for {listed(silent)}."
        return Found(rule="training_consent", severity=BLOCKS, sentence=sentence, evidence=facts)
    sentence = f"A basis of consent is recorded for {listed([str(one) for one in evidence.datasets])}."
    return Found(rule="training_consent", severity=FINE, sentence=sentence, evidence=facts)


def opt_outs(evidence: Evidence) -> Found:
    """No training item may have been withdrawn by its rights holder."""
    if not evidence.datasets:
        return no_data("opt_outs", evidence, "it is not known whether anybody opted out")
    facts = {"opt_outs": {str(one): one.opt_out_count for one in evidence.datasets}}
    withdrawn = sum(one.opt_out_count for one in evidence.datasets)
    items = item_count(evidence.datasets)
    if withdrawn:
        sentence = f"{withdrawn:,} of {items:,} training items were withdrawn by their owners."
        return Found(rule="opt_outs", severity=BLOCKS, sentence=sentence, evidence=facts)
    sentence = f"No training item was withdrawn by its owner: 0 of {items:,} opted out."
    return Found(rule="opt_outs", severity=FINE, sentence=sentence, evidence=facts)


def nearness_to_training(evidence: Evidence) -> Found:
    """No detector of copies may find it nearer to a training work than such works come to each other."""
    said = evidence.record["screening"] if evidence.record else {"nearest": [], "findings": []}
    measured, left_out = said["nearest"], said["findings"]
    near = [one for one in measured if one["near"]]
    facts: dict[str, Any] = {"measured": bool(measured), "nearest": near or measured, "not_compared": left_out}
    severity, sentence = (
        FINE,
        "It was made by a method without learnt weights: there is no training work to be near to.",
    )
    if near:
        severity = BLOCKS
        works = {one["item_sha256"] for one in near}
        sentence = (
            f"It comes unusually near to {_counted(len(works))} that its model learned from. Compare them with it."
        )
    elif measured and not left_out:
        names = _datasets(measured)
        sentence = (
            f"{len({one['detector'] for one in measured})} detectors compared it with {names}: it is near to no work."
        )
    elif measured or not evidence.nothing_learnt:
        severity = LOOK
        sentence = "How near it is to a training work was not measured. Nothing is claimed about it."
        if measured:
            names = _datasets(left_out)
            sentence = f"It is near to no work that it was compared with, but it was not compared with {names}."
    return Found(rule="nearness_to_training", severity=severity, sentence=sentence, evidence=facts, rule_version=2)


def _counted(works: int) -> str:
    return "a work" if works == 1 else f"{works} works"


def _datasets(told: list[dict[str, Any]]) -> str:
    return listed(sorted({f"{one['dataset']} version {one['version']}" for one in told}))
