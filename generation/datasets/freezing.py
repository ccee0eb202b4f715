"""From a folder, a ZIP or a Croissant description to a frozen dataset: all of it, or nothing and the reasons.

The frozen folder keeps the items under their digests, so that a trainer reads what was frozen and nothing else.
"""

import re
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from generation.datasets import archive, cleaning, contents, croissant, folder, licences
from generation.datasets.contents import Progress
from generation.datasets.errors import DatasetRefused, ItemsWithoutLicence, listed
from generation.datasets.items import Candidate, Terms, kind_of
from generation.training import frozen

__all__ = ["Asked", "freeze"]

_SLUG = re.compile("[a-z0-9]+(-[a-z0-9]+)*")


@dataclass(frozen=True)
class Asked:
    """What is to be frozen under which name, on which terms where an item states none, and how texts are cleaned.

    Items whose digests are `withdrawn` are left out, and counted in a step of the cleaning.
    """

    slug: str
    version: int
    title: str = ""
    about: str = ""
    terms: Terms = field(default_factory=Terms)
    language: str = "any"
    least_characters: int = 1
    tokeniser: str = ""
    withdrawn: frozenset[str] = frozenset()


def freeze(source: Path, asked: Asked, *, into: Path, progress: Progress = lambda _done, _of: None) -> frozen.Frozen:
    """Freeze a folder, a `.zip` or a Croissant `.json` into the new folder `into`.

    Raises DatasetRefused or one of its kinds; then `into` is not there.
    """
    _check(asked, into)
    into.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".freezing-", dir=into.parent) as scratch:
        made, workspace = Path(scratch) / "made", Path(scratch) / "source"
        workspace.mkdir()
        found = _licensed(_named(_candidates(source, asked.terms, workspace)))
        kind = _kind(found)
        if kind == "picture":
            items, steps = contents.of_pictures(found, made, progress, asked.withdrawn)
        else:
            cleaned = (asked.language, asked.least_characters, asked.tokeniser, asked.withdrawn)
            items, steps = contents.of_texts(found, made, *cleaned)
        if not items:
            raise DatasetRefused("Nothing was left after cleaning.")
        description = _description(source, asked, kind) | {"cleaning": steps}
        result = frozen.write(made, description=description, items=items)
        made.rename(into)
    return result


def _description(source: Path, asked: Asked, kind: str) -> dict[str, str]:
    return {
        "name": asked.slug,
        "version": str(asked.version),
        "kind": kind,
        "title": asked.title or f"{asked.slug.replace('-', ' ').capitalize()}: {kind}s",
        "about": asked.about,
        "frozen_from": {".json": "Croissant", ".zip": "ZIP"}.get(source.suffix.lower(), "folder"),
        "language": asked.language if kind == "text" else "",
        "item_sha256": "SHA-256 of the file" if kind == "picture" else "SHA-256 of the cleaned text as UTF-8",
    }


def _check(asked: Asked, into: Path) -> None:
    if not _SLUG.fullmatch(asked.slug) or len(asked.slug) > 50 or asked.version < 1:
        raise DatasetRefused("A dataset is called by small letters, digits and hyphens, and its version is 1 or more.")
    if asked.language not in cleaning.LANGUAGES or asked.least_characters < 1:
        raise DatasetRefused(f"The language is one of {', '.join(cleaning.LANGUAGES)}, and a text has characters.")
    if into.exists():
        raise DatasetRefused(f"{into} is there already; frozen data never change. Choose another version.")


def _candidates(source: Path, terms: Terms, workspace: Path) -> list[Candidate]:
    if source.is_symlink() or not source.exists():
        raise DatasetRefused(f"There is no folder or file {source}.")
    if source.is_dir():
        return folder.read(source, terms)
    if source.suffix.lower() == ".json":
        return croissant.read(source, terms, workspace)
    if source.suffix.lower() != ".zip":
        raise DatasetRefused(f"{source.name} is no folder, no .zip and no Croissant .json.")
    unpacked = workspace / "unpacked"
    unpacked.mkdir()
    archive.unpack(source, unpacked)
    return folder.read(_only_folder(unpacked), terms)


def _only_folder(unpacked: Path) -> Path:
    """Archives often hold one folder with everything in it; then that folder is meant."""
    there = [entry for entry in unpacked.iterdir() if entry.name != "__MACOSX"]
    return there[0] if len(there) == 1 and there[0].is_dir() else unpacked


def _named(found: list[Candidate]) -> list[Candidate]:
    """The candidates, once each has all its terms. Raises ItemsWithoutLicence by name."""
    if not found:
        raise DatasetRefused("There is nothing to freeze.")
    missing = {one.name: one.terms.missing for one in found if one.terms.missing}
    if missing:
        said = listed([f"{name} lacks {', '.join(lacks)}" for name, lacks in missing.items()])
        raise ItemsWithoutLicence(f"{said}. Nothing was frozen.", items=sorted(missing)[:1000])
    for one in found:
        values = {**vars(one.terms), "licence_spdx": one.terms.licence}
        long = [name for name, most in frozen.ITEM.items() if len(values.get(name, "")) > most]
        if long or len(one.title) > 200:
            raise DatasetRefused(f"{one.name}: {', '.join(long) or 'title'} is too long.")
    return found


def _licensed(found: list[Candidate]) -> list[Candidate]:
    """The candidates with their licences as SPDX spells them. Raises ItemsWithoutLicence by name."""
    known: dict[str, str] = {}
    unknown: dict[str, str] = {}
    for one in found:
        try:
            known[one.terms.licence] = known.get(one.terms.licence) or licences.identifier(one.terms.licence)
        except licences.LicenceUnknown as error:
            unknown[one.name] = str(error)
    if unknown:
        said = listed([f"{name}: {why}" for name, why in unknown.items()])
        raise ItemsWithoutLicence(f"{said}. Nothing was frozen.", items=sorted(unknown)[:1000])
    return [replace(one, terms=replace(one.terms, licence=known[one.terms.licence])) for one in found]


def _kind(found: Sequence[Candidate]) -> str:
    kinds = {"text" if one.path is None else kind_of(one.path.name) for one in found}
    if len(kinds) > 1:
        raise DatasetRefused("There are pictures and texts; freeze them as two datasets.")
    return kinds.pop()
