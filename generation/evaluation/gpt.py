"""`python -m generation.evaluation.gpt CHECKPOINT --corpus FILE`: how good a language model of the house is.

Perplexity is measured on held-out texts beside a Kneser-Ney 5-gram model of the same training texts and the same
tokens: both read the same pieces from their beginning, without any condition before them, both foretell every token
to the piece's end, marks and the end of the text included, and to both every unknown character is one and the same.
"""

import json
import sys
from argparse import ArgumentParser
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from generation.engines.gpt import GptEngine
from generation.engines.parameters import spec_of
from generation.engines.verse import FORMS, form_of, lines_of
from generation.evaluation import text as traits
from generation.evaluation import text_watermark
from generation.evaluation.ngram import KneserNey
from generation.training import card, frozen
from generation.training.surprise import Surprise, batches, nats
from generation.training.text import dataset as datasets
from generation.training.text import plays, tang
from generation.training.text.prose_reading import windows
from generation.training.text.reading import Tokens
from generation.training.text.verse_tokens import encode, pieces_of

__all__ = ["measure_prose", "measure_verse"]

_BATCH_TOKENS = 2048
_ORDER = 5
_MARKED = 32

Figures = NDArray[np.float64]


@dataclass(frozen=True)
class _Texts:
    """Training and held-out texts as tokens, and how many held-out characters stand behind the latter."""

    training: list[list[int]]
    held: list[Tokens]
    characters: int


def measure_verse(engine: GptEngine, training: list[tang.Poem], held: list[tang.Poem], *, count: int) -> dict[str, str]:
    """The figures of a card for a model of verse: `count` sampled poems of each form."""
    verse = engine.verse
    assert verse is not None
    texts = _verse_texts(training, held, verse.ids)
    marks = {verse.ids[mark] for mark in ("，", "。", "<eos>")}
    figures = _perplexities(engine, texts, marks, size=len(verse.ids), unit="character")
    return figures | _forms(engine, training, held, count) | _marked(engine)


def _verse_texts(training: list[tang.Poem], held: list[tang.Poem], ids: dict[str, int]) -> _Texts:
    def tokens(poems: list[tang.Poem]) -> list[Tokens]:
        return [encode(piece, ids, frozenset()) for poem in poems for piece in pieces_of(poem)]

    read = tokens(held)
    return _Texts(
        [one.tokens[one.start :] for one in tokens(training)],
        read,
        sum(len(one.tokens) - one.start - 1 for one in read),
    )


def measure_prose(engine: GptEngine, training: list[plays.Passage], held: list[plays.Passage]) -> dict[str, str]:
    """The figures of a card for a model of running text."""
    tokenizer = engine.tokenizer

    def encoded(passage: plays.Passage) -> list[int]:
        return [1, *tokenizer.encode(passage.text).ids, 2]

    longest = int(engine.architecture["positions"])
    read = [window for passage in held for window in windows(encoded(passage), longest)]
    texts = _Texts([encoded(passage) for passage in training], read, sum(len(passage.text) + 1 for passage in held))
    figures = _perplexities(engine, texts, set(), size=engine.architecture["vocabulary"], unit="token")
    return figures | _marked(engine)


def _perplexities(engine: GptEngine, texts: _Texts, marks: set[int], *, size: int, unit: str) -> dict[str, str]:
    own = _own_nats(engine, texts.held)
    baseline = KneserNey(texts.training, size=size, order=_ORDER)
    # The token before the first that is foretold is known to both.
    other = np.concatenate([baseline.nats(one.tokens[one.start :])[1:] for one in texts.held])
    plain = ~np.isin(np.concatenate([np.array(one.tokens[one.start + 1 :]) for one in texts.held]), list(marks))
    figures = {f"held-out {unit}s foretold": str(len(own))}
    figures |= _compared(f"perplexity per {unit}, line ends and ends of texts included", own, other)
    if marks:
        figures |= _compared("perplexity per Han character alone", own[plain], other[plain])
    else:
        per = texts.characters
        figures["bits per character (Kneser-Ney 5-gram on the same tokens)"] = (
            f"{own.sum() / per / np.log(2):.3f} ({other.sum() / per / np.log(2):.3f})"
        )
    return figures


def _compared(name: str, own: Figures, other: Figures) -> dict[str, str]:
    ours, theirs = float(np.exp(own.mean())), float(np.exp(other.mean()))
    return {f"{name} (Kneser-Ney 5-gram; ratio)": f"{ours:.1f} ({theirs:.1f}; {ours / theirs:.3f})"}


def _own_nats(engine: GptEngine, held: list[Tokens]) -> Figures:
    """The model's surprise at each held-out token, in the order of the texts."""
    surprise, found = Surprise(engine.model), {}
    order = {id(one): place for place, one in enumerate(held)}
    with torch.inference_mode():
        for batch in batches(held, _BATCH_TOKENS):
            values = nats(surprise, batch, engine.device).double().numpy()
            start = 0
            for one in batch:
                size = len(one.tokens) - one.start - 1
                found[order[id(one)]] = values[start : start + size]
                start += size
    return np.concatenate([found[place] for place in range(len(held))])


def _forms(engine: GptEngine, training: list[tang.Poem], held: list[tang.Poem], count: int) -> dict[str, str]:
    """Form, rhyme, copying and variety of sampled poems, each beside the held-out poems of the same form."""
    forms: list[str] = engine.architecture["forms"]
    sampled = [sample(engine, form, count) for form in forms]
    human = [[poem.text for poem in held if form_of(lines_of(poem.text)) == form] for form in forms]
    # Everything is looked for in one pass over the training poems.
    copied = iter(traits.verbatim([text for texts in [*sampled, *human] for text in texts], [p.text for p in training]))
    shares = [_part([bool(next(copied)) for _ in texts]) for texts in [*sampled, *human]]
    figures: dict[str, str] = {}
    for place, form in enumerate(forms):
        figures |= _form(form, sampled[place], human[place], shares[place], shares[place + len(forms)])
    free = sample(engine, forms[0], count, rhyme="off")
    figures[f"{forms[0]}, rhyme off: even lines rhyme all the same"] = _part(map(traits.rhymes, free))
    return figures


def _form(form: str, sampled: list[str], human: list[str], copied: str, quoted: str) -> dict[str, str]:
    variety = (traits.distinct(" ".join(texts[: min(len(sampled), len(human))]), 2) for texts in (sampled, human))
    return {
        f"{form}: sampled (held out)": f"{len(sampled)} ({len(human)})",
        f"{form}: form kept": _part([traits.form_kept(text, form) for text in sampled]),
        f"{form}: even lines rhyme (held out)": (
            f"{_part(map(traits.rhymes, sampled))} ({_part(map(traits.rhymes, human))})"
        ),
        f"{form}: poems with {traits.RUN} characters in a row from training (held out)": f"{copied} ({quoted})",
        f"{form}: different pairs among all (as many held out)": "{:.3f} ({:.3f})".format(*variety),
    }


def sample(engine: GptEngine, form: str, count: int, **asked: Any) -> list[str]:
    """Poems of seeds 0 on, as a buyer gets them with nothing but a form."""
    spec = spec_of("gpt", engine.architecture)
    requests = [spec.request(seed, {"form": form, **asked}) for seed in range(count)]
    return [made.work.encode().decode() for made in engine.generate(requests)]


def _marked(engine: GptEngine) -> dict[str, str]:
    """How well the watermark shows in short and long texts, and how often it seems to where there is none."""
    spec, verse = spec_of("gpt", engine.architecture), engine.verse
    asked: dict[str, Any] = {"form": list(FORMS)[3]} if verse else {"max_tokens": 200}
    found: dict[bool, list[text_watermark.Finding]] = {}
    count = _MARKED if verse else 8
    for mark in (True, False):
        requests = [spec.request(seed, {**asked, "watermark": mark}) for seed in range(count)]
        texts = [made.work.encode().decode() for made in engine.generate(requests)]
        found[mark] = [look(engine, text) for text in texts]
    kind = "seven-character octaves" if verse else "texts of 200 tokens"
    return {
        f"watermark: z of marked {kind}, median (unmarked)": (
            f"{np.median([one.z for one in found[True]]):.1f} ({np.median([one.z for one in found[False]]):.1f})"
        ),
        f"watermark: found at z {text_watermark.THRESHOLD:.0f} in marked {kind} (unmarked)": (
            f"{_part(one.found for one in found[True])} ({_part(one.found for one in found[False])})"
        ),
    }


def look(engine: GptEngine, text: str) -> text_watermark.Finding:
    """What the watermark's detector finds in a text of this model, in traditional characters where it is a poem."""
    size = int(engine.architecture["vocabulary"])
    return text_watermark.look(engine.tokenizer.encode(text.replace("\n", "") if engine.verse else text).ids, size=size)


def _part(said: Any) -> str:
    values = list(said)
    return f"{100 * sum(values) / max(1, len(values)):.1f} %"


def _main() -> int:
    parser = ArgumentParser(prog="python -m generation.evaluation.gpt", description=__doc__)
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument("--corpus", type=Path, required=True, help="the texts' file, as its dataset describes it")
    parser.add_argument("--datasets", type=Path, default=Path("datasets"))
    parser.add_argument("--count", type=int, default=100, help="poems of each form to sample")
    parser.add_argument("--write", action="store_true", help="put the figures into the checkpoint's card")
    options = parser.parse_args()
    document = json.loads((options.checkpoint / "card.json").read_text(encoding="utf-8"))
    engine = GptEngine.load(options.checkpoint, weights_sha256=document["weights_sha256"])
    reference = document["datasets"][0]
    dataset = frozen.load(options.datasets / f"{reference['slug']}-{reference['version']}")
    every = datasets.HELD_OUT_EVERY[dataset.name]
    if engine.writes_verse:
        training, held, _ = tang.split(datasets.poems(dataset, options.corpus), every=every)
        figures = measure_verse(engine, training, held, count=options.count)
    else:
        passages = plays.split(datasets.passages(dataset, options.corpus), every=every)
        figures = measure_prose(engine, *passages)
    for name, value in figures.items():
        sys.stdout.write(f"{name}: {value}\n")
    if options.write:
        command = f"python -m generation.evaluation.gpt {options.checkpoint} --corpus FILE --count {options.count}"
        card.add_measurements(options.checkpoint, command, figures)
    return 0


if __name__ == "__main__":
    sys.exit(_main())
