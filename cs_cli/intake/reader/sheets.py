""".xlsx through python-calamine: the one sheet with data that is shown, cells rendered to exact text."""

from __future__ import annotations

import csv
import io
from collections.abc import Collection
from datetime import date, datetime, time, timedelta
from typing import Any

from cs_cli.base.near import did_you_mean
from cs_cli.intake.reader.files import Source
from cs_cli.intake.reader.header import matches
from cs_cli.intake.reader.model import refused
from cs_cli.intake.reader.sheet_cells import SheetCells, cell_name, padded_text, sheet_cells

LOOKED_AT = 20  # rows in which headers are looked for


def cell_text(value: Any) -> str:
    """One cell as the text a CSV export would hold: whole numbers without .0, days in ISO."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float) and value.is_integer():
        # a spreadsheet keeps 15 digits: what is longer is shown as the damage that it is
        return str(int(value)) if abs(value) < 1e15 else f"{value:.14E}"
    if isinstance(value, float):
        return repr(value)
    if isinstance(value, datetime):
        whole_day = value.time() == time(0)
        return value.date().isoformat() if whole_day else value.isoformat(sep=" ", timespec="seconds")
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, timedelta):
        seconds = int(value.total_seconds())
        return f"{seconds // 3600}:{seconds // 60 % 60:02}:{seconds % 60:02}"
    return str(value)


def as_csv(source: Source) -> tuple[bytes, list[str]]:
    """(the sheet as comma-separated UTF-8, notes). One line per row: line breaks become blanks.

    Rows keep the number they have in the sheet, so blank rows above the data stay as blank lines.
    """
    try:
        from python_calamine import CalamineError, CalamineWorkbook, SheetVisibleEnum
    except ImportError as error:
        raise refused(
            "IMP-031",
            "reading .xlsx needs the extra `xlsx`",
            file=source.name,
            next="pip install 'cs-desk[xlsx]', or save the sheet as CSV",
        ) from error
    with source.raw() as stream:
        data = stream.read()
    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(data))
        hidden = {one.name for one in book.sheets_metadata if one.visible != SheetVisibleEnum.Visible}
        filled = []
        for name in book.sheet_names:
            rows = book.get_sheet_by_name(name).to_python(skip_empty_area=False)
            if any(value not in ("", None) for row in rows for value in row):
                filled.append((name, rows))
    except (CalamineError, ValueError, OSError) as error:
        raise refused(
            "IMP-015",
            f"the workbook is damaged: {error}",
            file=source.name,
            next="open it in a spreadsheet and save it again",
        ) from error
    if not filled:
        raise refused("IMP-004", "the workbook is empty", file=source.name)
    aside = [name for name, _ in filled if name in hidden]
    shown = [pair for pair in filled if pair[0] not in hidden]
    notes = []
    if len(shown) == 1 and aside and source.options.sheet is None:
        filled = shown
        notes = [f"hidden sheet{'s' * (len(aside) > 1)} with data left out: {', '.join(aside)}"]
    name, rows = _choose(source, filled, hidden)
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    cells = sheet_cells(io.BytesIO(data), name)
    if cells.unknown:
        _refuse_unknown(cells, rows, source.name)
    for number, row in enumerate(rows):
        texts = [" ".join(cell_text(value).splitlines()) for value in row]
        if cells.errors:
            texts = [cells.errors.get((number, at), text) for at, text in enumerate(texts)]
        if cells.padded:
            texts = [_padded(cells, (number, at), row[at], text) for at, text in enumerate(texts)]
        if any(texts):
            writer.writerow(texts)
        else:
            out.write("\n")
    others = ", ".join(f"{other!r}{' (hidden)' * (other in hidden)}" for other, _ in filled if other != name)
    said = f"sheet {name!r}{', which is hidden' if name in hidden else ''}{f'; not read: {others}' if others else ''}"
    return out.getvalue().encode(), [said, *notes]


def _padded(cells: SheetCells, at: tuple[int, int], value: Any, text: str) -> str:
    code = cells.padded.get(at)
    return text if code is None else padded_text(value, code) or text


def _refuse_unknown(cells: SheetCells, rows: list[list[Any]], file: str) -> None:
    """A formula without its result is no empty cell: nobody knows what it gives. Raises IMP-036."""
    places = list(cells.unknown)
    row, column = places[0]
    titles = [cell_text(line[column]) for line in rows[:row] if column < len(line) and isinstance(line[column], str)]
    name = next((title for title in reversed(titles) if title.strip()), None)
    listed = ", ".join(cell_name(at) for at in places[:5]) + (", …" if len(places) > 5 else "")
    formulas = f"{len(places):,} formulas have no result" if len(places) > 1 else "a formula has no result"
    raise refused(
        "IMP-036",
        f"{formulas} in the file: {listed}",
        file=file,
        line=row + 1,
        column=column + 1,
        name=name,
        value=f"={cells.unknown[places[0]]}" if cells.unknown[places[0]] else None,
        next="open it in a spreadsheet and save it, which works them out; or save the sheet as CSV",
    )


def _choose(
    source: Source, filled: list[tuple[str, list[list[Any]]]], hidden: Collection[str]
) -> tuple[str, list[list[Any]]]:
    """The sheet that is named; else the only one, or the only one with headers that somebody knows."""
    wanted = source.options.sheet
    if wanted is not None:
        found = [one for one in filled if one[0].strip().casefold() == wanted.strip().casefold()]
        if not found:
            names = [name for name, _ in filled]
            raise refused(
                "IMP-032", f"no sheet with data is called {wanted!r}{did_you_mean(wanted, names)}", file=source.name,
                expected=", ".join(names), next="pass --sheet NAME with one of them",
            )
        return found[0]
    if len(filled) == 1:
        return filled[0]
    known = source.options.expect_headers
    sure = [one for one in known if len(one) > 1]
    found = [one for one in filled if any(matches([cell_text(v) for v in row], sure) for row in one[1][:LOOKED_AT])]
    if len(found) > 1:
        best = source.options.expect_best
        found = [one for one in found if any(matches([cell_text(v) for v in row], best) for row in one[1][:LOOKED_AT])
                 ] or found
    if len(found) == 1:
        return found[0]
    named = ", ".join(f"{name} (hidden)" if name in hidden else name for name, _ in filled[:5])
    raise refused(
        "IMP-032", f"{len(filled)} sheets hold data: {named}", file=source.name,
        expected="one sheet, or one with headers that a source knows",
        next=f"say which: --sheet {(found or filled)[0][0]!r}; or save it as CSV",
    )
