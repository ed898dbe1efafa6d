"""What the cells of each column mean, decided from all of them before the first is converted."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import islice
from typing import Any

from cs_cli.base.errors import InputRefused
from cs_cli.definitions.shapes import Settings
from cs_cli.intake.plan import Field, Plan, Remembered
from cs_cli.intake.reader import Block, Table
from cs_cli.intake.recalling import Turned, agrees, decide_with, in_words, stopped
from cs_cli.intake.recognise import alternatives, fold_header
from cs_cli.intake.values import BadValue, Decision, Undecidable, make_converter, make_observer, needs_decision
from cs_cli.intake.values.money import currency_code

# (header, decision) of every reading of a file, in the order of its plan
Decided = list[tuple[str, Decision]]

GUESS = 8  # blocks of some hundred rows from which a first guess is made


@dataclass(frozen=True)
class Readings:
    """converters by id(reading); wide: those of a wide table's columns; notes: what was decided, in words."""

    converters: dict[int, Callable[..., Any]]
    wide: list[Callable[..., Any]]
    decided: Decided
    notes: list[str]


class Deciding:
    """Watches blocks of rows, then says how each column is read. A cell seen twice costs nothing."""

    def __init__(self, table: Table, plan: Plan, settings: Settings) -> None:
        self._table, self._plan, self._settings = table, plan, settings
        self._every = plan.readings()
        self._wide = self._every[len(self._every) - len(plan.metrics) - len(plan.days):]
        self._observers = {id(f): make_observer(f.spec, f.header) for f in self._every if f.cells}
        self._feeds = [
            (at, self._observers[id(f)]) for f in self._every if f.cells and needs_decision(f.spec) for at in f.cells
        ]
        self._in = {id(self._observers[id(f)]): self._currency_of(f) for f in self._every
                    if f.cells and f.spec.type == "money"}
        self._empty = frozenset(plan.source.empty)
        self._blocks = 0
        self._turned: list[Turned] = []

    @property
    def watches(self) -> bool:
        """Is there a column that must be seen before it can be read?"""
        return bool(self._feeds)

    def see(self, block: Block, fresh: Collection[int] | None = None) -> None:
        """Look at a block; fresh: the only places that can have something new, when that is known."""
        self._blocks += 1
        feeds = self._feeds
        if fresh is not None and self._blocks > GUESS:
            feeds = [feed for feed in feeds if feed[0] in fresh]
        if feeds:
            columns = block.columns
            for at, observer in feeds:
                observer.column(columns[at], block.lines, self._empty)
                if observer.asks_for_decimals and (told := self._in.get(id(observer))) is not None:
                    code, where = told
                    codes = [code] * len(block) if where is None else [_code(cell, code) for cell in columns[where]]
                    observer.whole(columns[at], block.lines, codes)

    def _currency_of(self, f: Field) -> tuple[str, int | None]:
        """(the currency of rows that name none, the place of the cell that names it) of a column of amounts."""
        named = f.spec.currency or ""
        if named.startswith("="):
            return named[1:].strip().upper(), None
        folded = [fold_header(header) for header in self._table.headers]
        where = next((folded.index(word) for word in alternatives(named) if word in folded), None) if named else None
        return self._settings.currency, where

    @property
    def headers(self) -> list[str]:
        return [f.header for f in self._every]

    def readings(self, decisions: Sequence[Decision] | None = None) -> Readings:
        """As the cells decide, or as was decided before. Raises InputRefused for a column that reads two ways."""
        converters: dict[int, Callable[..., Any]] = {}
        source = self._plan.source
        decisions = self._decisions() if decisions is None else decisions
        for f, decision in zip(self._every, decisions, strict=True):
            converters[id(f)] = make_converter(
                f.spec, decision, timezone=source.timezone, workspace_tz=self._settings.timezone,
                null=frozenset(source.empty),
            )
        notes = list(dict.fromkeys(decision.note for decision in decisions if decision.note))
        decided = list(zip(self.headers, decisions, strict=True))
        return Readings(converters, [converters[id(f)] for f in self._wide], decided, notes)

    def _decisions(self) -> list[Decision]:
        """One per reading. An export writes all its days in one order: where a column's days fit both, and no earlier
        import says which, another column of the file that fits only one decides, and that is said."""
        found: dict[int, Decision] = {}
        doubts: list[tuple[Field, Undecidable]] = []
        orders: dict[str, str] = {}
        proved: dict[str, str] = {}
        recalled: list[tuple[Field, str, Remembered]] = []
        self._turned.clear()
        for f in self._every:
            try:
                found[id(f)] = self._decided(f, recalled)
            except Undecidable as doubt:
                if doubt.ident != "IMP-101":
                    raise self._refused(doubt, f) from doubt
                doubts.append((f, doubt))
            else:
                orders.update((form, f.header) for form in found[id(f)].formats if form in ("dmy", "mdy"))
                proved.update((value, f.header) for _, value in found[id(f)].proven if value in ("dmy", "mdy"))
        for f, order, known in recalled:
            if len(proved) == 1 and order not in proved:
                (other, header), = proved.items()
                self._turned.append(Turned(f.header, "format", known, other, f"{header!r} of this file"))
        if self._turned:
            raise stopped(self._table.name, self._turned)
        for f, unsure in doubts:
            if len(orders) != 1:
                raise self._refused(unsure, f) from unsure
            (order, header), = orders.items()
            first = "day" if order == "dmy" else "month"
            found[id(f)] = Decision(
                formats=("written" if "written" in f.spec.format else "iso", order),
                note=f"{f.header!r} read {first} first, because {header!r} can only be read so",
                proven=(("format", order),) if order in proved else (),
            )
        return [found[id(f)] for f in self._every]

    def _decided(self, f: Field, recalled: list[tuple[Field, str, Remembered]]) -> Decision:
        """By its cells; where they leave it open, as the source's earlier imports in force had it, which is said.

        recalled takes the columns whose days are read in a remembered order. Raises Undecidable.
        """
        observer = self._observers.get(id(f))
        if observer is None:
            return Decision()
        place = self._plan.place_of(f)
        known = {word: one for (header, word), one in self._plan.remembered.items() if header == place}
        decision, used = decide_with(observer, known)
        for word, value in decision.proven:
            if word in known and not agrees(f.spec, word, known[word], value):
                seen = observer.seen.get(value) or observer.seen.get(f"{value}y") or observer.seen.get("above")
                line, sample = seen.places[0] if seen else (None, "")
                self._turned.append(Turned(f.header, word, known[word], value, f'"{sample}"', line))
        if "format" in used:
            recalled.extend((f, form, known["format"]) for form in decision.formats if form in ("dmy", "mdy"))
        if used:
            said = "; ".join(in_words(f.header, word, known[word]) for word in used)
            decision = replace(decision, note=said)
        return decision

    def _refused(self, doubt: Undecidable, field: Field) -> InputRefused:
        """With both readings of a cell, and the option or mapping line that settles it."""
        error = InputRefused.of(
            doubt.ident, f"{doubt.header or field.header}: {doubt.what}", file=self._table.name, line=doubt.line,
            name=field.header, value=doubt.sample or None, expected="; ".join(doubt.readings) or None,
            next=f"{doubt.next}; an option is remembered" if "(--" in doubt.next else doubt.next or None,
        )
        assert isinstance(error, InputRefused)
        return error


@lru_cache(maxsize=256)
def _code(cell: str, otherwise: str) -> str:
    try:
        return currency_code(cell) if cell.strip() else otherwise
    except BadValue:
        return otherwise


def decide_readings(table: Table, plan: Plan, settings: Settings) -> Readings:
    """From a pass over all rows. Raises InputRefused for a column that reads two ways."""
    deciding = Deciding(table, plan, settings)
    if deciding.watches:
        for block in table.blocks():
            deciding.see(block)
    return deciding.readings()


def as_decided(table: Table, plan: Plan, settings: Settings, decided: Decided) -> Readings | None:
    """The readings of another file of the same columns; None when this one has others."""
    deciding = Deciding(table, plan, settings)
    if deciding.headers != [header for header, _ in decided]:
        return None
    return deciding.readings([decision for _, decision in decided])


def guess_readings(table: Table, plan: Plan, settings: Settings) -> Readings | None:
    """From the first rows only; None when these do not decide. To be compared with what all rows say."""
    deciding = Deciding(table, plan, settings)
    if deciding.watches:
        for block in islice(table.blocks(), GUESS):
            deciding.see(block)
    try:
        return deciding.readings()
    except InputRefused:
        return None
