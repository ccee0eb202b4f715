"""Input works: pictures that somebody brings, or pieces of theirs, with the right to use them. Rights carry over.

An uploaded file is kept byte by byte, because records name its digest; what is in it is never run and never shown to
others. Knows nothing of engines: a worker gets the bytes by role.
"""

import hashlib
import io
import threading
import warnings
from collections.abc import Callable, Mapping
from uuid import UUID

from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.db import IntegrityError, transaction
from django.db.models import ProtectedError
from PIL import Image

from common import audit, storage
from common.errors import Conflict, NotFound, PayloadTooLarge, Unprocessable
from common.models import User
from generation.engines.base import EngineError
from generation.models import InputWork, Job, Piece

__all__ = [
    "OWN",
    "InputInUse",
    "InputKnown",
    "InputRefused",
    "RightMissing",
    "TooManyInputs",
    "UnknownInput",
    "add_check",
    "contents",
    "delete",
    "from_piece",
    "mine",
    "store",
]

OWN = "LicenseRef-own"
_AREA = "masters"
_FORMATS = {"PNG": ("image/png", ".png"), "JPEG": ("image/jpeg", ".jpg"), "WEBP": ("image/webp", ".webp")}
# As the engines take them (generation.engines.decoding).
_LEAST_SIDE, _MOST_SIDE, _MOST_RATIO = 16, 12_000, 20
# A picture of 40 megapixels takes 160 MiB while it is decoded. Each thread of a web process doing so would add up.
_ONE_AT_A_TIME = threading.Lock()
_checks: list[Callable[[bytes], None]] = []


class InputRefused(Unprocessable):
    code = "input_refused"
    title = "This picture cannot be worked from: bring one still PNG, JPEG or WebP picture."


class RightMissing(Unprocessable):
    code = "input_right_missing"
    title = "State the right to use it: an SPDX identifier such as CC-BY-4.0, or LicenseRef-own, and who holds it."


class InputKnown(Conflict):
    code = "input_known"
    title = "This picture is here already under this licence, with another rights holder or source. Delete that first."


class InputInUse(Conflict):
    code = "input_in_use"
    title = "Pieces were asked for with this picture; their records name it, so it stays."


class TooManyInputs(Conflict):
    code = "too_many_inputs"
    title = "You keep as many pictures to work from as one person may. Delete those that you do not need."


class UnknownInput(NotFound):
    code = "unknown_input"
    title = "You have no such input work. GET /api/v1/inputs lists those that you have."


def add_check(check: Callable[[bytes], None]) -> None:
    """Have `check` look at every picture that is brought; it refuses one by raising a DomainError."""
    _checks.append(check)


def store(*, owner: User, data: bytes, licence_spdx: str, rights_holder: str, source: str = "") -> InputWork:
    """Keep a picture to work from; the same picture under the same licence is the same input work again.

    Raises RightMissing, PayloadTooLarge, InputRefused, InputKnown, TooManyInputs, or what a check of `add_check`
    raises; then nothing is kept.
    """
    rights = _stated(licence_spdx, rights_holder, source)
    with _ONE_AT_A_TIME:
        media_type, suffix, size = _look_at(data)
        for check in _checks:
            check(data)
    sha256 = hashlib.sha256(data).hexdigest()
    # Under its owner, so that deleting it asks nobody else, and its presence tells nobody else anything.
    name = f"inputs/{owner.pk}/{sha256}{suffix}"
    with transaction.atomic():
        known = _room(owner, sha256, rights)
        if known is not None:
            return known
        if not storages[_AREA].exists(name):
            storages[_AREA].save(name, ContentFile(data))
        described = {"media_type": media_type, "width": size[0], "height": size[1], "sha256": sha256, "name": name}
        return _write(owner, InputWork.Origin.UPLOAD, {**described, **rights})


def from_piece(*, owner: User, piece: Piece) -> InputWork:
    """Work from a finished picture of one's own; asking again gives the same input work.

    Whatever went into that piece stays its rights: the review looks at the whole line. Raises InputRefused for a piece
    that is no picture, UnknownInput for somebody else's.
    """
    if piece.slot.job.requested_by_id != owner.pk:
        raise UnknownInput("You have no such piece. GET /api/v1/pieces lists those that you have.")
    if piece.kind != "picture" or piece.media_type not in {media_type for media_type, _ in _FORMATS.values()}:
        raise InputRefused(f"A piece of the kind {piece.kind} cannot be worked from; a picture can.")
    rights = _stated(OWN, (owner.get_full_name() or owner.username)[:200], f"piece {piece.pk}")
    with transaction.atomic():
        known = _room(owner, piece.content_sha256, rights)
        if known is not None:
            return known
        described = {"media_type": piece.media_type, "width": piece.width, "height": piece.height, "piece": piece}
        stored = {"sha256": piece.content_sha256, "name": piece.master_name}
        return _write(owner, InputWork.Origin.PIECE, {**described, **stored, **rights})


def mine(owner: User, wanted: Mapping[str, UUID]) -> dict[str, InputWork]:
    """The owner's input works by role. Raises UnknownInput if one is not the owner's, or not there."""
    found = InputWork.objects.filter(owner=owner).in_bulk(list(wanted.values())) if wanted else {}
    if missing := sorted(role for role, key in wanted.items() if key not in found):
        raise UnknownInput(f"You have no such input work as was given for {', '.join(missing)}.")
    return {role: found[key] for role, key in wanted.items()}


def delete(*, work: InputWork, by: User | None) -> None:
    """Delete an input work of which nothing was asked yet, with its file, for its owner or (without `by`) the house.

    Raises InputInUse.
    """
    role = "maker" if by else "house"
    try:
        with transaction.atomic():
            _lock(work.owner)
            audit.record(action="input.deleted", subject=work, role=role, actor=by, reason=work.licence_spdx)
            work.delete()
            if work.origin == InputWork.Origin.UPLOAD:
                transaction.on_commit(lambda: _remove_unless_used(work.owner, work.name))
    except (ProtectedError, IntegrityError):  # the latter: a job with it was written at this very moment
        raise InputInUse() from None


def contents(job: Job) -> dict[str, bytes]:
    """The bytes of a job's input works by role, for a worker. Raises EngineError where a file is not what it was."""
    found = {}
    for use in job.inputs.select_related("work"):
        try:
            data = storage.read(_AREA, use.work.name)
        except FileNotFoundError:
            data = b""
        if hashlib.sha256(data).hexdigest() != use.work.sha256:
            raise EngineError("input_altered", f"The {use.role} is not the file that was brought: bring it again.")
        found[use.role] = data
    return found


def _remove_unless_used(owner: User, name: str) -> None:
    """Remove a file once the deletion holds, unless it is here under another licence, or was brought again since."""
    with transaction.atomic():
        _lock(owner)
        if not InputWork.objects.filter(name=name).exists():
            storages[_AREA].delete(name)


def _lock(owner: User) -> None:
    """One step at a time for each owner: keeping and removing a file never overlap."""
    User.objects.select_for_update(of=("self",)).get(pk=owner.pk)


def _stated(licence_spdx: str, rights_holder: str, source: str) -> dict[str, str]:
    from generation.datasets import licences  # brings readers of whole datasets, of which a web process has no need

    holder = " ".join(rights_holder.split())
    try:
        licence = licences.identifier(licence_spdx)
    except licences.LicenceUnknown as error:
        raise RightMissing(f"{error}. {RightMissing.title}") from error
    if not holder:
        raise RightMissing()
    return {"licence_spdx": licence, "rights_holder": holder, "source": source.strip()}


def _room(owner: User, sha256: str, rights: dict[str, str]) -> InputWork | None:
    """The same input work if it is here already; otherwise room for one more is made sure of."""
    _lock(owner)
    known = InputWork.objects.filter(owner=owner, sha256=sha256, licence_spdx=rights["licence_spdx"]).first()
    if known is not None:
        if (known.rights_holder, known.source) != (rights["rights_holder"], rights["source"]):
            raise InputKnown(input=str(known.pk))
        return known
    if InputWork.objects.filter(owner=owner).count() >= settings.INPUT_WORKS_PER_USER:
        raise TooManyInputs()
    return None


def _write(owner: User, origin: InputWork.Origin, values: dict[str, object]) -> InputWork:
    work = InputWork.objects.create(owner=owner, origin=origin, **values)
    audit.record(action="input.stored", subject=work, role="maker", actor=owner, reason=work.licence_spdx)
    return work


def _look_at(data: bytes) -> tuple[str, str, tuple[int, int]]:
    """Media type, suffix and size of a still picture that decodes whole within the bounds."""
    if len(data) > settings.INPUT_MAX_BYTES:
        raise PayloadTooLarge(f"A picture to work from has at most {settings.INPUT_MAX_BYTES} bytes.")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # broken metadata is no reason; the bounds below are
            with Image.open(io.BytesIO(data), formats=list(_FORMATS)) as picture:
                _check_bounds(picture)
                picture.load()
                media_type, suffix = _FORMATS[str(picture.format)]
                return media_type, suffix, picture.size
    except InputRefused:
        raise
    except Exception as error:
        # Decoders of hostile files raise far more than they document.
        raise InputRefused() from error


def _check_bounds(picture: Image.Image) -> None:
    if getattr(picture, "n_frames", 1) != 1:
        raise InputRefused("A moving picture cannot be worked from: bring a still one.")
    if not _LEAST_SIDE <= min(picture.size) <= max(picture.size) <= _MOST_SIDE:
        raise InputRefused(f"Each side of the picture has from {_LEAST_SIDE} to {_MOST_SIDE} pixels.")
    if max(picture.size) > _MOST_RATIO * min(picture.size):
        raise InputRefused(f"One side of the picture may be {_MOST_RATIO} times as long as the other at most.")
    if picture.width * picture.height > settings.INPUT_MAX_PIXELS:
        raise InputRefused(f"The picture has more than {settings.INPUT_MAX_PIXELS:,} pixels.")
