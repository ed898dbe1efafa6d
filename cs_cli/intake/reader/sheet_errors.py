"""Cells of a workbook that hold an error (#REF!, #DIV/0!), which calamine gives as empty ones."""

from __future__ import annotations

import html
import re
import zipfile
from typing import BinaryIO

_SHEET = re.compile(r'<(?:\w+:)?sheet\b(?=[^>]*\bname="([^"]*)")[^>]*\b\w+:id="([^"]*)"')
_TARGET = re.compile(r'<Relationship\b(?=[^>]*\bId="([^"]*)")[^>]*\bTarget="([^"]*)"')
_ERROR = re.compile(
    rb'<(?:\w+:)?c\b(?=[^>]*\bt="e")[^>]*\br="([A-Z]{1,3})([0-9]{1,7})"[^>]*>.*?<(?:\w+:)?v>([^<]*)<', re.DOTALL
)


def error_cells(raw: BinaryIO, sheet: str) -> dict[tuple[int, int], str]:
    """(row, column), both from 0, → the error, of one sheet of an .xlsx; nothing for the binary .xlsb."""
    with zipfile.ZipFile(raw) as archive:
        parts = set(archive.namelist())
        if not {"xl/workbook.xml", "xl/_rels/workbook.xml.rels"} <= parts:
            return {}
        ids = {html.unescape(name): ident for name, ident in _SHEET.findall(archive.read("xl/workbook.xml").decode())}
        targets = dict(_TARGET.findall(archive.read("xl/_rels/workbook.xml.rels").decode()))
        target = targets.get(ids.get(sheet, ""), "")
        part = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
        body = archive.read(part) if part in parts else b""
    if b't="e"' not in body:
        return {}
    return {
        (int(row) - 1, _number(column) - 1): html.unescape(text.decode()) for column, row, text in _ERROR.findall(body)
    }


def _number(letters: bytes) -> int:
    """1 for A, 27 for AA."""
    number = 0
    for letter in letters:
        number = number * 26 + letter - ord("A") + 1
    return number
