"""What a file is once it is taken apart, and the names of the formats."""

from dataclasses import dataclass

from common.errors import Unprocessable

__all__ = ["JPEG", "MOST_PARTS", "MP4", "PNG", "WEBP", "ZIP", "Container", "ContainerDamaged", "picture"]

PNG, JPEG, WEBP, MP4, ZIP = "image/png", "image/jpeg", "image/webp", "video/mp4", "application/zip"
MOST_PARTS = 100_000


class ContainerDamaged(Unprocessable):
    code = "picture_damaged"
    title = "The file is cut off or damaged."


@dataclass(frozen=True, kw_only=True)
class Container:
    """`content` is the file without its credential and without what follows its end; `trailing` counts the latter.

    `credential` is the C2PA manifest store, or None; `size` width and height in pixels. `sound` is False when a
    checksum of the container is wrong, or a JPEG keeps the credential under another number than this house's signer
    gives it. `work_type` is the media type of `content`, which in an archive is another than that of the file. Where
    a format is not taken apart here, `content` and `credential` are None. `trusted_form` is False where the C2PA
    library may find another credential in the file than `credential`, so that it has to be read apart.
    """

    media_type: str
    work_type: str
    content: bytes | None
    credential: bytes | None
    size: tuple[int, int] | None = None
    trailing: int = 0
    sound: bool = True
    trusted_form: bool = True


def picture(
    media_type: str,
    size: tuple[int, int] | None,
    content: bytes,
    credentials: list[bytes],
    *,
    trailing: int,
    sound: bool,
) -> Container:
    """A picture that was walked to its end; more than one credential in it is not sound."""
    if size is not None and 0 in size:
        raise ContainerDamaged("The picture does not state its size.")
    return Container(
        media_type=media_type,
        work_type=media_type,
        content=content,
        credential=b"".join(credentials) if credentials else None,
        size=size,
        trailing=trailing,
        sound=sound and len(credentials) < 2,
    )
