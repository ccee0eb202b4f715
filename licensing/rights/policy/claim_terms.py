"""What the policy file says of claims: whether one hides at once, how long each side has, and what is a holiday."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

__all__ = ["ClaimTerms", "read"]

_MOST_DAYS = 250


@dataclass(frozen=True)
class ClaimTerms:
    """`answer_days`: for the creator's counter-notice; `upkeep_days`: then for the claimant. Both are business days.

    With `repeat_limit` claims upheld against different pieces of one creator, the desk is told. 0: never.
    """

    hide_on_receipt: bool = False
    answer_days: int = 10
    upkeep_days: int = 10
    repeat_limit: int = 3
    holidays: frozenset[date] = frozenset()


def read(said: Any) -> ClaimTerms:
    """The table `[claims]`; what it leaves out is as above. Raises ValueError with a sentence."""
    known = set(ClaimTerms.__dataclass_fields__)
    if not isinstance(said, dict) or set(said) - known:
        raise ValueError(f"[claims] may hold {', '.join(sorted(known))} and nothing else.")
    hides, holidays = said.get("hide_on_receipt", False), said.get("holidays", [])
    if not isinstance(hides, bool):
        raise ValueError("hide_on_receipt is true or false.")
    if not isinstance(holidays, list) or not all(_is_day(day) for day in holidays):
        raise ValueError("holidays is a list of days: [2027-01-01].")
    numbers = {
        name: _number(name, said[name], least)
        for name, least in (("answer_days", 1), ("upkeep_days", 1), ("repeat_limit", 0))
        if name in said
    }
    return ClaimTerms(hide_on_receipt=hides, holidays=frozenset(holidays), **numbers)


def _is_day(said: Any) -> bool:
    return isinstance(said, date) and not isinstance(said, datetime)


def _number(name: str, said: Any, least: int) -> int:
    if isinstance(said, bool) or not isinstance(said, int) or not least <= said <= _MOST_DAYS:
        raise ValueError(f"{name} is a whole number from {least} to {_MOST_DAYS}.")
    return said
