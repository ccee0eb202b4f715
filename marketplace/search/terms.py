"""Texts as terms: words without case, accents and plurals; Chinese, which has no spaces, as pairs of characters."""

import re
import unicodedata

__all__ = ["LONGEST", "is_word", "terms"]

LONGEST = 40
_HAN = r"\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff"
_RUN = re.compile(rf"[{_HAN}]+|[^\W_{_HAN}]+")
_IS_HAN = re.compile(f"[{_HAN}]")


def terms(text: str, *, asked: bool = False) -> list[str]:
    """In their order, with repetitions. Of `窑暮色` these are 窑暮, 暮色 and 色, so that one character finds it too.

    `asked`: of what somebody looks for, without that last one unless it stands alone.
    """
    found: list[str] = []
    for run in _RUN.findall(_plain(text)):
        if _IS_HAN.match(run):
            last = len(run) - 1 if asked and len(run) > 1 else len(run)
            found += [run[place : place + 2] for place in range(last)]
        else:
            found.append(_singular(run)[:LONGEST])
    return found


def is_word(term: str) -> bool:
    """Whether it is a word with letters and spaces around it, and no pair of characters."""
    return not _IS_HAN.match(term)


def _singular(word: str) -> str:
    """The S stemmer (Harman 1991, How effective is suffixing?): it takes plurals off and nothing else."""
    if word.endswith("ies") and not word.endswith(("eies", "aies")):
        return word[:-3] + "y"
    if word.endswith("es") and not word.endswith(("aes", "ees", "oes")):
        return word[:-1]
    return word[:-1] if word.endswith("s") and not word.endswith(("us", "ss")) and len(word) > 2 else word


def _plain(text: str) -> str:
    apart = unicodedata.normalize("NFKD", text).casefold()
    return unicodedata.normalize("NFC", "".join(one for one in apart if not unicodedata.combining(one)))
