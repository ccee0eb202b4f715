"""Public pictures of pieces as pages show them: always the marked previews, never a master."""

from dataclasses import dataclass

from django.core.files.storage import storages

from generation.models import Piece

__all__ = ["Picture", "of_piece"]


@dataclass(frozen=True, slots=True)
class Picture:
    """One preview and its siblings of other widths. `width` and `height` keep the page still while it loads."""

    url: str
    width: int
    height: int
    alt: str
    srcset: str


def of_piece(piece: Piece, *, alt: str, width: int) -> Picture | None:
    """The smallest preview at least `width` wide (or the widest there is); None while there are none.

    Reads `piece.previews`: prefetch it for a list.
    """
    previews = sorted(piece.previews.all(), key=lambda preview: preview.width)
    if not previews:
        return None
    storage = storages["previews"]
    urls = {preview.width: storage.url(preview.name) for preview in previews}
    chosen = next((preview for preview in previews if preview.width >= width), previews[-1])
    srcset = ", ".join(f"{url} {size}w" for size, url in urls.items())
    return Picture(urls[chosen.width], chosen.width, chosen.height, alt, srcset)
