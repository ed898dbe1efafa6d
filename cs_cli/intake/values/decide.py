"""What a whole column decides once: date order, decimal mark, scale of percents.

An observer looks at every cell and keeps only what can still be told apart, so a column of any
length costs bounded memory. Two readings that fit are asked about; cells that contradict each
other are named with their lines. A cell that fits nothing is not decided here: it is a row fault.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from functools import lru_cache
from itertools import filterfalse

from cs_cli.definitions.shapes import SourceColumn
from cs_cli.intake.values import days, month_names
from cs_cli.intake.values.decide_numbers import NUMBERS, Numbers, declared_scale
from cs_cli.intake.values.model import PLACES, BadValue, Decision, MixedFormats, Seen, Undecidable
from cs_cli.intake.values.money import has_no_decimals
from cs_cli.intake.values.written import WRITTEN

DAYS = ("day", "instant")
REMEMBERED = 20_000  # distinct cells kept to pass over repeats quickly
FEW = 16  # cells that are sooner found one by one
_WORDS = {"auto", "short", "fraction", "percent", "thousands", "millions", WRITTEN}


def needs_decision(spec: SourceColumn) -> bool:
    """True when the column must be seen whole before its first cell is converted."""
    declared = [form for form in spec.format if form not in _WORDS]
    if spec.type in DAYS:
        return not declared or "auto" in spec.format
    if spec.type == "percent" and not declared_scale(spec):
        return True
    told = spec.cents or WRITTEN in spec.format or (spec.decimal is not None and spec.dashes is not None)
    return spec.type in NUMBERS and not told


class Observer:
    """Call it with every cell (and its line), then ask `decide()`. Passing the same cell again is cheap."""

    def __init__(self, spec: SourceColumn, header: str = "") -> None:
        self.spec, self.header = spec, header or (spec.from_[0] if spec.from_ else "")
        self.seen: dict[str, Seen] = {}
        self._known: set[str] = set()
        self._by_mark: dict[str, dict[str, Seen]] = {}  # days with the year last: by what stands between the numbers
        self._mapped = {key.casefold() for key in spec.map} | {word.casefold() for word in spec.empty}
        self._numbers = Numbers(spec, self.header, self.seen)
        self._look: Callable[[str, int | None], str | None] | None = None
        if needs_decision(spec):
            self._look = self._day if spec.type in DAYS else self._numbers.look

    def __call__(self, cell: str, line: int | None = None) -> None:
        if self._look is None or cell in self._known:
            return
        if len(self._known) < REMEMBERED:
            self._known.add(cell)
        text = cell.strip()
        if not text or text.casefold() in self._mapped:
            return
        kind = self._look(text, line)
        if kind is not None:
            self.seen.setdefault(kind, Seen()).add(line, text)

    def column(self, cells: Sequence[str], lines: Sequence[int], empty: frozenset[str] = frozenset()) -> None:
        """The cells of a block of rows: as calling with each, but only what is new is looked at."""
        if self._look is None:
            return
        self._known |= empty
        if self._known.issuperset(cells) or self._tells_nothing(cells):
            return
        fresh = dict.fromkeys(filterfalse(self._known.__contains__, cells))
        if len(fresh) < FEW:
            for cell in fresh:
                self(cell, lines[cells.index(cell)])
            return
        for cell, line in zip(cells, lines, strict=True):
            if cell in fresh:
                del fresh[cell]
                self(cell, line)

    @property
    def asks_for_decimals(self) -> bool:
        """Has a number been seen whose mark may be decimal or may group?"""
        return not {"?.", "?,"}.isdisjoint(self.seen)

    def whole(self, cells: Sequence[str], lines: Sequence[int], codes: Sequence[str]) -> None:
        """After column(): amounts whose row is in a currency without decimals tell the decimal mark of the rest."""
        without = {code for code in set(codes) if has_no_decimals(code)}
        told: set[str] = set()
        for cell, line, code in zip(cells, lines, codes, strict=True) if without else ():
            if code in without and cell not in told:
                told.add(cell)
                self._numbers.whole(cell.strip(), line)

    def _tells_nothing(self, cells: Sequence[str]) -> bool:
        """True when every cell is a plain amount of a kind that was seen often enough already."""
        if self.spec.type not in ("money", "number", "hours"):
            return False
        for mark in (".", ","):
            seen = self.seen.get(mark)
            if seen is not None and len(seen.places) == PLACES and mark in self._numbers.firm:
                return _plain(mark).fullmatch("\n".join(cells) + "\n") is not None
        return False

    # --- days -----------------------------------------------------------------------------------

    def _day(self, text: str, line: int | None) -> str | None:
        found = days.compiled("iso").fullmatch(text)
        if found is not None:
            return "zoned" if found["z"] else "timed" if len(text) > 10 else "iso"
        for form in self.spec.format:
            if form not in _WORDS and days.has_shape(text, form):
                return None
        if days.compiled("ymd").fullmatch(text):
            return "ymd"
        for form, other in (("dmy", "mdy"), ("dmyy", "mdyy")):
            if not days.compiled(form).fullmatch(text):
                continue
            one, two = _fits(text, form), _fits(text, other)
            if one and two:
                same = days.parse(text, form, century=True) == days.parse(text, other, century=True)
                kind = f"{form}=" if same else f"{form}?"
            else:
                kind = form if one else other
            if one or two:
                mark = next(char for char in text if char in "-/.")
                self._by_mark.setdefault(mark, {}).setdefault(kind, Seen()).add(line, text)
                return kind
            return None
        if text.replace(".", "", 1).isascii() and text.replace(".", "", 1).isdigit():
            return "digits"
        if _fits(text, month_names.FORM):
            return "named"
        return "words" if any(month_names.month_number(word) for word in re.findall(r"[^\W\d_]+", text)) else None

    def _proven_order(self) -> tuple[tuple[str, str], ...]:
        orders = {form[:3] for form in ("dmy", "mdy", "dmyy", "mdyy") if form in self.seen}
        return tuple(("format", order) for order in orders) if len(orders) == 1 else ()

    def _decide_written(self, spec: SourceColumn) -> Decision:
        """Each cell by itself; only those that read two ways need an order. One with dots puts the day first."""
        orders = {form[:3] for form in (*self.seen, *spec.format) if form in ("dmy", "mdy", "dmyy", "mdyy")}
        slashed = [kinds for mark, kinds in self._by_mark.items() if mark != "."]
        sure = {kind[:3] for kinds in slashed for kind in kinds if kind[-1] not in "?="}
        unsure = next((kind for kinds in slashed for kind in kinds if kind.endswith("?")), None)
        if unsure and len(sure) > 1:
            raise MixedFormats(
                "IMP-102", "day first and month first in one column, and days that can be either", header=self.header,
                seen={kind: kinds[kind] for kinds in slashed for kind in kinds if kind[-1] != "="},
                next="write them in one format, such as 2026-12-31",
            )
        if unsure and not sure and not orders:
            self._ask_order(unsure)
        order = sure or (orders if len(orders) == 1 else {"dmy"} & orders if not slashed else set[str]())
        return Decision(formats=(WRITTEN, *(order if len(order) == 1 else ())), proven=self._proven_order())

    def _decide_days(self, spec: SourceColumn) -> Decision:
        if WRITTEN in spec.format:
            return self._decide_written(spec)
        seen, header = self.seen, self.header
        declared = tuple(form for form in spec.format if form not in _WORDS)
        four: list[str] = [f for f in ("dmy", "mdy") if f in seen]
        two = [f for f in ("dmyy", "mdyy") if f in seen]
        short = [f for f in ("dmyy", "mdyy", "dmyy?", "dmyy=") if f in seen]
        plain = [f for f in ("iso", "timed", "zoned", "ymd") if f in seen]
        orders = [f for f in ("dmy", "mdy", "dmy?", "dmy=") if f in seen]
        if "zoned" in seen and "timed" in seen:
            raise MixedFormats(
                "IMP-103",
                "times with and without a zone in one column",
                header=header,
                seen={"with": seen["zoned"], "without": seen["timed"]},
                next="export it in one format",
            )
        if len(four) > 1 or len(two) > 1:
            both = four if len(four) > 1 else two
            raise MixedFormats(
                "IMP-102",
                "day first and month first in one column",
                header=header,
                seen={"day first": seen[both[0]], "month first": seen[both[1]]},
                next="export it in one format",
            )
        if plain and (orders or short):
            other = (orders or short)[0]
            raise MixedFormats(
                "IMP-102",
                "two day formats in one column",
                header=header,
                seen={"year first": seen[plain[0]], "year last": seen[other]},
                next="export it in one format, or declare both under `format`",
            )
        self._refuse_unsure_mark()
        if short and not spec.century and not orders:
            line, sample = seen[short[0]].places[0]
            raise Undecidable(
                "IMP-104",
                "years of two digits",
                header=header,
                sample=sample,
                line=line,
                next="export four digits, or say `century: true` for this column (--century)",
            )
        order = (four or [f.rstrip("?=")[:3] for f in two] or [""])[0][:3]
        unsure = next((f for f in ("dmy?", "dmyy?") if f in seen), None)
        if unsure and not order:
            self._ask_order(unsure)
        if not (plain or orders or short or "named" in seen):
            self._ask_declared(declared)
        order = order or ("dmy" if orders or short else "")
        forms = [*declared, *(["iso", "ymd"] if plain or not order else [])]
        # a day with its month's name reads one way only, whatever stands beside it
        forms += [month_names.FORM] * ("named" in seen)
        if order:
            forms.append(order)
            if spec.century:
                forms.append(order + "y")
        note = f"{header!r} read as {'day' if order == 'dmy' else 'month'} first" if four or two else None
        return Decision(formats=tuple(dict.fromkeys(forms)), note=note, proven=self._proven_order())

    def _refuse_unsure_mark(self) -> None:
        """05.01.2026 among 12/31/2026: what decides the order of one form says nothing of the other."""
        sure = {mark: kinds for mark, kinds in self._by_mark.items() if not all(k[-1] in "?=" for k in kinds)}
        for mark, kinds in self._by_mark.items():
            unsure = next((seen for kind, seen in kinds.items() if kind.endswith("?")), None)
            if unsure is None or mark in sure or not sure:
                continue
            other, known = next(iter(sure.items()))
            raise MixedFormats(
                "IMP-102",
                "two day formats in one column",
                header=self.header,
                seen={f"with {mark}": unsure, f"with {other}": next(s for k, s in known.items() if k[-1] not in "?=")},
                next="export it in one format",
            )

    def _ask_order(self, unsure: str) -> None:
        line, sample = self.seen[unsure].places[0]
        forms = ("dmy", "mdy") if unsure == "dmy?" else ("dmyy", "mdyy")
        read = [days.parse(sample, form, century=True) for form in forms]
        readings = tuple(
            f"{found[0].isoformat()} ({called} first)"
            for found, called in zip(read, ("day", "month"), strict=True)
            if found
        )
        raise Undecidable(
            "IMP-101",
            "every day can be read day first or month first",
            header=self.header,
            sample=sample,
            line=line,
            readings=readings,
            next=f"say `format: dmy` or `format: mdy` for {self.header!r} (--dates dmy | --dates mdy)",
        )

    def _ask_declared(self, declared: tuple[str, ...]) -> None:
        if declared:
            return
        if "digits" in self.seen:
            line, sample = self.seen["digits"].places[0]
            number = float(sample)
            kind = "excel" if number < 1e6 else "unix_ms" if number > 1e11 else "unix"
            if kind != "excel" and len(sample) == 8:
                kind = "YYYYMMDD"
            read = None
            with suppress(BadValue):
                read = days.parse(sample, kind)
            flag = " (--excel-dates)" if kind == "excel" else ""
            raise Undecidable(
                "IMP-105",
                "numbers where days should be",
                header=self.header,
                sample=sample,
                line=line,
                readings=(f"{read[0].isoformat()} ({kind})",) if read else (),
                next=f"say `format: {kind}` for {self.header!r}{flag}",
            )
        if "words" in self.seen:
            line, sample = self.seen["words"].places[0]
            raise Undecidable(
                "IMP-106",
                "a month's name, but no day as it is usually written",
                header=self.header,
                sample=sample,
                line=line,
                next="export whole days, such as 2026-11-05 or 5 Nov 2026; if they are whole, say for example "
                f'`format: "YYYY, D MMM"` for {self.header!r} (--dates "YYYY, D MMM")',
            )

    def decide(self, spec: SourceColumn | None = None) -> Decision:
        """The decision for the column, or as another spec of the same type has it; raises Undecidable, MixedFormats."""
        spec = spec or self.spec
        if spec.type in DAYS:
            if not needs_decision(spec):
                forms = [form + "y" if spec.century and form in ("dmy", "mdy") else form for form in spec.format]
                # a day that begins with its year is read so in any order of the others
                year_first = ["iso"] if {"dmy", "mdy"} & set(spec.format) else []
                return Decision(
                    formats=tuple(dict.fromkeys([*spec.format, *forms, *year_first])), proven=self._proven_order()
                )
            return self._decide_days(spec)
        if spec.type in NUMBERS:
            return self._numbers.decide(spec)
        return Decision(decimal=spec.decimal or ".")


def make_observer(spec: SourceColumn, header: str = "") -> Observer:
    """An observer for one column: `observe(cell, line)`, then `observe.decide()`."""
    return Observer(spec, header)


def decide(spec: SourceColumn, samples: Iterable[str], *, header: str) -> Decision:
    """The decision from cells in file order. Raises Undecidable, MixedFormats."""
    observe = Observer(spec, header)
    for cell in samples:
        observe(cell)
    return observe.decide()


@lru_cache(maxsize=2)
def _plain(mark: str) -> re.Pattern[str]:
    """Lines that are empty, whole, or have one or two decimals behind this mark: they say no other mark."""
    return re.compile(rf"(?:(?:-?[0-9]{{1,15}}(?:{re.escape(mark)}[0-9]{{1,2}})?)?\n)+")


def _fits(text: str, form: str) -> bool:
    try:
        return days.parse(text, form, century=True) is not None
    except BadValue:
        return False
