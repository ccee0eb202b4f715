"""The rule about other pieces of the house that look the same."""

from licensing.rights.evidence import Evidence
from licensing.rights.policy.found import BLOCKS, FINE, LOOK, Found

__all__ = ["near_duplicates"]


def near_duplicates(evidence: Evidence) -> Found:
    """No other piece of the house may look nearly the same; the same person's own need a look only."""
    if evidence.twins is None:
        sentence = "It has no fingerprint yet, so it was not compared with the other pieces of the house."
        if evidence.piece.kind != "picture":
            sentence = (
                "Only pictures are compared with the other pieces of the house. Nothing is claimed about this one."
            )
        return Found(rule="near_duplicates", severity=LOOK, sentence=sentence, evidence={"compared": False})
    facts = {"twins": [{"piece": str(one.piece_id), "distance": one.distance} for one in evidence.twins]}
    others = [one for one in evidence.twins if not one.same_person]
    if others:
        sentence = f"{len(others)} pieces that other people made here look nearly the same. Compare them."
        return Found(rule="near_duplicates", severity=BLOCKS, sentence=sentence, evidence=facts)
    if evidence.twins:
        sentence = f"{len(evidence.twins)} other pieces of the same person look nearly the same."
        return Found(rule="near_duplicates", severity=LOOK, sentence=sentence, evidence=facts)
    sentence = "No other picture of the house looks nearly the same."
    return Found(rule="near_duplicates", severity=FINE, sentence=sentence, evidence=facts)
