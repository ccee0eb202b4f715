"""The operator's policy file (`REVIEW_POLICY`): which rules are on, and whether what each finds may block."""

import hashlib
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import Any

from django.conf import settings

from common.errors import Conflict
from licensing.rights.policy.found import BLOCKS, LOOK, Found

__all__ = ["Mode", "PolicyFile", "PolicyUnreadable", "applied", "read"]


class PolicyUnreadable(Conflict):
    code = "policy_unreadable"
    title = "The policy file cannot be read. `manage.py review_policy check` says why."


class Mode(StrEnum):
    """What a rule may do."""

    BLOCKS = "blocks"
    LOOKS = "looks"
    OFF = "off"


@dataclass(frozen=True)
class PolicyFile:
    """What the file says. `version`: the first 12 hex digits of the SHA-256 of its bytes, stored with each finding."""

    modes: dict[str, Mode]
    version: str

    def mode(self, rule: str) -> Mode:
        """A rule that the file does not name is on and may block: a new rule is never silently off."""
        return self.modes.get(rule, Mode.BLOCKS)


def read(known: Iterable[str]) -> PolicyFile:
    """The file as it is now. Raises PolicyUnreadable: nothing is decided by a policy that nobody meant."""
    path = Path(settings.REVIEW_POLICY)
    try:
        content = path.read_bytes()
        said = tomllib.loads(content.decode("utf-8"))
    except (OSError, ValueError) as error:
        raise PolicyUnreadable(f"The policy file {path.name} cannot be read: {error}") from error
    return PolicyFile(_modes(said, frozenset(known)), hashlib.sha256(content).hexdigest()[:12])


def applied(found: Found, mode: Mode) -> Found | None:
    """The finding as the file lets it stand; None where the rule is off."""
    if mode is Mode.OFF:
        return None
    return replace(found, severity=LOOK) if mode is Mode.LOOKS and found.severity == BLOCKS else found


def _modes(said: dict[str, Any], known: frozenset[str]) -> dict[str, Mode]:
    if set(said) - {"rules"}:
        raise PolicyUnreadable(
            f"The policy file has parts that nobody reads: {', '.join(sorted(set(said) - {'rules'}))}."
        )
    rules = said.get("rules", {})
    if not isinstance(rules, dict):
        raise PolicyUnreadable('[rules] must be a table: rule = "blocks", "looks" or "off".')
    if unknown := sorted(set(rules) - known):
        raise PolicyUnreadable(f"The policy file names rules that do not exist: {', '.join(unknown)}.")
    try:
        return {rule: Mode(mode) for rule, mode in rules.items()}
    except ValueError as error:
        raise PolicyUnreadable(f'A rule may be "blocks", "looks" or "off": {error}.') from error
