"""What each format promises about ordinary reports."""

from __future__ import annotations

import csv
import io
import json
import subprocess
import sys
import zipfile
from datetime import date
from types import ModuleType
from typing import Any

import pytest

from cs_cli.base.errors import UsageError
from cs_cli.render import formats, load
from cs_cli.reports.model import Column, Figure, Report, Section
from tests.render.example import COLUMNS, FULL, ROWS, row

FLAT = Report(
    "list",
    "Accounts",
    "2026-06-30",
    "USD",
    "Lumenboard",
    sections=(Section("list", "Accounts", COLUMNS, ROWS),),
    flat=True,
)
NOTHING = Report(
    "list", "Accounts", "2026-06-30", "USD", sections=(Section("list", "", COLUMNS, ()),), flat=True
)


def text(name: str, report: Report, **options: Any) -> str:
    out = load(name).render(report, **options)
    assert isinstance(out, str)
    return out


def test_formats_are_found_by_being_there() -> None:
    assert formats() == ["csv", "html", "json", "md", "table", "xlsx"]
    for name in formats():
        module = load(name)
        assert module.SUFFIX.startswith(".")
        assert "/" in module.MEDIA
        assert isinstance(module.render(FULL), bytes if module.BINARY else str)
    with pytest.raises(UsageError, match="REN-001"):
        load("jsn")
    with pytest.raises(UsageError, match="REN-001"):
        load("_show")


@pytest.mark.parametrize("name", formats())
@pytest.mark.parametrize(
    "report", [FULL, FLAT, NOTHING, Report("r", "R", "2026-06-30", "")], ids=lambda r: r.key
)
def test_the_same_report_is_the_same_bytes(name: str, report: Report) -> None:
    assert load(name).render(report) == load(name).render(report)


def test_the_bytes_do_not_depend_on_hash_seed_zone_or_clock() -> None:
    code = (
        "import hashlib\nfrom cs_cli.render import formats, load\nfrom tests.render.example import FULL\n"
        "for name in formats():\n"
        "    out = load(name).render(FULL)\n"
        "    print(name, hashlib.sha256(out if isinstance(out, bytes) else out.encode()).hexdigest())\n"
    )
    outs = {
        subprocess.run(
            [sys.executable, "-c", code],
            check=True,
            capture_output=True,
            text=True,
            env={"PYTHONHASHSEED": seed, "TZ": zone, "LC_ALL": "C"},
        ).stdout
        for seed, zone in (("1", "UTC"), ("2", "Pacific/Auckland"))
    }
    assert len(outs) == 1


def test_json_is_cheap_to_import() -> None:
    code = (
        "import sys, cs_cli.render.json\n"
        "print(sorted({'rich', 'jinja2', 'xlsxwriter', 'yaml'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert done.stdout.strip() == "[]"


def test_json_of_a_list_is_one_array_with_hidden_columns_and_numbers() -> None:
    rows = json.loads(text("json", FLAT))
    assert list(rows[0]) == [column.key for column in COLUMNS]
    assert rows[0]["arr"] == 190800.0
    assert rows[0]["account_id"] == "8834501200"
    assert rows[0]["auto"] is False
    assert rows[3]["health"] is None
    assert json.loads(text("json", NOTHING)) == []


def test_json_of_a_report_is_an_object_with_sections() -> None:
    told = json.loads(text("json", FULL))
    assert list(told["sections"]) == ["numbers", "escalations", "quiet"]
    assert told["sections"]["numbers"]["figures"]["nrr"] == {
        "label": "Net revenue retention, 12 months",
        "value": 1.043,
        "before": 1.051,
        "note": "1,571,300 / 1,506,500; n = 52",
    }
    assert told["sections"]["quiet"]["rows"] == []
    twice = Report("r", "R", "2026-06-30", "EUR", sections=(Section("a", "A"), Section("a", "B")))
    assert list(json.loads(text("json", twice))["sections"]) == ["a", "a_2"]


def test_json_never_writes_nan_and_takes_days_and_lists() -> None:
    odd = row("x", health=float("nan"), arr=float("inf"), renewal_date=date(2026, 7, 1), trend=(1, None))
    (told,) = json.loads(
        text(
            "json",
            Report("l", "L", "2026-06-30", "EUR", sections=(Section("l", "L", COLUMNS, (odd,)),), flat=True),
        )
    )
    assert (told["health"], told["arr"], told["renewal_date"], told["trend"]) == (
        None,
        None,
        "2026-07-01",
        [1, None],
    )


def test_csv_of_a_list_has_the_columns_of_json_and_bare_numbers() -> None:
    out = text("csv", FLAT)
    assert "\r" not in out
    read = list(csv.DictReader(io.StringIO(out), strict=True))
    assert list(read[0]) == [column.key for column in COLUMNS]
    assert float(read[1]["change"]) == -0.34
    assert ",-0.34," in out
    assert read[3]["health"] == ""
    assert text("csv", NOTHING).count("\n") == 1


def test_csv_of_a_report_is_one_rectangle() -> None:
    read = list(csv.reader(io.StringIO(text("csv", FULL)), strict=True))
    assert {len(line) for line in read} == {len(read[0])}
    assert read[0][:5] == ["section", "figure", "value", "before", "note"]
    assert [line[0] for line in read[1:]] == ["numbers"] * 6 + ["escalations"] * 4


@pytest.mark.parametrize("width", [40, 60, 80, 100, 120, 200])
@pytest.mark.parametrize("colour", [False, True])
def test_a_table_never_outgrows_the_terminal_or_breaks_a_number(width: int, colour: bool) -> None:
    import re

    from cs_cli.render._layout import cells

    out = text("table", FULL, width=width, colour=colour)
    assert ("\x1b[" in out) is colour
    plain = re.sub(r"\x1b\[[0-9;]*m", "", out)
    assert "\x1b" not in plain
    assert max(cells(line) for line in plain.splitlines()) <= width
    table = plain.split("Escalations\n")[1]
    for number in re.findall(r"\d[\d,]*…", table):
        pytest.fail(f"a number was cut: {number}")
    if width >= 80:
        assert "190,800" in table
        assert "days_to_notice" in table
    if width < 200:
        assert "more column" in table


def test_a_pipe_gets_plain_text_with_every_column_and_no_cut() -> None:
    out = text("table", FLAT)
    head, rule, *body = out.splitlines()
    assert [part for part in head.split("  ") if part.strip()][-1].strip() == "Why"
    assert set(rule) == {"-", " "}
    assert len(body) == 4
    assert "days_to_notice 6 <= 14; not auto_renew" in body[0]
    assert "8834501200" not in out  # hidden from people
    starts = [line.index("20  ") for line in (body[0],)]
    assert starts


def test_long_lists_go_plain_and_stay_within_the_width() -> None:
    many = Report(
        "l",
        "L",
        "2026-06-30",
        "USD",
        flat=True,
        sections=(Section("l", "L", COLUMNS, tuple(row(f"Account {n}") for n in range(201))),),
    )
    out = text("table", many, width=100, colour=True)
    assert "\x1b" not in out
    assert len(out.splitlines()) == 204  # head, rule, rows, what was left out
    assert max(len(line) for line in out.splitlines()) <= 100


def test_wide_letters_keep_columns_straight() -> None:
    rows = (row("東京データ"), row("Zoe\u0301"), row("Plain"))
    out = text(
        "table",
        Report("l", "L", "2026-06-30", "USD", flat=True, sections=(Section("l", "L", COLUMNS, rows),)),
    )
    from cs_cli.render._layout import cells

    assert len({cells(line[: line.index("red")]) for line in out.splitlines()[2:]}) == 1


@pytest.mark.parametrize("name", ["table", "md", "html"])
def test_empty_sections_say_so(name: str) -> None:
    assert "Nothing new: enjoy your coffee." in text(name, FULL)
    assert "Nothing here." in text(name, NOTHING)


@pytest.mark.parametrize("name", ["table", "md", "html"])
def test_unknown_is_said_and_is_not_zero(name: str) -> None:
    only = Report(
        "l",
        "L",
        "2026-06-30",
        "USD",
        flat=True,
        sections=(
            Section("l", "L", (Column("a", "A"), Column("arr", "ARR", "money")), ({"a": "x", "arr": None},)),
        ),
    )
    out = text(name, only)
    assert "–" in out
    assert "| 0" not in out


def test_values_read_as_people_write_them() -> None:
    from cs_cli.render._show import bars, figure_change, show

    assert show(190800.4, "money", "USD") == "190,800"
    assert show(49.5, "money", "USD") == "49.50"
    assert show(500, "money", "JPY") == "500"
    assert show(-0.3401, "ratio", "USD") == "-34%"
    assert show(0.0004, "ratio", "USD") == "0%"
    assert show(1, "flag", "USD") == "yes"
    assert show(None, "flag", "USD") == "–"
    assert show(12.0, "number", "USD") == "12"
    assert show(0, "number", "USD") == "0"
    assert show(["a", "b"], "list", "USD") == "a, b"
    assert show([], "list", "USD") == "–"
    assert show(-0.2, "score", "USD") == "0"
    assert len(bars([1, 2, None, 4])) == 4
    assert bars([5, 5]) == "██"
    assert figure_change(1.043, 1.051, "ratio", "USD") == "-0.8 points from 105.1%"
    assert figure_change(1200, 1000, "money", "USD") == "+200 from 1,000"
    assert figure_change(None, 1000, "money", "USD") == ""
    assert figure_change(5, 5, "number", "USD") == "unchanged from 5"


def test_xlsx_has_typed_cells_and_one_sheet_a_section(tmp_path: Any) -> None:
    calamine: ModuleType = pytest.importorskip("python_calamine")
    out = load("xlsx").render(FULL)
    assert isinstance(out, bytes)
    book = calamine.CalamineWorkbook.from_filelike(io.BytesIO(out))
    assert book.sheet_names == ["Where we stand", "Escalations", "New this week"]
    head, *lines = [
        line
        for line in book.get_sheet_by_name("Escalations").to_python()
        if line[0] != "Escalations" and any(line)
    ]
    first = dict(zip(head, lines[0], strict=True))
    assert first["ARR"] == 190800.0
    assert first["Renews on"] == date(2026, 7, 20)
    assert first["Id"] == "8834501200"
    assert first["Auto-renews"] is False
    with zipfile.ZipFile(io.BytesIO(out)) as parts:
        assert "2026-06-30T00:00:00Z" in parts.read("docProps/core.xml").decode()


def test_xlsx_sheet_names_are_ones_that_spreadsheets_take() -> None:
    titles = ("a/b:c*d?e[f]\\g", "x" * 40, "x" * 40, "History", "'quoted'", "", "]")
    sections = tuple(Section(f"s{n}", title, text="t") for n, title in enumerate(titles))
    out = load("xlsx").render(Report("r", "R", "2026-06-30", "EUR", sections=sections))
    assert isinstance(out, bytes)
    calamine: ModuleType = pytest.importorskip("python_calamine")
    names = calamine.CalamineWorkbook.from_filelike(io.BytesIO(out)).sheet_names
    assert len(set(names)) == 7
    assert all(len(name) <= 31 and not set(name) & set("[]:*?/\\") for name in names)


def test_html_is_self_contained_and_aligned() -> None:
    out = text("html", FULL)
    assert "default-src 'none'; style-src 'unsafe-inline'" in out
    assert '<td class="num" data-label="ARR">190,800</td>' in out
    assert '<span class="pill red"><span aria-hidden="true">■</span> red</span>' in out
    assert out.count("<polyline") == 1 + 4  # a figure; three rows, one of them with a gap
    for loading in ("src=", "href=", "url(", "@import", "<script", "<link", "<img", "<iframe"):
        assert loading not in out
    assert "Contains customer data" in out


def test_figures_carry_change_and_note_everywhere() -> None:
    figure = Figure("f", "ARR", 1200.0, "money", "3 customers", 1000.0)
    report = Report("r", "R", "2026-06-30", "EUR", sections=(Section("s", "S", figures=(figure,)),))
    for name in ("table", "md", "html"):
        out = text(name, report)
        assert "+200 from 1,000" in out
        assert "3 customers" in out


def test_days_and_words_among_the_figures_of_a_page_are_set_smaller_so_that_they_do_not_break() -> None:
    figures = (Figure("due", "Due", "2026-09-04", "day"), Figure("who", "Who", "Kim", "text"), Figure("n", "N", 3))
    page = text("html", Report("r", "R", "2026-06-30", "USD", sections=(Section("s", "S", figures=figures),)))
    assert '<dd class="value day">2026-09-04</dd>' in page
    assert '<dd class="value text">Kim</dd>' in page
    assert '<dd class="value">3</dd>' in page
    assert ".figure .value.day { white-space: nowrap; }" in page
