"""Which currencies can be charged, their minor units and least amounts, after https://docs.stripe.com/currencies."""

from __future__ import annotations

from marketplace.payments.sandbox.errors import invalid

__all__ = ["LARGEST_AMOUNT_MINOR", "check_amount", "check_currency", "written"]

LARGEST_AMOUNT_MINOR = 99_999_999

_LISTED = {
    0: "bif clp djf gnf jpy kmf krw mga pyg rwf vnd vuv xaf xof xpf",
    2: "usd aed afn all amd aoa ars aud awg azn bam bbd bdt bgn bmd bnd bob brl bsd bwp byn bzd cad cdf chf cny cop "
    "crc cve czk dkk dop dzd egp etb eur fjd fkp gbp gel gip gmd gtq gyd hkd hnl htg huf idr ils inr isk jmd kes kgs "
    "khr kyd kzt lak lbp lkr lrd lsl mad mdl mkd mmk mnt mop mur mvr mwk mxn myr mzn nad ngn nio nok npr nzd pab pen "
    "pgk php pkr pln qar ron rsd rub sar sbd scr sek sgd shp sle sos srd std szl thb tjs top try ttd twd tzs uah ugx "
    "uyu uzs wst xcd yer zar zmw",
    3: "bhd jod kwd omr tnd",
}
_EXPONENTS = {code: exponent for exponent, codes in _LISTED.items() for code in codes.split()}
_LEAST_MINOR = {
    "aed": 200, "bgn": 100, "czk": 1500, "dkk": 250, "gbp": 30, "hkd": 400, "huf": 17500, "mxn": 1000, "myr": 200,
    "nok": 300, "pln": 200, "ron": 200, "sek": 300, "thb": 1000,
}  # fmt: skip
_LEAST_MINOR_ELSEWHERE = 50
_SIGNS = {"eur": "€", "usd": "$", "gbp": "£", "jpy": "¥", "cny": "CN¥"}


def check_currency(currency: str, *, param: str) -> str:
    """The code in lower case, or the refusal of one that Stripe does not know."""
    code = currency.lower()
    if code not in _EXPONENTS:
        known = ", ".join(sorted(_EXPONENTS))
        raise invalid(f"Invalid currency: {code}. Stripe currently supports these currencies: {known}", param=param)
    return code


def written(amount_minor: int, currency: str) -> str:
    """`€49.00`, `¥4900`, `KWD 4.900`: exact, by integer arithmetic."""
    decimals = _EXPONENTS[currency]
    whole, rest = divmod(amount_minor, 10**decimals)
    number = f"{whole:,}" + (f".{rest:0{decimals}d}" if decimals else "")
    return f"{_SIGNS[currency]}{number}" if currency in _SIGNS else f"{currency.upper()}\N{NO-BREAK SPACE}{number}"


def check_amount(amount_minor: int, currency: str) -> None:
    """Refuses what is too small to charge, too large to send, or finer than the currency's coins."""
    least = _LEAST_MINOR.get(currency, _LEAST_MINOR_ELSEWHERE)
    if amount_minor < least:
        raise invalid(
            f"The Checkout Session's total amount due must add up to at least {written(least, currency)} {currency}",
            code="amount_too_small",
        )
    if amount_minor > LARGEST_AMOUNT_MINOR:
        raise invalid(
            f"The Checkout Session's total amount due must be no more than {written(LARGEST_AMOUNT_MINOR, currency)}",
            code="amount_too_large",
        )
    if _EXPONENTS[currency] == 3 and amount_minor % 10:
        raise invalid(f"Amounts in {currency} must be a multiple of 10", code="parameter_invalid_integer")
