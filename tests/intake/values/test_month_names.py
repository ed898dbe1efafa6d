"""Days with the name of their month, in the languages of the first customers, without a flag."""

from __future__ import annotations

import pytest

from cs_cli.definitions.shapes import SourceColumn
from cs_cli.intake.values import MixedFormats, Undecidable, decide, make_converter
from cs_cli.intake.values.days import parse
from cs_cli.intake.values.month_names import FORM, month_number


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("02-Jan-2025", "2025-01-02"), ("02-Jan-25", "2025-01-02"), ("2-JAN-25", "2025-01-02"),
        ("Jan 13 2025", "2025-01-13"), ("June 30, 2027", "2027-06-30"), ("Sep 5th, 2026", "2026-09-05"),
        ("Sept. 5, 2026", "2026-09-05"), ("Mon, 13 Jan 2025 10:15:00 +0000", "2025-01-13"),
        ("13. Oktober 2026", "2026-10-13"), ("5. März 2026", "2026-03-05"), ("5-Mrz-26", "2026-03-05"),
        ("13-Dez-2026", "2026-12-13"), ("Montag, 5. Jänner 2026", "2026-01-05"),
        ("1er août 2026", "2026-08-01"), ("15 janv. 2026", "2026-01-15"), ("3 févr. 2026", "2026-02-03"),
        ("30 juin 2026", "2026-06-30"), ("30 juil. 2026", "2026-07-30"), ("12 DÉC. 2026", "2026-12-12"),
        ("2 de enero de 2026", "2026-01-02"), ("15-ago-26", "2026-08-15"), ("1º de abril de 2026", "2026-04-01"),
        ("5 de março de 2026", "2026-03-05"), ("7 out 2026", "2026-10-07"), ("9 de set. de 2026", "2026-09-09"),
        ("sexta-feira, 25 de dezembro de 2026", "2026-12-25"), ("2025-Jan-02", "2025-01-02"),
        ("5 mei 2026", "2026-05-05"), ("5 giugno 2026", "2026-06-05"),
    ],
)  # fmt: skip
def test_a_day_with_its_months_name_is_read(text: str, day: str) -> None:
    decision = decide(SourceColumn(type="day"), [text], header="Renews")
    read = make_converter(SourceColumn(type="day"), decision, timezone=None, workspace_tz="UTC", null=frozenset())
    assert read(text) == day


@pytest.mark.parametrize(
    "text", ["Jan-25", "January 2027", "13 jui 2025", "31-Feb-2026", "Q3 2026", "May", "5 Νοε 2026"]
)
def test_what_is_no_whole_day_is_none(text: str) -> None:
    """A month alone, a beginning of two months' names, a day that no calendar has."""
    assert parse(text, FORM) is None


def test_an_accent_or_its_lack_and_any_case_is_one_month() -> None:
    assert {month_number(word) for word in ("août", "AOÛT", "aout", "Aug", "agosto", "ago")} == {8}
    assert month_number("jui") is None and month_number("ja") is None


def test_names_stand_beside_days_that_begin_with_the_year_or_are_in_a_proven_order() -> None:
    spec = SourceColumn(type="day")
    decision = decide(spec, ["2026-01-31", "2 Feb 2026", "June 30, 2027"], header="Renews")
    read = make_converter(spec, decision, timezone=None, workspace_tz="UTC", null=frozenset())
    assert [read("2026-01-31"), read("2 Feb 2026")] == ["2026-01-31", "2026-02-02"]
    decision = decide(spec, ["31/01/2026", "01/02/2026", "2 Feb 2026"], header="Renews")
    read = make_converter(spec, decision, timezone=None, workspace_tz="UTC", null=frozenset())
    assert [read("01/02/2026"), read("2 Feb 2026")] == ["2026-02-01", "2026-02-02"]


def test_a_name_proves_no_order_of_numbers() -> None:
    with pytest.raises(Undecidable) as asked:
        decide(SourceColumn(type="day"), ["2 Feb 2026", "03/04/2026"], header="Renews")
    assert asked.value.ident == "IMP-101"
    with pytest.raises(MixedFormats):
        decide(SourceColumn(type="day"), ["2 Feb 2026", "2026-01-01", "13/04/2026"], header="Renews")


@pytest.mark.parametrize(
    ("text", "day"),
    [("2026/05/01 9:15:30 PM GMT+1", "2026-05-01"), ("2026/05/01 11:15:30 PM GMT-5", "2026-05-02"),
     ("2026-05-01 00:15 GMT+5:30", "2026-04-30"), ("2026-05-01 23:15 UTC+02:00", "2026-05-01")],
)  # fmt: skip
def test_zones_as_google_writes_them(text: str, day: str) -> None:
    decision = decide(SourceColumn(type="day"), [text], header="Timestamp")
    read = make_converter(SourceColumn(type="day"), decision, timezone=None, workspace_tz="UTC", null=frozenset())
    assert read(text) == day
