"""What licensing does when something has happened in the house below."""

from contextlib import suppress
from typing import Any
from uuid import UUID

from common import outbox

__all__ = ["start"]


def start() -> None:
    """Listen. The names are stored with what is owed: they never change."""
    outbox.subscribe("piece.finished", "licensing.papers", _give_papers)


def _give_papers(payload: dict[str, Any]) -> None:
    from licensing.provenance import encoding, publish  # loads c2pa, which only the house worker needs

    with suppress(encoding.CannotEncode):  # no papers can be written into this kind of work yet: it stays without
        publish.papers(UUID(payload["piece_id"]))
