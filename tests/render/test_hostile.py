"""Data is text in every format: no tag, link, formula, markup or terminal command comes out of it."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from html.parser import HTMLParser
from types import ModuleType

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cs_cli.base.formula import guard, is_formula, unguard
from cs_cli.base.safe_text import safe_text
from cs_cli.render import load
from cs_cli.reports.model import Report
from tests.render.example import HOSTILE, hostile

ACTIVE = set(map(chr, [*range(0x20), 0x7F, *range(0x80, 0xA0)])) - {"\n"}
BIDI = set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f\u2028\u2029")
STRINGS = pytest.mark.parametrize(
    "said", HOSTILE, ids=[ascii(text)[1:-1][:40] or "empty" for text in HOSTILE]
)


def text(name: str, report: Report, **options: int | bool) -> str:
    out = load(name).render(report, **options)  # type: ignore[arg-type]
    assert isinstance(out, str)
    return out


@STRINGS
@pytest.mark.parametrize("name", ["table", "md", "html", "json"])
def test_nothing_that_acts_on_a_terminal_comes_out(name: str, said: str) -> None:
    assert not set(text(name, hostile(said))) & (ACTIVE | BIDI)


@STRINGS
def test_csv_on_a_terminal_is_inert_and_in_a_file_has_no_escape(said: str) -> None:
    assert not set(text("csv", hostile(said), width=80)) & (ACTIVE | BIDI)
    assert not set(text("csv", hostile(said))) & (ACTIVE - {"\t", "\r"})


@STRINGS
@pytest.mark.parametrize("width", [40, 80, 120])
def test_rich_tables_show_markup_as_written(said: str, width: int) -> None:
    out = text("table", hostile(said), width=width)
    assert not set(out) & (ACTIVE | BIDI)
    if said in ("[/x]", ":smile:", "[red]x[/red]"):
        assert said in out


class Page(HTMLParser):
    """Which tags and attributes a page has, and its text."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.shape: list[tuple[str, tuple[str, ...]]] = []
        self.said: list[str] = []
        self.values: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.shape.append((tag, tuple(name for name, _ in attrs)))
        self.values += [value or "" for _, value in attrs]

    def handle_data(self, data: str) -> None:
        self.said.append(data)


def parsed(page: str) -> Page:
    reader = Page()
    reader.feed(page)
    reader.close()
    return reader


@STRINGS
def test_html_has_the_same_tags_and_attributes_whatever_the_data_says(said: str) -> None:
    page = parsed(text("html", hostile(said)))
    assert page.shape == parsed(text("html", hostile("Plain words"))).shape or not said
    assert "".join(page.said).count(safe_text(said).strip()) >= 4
    assert not any(
        value.startswith("javascript:") and name in ("href", "src")
        for (_, names), value in zip(page.shape, page.values, strict=False)
        for name in names
    )


@STRINGS
def test_markdown_renders_as_text(said: str) -> None:
    markdown: ModuleType = pytest.importorskip("markdown_it")
    reader = markdown.MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
    page = parsed(reader.render(text("md", hostile(said))))
    plain = parsed(reader.render(text("md", hostile("Plain words"))))
    assert {tag for tag, _ in page.shape} <= {tag for tag, _ in plain.shape}
    assert [names for _, names in page.shape if names] == [names for _, names in plain.shape if names]
    if said.strip():
        assert [tag for tag, _ in page.shape] == [tag for tag, _ in plain.shape]
    seen = "".join(page.said)
    assert seen.count(" ".join(safe_text(said).split())) >= 4 or "  " in safe_text(said)


@STRINGS
def test_csv_cells_are_no_formulas_and_come_back_exact(said: str) -> None:
    (header, *lines) = csv.reader(io.StringIO(text("csv", hostile(said)), newline=""), strict=True)
    cell = dict(zip(header, lines[1], strict=True))
    assert not is_formula(cell["name"]) or cell["name"].startswith("'")
    acting = ACTIVE - {"\t", "\r"}
    assert unguard(cell["name"]) == "".join(safe_text(c) if c in acting else c for c in said)
    assert cell["arr"] == "-5.0"  # a number stays a number


@STRINGS
def test_json_comes_back_exact(said: str) -> None:
    told = json.loads(text("json", hostile(said)))
    assert told["sections"]["s"]["rows"][0]["name"] == said


@STRINGS
def test_xlsx_holds_no_formula_and_no_link(said: str) -> None:
    out = load("xlsx").render(hostile(said))
    assert isinstance(out, bytes)
    with zipfile.ZipFile(io.BytesIO(out)) as book:
        sheets = "".join(book.read(name).decode() for name in book.namelist() if "worksheets" in name)
        assert not any("rels" in name and "sheet" in name for name in book.namelist())
    assert "<f>" not in sheets
    assert "hyperlink" not in sheets
    calamine: ModuleType = pytest.importorskip("python_calamine")
    rows = calamine.CalamineWorkbook.from_filelike(io.BytesIO(out)).get_sheet_by_index(0).to_python()
    assert safe_text(said, newlines=True) in [cell for line in rows for cell in line] or not said


def test_numbers_and_words_are_not_guarded() -> None:
    for harmless in ("-5", "+3.2", "-12%", "-", "Acme", "", "3-4", "a=b", "–", "Zoë"):
        assert guard(harmless) == harmless
    for harm in ("=1+1", "-2+3", "+1+cmd", "@x", "＝1", "\t=1", " =1", '"=1', ";=1", "|x", "- call back"):
        assert guard(harm) == "'" + harm


@pytest.mark.parametrize("said", HOSTILE)
def test_an_import_takes_the_apostrophe_off_again(said: str) -> None:
    from cs_cli.intake.values.text import plain_text

    assert plain_text(guard(said)) == said


@given(st.text(max_size=30) | st.text(alphabet="'=+-@ \t\r\n\"1a;%|\u200b＝", max_size=8))
def test_guard_is_taken_back_exactly(said: str) -> None:
    assert unguard(guard(said)) == said
    assert not is_formula(guard(said)) or guard(said).startswith("'")


@settings(deadline=None, max_examples=40)
@given(st.text(max_size=60))
def test_any_text_is_inert_in_html_markdown_and_tables(said: str) -> None:
    report = hostile(said)
    for name in ("html", "md", "table"):
        assert not set(text(name, report)) & (ACTIVE | BIDI)
    if said.strip():
        assert parsed(text("html", report)).shape == parsed(text("html", hostile("Plain words"))).shape


def test_json_escapes_half_a_surrogate_pair_and_letters_beyond_sixteen_bits_that_cannot_be_seen() -> None:
    told = text("json", hostile("half \ud800, tag \U000e0041, smile \U0001f600"))
    assert "half \\ud800, tag \\udb40\\udc41, smile \U0001f600" in told
