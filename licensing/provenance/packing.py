"""Puts the bundle of a piece together from what the house keeps: for its owner, for a buyer, for anybody."""

from django.conf import settings

from common import storage
from common.errors import Conflict
from generation.models import Piece
from licensing.models import HeadStamp, LogLeaf, Openings, SignedFile
from licensing.provenance import bundle as bundles
from licensing.provenance import canonical, keys, log
from licensing.provenance.statements import PAPERED

__all__ = ["NoPapersYet", "bundle"]


class NoPapersYet(Conflict):
    code = "no_papers_yet"
    title = "The piece does not have its papers yet. Ask again in a moment."


def bundle(
    *, piece: Piece, file: bytes | None = None, certificate: bytes | None = None, openings: bool = False
) -> bytes:
    """The zip of a piece under the newest tree head, with the house's own file or with `file`, a signed copy of it.

    `openings` puts the sealed values in, unless they were destroyed; whoever has them can make the piece again.
    Raises NoPapersYet.
    """
    house = keys.ensure(settings.SIGNING_KEYS)
    signed = SignedFile.objects.filter(piece=piece).select_related("record").first()
    leaf = LogLeaf.objects.filter(kind=PAPERED, subject=str(piece.pk)).first()
    head = log.head()
    if signed is None or leaf is None or head is None:
        raise NoPapersYet
    sealed = Openings.objects.filter(record=signed.record).first() if openings else None
    stamp = HeadStamp.objects.filter(head=head).first()
    parts = bundles.Bundle(
        media_type=signed.media_type,
        file=storage.read("masters", signed.name) if file is None else file,
        record=signed.record.body.encode(),
        leaf=leaf.body.encode(),
        inclusion=log.inclusion(index=leaf.index, size=head.size),
        tree_head=head.note,
        log_key=house.log_public.text,
        root_pem=house.root_pem,
        chain_pem=house.chain_pem,
        openings=canonical.encode(sealed.body) if sealed else None,
        certificate=certificate,
        stamp=bytes(stamp.token) if stamp else None,
        rotations=house.rotations,
    )
    return bundles.pack(parts)
