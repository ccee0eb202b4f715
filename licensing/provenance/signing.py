"""From a labelled work and its record to the file that is sold: signed itself, or in a signed packet."""

from typing import Any

from django.conf import settings
from django.utils import timezone

from common import storage
from generation.models import Piece
from licensing.models import Mark, ProvenanceRecord
from licensing.provenance import credentials, encoding, input_papers, packets, visible, watermark
from licensing.provenance.containers import PNG
from licensing.provenance.keys import SigningKeys

__all__ = ["signed_file"]

_AREA = "masters"


def signed_file(
    piece: Piece, content: bytes, kept: ProvenanceRecord, document: dict[str, Any], house: SigningKeys
) -> bytes:
    """The file with its credential, or the packet with one around it and one inside. Raises CredentialRefused."""

    put_in = [
        credentials.InputFile(title=role, media_type=media_type, data=data)
        for role, (media_type, data) in input_papers.files(piece.slot.job).items()
    ]

    mark = _mark(piece, document)

    def sign(data: bytes, media_type: str, *, beside: bool = False) -> bytes:
        return credentials.sign(
            content=data,
            media_type=media_type,
            title=f"Piece {piece.pk}",
            record=kept.body.encode(),
            ingredients=_ingredients(document),
            keys=house,
            at=timezone.now(),
            tsa_url=settings.TSA_URL or None,
            inputs=put_in,
            beside=beside,
            mark=mark,
        )

    if encoding.SIGNED_AS[piece.media_type] == piece.media_type:
        return sign(content, piece.media_type)
    packet = packets.pack(
        work=content,
        media_type=piece.media_type,
        sidecar=sign(content, credentials.ANY_FILE, beside=True),
        companions=_companions(piece, labelled=visible.ALGORITHM in document["labels"].get("marks", ())),
    )
    return sign(packet, packets.MEDIA_TYPE)


def _mark(piece: Piece, document: dict[str, Any]) -> credentials.Mark | None:
    """The mark that the record says is in the picture, with the number that is read there."""
    if watermark.ALGORITHM not in document["labels"].get("marks", ()):
        return None
    payload = Mark.objects.values_list("payload", flat=True).get(piece=piece)
    return credentials.Mark(algorithm=watermark.ALGORITHM, value=f"{payload:016x}")


def _companions(piece: Piece, *, labelled: bool) -> dict[str, bytes]:
    """What belongs to the work: its further files, such as an STL, and its picture."""
    files = {f"artwork.{name}": str(file["name"]) for name, file in piece.companions.items()}
    if piece.still_name:
        files["still.png"] = piece.still_name
    read = {name: storage.read(_AREA, stored) for name, stored in files.items()}
    if labelled and "still.png" in read:
        read["still.png"] = visible.labelled(read["still.png"], PNG)
    return read


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
