"""A picture from outside as the autoencoder sees it: bounded before it is decoded, cropped, shrunk, filled up."""

import io
import warnings

import numpy as np
import torch
from PIL import Image, ImageOps
from torch import Tensor

from generation.engines.base import EngineError
from generation.engines.vae_network import INPUT_SIDE

__all__ = ["MAX_BYTES", "MAX_PIXELS", "read_picture"]

MAX_BYTES = 32 * 2**20
MAX_PIXELS = 40_000_000
_FORMATS = ("PNG", "JPEG", "WEBP")


def read_picture(data: bytes, *, width: int, height: int) -> Tensor:
    """The middle of a picture in the proportions of the one to be made, as (1, 3, 64, 64) of -1 … 1.

    The longer side fills the square; beyond the shorter one the picture is mirrored, since a decoded square shows its
    middle. Raises EngineError `input_too_large` or `input_unreadable`.
    """
    picture = _decoded(data)
    share = min(picture.width / width, picture.height / height)
    size = (max(1, round(width * share)), max(1, round(height * share)))
    left, top = (picture.width - size[0]) // 2, (picture.height - size[1]) // 2
    longest = max(width, height)
    small = (max(1, round(INPUT_SIDE * width / longest)), max(1, round(INPUT_SIDE * height / longest)))
    box = (left, top, left + size[0], top + size[1])
    # Averaging is what the training pictures went through; it also is the one filter without halos.
    shrunk = np.asarray(picture.resize(small, Image.Resampling.BOX, box), np.float32) / 127.5 - 1
    gaps = [INPUT_SIDE - side for side in shrunk.shape[:2]]
    filled = np.pad(shrunk, [*[(gap // 2, gap - gap // 2) for gap in gaps], (0, 0)], mode="symmetric")
    return torch.from_numpy(np.ascontiguousarray(filled.transpose(2, 0, 1)))[None]


def _decoded(data: bytes) -> Image.Image:
    if len(data) > MAX_BYTES:
        raise EngineError("input_too_large", f"A picture to work from has at most {MAX_BYTES} bytes.")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # broken metadata is no reason; the bounds below are
            with Image.open(io.BytesIO(data), formats=_FORMATS) as picture:
                if picture.width * picture.height > MAX_PIXELS:
                    raise EngineError("input_too_large", f"A picture to work from has at most {MAX_PIXELS:,} pixels.")
                upright = ImageOps.exif_transpose(picture)
                white = Image.new("RGBA", upright.size, "white")
                return Image.alpha_composite(white, upright.convert("RGBA")).convert("RGB")
    except EngineError:
        raise
    except Exception as error:
        # Decoders of hostile files raise far more than they document.
        raise EngineError("input_unreadable", "The picture to work from cannot be decoded.") from error
