"""One work of every other kind that the house makes, asked for as anybody would, and laid out as files to look at."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from common import storage
from generation import jobs
from generation.models import Job, Piece, Slot
from marketplace.demo import people

__all__ = ["make"]

Say = Callable[[str], None]


class Wish(NamedTuple):
    """What is asked for; `name` is the file's, `words` introduce it."""

    name: str
    words: str
    checkpoint: str
    parameters: dict[str, Any]
    seed: int


WISHES = (
    Wish("poem", "A poem", "verse-zh-1", {"form": "seven-quatrain", "title": "秋夜"}, 8),
    Wish("sculpture", "A sculpture", "forms-1", {}, 8),
    Wish("film", "A film that comes home", "walk-1", {"seconds": 4}, 8),
)


def make(say: Say, folder: Path, *, seconds: float = 180) -> list[Path]:
    """Make one of each, copy the masters and their stills into `folder`, and say the poem. Raises RuntimeError where a
    piece failed, TimeoutError where none came.
    """
    asked = [(wish, _job(wish)) for wish in WISHES]
    say(f"Mei asks for {', '.join(wish.words.lower() for wish in WISHES)}, all at once.")
    deadline = time.monotonic() + seconds
    return [file for wish, job in asked for file in _lay_out(wish, _made(job, deadline), folder, say)]


def _job(wish: Wish) -> Job:
    mei = people.maker("mei-tanaka").user
    asked = Job.objects.filter(requested_by=mei, checkpoint__slug=wish.checkpoint, seed=wish.seed)
    return asked.filter(cancelled_at__isnull=True).first() or jobs.request(
        requested_by=mei, checkpoint=jobs.published(wish.checkpoint), parameters=wish.parameters, seed=wish.seed
    )


def _made(job: Job, deadline: float) -> Piece:
    while time.monotonic() < deadline:
        slot = Slot.objects.get(job=job)
        if slot.state == Slot.State.FINISHED:
            return Piece.objects.get(slot=slot)
        if slot.state == Slot.State.FAILED:
            raise RuntimeError(f"A piece could not be made: {slot.error_detail}")
        time.sleep(0.5)
    raise TimeoutError("The workers did not finish in time. See var/log/site.log.")


def _lay_out(wish: Wish, piece: Piece, folder: Path, say: Say) -> list[Path]:
    names = [name for name in (piece.master_name, piece.still_name) if name]
    files = [folder / f"{wish.name}{Path(name).suffix}" for name in names]
    for name, file in zip(names, files, strict=True):
        file.write_bytes(storage.read("masters", name))
    say(f"{wish.words}: {', '.join(map(str, files))}")
    if piece.kind == "text":
        say("    " + files[0].read_text(encoding="utf-8").strip().replace("\n", "\n    "))
    return files
