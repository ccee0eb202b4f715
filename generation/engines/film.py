"""Pictures in a row to a film file whose bytes depend on the pictures alone: H.264 in MP4, or a looping WebP."""

import io
import tempfile
from collections.abc import Callable, Iterable
from fractions import Fraction
from pathlib import Path

import av
import av.container
import av.video.reformatter
import numpy as np
from av.container import OutputContainer
from av.video.stream import VideoStream
from PIL import Image, ImageSequence

from generation.engines.base import Pixels

__all__ = ["MEDIA_TYPES", "WRITERS", "libraries", "repainted"]

MEDIA_TYPES = {"mp4": "video/mp4", "webp": "image/webp"}
# Constant quality; one thread, so that the encoder's work is cut the same way everywhere; and no macroblock tree: with
# it x264 wrote other bytes for the same pictures, depending on what had been in memory before.
_H264 = {
    "crf": "19",
    "preset": "medium",
    "tune": "animation",
    "threads": "1",
    "x264-params": "threads=1:sliced-threads=0:mbtree=0",
}
_WEBP_QUALITY = 82


def _mp4(frames: Iterable[Pixels], pace: int) -> bytes:
    """H.264 in BT.709 colours that plays before it is loaded to its end; sides must be even."""
    # The index can be put to the front in a real file only; neither its name nor its time is in the bytes.
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "film.mp4"
        with av.open(
            str(path), "w", format="mp4", options={"movflags": "faststart", "fflags": "+bitexact"}
        ) as container:
            stream = None
            for pixels in frames:
                stream = stream or _stream(container, pixels, pace)
                frame = av.VideoFrame.from_ndarray(_planes(pixels), format="yuv420p")
                container.mux(stream.encode(frame))
            if stream is not None:
                container.mux(stream.encode(None))
        return path.read_bytes()


def _planes(pixels: Pixels) -> Pixels:
    """Luma, then blue and red difference at half the side, one below the other: BT.709, 16 … 235.

    Not left to FFmpeg, whose quick conversion is off by several levels.
    """
    height, width = pixels.shape[:2]
    red, green, blue = (pixels[..., place].astype(np.float32) / 255 for place in range(3))
    luma = np.float32(0.2126) * red + np.float32(0.7152) * green + np.float32(0.0722) * blue
    differences = [(blue - luma) / np.float32(1.8556), (red - luma) / np.float32(1.5748)]
    halves = [part.reshape(height // 2, 2, width // 2, 2).mean((1, 3)) for part in differences]
    parts = [luma.ravel() * 219 + 16, *(half.ravel() * 224 + 128 for half in halves)]
    whole: Pixels = np.rint(np.concatenate(parts)).astype(np.uint8).reshape(height * 3 // 2, width)
    return whole


def _stream(container: OutputContainer, pixels: Pixels, pace: int) -> VideoStream:
    stream = container.add_stream("libx264", rate=pace, options=_H264)
    stream.height, stream.width = pixels.shape[:2]
    stream.pix_fmt = "yuv420p"
    stream.codec_context.thread_count = 1
    stream.codec_context.time_base = Fraction(1, pace)
    stream.codec_context.colorspace = av.video.reformatter.Colorspace.ITU709.value
    stream.codec_context.color_range = av.video.reformatter.ColorRange.MPEG.value
    return stream


def _webp(frames: Iterable[Pixels], pace: int) -> bytes:
    """A WebP that loops for ever."""
    pictures = [Image.fromarray(pixels) for pixels in frames]
    # Milliseconds are whole: they are spread so that no second becomes longer.
    times = [round(1000 * (place + 1) / pace) - round(1000 * place / pace) for place in range(len(pictures))]
    return _saved_webp(pictures, times)


def _saved_webp(pictures: list[Image.Image], times: list[int]) -> bytes:
    first, *others = pictures
    buffer = io.BytesIO()
    first.save(
        buffer, "WEBP", save_all=True, append_images=others, duration=times, loop=0, quality=_WEBP_QUALITY, method=3
    )
    return buffer.getvalue()


WRITERS: dict[str, Callable[[Iterable[Pixels], int], bytes]] = {"mp4": _mp4, "webp": _webp}


def repainted(film: bytes, media_type: str, paint: Callable[[Pixels], Pixels]) -> bytes:
    """A film that one of the WRITERS wrote, with each frame as `paint` gives it back; pace and length stay."""
    if media_type == MEDIA_TYPES["webp"]:
        return _repainted_webp(film, paint)
    with av.open(io.BytesIO(film), "r") as container:
        pace = round(float(container.streams.video[0].average_rate or 1))
        frames = (
            _pixels(np.asarray(frame.to_ndarray(format="yuv420p"), np.uint8), frame.height, frame.width)
            for frame in container.decode(video=0)
        )
        return _mp4(map(paint, frames), pace)


def _repainted_webp(film: bytes, paint: Callable[[Pixels], Pixels]) -> bytes:
    """Frame by frame with its own time: frames that hardly differ were written as one."""
    frames, times = [], []
    with Image.open(io.BytesIO(film)) as moving:
        for frame in ImageSequence.Iterator(moving):
            frames.append(Image.fromarray(paint(np.asarray(frame.convert("RGB")))))
            times.append(frame.info["duration"])
    return _saved_webp(frames, times)


def _pixels(planes: Pixels, height: int, width: int) -> Pixels:
    """What `_planes` made its planes from: encoded again, they become the same planes, but for rounding."""
    scaled = planes.astype(np.float32).ravel()
    luma = (scaled[: height * width].reshape(height, width) - 16) / 219
    halves = (scaled[height * width :].reshape(2, height // 2, width // 2) - 128) / 224
    blue, red = (half.repeat(2, 0).repeat(2, 1) for half in halves)
    blue, red = luma + blue * np.float32(1.8556), luma + red * np.float32(1.5748)
    green = (luma - np.float32(0.2126) * red - np.float32(0.0722) * blue) / np.float32(0.7152)
    pixels: Pixels = np.rint(np.stack([red, green, blue], -1).clip(0, 1) * 255).astype(np.uint8)
    return pixels


def libraries() -> dict[str, str]:
    """What a record names: other versions may write other bytes."""
    versions = {name: ".".join(map(str, version)) for name, version in av.library_versions.items()}
    return {"av": av.__version__, "libavcodec": versions["libavcodec"]}
