"""Puts the bundle of a piece together from what the house keeps: for its owner, for a buyer, for anybody."""

from dataclasses import dataclass

from django.conf import settings
from django.utils import timezone

from common import storage
from common.errors import Conflict
from licensing.models import LogLeaf, Openings, SignedFile
from licensing.provenance import bundle, canonical, credentials, keys, log
from licensing.provenance.statements import PAPERED

__all__ = ["NoPapersYet", "Packed", "pack"]


class NoPapersYet(Conflict):
    code = "no_papers_yet"
    title = "The piece does not have its papers yet. Ask again in a moment."


@dataclass(frozen=True, kw_only=True)
class Packed:
    """A bundle as zip, and the picture that is in it."""

    zip: bytes
    picture: bytes
    media_type: str


def pack(
    *, file: SignedFile, grant_id: str | None = None, certificate: bytes | None = None, with_openings: bool = False
) -> Packed:
    """The bundle of a piece under the newest tree head.

    With `grant_id` the picture is the buyer's own signed copy that names the grant. `with_openings` puts the sealed
    values in, which are for the owner alone, unless they were destroyed. Each call signs anew, so keep what it
    returns. Raises NoPapersYet.
    """
    house = keys.ensure(settings.SIGNING_KEYS)
    leaf = LogLeaf.objects.filter(kind=PAPERED, subject=str(file.piece_id)).first()
    head = log.head()
    if leaf is None or head is None:
        raise NoPapersYet
    picture = storage.read("masters", file.name)
    if grant_id is not None:
        picture = credentials.sign_copy(
            signed=picture,
            media_type=file.media_type,
            title=f"Piece {file.piece_id}",
            grant_id=grant_id,
            keys=house,
            at=timezone.now(),
            tsa_url=settings.TSA_URL or None,
        )
    openings = Openings.objects.filter(record=file.record_id).first() if with_openings else None
    parts = bundle.Bundle(
        media_type=file.media_type,
        file=picture,
        record=file.record.body.encode(),
        leaf=leaf.body.encode(),
        inclusion=log.inclusion(index=leaf.index, size=head.size),
        tree_head=head.note,
        log_key=house.log_public.text,
        root_pem=house.root_pem,
        chain_pem=house.chain_pem,
        openings=canonical.encode(openings.body) if openings else None,
        certificate=certificate,
    )
    return Packed(zip=bundle.pack(parts), picture=picture, media_type=file.media_type)
