"""Writes a picture with its labels, before any credential, so that the credential covers them."""

import io

from PIL import Image, PngImagePlugin

from common.errors import Unprocessable
from licensing.provenance import labels as labelling
from licensing.provenance.containers import JPEG, PNG

__all__ = ["EXTENSIONS", "CannotEncode", "encode"]

EXTENSIONS = {PNG: "png", JPEG: "jpg"}
_JPEG_QUALITY = 92


class CannotEncode(Unprocessable):
    code = "cannot_carry_papers"
    title = "Papers are written into PNG and JPEG pictures only."


def encode(*, picture: Image.Image, media_type: str, labels: labelling.Labels) -> bytes:
    """`picture` as lossless RGB PNG, or as JPEG, carrying `labels`. Equal input gives equal bytes.

    Level 1 compresses a PNG of a megapixel in a tenth of a second; higher levels gain little on pictures. Raises
    CannotEncode on another media type.
    """
    rgb = picture if picture.mode == "RGB" else picture.convert("RGB")
    out = io.BytesIO()
    if media_type == PNG:
        info = PngImagePlugin.PngInfo()
        info.add_itxt("XML:com.adobe.xmp", labelling.as_xmp(labels))
        info.add_text("AIGC", labelling.as_json(labels))
        rgb.save(out, "PNG", pnginfo=info, compress_level=1)
    elif media_type == JPEG:
        xmp = labelling.as_xmp(labels).encode()
        rgb.save(out, "JPEG", quality=_JPEG_QUALITY, subsampling=0, xmp=xmp)
    else:
        raise CannotEncode(f"Papers are written into PNG and JPEG pictures only, not into {media_type}.")
    return out.getvalue()
