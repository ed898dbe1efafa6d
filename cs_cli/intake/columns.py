"""A block of rows converted column by column: the same values as row by row, at a fraction of the cost.

Every column is asked once for each distinct cell, through the very functions that read a row; columns
of plain amounts and plain numbers are proved plain by one regular expression and converted at once.
A block in which any cell is refused gives None: it is then read row by row, and faults get their places.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from operator import lt
from typing import Any

import msgspec

from cs_cli.base.money import exponent
from cs_cli.intake.convert import RowFault, RowReader
from cs_cli.intake.plan import Field
from cs_cli.intake.reader import Block
from cs_cli.intake.values import BadValue, currency_code, damaged_id

MEMORY = 40_000  # distinct cells remembered per column
# characters of keys that stand as they are; E+15 and #REF! are damage
CLEAN = bytes(set(range(0x21, 0x7F)) - set(b"#+"))
_INTEGERS = msgspec.json.Decoder(list[int])  # a third of what int() takes for each
_Columns = Sequence[Sequence[str]]


class _Memo:
    """Cell (or cells) → value, worked out on first sight and remembered up to a bound."""

    def __init__(self, read: Callable[[Sequence[str]], Any], places: Iterable[int], width: int) -> None:
        self._read, self._places, self._width = read, tuple(places), width
        self._known: dict[Any, Any] = {}
        self._as_is: set[Any] = set()  # cells that are their own value: to know them is half of looking each up
        self.fresh = False

    def of(self, columns: _Columns) -> Sequence[Any]:
        """The values of a block's rows; `fresh` says whether a cell was new."""
        cells: Sequence[Any] = columns[self._places[0]]
        if len(self._places) > 1:
            cells = list(zip(*(columns[place] for place in self._places), strict=True))
        known, self.fresh = self._known, False
        if self._as_is.issuperset(cells):
            return cells
        try:
            return list(map(known.__getitem__, cells))
        except KeyError:
            self.fresh = True
            if len(known) > MEMORY:
                known.clear()
                self._as_is.clear()
            for cell in dict.fromkeys(cells):
                if cell not in known:
                    value = known[cell] = self._value(cell)
                    if value == cell:
                        self._as_is.add(cell)
            return list(map(known.__getitem__, cells))

    def _value(self, cells: Any) -> Any:
        row = [""] * self._width
        for place, text in zip(self._places, (cells,) if len(self._places) == 1 else cells, strict=True):
            row[place] = text
        return self._read(row)


class ColumnReader:
    """Reads blocks by the plan of a RowReader.

    whose: what (external id, domain, name) of a row's account reference is written as: one value or several.
    ascending: every key so far was greater than the one before.
    latest: day column → the latest day of the blocks read so, "" for none.
    fresh: the cells' places where the block read last has something that no block before it had; plain
    amounts under the mark that is known are never new.
    """

    def __init__(self, reader: RowReader, whose: Callable[[str | None, str | None, str | None], Any]) -> None:
        plan, width = reader.plan, len(reader.headers)
        self._reader, self._plan = reader, plan
        self._last = ""
        self.ascending = True
        self.fresh: set[int] = set()
        self.latest: dict[str, str] = {}
        self._columns = [self._column(number, field, width) for number, field in enumerate(plan.fields)]
        places = [*plan.ids, *plan.subscriptions, *plan.emails, *plan.domains, *plan.names]

        def link(row: Sequence[str]) -> Any:
            ext, domain, name = reader.link(row, "")
            if ext is not None and damaged_id(ext):
                raise RowFault("IMP-230", "damaged id")
            return whose(ext, domain, name)

        self._whose = whose
        self._link = None if plan.source.account.own else _Memo(link, dict.fromkeys(places), width)

    @staticmethod
    def fits(reader: RowReader) -> bool:
        """Can blocks of this plan be read by columns? One record per row, keyed by one cell as it stands."""
        plan = reader.plan
        more = (plan.metrics, plan.days, plan.attributes, plan.source.groups, plan.merged, plan.into,
                plan.also, plan.key_else)
        return not any(more) and (
            plan.source.kind == "usage" or (len(plan.key) == 1 and reader.keyed_as_is())
        ) and plan.has_link

    def read(self, block: Block) -> list[Sequence[Any]] | None:
        """Columns (line, key, whose …, values …), or None when a row needs a look of its own."""
        columns = block.columns
        count = len(block)
        self.fresh.clear()
        for place, words in self._plan.skip:
            if not words.isdisjoint({cell.strip().casefold() for cell in set(columns[place])}):
                return None
        keys = self._keys(columns)
        if keys is None:
            return None
        try:
            values = [convert(columns, count) for convert in self._columns]
            if self._link is not None:
                links = self._link.of(columns)
            else:
                rows = zip(block.rows, keys, strict=True)
                links = [self._whose(*self._reader.link(cells, key)) for cells, key in rows]
        except RowFault:
            return None
        if links and isinstance(links[0], tuple):
            return [block.lines, keys, *zip(*links, strict=True), *values]
        return [block.lines, keys, links, *values]

    def _keys(self, columns: _Columns) -> Sequence[str] | None:
        """The key cells when each is a clean key as it stands."""
        if self._plan.source.kind == "usage":
            return ("",) * len(columns[0])
        keys = columns[self._plan.key[0]]
        # an empty key is a fault; keys with odd characters are cleaned row by row
        if "" in keys or "".join(keys).encode("utf-8", "surrogatepass").translate(None, CLEAN):
            return None
        folded = "\n".join(["", *keys, ""]).casefold()
        if any(f"\n{word}\n" in folded for word in self._reader.null):
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
        memo, is_day = _Memo(read, places, width), field.spec.type == "day"

        def remembered(columns: _Columns, count: int) -> Sequence[Any]:
            values = memo.of(columns)
            if memo.fresh:
                self.fresh.update(places)
                if is_day:
                    self.latest[field.column] = max(self.latest.get(field.column, ""), *filter(None, values), "")
            return values

        if not self._may_be_plain(field):
            return remembered
        at = field.cells[0]
        where, code = self._reader.currency_of(field)
        cents: dict[str, bool] = {}

        def amounts(columns: _Columns, count: int) -> Sequence[Any]:
            """All cells at once when each is digits, a mark and two digits, in currencies with cents."""
            cells = columns[at]
            mark = cells[0][-3:-2]
            if mark not in (".", ","):
                return remembered(columns, count)
            text = "\n".join(cells) + "\n"
            if _amounts(mark).fullmatch(text) is None:
                return remembered(columns, count)
            for word in {code} if where is None else set(columns[where]):
                if word not in cents:
                    cents[word] = _has_cents(word, code)
                if not cents[word]:
                    return remembered(columns, count)
            # under the other mark none of these cells would be a number: reading one proves the column's mark
            read([column[0] for column in columns])
            digits = text.replace(mark, "")
            if digits.startswith("0") or "\n0" in digits or "-0" in digits:
                digits = _zeros().sub(r"\1", digits)  # JSON knows no 05
            return _INTEGERS.decode("[" + digits[:-1].replace("\n", ",") + "]")

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
    return re.compile(rf"(?:-?+[0-9]{{1,15}}+{re.escape(mark)}[0-9]{{2}}+\n)++")


@lru_cache(maxsize=1)
def _zeros() -> re.Pattern[str]:
    return re.compile(r"(?m)^(-?)0+(?=[0-9])")


def _has_cents(word: str, otherwise: str) -> bool:
    """Has the currency that a cell names two decimals? A word that is no currency is left to the row."""
    try:
        return exponent(currency_code(word) if word.strip() else otherwise) == 2
    except BadValue:
        return False
