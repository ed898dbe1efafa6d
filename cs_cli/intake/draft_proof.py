"""A draft held against its file: the rows are read by it as an import would read them."""

from __future__ import annotations

from datetime import date
from typing import Any

from cs_cli.base.errors import InputRefused
from cs_cli.definitions.shapes import Settings, SourceDef
from cs_cli.definitions.sources import read_source
from cs_cli.intake.convert import RowFault, RowReader
from cs_cli.intake.deciding import decide_readings
from cs_cli.intake.draft_known import Known
from cs_cli.intake.draft_left import MONEY, is_money
from cs_cli.intake.draft_model import Draft
from cs_cli.intake.draft_text import write
from cs_cli.intake.header_words import words_of
from cs_cli.intake.plan import make_plan
from cs_cli.intake.profile import Profile
from cs_cli.intake.reader import Table
from cs_cli.intake.recognise import claims, fold_header
from cs_cli.intake.reshape import reshape
from cs_cli.intake.values import currency_in
from cs_cli.store.kinds import KINDS

KNOWN_SHARE = 0.9


def prove(draft: Draft, table: Table, settings: Settings, day: date, known: Known) -> None:
    """Fill draft.proved and draft.unproved: whether every row is read, keys tell rows apart, amounts and days are
    there, and how many of the customers are known."""
    draft.proved, draft.unproved = [], []
    source, document = read_source(write(draft).encode(), "draft")
    if source is None:
        draft.unproved.append(f"the draft is no source yet: {document.faults[0].what}")
        return
    if not claims(source, frozenset(fold_header(header) for header in table.headers if header)):
        draft.unproved.append("it does not claim its own file")
    try:
        found = _read(draft, source, reshape(table, source, day), settings, day.isoformat())
    except InputRefused as refusal:
        draft.unproved.append(f"{refusal.faults[0].name or 'the file'}: {refusal.faults[0].what}")
        return
    _say_rows(draft, found)
    _say_money(draft)
    if found.ahead:
        draft.unproved.append(f"{found.ahead:,} of {found.read:,} days are after {day}: what is planned is not done")
    if draft.kind != "account":
        _say_customers(draft, source, found, known)


def _say_money(draft: Draft) -> None:
    """Amounts that the draft reads as nothing, or keeps as text: they are in no figure."""
    asked = {header for doubt in draft.doubts for header in doubt.headers} | set(draft.money.values())
    told = [p.header for p in draft.unread if p.filled and p.header not in asked and (is_money(p) or _marked(p))]
    if draft.kind == "usage":
        counted = {choice.header for choice in draft.columns if choice.column == "value"} | set(draft.metrics)
        told += sorted(header for header in counted if set(words_of(header)) & MONEY)
    if told:
        one = len(told) == 1
        draft.unproved.append(f"{', '.join(told)} look{'s' * one} like money and {'is' if one else 'are'} in no figure")


def _marked(profile: Profile) -> bool:
    """Do the cells name a currency?"""
    return profile.is_("number") and any(currency_in(text) for text in profile.first if any(map(str.isdigit, text)))


class _Found:
    def __init__(self) -> None:
        self.rows = self.read = self.skipped = self.twice = self.ahead = 0
        self.fault: tuple[int, str] | None = None
        self.keys: set[str] = set()
        self.customers: dict[tuple[str | None, str | None, str | None], int] = {}
        self.filled: dict[str, int] = {}


def _read(draft: Draft, source: SourceDef, table: Table, settings: Settings, today: str) -> _Found:
    plan = make_plan(source, table.headers, draft.file)
    readings = decide_readings(table, plan, settings)
    reader = RowReader(plan, table.headers, readings.converters, settings.currency)
    found = _Found()
    happened = next((at for at, one in enumerate(plan.fields) if one.column == "day" and one.cells), None) if (
        draft.kind in ("touch", "survey", "usage")
    ) else None
    found.filled = {field.column: 0 for field in plan.fields if field.cells}
    for line, _, cells in table.rows():
        found.rows += 1
        if reader.skipped(cells):
            found.skipped += 1
            continue
        try:
            values = reader.values(cells)
            key = reader.key(cells, values) if draft.kind != "usage" else str(line)
            customer = reader.link(cells, key) if plan.has_link else (None, None, None)
        except RowFault as fault:
            found.fault = found.fault or (line, f'{fault.what}: "{fault.value or ""}"')
            continue
        found.read += 1
        found.ahead += happened is not None and (values[happened] or "") > today
        found.twice += key in found.keys
        found.keys.add(key)
        found.customers[customer] = found.customers.get(customer, 0) + 1
        _count(found, plan.fields, values)
    return found


def _count(found: _Found, fields: Any, values: list[Any]) -> None:
    for field, value in zip(fields, values, strict=True):
        if value is not None and field.column in found.filled:
            found.filled[field.column] += 1


def _say_rows(draft: Draft, found: _Found) -> None:
    rows = found.rows - found.skipped
    draft.proved.append(f"{found.read:,} of {rows:,} rows are read")
    if found.fault is not None:
        line, what = found.fault
        aside = f"{rows - found.read:,} of {rows:,} rows would be set aside"
        draft.unproved.append(f"{aside}, the first on line {line}: {what}")
    if found.twice and draft.kind != "usage" and not draft.key_from:
        draft.unproved.append(f"{found.twice:,} rows have the key of another")
    empty = [column for column, count in found.filled.items() if not count and found.read]
    if draft.kind == "account" and (nameless := found.read - found.filled.get("name", found.read)):
        draft.unproved.append(f"{nameless:,} rows have no name")
    needed = [column for column in empty if KINDS.get(draft.kind, {}).get(column) in ("money", "day")]
    if needed:
        draft.unproved.append(f"{', '.join(needed)} would be empty in every row")


def _say_customers(draft: Draft, source: SourceDef, found: _Found, known: Known) -> None:
    """The share of the customers, and of the rows, that an import would link."""
    if not draft.link:
        return
    system = source.account.system or source.system
    named = {one: count for one, count in found.customers.items() if one[0] is not None}
    met = {one for one in named if one[0] is not None and known.finds(system, one[0], one[1], one[2])}
    if not known.count:
        draft.unproved.append(f"no account is known yet: import the accounts first; this file names {len(named):,}")
        return
    rows, linked = sum(named.values()), sum(named[one] for one in met)
    share = f"{len(met):,} of {len(named):,} customers are known ({len(met) / max(len(named), 1):.0%}), "
    share += f"with {linked:,} of {rows:,} rows"
    if len(met) >= KNOWN_SHARE * len(named) and named:
        draft.proved.append(share)
    else:
        draft.unproved.append(share)
