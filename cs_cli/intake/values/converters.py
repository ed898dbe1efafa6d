"""One memoised function per column: text → the value that is stored."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from decimal import Decimal
from functools import lru_cache
from typing import Any

from cs_cli.definitions.shapes import SourceColumn
from cs_cli.intake.values.choice import choice, flag, hours
from cs_cli.intake.values.days import day_converter
from cs_cli.intake.values.email import domain_of, email_address
from cs_cli.intake.values.intervals import split_interval
from cs_cli.intake.values.model import BadValue, Decision
from cs_cli.intake.values.money import LIMIT, currency_code, currency_in, money_converter
from cs_cli.intake.values.numbers import parse_number, tidy
from cs_cli.intake.values.text import SHEET_ERRORS, WORDS, plain_text
from cs_cli.intake.values.written import (
    WRITTEN,
    months,
    notice,
    plain_amount,
    unit_in_format,
    written_day_converter,
    written_number,
)

MEMORY = 65_536  # distinct cells remembered per column


def make_converter(
    spec: SourceColumn, decision: Decision, *, timezone: str | None, workspace_tz: str, null: frozenset[str]
) -> Callable[..., Any]:
    """text → value, or None for an empty cell. A money column's converter takes (text, ISO currency).

    Days become ISO text, instants UTC text, money integer minor units, flags 0 or 1, percents
    fractions, numbers float (int when whole), choices what `map` says. Raises BadValue.
    Only `null` words (plus the column's own) are empty; words such as None stay in text columns.
    """
    mapped = {" ".join(key.split()).casefold(): value for key, value in spec.map.items()}
    words = {word.strip().casefold() for word in null}
    if spec.type == "text":
        words -= WORDS
    empty = frozenset(words | {word.strip().casefold() for word in spec.empty} | {""})

    def common(text: str) -> tuple[bool, Any]:
        """(settled, value): empty cells, mapped words, the entry of a list; spreadsheet errors are refused."""
        bare = " ".join(text.split()).casefold()
        if bare in mapped:
            return True, mapped[bare]
        if bare in empty:
            return True, None
        if bare.upper() in SHEET_ERRORS:
            raise BadValue("IMP-132", "a value", "a spreadsheet error")
        return False, None

    separator = spec.list

    def first(text: str) -> str:
        return next((part for part in text.split(separator) if part.strip()), "") if separator else text

    if spec.type == "money":
        amount = money_converter(
            decision.decimal, cents=spec.cents, short="short" in spec.format, dashes=decision.dashes,
            written=WRITTEN in spec.format,
            times=unit_in_format(spec.format),
        )

        def convert_money(text: str, currency: str) -> Any:
            settled, value = common(text := first(text))
            return value if settled else amount(text, currency)

        return lru_cache(maxsize=MEMORY)(convert_money)

    read = _reader(spec, decision, timezone, workspace_tz, mapped)

    def convert(text: str) -> Any:
        settled, value = common(text := first(text))
        return value if settled else read(text)

    return lru_cache(maxsize=MEMORY)(convert)


def _reader(
    spec: SourceColumn, decision: Decision, timezone: str | None, workspace_tz: str, mapped: dict[str, Any]
) -> Callable[[str], Any]:
    decimal, dashes = decision.decimal, decision.dashes
    if spec.type == "day" and WRITTEN in decision.formats:
        return written_day_converter(decision.formats)
    if spec.type in ("day", "instant"):
        return day_converter(
            decision.formats,
            # a decision has such a form where somebody said what the century is, now or for an earlier file
            century=spec.century or not {"dmyy", "mdyy"}.isdisjoint(decision.formats),
            timezone=timezone,
            workspace_tz=workspace_tz,
            instant=spec.type == "instant",
        )
    readers: dict[str, Callable[[str], Any]] = {
        "text": plain_text,
        "number": lambda text: _number(text, None if WRITTEN in spec.format else decimal, dashes),
        "integer": _integer,
        "percent": lambda text: _percent(text, decimal, dashes, Decimal(decision.scale)),
        "flag": flag,
        "email": email_address,
        "domain": domain_of,
        "choice": lambda text: choice(text, mapped, spec.otherwise),
        "hours": lambda text: hours(text, decimal, dashes),
        "currency": currency_code,
        "interval": lambda text: split_interval(text)[0],
        "every": lambda text: split_interval(text)[1],
        "months": months,
        "notice": notice,
        "mark": lambda text: currency_in(plain_amount(text)),
    }
    return readers[spec.type]


def _number(text: str, decimal: str | None, dashes: str) -> int | float:
    value = written_number(text) if decimal is None else parse_number(text, decimal, dashes)
    if value != value.to_integral_value():
        return float(value)
    if abs(value) > LIMIT:
        raise BadValue("IMP-121", "a number below 2^63", "too large")
    return int(value)


def _integer(text: str) -> int:
    """Whole numbers: a mark before three digits groups ("1.000" is a thousand), `.0` behind the number is let go."""
    text, found = tidy(text), []
    for decimal in (".", ","):
        with suppress(BadValue):
            value = parse_number(text, decimal)
            if value == value.to_integral_value() and abs(value) <= LIMIT:
                found.append(int(value))
    if not found:
        raise BadValue("IMP-126", "a whole number", "not a whole number")
    return max(found, key=abs)


def _percent(text: str, decimal: str, dashes: str, scale: Decimal) -> float:
    body = tidy(text)
    if body.endswith("%"):
        return float(parse_number(body[:-1].strip(), decimal, dashes) * Decimal("0.01"))
    return float(parse_number(body, decimal, dashes) * scale)
