"""What a workbook's cells hold that calamine does not give: errors, formulas nobody worked out, ids shown as 00007."""

from __future__ import annotations

import html
import re
import zipfile
from dataclasses import dataclass, field
from typing import Any, BinaryIO

_SHEET = re.compile(r'<(?:\w+:)?sheet\b(?=[^>]*\bname="([^"]*)")[^>]*\b\w+:id="([^"]*)"')
_TARGET = re.compile(r'<(?:\w+:)?Relationship\b(?=[^>]*\bId="([^"]*)")[^>]*\bTarget="([^"]*)"')
_CELL = re.compile(rb"<(?:\w+:)?c\b([^>]*?)(?:/>|>(.*?)</(?:\w+:)?c>)", re.DOTALL)
_PLACE = re.compile(rb'\br="([A-Z]{1,3})([0-9]{1,7})"')
_TYPE = re.compile(rb'\bt="(\w+)"')
_STYLE = re.compile(rb'\bs="([0-9]+)"')
_VALUE = re.compile(rb"<(?:\w+:)?v\b[^>]*>([^<]*)<")
_FORMULA = re.compile(rb"<(?:\w+:)?f\b[^>]*?(?:/>|>([^<]*)<)")
_FORMAT = re.compile(r'<(?:\w+:)?numFmt\b(?=[^>]*\bnumFmtId="([0-9]+)")[^>]*\bformatCode="([^"]*)"')
_STYLES = re.compile(r"<(?:\w+:)?cellXfs\b.*?</(?:\w+:)?cellXfs>", re.DOTALL)
_STYLE_FORMAT = re.compile(r'<(?:\w+:)?xf\b[^>]*\bnumFmtId="([0-9]+)"')
# zeros with what stands before, between or behind them: 00000, "C-"0000, 000\-000
_PADDED = re.compile(r'(?:0|"[^"0-9€$£¥%]*"|\\[^0-9€$£¥%]|[- /_])+')

Place = tuple[int, int]  # row and column, both from 0


@dataclass
class SheetCells:
    """errors: place → the error (#REF!); unknown: place → the formula whose result is not in the file, in the order of
    the sheet; padded: place → the number format that shows a whole number with leading zeros."""

    errors: dict[Place, str] = field(default_factory=dict)
    unknown: dict[Place, str] = field(default_factory=dict)
    padded: dict[Place, str] = field(default_factory=dict)


def sheet_cells(raw: BinaryIO, sheet: str) -> SheetCells:
    """Of one sheet of an .xlsx; nothing for the binary .xlsb."""
    found = SheetCells()
    with zipfile.ZipFile(raw) as archive:
        parts = set(archive.namelist())
        if not {"xl/workbook.xml", "xl/_rels/workbook.xml.rels"} <= parts:
            return found
        book = archive.read("xl/workbook.xml").decode()
        ids = {html.unescape(name): ident for name, ident in _SHEET.findall(book)}
        targets = dict(_TARGET.findall(archive.read("xl/_rels/workbook.xml.rels").decode()))
        target = targets.get(ids.get(sheet, ""), "")
        part = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
        body = archive.read(part) if part in parts else b""
        styles = _padded_styles(archive.read("xl/styles.xml").decode()) if "xl/styles.xml" in parts else {}
    if not (styles or b't="e"' in body or b"<f" in body or b":f" in body):
        return found
    # programs that write workbooks without working them out leave 0, and tell the spreadsheet to do it on opening
    undone = re.search(r'\bfullCalcOnLoad="(?:1|true)"', book) is not None
    for cell in _CELL.finditer(body):
        attributes, inside = cell[1], cell[2] or b""
        place = _PLACE.search(attributes)
        if place is None:
            continue
        at = int(place[2]) - 1, _number(place[1]) - 1
        kind = found_kind[1] if (found_kind := _TYPE.search(attributes)) else b"n"
        value = found_value[1] if (found_value := _VALUE.search(inside)) else b""
        formula = _FORMULA.search(inside)
        if kind == b"e":
            found.errors[at] = html.unescape(value.decode())
        elif formula is not None and kind != b"str" and (not value or (undone and value == b"0")):
            found.unknown[at] = html.unescape((formula[1] or b"").decode())
        elif kind == b"n" and (style := _STYLE.search(attributes)) and int(style[1]) in styles:
            found.padded[at] = styles[int(style[1])]
    return found


def padded_text(value: Any, code: str) -> str | None:
    """7 in the number format 00000 as it is shown: 00007; None for what is no whole number from 0 on."""
    if isinstance(value, bool) or not isinstance(value, int | float) or value < 0 or value != int(value):
        return None
    digits = str(int(value)).rjust(code_zeros(code), "0")
    shown: list[str] = []
    left = code_zeros(code)
    for quoted, escaped, char in re.findall(r'"([^"]*)"|\\(.)|(.)', code):
        if char == "0":
            # what is longer than the format stands at its first place
            taken = len(digits) - left + 1
            shown.append(digits[:taken])
            digits, left = digits[taken:], left - 1
        else:
            shown.append(quoted or escaped or char)
    return "".join(shown)


def code_zeros(code: str) -> int:
    """How many digits a number format shows at least; zeros in quotes are words."""
    return len(re.findall("0", re.sub(r'"[^"]*"|\\.', "", code)))


def cell_name(at: Place) -> str:
    """C12 for row 11, column 2."""
    row, column = at
    letters, column = "", column + 1
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return f"{letters}{row + 1}"


def _padded_styles(text: str) -> dict[int, str]:
    """Number of a cell's style → its format, of those that show leading zeros."""
    formats = {ident: html.unescape(code).split(";")[0] for ident, code in _FORMAT.findall(text)}
    padded = {ident: code for ident, code in formats.items() if _PADDED.fullmatch(code) and code_zeros(code) > 1}
    styles = _STYLES.search(text)
    if not padded or styles is None:
        return {}
    return {
        at: padded[ident] for at, ident in enumerate(_STYLE_FORMAT.findall(styles[0])) if ident in padded
    }


def _number(letters: bytes) -> int:
    """1 for A, 27 for AA."""
    number = 0
    for letter in letters:
        number = number * 26 + letter - ord("A") + 1
    return number
