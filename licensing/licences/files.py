"""Licences as they lie in files: SLUG-VERSION.toml beside its text, SLUG-VERSION.en.md, and the Chinese one, .zh.md.

The house ships some; an operator adds a folder of their own (`LICENCE_DIR`).
"""

import re
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings

from common.errors import Conflict
from licensing.licences.rights import RIGHTS

__all__ = ["LicenceFileWrong", "Written", "all_written", "read"]

_SHIPPED = Path(__file__).with_name("templates")
_NAME = re.compile(r"(?P<slug>[a-z][a-z-]{0,48}[a-z])-(?P<version>[1-9]\d{0,3})")
_TEXTS = {"title": 100, "title_zh": 100, "summary": 300, "summary_zh": 300}
_NUMBERS = {"rank": 32_767, "goods_limit": 10**9, "lasts_days": 36_500}
_NEEDED = {"title", "summary", "rank", "rights"}


class LicenceFileWrong(Conflict):
    code = "licence_file_wrong"
    title = "A licence file cannot be used. Put it right, then run set_up again."


@dataclass(frozen=True, kw_only=True)
class Written:
    """One version of a licence as its files say it. `rights` names what it gives (true) or keeps from you (false)."""

    slug: str
    version: int
    title: str
    title_zh: str = ""
    summary: str
    summary_zh: str = ""
    text: str
    text_zh: str = ""
    rights: dict[str, bool]
    rank: int
    goods_limit: int | None = None
    lasts_days: int | None = None

    def columns(self) -> dict[str, Any]:
        """Every column of its LicenceTemplate but slug and version."""
        columns = {name: value for name, value in vars(self).items() if name not in ("slug", "version", "rights")}
        return {**columns, "terms": self.rights, "exclusive": self.rights.get("stop_further_sales", False)}


def all_written() -> tuple[Written, ...]:
    """What the house ships and, after it, what the operator wrote. Raises LicenceFileWrong."""
    shipped = read(_SHIPPED)
    own = read(Path(settings.LICENCE_DIR)) if settings.LICENCE_DIR else ()
    taken = {one.slug for one in shipped}
    for one in own:
        if one.slug in taken:
            raise LicenceFileWrong(f"The house ships a licence {one.slug} itself. Give {_stem(one)} another name.")
    return shipped + own


def read(folder: Path) -> tuple[Written, ...]:
    """The licences in a folder, in the order in which they are offered. Raises LicenceFileWrong."""
    if not folder.is_dir():
        raise LicenceFileWrong(f"LICENCE_DIR names {folder}, which is no folder.")
    return tuple(sorted(map(_read, folder.glob("*.toml")), key=lambda one: (one.rank, one.slug, one.version)))


def _read(path: Path) -> Written:
    name = _NAME.fullmatch(path.stem)
    if name is None:
        raise LicenceFileWrong(f"{path.name}: name it SLUG-VERSION.toml, like studio-use-1.toml.")
    try:
        said = tomllib.loads(path.read_text("utf-8"))
        text = path.with_suffix(".en.md").read_text("utf-8")
        chinese = path.with_suffix(".zh.md")
        text_zh = chinese.read_text("utf-8") if chinese.exists() else ""
    except (OSError, ValueError) as error:
        raise LicenceFileWrong(f"{path.name} cannot be read: {error}") from error
    if wrong := _wrong(said) or ("" if text.strip() else "its text is empty"):
        raise LicenceFileWrong(f"{path.name}: {wrong}.")
    return Written(slug=name["slug"], version=int(name["version"]), text=text, text_zh=text_zh, **said)


def _wrong(said: dict[str, Any]) -> str:
    """What is wrong with the content of a file, in words; empty where nothing is."""
    if missing := sorted(_NEEDED - said.keys()):
        return f"it does not say its {', '.join(missing)}"
    if unread := sorted(said.keys() - _NEEDED - _TEXTS.keys() - _NUMBERS.keys()):
        return f"nobody reads {', '.join(unread)}"
    for name, most in _TEXTS.items():
        if not isinstance(said.get(name, ""), str) or len(said.get(name, "")) > most:
            return f"{name} must be a text of at most {most} characters"
    for name, most in _NUMBERS.items():
        if type(said.get(name, 1)) is not int or not 1 <= said.get(name, 1) <= most:
            return f"{name} must be a whole number from 1 to {most}"
    return _wrong_rights(said["rights"], limited="goods_limit" in said)


def _wrong_rights(rights: Any, *, limited: bool) -> str:
    if not isinstance(rights, dict) or True not in rights.values():
        return "[rights] must be a table in which at least one right is true"
    if unknown := sorted(rights.keys() - RIGHTS.keys()):
        return f"there is no right {', '.join(unknown)}; there are {', '.join(RIGHTS)}"
    if unclear := sorted(name for name, given in rights.items() if type(given) is not bool):
        return f"{', '.join(unclear)} must be true or false"
    if limited and not rights.get("print_on_goods"):
        return "goods_limit limits nothing, since print_on_goods is not given"
    return ""


def _stem(one: Written) -> str:
    return f"{one.slug}-{one.version}"
