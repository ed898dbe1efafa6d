"""Catalogue C: what each cell becomes, or the ident it is set aside with."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cs_cli.definitions.shapes import SourceColumn
from cs_cli.intake.freemail import is_freemail
from cs_cli.intake.values import (
    BadValue,
    Decision,
    clean_key,
    currency_code,
    currency_in,
    damaged_id,
    decide,
    key_changed,
    make_converter,
)
from cs_cli.intake.values.text import plain_text

NULLS = frozenset(["", "-", "N/A", "n/a", "NULL", "null", "None", "(blank)"])


def one(
    text: str,
    decision: Decision | None = None,
    *,
    zone: str | None = None,
    here: str = "Europe/Amsterdam",
    currency: str | None = None,
    **spec: Any,
) -> Any:
    column = SourceColumn(**spec)
    convert = make_converter(
        column, decision or decide(column, [text], header="H"), timezone=zone, workspace_tz=here, null=NULLS
    )
    try:
        return convert(text) if currency is None else convert(text, currency)
    except BadValue as error:
        return error.ident


DAYS = [
    ("2026-11-01", {}, "2026-11-01"),
    ("2026-11-01 10:20", {}, "2026-11-01"),
    ("2026-11-01 10:20:30.123", {}, "2026-11-01"),
    ("2026/11/1", {}, "2026-11-01"),
    ("13/02/2026", {}, "2026-02-13"),
    ("02/13/2026", {}, "2026-02-13"),
    ("13.2.2026 9:05 PM", {}, "2026-02-13"),
    ("03/03/2026", {}, "2026-03-03"),
    ("12/31/26", {"century": True}, "2026-12-31"),
    ("31/12/69", {"century": True}, "1969-12-31"),
    ("01/02/2026", {"format": ["dmy"]}, "2026-02-01"),
    ("01/02/2026", {"format": ["MM/DD/YYYY"]}, "2026-01-02"),
    ("2026-11-01 10:20", {"format": ["YYYY-MM-DD HH:MM"]}, "2026-11-01"),
    ("01-02-2026", {"format": ["DD-MM-YYYY"]}, "2026-02-01"),
    ("Nov 5, 2026", {"format": ["MMM D, YYYY"]}, "2026-11-05"),
    ("5 Sept 2026", {"format": ["D MMM YYYY"]}, "2026-09-05"),
    ("20261105", {"format": ["YYYYMMDD"]}, "2026-11-05"),
    ("46000", {"format": ["excel"]}, "2025-12-09"),
    ("46000.5", {"format": ["excel"]}, "2025-12-09"),
    ("1798675200", {"format": ["unix"], "here": "UTC"}, "2026-12-31"),
    ("1798675200000", {"format": ["unix_ms"], "here": "UTC"}, "2026-12-31"),
    ("2026-11-01T23:30:00-08:00", {}, "2026-11-02"),
    ("2026-11-01T23:30:00Z", {}, "2026-11-02"),
    ("2026-11-01 23:30", {"zone": "UTC"}, "2026-11-02"),
    ("2026-11-01 23:30", {"zone": "UTC", "here": "America/New_York"}, "2026-11-01"),
    ("2026-11-01", {"zone": "UTC", "here": "America/New_York"}, "2026-11-01"),
    ("9999-12-31", {"map": {"9999-12-31": None}}, None),
    ("N/A", {}, None),
    ("never", {"empty": ["Never"]}, None),
    # row faults
    ("31/02/2026", {"format": ["dmy"]}, "IMP-110"),
    ("2026-02-29", {}, "IMP-110"),
    ("0000-00-00", {}, "IMP-112"),
    ("9999-12-31", {}, "IMP-112"),
    ("1899-12-30", {}, "IMP-112"),
    ("2569-11-05", {}, "IMP-112"),
    ("today", {"format": ["iso"]}, "IMP-110"),
    ("TBD", {"format": ["iso"]}, "IMP-110"),
    ("#REF!", {"format": ["iso"]}, "IMP-132"),
    ("2026-W01-1", {"format": ["iso"]}, "IMP-110"),
    ("２０２６-11-01", {"format": ["iso"]}, "IMP-110"),
    ("12/31/26", {"format": ["MM/DD/YY"]}, "IMP-113"),
    ("01/02/2026", {"format": ["dmy", "mdy"]}, "IMP-111"),
    ("2026-11-01 25:00", {"format": ["iso"]}, "IMP-110"),
    ("12", {"format": ["excel"]}, "IMP-112"),
]


@pytest.mark.parametrize(("text", "options", "expected"), DAYS)
def test_days(text: str, options: dict[str, Any], expected: str | None) -> None:
    assert one(text, type="day", **options) == expected


@pytest.mark.parametrize(
    ("text", "zone", "expected"),
    [
        ("2026-11-01T23:30:00-08:00", None, "2026-11-02T07:30:00Z"),
        ("2026-11-01 23:30", "America/New_York", "2026-11-02T04:30:00Z"),
        ("2026-11-01 23:30", None, "2026-11-01T22:30:00Z"),
    ],
)
def test_instants_are_kept_in_utc(text: str, zone: str | None, expected: str) -> None:
    assert one(text, type="instant", zone=zone) == expected


MONEY = [
    ("1,234.56", "USD", 123456),
    ("1.234,56", "EUR", 123456),
    ("1 234,56", "EUR", 123456),
    ("1\u00a0234,56", "EUR", 123456),
    ("1\u202f234,56", "EUR", 123456),
    ("1'234.56", "CHF", 123456),
    ("1’234.56", "CHF", 123456),
    ("1,23,456.00", "INR", 12345600),
    ("(1,234.00)", "USD", -123400),
    ("1234.5-", "USD", -123450),
    ("-$5", "USD", -500),
    ("$-5", "USD", -500),
    ("$ 1,234.00", "USD", 123400),
    ("($5.00)", "USD", -500),
    ("USD 5", "USD", 500),
    ("5 €", "EUR", 500),
    ("€5,50", "EUR", 550),
    ("−5.00", "USD", -500),
    ("$43,000,000.00", "USD", 4300000000),
    ("0", "EUR", 0),
    ("5", "JPY", 5),
    ("0.500", "BHD", 500),
    ("5.0", "JPY", 5),
    (".5", "USD", 50),
    ("-", "USD", None),
    ("", "USD", None),
    ("12k", "USD", "IMP-122"),
    ("1.2M", "USD", "IMP-122"),
    ("1e5", "USD", "IMP-120"),
    ("1E400", "USD", "IMP-120"),
    ("NaN", "USD", "IMP-120"),
    ("Infinity", "USD", "IMP-120"),
    ("0x10", "USD", "IMP-120"),
    ("1_000", "USD", "IMP-120"),
    ("１２", "USD", "IMP-120"),
    ("١٢", "USD", "IMP-120"),
    ("1.2OO,00", "EUR", "IMP-120"),
    ("99.999", "EUR", "IMP-107"),
    ("99.9999", "EUR", "IMP-124"),
    ("0.5", "JPY", "IMP-124"),
    ("99999999999999999999.00", "USD", "IMP-121"),
    ("$5", "EUR", "IMP-123"),
    ("5 €", "USD", "IMP-123"),
    ("--5", "USD", "IMP-120"),
    ("(-5)", "USD", "IMP-120"),
    ("1,2,3", "USD", "IMP-120"),
    ("#REF!", "USD", "IMP-132"),
]


@pytest.mark.parametrize(("text", "currency", "expected"), MONEY)
def test_money(text: str, currency: str, expected: object) -> None:
    if expected == "IMP-107":
        assert one(text, Decision(decimal="."), type="money", currency=currency) == "IMP-124"
    else:
        assert one(text, type="money", currency=currency) == expected


def test_money_in_minor_units_and_short_amounts() -> None:
    assert one("1234", type="money", cents=True, currency="EUR") == 1234
    assert one("1234.5", type="money", cents=True, currency="EUR") == "IMP-124"
    assert one("1.2M", type="money", format=["short"], currency="USD") == 120_000_000


@pytest.mark.parametrize(
    ("kind", "text", "expected"),
    [
        ("number", "1,234.5", 1234.5),
        ("number", "12.0", 12),
        ("number", "-1", -1),
        ("number", "1e5", "IMP-120"),
        ("number", "9223372036854775808", "IMP-121"),
        ("integer", "1,234", 1234),
        ("integer", "1.000", 1000),
        ("integer", "1,000", 1000),
        ("integer", "1.000,0", 1000),
        ("integer", "-2.000", -2000),
        ("integer", "0.000", 0),
        ("integer", "12.0", 12),
        ("integer", "12.5", "IMP-126"),
        ("integer", "1 234", 1234),
        ("percent", "12%", 0.12),
        ("percent", "12.5 %", 0.125),
        ("percent", "12", 0.12),
        ("hours", "12:30:00", 12.5),
        ("hours", "100:06", 100.1),
        ("hours", "1.5", 1.5),
        ("hours", "3 days", "IMP-152"),
        ("flag", "Y", 1),
        ("flag", "TRUE", 1),
        ("flag", "ja", 1),
        ("flag", "✓", 1),
        ("flag", "0", 0),
        ("flag", "No", 0),
        ("flag", "maybe", "IMP-150"),
        ("flag", "", None),
        ("text", "None", "None"),
        ("text", "null", "null"),
        ("text", "nan", "nan"),
        ("text", "True", "True"),
        ("text", "-", None),
        ("text", "  ", None),
        ("text", "0012", "0012"),
        ("text", "#REF!", "IMP-132"),
        ("text", "+31 20 123", "+31 20 123"),
        ("text", "Ac\u202eme", "Ac\u202eme"),
        ("text", "\ud800", "IMP-131"),
        ("domain", "https://www.Acme.com:8080/about?x=1", "acme.com"),
        ("domain", "ann@Acme.co.uk", "acme.co.uk"),
        ("domain", "acme.com.", "acme.com"),
        ("domain", "bücher.de", "xn--bcher-kva.de"),
        ("domain", "www.com", "www.com"),
        ("domain", "localhost", "IMP-141"),
        ("domain", "10.0.0.1", "IMP-141"),
        ("domain", "a b.com", "IMP-141"),
        ("email", " Ann.O'Hara+x@ACME.com ", "Ann.O'Hara+x@acme.com"),
        ("email", '"x"@y.zz', '"x"@y.zz'),
        ("email", "jörg@bücher.de", "jörg@bücher.de"),
        ("email", "a@b", "IMP-140"),
        ("email", "a@b..com", "IMP-140"),
        ("email", "a b@c.d", "IMP-140"),
        ("email", "a@b.com; c@d.com", "IMP-140"),
        ("email", "a@acme.com.", "IMP-140"),
        ("email", "x" * 65 + "@acme.com", "IMP-140"),
        ("email", "a@" + "b" * 250 + ".com", "IMP-140"),
        ("email", ".a@acme.com", "IMP-140"),
        ("email", "a\n@acme.com", "IMP-140"),
        ("email", "a@-acme.com", "IMP-140"),
    ],
)
def test_other_types(kind: str, text: str, expected: object) -> None:
    assert one(text, type=kind) == expected


def test_lists_give_their_first_entry_only_where_declared() -> None:
    assert one(";a@b.com; c@d.com", type="email", list=";") == "a@b.com"
    assert one("12;13", type="text", list=";") == "12"


def test_choices() -> None:
    words = {"Past due": "past_due", "active": "active", "": "unknown"}
    assert one("PAST  DUE", type="choice", map=words) == "past_due"
    assert one("", type="choice", map=words) == "unknown"
    assert one("frozen", type="choice", map=words) == "IMP-151"
    assert one("frozen", type="choice", map=words, otherwise="other") == "other"
    assert one("On Hold", type="choice") == "on_hold"


@pytest.mark.parametrize(
    ("text", "expected"), [("usd", "USD"), ("US$", "USD"), (" EUR ", "EUR"), ("€", "EUR")]
)
def test_currencies(text: str, expected: str) -> None:
    assert currency_code(text) == expected


@pytest.mark.parametrize("text", ["$", "EURO", "", "XXX", "kr"])
def test_what_is_no_currency(text: str) -> None:
    with pytest.raises(BadValue):
        currency_code(text)


def test_a_currency_in_the_amount() -> None:
    assert [currency_in(text) for text in ("5 €", "USD 5", "$5", "5")] == ["EUR", "USD", None, None]


def test_keys() -> None:
    assert clean_key(" 0012 ") == "0012"
    assert clean_key("Cafe\u0301\u200b") == "Café"
    assert clean_key("a\u00a0 b") == "a b"
    assert key_changed("a\u200bb")
    assert not key_changed("ab")
    for text in ("", "  ", "\u200b", "a\ufffe", "\ue000", "#REF!"):
        with pytest.raises(BadValue):
            clean_key(text)
    assert damaged_id("1.2346E+15")
    assert not damaged_id("12E4A")


def test_our_own_guard_against_formulas_is_undone() -> None:
    for text in ("=1+1", "@SUM(A1)", "+1+cmd", "-2+3", "\t=1", "＝1+1", ";=1"):
        assert plain_text("'" + text) == text
    for text in ("'t Hooft BV", "O'Hara", "'", "'quoted'"):
        assert plain_text(text) == text


def test_free_mail() -> None:
    assert is_freemail("Gmail.com")
    assert not is_freemail("acme.com")


@given(
    st.text(max_size=30),
    st.sampled_from(
        [
            "text",
            "number",
            "integer",
            "percent",
            "flag",
            "email",
            "domain",
            "choice",
            "hours",
            "day",
            "instant",
        ]
    ),
)
def test_any_text_is_read_or_refused(text: str, kind: str) -> None:
    spec = SourceColumn(type=kind)
    decision = Decision(formats=("iso", "ymd", "dmy"))
    convert = make_converter(spec, decision, timezone=None, workspace_tz="UTC", null=NULLS)
    try:
        convert(text)
    except BadValue as error:
        assert error.ident.startswith("IMP-1")
        assert error.expected


@given(st.text(max_size=30))
def test_any_amount_is_read_or_refused(text: str) -> None:
    convert = make_converter(
        SourceColumn(type="money"), Decision(), timezone=None, workspace_tz="UTC", null=NULLS
    )
    try:
        assert isinstance(convert(text, "EUR"), int | None)
    except BadValue as error:
        assert error.ident.startswith("IMP-1")
