"""Which version of which text somebody agreed to, when and how. The texts lie beside this file and never change:
a new wording is a new version.
"""

import hashlib
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from django.db import transaction
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from common.errors import NotFound
from common.models import User
from common.personal import Words
from marketplace.models import Consent

__all__ = ["SIGN_UP", "Text", "UnknownText", "answer", "current", "signed_up", "standing"]

FOLDER = Path(__file__).parent / "texts"
_FILE = re.compile(r"([a-z-]+)\.(\d+)\.([a-z-]+)\.txt")
# What somebody accepts by making an account.
SIGN_UP = ("terms", "privacy")
TITLES: dict[str, Words] = {"terms": _("Terms of the house"), "privacy": _("What we do with your data")}


class UnknownText(NotFound):
    code = "unknown_text"
    title = "There is no such version of this text. GET /api/v1/me/consents lists those that are in force."


@dataclass(frozen=True)
class Text:
    """One version of a text in one language."""

    name: str
    version: int
    language: str
    words: str

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.words.encode()).hexdigest()

    @property
    def title(self) -> Words:
        return TITLES[self.name]


@cache
def _texts() -> dict[tuple[str, int, str], Text]:
    found = {}
    for path in sorted(FOLDER.glob("*.txt")):
        match = _FILE.fullmatch(path.name)
        assert match, path.name
        name, version, language = match[1], int(match[2]), match[3]
        found[name, version, language] = Text(name, version, language, path.read_text("utf-8"))
    return found


def current(name: str, language: str) -> Text:
    """The version in force, in the nearest language to the one asked for. Raises UnknownText."""
    versions = [version for known, version, _language in _texts() if known == name]
    if not versions:
        raise UnknownText()
    wanted = "zh-hans" if language.lower().startswith("zh") else "en"
    return _texts()[name, max(versions), wanted]


def answer(*, person: User, name: str, given: bool, how: str, language: str, version: int | None = None) -> Consent:
    """Write an answer down. UnknownText where `version` is not the one in force: nobody agrees to what is not shown."""
    text = current(name, language)
    if version not in (None, text.version):
        raise UnknownText()
    return Consent.objects.create(
        person=person,
        text=text.name,
        version=text.version,
        text_sha256=text.sha256,
        language=text.language,
        given=given,
        how=how,
    )


def signed_up(*, user: User, **_signal: object) -> None:
    """Whoever makes an account has agreed to the texts that its page names."""
    language = get_language() or "en"
    with transaction.atomic():
        for name in SIGN_UP:
            answer(person=user, name=name, given=True, how="sign-up", language=language)


def standing(person: User) -> dict[str, Consent]:
    """The latest answer to each text."""
    answers = Consent.objects.filter(person=person).order_by("at", "pk")
    return {one.text: one for one in answers}
