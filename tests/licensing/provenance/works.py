"""A small real work of every kind of file, made by the libraries that the engines use or by well-known others."""

import functools
import io
import wave
from collections.abc import Callable

import av
import numpy as np
import trimesh
from PIL import Image

from generation.engines import film

__all__ = ["MADE_HERE", "SIGNED_BY_OTHERS", "work"]


def work(media_type: str) -> bytes:
    """The file, the same bytes every time in one test run."""
    return _made(media_type)


@functools.cache
def _made(media_type: str) -> bytes:
    return {**MADE_HERE, **SIGNED_BY_OTHERS}[media_type]()


def _picture() -> Image.Image:
    return Image.fromarray(np.random.default_rng(3).integers(0, 255, (48, 64, 3), dtype=np.uint8))


def _pillow(name: str) -> Callable[[], bytes]:
    def write() -> bytes:
        out = io.BytesIO()
        _picture().save(out, name)
        return out.getvalue()

    return write


def _film(name: str) -> Callable[[], bytes]:
    frames = [np.roll(np.asarray(_picture()), shift, 1) for shift in range(6)]
    return lambda: film.WRITERS[name](frames, 6)


def _sculpture() -> bytes:
    data: bytes = trimesh.creation.icosphere(subdivisions=1).export(file_type="glb")
    return data


def _wav() -> bytes:
    out = io.BytesIO()
    with wave.open(out, "wb") as sound:
        sound.setparams((1, 2, 8000, 0, "NONE", ""))
        sound.writeframes(bytes(range(256)) * 20)
    return out.getvalue()


def _mp3() -> bytes:
    out = io.BytesIO()
    with av.open(out, "w", format="mp3") as container:
        stream = container.add_stream("mp3", rate=44100)
        frame = av.AudioFrame.from_ndarray(np.full((1, 22050), 9, np.int16), format="s16", layout="mono")
        frame.sample_rate = 44100
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return out.getvalue()


def _svg() -> bytes:
    return b'<?xml version="1.0"?>\n<svg xmlns="http://www.w3.org/2000/svg"><rect width="5" height="5"/></svg>\n'


# What engines here make, beside pictures.
MADE_HERE: dict[str, Callable[[], bytes]] = {
    "image/webp": _film("webp"),
    "video/mp4": _film("mp4"),
    "model/gltf-binary": _sculpture,
    "text/plain": lambda: "潮平两岸阔\n风正一帆悬\n".encode(),
    "text/markdown": lambda: b"# Harbour\n\nIt is late.\n",
}
SIGNED_BY_OTHERS: dict[str, Callable[[], bytes]] = {
    "image/gif": _pillow("GIF"),
    "image/tiff": _pillow("TIFF"),
    "image/avif": _pillow("AVIF"),
    "application/pdf": _pillow("PDF"),
    "image/svg+xml": _svg,
    "audio/wav": _wav,
    "audio/mpeg": _mp3,
}
