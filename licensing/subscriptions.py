"""What licensing does when something has happened in the house below, or in itself."""

from contextlib import suppress
from typing import Any
from uuid import UUID

from common import outbox
from licensing.models import Grant, GrantTransfer
from licensing.provenance import notices

__all__ = ["start"]

_OUTCOMES = ("approved", "rejected", "changes_requested")


def start() -> None:
    """Listen. The names are stored with what is owed: they never change."""
    outbox.subscribe("piece.finished", "licensing.papers", _give_papers)
    for outcome in _OUTCOMES:
        outbox.subscribe(f"review.{outcome}", f"licensing.log_{outcome}", _reviewed(outcome))
    outbox.subscribe("review.withdrawn", "licensing.log_withdrawn", _withdrawn)
    outbox.subscribe("grant.made", "licensing.log_granted", _granted)
    outbox.subscribe("grant.transferred", "licensing.log_transferred", _transferred)
    outbox.subscribe("grant.revoked", "licensing.log_revoked", _revoked)
    outbox.subscribe("grant.expired", "licensing.log_expired", _expired)


def _give_papers(payload: dict[str, Any]) -> None:
    from licensing.provenance import encoding, publish  # loads c2pa, which only the house worker needs

    with suppress(encoding.CannotEncode):  # a kind of file that no papers can be given to: it stays without
        publish.papers(UUID(payload["piece_id"]))


def _reviewed(outcome: str) -> outbox.Handler:
    def enter(payload: dict[str, Any]) -> None:
        notices.reviewed(piece_id=payload["piece_id"], outcome=outcome, at=payload["at"])

    return enter


def _withdrawn(payload: dict[str, Any]) -> None:
    notices.withdrawn(piece_id=payload["piece_id"], at=payload["at"])


def _granted(payload: dict[str, Any]) -> None:
    notices.granted(Grant.objects.get(pk=payload["grant_id"]))


def _transferred(payload: dict[str, Any]) -> None:
    notices.transferred(GrantTransfer.objects.select_related("grant").get(pk=payload["transfer_id"]))


def _revoked(payload: dict[str, Any]) -> None:
    notices.revoked(Grant.objects.get(pk=payload["grant_id"]))


def _expired(payload: dict[str, Any]) -> None:
    notices.expired(Grant.objects.get(pk=payload["grant_id"]))
