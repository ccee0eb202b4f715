"""Our own words beside those of ODRL, as ODRL asks of a profile: few, each with its meaning, read at its address."""

from typing import Any

from django.conf import settings

__all__ = ["address", "document", "word"]

_ACTIONS = {
    "lend": "To let somebody have the work for a time and get it back.",
    "train": "To train a model on the work, or to hand it to somebody who will.",
    "hideOrigin": "To say that the work was made without a machine, or to take its papers off to hide its origin.",
}
_PURPOSES = {
    "enjoyment": "To look at the work and show it, without selling goods with it or advertising with it.",
    "goods": "To sell goods that carry the work.",
    "advertising": "To advertise something, in print and on screens, packaging and covers among them.",
    "editorial": "To illustrate news, teaching, research and comment.",
}
_CONTEXT = {
    "odrl": "http://www.w3.org/ns/odrl/2/",
    "skos": "http://www.w3.org/2004/02/skos/core#",
    "definition": {"@id": "skos:definition", "@language": "en"},
    "includedIn": {"@id": "odrl:includedIn", "@type": "@id"},
}


def address() -> str:
    """Where the vocabulary is read; also the name of the profile."""
    return f"{settings.SITE_URL}/api/v1/licence-vocabulary"


def word(name: str) -> str:
    """The full name of a word: one of ours where it begins with `v:`, otherwise W3C's as it stands."""
    return f"{address()}#{name[2:]}" if name.startswith("v:") else name


def document() -> dict[str, Any]:
    """All of our words as JSON-LD."""
    actions = [
        {"@id": word(f"v:{name}"), "@type": "odrl:Action", "includedIn": "odrl:use", "definition": meaning}
        for name, meaning in _ACTIONS.items()
    ]
    purposes = [
        {"@id": word(f"v:{name}"), "@type": "skos:Concept", "definition": meaning}
        for name, meaning in _PURPOSES.items()
    ]
    return {"@context": _CONTEXT, "@graph": actions + purposes}
