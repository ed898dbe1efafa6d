"""Lines that are split at once give the cells that csv.reader gives, or are left to it."""

import csv
import io
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cs_cli.intake.reader import ReadOptions, open_table
from cs_cli.intake.reader.chunk import split_grid, split_lines

LINES = st.lists(st.tuples(st.sampled_from(["a,b", "a,,b", "a,b,c", ",b", "a", "", " a ,\t", "é\x0b,\u2028"]),
                           st.sampled_from(["\n", "\n", "\r\n", "\r"])), min_size=1, max_size=12)


@settings(max_examples=500)
@given(LINES, st.integers(1, 3), st.booleans())
def test_at_once_or_by_the_csv_reader_is_the_same(lines: list[tuple[str, str]], width: int, complete: bool) -> None:
    text = "".join(line + end for line, end in lines)
    if not complete:
        text = text.rstrip("\r\n")
    rows = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    grid = split_grid(1, text, ",", width)
    ends = {end for _, end in lines}
    if grid is None:
        plain = width > 1 and complete and "\r" not in ends
        assert not plain or {len(row) for row in rows} != {width}
        return
    assert grid.rows == rows
    assert [list(column) for column in grid.columns or ()] == [list(column) for column in zip(*rows, strict=True)]
    assert grid.lines == io.StringIO(text, newline="").readlines() == split_lines(text)
    assert (len(grid), grid.height) == (len(rows), len(rows))
    assert [grid.raw(at) for at in range(len(grid))] == grid.lines


@pytest.mark.parametrize("width", [2, 3, 4, 5])
def test_short_lines_never_pass_for_one_row(width: int) -> None:
    """Every mixture of up to four lines of every width: two lines may have as many cells as one row."""
    for count in (1, 2, 3, 4):
        for widths in product(range(width + 2), repeat=count):
            text = "".join(",".join("x" * have) + "\n" for have in widths)
            assert (split_grid(1, text, ",", width) is not None) == (set(widths) == {width}), text


def test_every_width_of_rows_over_many_chunks() -> None:
    """A wrong row, a quoted one, and one that is blank, each far from the others in a file of many chunks."""
    lines = [f"{n},Firm {n},{n}.50" for n in range(9_000)]
    lines[1_000] = "1000,Firm,too,many"
    lines[3_000] = '3000,"Firm, quoted",1.50'
    lines[5_000] = ""
    table = open_table(
        None, name="x.csv", data=("id,name,mrr\n" + "\r\n".join(lines) + "\r\n").encode(), options=ReadOptions()
    )
    found = {line: cells for line, _, cells in table.rows()}
    assert [(row.line, row.raw) for row in table.set_aside] == [(1_002, b"1000,Firm,too,many\r\n")]
    assert found[3_002] == ["3000", "Firm, quoted", "1.50"]
    assert [line for line in range(2, 9_002) if line not in found] == [1_002, 5_002]
    assert all(cells == lines[line - 2].split(",") for line, cells in found.items() if line != 3_002)
    assert table.raw_records([2, 9_001]) == {2: b"0,Firm 0,0.50\r\n", 9_001: b"8999,Firm 8999,8999.50\r\n"}
