"""A copy of everything about a person: asked for, made by a worker, taken by that person alone, deleted in time."""

import logging
import tempfile
from datetime import timedelta
from typing import IO
from uuid import UUID

from django.conf import settings
from django.core.files.base import File
from django.core.files.storage import storages
from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet
from django.utils import timezone, translation

from common import audit, outbox, states, storage
from common.errors import Conflict, Gone, NotFound
from common.models import User
from marketplace.models import Export
from marketplace.privacy import archive

__all__ = ["ExportExpired", "ExportNotReady", "ask", "expire_due", "make_due", "newest", "open_file"]

log = logging.getLogger(__name__)

LEASE = timedelta(minutes=2)
TELL_EVERY = timedelta(seconds=1)
MOST_TRIES = 5
FILE_NAME = "my-data.zip"
_AREA = "masters"
_S = Export.State
STATES: states.Table = {
    (_S.MAKING, "system"): frozenset({_S.READY, _S.FAILED}),
    (_S.READY, "system"): frozenset({_S.EXPIRED}),
}


class ExportNotReady(Conflict):
    code = "export_not_ready"
    title = "The copy of your data is still being made. Ask again in a moment."


class ExportExpired(Gone):
    code = "export_expired"
    title = "This copy of your data has been deleted. Ask for a new one."


class _LeaseLost(Exception):
    """Somebody else makes it now, or it was erased."""


def ask(*, person: User, language: str) -> Export:
    """Have a copy made; while one is being made, asking again gives that one."""
    try:
        with transaction.atomic():
            export = Export.objects.create(person=person, language=language)
            audit.record(action="export.asked", subject=export, role="person", actor=person)
    except IntegrityError:
        found = newest(person)
        if found is None:
            raise
        return found
    return export


def newest(person: User) -> Export | None:
    """The copy that was asked for last."""
    return Export.objects.filter(person=person).order_by("-pk").first()


def open_file(export_id: UUID, *, by: User) -> IO[bytes]:
    """The file, for the person it is about. Raises NotFound for anybody else, ExportNotReady, ExportExpired."""
    export = Export.objects.filter(pk=export_id, person=by).first()
    if export is None:
        raise NotFound()
    if export.state in (_S.WAITING, _S.MAKING):
        raise ExportNotReady()
    if export.state != _S.READY or export.expires_at is None or export.expires_at <= timezone.now():
        raise ExportExpired()
    try:
        return storage.open_file(_AREA, export.file_name)
    except FileNotFoundError:
        raise ExportExpired() from None


def make_due() -> bool:
    """Make the next that was asked for, or that somebody left unfinished; whether one became ready.

    One at a time, so that a worker who does other things as well gets to them in between.
    """
    export = _claim()
    if export is None:
        return False
    try:
        _make(export)
    except _LeaseLost:
        return False
    except Exception:  # tried again once its lease is over, MOST_TRIES times in all
        log.exception("export %s could not be made", export.pk)
        return False
    return True


def expire_due() -> int:
    """Delete the files whose time is over."""
    due = Export.objects.filter(state=_S.READY, expires_at__lte=timezone.now()).order_by("pk")
    for export in due:
        storages[_AREA].delete(export.file_name)
        states.advance(export, to=_S.EXPIRED, table=STATES, role="system", action="export.expired")
    return len(due)


def _claim() -> Export | None:
    """The next one, ours for LEASE. Its row names the file before there is one, so that none is ever lost sight of."""
    now = timezone.now()
    due = Export.objects.filter(Q(state=_S.WAITING) | Q(state=_S.MAKING, lease_expires_at__lte=now)).order_by("pk")
    for export in due[:20]:
        if export.fence >= MOST_TRIES:
            _give_up(export)
            continue
        mine = {"state": _S.MAKING, "fence": export.fence + 1, "lease_expires_at": now + LEASE, "done": 0}
        mine["file_name"] = f"exports/{export.pk}-{export.fence + 1}.zip"
        if Export.objects.filter(pk=export.pk, state=export.state, fence=export.fence).update(**mine):
            if export.file_name:
                storages[_AREA].delete(export.file_name)
            return Export.objects.select_related("person").get(pk=export.pk)
    return None


def _give_up(export: Export) -> None:
    storages[_AREA].delete(export.file_name)
    states.advance(
        export, to=_S.FAILED, table=STATES, role="system", action="export.failed", file_name="", lease_expires_at=None
    )


def _make(export: Export) -> None:
    told_at = timezone.now()

    def progress(done: int) -> None:
        nonlocal told_at
        now = timezone.now()
        if now - told_at < TELL_EVERY:
            return
        told_at = now
        if not _ours(export).update(done=done, lease_expires_at=now + LEASE):
            raise _LeaseLost

    export.total = archive.parts_of(export.person)
    _ours(export).update(total=export.total)
    with translation.override(export.language), tempfile.TemporaryFile() as file:
        left_out = archive.write(export.person, file, progress=progress)
        size = file.tell()
        storages[_AREA].save(export.file_name, File(file))
    try:
        _finish(export, left_out=len(left_out), byte_count=size)
    except _LeaseLost:
        storages[_AREA].delete(export.file_name)
        raise


def _ours(export: Export) -> QuerySet[Export]:
    return Export.objects.filter(pk=export.pk, state=_S.MAKING, fence=export.fence)


def _finish(export: Export, *, left_out: int, byte_count: int) -> None:
    now = timezone.now()
    with transaction.atomic():
        if not _ours(export).select_for_update().exists():
            raise _LeaseLost
        states.advance(
            export,
            to=_S.READY,
            table=STATES,
            role="system",
            action="export.ready",
            lease_expires_at=None,
            done=export.total,
            left_out=left_out,
            byte_count=byte_count,
            ready_at=now,
            expires_at=now + timedelta(days=settings.EXPORT_DAYS),
        )
        outbox.emit("export.ready", export_id=str(export.pk))
