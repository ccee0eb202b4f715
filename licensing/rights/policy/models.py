"""Rules about the models: their licence, and that their weights are those we know."""

from typing import Any

from licensing.rights.evidence import Evidence
from licensing.rights.policy.found import BLOCKS, FINE, LOOK, Found

__all__ = ["model_licence", "weights_unchanged"]


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
