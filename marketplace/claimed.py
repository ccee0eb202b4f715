"""The work that a claim is about, as its claimant names it: by its address, its slug, its id or the id of its piece."""

import re
from uuid import UUID

from django.db.models import Q

from common.errors import Unprocessable
from generation.models import Piece
from marketplace.models import Artwork

__all__ = ["UnknownWork", "find", "title"]

_ADDRESS = re.compile(r"/artworks/([\w-]+)")


class UnknownWork(Unprocessable):
    code = "unknown_work"
    title = "There is no such work here. Copy the address of its page, or the id that its papers name."


def find(named: str) -> Piece:
    """The piece; whether its work still hangs makes no difference. Raises UnknownWork.

    A piece without papers never left the house, so that nobody outside can mean it.
    """
    pieces = Piece.objects.select_related("slot__job__requested_by").filter(signed_file__isnull=False)
    in_address = _ADDRESS.search(named)
    slug = in_address.group(1) if in_address else named.strip().strip("/")
    try:
        wanted = Q(pk=UUID(slug)) | Q(artwork__pk=UUID(slug))
    except ValueError:
        wanted = Q(artwork__slug=slug.replace("\x00", "")) & ~Q(artwork__state=Artwork.State.DRAFT)
    found = pieces.filter(wanted).first()
    if found is None:
        raise UnknownWork()
    return found


def title(piece: Piece) -> str:
    """What the work is called; the kind and the first digits of its id where it never hung."""
    artwork = Artwork.objects.filter(piece=piece).exclude(state=Artwork.State.DRAFT).first()
    return artwork.title if artwork else f"{piece.kind} {str(piece.pk)[:8]}"
