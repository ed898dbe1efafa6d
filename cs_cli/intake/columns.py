"""A block of rows converted column by column: the same values as row by row, at a fraction of the cost.

Every column is asked once for each distinct cell, through the very functions that read a row; columns
of plain amounts and plain numbers are proved plain by one regular expression and converted at once.
A block in which any cell is refused gives None: it is then read row by row, and faults get their places.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache
from operator import lt
from typing import Any

from cs_cli.base.money import exponent
from cs_cli.intake.convert import RowFault, RowReader
from cs_cli.intake.plan import Field
from cs_cli.intake.reader import Block
from cs_cli.intake.values import BadValue, currency_code, damaged_id

MEMORY = 40_000  # distinct cells remembered per column
_Columns = list[tuple[str, ...]]


class _Memo(dict[Any, Any]):
    """Cell (or cells) → value, worked out on first sight and remembered up to a bound."""

    def __init__(self, read: Callable[[Sequence[str]], Any], places: Iterable[int], width: int) -> None:
        self._read, self._places, self._width = read, tuple(places), width

    def __missing__(self, cells: Any) -> Any:
        row = [""] * self._width
        if len(self._places) == 1:
            row[self._places[0]] = cells
        else:
            for place, text in zip(self._places, cells, strict=True):
                row[place] = text
        value = self._read(row)
        if len(self) < MEMORY:
            self[cells] = value
        return value

    def of(self, columns: _Columns) -> list[Any]:
        """The values of a block's rows."""
        if len(self._places) == 1:
            return list(map(self.__getitem__, columns[self._places[0]]))
        return list(map(self.__getitem__, zip(*(columns[place] for place in self._places), strict=True)))


class ColumnReader:
    """Reads blocks by the plan of a RowReader.

    ref_of: the number of an account reference that is known already, by its external id, else None.
    ascending: every key so far was greater than the one before.
    """

    def __init__(self, reader: RowReader, ref_of: Callable[[str], int | None]) -> None:
        plan, width = reader.plan, len(reader.headers)
        self._reader, self._plan = reader, plan
        self._last = ""
        self.ascending = True
        self._columns = [self._column(number, field, width) for number, field in enumerate(plan.fields)]
        places = [*plan.ids, *plan.subscriptions, *plan.emails, *plan.domains, *plan.names]

        def link(row: Sequence[str]) -> tuple[Any, ...]:
            ext, domain, name = reader.link(row, "")
            if ext is not None and damaged_id(ext):
                raise RowFault("IMP-230", "damaged id")
            return ext, None if ext is None else ref_of(ext), domain, name

        self._link = None if plan.source.account.own else _Memo(link, dict.fromkeys(places), width)

    @staticmethod
    def fits(reader: RowReader) -> bool:
        """Can blocks of this plan be read by columns? One record per row, keyed by one cell as it stands."""
        plan = reader.plan
        return not (plan.metrics or plan.days or plan.attributes or plan.source.groups) and (
            plan.source.kind == "usage" or (len(plan.key) == 1 and reader.keyed_as_is())
        ) and plan.has_link

    def read(self, block: Block) -> Iterator[tuple[Any, ...]] | None:
        """Rows (line, key, ext, ref, domain, name, *values), or None when a row needs a look of its own."""
        columns = list(zip(*block.rows, strict=True))
        count = len(block.rows)
        for place, words in self._plan.skip:
            if not words.isdisjoint({cell.strip().casefold() for cell in set(columns[place])}):
                return None
        keys = self._keys(columns)
        if keys is None:
            return None
        try:
            values = [convert(columns, count) for convert in self._columns]
            links: Sequence[Sequence[Any]]
            if self._link is not None:
                links = list(zip(*self._link.of(columns), strict=True))
            else:
                rows = zip(block.rows, keys, strict=True)
                ext, domain, name = zip(*(self._reader.link(cells, key) for cells, key in rows), strict=True)
                links = ext, (None,) * count, domain, name
        except RowFault:
            return None
        return zip(block.lines, keys, *links, *values, strict=True)

    def _keys(self, columns: _Columns) -> Sequence[str] | None:
        """The key cells when each is a clean key as it stands."""
        if self._plan.source.kind == "usage":
            return ("",) * len(columns[0])
        keys = columns[self._plan.key[0]]
        joined = "".join(keys)
        # blanks and odd characters are cleaned row by row; E+15 and #REF! are damage; an empty key is a fault
        if not joined.isascii() or not joined.isprintable() or _odd().search(joined) or "" in keys:
            return None
        if not self._reader.null.isdisjoint(map(str.casefold, keys)):
            return None
        if self.ascending:
            self.ascending = self._last < keys[0] and all(map(lt, keys, keys[1:]))
            self._last = keys[-1]
        return keys

    def _column(self, number: int, field: Field, width: int) -> Callable[[_Columns, int], Sequence[Any]]:
        places, read = self._reader.reading(number)
        if not places:
            constant = read([""] * width)
            return lambda columns, count: [constant] * count
        memo = _Memo(read, places, width)
        if not self._may_be_plain(field):
            return lambda columns, count: memo.of(columns)
        at = field.cells[0]
        where, code = self._reader.currency_of(field)
        cents: dict[str, bool] = {}

        def amounts(columns: _Columns, count: int) -> Sequence[Any]:
            """All cells at once when each is digits, a mark and two digits, in currencies with cents."""
            cells = columns[at]
            mark = cells[0][-3:-2]
            if mark not in (".", ","):
                return memo.of(columns)
            text = "\n".join(cells) + "\n"
            if _amounts(mark).fullmatch(text) is None:
                return memo.of(columns)
            for word in {code} if where is None else set(columns[where]):
                if word not in cents:
                    cents[word] = _has_cents(word, code)
                if not cents[word]:
                    return memo.of(columns)
            # under the other mark none of these cells would be a number: reading one proves the column's mark
            read([column[0] for column in columns])
            return list(map(int, text.replace(mark, "").split()))

        return amounts

    def _may_be_plain(self, field: Field) -> bool:
        spec = field.spec
        words = (*self._reader.null, *spec.empty, *spec.map)
        return (
            spec.type == "money" and len(field.cells) == 1 and field.less is None and not field.others
            and not (field.when or spec.list or spec.negate or spec.cents)
            and not any(letter.isdigit() for word in words for letter in word)
        )


@lru_cache(maxsize=2)
def _amounts(mark: str) -> re.Pattern[str]:
    return re.compile(rf"(?:-?[0-9]{{1,15}}{re.escape(mark)}[0-9]{{2}}\n)+")


def _has_cents(word: str, otherwise: str) -> bool:
    """Has the currency that a cell names two decimals? A word that is no currency is left to the row."""
    try:
        return exponent(currency_code(word) if word.strip() else otherwise) == 2
    except BadValue:
        return False


@lru_cache(maxsize=1)
def _odd() -> re.Pattern[str]:
    return re.compile(r"[ #+]")
