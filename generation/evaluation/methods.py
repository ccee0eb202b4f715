"""How long methods without learnt weights take for a megapixel: `python -m generation.evaluation.methods checkpoints`.

Seconds are those of the processor, on one thread, so that a busy machine gives the same figures; the clock's are told
beside them. With `--write` they go into the cards.
"""

import argparse
import io
import json
import time
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from generation import engines
from generation.engines import method_folders
from generation.engines.base import Request
from generation.engines.parameters import spec_of

__all__ = ["measure"]

_SIDE = 1024
# Folder → what is asked of it and, where it works on a picture, the side of that picture.
_TASKS: dict[str, list[tuple[str, dict[str, Any], int]]] = {
    "patch-style-1": [
        ("by patches of a swatch, 1024 × 1024 px", {"mode": "patches"}, _SIDE),
        ("by colours alone, 1024 × 1024 px", {"mode": "colour"}, _SIDE),
    ],
    "upscale-1": [("from 512 × 512 to 1024 × 1024 px", {"factor": "2"}, _SIDE // 2)],
    "grain-1": [("on paper, 1024 × 1024 px", {}, _SIDE)],
    "studio-painting-1": [("a painting, 1024 × 1024 px", {"width": _SIDE, "height": _SIDE}, 0)],
}


def measure(folder: Path, tasks: list[tuple[str, dict[str, Any], int]]) -> dict[str, str]:
    """The figures of one folder, by task."""
    card = json.loads((folder / "card.json").read_text(encoding="utf-8"))
    spec = spec_of(card["engine"], json.loads((folder / "architecture.json").read_text(encoding="utf-8")))
    engine = engines.load(card["engine"], folder, weights_sha256=card["weights_sha256"])
    figures = {}
    for name, asked, side in tasks:
        request: Request = spec.request(1, asked, {"content": _content(side)} if side else {})
        clock, processor = time.perf_counter(), time.process_time()
        for made in engine.generate([request]):
            made.work.encode()
        processor, clock = time.process_time() - processor, time.perf_counter() - clock
        figures[name] = f"{processor:.1f} s of one processor thread ({clock:.0f} s by the clock of a busy machine)"
    return figures


def _content(side: int) -> bytes:
    """Soft bands and discs: shapes at every scale, without any file."""
    down, across = np.mgrid[0:side, 0:side] / side
    waves = np.stack([np.sin(9 * down + 3 * np.sin(5 * across + phase)) for phase in (0.0, 0.7, 1.9)], -1)
    discs = np.sin(40 * across) * np.sin(40 * down) > 0.9
    pixels = np.clip(127 + 90 * waves + 60 * discs[..., None], 0, 255).astype(np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG")
    return buffer.getvalue()


def main() -> None:
    """Print the figures, and write them where that was asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("root", type=Path)
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--only", choices=sorted(_TASKS))
    arguments = parser.parse_args()
    for slug, tasks in _TASKS.items():
        if arguments.only not in (None, slug):
            continue
        folder = arguments.root / slug
        figures = measure(folder, tasks)
        print(slug, json.dumps(figures, ensure_ascii=False))  # noqa: T201  # a command
        if arguments.write:
            card = json.loads((folder / "card.json").read_text(encoding="utf-8"))
            card["measured"] = [
                {"command": f"python -m generation.evaluation.methods {arguments.root}", "figures": figures}
            ]
            (folder / "card.json").write_text(json.dumps(card, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
            method_folders.refresh(folder)


if __name__ == "__main__":
    main()
