"""Which of some language models marked a text while writing it; asked in a process of its own, which loads torch.

`python -m generation.evaluation.text_marks` is the other end: a question as JSON comes in, the answer goes out.
"""

import json
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

__all__ = ["LONGEST", "Marked", "find"]

# Characters. Less says too little, and more says nothing that so many do not.
SHORTEST, LONGEST = 24, 20_000
_MOST_SECONDS = 30
_PROJECT = Path(__file__).parents[2]


@dataclass(frozen=True, kw_only=True)
class Marked:
    """The model by its name, and how far above chance the share of favoured tokens lies: `z` standard deviations.

    The mark's key is public: it says that the model probably wrote this, and does not prove it.
    """

    name: str
    z: float
    scored: int
    favoured: int


def find(text: str, folders: Mapping[str, Path]) -> Marked | None:
    """The model among `folders` (of the engine `gpt`, by name) whose mark shows most clearly, if any does.

    Takes some seconds, and bounded time and memory; None as well where the detector could not run.
    """
    text = text[:LONGEST]
    if len(text) < SHORTEST or not folders:
        return None
    asked = json.dumps({"text": text, "folders": {name: str(folder) for name, folder in folders.items()}})
    command = [sys.executable, "-P", "-m", __name__]
    limits: dict[str, Any] = {"timeout": _MOST_SECONDS, "env": {"PYTHONPATH": str(_PROJECT)}}
    try:
        done = subprocess.run(command, input=asked, capture_output=True, text=True, check=True, **limits)  # noqa: S603
        told = json.loads(done.stdout)
    except (subprocess.SubprocessError, OSError, ValueError):
        return None
    return Marked(**told) if told else None


def _look(text: str, folders: Mapping[str, str]) -> Marked | None:
    found = [one for name, folder in folders.items() for one in _marks(text, name, Path(folder))]
    return max(found, key=lambda one: one.z, default=None)


def _marks(text: str, name: str, folder: Path) -> list[Marked]:
    """What shows in the text as it stands and, for a poem, as it was before it was simplified."""
    from generation.engines.gpt import tokenizer_of
    from generation.engines.script import to_traditional
    from generation.evaluation import text_watermark

    architecture = json.loads((folder / "architecture.json").read_text("utf-8"))
    tokenizer, size = tokenizer_of(folder), int(architecture["vocabulary"])
    readings = {text}
    if architecture["text"] == "verse":
        joined = "".join(text.split())
        readings = {joined, to_traditional(joined)}
    seen = [text_watermark.look(tokenizer.encode(reading).ids, size=size) for reading in readings]
    return [Marked(name=name, z=one.z, scored=one.scored, favoured=one.favoured) for one in seen if one.found]


def main() -> None:
    """Answer the question on standard input: the clearest mark, or null."""
    asked = json.load(sys.stdin)
    marked = _look(asked["text"], asked["folders"])
    sys.stdout.write(json.dumps(None if marked is None else asdict(marked)))


if __name__ == "__main__":
    main()
