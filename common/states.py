"""States as data: one table of (state, role) → next states, and the one way to take a step in it."""

from collections.abc import Mapping
from typing import Any

from django.db import models, transaction

from common import audit
from common.errors import InvalidTransition
from common.models import User

__all__ = ["Table", "advance"]

Table = Mapping[tuple[str, str], frozenset[str]]


def advance(
    subject: models.Model,
    *,
    to: str,
    table: Table,
    role: str,
    action: str,
    actor: User | None = None,
    reason: str = "",
    **changes: Any,
) -> None:
    """Move `subject.state` to `to` and write the audit line, both or neither.

    The step is one conditional UPDATE on the state that the caller saw: of two callers, one wins and the other gets
    `InvalidTransition` (409). `changes` are further columns set by the same UPDATE.
    """
    before: str = subject.state  # type: ignore[attr-defined]
    if to not in table.get((before, role), frozenset()):
        raise InvalidTransition(f"It is {before}; {role} cannot make it {to}.", state=before)
    with transaction.atomic():
        rows = type(subject)._default_manager.filter(pk=subject.pk, state=before)
        if not rows.update(state=to, **changes):
            raise InvalidTransition("Somebody else was faster. Load it again and look.", state=before)
        audit.record(action=action, subject=subject, role=role, actor=actor, before=before, after=to, reason=reason)
    for name, value in {"state": to, **changes}.items():
        setattr(subject, name, value)
