"""Serializer fields that mean the same everywhere: money, and seeds that are larger than a JSON number can be."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

__all__ = ["Money", "MoneyField", "SeedField"]


class MinorUnits(serializers.IntegerField):
    """A whole number and nothing that looks like one: "240.00" is an amount in another unit, and is refused."""

    def to_internal_value(self, data: Any) -> int:
        if isinstance(data, bool) or not isinstance(data, int):
            self.fail("invalid")
        return int(super().to_internal_value(data))


class Money(serializers.Serializer[Any]):
    """An amount in the smallest unit of its currency (ISO 4217)."""

    amount_minor = MinorUnits(min_value=0, max_value=10**12)
    currency = serializers.RegexField(r"^[A-Z]{3}\Z")


@extend_schema_field(Money(allow_null=True))
class MoneyField(serializers.Field[Any, Any, Any, Any]):
    """Reads `<name>_minor` and `currency` of the object; null where there is no amount. For output only."""

    def __init__(self, name: str, **options: Any) -> None:
        self.column = f"{name}_minor"
        super().__init__(source="*", read_only=True, **options)

    def to_representation(self, value: Any) -> dict[str, Any] | None:
        amount = getattr(value, self.column)
        return None if amount is None else {"amount_minor": amount, "currency": value.currency}


@extend_schema_field({"oneOf": [{"type": "string", "pattern": "^[0-9]{1,19}$"}, {"type": "integer", "minimum": 0}]})
class SeedField(serializers.Field[Any, Any, Any, Any]):
    """A whole number below 2⁶³, given as number or text and answered as text: JSON numbers are exact to 2⁵³ only."""

    default_error_messages = {"invalid": "A seed is a whole number from 0 to 9223372036854775807, as number or text."}

    def to_internal_value(self, data: Any) -> int:
        if isinstance(data, str) and data.isascii() and data.isdigit() and len(data) <= 19:
            data = int(data)
        if isinstance(data, bool) or not isinstance(data, int) or not 0 <= data < 2**63:
            self.fail("invalid")
        return int(data)

    def to_representation(self, value: int) -> str:
        return str(value)
