"""The Monday report: how the base stands, who is at risk, what renews, what moved, how fresh the data is."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from cs_cli.base.money import to_major
from cs_cli.definitions.words import DETRACTOR, PROMOTER
from cs_cli.reports.common import (
    ESCALATION_COLUMNS,
    LATE,
    RENEWAL_COLUMNS,
    chosen,
    facts_of,
    freshness_lines,
    stopped_lines,
    total,
    unsent_lines,
)
from cs_cli.reports.model import Column, Figure, Report, Section

if TYPE_CHECKING:
    import sqlite3

    from cs_cli.definitions.workspace import Definitions

ABOUT = "The Monday report for the founders."

MOVERS = (
    Column("account_id", "Id", hidden=True),
    Column("name", "Account"),
    Column("arr", "ARR", "money"),
    Column("health", "Health", "score"),
    Column("band", "Band", "band"),
    Column("change_28d", "In 28 days", "number"),
    LATE,
)
MOVED = (
    Column("kind", "What"),
    Column("account_id", "Id", hidden=True),
    Column("name", "Account"),
    Column("mrr", "MRR", "money"),
)
# what a founder reads; the escalations report has the rest
AT_RISK = tuple(
    column
    for column in ESCALATION_COLUMNS
    if column.key in ("case", "severity", "account_id", "name", "arr", "playbook", "because", "owner", "resolve_by")
)
BIG_MOVE = 5  # points in 28 days; smaller moves are noise at the width of a band's margin
TOP = 10
FACTS = (
    "account", "account_id", "name", "arr", "mrr", "health", "band", "health_as_of", "health_change_28d", "nps_latest",
    "status", "due_unconfirmed_amount", "days_without_value", "owner",
)  # fmt: skip


def build(
    conn: sqlite3.Connection,
    definitions: Definitions,
    day: date,
    *,
    within: int = 90,
    known_at: date | None = None,
    **options: Any,
) -> Report:
    """Sections: figures, escalations, renewals, health movers, MRR movements of 30 days, cases of the week."""
    from cs_cli.cases.lists import case_rows, escalations
    from cs_cli.cases.red_beside import mark, red_cases
    from cs_cli.revenue.renewals import renewals

    currency = definitions.settings.currency
    due = renewals(conn, definitions, day, within, known_at, also=FACTS)
    customers = facts_of(conn, FACTS)
    mark(customers, red_cases(conn, definitions, day))
    open_now = escalations(conn, definitions, day, known_at=known_at, desk_ready=True)
    # a start that stands still is no escalation by its kind, and a risk all the same
    starts = case_rows(conn, definitions, day, kind="onboarding", known_at=known_at, desk_ready=True)
    stalled = [row for row in starts if row["severity"] == "red"]
    at_risk = sorted(
        (row for row in [*open_now, *stalled] if row["severity"] in ("red", "amber")),
        key=lambda row: (row["severity"] != "red", -(row["arr"] or 0), row["case"]),
    ) if stalled else [row for row in open_now if row["severity"] in ("red", "amber")]
    moved, money = _movements(conn, definitions, day, known_at)
    sections = [
        Section("figures", "At a glance", figures=(*_base(customers, day), *money, *_risk(open_now, due, within))),
        Section(
            "escalations",
            "Who is at risk, and why",
            AT_RISK,
            chosen(at_risk[: TOP * 2], AT_RISK),
            text=" ".join(
                filter(None, (_more(at_risk, TOP * 2, "cs escalations list"), _contradicted(customers)))
            ),
            empty="No open escalations.",
        ),
        Section(
            "renewals",
            f"What renews within {within} days",
            RENEWAL_COLUMNS,
            chosen(due, RENEWAL_COLUMNS),
            empty="Nothing renews in this window.",
        ),
        _never_started(conn, day),
        Section("movers", "Health that moved", MOVERS, _movers(customers), empty="No score moved by 5 points or more."),
        Section("mrr", "MRR movements, last 30 days", MOVED, moved, empty="No account's MRR moved."),
        _cases_of_the_week(conn, day),
        _left_open(conn, customers, currency),
    ]
    return Report(
        "weekly",
        "Weekly report",
        day.isoformat(),
        currency,
        definitions.settings.company,
        (*stopped_lines(conn, day), *unsent_lines(conn, day), *freshness_lines(conn, definitions, day)),
        tuple(sections),
    )


NEVER = (
    Column("account_id", "Id", hidden=True),
    Column("name", "Account"),
    Column("arr", "ARR", "money"),
    Column("since", "Customer since", "day"),
    Column("days_without_value", "Days", "days"),
    Column("health", "Health", "score"),
    Column("band", "Band", "band"),
    Column("owner", "Owner"),
)


def _never_started(conn: sqlite3.Connection, day: date) -> Section:
    """Every customer over 60 days without first value, until they reach it, leave, or a person says they have."""
    from cs_cli.scoring.never_started import AFTER, never_started

    found = never_started(conn, day)
    known = [row for row in found if row["arr"] is not None]
    unknown = f", {len(found) - len(known)} without a known ARR" if len(known) < len(found) else ""
    text = f"{len(found)} customers, {total(known, 'arr'):,.0f} ARR{unknown}." if found else ""
    empty = f"Nobody of whom the data would show it is without first value after {AFTER} days."
    return Section("never_started", "Who never started", NEVER, chosen(found, NEVER), text=text, empty=empty)


LEFT_OPEN = (Column("what", "What"), Column("name", "Account"), Column("arr", "ARR", "money"), Column("next", "Next"))


def _left_open(conn: sqlite3.Connection, customers: list[dict[str, Any]], currency: str) -> Section:
    """What the figures count and nobody confirms, or cannot count."""
    from cs_cli.base.money import show, to_major
    from cs_cli.intake.missing import missing_paying

    unconfirmed = tuple(
        {
            "what": f"invoices over {show(row['due_unconfirmed_amount'], currency)} fell due since the newest export: "
            "not known whether paid, not counted as overdue",
            "name": row["name"],
            "arr": row["arr"],
            "next": "import the newer invoices",
        }
        for row in customers
        if row["due_unconfirmed_amount"]
    )
    rows = tuple(
        {
            "what": f"subscription {one.subscription}: in no export since {one.since}, still counted",
            "name": one.name,
            "arr": to_major(one.arr, one.currency or currency),
            "next": f"cs imports end-missing {one.source}",
        }
        for one in missing_paying(conn)
    )
    none = "Every paying subscription is in its export."
    return Section("data", "What the data leave open", LEFT_OPEN, (*rows, *unconfirmed), empty=none)


def _contradicted(customers: list[dict[str, Any]]) -> str:
    """The accounts whose score is green while a red case is open, by name."""
    from cs_cli.cases.red_beside import though

    named = [
        f"{row['name'] or row['account_id']} is {words}"
        for row in customers
        if (words := though(row["band"], row["red_case"]))
    ]
    left = f" … and {len(named) - TOP} more (cs health list)." if len(named) > TOP else ""
    return "".join(f" {one}." for one in named[:TOP]).strip() + left


def _base(customers: list[dict[str, Any]], day: date) -> tuple[Figure, ...]:
    from cs_cli.cases.red_beside import though

    arr = total(customers, "arr")
    unknown = sum(1 for row in customers if row["arr"] is None)
    figures = [
        Figure("customers", "Customers", len(customers)),
        Figure("arr", "ARR", arr, "money", note=f"{unknown} without a known ARR" if unknown else ""),
    ]
    for band in ("green", "amber", "red", "unknown"):
        some = [row for row in customers if row["band"] == band]
        if some or band != "unknown":
            share = f", {total(some, 'arr') / arr:.0%} of ARR" if arr else ""
            late = sum(1 for row in some if row["health_as_of"])
            share += f"; {late} as of before, late" if late else ""
            beside = sum(1 for row in some if though(band, row["red_case"]))
            share += f"; {beside} though a red case is open" if beside else ""
            figures.append(
                Figure(f"band_{band}", band.capitalize(), len(some), note=f"{total(some, 'arr'):,.0f} ARR{share}")
            )
    answers = [row["nps_latest"] for row in customers if row["nps_latest"] is not None]
    if answers:
        good, bad = sum(one >= PROMOTER for one in answers), sum(one <= DETRACTOR for one in answers)
        figures.append(
            Figure(
                "nps",
                "NPS, latest answer per account",
                round(100 * (good - bad) / len(answers)),
                "number",
                note=f"{good} promoters − {bad} detractors of n = {len(answers)}",
            )
        )
    return tuple(figures)


def _risk(open_now: list[dict[str, Any]], due: list[dict[str, Any]], within: int) -> tuple[Figure, ...]:
    reds = [row for row in open_now if row["severity"] == "red"]
    at_risk = [row for row in due if row["band"] in ("red", "amber") or row["stage"] in ("overdue", "cancelled")]
    return (
        Figure("red", "Red escalations", len(reds), note=f"of {len(open_now)} open"),
        Figure(
            "due_arr",
            f"ARR due in {within} days",
            total(due, "arr"),
            "money",
            note=f"{len(due)} terms, {total(at_risk, 'arr'):,.0f} of it at risk",
        ),
    )


def _movements(
    conn: sqlite3.Connection, definitions: Definitions, day: date, known_at: date | None
) -> tuple[tuple[dict[str, Any], ...], tuple[Figure, ...]]:
    """Who moved in 30 days, and net revenue retention over twelve months with its numerator and denominator."""
    from cs_cli.revenue.movements import States, prepare
    from cs_cli.revenue.periods import trailing_year
    from cs_cli.revenue.retention import retention_rows, unknown_text

    settings = definitions.settings
    prepare(conn, settings, day, known_at, definitions.metrics.mrr_from)
    states = States(conn)
    moves = states.between(day - timedelta(days=30), day)
    names = {
        account: (account_id, name)
        for account, account_id, name in conn.execute("SELECT account, account_id, name FROM account_facts")
    }
    moved = tuple(
        {
            "kind": kind,
            "account_id": names[account][0],
            "name": names[account][1],
            "mrr": to_major(amount if kind not in ("churn", "contraction") else -amount, settings.currency),
        }
        for kind in ("churn", "contraction", "unknown", "new", "reactivation", "expansion")
        for account, amount in sorted(moves.shown_accounts(kind).items(), key=lambda item: (-item[1], item[0]))
    )
    shown = moves.shown()
    net = to_major(shown["end"] - shown["start"], settings.currency)
    figures = [Figure("mrr", "MRR", to_major(shown["end"], settings.currency), "money", note=f"{net:+,.0f} in 30 days")]
    gone = states.lost_unknown(day - timedelta(days=30), day)
    moved = (*({"kind": "churn", "account_id": names[one][0], "name": names[one][1], "mrr": None}
               for one in sorted(gone)), *moved)  # fmt: skip
    (year,) = retention_rows(conn, [trailing_year(day)], settings.currency)
    if year["unknown_customers"]:
        figures += [
            Figure(key, f"{key.upper()} ({words} revenue retention), 12 months", None, "percent", unknown_text(year))
            for key, words in (("nrr", "net"), ("grr", "gross"))
        ]
    elif year["start_mrr"]:
        sizes = f"of {year['start_mrr']:,.0f} MRR a year ago, n = {year['start_customers']} customers"
        sizes += f"; {unknown_text(year)}" if year["left_out_customers"] else ""
        figures += [
            Figure(
                key,
                f"{key.upper()} ({words} revenue retention), 12 months",
                year[key],
                "percent",
                note=f"{year[f'{key}_mrr']:,.0f} {sizes}",
            )
            for key, words in (("nrr", "net"), ("grr", "gross"))
        ]
    return moved, tuple(figures)


def _movers(customers: list[dict[str, Any]]) -> tuple[dict[str, Any], ...]:
    moved = [
        row for row in customers if row["health_change_28d"] is not None and abs(row["health_change_28d"]) >= BIG_MOVE
    ]
    moved.sort(key=lambda row: (row["health_change_28d"], -(row["arr"] or 0), row["account_id"]))
    shown = moved if len(moved) <= TOP else [*moved[: TOP - 3], *moved[-3:]]
    return tuple(
        {
            **{key: row[key] for key in ("account_id", "name", "arr", "health", "band", "health_as_of")},
            "change_28d": row["health_change_28d"],
        }
        for row in shown
    )


CASES_OF_WEEK = """
SELECT 'c' || CAST(c.number AS TEXT) AS "case", c.playbook, c.severity, c.because, c.opened_on, c.closed_on, c.outcome,
       c.reason, c.account
FROM cs_case c
LEFT JOIN playbook_known k ON k.playbook = c.playbook
WHERE c.control = 0 AND c.opened_on <= :day
  AND ((c.closed_on > :since AND c.closed_on <= :day)
       -- what stood already on the playbook's first day is no news of the week
       OR (c.opened_on > :since AND (c.inherited = 0 OR c.opened_on > k.first_day)))
ORDER BY c.closed_on IS NULL, c.number
"""


def _cases_of_the_week(conn: sqlite3.Connection, day: date) -> Section:
    from cs_cli.store.connection import rows
    from cs_cli.store.refs import account_names

    found = rows(conn, CASES_OF_WEEK, {"day": day.isoformat(), "since": (day - timedelta(days=7)).isoformat()})
    names = account_names(conn, {row["account"] for row in found})
    for row in found:
        closed = row["closed_on"] is not None and row["closed_on"] <= day.isoformat()
        row["name"] = names.get(row["account"])
        row["event"] = f"closed: {row['outcome'] or ''} {row['reason'] or ''}".rstrip() if closed else "opened"
    columns = (
        Column("case", "Case"),
        Column("event", "Event"),
        Column("severity", "Severity", "severity"),
        Column("name", "Account"),
        Column("playbook", "Playbook"),
        Column("because", "Because"),
    )
    ended = [row["outcome"] or "closed" for row in found if row["event"] != "opened"]
    counts = [f"{ended.count(word)} {word}" for word in ("done", "accepted", "resolved", "lost") if word in ended]
    text = f"Closed: {', '.join(counts)}." if counts else ""
    if expired := ended.count("expired"):
        text += f" {expired} expired: the window ran out and nothing was settled."
    return Section(
        "week", "Cases of the last 7 days", columns, chosen(found, columns), text=text.strip(),
        empty="No case was opened or closed.",
    )


def _more(found: list[dict[str, Any]], shown: int, command: str) -> str:
    return f"The first {shown} of {len(found)}; the others: {command}" if len(found) > shown else ""
