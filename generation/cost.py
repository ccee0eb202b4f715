"""What making costs: seconds of a device at its price. Knows nothing of what a piece is sold for."""

from decimal import Decimal

from django.conf import settings

__all__ = ["of"]

_STEP = Decimal("0.000001")


def of(seconds: float) -> Decimal:
    """The cost of so many device seconds in `CURRENCY`, at `DEVICE_PRICE_PER_HOUR`, to a millionth."""
    price: Decimal = settings.DEVICE_PRICE_PER_HOUR
    return (Decimal(str(round(seconds, 3))) * price / 3600).quantize(_STEP)
