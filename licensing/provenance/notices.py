"""Writes into the log what became of a piece: each function may be called again, and adds its entry once."""

from django.conf import settings
from django.db import transaction

from licensing.models import Grant, GrantTransfer, ProvenanceRecord
from licensing.provenance import canonical, keys, log
from licensing.provenance.statements import (
    CORRECTED,
    EXPIRED,
    GRANTED,
    REVIEWED,
    REVOKED,
    TRANSFERRED,
    WITHDRAWN,
    Notice,
)

__all__ = ["corrected", "expired", "granted", "reviewed", "revoked", "transferred", "withdrawn"]


def reviewed(*, piece_id: str, outcome: str, at: str) -> None:
    """A reviewer decided: `approved`, `rejected` or `changes_requested`."""
    _append(REVIEWED, piece_id, at, record_sha256=_first_record(piece_id), outcome=outcome)


def withdrawn(*, piece_id: str, at: str) -> None:
    """An approval was taken back."""
    _append(WITHDRAWN, piece_id, at, record_sha256=_first_record(piece_id))


def granted(grant: Grant) -> None:
    """A licence was given. The log names the grant by a digest: only who has its id can find it."""
    licence = f"{grant.terms['slug']} {grant.terms['version']}"
    details = {"grant_sha256": _grant(grant), "licence": licence, "terms_sha256": grant.terms_sha256}
    _append(GRANTED, str(grant.piece_id), canonical.instant(grant.granted_at), **details)


def revoked(grant: Grant) -> None:
    """A licence was taken back."""
    assert grant.revoked_at is not None
    _append(REVOKED, str(grant.piece_id), canonical.instant(grant.revoked_at), grant_sha256=_grant(grant))


def transferred(transfer: GrantTransfer) -> None:
    """A licence passed to another holder. Neither of them is named."""
    assert transfer.accepted_at is not None
    at = canonical.instant(transfer.accepted_at)
    _append(TRANSFERRED, str(transfer.grant.piece_id), at, grant_sha256=_grant(transfer.grant))


def expired(grant: Grant) -> None:
    """A licence came to the end of its time."""
    assert grant.expires_at is not None
    _append(EXPIRED, str(grant.piece_id), canonical.instant(grant.expires_at), grant_sha256=_grant(grant))


def corrected(record: ProvenanceRecord) -> None:
    """A record took the place of an earlier one."""
    assert record.previous is not None
    details = {"record_sha256": record.sha256, "previous_sha256": record.previous.sha256}
    _append(CORRECTED, str(record.piece_id), canonical.instant(record.created_at), **details)


def _append(kind: str, subject: str, at: str, **details: str) -> None:
    notice = Notice(type=kind, subject=subject, details=details, at=at)
    with transaction.atomic():
        log.append(notice, keys=keys.ensure(settings.SIGNING_KEYS))


def _first_record(piece_id: str) -> str:
    return ProvenanceRecord.objects.get(piece_id=piece_id, previous__isnull=True).sha256


def _grant(grant: Grant) -> str:
    return canonical.sha256_hex(str(grant.pk).encode())
