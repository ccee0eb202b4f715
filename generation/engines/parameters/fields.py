"""The kinds of values that an engine can be asked for: each reads a JSON value into its one canonical form.

Fractions are decimal text, so that they are hashed and recorded as they were asked for. Pure: neither torch nor Django.
"""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any, Protocol

__all__ = [
    "MAX_SEED",
    "Choice",
    "Colour",
    "Field",
    "Flag",
    "Fraction",
    "Seed",
    "Several",
    "Table",
    "ValueRefused",
    "Whole",
    "Words",
]

MAX_SEED = 2**63 - 1


class ValueRefused(ValueError):
    """A value out of range. Its text completes the sentence “NAME must be …”."""


class Field(Protocol):
    """One parameter: its default (None: left out unless asked for), how it is read, and its JSON Schema."""

    @property
    def default(self) -> Any:
        """In canonical form."""

    def read(self, value: Any) -> Any:
        """The value in canonical form. Raises ValueRefused."""

    def schema(self) -> dict[str, Any]:
        """The JSON Schema of what may be asked."""


@dataclass(frozen=True)
class Whole:
    """A whole number from `low` to `high`; text of digits is taken too."""

    low: int
    high: int
    default: int | None = None

    def read(self, value: Any) -> int:
        if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= 19:
            value = int(value)
        if isinstance(value, bool) or not isinstance(value, int) or not self.low <= value <= self.high:
            raise ValueRefused(f"a whole number from {self.low} to {self.high}")
        return value

    def schema(self) -> dict[str, Any]:
        return {"type": "integer", "minimum": self.low, "maximum": self.high, "default": self.default}


@dataclass(frozen=True)
class Fraction:
    """A decimal from `low` to `high`, three places at most, as text."""

    low: str
    high: str
    default: str | None = None

    def read(self, value: Any) -> str:
        try:
            number = Decimal(str(value)) if isinstance(value, str | int | float | Decimal) else Decimal("NaN")
        except InvalidOperation:
            number = Decimal("NaN")
        if isinstance(value, bool) or not number.is_finite() or not Decimal(self.low) <= number <= Decimal(self.high):
            raise ValueRefused(f"a number from {self.low} to {self.high}")
        plain = format(number.quantize(Decimal("0.001")).normalize(), "f")
        return "0" if plain == "-0" else plain

    def schema(self) -> dict[str, Any]:
        pattern = r"^-?\d+(\.\d{1,3})?$"
        description = f"A decimal from {self.low} to {self.high}, as text."
        return {"type": "string", "pattern": pattern, "description": description, "default": self.default}


@dataclass(frozen=True)
class Seed:
    """A seed from 0 to 2⁶³ − 1 as text: canonical JSON (RFC 8785) has no whole numbers above 2⁵³."""

    default: str | None = None

    def read(self, value: Any) -> str:
        try:
            return str(Whole(0, MAX_SEED).read(value))
        except ValueRefused:
            raise ValueRefused("a whole number from 0 to 2^63 - 1") from None

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "pattern": r"^\d{1,19}$", "default": self.default}


@dataclass(frozen=True)
class Choice:
    """One of a few words."""

    options: tuple[str, ...]
    default: str | None = None

    def read(self, value: Any) -> str:
        if not isinstance(value, str) or value not in self.options:
            raise ValueRefused(f"one of {', '.join(self.options)}")
        return value

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "enum": list(self.options), "default": self.default}


@dataclass(frozen=True)
class Flag:
    """True or false."""

    default: bool | None = None

    def read(self, value: Any) -> bool:
        if not isinstance(value, bool):
            raise ValueRefused("true or false")
        return value

    def schema(self) -> dict[str, Any]:
        return {"type": "boolean", "default": self.default}


@dataclass(frozen=True)
class Words:
    """Text of `at_least` to `at_most` characters in NFC, without control characters; line feeds only where `lines`."""

    at_most: int
    at_least: int = 0
    lines: bool = False
    default: str | None = None

    def read(self, value: Any) -> str:
        refusal = ValueRefused(f"text of {self.at_least} to {self.at_most} characters without control characters")
        # Bounded before it is normalised: normalisation can be made to take long.
        if not isinstance(value, str) or len(value) > 4 * self.at_most:
            raise refusal
        text = unicodedata.normalize("NFC", value).strip()
        allowed = "\n" if self.lines else ""
        if not self.at_least <= len(text) <= self.at_most:
            raise refusal
        if any(unicodedata.category(letter) in ("Cc", "Cs", "Co", "Cn") and letter not in allowed for letter in text):
            raise refusal
        return text

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "minLength": self.at_least, "maxLength": self.at_most, "default": self.default}


@dataclass(frozen=True)
class Colour:
    """An sRGB colour as #RRGGBB."""

    default: str | None = None

    def read(self, value: Any) -> str:
        if not isinstance(value, str) or not re.fullmatch(r"#[0-9a-fA-F]{6}", value):
            raise ValueRefused("a colour such as #1D4FD7")
        return value.upper()

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "pattern": "^#[0-9a-fA-F]{6}$", "default": self.default}


@dataclass(frozen=True)
class Several:
    """A list of up to `at_most` values of one kind."""

    each: Field
    at_most: int
    at_least: int = 0
    default: list[Any] | None = None

    def read(self, value: Any) -> list[Any]:
        if not isinstance(value, list) or not self.at_least <= len(value) <= self.at_most:
            raise ValueRefused(f"a list of {self.at_least} to {self.at_most} values")
        try:
            return [self.each.read(item) for item in value]
        except ValueRefused as refused:
            raise ValueRefused(f"a list in which each is {refused}") from None

    def schema(self) -> dict[str, Any]:
        bounds = {"minItems": self.at_least, "maxItems": self.at_most}
        return {"type": "array", "items": self.each.schema(), **bounds, "default": self.default}


@dataclass(frozen=True)
class Table:
    """An object whose names are known, each with its own field; what is not asked for is left out."""

    fields: Mapping[str, Field]
    default: dict[str, Any] | None = field(default_factory=dict)

    def read(self, value: Any) -> dict[str, Any]:
        names = ", ".join(self.fields)
        if not isinstance(value, dict) or set(value) - set(self.fields):
            raise ValueRefused(f"an object with no other names than {names}")
        read = {}
        for name in sorted(value):
            try:
                read[name] = self.fields[name].read(value[name])
            except ValueRefused as refused:
                raise ValueRefused(f"an object whose {name} is {refused}") from None
        return read

    def schema(self) -> dict[str, Any]:
        properties = {name: known.schema() for name, known in self.fields.items()}
        return {"type": "object", "properties": properties, "additionalProperties": False}
