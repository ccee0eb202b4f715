"""The operator's policy file (`REVIEW_POLICY`): which rules are on, and whether what each finds may block."""

import hashlib
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path
from typing import Any

from django.conf import settings

from common.errors import Conflict
from licensing.rights.policy import claim_terms
from licensing.rights.policy.claim_terms import ClaimTerms
from licensing.rights.policy.found import BLOCKS, FINE, LOOK, Found

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
    """What the file says. `version`: the first 12 hex digits of the SHA-256 of its bytes, stored with each finding.

    `four_eyes`: with a finding of one of these severities, two reviewers have to approve.
    """

    modes: dict[str, Mode]
    version: str
    four_eyes: frozenset[str] = frozenset()
    claims: ClaimTerms = field(default_factory=ClaimTerms)

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
    version = hashlib.sha256(content).hexdigest()[:12]
    return PolicyFile(_modes(said, frozenset(known)), version, _four_eyes(said), _claims(said))


def applied(found: Found, mode: Mode) -> Found | None:
    """The finding as the file lets it stand; None where the rule is off."""
    if mode is Mode.OFF:
        return None
    return replace(found, severity=LOOK) if mode is Mode.LOOKS and found.severity == BLOCKS else found


def _modes(said: dict[str, Any], known: frozenset[str]) -> dict[str, Mode]:
    if unread := sorted(set(said) - {"rules", "review", "claims"}):
        raise PolicyUnreadable(f"The policy file has parts that nobody reads: {', '.join(unread)}.")
    rules = said.get("rules", {})
    if not isinstance(rules, dict):
        raise PolicyUnreadable('[rules] must be a table: rule = "blocks", "looks" or "off".')
    if unknown := sorted(set(rules) - known):
        raise PolicyUnreadable(f"The policy file names rules that do not exist: {', '.join(unknown)}.")
    try:
        return {rule: Mode(mode) for rule, mode in rules.items()}
    except ValueError as error:
        raise PolicyUnreadable(f'A rule may be "blocks", "looks" or "off": {error}.') from error


def _four_eyes(said: dict[str, Any]) -> frozenset[str]:
    review = said.get("review", {})
    severities = review.get("four_eyes", []) if isinstance(review, dict) else None
    allowed = {str(one) for one in (BLOCKS, LOOK, FINE)}
    if severities is None or set(review) - {"four_eyes"} or not isinstance(severities, list):
        raise PolicyUnreadable('[review] holds one line: four_eyes = ["blocks"], a list of severities.')
    if unknown := sorted({str(one) for one in severities} - allowed):
        raise PolicyUnreadable(f"four_eyes names severities that do not exist: {', '.join(unknown)}.")
    return frozenset(severities)


def _claims(said: dict[str, Any]) -> ClaimTerms:
    try:
        return claim_terms.read(said.get("claims", {}))
    except ValueError as error:
        raise PolicyUnreadable(str(error)) from error
