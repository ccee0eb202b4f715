"""The one order in which a piece gets its papers: mark, labels, record, credential, log.

Each step leaves behind only what the next run can go on from. May be repeated, interrupted and run twice at once:
a piece has one record, one signed file, one log leaf and one announcement in the end.
"""

import io
import json
from typing import Any
from uuid import UUID

import numpy as np
from django.conf import settings
from django.db import transaction
from django.utils import timezone
from PIL import Image

from common import outbox, storage
from common.errors import Conflict
from generation.models import Piece
from licensing.models import Openings, ProvenanceRecord, SignedFile
from licensing.provenance import bundle as bundles
from licensing.provenance import (
    canonical,
    credentials,
    encoding,
    facts,
    fingerprints,
    keys,
    labels,
    log,
    marks,
    record,
    signing,
    visible,
    watermark,
)
from licensing.provenance.commitments import openings_document
from licensing.provenance.containers import JPEG, PNG
from licensing.provenance.packing import bundle
from licensing.provenance.screening import screening
from licensing.provenance.statements import PAPERED, Statement

__all__ = ["MasterDamaged", "bundle", "papers"]

_AREA = "masters"


class MasterDamaged(Conflict):
    code = "master_damaged"
    title = "The stored master is not what was generated: restore it from a copy."


def papers(piece_id: UUID) -> SignedFile:
    """Give the piece its papers, or return those that it has. Announces `piece.papered` once.

    Raises Piece.DoesNotExist and MasterDamaged; CredentialRefused where no credential can be written, such as with a
    time-stamping authority that does not answer. Call it again then.
    """
    piece = Piece.objects.select_related("slot__job", "checkpoint__training_run").get(pk=piece_id)
    done = SignedFile.objects.filter(piece=piece).first()
    if done is not None:
        return done
    kept = _record(piece)
    document = json.loads(kept.body)
    content = storage.read(_AREA, _name(document["piece"]["content_sha256"], piece.media_type))
    house = keys.ensure(settings.SIGNING_KEYS)
    signed = signing.signed_file(piece, content, kept, document, house)
    return _enter(piece, kept, document, signed, house)


def _record(piece: Piece) -> ProvenanceRecord:
    """The first record of the piece. Its salts are random, so whichever run wrote one first is the one that counts."""
    first = ProvenanceRecord.objects.filter(piece=piece, previous__isnull=True)
    there = first.first()
    if there is not None:
        return there
    made, openings = _build(piece)
    with transaction.atomic():
        Piece.objects.select_for_update().get(pk=piece.pk)
        there = first.first()
        if there is not None:
            return there
        kept = ProvenanceRecord.objects.create(piece=piece, body=made.body.decode(), sha256=made.sha256)
        Openings.objects.create(record=kept, body=openings)
    return kept


def _build(piece: Piece) -> tuple[record.Record, dict[str, Any]]:
    aigc = labels.aigc_fields(
        producer=settings.AIGC_PRODUCER, produce_id=str(piece.pk), digest=f"sha256:{piece.content_sha256}"
    )
    content = _labelled(piece, aigc)
    sealed = facts.sealed(piece)
    made = record.build(
        piece=record.Piece(
            id=str(piece.pk),
            kind=piece.kind,
            media_type=piece.media_type,
            content_sha256=content.sha256,
            master_sha256=piece.content_sha256,
            width=piece.width,
            height=piece.height,
        ),
        generation=facts.generation(piece, commitments=sealed),
        training=facts.training(piece),
        screening=screening(piece),
        human_contribution=facts.human_contribution(piece),
        labels=record.Labels(
            digital_source_type=labels.DIGITAL_SOURCE_TYPE,
            training_mining=labels.TRAINING_MINING,
            aigc=aigc,
            marks=_marks(piece),
        ),
        recorded_at=timezone.now(),
    )
    return made, openings_document(sealed=sealed, record_sha256=made.sha256)


def _labelled(piece: Piece, aigc: dict[str, str]) -> storage.Stored:
    """The work with its labels, a picture with its mark too, stored, so that a later run signs these bytes."""
    master = storage.read(_AREA, piece.master_name)
    if canonical.sha256_hex(master) != piece.content_sha256:
        raise MasterDamaged(f"The stored master of piece {piece.pk} is not what was generated: restore it from a copy.")
    checkpoint = piece.checkpoint
    suffix = _suffix(piece.media_type)
    written = labels.Labels(
        system=f"{credentials.GENERATOR} {checkpoint.slug}", system_version=checkpoint.version, aigc=aigc
    )
    if settings.VISIBLE_LABEL:
        master = visible.labelled(master, piece.media_type)
    if not _is_picture(piece):
        content = encoding.labelled(master, media_type=piece.media_type, labels=written)
        return storage.put(_AREA, content, suffix)
    with Image.open(io.BytesIO(master)) as picture:
        pixels = marks.marked(piece, np.asarray(picture.convert("RGB")))
    marks.remember(piece, pixels)
    content = encoding.encode(picture=Image.fromarray(pixels), media_type=piece.media_type, labels=written)
    return storage.put(_AREA, content, suffix)


def _marks(piece: Piece) -> tuple[str, ...]:
    """What is found in the file when its papers are gone."""
    hidden = (watermark.ALGORITHM, fingerprints.ALGORITHM) if _is_picture(piece) else ()
    return (*hidden, visible.ALGORITHM) if settings.VISIBLE_LABEL else hidden


def _is_picture(piece: Piece) -> bool:
    return piece.media_type in (PNG, JPEG)


def _enter(
    piece: Piece, kept: ProvenanceRecord, document: dict[str, Any], signed: bytes, house: keys.SigningKeys
) -> SignedFile:
    """Store the signed file, then write file row, log leaf, tree head and announcement together."""
    media_type = encoding.SIGNED_AS[piece.media_type]
    stored = storage.put(_AREA, signed, f".{bundles.EXTENSIONS[media_type]}")
    with transaction.atomic():
        log.lock()
        done = SignedFile.objects.filter(piece=piece).first()
        if done is not None:
            return done
        file = SignedFile.objects.create(
            piece=piece,
            record=kept,
            name=stored.name,
            media_type=media_type,
            sha256=stored.sha256,
            byte_count=stored.byte_count,
            signer=house.signer,
        )
        statement = Statement(
            type=PAPERED,
            subject=str(piece.pk),
            record_sha256=kept.sha256,
            content_sha256=document["piece"]["content_sha256"],
            file_sha256=stored.sha256,
            at=canonical.instant(file.signed_at),
        )
        log.append(statement, keys=house)
        outbox.emit(PAPERED, piece_id=str(piece.pk))
    return file


def _suffix(media_type: str) -> str:
    try:
        return f".{encoding.EXTENSIONS[media_type]}"
    except KeyError:
        raise encoding.CannotEncode(f"No papers can be given to a file of type {media_type}.") from None


def _name(sha256: str, media_type: str) -> str:
    return f"{sha256[:2]}/{sha256}{_suffix(media_type)}"
