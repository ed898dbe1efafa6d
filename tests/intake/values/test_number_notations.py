"""Every rendering of a number in a notation reads back; what can be read two ways is asked about."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cs_cli.definitions.shapes import SourceColumn
from cs_cli.intake.values import BadValue, MixedFormats, Undecidable, decide, make_converter
from cs_cli.intake.values.money import currency_in, split_money
from cs_cli.intake.values.numbers import parse_number

DASHES = ("-", "--", "\u2010", "\u2011", "\u2012", "\u2013", "\u2014", "\u2014\u2014", "\u2212", "\uff0d")
# (what groups, the decimal mark) of one notation
NOTATIONS = ((",", "."), (".", ","), (" ", ","), ("\u00a0", ","), ("'", "."), ("\u2019", "."), ("", ","), ("", "."))
CURRENCIES = ("{}", "€ {}", "{} €", "EUR {}", "{} EUR", "€{}", "{}€")
whole_numbers = st.integers(0, 10**12)


def grouped(number: int, mark: str) -> str:
    return f"{number:,}".replace(",", mark)


def read(cells: list[str], cell: str, **spec: object) -> int:
    column = SourceColumn(type="money", **spec)  # type: ignore[arg-type]
    decision = decide(column, cells, header="Amount")
    convert = make_converter(column, decision, timezone=None, workspace_tz="UTC", null=frozenset())
    return int(convert(cell, "EUR"))


@given(whole_numbers, st.sampled_from(NOTATIONS), st.sampled_from(DASHES), st.sampled_from(CURRENCIES))
def test_a_dash_behind_the_decimal_mark_is_no_cents(
    number: int, notation: tuple[str, str], dash: str, currency: str
) -> None:
    group, decimal = notation
    text = currency.format(f"{grouped(number, group)}{decimal}{dash}")
    assert read([text], text) == number * 100


@given(
    st.integers(1, 10**12), st.integers(0, 99), st.sampled_from(NOTATIONS), st.sampled_from(CURRENCIES),
    st.sampled_from(["-{}", "{}-", "({})", "- {}", "{} -"]),
)
def test_a_minus_before_or_behind_the_digits_is_a_minus(
    number: int, cents: int, notation: tuple[str, str], currency: str, sign: str
) -> None:
    group, decimal = notation
    text = currency.format(sign.format(f"{grouped(number, group)}{decimal}{cents:02}"))
    try:
        assert read([text], text) == -(number * 100 + cents)
    except BadValue:
        assert currency != "{}" and sign in ("({})", "- {}", "{} -")  # set aside: a price hardly looks like that


@given(st.integers(1, 10**9), st.sampled_from(NOTATIONS), st.sampled_from(["-{}", "({})"]))
def test_round_and_below_zero_at_once(number: int, notation: tuple[str, str], sign: str) -> None:
    group, decimal = notation
    text = sign.format(f"{grouped(number, group)}{decimal}-")
    assert read([text], text) == -number * 100


@given(st.lists(whole_numbers, min_size=1, max_size=5), st.integers(1, 10**9), st.sampled_from(NOTATIONS))
def test_both_kinds_of_dashes_are_asked_about(numbers: list[int], below: int, notation: tuple[str, str]) -> None:
    group, decimal = notation
    cells = [f"{grouped(number, group)}{decimal}-" for number in numbers] + [f"{below}-"]
    with pytest.raises(MixedFormats) as asked:
        read(cells, cells[0])
    assert asked.value.ident == "IMP-114"
    assert "--dashes cents" in asked.value.next and "--dashes minus" in asked.value.next
    assert read(cells, cells[0], dashes="cents") == numbers[0] * 100
    assert read(cells, cells[0], dashes="minus") == -numbers[0] * 100
    assert read(cells, cells[-1], dashes="cents") == read(cells, cells[-1], dashes="minus") == -below * 100


@given(st.integers(1, 999), st.sampled_from([(".", ","), (",", ".")]))
def test_a_thousand_beside_a_bare_dash_is_asked_about(number: int, marks: tuple[str, str]) -> None:
    """50.- says that the point is the decimal mark of 50; its writer may group 1.200 with a point all the same."""
    _, decimal = marks
    with pytest.raises(Undecidable) as asked:
        read([f"{number}{decimal}-", f"1{decimal}200"], f"1{decimal}200")
    assert asked.value.ident == "IMP-107"
    other = "," if decimal == "." else "."
    assert read([f"{number}{decimal}-", f"1{other}200"], f"1{other}200") == 120_000
    assert read([f"{number}{decimal}-", f"1{decimal}20", f"1{decimal}200"], f"1{decimal}200") == 120


@pytest.mark.parametrize(
    ("text", "currency", "value"),
    [
        ("kr 100,-", "DKK", "100"), ("kr. 1.200,-", "DKK", "1200"), ("100,- kr", "SEK", "100"),
        ("100,-kr", "NOK", "100"), ("CHF 50.—", "CHF", "50"), ("CHF 1'200.-", "CHF", "1200"),
        ("Fr. 50.--", "CHF", "50"), ("SFr. 50.-", "CHF", "50"), ("100,- Kč", "CZK", "100"),
        ("1 200,- Kč", "CZK", "1200"), ("100:-", "SEK", "100"), ("1 200:- kr", "SEK", "1200"),
        ("(€ 50,-)", "EUR", "-50"), ("€ -50,-", "EUR", "-50"), ("200-", "EUR", "-200"),
        ("1.234,56-", "EUR", "-1234.56"), ("200- EUR", "EUR", "-200"), ("EUR 200-", "EUR", "-200"), ("0,-", "EUR", "0"),
    ],
)
def test_prices_as_hands_write_them(text: str, currency: str, value: str) -> None:
    column = SourceColumn(type="money")
    decision = decide(column, [text], header="Amount")
    convert = make_converter(column, decision, timezone=None, workspace_tz="UTC", null=frozenset())
    assert convert(text, currency) == int(Decimal(value) * 100)


@pytest.mark.parametrize(
    "text", ["€ 50,- p.m.", "50,-k", "50,---", "1.200.-", "50,-5", "-50-", "--50", ",-", ".-", "50-,"]
)
def test_what_is_no_amount_stays_none(text: str) -> None:
    for decimal in (".", ","):
        with pytest.raises(BadValue):
            parse_number(split_money(text)[0], decimal)


@pytest.mark.parametrize("kind", ["number", "percent"])
def test_quantities_and_percents_with_the_same_notation(kind: str) -> None:
    column = SourceColumn(type=kind)
    cells = ["10,-", "12,5", "1.200,-"]
    decision = decide(column, cells, header="Seats")
    convert = make_converter(column, decision, timezone=None, workspace_tz="UTC", null=frozenset())
    share = 100 if kind == "percent" else 1
    assert [convert(cell) for cell in cells] == [10 / share, 12.5 / share, 1200 / share]
    with pytest.raises(MixedFormats):
        decide(column, [*cells, "3-"], header="Seats")


def test_a_dash_before_the_mark_beside_dashes_for_cents_is_asked_about() -> None:
    """-,50 is 50 cents of a hand that writes 2,- and minus 50 cents of a program."""
    assert read(["2,00", "-,50"], "-,50") == -50
    with pytest.raises(MixedFormats) as asked:
        read(["2,-", "-,50"], "-,50")
    assert asked.value.ident == "IMP-114"
    assert read(["2,-", "-,50"], "-,50", dashes="minus") == -50


def test_a_declared_decimal_mark_does_not_settle_the_dashes() -> None:
    with pytest.raises(MixedFormats):
        read(["50,-", "200-"], "50,-", decimal=",")


def test_the_currency_beside_a_dash_is_found() -> None:
    assert currency_in("€ 1.200,-") == "EUR" and currency_in("50.-- SFr.") == "CHF" and currency_in("100,- Kč") == "CZK"
