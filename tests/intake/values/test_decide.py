"""Whole-column decisions: one reading fits, or the question is asked with both readings."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cs_cli.definitions.shapes import SourceColumn
from cs_cli.intake.values import (
    MixedFormats,
    Undecidable,
    decide,
    make_converter,
    make_observer,
    needs_decision,
)

ASKED = [
    ("C1 order", "day", {}, ["01/02/2026", "03/04/2026"], "IMP-101"),
    ("C1 dots", "day", {}, ["01.02.2026"], "IMP-101"),
    ("C4 two digits", "day", {}, ["12/31/26"], "IMP-104"),
    ("C5 serial", "day", {}, ["46000", "46001.5"], "IMP-105"),
    ("unix", "day", {}, ["1798675200"], "IMP-105"),
    ("C7 names", "day", {}, ["Nov 2026"], "IMP-106"),
    ("C11 mark", "money", {}, ["1,234", "5,678"], "IMP-107"),
    ("C11 point", "number", {}, ["1.234", "5"], "IMP-107"),
    ("C16 fraction", "percent", {}, ["0.5", "0.12"], "IMP-109"),
]
MIXED = [
    ("C2 orders", "day", {}, ["13/02/2026", "02/13/2026"], "IMP-102"),
    ("year first and last", "day", {}, ["2026-02-13", "13/02/2026"], "IMP-102"),
    ("C6 zones", "day", {}, ["2026-11-01T10:00:00Z", "2026-11-01T10:00:00"], "IMP-103"),
    ("C11 marks", "money", {}, ["1,234.56", "1.234,56"], "IMP-108"),
    ("C16 sign", "percent", {}, ["12%", "0.12"], "IMP-109"),
    ("C16 scale", "percent", {}, ["12", "0.12"], "IMP-109"),
]


@pytest.mark.parametrize(
    ("kind", "options", "cells", "ident"), [row[1:] for row in ASKED], ids=[r[0] for r in ASKED]
)
def test_two_readings_are_asked_about(
    kind: str, options: dict[str, Any], cells: list[str], ident: str
) -> None:
    with pytest.raises(Undecidable) as caught:
        decide(SourceColumn(type=kind, **options), cells, header="H")
    assert caught.value.ident == ident
    assert caught.value.sample == cells[0]
    assert "'H'" in caught.value.next or "column" in caught.value.next


def test_both_readings_are_shown() -> None:
    with pytest.raises(Undecidable) as caught:
        decide(SourceColumn(type="day"), ["01/02/2026"], header="Start")
    assert caught.value.readings == ("2026-02-01 (day first)", "2026-01-02 (month first)")
    assert "dmy" in caught.value.next
    with pytest.raises(Undecidable) as caught:
        decide(SourceColumn(type="money"), ["1,234"], header="MRR")
    assert caught.value.readings == ("1234 (decimal point)", "1.234 (decimal comma)")


@pytest.mark.parametrize(
    ("kind", "options", "cells", "ident"), [row[1:] for row in MIXED], ids=[r[0] for r in MIXED]
)
def test_contradictions_are_named_with_their_lines(
    kind: str,
    options: dict[str, Any],
    cells: list[str],
    ident: str,
) -> None:
    observe = make_observer(SourceColumn(type=kind, **options), "H")
    for line, cell in enumerate(cells, 2):
        observe(cell, line)
    with pytest.raises(MixedFormats) as caught:
        observe.decide()
    assert caught.value.ident == ident
    places = {place for seen in caught.value.seen.values() for place in seen.places}
    assert {(2, cells[0]), (3, cells[1])} <= places


@pytest.mark.parametrize(
    ("cells", "decimal"),
    [
        (["1,234", "1.5"], "."),
        (["1.234", "1,5"], ","),
        (["1,234,567"], "."),
        (["1.234.567"], ","),
        (["1 234,56"], ","),
        (["12", "5"], "."),
        (["0.125"], "."),
        (["1234.567"], "."),
        (["12,5 €"], ","),
        (["($1,234.00)"], "."),
        (["1,234", "no number", "2.50"], "."),
    ],
)
def test_the_decimal_mark_is_found(cells: list[str], decimal: str) -> None:
    assert decide(SourceColumn(type="money"), cells, header="H").decimal == decimal


@pytest.mark.parametrize(
    ("cells", "formats"),
    [
        (["01/02/2026", "13/02/2026"], ("dmy",)),
        (["01/02/2026", "02/13/2026"], ("mdy",)),
        (["05/05/2026"], ("dmy",)),
        (["2026-01-02", "TBD", "46000"], ("iso", "ymd")),
        ([], ("iso", "ymd")),
        (["", "N/A"], ("iso", "ymd")),
    ],
)
def test_the_order_is_found(cells: list[str], formats: tuple[str, ...]) -> None:
    assert decide(SourceColumn(type="day"), cells, header="H").formats == formats


def test_declared_columns_need_no_look() -> None:
    assert not needs_decision(SourceColumn(type="day", format=["dmy"]))
    assert needs_decision(SourceColumn(type="money", decimal="."))  # what its dashes mean
    assert not needs_decision(SourceColumn(type="money", decimal=".", dashes="cents"))
    assert not needs_decision(SourceColumn(type="text"))
    assert needs_decision(SourceColumn(type="day", format=["auto"]))
    assert (
        decide(SourceColumn(type="percent", format=["fraction"], decimal="."), ["0.5"], header="H").scale
        == "1"
    )
    assert (
        decide(
            SourceColumn(type="day", format=["MMM D, YYYY", "auto"]),
            ["Nov 5, 2026", "2026-11-01"],
            header="H",
        ).formats[0]
        == "MMM D, YYYY"
    )


@pytest.mark.parametrize("order", ["dmy", "mdy"])
def test_a_declared_order_also_reads_the_year_first(order: str) -> None:
    """The same table from another writer: a day that begins with its year cannot be misread."""
    spec = SourceColumn(type="day", format=[order])
    read = make_converter(spec, decide(spec, [], header="H"), timezone=None, workspace_tz="UTC", null=frozenset())
    first = {"dmy": "05-06-2026", "mdy": "06-05-2026"}[order]
    assert {read(text) for text in (first, "2026-06-05", "2026-06-05 10:00:00")} == {"2026-06-05"}


def test_percents_are_fractions_where_the_cells_leave_it_open() -> None:
    spec = SourceColumn(type="percent", format=["auto", "fraction"])
    assert [decide(spec, cells, header="H").scale for cells in (["0.1", "0.25"], ["10", "25"], ["10%"])] == [
        "1", "0.01", "0.01"
    ]
    with pytest.raises(Undecidable):
        decide(spec, ["1"], header="H")
    with pytest.raises(MixedFormats):
        decide(spec, ["0.5", "25"], header="H")


def test_mapped_cells_decide_nothing() -> None:
    spec = SourceColumn(type="day", map={"01/01/0001": None}, empty=["00/00/0000"])
    assert decide(spec, ["01/01/0001", "00/00/0000", "2026-01-02"], header="H").formats == ("iso", "ymd")


WRITERS = {
    "dmy": "{0.day:02}/{0.month:02}/{0.year}",
    "mdy": "{0.month:02}/{0.day:02}/{0.year}",
    "iso": "{0.year:04}-{0.month:02}-{0.day:02}",
    "ymd": "{0.year:04}.{0.month}.{0.day}",
}


@given(
    st.lists(st.dates(date(1950, 1, 1), date(2100, 1, 1)), min_size=1, max_size=8),
    st.sampled_from(sorted(WRITERS)),
)
def test_days_come_back_or_are_asked_about(days: list[date], style: str) -> None:
    cells = [WRITERS[style].format(day) for day in days]
    spec = SourceColumn(type="day")
    try:
        decision = decide(spec, cells, header="H")
    except Undecidable:
        assert style in ("dmy", "mdy")
        assert all(day.day <= 12 for day in days)
        return
    convert = make_converter(spec, decision, timezone=None, workspace_tz="UTC", null=frozenset())
    assert [convert(cell) for cell in cells] == [day.isoformat() for day in days]


@given(
    st.lists(st.integers(-(10**9), 10**9), min_size=1, max_size=8),
    st.sampled_from([",.", ".,", " ,", "'.", ",", ""]),
)
def test_amounts_come_back_or_are_asked_about(minors: list[int], marks: str) -> None:
    group, mark = (marks[0], marks[1]) if len(marks) == 2 else ("", marks or ".")
    cells = []
    for minor in minors:
        whole, cents = divmod(abs(minor), 100)
        text = f"{whole:,}".replace(",", group) + mark + f"{cents:02}"
        cells.append(("-" if minor < 0 else "") + text)
    spec = SourceColumn(type="money")
    convert = make_converter(
        spec, decide(spec, cells, header="H"), timezone=None, workspace_tz="UTC", null=frozenset()
    )
    assert [Decimal(convert(cell, "EUR")) for cell in cells] == minors
