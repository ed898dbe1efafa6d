"""A plain table whose columns are not all called as its template says: what would be lost in silence is asked about.

contract_id,account_id,start,end_of_term is a contract without an end to a template that knows `end`: it would renew
for ever. Usual other names are declared in the template; what only looks like one of its columns, a person says once.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence

from cs_cli.base.command_line import as_typed
from cs_cli.base.errors import Fault, GuardStopped
from cs_cli.intake.again import again
from cs_cli.intake.plan import Plan
from cs_cli.intake.reader import Table
from cs_cli.intake.results import ImportOptions
from cs_cli.intake.synonyms import COLUMNS, best_fit, words_of
from cs_cli.store.change_sets import undone_by

LEAST = 0.3
SHOWN = 3
# what a record of the kind says; of several columns in one group one is enough
_WANTED: dict[str, tuple[tuple[str, ...], ...]] = {
    "contract": (("start_on",), ("end_on", "term_months"), ("amount",), ("currency",), ("auto_renew",),
                 ("notice_days",), ("status",)),
    "subscription": (("amount", "mrr", "total"), ("currency",), ("interval", "mrr"), ("quantity", "mrr"),
                     ("started_on",), ("renews_on",), ("ended_on",), ("cancelled_on",), ("status",),
                     ("discount", "mrr")),
    "invoice": (("amount",), ("currency",), ("issued_on",), ("due_on",), ("status", "amount_paid", "paid_on"),
                ("tax",)),
    "mrr_event": (("day",), ("mrr_after",), ("currency",)),
    "deal": (("amount",), ("currency",), ("status", "stage"), ("close_on",)),
    "ticket": (("opened_at",), ("closed_at", "status"), ("priority",)),
    "survey": (("day",), ("score",)),
    "touch": (("day",),),
}
# a column "end" of a subscription: the end of its term, or the day on which it was over
_TWO_WAYS = {"ended_on": "renews_on", "renews_on": "ended_on"}
_MEANS = {
    ("subscription", "ended_on"): "it is over then",
    ("subscription", "renews_on"): "its term ends then, and it may renew",
    ("subscription", "amount"): "the price of one for one interval",
    ("subscription", "mrr"): "a month's worth of all of it",
    ("contract", "amount"): "for the whole first term",
}
_A_YEAR = frozenset(["arr", "acv", "annual", "annualized", "annualised", "yearly"])     # in no column of a template


def say_no_price(plan: Plan) -> list[str]:
    """What is to be said of subscriptions in a file of which no column tells a price."""
    prices = {"amount", "mrr", "total", "price", "term_total"}
    if plan.source.kind != "subscription" or any(f.column in prices and f.cells for f in plan.fields):
        return []
    return ["no column tells what is paid: what these subscriptions pay is unknown, and in no figure"]


def check_near_template(conn: sqlite3.Connection, plan: Plan, table: Table, options: ImportOptions) -> None:
    """Raises GuardStopped IMP-264 where a template's column is missing and one that is not read looks like it. A file
    with the same columns that was taken with --yes before is not asked about again."""
    source = plan.source
    if source.role != "canonical" or source.kind not in _WANTED or options.yes or not plan.ignored:
        return
    delivered = {f.column for f in plan.fields if f.cells}
    found = _found(plan, delivered)
    filled = _filled(table, [header for header, _ in found])
    found = [(header, columns) for header, columns in found if header in filled]
    if not found or _taken_before(conn, plan):
        return
    faults, words, drafted = list[Fault](), list[str](), False
    for header, columns in found:
        named = [plan.source.columns[column].from_[0].split("|")[0] for column in columns]
        means = [_MEANS.get((plan.source.kind, column), "") for column in columns]
        faults.append(Fault(
            "IMP-264", f'"{header}" is not read, and nothing is read as {" or ".join(named) or "a price"}',
            file=table.name, name=header, value=", ".join(filled[header]),
            expected=" or ".join(f"{name} ({told})" if told else name for name, told in zip(named, means, strict=True))
            or "amounts of a year are in no column of the template",
        ))
        drafted = drafted or not named
        if named:
            words.append(" or ".join(f"--rename {as_typed(f'{header}={name}')}" for name in named))
    file = table.name
    ways = [f"if so, for this file and those to come: {again(options, file, *words)}"] if words else []
    ways += [f"amounts of a year: cs sources new {as_typed(file)} --kind {plan.source.kind} --save"] if drafted else []
    raise GuardStopped(faults, next=f"{'; '.join(ways)}; to leave them out: {again(options, file, '--yes')}")


def _found(plan: Plan, delivered: set[str]) -> list[tuple[str, list[str]]]:
    """Each header that is not read, with the columns of the template that it may be and that nothing else gives; with
    none where it is an amount of a year."""
    kind = plan.source.kind
    wanted = [column for group in _WANTED[kind] if not delivered & set(group) for column in group]
    found = []
    for header in plan.ignored:
        fits = {
            column: fit for column in wanted
            if column in COLUMNS[kind] and (fit := best_fit(kind, column, header)) >= LEAST
        }
        best = sorted(fits, key=lambda column: (-fits[column], wanted.index(column)))[:1]
        best += [other for one in best if (other := _TWO_WAYS.get(one)) is not None and other in wanted]
        if best and best[0] in ("amount", "total") and kind != "invoice" and _A_YEAR & set(words_of(header)):
            best = []
        elif not best:
            continue
        found.append((header, [column for column in best if column in plan.source.columns]))
    return found


def _filled(table: Table, headers: Sequence[str]) -> dict[str, list[str]]:
    """The first values of those of the columns that are not empty."""
    at = {header: table.headers.index(header) for header in headers}
    found: dict[str, list[str]] = {}
    for _, _, cells in table.rows() if at else ():
        for header, place in at.items():
            if (cell := cells[place].strip()) and len(found.setdefault(header, [])) < SHOWN:
                found[header].append(cell)
        if len(found) == len(at) and all(len(cells) == SHOWN for cells in found.values()):
            break
    return {header: cells for header, cells in found.items() if cells}


def _taken_before(conn: sqlite3.Connection, plan: Plan) -> bool:
    """Did an import of the source that stands read these columns and no more of the template's?"""
    gone, here, own = undone_by(conn), set(plan.delivered()), plan.source.columns.keys()
    here.add("currency")    # the default stands in where the file has none
    return any(number not in gone and set(json.loads(columns)) & own == here & own for number, columns in conn.execute(
        "SELECT id, columns FROM change_set WHERE kind = 'import' AND source = ? AND columns IS NOT NULL",
        (plan.source.source,),
    ))
