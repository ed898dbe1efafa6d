"""What a kept sheet's columns of days say beside days: how a contract renews (automatic, manual), months."""

from __future__ import annotations

from cs_cli.base.command_line import as_typed
from cs_cli.definitions.shapes import SourceDef
from cs_cli.intake.loose import loose_header
from cs_cli.intake.plan import Plan
from cs_cli.intake.reader import Table
from cs_cli.intake.recognise import spellings
from cs_cli.intake.values import BadValue
from cs_cli.intake.values.choice import flag
from cs_cli.intake.values.written import WRITTEN, is_month, written_day_converter

MOST = 0.6      # of the filled cells


def settle_renewal_words(table: Table, source: SourceDef) -> list[str]:
    """Give such a column the name under which it is read, where no other one says it. Gives what is to be said."""
    if source.role != "book":
        return []
    words = {
        str(word).casefold() for part in source.also for column, spec in part.columns.items() if column == "auto_renew"
        for word in spec.map
    }
    empty = {word.casefold() for word in source.empty}
    read = written_day_converter(["dmy"])

    def is_one(cell: str) -> bool:
        if cell.casefold() in words:
            return True
        try:
            flag(cell)
        except BadValue:
            return False
        return True

    def is_day(cell: str) -> bool:
        try:
            read(cell)
        except BadValue as bad:
            return bad.ident == "IMP-111"
        return True

    named = {loose_header(header) for header in table.headers if header}
    renewal, auto = set(spellings(source, "$renewal")), spellings(source, "$auto_renew")
    if not named.isdisjoint(auto):
        return []
    places = [at for at, header in enumerate(table.headers) if loose_header(header) in renewal]
    if not places:
        return []
    filled: dict[int, list[str]] = {at: [] for at in places}
    for _, _, cells in table.rows():
        for at in places:
            if (cell := cells[at].strip()) and cell.casefold() not in empty:
                filled[at].append(cell)
    for at, column in filled.items():
        if column and not any(map(is_day, column)) and sum(map(is_one, column)) >= MOST * len(column):
            said = f"{table.headers[at]!r} says how contracts renew ({column[0]}), not when: it is read as Auto renew"
            table.headers[at] = "Auto renew"
            return [said]
    return []


def say_months(table: Table, plan: Plan) -> list[str]:
    """Which columns name months where a day is wanted. Gives what is to be said."""
    if plan.source.role != "book":
        return []
    days = {
        at: f.header for f in plan.readings() if f.spec.type == "day" and WRITTEN in f.spec.format for at in f.cells
    }
    found: dict[str, str] = {}
    for line, _, cells in table.rows():
        for at, header in days.items():
            if header not in found and is_month(cells[at]):
                found[header] = f"{header!r} names months ({cells[at].strip()!r}, line {line}): each is its first day"
    return list(found.values())


def say_uses(table: Table, plan: Plan) -> list[str]:
    """In what amounts are written, where the header says it; where a sheet's segments and tiers go, and why a number of
    logins that names no time goes nowhere."""
    if plan.source.role != "book":
        return []
    said = [
        f"{f.header!r} is written in {unit}: 1 is {factor:,}" for f in plan.readings() if f.spec.type == "money"
        for unit, factor in (("thousands", 1_000), ("millions", 1_000_000)) if unit in f.spec.format
    ]
    tags = next((f for f in plan.fields if f.column == "tags"), None)
    if tags is not None:
        named = " and ".join(repr(table.headers[at]) for at in tags.cells)
        said.append(f"{named}: the account's tags, which conditions read")
    words = {loose_header(word) for word in plan.source.words.get("logins", ())}
    bare = [header for _, header in plan.attributes if loose_header(header) in words]
    if bare:
        renamed = as_typed(f"{bare[0]}={bare[0]} last 30 days")
        said.append(f"{bare[0]!r} says for no time how many (in all, a month, a week), so it is no usage, but an "
                    f"attribute; --rename {renamed} says it")
    return said
