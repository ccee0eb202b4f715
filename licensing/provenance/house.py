"""This house's keys as others see them: what it publishes, and whom its own verifier believes."""

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from licensing.models import LogLeaf
from licensing.provenance import canonical, keys, log
from licensing.provenance.key_list import KeyList
from licensing.provenance.statements import COMPROMISED, ROTATED, Notice
from licensing.provenance.tree_heads import parse_log_key

__all__ = ["enter_rotations", "key_list", "state_compromised"]


def key_list() -> KeyList:
    """Roots, log keys from the first one on, rotations and compromised signers, as of now."""
    mine = keys.ensure(settings.SIGNING_KEYS)
    first = parse_log_key(mine.rotations[0].details["old"]) if mine.rotations else mine.log_public
    told = LogLeaf.objects.filter(kind=COMPROMISED).order_by("index")
    notices = [Notice.parse(leaf.body.encode()) for leaf in told]
    return KeyList(
        root_pem=mine.root_pem,
        log_keys=(first,),
        rotations=mine.rotations,
        compromised={notice.subject: notice.details["since"] for notice in notices},
    )


def enter_rotations() -> int:
    """Enter every change of the log's key that is not yet in the log; returns how many there were."""
    mine = keys.ensure(settings.SIGNING_KEYS)
    there = set(LogLeaf.objects.filter(kind=ROTATED).values_list("body", flat=True))
    missing = [notice for notice in mine.rotations if notice.encode().decode() not in there]
    with transaction.atomic():
        log.append_many(missing, keys=mine)
    return len(missing)


def state_compromised(*, serial: str, since: str) -> None:
    """Say in the log that a signer's key is in other hands since `since` (RFC 3339, UTC).

    Whoever checks with the published list no longer believes what it signed, unless a time-stamp is older.
    """
    notice = Notice(type=COMPROMISED, subject=serial, details={"since": since}, at=canonical.instant(timezone.now()))
    with transaction.atomic():
        log.append(notice, keys=keys.ensure(settings.SIGNING_KEYS))
