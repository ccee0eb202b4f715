"""Traditional and simplified characters, by OpenCC's tables: one character for one, so that forms stay."""

from functools import cache

from opencc import OpenCC  # type: ignore[import-untyped]

__all__ = ["to_simplified", "to_traditional"]


@cache
def _converter(name: str) -> OpenCC:
    return OpenCC(name)


def to_simplified(text: str) -> str:
    """Traditional characters as simplified ones."""
    return _converted("t2s", text)


def to_traditional(text: str) -> str:
    """Simplified characters as traditional ones; where one has several, OpenCC decides by the phrase."""
    return _converted("s2t", text)


def _converted(name: str, text: str) -> str:
    converted = str(_converter(name).convert(text)) if text else ""
    # Phrases may come out longer or shorter; then character by character.
    return converted if len(converted) == len(text) else "".join(_single(name, character) for character in text)


def _single(name: str, character: str) -> str:
    converted = str(_converter(name).convert(character))
    return converted if len(converted) == 1 else character
