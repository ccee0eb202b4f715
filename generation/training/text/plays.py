"""Shakespeare's plays as one text file: cut into passages of whole speeches, each an item of the frozen dataset."""

import hashlib
import lzma
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from generation.training.text.tang import CorpusError

__all__ = ["Passage", "cut", "read", "split"]

_LEAST = 1500


@dataclass(frozen=True)
class Passage:
    """Some speeches in a row: the number of the passage and its text, speeches set apart by an empty line."""

    number: int
    text: str

    @property
    def sha256(self) -> str:
        """SHA-256 of the text as UTF-8."""
        return hashlib.sha256(self.text.encode()).hexdigest()


def read(path: Path) -> str:
    """The plays' file (plain or xz) as text. Raises CorpusError."""
    try:
        return (lzma.open(path).read() if path.suffix == ".xz" else path.read_bytes()).decode()
    except (OSError, UnicodeDecodeError, lzma.LZMAError) as error:
        raise CorpusError(f"the plays in {path} cannot be read: {error}") from error


def cut(text: str) -> list[Passage]:
    """Passages of whole speeches, each ending with the first speech that takes it over 1 500 characters."""
    passages: list[str] = []
    part = ""
    for speech in text.replace("\r\n", "\n").strip().split("\n\n"):
        part = f"{part}\n\n{speech}" if part else speech
        if len(part) >= _LEAST:
            passages.append(part)
            part = ""
    return [Passage(number, text) for number, text in enumerate([*passages, *([part] if part else [])])]


def split(passages: Sequence[Passage], *, every: int) -> tuple[list[Passage], list[Passage]]:
    """Training passages, and held-out ones: one in `every`, chosen by digest."""
    held = {passage.number for passage in passages if int(passage.sha256[:8], 16) % every == 0}
    chosen = [passage for passage in passages if passage.number in held]
    return [passage for passage in passages if passage.number not in held], chosen
