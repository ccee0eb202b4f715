"""Rules about people: those whose names were given, and the one who claims a part in the piece."""

import re
from typing import Any

from licensing.rights import names
from licensing.rights.evidence import Evidence
from licensing.rights.policy.found import BLOCKS, FINE, LOOK, Found, listed

__all__ = ["human_part", "names_in_prompt"]


_LATIN_NAME = re.compile(r"(?<![.!?。])\s(?:[A-Z][\w'’-]+(?:\s(?:of|de|van|von|der|la))?\s?){1,4}")
_MANNER = re.compile(r"\b(?:in the (?:style|manner) of|after|by)\s+\S+|风格|仿|《", re.IGNORECASE)


def names_in_prompt(evidence: Evidence) -> Found:
    """Names on the operator's lists block, in what was asked for and in what was written; a person reads the rest."""
    said = evidence.words
    if not said:
        sentence = "No words were given, so no artist, person or brand was asked for by name."
        return Found(rule="names_in_prompt", severity=FINE, sentence=sentence, evidence={"words": 0}, rule_version=3)
    found = [one for one in names.mentioned(said) if one.list != names.SENSITIVE]
    if found:
        told: dict[str, Any] = {
            "words": _words(said),
            "named": [{"list": one.list, "name": one.name} for one in found],
        }
        sentence = (
            f"There are words in it that name {listed([one.name for one in found])}. Ask whether that may be sold."
        )
        return Found(rule="names_in_prompt", severity=BLOCKS, sentence=sentence, evidence=told, rule_version=3)
    hints = len(_LATIN_NAME.findall(said)) + len(_MANNER.findall(said))
    facts = {"words": _words(said), "hints": hints}
    seen = f"{hints} places look like one" if hints else "nothing looks like one, but only a reader can tell"
    sentence = f"There are words in it. Read them for names of artists, people and brands: {seen}."
    return Found(rule="names_in_prompt", severity=LOOK, sentence=sentence, evidence=facts, rule_version=3)


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


def _words(text: str) -> int:
    """Words of a prompt: Latin ones by spaces, Chinese ones by characters."""
    return len(re.findall(r"[\u4e00-\u9fff]|[^\s\u4e00-\u9fff]+", text))
