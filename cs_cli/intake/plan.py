"""A source definition laid over the headers of one file: which cell feeds which record column."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import msgspec

from cs_cli.base.command_line import as_typed
from cs_cli.base.errors import Fault, InputRefused
from cs_cli.definitions.records import column_type
from cs_cli.definitions.shapes import SourceColumn, SourceDef, SourcePart
from cs_cli.intake.loose import currency_in_header, unit_in_header
from cs_cli.intake.recognise import fold_header, folds, header_day, is_like, spellings

_UNITS = {1_000: "thousands", 1_000_000: "millions"}     # in which a header says that its amounts are written
OWN = "~"   # in place of a currency: the one that each amount names itself, else the default


@dataclass(frozen=True)
class Field:
    """One record column and the cells it is read from: the first group that is not empty, joined.

    less: the cell whose number is taken off. when: the reading holds in rows where each of these
    cells is one of the words. others: what is read where this reading gives nothing.
    """

    column: str
    spec: SourceColumn
    groups: tuple[tuple[int, ...], ...]
    header: str
    less: int | None = None
    when: tuple[tuple[int, frozenset[str]], ...] = ()
    others: tuple[Field, ...] = ()

    @property
    def cells(self) -> tuple[int, ...]:
        own = tuple(at for group in self.groups for at in group)
        return own if self.less is None else (*own, self.less)

    def readings(self) -> tuple[Field, ...]:
        return (self, *self.others)


@dataclass(frozen=True)
class Remembered:
    """value of one word of a mapping for one column; since: import #3 (its file); said: by a person, not the cells."""

    value: str
    since: str
    said: bool


# (header as it is compared, word of a mapping) → what the source's imports in force proved or were told
Memory = dict[tuple[str, str], Remembered]


@dataclass(frozen=True)
class Also:
    """One further record that is made of each row: its declaration, and the columns that the file has of it."""

    part: SourcePart
    fields: list[Field]

    def is_made(self, values: Sequence[object]) -> bool:
        """Is anything filled that makes it, in these values of its fields?"""
        wanted = self.part.needs
        return any(f.column in self.part.owed and f.cells for f in self.fields) or any(
            value is not None for field, value in zip(self.fields, values, strict=True)
            if (field.column in wanted if wanted else field.cells)
        )


@dataclass
class Plan:
    """How the rows of one file are read. Numbers are cell positions from 0.

    remembered: how the columns of earlier files of the source were read; mapping: what decides how this one is,
    as a hash. undecided: columns of a CRM that look like money and of which nobody said yet whether they are.
    """

    source: SourceDef
    fields: list[Field] = field(default_factory=list)
    also: list[Also] = field(default_factory=list)
    key: list[int] = field(default_factory=list)
    key_else: list[int] = field(default_factory=list)
    ids: list[int] = field(default_factory=list)
    emails: list[int] = field(default_factory=list)
    domains: list[int] = field(default_factory=list)
    names: list[int] = field(default_factory=list)
    subscriptions: list[int] = field(default_factory=list)
    merged: list[int] = field(default_factory=list)
    into: list[int] = field(default_factory=list)
    skip: list[tuple[int, frozenset[str]]] = field(default_factory=list)
    metrics: list[tuple[int, str]] = field(default_factory=list)
    days: list[tuple[int, str]] = field(default_factory=list)
    attributes: list[tuple[int, str]] = field(default_factory=list)
    ignored: list[str] = field(default_factory=list)
    remembered: Memory = field(default_factory=dict)
    mapping: str = ""
    undecided: str = ""

    def readings(self) -> list[Field]:
        """Every way in which a cell is read; the columns of a wide table are numbers."""
        number = SourceColumn(type="number")
        wide = [Field("value", number, ((at,),), name) for at, name in (*self.metrics, *self.days)]
        every = [*self.fields, *(f for one in self.also for f in one.fields)]
        return [one for f in every for one in f.readings()] + wide

    def place_of(self, reading: Field) -> str:
        """The header by which a column is remembered; the days of a table with one column per day are one."""
        across = any(day == reading.header for _, day in self.days)
        return "(days)" if across else fold_header(reading.header)

    @property
    def system(self) -> str:
        """The system whose ids name the accounts."""
        return self.source.account.system or self.source.system

    @property
    def has_link(self) -> bool:
        return self.source.account.own or bool(
            self.ids or self.emails or self.domains or self.names or self.subscriptions
        )

    def delivered(self) -> list[str]:
        return [f.column for f in self.fields]


def as_of_its_column(source: SourceDef | SourcePart, column: str, spec: SourceColumn) -> SourceColumn:
    """A constant is read as a cell of its column would be: 50 for an amount is 50 units of the row's currency."""
    kind = column_type(source.kind, column)
    if kind == "text" or spec.type != "text":
        return spec
    currency = spec.currency
    if kind == "money" and currency is None and (named := source.columns.get("currency")) is not None:
        currency = named.from_[0] if named.from_ else f"={named.constant}" if named.constant else None
    return msgspec.structs.replace(spec, type=kind, currency=currency)


def make_plan(source: SourceDef, headers: Sequence[str], file: str) -> Plan:
    """Lay the source over the headers. Raises InputRefused IMP-205 (a key or required column is
    missing) and IMP-206 (a mapped header stands twice)."""
    places: dict[str, list[int]] = {}
    folded = folds(source)
    for at, header in enumerate(headers):
        if header:
            places.setdefault(folded(header), []).append(at)
    used: set[int] = set()
    faults: list[Fault] = []
    draft = ""

    def find(header: str, *, sure: bool = True) -> int | None:
        for word in [folded(header), *spellings(source, header)]:
            found = places.get(word)
            if word.startswith("~"):
                found = [at for text, where in places.items() if is_like(word, text) for at in where]
            if found:
                if len(found) > 1 and (sure or not word.startswith("~")):
                    twice = " and ".join(str(at + 1) for at in found)
                    faults.append(Fault(
                        "IMP-206", f"the column stands twice: {twice}", file=file, name=headers[found[0]],
                        expected="one column of this name",
                    ))
                used.add(found[0])
                return found[0]
        return None

    def several(wanted: Sequence[str]) -> list[int]:
        return [at for header in wanted if (at := find(header, sure=False)) is not None]

    def together(header: str, *, sure: bool) -> tuple[int, ...]:
        """One column, or several whose cells are joined: "First Name + Last Name"."""
        at = find(header, sure=sure)
        return (at,) if at is not None else tuple(several(header.split(" + "))) if " + " in header else ()

    def reading(column: str, spec: SourceColumn, of: SourceDef | SourcePart = source) -> Field | None:
        """The field, None when none of its headers is there (or one that its `when` asks for is not)."""
        if spec.constant is not None:
            spec = as_of_its_column(of, column, spec)
        groups = [group for header in spec.from_ if (group := together(header, sure=spec.required))]
        if source.words and spec.type == "money" and groups:
            # a person writes the currency into a column of its own, into the header, or nowhere
            named = find(spec.currency) if spec.currency else None
            stated = currency_in_header(headers[groups[0][0]])
            code = headers[named] if named is not None else f"={stated}" if stated else None
            unit = _UNITS.get(unit_in_header(headers[groups[0][0]]))
            spec = msgspec.structs.replace(spec, currency=code, format=[*spec.format, *([unit] if unit else [])])
        elif spec.currency and not spec.currency.startswith("="):
            find(spec.currency)
        conditions = [(find(header), words) for header, words in spec.when.items()]
        if (not groups and spec.constant is None) or any(at is None for at, _ in conditions):
            return None
        return Field(
            column, spec, tuple(groups), headers[groups[0][0]] if groups else column,
            find(spec.less) if spec.less else None,
            tuple((at, frozenset(word.casefold() for word in words)) for at, words in conditions if at is not None),
        )

    def missing(what: str, header: str) -> Fault:
        there = f"the file has {', '.join(header for header in headers if header)}"
        return Fault("IMP-205", what, file=file, name=header, expected=there, next=f"cs sources show {source.source}")

    def fields_of(of: SourceDef | SourcePart) -> list[Field]:
        found = []
        for column, spec in of.columns.items():
            readings = [f for one in (spec, *spec.else_) if (f := reading(column, one, of)) is not None]
            if readings:
                found.append(replace(readings[0], others=tuple(readings[1:])))
            elif spec.required:
                faults.append(missing("a required column is missing", " or ".join(spec.from_)))
        return found

    plan = Plan(source)
    plan.key_else = several(source.key_else)
    for header in source.key:
        if (place := find(header)) is not None:
            plan.key.append(place)
        elif not plan.key_else:
            faults.append(missing("the key column is missing", header))
    link = source.account
    plan.ids, plan.emails, plan.domains = several(link.id), several(link.email), several(link.domain)
    plan.names, plan.subscriptions = several(link.name), several(link.subscription)
    plan.merged, plan.into = several(link.merged), several(link.into)
    plan.fields = fields_of(source)
    for part in source.also:
        if not part.metrics:
            fields = fields_of(part)
            plan.also += [Also(part, fields)] if any(f.cells for f in fields) else []
    ways = (*link.id, *link.subscription, *link.email, *link.domain, *link.name)
    if ways and not plan.has_link:
        faults.append(Fault(
            "IMP-207", "no column says whose the rows are", file=file, expected=" or ".join(ways).replace("|", " or "),
        ))
        new = f"cs sources new {as_typed(file)} --save drafts a source for it"
        draft = f"export it again with one of these columns; if it is another export: {new}; "
    for header, values in source.skip_when.items():
        if (place := find(header)) is not None:
            plan.skip.append((place, frozenset(value.casefold() for value in values)))
    if source.wide:
        wanted = source.metrics or [h for at, h in enumerate(headers) if h and at not in used]
        plan.metrics = [(at, headers[at].strip()) for at in several(wanted)]
    if source.days_across:
        plan.days = [(at, day) for at, h in enumerate(headers) if at not in used
                     and (day := header_day(h, source.days_across)) is not None]
        used.update(at for at, _ in plan.days)
    for part in source.also:
        # the metrics that the headers name themselves: of what nothing else has taken
        for at, header in enumerate(headers):
            if header and at not in used and any(is_like(word, folded(header)) for word in part.metrics):
                named_so = SourceColumn(constant=header)
                value = Field("value", SourceColumn(type="number"), ((at,),), header)
                plan.also.append(Also(part, [Field("metric", named_so, (), "metric"), value]))
                used.add(at)
    keep_all = source.attributes == ["*"]
    rest = [h for at, h in enumerate(headers) if h and at not in used]
    words = [word for one in source.attributes for word in spellings(source, one)]
    # an attribute whose header stands twice is left out: nothing says which one is meant
    plan.attributes = [
        (places[text][0], h) for h in rest if len(places[text := folded(h)]) == 1
        and (keep_all or any(is_like(word, text) for word in words))
    ]
    used.update(at for at, _ in plan.attributes)
    plan.ignored = [h for at, h in enumerate(headers) if h and at not in used]
    if faults:
        raise InputRefused(faults, next=f"{draft}cs sources show {source.source}")
    return plan


def matches(pattern: str, text: str) -> bool:
    """Is the text this word of `skip_when`, or begins with what stands before its closing star? Capitals aside."""
    plain = text.casefold()
    return plain.startswith(pattern[:-1]) if pattern.endswith("*") else plain == pattern
