"""`python -m generation.evaluation.verse_samples CHECKPOINT --page docs/verse.md`: poems for people to read.

Writes the poems of the first seeds, none chosen and none left out, between two marks of the page; what stands around
them is written by hand.
"""

import json
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from generation.engines.gpt import GptEngine
from generation.engines.parameters import spec_of
from generation.evaluation import text as traits

__all__ = ["samples", "write"]

BEGIN, END = "<!-- samples -->", "<!-- end of samples -->"
_TITLES = ("山居秋夜", "送友人歸江南", "邊城", "春日", "聞笛", "登樓", "古寺", "寄遠")


def samples(engine: GptEngine, count: int) -> str:
    """A section for each way of asking, with the poems of seeds 0 to `count` - 1."""
    parts = []
    for form in engine.architecture["forms"]:
        parts.append(_section(engine, f"{form}, nothing else asked", [{"form": form}] * count))
    titled = [{"form": "seven-quatrain", "title": _TITLES[seed % len(_TITLES)]} for seed in range(count)]
    parts.append(_section(engine, "seven-quatrain, with a title", titled))
    named = [{"form": "five-octave", "author": "杜甫", "script": "simplified", "title": "秋夜"}] * count
    parts.append(_section(engine, "five-octave, 杜甫 as author, title 秋夜, simplified", named))
    settled = [{"form": "seven-quatrain", "acrostic": "春夏秋冬", "facts": ["明月"]}] * count
    parts.append(_section(engine, "seven-quatrain, acrostic 春夏秋冬, with the word 明月", settled))
    return "\n\n".join(parts)


def _section(engine: GptEngine, heading: str, asked: list[dict[str, Any]]) -> str:
    spec = spec_of("gpt", engine.architecture)
    requests = [spec.request(seed, parameters) for seed, parameters in enumerate(asked)]
    parts = [f"### {heading}"]
    for made in engine.generate(requests):
        poem = made.work.encode().decode().strip()
        title = f" 《{made.parameters['title']}》" if "title" in made.parameters else ""
        rhymes = "rhymes" if traits.rhymes(poem) else "does not rhyme"
        head = f"Seed {made.seed}{title}, {made.parameters['rhyme_used'] or 'rhyme off'}, {rhymes}:"
        parts.append(head + "\n\n" + "\n".join(f"> {line}  " for line in poem.splitlines()))
    return "\n\n".join(parts)


def write(page: Path, text: str) -> None:
    """Put the samples between the page's marks. Raises ValueError where the page has no marks."""
    before, begin, rest = page.read_text(encoding="utf-8").partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"{page} has no place for samples: {BEGIN} and {END}")
    page.write_text(f"{before}{BEGIN}\n\n{text}\n\n{END}{after}", encoding="utf-8")


def _main() -> int:
    parser = ArgumentParser(prog="python -m generation.evaluation.verse_samples", description=__doc__)
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument("--page", type=Path, required=True)
    parser.add_argument("--count", type=int, default=8)
    options = parser.parse_args()
    document = json.loads((options.checkpoint / "card.json").read_text(encoding="utf-8"))
    engine = GptEngine.load(options.checkpoint, weights_sha256=document["weights_sha256"])
    write(options.page, samples(engine, options.count))
    return 0


if __name__ == "__main__":
    sys.exit(_main())
