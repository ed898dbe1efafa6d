"""Money: ISO 4217 currencies and their exponents; integer minor units inside, major units outside.

Amounts are never summed across currencies without a declared rate; that is the caller's care.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation

# ISO 4217 list one (2026), exponent 2 unless named below. Currencies withdrawn in the last
# years stay known (BGN, HRK, ANG …), because old invoices carry them.
_TABLE = (
    "AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BOV BRL BSD BTN BWP "
    "BYN BZD CAD CDF CHE CHF CHW CLF CLP CNY COP COU CRC CUC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB "
    "EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD HKD HNL HRK HTG HUF IDR ILS INR IQD IRR ISK JMD JOD "
    "JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD MMK MNT MOP MRU "
    "MUR MVR MWK MXN MXV MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD "
    "RUB RWF SAR SBD SCR SDG SEK SGD SHP SLE SLL SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY "
    "TTD TWD TZS UAH UGX USD USN UYI UYU UYW UZS VED VES VND VUV WST XAF XCD XCG XOF XPF YER ZAR ZMW "
    "ZWG ZWL"
)
_CODES = frozenset(_TABLE.split())
_NO_MINOR = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF"
_THOUSANDTHS = "BHD IQD JOD KWD LYD OMR TND"
_EXPONENTS = (
    dict.fromkeys(_NO_MINOR.split(), 0) | dict.fromkeys(_THOUSANDTHS.split(), 3) | {"CLF": 4, "UYW": 4}
)
_LARGEST = 2**63 - 1


def is_currency(code: str) -> bool:
    """True for an ISO 4217 code in capitals ("EUR"); funds, metals and tests are none."""
    return code in _CODES


def exponent(currency: str) -> int:
    """Digits after the point: EUR 2, JPY 0, BHD 3. ValueError when it is no ISO 4217 code."""
    if currency not in _CODES:
        raise ValueError(f"not an ISO 4217 currency: {currency!r}")
    return _EXPONENTS.get(currency, 2)


def to_minor(amount: Decimal, currency: str) -> int:
    """Minor units of a major amount, halves away from zero: 12.345 EUR is 1235.

    Raises ValueError for NaN, infinity, an unknown currency, or more than the database can hold.
    """
    try:
        minor = int(amount.scaleb(exponent(currency)).quantize(Decimal(1), rounding=ROUND_HALF_UP))
    except (InvalidOperation, OverflowError, ValueError) as fault:
        raise ValueError(f"not an amount of {currency}: {amount}") from fault
    if abs(minor) > _LARGEST:
        raise ValueError(f"amount too large: {amount} {currency}")
    return minor


def to_major(amount: int, currency: str) -> float:
    """Major units of minor ones: 1235 EUR is 12.35."""
    digits = exponent(currency)
    return amount / 10**digits if digits else float(amount)


def twelfth(yearly: int) -> int:
    """A month's worth of a yearly amount in minor units, half up: for showing, never for adding up."""
    return (2 * yearly + 12) // 24


def twelfths(yearly: Sequence[int], total: int) -> list[int]:
    """A month's worth of each yearly amount in minor units, together exactly `total`; an amount of 0 stays 0.

    Largest remainder: all are rounded down, and the units that are missing go to the amounts that lost most. total:
    what the sum of the amounts is shown as, at most one unit from a twelfth of it. ValueError where it is further away.
    """
    found = [one // 12 for one in yearly]
    missing = total - sum(found)
    order = sorted((at for at, one in enumerate(yearly) if one % 12), key=lambda at: (-(yearly[at] % 12), at))
    if not 0 <= missing <= len(order):
        raise ValueError(f"{total} is no sum of twelfths of {list(yearly)}")
    for at in order[:missing]:
        found[at] += 1
    return found


def show(amount: float | Decimal, currency: str) -> str:
    """A major amount for people: "12,300", or "12,300.50" when it is not whole."""
    exact = Decimal(str(amount))
    if not exact.is_finite():
        raise ValueError(f"not an amount: {amount}")
    digits = exponent(currency)
    exact = exact.quantize(Decimal(1).scaleb(-digits), rounding=ROUND_HALF_UP)
    if exact == exact.to_integral_value():
        digits = 0
    text = f"{exact:,.{digits}f}"
    return "0" if text in ("-0", "0") else text
