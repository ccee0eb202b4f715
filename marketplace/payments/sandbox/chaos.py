"""Switches that make the sandbox misbehave in the ways that Stripe and the network between really do.

| switch | effect, for the next `times` occasions |
|---|---|
| duplicate | an event is delivered twice |
| reorder | the events of one change arrive in the opposite order |
| delay | an event is delivered only after `seconds` |
| drop_then_retry | a delivery never arrives; the next attempt does |
| bad_signature | a delivery is signed with a wrong secret; the next attempt is right |
| stale_timestamp | a delivery carries a signature of an hour ago; the next attempt is right |
| lost_response | a POST is carried out, but the caller sees a 500 |
| server_error | a request fails with a 500 before anything is done |
| rate_limited | a request is turned away with a 429 |
| slow | a POST waits `seconds` before it is carried out |
"""

from __future__ import annotations

from marketplace.payments.sandbox.errors import invalid
from marketplace.payments.sandbox.state import Json, Transaction

__all__ = ["SWITCHES", "clear", "set_switch", "standing", "take"]

SWITCHES = frozenset(
    {
        "duplicate",
        "reorder",
        "delay",
        "drop_then_retry",
        "bad_signature",
        "stale_timestamp",
        "lost_response",
        "server_error",
        "rate_limited",
        "slow",
    }
)


def set_switch(tx: Transaction, switch: str, *, times: int = 1, seconds: float = 1.0) -> None:
    """Arms a switch, replacing what was left of it. `times=0` disarms it."""
    if switch not in SWITCHES:
        raise invalid(f"Unknown switch {switch!r}: one of {', '.join(sorted(SWITCHES))}.", param="switch")
    if not 0 <= times <= 10_000 or not 0 <= seconds <= 3600:
        raise invalid("times is from 0 to 10000 and seconds from 0 to 3600.")
    tx.sql.execute("INSERT OR REPLACE INTO chaos VALUES (?, ?, ?)", (switch, times, seconds))


def take(tx: Transaction, switch: str) -> float | None:
    """Uses up one occasion and returns its seconds, or None when the switch is not armed."""
    row = tx.sql.execute(
        "UPDATE chaos SET times = times - 1 WHERE switch = ? AND times > 0 RETURNING seconds", (switch,)
    ).fetchone()
    return None if row is None else float(row[0])


def standing(tx: Transaction) -> Json:
    """Occasions left, by switch."""
    return dict(tx.sql.execute("SELECT switch, times FROM chaos WHERE times > 0").fetchall())


def clear(tx: Transaction) -> None:
    tx.sql.execute("DELETE FROM chaos")
