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
    watermark,
)
from licensing.provenance.commitments import openings_document
from licensing.provenance.packing import bundle
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
    signed = credentials.sign(
        content=content,
        media_type=piece.media_type,
        title=f"Piece {piece.pk}",
        record=kept.body.encode(),
        ingredients=_ingredients(document),
        keys=house,
        at=timezone.now(),
        tsa_url=settings.TSA_URL or None,
    )
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
    if piece.width is None or piece.height is None:
        raise encoding.CannotEncode("Papers are written into pictures only.")
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
        screening=record.Screening(detectors={}),
        human_contribution=facts.human_contribution(piece),
        labels=record.Labels(
            digital_source_type=labels.DIGITAL_SOURCE_TYPE,
            training_mining=labels.TRAINING_MINING,
            aigc=aigc,
            marks=(watermark.ALGORITHM, fingerprints.ALGORITHM),
        ),
        recorded_at=timezone.now(),
    )
    return made, openings_document(sealed=sealed, record_sha256=made.sha256)


def _labelled(piece: Piece, aigc: dict[str, str]) -> storage.Stored:
    """The marked picture encoded with its labels, stored under its digest, so that a later run signs these bytes."""
    master = storage.read(_AREA, piece.master_name)
    if canonical.sha256_hex(master) != piece.content_sha256:
        raise MasterDamaged(f"The stored master of piece {piece.pk} is not what was generated: restore it from a copy.")
    checkpoint = piece.checkpoint
    _suffix(piece.media_type)
    written = labels.Labels(
        system=f"{credentials.GENERATOR} {checkpoint.slug}", system_version=checkpoint.version, aigc=aigc
    )
    with Image.open(io.BytesIO(master)) as picture:
        pixels = marks.marked(piece, np.asarray(picture.convert("RGB")))
    marks.remember(piece, pixels)
    content = encoding.encode(picture=Image.fromarray(pixels), media_type=piece.media_type, labels=written)
    return storage.put(_AREA, content, _suffix(piece.media_type))


def _enter(
    piece: Piece, kept: ProvenanceRecord, document: dict[str, Any], signed: bytes, house: keys.SigningKeys
) -> SignedFile:
    """Store the signed file, then write file row, log leaf, tree head and announcement together."""
    stored = storage.put(_AREA, signed, _suffix(piece.media_type))
    with transaction.atomic():
        log.lock()
        done = SignedFile.objects.filter(piece=piece).first()
        if done is not None:
            return done
        file = SignedFile.objects.create(
            piece=piece,
            record=kept,
            name=stored.name,
            media_type=piece.media_type,
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


def _ingredients(document: dict[str, Any]) -> list[credentials.Ingredient]:
    """The checkpoint and each dataset behind it, with what the record says of them."""
    checkpoint = document["generation"]["checkpoint"]
    used = {(use["slug"], use["version"]): use for run in document["training"]["runs"] for use in run["datasets"]}
    model = credentials.Ingredient(
        title=checkpoint["slug"], data_type="c2pa.types.model.pytorch", descriptor=checkpoint
    )
    datasets = [
        credentials.Ingredient(title=slug, data_type="c2pa.types.dataset", descriptor=use)
        for (slug, _), use in used.items()
    ]
    return [model, *datasets]


def _suffix(media_type: str) -> str:
    try:
        return f".{encoding.EXTENSIONS[media_type]}"
    except KeyError:
        raise encoding.CannotEncode(f"Papers are written into PNG and JPEG pictures only, not {media_type}.") from None


def _name(sha256: str, media_type: str) -> str:
    return f"{sha256[:2]}/{sha256}{_suffix(media_type)}"
