"""Signed, expiring links: the only way in which a file of a grant leaves the house.

A link is bound to one grant and one file. A person signed in opens their own grants; a guest opens those of one
order, with the key that was sent to the e-mail address it was placed with.
"""

import hashlib
from pathlib import PurePath
from typing import IO, Literal, NamedTuple, get_args
from uuid import UUID

from django.core import signing
from django.db.models import QuerySet
from django.utils.text import slugify

from common import storage
from common.errors import Conflict, Gone, NotFound, PermissionRefused
from common.models import User
from licensing.models import Grant
from licensing.provenance.bundle import EXTENSIONS
from marketplace.models import Delivery, Download, Order

__all__ = [
    "MINUTES",
    "FilesNotReady",
    "GrantRevoked",
    "LinkExpired",
    "LinkInvalid",
    "Opened",
    "What",
    "current",
    "grants_of",
    "guest_key",
    "guest_order",
    "library",
    "link",
    "open",
    "record",
]

MINUTES = 15
What = Literal["bundle", "picture", "certificate"]
_LINKS = signing.TimestampSigner(salt="marketplace.delivery.link")
_KEYS = signing.Signer(salt="marketplace.delivery.guest")
_EXTENSIONS = {**EXTENSIONS, "application/pdf": "pdf"}


class LinkExpired(Gone):
    code = "link_expired"
    title = "This link has expired. Open your library and take a fresh one."


class LinkInvalid(PermissionRefused):
    code = "link_invalid"
    title = "This link is not one of ours, or not yours any more. Open your library and take a fresh one."


class GrantRevoked(PermissionRefused):
    code = "grant_revoked"
    title = "This licence has ended, so its files are no longer given out."


class FilesNotReady(Conflict):
    code = "files_not_ready"
    title = "The files are still being made. They are usually ready within a minute of the payment."


class Opened(NamedTuple):
    """A file to send, as an attachment called `name`. Whoever gets it closes `file`."""

    file: IO[bytes]
    name: str
    media_type: str
    grant: Grant
    what: str
    sha256: str
    link_sha256: str


def guest_key(order: Order) -> str:
    """The key with which a guest opens what was bought with this order. It does not expire; send it to nobody else."""
    return _KEYS.sign(order.pk.hex)


def guest_order(key: str) -> Order:
    """The order that a key belongs to. Raises LinkInvalid."""
    try:
        return Order.objects.get(pk=UUID(_KEYS.unsign(key)))
    except (signing.BadSignature, ValueError, Order.DoesNotExist):
        raise LinkInvalid() from None


def grants_of(order: Order) -> QuerySet[Grant]:
    """The grants that came out of an order's lines."""
    sources = [f"order_line:{pk}" for pk in order.lines.values_list("pk", flat=True)]
    return Grant.objects.filter(source__in=sources)


def current(grant: Grant) -> Delivery | None:
    """The files of whoever holds it now, if they are made and the licence stands. `grant` comes from `library`."""
    files: Delivery | None = getattr(grant, "delivery", None)
    fits = files is not None and files.holding == grant.holding and grant.stands
    return files if fits else None


def library(by: User | Order) -> QuerySet[Grant]:
    """What somebody holds or held, newest first, with its files if they are made. `by` as in `link`."""
    held = grants_of(by).filter(holder=by.buyer) if isinstance(by, Order) else Grant.objects.filter(holder=by)
    return held.select_related("piece", "delivery", "template").order_by("-granted_at", "-id")


def link(*, grant: Grant, what: What, by: User | Order) -> str:
    """A token for one file, good for MINUTES. `by` is the person signed in, or the order that a guest's key opened.

    Raises PermissionRefused to anybody but the holder, GrantRevoked, FilesNotReady, and NotFound for another `what`.
    """
    if what not in get_args(What):
        raise NotFound(f"There is no such file. Ask for one of {', '.join(get_args(What))}.")
    if not library(by).filter(pk=grant.pk).exists():
        raise PermissionRefused("Only the holder of this licence may take its files.")
    files = _files(grant.pk)
    return _LINKS.sign_object([grant.pk.hex, what, files.holding])


def open(token: str, *, record: bool = True) -> Opened:
    """The file that a link stands for. It goes on record now, or, with `record` off, when the caller does so.

    Raises LinkExpired (410), LinkInvalid, GrantRevoked, FilesNotReady.
    """
    try:
        hex_id, what, holding = _LINKS.unsign_object(token, max_age=60 * MINUTES)
    except signing.SignatureExpired:
        raise LinkExpired() from None
    except (signing.BadSignature, ValueError, TypeError):
        raise LinkInvalid() from None
    files = _files(UUID(hex_id))
    if files.holding != holding:
        raise LinkInvalid()
    name, media_type = {
        "bundle": (files.bundle_name, "application/zip"),
        "picture": (files.picture_name, files.picture_media_type),
        "certificate": (files.certificate_name, "application/pdf"),
    }[what]
    file = storage.open_file("masters", name)
    opened = Opened(
        file=file,
        name=_title(files.grant, what, media_type),
        media_type=media_type,
        grant=files.grant,
        what=what,
        sha256=PurePath(name).stem,
        link_sha256=hashlib.sha256(token.encode()).hexdigest(),
    )
    if record:
        _record(opened)
    return opened


def record(opened: Opened) -> None:
    """Put a download on record: once for a link, in however many parts its file is fetched."""
    row = Download(grant=opened.grant, what=opened.what, file_sha256=opened.sha256, link_sha256=opened.link_sha256)
    Download.objects.bulk_create([row], ignore_conflicts=True)


_record = record  # `open` has a parameter of that name


def _files(grant_id: UUID) -> Delivery:
    grant = Grant.objects.filter(pk=grant_id).first()
    if grant is None:
        raise LinkInvalid()
    if not grant.stands:
        raise GrantRevoked()
    files = Delivery.objects.filter(grant=grant, holding=grant.holding).select_related("grant").first()
    if files is None:
        raise FilesNotReady()
    return files


def _title(grant: Grant, what: str, media_type: str) -> str:
    """The file's name on the holder's disk."""
    parts = [slugify(grant.work_title, allow_unicode=True) or "artwork"]
    if grant.edition_number is not None:
        parts.append(str(grant.edition_number))
    if what != "picture":
        parts.append(what)
    return f"{'-'.join(parts)}.{_EXTENSIONS.get(media_type, 'bin')}"
