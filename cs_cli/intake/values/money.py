"""Amounts of money: text and a currency → exact integer minor units."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from functools import lru_cache

from cs_cli.base.money import exponent, is_currency
from cs_cli.intake.values.model import BadValue
from cs_cli.intake.values.numbers import evidence, has_no_cents, parse_number, tidy, unsigned
from cs_cli.intake.values.written import plain_amount, written_number

LIMIT = 2**63 - 1
_SIGNS = {
    "€": "EUR",
    "£": "GBP",
    "₹": "INR",
    "₩": "KRW",
    "₪": "ILS",
    "₺": "TRY",
    "₽": "RUB",
    "฿": "THB",
    "zł": "PLN",
    "Kč": "CZK",
    "Ft": "HUF",
    "₴": "UAH",
    "₫": "VND",
    "₱": "PHP",
    "₦": "NGN",
    "US$": "USD",
    "A$": "AUD",
    "AU$": "AUD",
    "C$": "CAD",
    "CA$": "CAD",
    "NZ$": "NZD",
    "HK$": "HKD",
    "S$": "SGD",
    "R$": "BRL",
    "MX$": "MXN",
    "CHF": "CHF",
    "Fr.": "CHF",
    "SFr.": "CHF",
    "kr": "",
    "kr.": "",
    "$": "",
    "¥": "",
    "￥": "",
}
# Signs that several currencies share; a row must say which one it is.
_SHARED = {
    "$": ("USD", "CAD", "AUD", "NZD", "SGD", "HKD", "MXN", "ARS", "CLP", "COP", "TWD"),
    "¥": ("JPY", "CNY"),
    "￥": ("JPY", "CNY"),
    "kr": ("SEK", "NOK", "DKK", "ISK"),
    "kr.": ("DKK", "SEK", "NOK", "ISK"),
}


@lru_cache(maxsize=1)
def _signs() -> re.Pattern[str]:
    named = "|".join(re.escape(sign) for sign in sorted(_SIGNS, key=len, reverse=True))
    return re.compile(
        rf"(?P<lead>{named}|[A-Za-z]{{3}}(?![A-Za-z]))? ?(?P<body>[-+(]?[0-9.,(][0-9., ')-]*?(?:[.,]--?)?[kKmM]?) ?"
        rf"(?P<tail>{named}|[A-Za-z]{{3}})?(?P<close>-|\))?"
    )


def currency_code(text: str) -> str:
    """The ISO code for `usd`, `US$`, `EUR`, `€`. Raises BadValue for anything else, also for a bare `$`."""
    text = text.strip()
    code = _SIGNS.get(text) or text.upper()
    if not is_currency(code):
        raise BadValue("IMP-125", "an ISO currency code such as EUR", "not a currency")
    return code


def split_money(text: str) -> tuple[str, str | None]:
    """(the number with its sign, the currency mark as written or None): `-$5`, `$ 1,234`, `USD 5`, `5 €`, `($5)`.

    A dash for cents stays behind the number: `kr 100,-` is ("100,-", "kr").
    """
    body, negative = unsigned(tidy(text))
    found = _signs().fullmatch(body)
    if found is None or (found["lead"] and found["tail"]) or found["close"]:
        return tidy(text), None
    inner, minus = unsigned(found["body"])
    if minus and negative:
        return tidy(text), None
    return ("-" if negative or minus else "") + inner, found["lead"] or found["tail"]


def currency_in(text: str) -> str | None:
    """The one ISO currency an amount names itself (`5 €`, `USD 5`), else None."""
    mark = split_money(text)[1]
    code = (_SIGNS.get(mark) or mark.upper()) if mark else ""
    return code if code and is_currency(code) else None


def has_no_decimals(code: str | None) -> bool:
    """Is this a currency that has no smaller unit, such as JPY or KRW? Its amounts are whole; None is no currency."""
    return code is not None and is_currency(code) and exponent(code) == 0


def written_amount(text: str) -> tuple[Decimal, str | None]:
    """An amount as a person writes it: see written.py."""
    number, mark = split_money(plain_amount(text))
    factor = {"k": 1_000, "m": 1_000_000}.get(number[-1:].lower(), 1)
    if factor == 1:
        return written_number(number), mark
    short = number[:-1]
    if evidence(unsigned(short)[0]) == "?":
        raise BadValue("IMP-122", "the whole amount", "thousands or decimals before k or M")
    return written_number(short) * factor, mark


def _amount(text: str, decimal: str, short: bool, dashes: str) -> tuple[Decimal, str | None]:
    number, mark = split_money(text)
    factor = {"k": 1_000, "m": 1_000_000}.get(number[-1:].lower(), 1)
    if factor > 1:
        if not short:
            raise BadValue(
                "IMP-122", "the whole amount, or `format: short` in the mapping", "k or M stands for zeros"
            )
        if has_no_cents(number):
            raise BadValue("IMP-120", "the whole amount", "not a number")  # 50,-k is no amount of thousands
        number = number[:-1]
    return parse_number(number, decimal, dashes) * factor, mark


def money_converter(
    decimal: str, *, cents: bool = False, short: bool = False, dashes: str = "cents", written: bool = False,
    times: int = 1,
) -> Callable[[str, str], int]:
    """(text, ISO currency) → minor units. dashes: see parse_number; written: each cell by itself; times: what one
    stands for, unless a cell says its own k or M. Raises BadValue."""

    def convert(text: str, currency: str) -> int:
        value, mark = written_amount(text) if written else _amount(text, decimal, short, dashes)
        if times > 1 and split_money(plain_amount(text))[0][-1:].lower() not in ("k", "m"):
            value *= times
        if written and exponent(currency) > 2 and evidence(unsigned(split_money(text)[0])[0]) == "?":
            raise BadValue("IMP-107", f"an amount of {currency} with its decimals", "reads two ways")
        if mark:
            code = _SIGNS.get(mark, mark.upper())
            fits = currency in _SHARED[mark] if mark in _SHARED else code == currency
            if not fits:
                raise BadValue("IMP-123", f"an amount in {currency}", f"the amount is in {mark}")
        digits = 0 if cents else exponent(currency)
        minor = value.scaleb(digits)
        if minor != minor.to_integral_value():
            raise BadValue("IMP-124", f"at most {digits} decimals", f"more decimals than {currency} has")
        if abs(minor) > LIMIT:
            raise BadValue("IMP-121", "an amount below 2^63 minor units", "too large")
        return int(minor)

    return convert
