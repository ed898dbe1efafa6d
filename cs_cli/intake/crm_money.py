"""What a CRM's list of accounts tells beside its own fields: what customers pay, and when they renew.

ARR__c or "Renewal Date" are columns that one company made for itself, so the source of its CRM knows none of them;
customer_book has the words for them. Read, they count where no billing knows the customer (facts/sql/spans.sql).
Whether they are that, a person says once (--money); until then each import says that they are in no figure.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace

import msgspec

from cs_cli.base.command_line import as_typed
from cs_cli.definitions.shapes import SourceDef, SourceField, SourcePart
from cs_cli.intake.again import again
from cs_cli.intake.catalogue import shipped_sources
from cs_cli.intake.loose import loose_header
from cs_cli.intake.plan import Also, Field, Plan, make_plan
from cs_cli.intake.reader import Table
from cs_cli.intake.recognise import spellings
from cs_cli.intake.results import ImportOptions

READ, KEEP = "read", "keep"
WORD = "money"      # of the memory; it holds for the file, not for a column
UNDECIDED = "undecided"     # of the memory: what was asked and not answered yet
WAYS = (READ, KEEP)
# what a sheet tells of money and term, as a CRM may; the rest of its subscription is the CRM's own business
_COLUMNS = (
    "total", "mrr", "term_total", "currency", "interval", "started_on", "renews_on", "ended_on", "cancelled_on",
    "term_months", "notice_days", "auto_renew", "plan",
)
# "Value" of a sheet is a contract's; in a CRM it may be a lead's
_VAGUE = frozenset(["$any_value"])
_CALLED = {
    "total": "a year's price", "mrr": "a month's price", "term_total": "the price of the term",
    "renews_on": "the renewal", "ended_on": "the end", "cancelled_on": "the notice",
}
# what a vendor puts around the name of a column that a customer made
_AROUND = re.compile(
    r"__p?c$|\s\(metadata\)$|^cf_|^custom\.|^parent record > |"
    r"^(?:account|company|organi[sz]ation|customer)(?:\s*[:.-]|\b)\s*", re.IGNORECASE,
)


_OF_AMOUNT = re.compile(r"currency of (.+)|(.+?)[ _-]+currency(?:[ _-]+(?:iso[ _-]+)?code)?", re.IGNORECASE)


def bare_header(header: str) -> str:
    """A customer's own column without what the vendor puts around it: ARR of ARR__c, "Organization - ARR", cf_arr."""
    bare = _AROUND.sub("", header.strip())
    return bare if bare.strip(" _") else header


def lay_money(plan: Plan, table: Table, sources: Iterable[SourceDef], options: ImportOptions) -> list[str]:
    """Lays the columns of money and term into the plan of a list of accounts where that was said; gives what is to
    be said of them. Of deals it is said only that nothing reads them."""
    book = next((one for one in sources if one.role == "book"), None)
    if book is None or plan.source.kind not in ("account", "deal") or plan.source.role == "book":
        return []
    said = plan.remembered.get(("", WORD))
    money = plan.source.money or (said.value if said is not None else None)
    found, twice = (None, []) if money == KEEP else _find(book, plan, table)
    if found is None:
        return []
    file = table.name
    named = ", ".join(f"{f.header!r} ({_CALLED[f.column]})" for f in found.fields if f.column in _CALLED and f.cells)
    if money != READ:
        plan.undecided = named
    if plan.source.kind == "deal":
        return [
            f"{named} of deals: in no figure, since a deal is its amount and its stage; where each row is a contract, "
            f"cs sources new {as_typed(file)} --kind contract --save drafts a source that reads them; "
            f"{again(options, file, '--money keep')} if all is well as it is"
        ]
    if money == READ:
        plan.source = msgspec.structs.replace(plan.source, money=READ)
        plan.also.append(found)
        read = {f.header for f in found.fields if f.cells}
        plan.ignored = [header for header in plan.ignored if header not in read]
        since = "" if said is None or options.money else f", as said in {said.since}"
        return [f"{named}: read as in a sheet of customers{since}; billing counts where it knows the customer", *twice]
    return [
        f"{named}: in no figure until somebody says once what they are: {again(options, file, '--money read')} if they "
        f"are what customers pay and when they renew (billing counts where it knows the customer); "
        f"{again(options, file, '--money keep')} if not"
    ]


def undecided_money(conn: sqlite3.Connection, sources: Collection[str]) -> list[tuple[str, str, str]]:
    """(source, which of its columns look like money, what to do) where nobody said yet whether they are. sources: those
    that say it themselves."""
    from cs_cli.intake.memory import recall

    found = []
    for source, kind in conn.execute(
        "SELECT DISTINCT source, record_kind FROM change_set "
        "WHERE kind = 'import' AND (record_kind = 'account' OR record_kind = 'deal') ORDER BY source"
    ).fetchall():
        known = recall(conn, source)
        open_one = known.get(("", UNDECIDED))
        if open_one is None or not open_one.value or ("", WORD) in known or source in sources:
            continue
        (file,) = conn.execute(
            "SELECT file FROM change_set WHERE kind = 'import' AND source = ? AND file IS NOT NULL "
            "ORDER BY id DESC LIMIT 1", (source,),
        ).fetchone()
        command = f"cs import {as_typed(file)} --money"
        other = f"cs sources new {as_typed(file)} --kind contract --save" if kind == "deal" else f"{command} {READ}"
        found.append((source, f"{open_one.value}: in no figure until somebody says what they are",
                      f"{other} reads them; {command} {KEEP} if they are no money"))
    return found


def told_of_money(headers: Sequence[str]) -> dict[str, str]:
    """Column of a subscription → the header among these by which customer_book would know it: a price, or an end."""
    book = next(one for one in shipped_sources() if one.role == "book")
    part = next(one for one in book.also if one.kind == "subscription")
    found: dict[str, str] = {}
    for column in _CALLED:
        words = {text for word in part.columns[column].from_ if word not in _VAGUE for text in spellings(book, word)}
        for header in headers:
            if loose_header(bare_header(header)) in words:
                found.setdefault(column, header)
    return found


def called(column: str) -> str:
    """What a column of money or term tells, in words."""
    return _CALLED[column]


def _find(book: SourceDef, plan: Plan, table: Table) -> tuple[Also | None, list[str]]:
    """The subscription that customer_book would make of the columns that the source does not read and that are not
    empty; None where none of them says what is paid or until when. And what is to be said of columns that say the
    same."""
    headers = table.headers
    kept = {at for at, _ in plan.attributes}
    free = [at for at, header in enumerate(headers) if header and (at in kept or header in plan.ignored)]
    known = {loose_header(word) for words in book.words.values() for word in words}
    bares = {at: _currency_of(bare_header(headers[at]), known) for at in free}
    filled = _filled(table, [at for at in free if loose_header(bares[at]) in known])
    shown, met, twice = [""] * len(headers), dict[str, str](), list[str]()
    for at in filled:
        bare = bares[at]
        if (word := loose_header(bare)) in met:
            twice.append(f"{headers[at]!r} says the same as {met[word]!r}, which is read")
            continue
        met[word] = headers[at]
        shown[at] = bare
    part = next(one for one in book.also if one.kind == "subscription")
    columns = {
        name: msgspec.structs.replace(
            spec, from_=[word for word in spec.from_ if word not in _VAGUE], empty=[*spec.empty, *book.empty],
        )
        for name, spec in part.columns.items() if name in _COLUMNS
    }
    needs = [name for name in part.needs if name in columns]
    part = msgspec.structs.replace(part, columns=columns, needs=needs, soft=True, owed=[])
    only = SourceDef(plan.source.source, plan.source.system, "account", [], words=book.words, also=[part])
    made = next(iter(make_plan(only, shown, table.name).also), None)
    if made is None or not any(field.column in _CALLED for field in made.fields):
        return None, []
    fields = [_as_headed(field, shown, headers) for field in made.fields]
    return Also(part, [*fields, *_status(book, part, plan)]), [
        note for note in twice if any(repr(f.header) in note for f in fields if f.cells)
    ]


def _currency_of(header: str, known: Collection[str]) -> str:
    """Currency for "Currency of MRR" and "ARR Currency", which say in what an amount is; else the header."""
    found = _OF_AMOUNT.fullmatch(header)
    return "Currency" if found and loose_header(found[1] or found[2]) in known else header


def _filled(table: Table, places: Sequence[int]) -> list[int]:
    """The columns among these in which any cell is filled; HubSpot exports all properties, most of them empty."""
    left, found = set(places), set[int]()
    for _, _, cells in table.rows() if left else ():
        found |= {at for at in left if cells[at].strip()}
        left -= found
        if not left:
            break
    return sorted(found)


def _as_headed(field: Field, shown: Sequence[str], headers: Sequence[str]) -> Field:
    """The field under the header of the file, its currency too."""
    spec = field.spec
    if spec.currency and not spec.currency.startswith("="):
        spec = msgspec.structs.replace(spec, currency=headers[shown.index(spec.currency)])
    return replace(field, spec=spec, header=headers[field.cells[0]] if field.cells else field.header)


def _status(book: SourceDef, part: SourcePart, plan: Plan) -> list[Field]:
    """What the CRM's own stage says of a price: a lead's is none that is paid."""
    stage = next((f for f in plan.fields if f.column == "stage"), None)
    whole = next(one for one in book.also if one.kind == part.kind)
    spec: SourceField | None = whole.columns.get("status")
    if stage is None or spec is None:
        return []
    return [Field("status", msgspec.structs.replace(spec, from_=list(stage.spec.from_)), stage.groups, stage.header)]
