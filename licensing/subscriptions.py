"""What licensing does when something has happened in the house below."""

from typing import Any
from uuid import UUID

from common import outbox

__all__ = ["start"]


def start() -> None:
    """Listen. The names are stored with what is owed: they never change."""
    outbox.subscribe("piece.finished", "licensing.papers", _give_papers)


def _give_papers(payload: dict[str, Any]) -> None:
    from licensing.provenance import publish  # loads c2pa, which only the house worker needs

    publish.papers(UUID(payload["piece_id"]))
