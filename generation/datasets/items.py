"""What goes into a dataset before it is frozen: candidates with their terms, and how much of it all there may be."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

__all__ = [
    "MAX_ITEMS",
    "MAX_ITEM_BYTES",
    "MAX_SIDECAR_BYTES",
    "MAX_TOTAL_BYTES",
    "PICTURES",
    "TEXTS",
    "Candidate",
    "Terms",
    "kind_of",
]

MAX_ITEMS = 200_000
MAX_ITEM_BYTES = 64 * 2**20
MAX_TOTAL_BYTES = 20 * 2**30
MAX_SIDECAR_BYTES = 128 * 2**20

PICTURES = {".png": "image/png", ".jpg": "image/jpeg", ".jpeg": "image/jpeg", ".webp": "image/webp"}
TEXTS = {".txt": "text/plain", ".md": "text/markdown", ".html": "text/html", ".htm": "text/html"}


@dataclass(frozen=True)
class Terms:
    """On which terms an item is had; empty where nothing was said."""

    licence: str = ""
    rights_holder: str = ""
    source: str = ""
    consent_basis: str = ""

    def over(self, others: "Terms") -> "Terms":
        """These terms, and where they say nothing, the others'."""
        said = {name: value for name, value in vars(self).items() if value}
        return replace(others, **said)

    @property
    def missing(self) -> list[str]:
        """What is not said, in words."""
        return [name.replace("_", " ") for name, value in vars(self).items() if not value.strip()]


@dataclass(frozen=True)
class Candidate:
    """One file or one text that may become an item. `path` is where it lies; `text` is set where it came in a table."""

    name: str
    terms: Terms
    path: Path | None = None
    text: str | None = None
    title: str = ""
    label: str = ""
    signals: Mapping[str, str] = field(default_factory=dict)
    extra: Mapping[str, Any] = field(default_factory=dict)

    @property
    def suffix(self) -> str:
        """The ending of its name, in small letters; `.txt` for a text of a table."""
        return ".txt" if self.path is None else self.path.suffix.lower()


def kind_of(name: str) -> str:
    """picture or text, by the ending of a name; empty for anything else."""
    suffix = Path(name).suffix.lower()
    return "picture" if suffix in PICTURES else "text" if suffix in TEXTS else ""
