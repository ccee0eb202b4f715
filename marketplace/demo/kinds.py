"""The works of other kinds that hang in the demo's gallery, laid out as files to look at."""

from collections.abc import Callable
from pathlib import Path

from common import storage
from licensing.models import SignedFile
from marketplace.demo.works import OTHER_KINDS
from marketplace.models import Artwork

__all__ = ["lay_out"]

Say = Callable[[str], None]


def lay_out(say: Say, folder: Path) -> list[Path]:
    """Copy each work's signed file into `folder`, with its still if it has one, and say the poem."""
    files = []
    for slug in (work.slug for work in OTHER_KINDS):
        piece = Artwork.objects.get(slug=slug).piece
        signed = SignedFile.objects.get(piece=piece)
        names = [name for name in (signed.name, piece.still_name) if name]
        copies = [folder / f"{slug}{Path(name).suffix}" for name in names]
        for name, copy in zip(names, copies, strict=True):
            copy.write_bytes(storage.read("masters", name))
        say(f"{slug}, a {piece.kind}: {', '.join(map(str, copies))}")
        if piece.kind == "text":
            words = storage.read("masters", piece.master_name).decode().strip()
            say("    " + words.replace("\n", "\n    "))
        files += copies
    return files
