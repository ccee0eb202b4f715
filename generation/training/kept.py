"""A frozen dataset whose pictures are kept beside its manifest, as trainers of pictures read it.

Each file is checked against its digest when it is read, cut to its middle square and brought to one size. Knows nothing
of Django and needs no torch.
"""

import hashlib
import io
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from generation.training import frozen
from generation.training.studio import SIZE, Pixels

__all__ = ["KeptDataset", "KeptError", "KeptPicture", "load"]

_MAX_BYTES = 64 * 2**20
_ONE_FAMILY = "pictures"


class KeptError(ValueError):
    """A dataset that keeps no pictures, or a file that is not the one that was frozen."""


@dataclass(frozen=True)
class KeptPicture:
    """One picture; its label is its family."""

    index: int
    family: str
    sha256: str
    path: Path

    def draw(self, size: int) -> Pixels:
        """The middle square at `size` × `size`, as 8-bit RGB over white. Raises KeptError for another file."""
        with self.path.open("rb") as file:
            content = file.read(_MAX_BYTES + 1)
        if hashlib.sha256(content).hexdigest() != self.sha256:
            raise KeptError(f"{self.path.name} is not the picture that was frozen")
        with Image.open(io.BytesIO(content), formats=("PNG", "JPEG", "WEBP")) as opened:
            picture = opened.convert("RGBA")
        side = min(picture.size)
        left, top = (picture.width - side) // 2, (picture.height - side) // 2
        middle = picture.crop((left, top, left + side, top + side))
        square = middle.resize((size, size), Image.Resampling.LANCZOS)
        return np.asarray(Image.alpha_composite(Image.new("RGBA", square.size, "white"), square).convert("RGB"))


@dataclass(frozen=True)
class KeptDataset:
    """The pictures in order of index, as trainers ask for them."""

    name: str
    version: str
    items: tuple[KeptPicture, ...]
    merkle_root: str
    size: int = SIZE

    @property
    def studio(self) -> str:
        """None of the studio's versions drew it."""
        return ""

    @property
    def families(self) -> tuple[str, ...]:
        """The labels in the order of their first appearance."""
        return tuple(dict.fromkeys(item.family for item in self.items))


def load(folder: Path) -> KeptDataset:
    """Read a frozen dataset and check its Merkle root; the files are checked one by one when they are drawn.

    Raises FrozenError, or KeptError for data that are no pictures.
    """
    read = frozen.load(folder)
    if read.kind != "picture" or not all("file" in item for item in read.items):
        raise KeptError(f"the dataset in {folder} keeps no pictures; this trainer learns from pictures")
    items = []
    for item in read.items:
        name = Path(str(item["file"]))
        if name.parent.as_posix() != "items" or (folder / name).is_symlink() or not (folder / name).is_file():
            raise KeptError(f"the dataset in {folder} lacks {name}")
        items.append(KeptPicture(item["index"], str(item.get("label") or _ONE_FAMILY), item["sha256"], folder / name))
    return KeptDataset(read.name, str(read.version), tuple(items), read.merkle_root)
