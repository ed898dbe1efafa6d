"""Row faults: the wrong row is set aside alone with its bytes and place, the next row is unharmed."""

import time

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from cs_cli.base.errors import InputRefused
from cs_cli.intake.reader import ReadOptions, Table, open_table

Rows = list[tuple[int, int, list[str]]]


def read(data: bytes, **options: object) -> tuple[Table, Rows]:
    table = open_table(None, name="x.csv", data=data, options=ReadOptions(**options))
    return table, list(table.rows())


HEAD = b"id,name,mrr\n"
FAULTS = [
    ("A17 NUL", b"1,Ac\0me,10\n", "IMP-045"),
    ("A24 long cell", b"1," + b"x" * 140_000 + b",10\n", "IMP-044"),
    ("A24 long quoted cell", b'1,"' + b"x, y\n" * 40_000 + b'",10\n', "IMP-043"),
    ("B6 fewer cells", b"1,Acme\n", "IMP-048"),
    ("B7 more cells", b"1,Acme, Inc,10\n", "IMP-048"),
    ("B9 stray quote", b'1,Acme "East",10\n', "IMP-041"),
    ("B9 inch mark", b'1,Pipe 5",10\n', "IMP-041"),
    ("B10 text after quote", b'1,"Acme"b,10\n', "IMP-042"),
    ("B11 backslash", b'1,"Ac\\"me",10\n', "IMP-042"),
    ("stray opening quote", b'1,"Acme,10\n', "IMP-042"),
]


@pytest.mark.parametrize(("bad", "ident"), [row[1:] for row in FAULTS], ids=[row[0] for row in FAULTS])
@pytest.mark.parametrize("before", [0, 5000])
def test_one_wrong_row_is_set_aside_alone(bad: bytes, ident: str, before: int) -> None:
    clean = b"".join(b"%d,Firm,1\n" % i for i in range(before))
    padding = b"9,Last,3\n" * 300
    after = b'2,"Beta, Ltd",20\n3,"He said ""hi""",30\n'
    table, rows = read(HEAD + clean + bad + after + padding)
    faults = [row for row in table.set_aside if row.ident == ident]
    assert [row.line for row in faults] == [before + 2]
    assert faults[0].record == before + 1
    if ident != "IMP-043":
        assert faults[0].raw == bad
        assert len(table.set_aside) == 1
        assert [cells for _, _, cells in rows[before : before + 2]] == [
            ["2", "Beta, Ltd", "20"],
            ["3", 'He said "hi"', "30"],
        ]
        lines = bad.count(b"\n")
        assert rows[before][:2] == (before + 2 + lines, before + 2)
    assert len(rows) == before + 302


def test_many_wrong_rows_in_one_chunk_take_no_longer_each() -> None:
    """A pasted letter in a cell that is too long: every line of it is a row of the wrong width."""
    letter = b'1,"' + b"x, y\n" * 40_000 + b'",10\n2,"Beta, Ltd",20\n'
    began = time.process_time()
    table, _ = read(HEAD + letter)
    assert len(table.set_aside) == 40_001
    assert time.process_time() - began < 5  # half a second; it was half a minute


def test_lines_are_physical_with_line_breaks_in_cells_and_mixed_line_ends() -> None:
    table, rows = read(b'id,note\r\n1,"a\r\nb\rc\nd"\n2,x\r3,y\r\n4,"q"\n')
    assert [(line, cells[0]) for line, _, cells in rows] == [(2, "1"), (6, "2"), (7, "3"), (8, "4")]
    assert rows[0][2][1] == "a\r\nb\rc\nd"
    assert table.raw_records([2, 7]) == {2: b'1,"a\r\nb\rc\nd"\n', 7: b"3,y\r\n"}
    assert table.raw_header() == b"id,note\r\n"


def test_a_stray_quote_that_meets_a_later_one_swallows_no_rows() -> None:
    data = HEAD + b'1,"Acme,10\n2,Beta,20\n3,Gamma,30\n4,Foo",40\n5,Last,50\n'
    table, rows = read(data)
    assert [cells for _, _, cells in rows] == [["2", "Beta", "20"], ["3", "Gamma", "30"], ["5", "Last", "50"]]
    assert [row.line for row in table.set_aside] == [2, 5]


def test_prose_in_a_cell_is_no_swallowed_row() -> None:
    table, rows = read(b'id,note,mrr\n1,"We met Ann, Bob, and Cy.\nAll well, thanks, bye.\nEnd",10\n')
    assert len(rows) == 1
    assert table.set_aside == []


def test_headers_are_cleaned() -> None:
    table, _ = read('\ufeffId,\u00a0Name\u200b,"M\nRR",mrr ,MRR\n1,a,2,3,4\n'.encode())
    assert table.headers == ["Id", "Name", "M RR", "mrr", "MRR"]
    assert any("cleaned" in note for note in table.notes)


def test_blank_rows_and_a_repeated_header_are_no_rows() -> None:
    table, rows = read(b"id,name\n1,a\n\n,\nid,name\n2,b\n")
    assert len(rows) == 2
    assert [(row.line, row.ident) for row in table.footers] == [(5, "IMP-046")]


def test_declared_footers_are_left_out_anywhere() -> None:
    table, rows = read(b"id,name,mrr\n1,a,5\nSubtotal A,,5\n2,b,6\nSubtotal B,,6\n", footer=("Subtotal",))
    assert [cells[0] for _, _, cells in rows] == ["1", "2"]
    assert [row.line for row in table.footers] == [3, 5]


@pytest.mark.parametrize("cut", [b"2,Be", b"2,Beta", b'2,"Beta"', b"2,Beta,2"])
def test_a_last_line_that_is_cut_is_refused(cut: bytes) -> None:
    with pytest.raises(InputRefused) as caught:
        read(HEAD + b"1,Acme,100\n7,Acme,200\n8,Acme,300\n" + cut)
    assert caught.value.faults[0].ident == "IMP-035"
    assert caught.value.faults[0].line == 5


# --- properties ---------------------------------------------------------------------------------

CELL = st.text(
    st.characters(blacklist_categories=("Cs",), blacklist_characters="\0\x1c\x1d\x1e\x85\ufeff"), max_size=12
)
TABLES = st.integers(2, 6).flatmap(
    lambda width: st.lists(st.lists(CELL, min_size=width, max_size=width), min_size=1, max_size=12)
)


def written(rows: list[list[str]], delimiter: str, end: str, always: bool) -> str:
    """The rows as a sound writer puts them; csv.writer leaves a foreign line end unquoted before Python 3.13."""

    def cell(text: str) -> str:
        if always or any(char in text for char in f'{delimiter}"\r\n'):
            return '"' + text.replace('"', '""') + '"'
        return text

    header = [f"h{i}" for i in range(len(rows[0]))]
    return "".join(delimiter.join(map(cell, row)) + end for row in [header, *rows])


def keyed(rows: list[list[str]]) -> list[list[str]]:
    """Rows that no closing-line or blank-row rule can be about: a plain id stands first."""
    return [[f"k{i}", *cells[1:]] for i, cells in enumerate(rows)]


@settings(max_examples=150, deadline=None)
@example([["", ",\r", ","]], ",", "\n", False, "utf-8")
@given(
    TABLES,
    st.sampled_from(",;\t|"),
    st.sampled_from(["\n", "\r\n", "\r"]),
    st.booleans(),
    st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-16-be"]),
)
def test_what_was_written_is_read(
    rows: list[list[str]], delimiter: str, end: str, always: bool, encoding: str
) -> None:
    rows = keyed(rows)
    text = written(rows, delimiter, end, always)
    data = ("\ufeff" + text).encode(encoding) if encoding == "utf-16-be" else text.encode(encoding)
    # A cell that looks as if it held whole rows is set aside, or the file is refused; never read otherwise.
    try:
        table, got = read(data, delimiter=delimiter)
    except InputRefused as refusal:
        assert refusal.faults[0].ident == "IMP-040"
        assert any(delimiter in cell and {"\r", "\n"} & set(cell) for row in rows for cell in row)
        return
    aside = {row.line for row in table.set_aside}
    if not aside:
        assert [cells for _, _, cells in got] == rows
    assert all(cells in rows for _, _, cells in got)


@settings(max_examples=100, deadline=None)
@given(TABLES, st.booleans(), st.data())
def test_a_cut_file_never_gives_a_wrong_row_silently(
    rows: list[list[str]], always: bool, data: st.DataObject
) -> None:
    rows = keyed(rows)
    whole = written(rows, ",", "\r\n", always).encode()
    first = whole.index(b"\r\n") + 2
    at = data.draw(st.integers(first, len(whole)))
    try:
        table, got = read(whole[:at], delimiter=",")
    except InputRefused:
        return
    good = [cells for _, _, cells in got]
    if not table.set_aside and good != rows[: len(good)]:
        # Only the very last cell may be short, and then the table says that the file may be cut.
        assert good[:-1] == rows[: len(good) - 1]
        assert good[-1][:-1] == rows[len(good) - 1][:-1]
        assert any("no line end" in note for note in table.notes)


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    try:
        table, got = read(b"id,name\n1,a\n" + data)
    except InputRefused as error:
        assert error.faults[0].file == "x.csv"
        return
    assert all(len(cells) == len(table.headers) for _, _, cells in got)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.sampled_from(['"', ",", "\n", "a", "1,b,c\n", '""', " ", "\r", '"x"', "\0"]), max_size=30))
def test_chunked_and_single_reading_agree_on_quotes(parts: list[str]) -> None:
    """Whatever is accepted has the strict grammar: written again it gives the same bytes of cells."""
    text = "".join(parts)
    try:
        table, got = read(("id,name,mrr\n1,a,b\n" + text + "\n9,z,z\n").encode(), delimiter=",")
    except InputRefused:
        return
    lines = text.count("\n") + text.count("\r") + 4
    assert all(1 < line <= lines for line, _, _ in got)
    places = [line for line, _, _ in got] + [row.line for row in table.set_aside]
    assert len(places) == len(set(places))
