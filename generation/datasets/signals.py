"""Opt-outs from training: what a site, a page or a picture says, read as machines are meant to read it.

Each signal is kept with what it said, beginning with "reserved" or "open". A signal that cannot be read counts as
reserved where it names training at all: the doubt is the rights holder's.
"""

import fnmatch
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import unquote, urlsplit
from urllib.robotparser import RobotFileParser

from generation.datasets.errors import DatasetTooLarge

__all__ = ["SITE_FILES", "Site", "of_captured", "of_page", "read_site"]

SITE_FILES = ("robots.txt", "ai.txt", ".well-known/tdmrep.json", "tdmrep.json", ".well-known/ai.txt")
_MAX_BYTES = 512 * 1024
_MAX_RULES = 1000

# Crawlers whose operators say that they gather for training, by the names that robots.txt uses.
CRAWLERS = (
    "GPTBot",
    "Google-Extended",
    "CCBot",
    "ClaudeBot",
    "anthropic-ai",
    "Applebot-Extended",
    "Bytespider",
    "Meta-ExternalAgent",
    "FacebookBot",
    "Amazonbot",
    "Diffbot",
    "cohere-ai",
    "PerplexityBot",
    "img2dataset",
)
_DIRECTIVES = re.compile(r"\bno-?(?:image)?-?ai\b", re.IGNORECASE)
_TRAIN_NO = re.compile(r"\b(?:ai-train|train-ai|train-genai)\s*=\s*(?:no|n)\b", re.IGNORECASE)
_META = re.compile(rb"<meta\b[^>]{0,2000}>", re.IGNORECASE)
_ATTRIBUTE = re.compile(r"""([a-z-]+)\s*=\s*("[^"]*"|'[^']*'|[^\s"'>]+)""", re.IGNORECASE)


@dataclass(frozen=True)
class Site:
    """What the files at a site's root say, as far as they came along."""

    robots: str = ""
    ai: str = ""
    tdm: tuple[tuple[str, str], ...] = ()

    def signals(self, address: str) -> dict[str, str]:
        """What they say of one address (or of a path within the site)."""
        path = "/" + unquote(urlsplit(address).path).lstrip("/")
        said = {}
        if self.robots:
            said["robots.txt"] = _robots(self.robots, path)
        if self.ai:
            said["ai.txt"] = _ai(self.ai, path)
        if self.tdm:
            matching = [(len(pattern), value == "1") for pattern, value in self.tdm if _matches(path, pattern)]
            said["tdmrep.json"] = "reserved: tdm-reservation 1" if matching and max(matching)[1] else "open"
        return said


def read_site(folder: Path) -> Site:
    """The site files of a folder. Raises DatasetTooLarge for one of over 512 KiB."""
    texts = {name: _text(folder / name) for name in SITE_FILES}
    tdm = texts[".well-known/tdmrep.json"] or texts["tdmrep.json"]
    return Site(texts["robots.txt"], texts["ai.txt"] or texts[".well-known/ai.txt"], _tdm(tdm))


def of_captured(captured: Mapping[str, str]) -> dict[str, str]:
    """What was captured with a file: `robots_meta`, `x_robots_tag`, `tdm_reservation`."""
    return {name: _directive(name, value) for name, value in captured.items()}


def of_page(content: bytes) -> dict[str, str]:
    """What the `<meta>` elements of an HTML page say."""
    said: dict[str, str] = {}
    for tag in _META.findall(content[:_MAX_BYTES])[:_MAX_RULES]:
        pairs = {name.lower(): value.strip("\"'") for name, value in _ATTRIBUTE.findall(tag.decode("utf-8", "replace"))}
        name = pairs.get("name", "").lower()
        if name in ("robots", "tdm-reservation", *(crawler.lower() for crawler in CRAWLERS)):
            value = _directive("tdm_reservation" if name == "tdm-reservation" else name, pairs.get("content", ""))
            if not said.get(f"meta {name}", "").startswith("reserved"):
                said[f"meta {name}"] = value
    return said


def _directive(name: str, value: str) -> str:
    if name == "tdm_reservation":
        return "open" if value.strip() == "0" else f"reserved: tdm-reservation {value[:40]}"
    return f"reserved: {value[:100]}" if _DIRECTIVES.search(value) or _TRAIN_NO.search(value) else "open"


def _text(path: Path) -> str:
    if not path.is_file() or path.is_symlink():
        return ""
    with path.open("rb") as file:
        content = file.read(_MAX_BYTES + 1)
    if len(content) > _MAX_BYTES:
        raise DatasetTooLarge(f"{path.name} is larger than 512 KiB.")
    return content.decode("utf-8-sig", "replace")


def _robots(text: str, path: str) -> str:
    for line in re.findall(r"^\s*content-(?:signal|usage)\s*:.*$", text, re.IGNORECASE | re.MULTILINE):
        if _TRAIN_NO.search(line):
            return f"reserved: {line.strip()[:100]}"
    rules = RobotFileParser()
    rules.parse(text.splitlines())
    closed = [crawler for crawler in (*CRAWLERS, "*") if not rules.can_fetch(crawler, path)]
    return f"reserved: disallowed for {', '.join(closed)}"[:200] if closed else "open"


def _ai(text: str, path: str) -> str:
    """The longest rule that matches decides; of two of one length, the one that closes."""
    rules = re.findall(r"^\s*(allow|disallow)\s*:\s*(\S+)", text, re.IGNORECASE | re.MULTILINE)[:_MAX_RULES]
    matching = [
        (len(pattern), kind.lower() == "disallow", pattern) for kind, pattern in rules if _covers(path, pattern)
    ]
    _, closed, pattern = max(matching, default=(0, False, ""))
    return f"reserved: Disallow {pattern[:100]}" if closed else "open"


def _covers(path: str, pattern: str) -> bool:
    return fnmatch.fnmatch(PurePosixPath(path).name, pattern) if pattern.startswith("*.") else _matches(path, pattern)


def _matches(path: str, pattern: str) -> bool:
    """Whether a path begins as a pattern says: `*` is anything, `$` at its end is the end."""
    whole = pattern.endswith("$")
    first, *others = (
        pattern.removesuffix("$") if pattern[:1] in ("/", "*") else f"/{pattern}".removesuffix("$")
    ).split("*")
    if not path.startswith(first):
        return False
    place = len(first)
    for number, part in enumerate(others):
        if whole and number == len(others) - 1:
            return len(path) - len(part) >= place and path.endswith(part)
        if (found := path.find(part, place)) < 0:
            return False
        place = found + len(part)
    return not whole or place == len(path)


def _tdm(text: str) -> tuple[tuple[str, str], ...]:
    if not text:
        return ()
    try:
        rules: Any = json.loads(text)
        return tuple((str(rule["location"]), str(rule["tdm-reservation"])) for rule in rules[:_MAX_RULES])
    except (ValueError, KeyError, TypeError, RecursionError):
        return (("/", "1"),)
