"""Candidates turned into items: pictures and texts are read, searched for opt-outs, cleaned, fingerprinted and kept."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from generation.datasets import cleaning, fingerprints, pictures, signals, tokenising
from generation.datasets.errors import DatasetRefused, DatasetTooLarge, ItemsOptedOut, listed
from generation.datasets.items import PICTURES, TEXTS, Candidate
from generation.training import frozen

__all__ = ["ITEMS", "TOKENISER", "Progress", "of_pictures", "of_texts"]

ITEMS = "items"
TOKENISER = "tokeniser.json"
_MAX_TEXT_BYTES = 16 * 2**20
_MAX_MARKUP_BYTES = 2 * 2**20

Progress = Callable[[int, int], None]
Item = dict[str, Any]
Steps = list[dict[str, Any]]


def of_pictures(
    found: Sequence[Candidate], folder: Path, progress: Progress, withdrawn: frozenset[str] = frozenset()
) -> tuple[list[Item], Steps]:
    """The items of pictures, whose files are kept in `folder`; of equal files only the first.

    Raises ItemsOptedOut with all that are, DatasetRefused for what is no picture.
    """
    items: dict[str, Item] = {}
    closed: dict[str, str] = {}
    left_out = 0
    (folder / ITEMS).mkdir(parents=True)
    for place, one in enumerate(found, start=1):
        if one.path is None:
            raise DatasetRefused(f"{one.name} has no file.")
        content = pictures.read(one.path)
        picture = pictures.opened(content, one.path.name)
        said = {**one.signals, **pictures.embedded_signals(content, picture)}
        if frozen.reserved(said):
            closed[one.name] = _why(said)
        elif (digest := hashlib.sha256(content).hexdigest()) in withdrawn:
            left_out += 1
        elif digest not in items:
            name = f"{ITEMS}/{digest}{one.suffix}"
            (folder / name).write_bytes(content)
            told: Item = {"media_type": PICTURES[one.suffix], "file": name, "bytes": len(content)}
            told |= {"width": picture.width, "height": picture.height, "fingerprint": pictures.fingerprint(picture)}
            items[digest] = _item(one, len(items), digest, said, told)
        progress(place, len(found))
    _refuse(closed)
    return list(items.values()), _left_out(left_out) + _picture_steps(list(items.values()), len(found) - left_out)


def of_texts(
    found: Sequence[Candidate],
    folder: Path,
    language: str,
    least: int,
    tokeniser: str,
    withdrawn: frozenset[str] = frozenset(),
) -> tuple[list[Item], Steps]:
    """The items of texts after cleaning, kept in `folder`, with a tokeniser where one is asked for.

    Raises ItemsOptedOut with all that are, DatasetRefused for a text that is not UTF-8.
    """
    by_name: dict[str, tuple[Candidate, dict[str, str]]] = {}
    read: list[cleaning.Text] = []
    for one in found:
        content = _content(one)
        markup = TEXTS[one.suffix] == "text/html"
        by_name[one.name] = one, {**one.signals, **(signals.of_page(content) if markup else {})}
        read.append(cleaning.Text(one.name, _decoded(content, one.name), markup))
    _refuse({name: _why(said) for name, (_, said) in by_name.items() if frozen.reserved(said)})
    clean, steps = cleaning.clean(read, language=language, least=least)
    kept = [text for text in clean if _digest(text.text) not in withdrawn]
    steps += _left_out(len(clean) - len(kept))
    if tokeniser:
        file, step = tokenising.learn(tokeniser, [text.text for text in kept])
        steps.append(step)
    items: list[Item] = []
    (folder / ITEMS).mkdir(parents=True)
    for text in kept:
        encoded, digest = text.text.encode(), _digest(text.text)
        (folder / ITEMS / f"{digest}.txt").write_bytes(encoded)
        told: Item = {"media_type": "text/plain", "file": f"{ITEMS}/{digest}.txt", "bytes": len(encoded)}
        told["fingerprint"] = fingerprints.simhash(text.text)
        items.append(_item(by_name[text.name][0], len(items), digest, by_name[text.name][1], told))
    if tokeniser:
        (folder / TOKENISER).write_bytes(file)
    return items, steps


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _left_out(count: int) -> Steps:
    """The step that left out what was withdrawn; none where nothing was, so that such data freeze as ever."""
    about = "leave out what the consent was withdrawn for"
    step = {"name": "withdrawn", "version": "1", "about": about, "changed": 0, "dropped": count}
    return [step] if count else []


def _item(one: Candidate, index: int, digest: str, said: Mapping[str, str], told: Mapping[str, Any]) -> Item:
    """The item's document. What is empty is left out, so that it reads the same from the database."""
    optional = {"name": one.name, "title": one.title, "label": one.label, "opt_out": dict(said), **one.extra}
    return {
        **{name: value for name, value in optional.items() if value},
        **told,
        "index": index,
        "sha256": digest,
        "licence_spdx": one.terms.licence,
        "rights_holder": one.terms.rights_holder,
        "consent_basis": one.terms.consent_basis,
        "source": one.terms.source,
    }


def _picture_steps(items: Sequence[Item], of: int) -> Steps:
    near = fingerprints.near_pictures([item["fingerprint"] for item in items])
    counted = {"near": near} if near is not None else {}
    about = f"pictures whose PDQ differs in at most {fingerprints.NEAR_PDQ} bits from an earlier one's are counted"
    return [
        {
            "name": "duplicates",
            "version": "1",
            "about": "drop all but the first of equal files",
            "changed": 0,
            "dropped": of - len(items),
        },
        {
            "name": "near-copies",
            "version": "1",
            "about": about if counted else f"not counted: over {fingerprints.MOST_COMPARED} pictures",
            "changed": 0,
            "dropped": 0,
            **counted,
        },
    ]


def _content(one: Candidate) -> bytes:
    most = _MAX_MARKUP_BYTES if TEXTS[one.suffix] == "text/html" else _MAX_TEXT_BYTES
    if one.path is None:
        content = (one.text or "").encode("utf-8", "replace")
    else:
        with one.path.open("rb") as file:
            content = file.read(most + 1)
    if len(content) > most:
        raise DatasetTooLarge(f"{one.name} is larger than {most >> 20} MiB; part it.")
    return content


def _decoded(content: bytes, name: str) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise DatasetRefused(f"{name} is not UTF-8 (byte {error.start}); convert it first.") from error


def _why(said: Mapping[str, str]) -> str:
    return "; ".join(f"{signal}: {value}" for signal, value in said.items() if frozen.reserved({signal: value}))


def _refuse(closed: Mapping[str, str]) -> None:
    if closed:
        said = listed([f"{name} ({why})" for name, why in closed.items()])
        raise ItemsOptedOut(f"{said}. Leave them out; nothing was frozen.", items=dict(list(closed.items())[:1000]))
