"""Rules about content that some buyers, or some laws, do not want."""

from licensing.rights import names
from licensing.rights.evidence import Evidence
from licensing.rights.policy.found import BLOCKS, FINE, Found, listed

__all__ = ["sensitive_words"]


def sensitive_words(evidence: Evidence) -> Found:
    """Words of the operator's list `sensitive` in what was asked for or written. Pictures are looked at by people."""
    found = [one.name for one in names.mentioned(evidence.words) if one.list == names.SENSITIVE]
    if found:
        sentence = f"There are words in it that call for a look at its content: {listed(found)}."
        return Found(rule="sensitive_words", severity=BLOCKS, sentence=sentence, evidence={"words": found})
    sentence = "No word of the list of sensitive words is in it. What a picture shows is for you to see."
    return Found(rule="sensitive_words", severity=FINE, sentence=sentence, evidence={"words": []})
