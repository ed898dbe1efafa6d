"""Text made harmless, near names, money, the error catalogue."""

from __future__ import annotations

import unicodedata
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cs_cli.base import error_catalogue, money
from cs_cli.base.errors import CsError, UsageError
from cs_cli.base.near import did_you_mean, near
from cs_cli.base.safe_text import safe_text


@pytest.mark.parametrize(
    ("bad", "shown"),
    [
        ("\x1b[2J", "^[[2J"),
        ("\x1b]52;c;aGk=\x07", "^[]52;c;aGk=^G"),
        ("\x1b]8;;http://x\x1b\\", "^[]8;;http://x^[\\"),
        ("\x1bP1$r\x1b\\", "^[P1$r^[\\"),
        ("\x9b2J", "<U+009B>2J"),
        ("a\rb", "a^Mb"),
        ("a\bb", "a^Hb"),
        ("\x07", "^G"),
        ("\x00", "^@"),
        ("\x7f", "^?"),
        ("a\nb", "a⏎b"),
        ("a\r\nb", "a⏎b"),
        ("a\tb", "a^Ib"),
        ("\x0b\x0c", "^K^L"),
        ("\x85", "<U+0085>"),
        ("\u2028\u2029", "<U+2028><U+2029>"),
        ("\u202eexe", "<U+202E>exe"),
        ("\u2066\u2069\u200f\u061c", "<U+2066><U+2069><U+200F><U+061C>"),
        ("a\u200bb\u200d\ufeff", "a<U+200B>b<U+200D><U+FEFF>"),
        ("\u00ad", "<U+00AD>"),
        ("\u3164\u115f", "<U+3164><U+115F>"),
        ("\U000e0041", "<U+E0041>"),
        ("\ud800", "<U+D800>"),
        ("\U000e0100", "<U+E0100>"),
        ("\ue000", "<U+E000>"),
        ("\uffff", "<U+FFFF>"),
    ],
)
def test_made_visible(bad: str, shown: str) -> None:
    assert safe_text(bad) == shown


@pytest.mark.parametrize(
    "good", ["Acme & Söhne GmbH", "株式会社", "12\u00a0300 €", "שלום", "👍🏽", "[red]x[/x]", "é", ""]
)
def test_left_as_it_is(good: str) -> None:
    assert safe_text(good) == good


def test_other_types_limits_and_newlines() -> None:
    assert safe_text(None) == "None"
    assert safe_text(12.5) == "12.5"
    assert safe_text("abcdef", 4) == "abc…"
    assert safe_text("abcd", 4) == "abcd"
    assert safe_text("\r\n" * 10, 3) == "⏎⏎…"
    assert safe_text("a\r\nb\rc", newlines=True) == "a\nb^Mc"
    assert safe_text("abc", 0) == ""


@given(st.text(st.characters(), max_size=60), st.none() | st.integers(0, 20))
def test_nothing_odd_comes_out(text: str, limit: int | None) -> None:
    shown = safe_text(text, limit)
    assert not any(unicodedata.category(c) in ("Cc", "Cf", "Cs", "Zl", "Zp") for c in shown)
    assert limit is None or len(shown) <= limit
    assert safe_text(shown, limit) == shown


def test_near() -> None:
    names = ["usage_28d", "usage_change_28d", "tier", "arr", "mrr", "health"]
    assert near("usge_28d", names) == ["usage_28d"]
    assert near("teir", names) == ["tier"]
    assert near("ARR", names) == ["arr", "mrr"]
    assert near("helth", names, 1) == ["health"]
    assert near("zzzzzz", names) == []
    assert near("a", names) == []
    assert did_you_mean("helth", names) == '; did you mean "health"?'
    assert did_you_mean("zzzzzz", names) == ""


def test_a_name_that_was_begun_and_not_finished_is_proposed_whole() -> None:
    names = ["nps_latest", "nps_min_180d", "usage_change_28d"]
    assert did_you_mean("usage_change", names) == '; did you mean "usage_change_28d"?'
    assert did_you_mean("NPS", names) == '; did you mean "nps_latest"?'
    assert did_you_mean("np", names) == ""  # two letters begin too much


def slow_distance(a: str, b: str) -> int:
    table = {(i, j): max(i, j) for i in range(len(a) + 1) for j in range(len(b) + 1) if not i or not j}
    for i in range(1, len(a) + 1):
        for j in range(1, len(b) + 1):
            best = min(table[i - 1, j] + 1, table[i, j - 1] + 1, table[i - 1, j - 1] + (a[i - 1] != b[j - 1]))
            if i > 1 and j > 1 and a[i - 1] == b[j - 2] and a[i - 2] == b[j - 1]:
                best = min(best, table[i - 2, j - 2] + 1)
            table[i, j] = best
    return table[len(a), len(b)]


@given(st.text("abc", min_size=4, max_size=8), st.text("abc", max_size=9))
def test_near_is_two_slips(a: str, b: str) -> None:
    assert (near(a, [b]) == [b]) == (slow_distance(a, b) <= 2)


@pytest.mark.parametrize(
    ("amount", "currency", "minor"),
    [
        ("12.345", "EUR", 1235),
        ("-12.345", "EUR", -1235),
        ("12", "JPY", 12),
        ("1.2345", "BHD", 1235),
        ("0.1", "USD", 10),
        ("1", "CLF", 10000),
        ("1e3", "EUR", 100000),
    ],
)
def test_minor_units(amount: str, currency: str, minor: int) -> None:
    assert money.to_minor(Decimal(amount), currency) == minor


@pytest.mark.parametrize(
    ("amount", "currency"),
    [("NaN", "EUR"), ("Infinity", "EUR"), ("1", "EURO"), ("1e30", "EUR"), ("1e17", "EUR"), ("1", "eur")],
)
def test_no_amounts(amount: str, currency: str) -> None:
    with pytest.raises(ValueError):
        money.to_minor(Decimal(amount), currency)


@given(st.integers(-(10**12), 10**12), st.sampled_from(["EUR", "JPY", "KWD", "UYW"]))
def test_major_and_back(minor: int, currency: str) -> None:
    assert money.to_minor(Decimal(str(money.to_major(minor, currency))), currency) == minor


@pytest.mark.parametrize(
    ("amount", "currency", "text"),
    [
        (12300.0, "EUR", "12,300"),
        (12300.5, "EUR", "12,300.50"),
        (-0.001, "EUR", "0"),
        (-1234.5, "USD", "-1,234.50"),
        (1234.5, "JPY", "1,235"),
        (1.2345, "BHD", "1.235"),
        (0.1 + 0.2, "EUR", "0.30"),
    ],
)
def test_shown(amount: float, currency: str, text: str) -> None:
    assert money.show(amount, currency) == text


def test_currencies() -> None:
    assert [money.exponent(c) for c in ("EUR", "JPY", "BHD", "ISK", "CLF", "HUF")] == [2, 0, 3, 0, 4, 2]
    assert not money.is_currency("XXX")
    assert not money.is_currency("Eur")
    with pytest.raises(ValueError):
        money.exponent("EURO")


def test_the_catalogue_is_complete_and_found() -> None:
    entries = error_catalogue.catalogue()
    codes = {sub.code for sub in CsError.__subclasses__()} | {0, 20}
    for ident, entry in entries.items():
        assert entry.ident == ident
        assert entry.exit in codes, ident
        assert all(text.strip() for text in (entry.title, entry.cause, entry.example, entry.fix)), ident
    assert error_catalogue.lookup(" use-010 ") is entries["USE-010"]
    assert error_catalogue.lookup("XXX-999") is None


def test_errors_are_values_with_places() -> None:
    error = UsageError.of("USE-001", "no day", file="x.csv", line=3, value="31/02")
    assert (error.code, str(error), error.done) == (2, "[USE-001] no day", "nothing was changed")
    assert (error.faults[0].file, error.faults[0].line, error.faults[0].value) == ("x.csv", 3, "31/02")
    assert len({error, UsageError.of("USE-001", "no day")}) == 2
