"""One row of cells → one staged row of typed values, or the reason why not."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from hashlib import sha256
from typing import Any

from cs_cli.definitions.shapes import SourceColumn
from cs_cli.intake.addresses import Addresses
from cs_cli.intake.links import SUBSCRIPTION
from cs_cli.intake.names import long_id, mail_domain, plain_address, plain_domain
from cs_cli.intake.plan import OWN, Also, Field, Plan, matches
from cs_cli.intake.recognise import alternatives, fold_header
from cs_cli.intake.values import BadValue, clean_key, currency_code, currency_in
from cs_cli.intake.values.written import plain_amount

Cells = Sequence[str]
# constants of these are read as cells are; checked when the source is loaded
CONVERTED = frozenset(["money", "number", "integer", "percent", "day", "flag"])
_PARTS = re.compile(r"[;,\s]+")  # of a cell that lists ids


class RowFault(Exception):
    """Why a row is set aside; column counts from 1 and is None when no single cell is at fault."""

    def __init__(
        self, ident: str, what: str, *, column: int | None = None, name: str | None = None,
        value: str | None = None, expected: str | None = None,
    ) -> None:
        super().__init__(what)
        self.ident, self.what, self.column = ident, what, column
        self.name, self.value, self.expected = name, value, expected


class RowReader:
    """Reads rows by a plan. converters: by id(reading), text → value, raising BadValue; those of
    money columns take the row's currency as well.

    `values(cells)` gives the typed values in the order of plan.fields, money in minor units.
    """

    def __init__(
        self, plan: Plan, headers: Sequence[str], converters: Mapping[int, Callable[..., Any]], currency: str
    ) -> None:
        self.plan = plan
        self.headers = list(headers)
        self.currency = currency
        self.null = frozenset(word.casefold() for word in plan.source.empty)

        def readers(fields: Sequence[Field]) -> list[Callable[[Cells], Any]]:
            return [self._chain([self._reading(f, converters[id(f)]) for f in one.readings()]) for one in fields]

        self._readers = readers(plan.fields)
        self._also = [(one, readers(one.fields)) for one in plan.also]
        self._apart = plan.source.account.list
        self._drop = [re.compile(pattern) for pattern in plan.source.account.drop]
        self._by_cell = {f.cells[0]: n for n, f in enumerate(plan.fields) if f.cells}
        self._key = [(at, self._keyed_by(at)) for at in plan.key]
        self.merges: dict[str, str] = {}
        self.addresses = Addresses()

    def skipped(self, cells: Cells) -> tuple[str, str] | None:
        """(header, value) by which the source's `skip_when` says that this row is no record, else None."""
        for at, words in self.plan.skip:
            if any(matches(one, word := cells[at].strip()) for one in words):
                return self.headers[at], word
        return None

    def note_merges(self, cells: Cells) -> None:
        """Keep in `merges` (id that went → id that stays) what a row says of merges, also one that is no record."""
        try:
            own = self._clean(cells[self.plan.key[0]], self.plan.key[0])
            for at in self.plan.merged:
                for part in _PARTS.split(cells[at].strip()):
                    if not self._empty(one := self._clean(part, at)):
                        self.merges[one] = own
            for at in self.plan.into:
                if not self._empty(one := self._clean(cells[at], at)):
                    self.merges[own] = one
        except RowFault:
            return  # an id that cannot be read: the row itself is set aside for it

    def reading(self, number: int) -> tuple[tuple[int, ...], Callable[[Cells], Any]]:
        """(the cells that field `number` looks at, what reads it from a row's cells)."""
        seen: dict[int, None] = {}
        for one in self.plan.fields[number].readings():
            seen.update(dict.fromkeys((*one.cells, *(at for at, _ in one.when))))
            code = self.currency_of(one)[0]
            if code is not None:
                seen[code] = None
        return tuple(seen), self._readers[number]

    def currency_of(self, field: Field) -> tuple[int | None, str]:
        """(the cell that names the currency of an amount, if one does; the currency where it names none)."""
        named = field.spec.currency
        if field.spec.type != "money" or not named:
            return None, self.currency
        if named == OWN or named.startswith("="):
            return None, named[1:].strip().upper() or self.currency
        return self._place(named), self.currency

    def keyed_as_is(self) -> bool:
        """Is the key one cell, taken as it stands?"""
        return len(self._key) == 1 and self._key[0][1] is None and self.plan.source.ids is None

    def values(self, cells: Cells) -> list[Any]:
        return [read(cells) for read in self._readers]

    def also(self, cells: Cells) -> Iterator[tuple[int, list[Any] | RowFault]]:
        """(which of plan.also, its values) of the further records that a row makes; of a soft one that cannot be read
        the fault. Raises RowFault."""
        for at, (one, readers) in enumerate(self._also):
            values, faults = list[Any](), list[RowFault]()
            for read in readers:
                try:
                    values.append(read(cells))
                except RowFault as fault:
                    if not one.part.soft:
                        raise
                    values.append(None)
                    faults.append(fault)
            yield from ((at, fault) for fault in faults)
            if faults and not one.part.unknown:
                continue
            if one.is_made(values) or (one.part.unknown and self._called_unknown(one, cells)):
                yield at, values

    def key(self, cells: Cells, values: Sequence[Any]) -> str:
        """The record's key: its key cells, days and numbers in one spelling; or the row's content."""
        if self.plan.key_else and not any(cells[at].strip() for at in self.plan.key):
            return self._named_key(cells)
        if not self._key:
            text = "\x1f".join("" if value is None else str(value) for value in values)
            link = "\x1f".join(cells[at].strip() for at in (*self.plan.ids, *self.plan.emails, *self.plan.names))
            return sha256(f"{link}\x1e{text}".encode("utf-8", "surrogatepass")).hexdigest()[:24]
        parts = []
        for at, number in self._key:
            part = str(values[number]) if number is not None else self._clean(cells[at], at)
            if not part or part.casefold() in self.null or part == "None":
                raise RowFault(
                    "IMP-210", "the key is empty", column=at + 1, name=self.headers[at], value=cells[at],
                    expected="the id of the record",
                )
            parts.append(part)
        return "|".join(parts)

    def _called_unknown(self, one: Also, cells: Cells) -> bool:
        """Does a cell that would make the record hold a word for "not known"?"""
        needs = [at for f in one.fields if f.column in one.part.needs for at in f.cells]
        return any(any(letter.isalpha() or letter == "?" for letter in cells[at]) for at in needs)

    def _named_key(self, cells: Cells) -> str:
        """The key of a row without an id: its name."""
        for at in self.plan.key_else:
            if not self._empty(name := self._clean(" ".join(cells[at].split()), at)):
                return name
        at = self.plan.key_else[0]
        raise RowFault(
            "IMP-210", "the key is empty", column=at + 1, name=self.headers[at], value=cells[at],
            expected="the name of the customer",
        )

    def link(self, cells: Cells, key: str) -> tuple[str | None, str | None, str | None]:
        """(external id of the account reference, domain, name) that the row names its account by."""
        plan = self.plan
        # several domains in one cell: the first is the main one
        domains = (plain_domain(cells[at].replace(",", ";").split(";", 1)[0]) for at in plan.domains)
        domain = next(filter(None, domains), None)
        emails = [plain_address(e) for at in plan.emails if "@" in (e := cells[at].strip())]
        if domain is None:
            domain = next((d for e in emails if (d := mail_domain(e))), None)
        name = next((n for at in plan.names if not self._empty(n := self._name(cells[at]))), None)
        ext = self._external_id(cells, key, emails, domain, name)
        if emails:
            self.addresses.met(emails[0], ext, name)
        return ext, domain, name

    def _external_id(
        self, cells: Cells, key: str, emails: Sequence[str], domain: str | None, name: str | None
    ) -> str | None:
        plan = self.plan
        if plan.source.account.own:
            return key
        for at in plan.ids:     # HubSpot joins several associations with ";": the first is the primary one
            text = self._clean(cells[at].split(self._apart, 1)[0], at)
            if not self._empty(text):
                return text
        for at in plan.subscriptions:
            text = self._clean(cells[at], at)
            if not self._empty(text):
                return SUBSCRIPTION + text
        if emails:
            return emails[0]
        if domain:
            return "@" + domain
        if name:
            return "name:" + name
        if not plan.has_link:
            return None
        at = next(iter((*plan.ids, *plan.subscriptions, *plan.emails, *plan.domains, *plan.names)))
        raise RowFault(
            "IMP-211", "the row names no account", column=at + 1, name=self.headers[at], value=cells[at],
            expected="an account id, e-mail address, domain or name",
        )

    def _name(self, text: str) -> str:
        """An account's name without what the export hangs on it."""
        for pattern in self._drop:
            text = pattern.sub("", text)
        return " ".join(text.split())

    def _clean(self, text: str, at: int) -> str:
        """An id as it is compared; "" for an empty cell."""
        if not text.strip():
            return ""
        try:
            key = clean_key(text)
        except BadValue as bad:
            raise RowFault(bad.ident, f"{self.headers[at]} {bad.what}", column=at + 1, name=self.headers[at],
                           value=text, expected=bad.expected) from bad
        return long_id(key) if self.plan.source.ids == "salesforce" else key

    def _empty(self, text: str) -> bool:
        return not text or text.casefold() in self.null

    def _keyed_by(self, at: int) -> int | None:
        """The field whose converted value stands in the key, for days and numbers; else the cell as it is."""
        number = self._by_cell.get(at)
        if number is None or self.plan.fields[number].spec.type == "text":
            return None
        return number

    def _chain(self, readers: list[Callable[[Cells], Any]]) -> Callable[[Cells], Any]:
        """The first reading that gives something."""
        if len(readers) == 1:
            return readers[0]

        def read(cells: Cells) -> Any:
            for one in readers:
                if (value := one(cells)) is not None:
                    return value
            return None

        return read

    def _reading(self, field: Field, convert: Callable[..., Any]) -> Callable[[Cells], Any]:
        """One reading with its condition, what is taken off, and its sign."""
        less, when = field.less, field.when
        # what is taken off is part of the same number, not a condition of its own
        read = self._reader(field, convert)
        if less is not None:
            whole, off = read, self._reader(replace(field, groups=((less,),), header=self.headers[less]), convert)

            def read(cells: Cells) -> Any:
                value, other = whole(cells), off(cells)
                if field.spec.type == "instant":
                    return hours_between(other, value)
                return None if value is None else value - (other or 0)

        if field.spec.negate:
            plain = read

            def read(cells: Cells) -> Any:
                value = plain(cells)
                return None if value is None else -value

        if when:
            always = read

            def read(cells: Cells) -> Any:
                return always(cells) if all(self._holds(cells[at], words) for at, words in when) else None

        return read

    def _holds(self, cell: str, words: frozenset[str]) -> bool:
        """Is the cell one of the words, or filled where any will do ("*")?"""
        word = cell.strip().casefold()
        return word in words or ("*" in words and not self._empty(word))

    def _reader(self, field: Field, convert: Callable[..., Any]) -> Callable[[Cells], Any]:
        spec = field.spec
        if spec.type != "money":
            return self._plain_reader(field, convert)
        fixed, where = self.currency, None
        if spec.currency and spec.currency.startswith("="):
            fixed = spec.currency[1:].strip().upper()
        elif spec.currency == OWN:
            where = field.cells[0]
        elif spec.currency:
            where = self._place(spec.currency)
        if where is None:
            return self._plain_reader(field, lambda text: convert(text, fixed))
        codes: dict[str, str] = {"": fixed}

        def read(cells: Cells) -> Any:
            word = cells[where]
            code = codes.get(word)
            if code is None and spec.currency == OWN:
                code = codes[word] = currency_in(plain_amount(word)) or fixed
            elif code is None:
                code = codes[word] = fixed if self._empty(word.strip()) else self._code(word, where)
            return money[code](cells)

        class _PerCurrency(dict[str, Callable[[Cells], Any]]):
            def __missing__(inner, code: str) -> Callable[[Cells], Any]:
                inner[code] = self._plain_reader(field, lambda text: convert(text, code))
                return inner[code]

        money = _PerCurrency()
        return read

    def _code(self, word: str, at: int) -> str:
        try:
            return currency_code(word)
        except BadValue as bad:
            raise RowFault(bad.ident, f"{self.headers[at]} {bad.what}", column=at + 1, name=self.headers[at],
                           value=word, expected=bad.expected) from bad

    def _place(self, header: str) -> int | None:
        folded = [fold_header(h) for h in self.headers]
        return next((folded.index(word) for word in alternatives(header) if word in folded), None)

    def _plain_reader(self, field: Field, convert: Callable[[str], Any]) -> Callable[[Cells], Any]:
        if not field.groups:
            constant = field.spec.constant
            if field.spec.type in CONVERTED:
                return _constant_reader(field, convert)
            return lambda cells: constant
        required, header = field.spec.required, field.header
        first, rest = field.groups[0], field.groups[1:]
        # reply times in minutes are kept in hours
        per_hour = 60 if "minutes" in field.spec.format else 0
        is_currency = field.column == "currency" and not field.spec.map

        def read(cells: Cells) -> Any:
            at = first[0]
            text = cells[at] if len(first) == 1 else self._joined(cells, first)
            if rest and self._empty(text.strip()):
                for group in rest:
                    if not self._empty(other := self._joined(cells, group)):
                        at, text = group[0], other
                        break
            try:
                value = convert(text)
                if is_currency:
                    value = self.currency if value is None else currency_code(value)
            except BadValue as bad:
                raise RowFault(bad.ident, f"{header} {bad.what}", column=at + 1, name=self.headers[at], value=text,
                               expected=bad.expected) from bad
            if value is None:
                if required:
                    raise RowFault(
                        "IMP-214", f"{header} is empty", column=at + 1, name=self.headers[at], value=text,
                        expected="a value: the row says nothing without it",
                    )
                return None
            return value / per_hour if per_hour else value

        return read

    def _joined(self, cells: Cells, group: Sequence[int]) -> str:
        return " ".join(text for at in group if not self._empty(text := cells[at].strip()))


def _constant_reader(field: Field, convert: Callable[[str], Any]) -> Callable[[Cells], Any]:
    """Gives the constant; a currency that cannot hold it (half a yen) is a fault of the row that names it."""
    try:
        value = _constant(field.spec, convert)
    except BadValue as bad:
        fault = RowFault(bad.ident, f"{field.header} {bad.what}", name=field.column, value=str(field.spec.constant),
                         expected=bad.expected)  # fmt: skip

        def refuse(cells: Cells) -> Any:
            raise fault

        return refuse
    return lambda cells: value


def _constant(spec: SourceColumn, convert: Callable[[str], Any]) -> Any:
    """What a constant of a column that is no text stands for; that it is one was checked when the source was loaded."""
    text = str(int(spec.constant)) if isinstance(spec.constant, bool) else str(spec.constant).strip()
    if spec.type == "day":
        return text
    if spec.type == "percent":
        share = Decimal(text.removesuffix("%"))
        return float(share / 100 if text.endswith("%") or "percent" in spec.format else share)
    return convert(text)


def hours_between(start: str | None, end: str | None) -> float | None:
    """Hours from one UTC instant (ISO text with Z) to a later one; None when one is missing or comes first."""
    if start is None or end is None or end < start:
        return None
    return (datetime.fromisoformat(end) - datetime.fromisoformat(start)).total_seconds() / 3600
