"""What to do now: at most twelve numbered things, each with its why and the command that goes with it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from cs_cli.reports.common import freshness_in_short, late_kinds, stale_sources, unsent_lines
from cs_cli.reports.model import Column, Report, Section
from cs_cli.store.connection import rows
from cs_cli.store.dialect import expand

if TYPE_CHECKING:
    import sqlite3

    from cs_cli.definitions.workspace import Definitions

ABOUT = "What to do now, at most twelve things, each with its why."

COLUMNS = (
    Column("n", "#", "number"),
    Column("what", "What"),
    Column("account_id", "Id", hidden=True),
    Column("name", "Account"),
    Column("arr", "ARR", "money"),
    Column("why", "Why"),
    Column("do", "Next"),  # before the day: a narrow terminal leaves out the last column
    Column("due", "Due", "day"),
    Column("subject", "Case", hidden=True),
)
MOST = 12
NAMED = 3  # of those who never started; the others are in the list that the line names
UNABLE = 5  # playbooks that cannot tell, named under an empty list
DECIDE_DAYS = 14  # a fortnight: time for a call, an answer and a signature before the last safe day

# what comes first: what makes the rest of the list old, a promise already broken, what cannot be undone later, what is
# due
STOPPED, BREACHED, RED, DECIDE, LATE_AMBER, PROMISE, NEVER, TASK, AMBER, REASON, STALE = range(11)

PROMISES = expand("""
SELECT a.account, r.key, r.kind, r.text, r.due_on FROM known_request r JOIN account_of a ON a.ref = r.ref
WHERE r.due_on <= :soon AND (r.asked_on IS NULL OR r.asked_on <= :day)
  AND (r.decided_on > :day
       OR (r.decided_on IS NULL AND NOT @is_settled_request(r.status) AND NOT @is_refused_request(r.decision)))
ORDER BY r.due_on, r.id
""")
UNEXPLAINED = """
SELECT f.account, f.account_id, f.name, f.churned_on FROM account_facts f
WHERE f.status = 'churned' AND f.churned_on > :since AND NOT EXISTS (
  SELECT 1 FROM known_churn c JOIN account_of a ON a.ref = c.ref
  WHERE a.account = f.account AND c.reason IS NOT NULL AND c.day <= :day)
ORDER BY f.churned_on DESC, f.account_id
"""


def build(
    conn: sqlite3.Connection, definitions: Definitions, day: date, *, known_at: date | None = None, **options: Any
) -> Report:
    """The first twelve of everything that is due, worst first; the section's text says how many more there are."""
    kept = items(conn, definitions, day, known_at)
    shown = tuple(
        {column.key: n if column.key == "n" else item[column.key] for column in COLUMNS}
        for n, item in enumerate(kept[:MOST], 1)
    )
    more = f"The first {MOST} of {len(kept)}; the others: cs cases list · cs tasks list" if len(kept) > MOST else ""
    # a long list of what is due hides nobody who never started
    hidden = [f"{item['what']}: {item['do']}" for item in kept[MOST:] if item["rank"] == NEVER]
    more = "; ".join([more, *hidden]) if hidden else more
    nothing = "" if shown else _nothing(conn, definitions, day, known_at)
    section = Section("today", "Today", COLUMNS, shown, text=more, empty=nothing)
    return Report(
        "today",
        "Today",
        day.isoformat(),
        definitions.settings.currency,
        definitions.settings.company,
        freshness_in_short(conn, definitions, day),
        (section,),
        flat=True,
    )


def _nothing(conn: sqlite3.Connection, definitions: Definitions, day: date, known_at: date | None) -> str:
    """What an empty list says: that nothing is due, or of whom some playbooks cannot tell and what would help."""
    from cs_cli.reports.cannot_tell import cannot_tell

    found = cannot_tell(conn, definitions, day, known_at)
    if not found:
        return "Nothing is due. A good day to call somebody who is happy."
    told = "; ".join(
        f"{one.playbook} for {one.customers} customer{'s' * (one.customers != 1)} "
        f"({', '.join(one.unknown)} unknown: {', '.join(one.help)})"
        for one in found[:UNABLE]
    )
    more = f"; and {len(found) - UNABLE} more: cs check" if len(found) > UNABLE else ""
    return f"Nothing is known to be due, but some playbooks cannot tell: {told}{more}"


def items(conn: sqlite3.Connection, definitions: Definitions, day: date, known_at: date | None) -> list[dict[str, Any]]:
    """Everything that is due, worst first: {rank, what, account_id, name, arr, why, due, do, subject}."""
    from cs_cli.revenue.renewals import NEEDS
    from cs_cli.scoring.desk import build_desk
    from cs_cli.scoring.never_started import NEVER_STARTED_NEED

    # a dimension of the person's own segments.yaml: there is one called tier, or not
    tiered = any(dimension.name == "tier" for dimension in definitions.segments.dimensions)
    need = (NEEDS if tiered else NEEDS - {"tier"}) | {"churned_on"} | NEVER_STARTED_NEED
    build_desk(conn, definitions, day, known_at, need=need)
    found = [
        *_cases(conn, definitions, day, known_at),
        *_never_started(conn, day),
        *_decisions(conn, definitions, day),
        *_untaken(conn, definitions, day),
        *_tasks(conn, definitions, day, known_at),
        *_records(conn, day),
        *_stale(conn, definitions, day),
    ]
    found.sort(key=lambda item: (item["rank"], item["due"] or "9999", -(item["arr"] or 0), item["do"]))
    return _without_doubles(found)


def _item(
    rank: int, what: str, row: dict[str, Any], why: str, due: str | None, do: str, subject: str | None = None
) -> dict[str, Any]:
    return {
        "rank": rank,
        "what": what,
        "account_id": row.get("account_id"),
        "name": row.get("name"),
        "arr": row.get("arr"),
        "why": why,
        "due": due,
        "do": do,
        "subject": subject,
    }


def _cases(
    conn: sqlite3.Connection, definitions: Definitions, day: date, known_at: date | None
) -> Iterator[dict[str, Any]]:
    """Red cases, broken clocks first; late amber ones; then amber ones nobody has looked at."""
    from cs_cli.cases.lists import case_rows

    for row in case_rows(conn, definitions, day, known_at=known_at, desk_ready=True):
        if row["state"] == "snoozed" or row["severity"] not in ("red", "amber"):
            continue
        seen = row["state"] == "acknowledged"
        due = row["next_step_by"] if seen else row["acknowledge_by"]
        what = f"{row['severity']}: {row['playbook']}"
        if row["breached"]:
            late = str(row["overdue"]).replace("_", " ")
            yield _item(
                BREACHED if row["severity"] == "red" else LATE_AMBER,
                what,
                row,
                f"{late} is overdue; {row['because']}",
                due,
                f"cs cases show {row['case']}",
                row["case"],
            )
        elif seen and (due is None or due > day.isoformat()):
            continue  # somebody is on it, and its next step is not due yet
        else:
            rank = RED if row["severity"] == "red" else AMBER
            yield _item(rank, what, row, row["because"], due, f"cs cases ack {row['case']}", row["case"])


def _never_started(conn: sqlite3.Connection, day: date) -> Iterator[dict[str, Any]]:
    """One line for all who never reached first value, so that they do not fill the list and none drops out of it."""
    from cs_cli.scoring.never_started import never_started

    found = never_started(conn, day)
    if not found:
        return
    known = [row["arr"] for row in found if row["arr"] is not None]
    named = "; ".join(
        f"{row['name'] or row['account_id']} {'ARR unknown' if row['arr'] is None else format(row['arr'], ',.0f')} "
        f"since {row['since']}"
        for row in found[:NAMED]
    )
    more = f"; and {len(found) - NAMED} more" if len(found) > NAMED else ""
    one = found[0] if len(found) == 1 else {}
    whom = {"account_id": one.get("account_id"), "name": one.get("name"), "arr": sum(known) if known else None}
    what = "1 customer never started" if one else f"{len(found)} customers never started"
    yield _item(NEVER, what, whom, f"no first value: {named}{more}", None, "cs health list --never-started")


def _decisions(conn: sqlite3.Connection, definitions: Definitions, day: date) -> Iterator[dict[str, Any]]:
    """Terms whose last safe day comes within a fortnight, and those that ended with no decision.

    A term of tier C that renews itself is no decision of anybody's: it is in `cs renewals list` alone.
    """
    from cs_cli.definitions.calendar import work_calendar
    from cs_cli.revenue.runway import last_safe_day

    calendar = work_calendar(definitions.settings, range(day.year, day.year + 2))
    from cs_cli.facts.contracts import build_contract_facts

    build_contract_facts(conn, definitions.settings, day, mrr_from=definitions.metrics.mrr_from)
    tiered = any(dimension.name == "tier" for dimension in definitions.segments.dimensions)
    tier = "tier" if tiered else "NULL AS tier"
    for row in rows(
        conn,
        f"SELECT account_id, name, contract, renewal_date, decide_by, days_to_decide, auto_renew, {tier}, "
        "renewal_overdue, band, health_as_of, COALESCE(contract_arr, arr) AS arr FROM contract_facts "
        "WHERE status = 'customer' AND "
        "(renewal_overdue = 1 OR days_to_decide BETWEEN 0 AND :soon) ORDER BY decide_by, contract",
        {"soon": DECIDE_DAYS},
    ):
        if row["tier"] == "C" and row["auto_renew"] and not row["renewal_overdue"]:
            continue
        if row["renewal_overdue"]:
            why = f"the term ended on {row['renewal_date']} and nobody has said how"
        else:
            what = "renews itself" if row["auto_renew"] else "ends"
            safe = last_safe_day(date.fromisoformat(row["decide_by"]), calendar)
            why = f"last safe day {safe}, {what} on {row['renewal_date']}, health {row['band']}"
            why += f" as of {row['health_as_of']}, late" if row["health_as_of"] else ""
        yield _item(DECIDE, "renewal", row, why, row["decide_by"], f"cs show {row['account_id']}", row["contract"])


def _tasks(
    conn: sqlite3.Connection, definitions: Definitions, day: date, known_at: date | None
) -> Iterator[dict[str, Any]]:
    """The first task due of each account, so that one account does not fill the list."""
    from cs_cli.cases.lists import tasks

    by_account: dict[str, list[dict[str, Any]]] = {}
    for row in tasks(conn, definitions, day, due_by=day, known_at=known_at, desk_ready=True):
        if row["snoozed"]:
            continue  # tasks wait with their case
        by_account.setdefault(str(row["account_id"]), []).append(row)
    for rows_due in by_account.values():
        row = rows_due[0]  # the longest overdue; the others of the account come up when it is done
        more = f", {len(rows_due) - 1} more of this account" if len(rows_due) > 1 else ""
        why = f"{row['playbook']}, {row['owner']}{', overdue' if row['overdue'] else ''}{more}"
        yield _item(TASK, row["do"], row, why, row["due"], f"cs tasks done {row['task']}", row["task"])


def _untaken(conn: sqlite3.Connection, definitions: Definitions, day: date) -> Iterator[dict[str, Any]]:
    """What was passed on to somebody who has not taken it after two working days."""
    from cs_cli.cases.handoffs import ANSWER_WITHIN
    from cs_cli.cases.lists import handed_over
    from cs_cli.cases.people import People
    from cs_cli.definitions.calendar import work_calendar

    found = [row for row in handed_over(conn, definitions, day, desk_ready=True) if row["state"] == "waiting"]
    if not found:
        return
    calendar = work_calendar(definitions.settings, range(day.year - 1, day.year + 2))
    me = People(definitions.settings).me
    for row in found:
        late = calendar.add(date.fromisoformat(row["passed_on"]), ANSWER_WITHIN)
        if row["to"] not in (None, me) and late < day:
            told = f"told on {row['told_on']}" if row["told_on"] else "not told yet: cs remind list"
            why = f"{row['to']} has not taken it since {row['passed_on']} ({told}): {row['words'] or row['do']}"
            yield _item(PROMISE, f"not taken: {row['do']}", row, why, late.isoformat(),
                        f"cs tasks take {row['task']} --by '{row['to']}'", row["task"])  # fmt: skip


def _records(conn: sqlite3.Connection, day: date) -> Iterator[dict[str, Any]]:
    """Promises that fall due, and customers who left without anybody writing down why."""
    accounts = {row["account"]: row for row in rows(conn, "SELECT account, account_id, name, arr FROM account_facts")}
    soon = (day + timedelta(days=2)).isoformat()
    for row in rows(conn, PROMISES, {"day": day.isoformat(), "soon": soon}):
        account = accounts.get(row["account"], {})
        yield _item(
            PROMISE,
            f"promise: {row['kind'] or 'request'}",
            account,
            row["text"] or "asked for, not decided",
            row["due_on"],
            f"cs show {account.get('account_id')}",
            row["key"],
        )
    for row in rows(conn, UNEXPLAINED, {"day": day.isoformat(), "since": (day - timedelta(days=60)).isoformat()}):
        yield _item(
            REASON,
            "churn without a reason",
            {**row, "arr": None},
            f"left on {row['churned_on']}",
            None,
            f"cs log {row['account_id']} churn --on {row['churned_on']} --reason WORD",
        )


def _stale(conn: sqlite3.Connection, definitions: Definitions, day: date) -> Iterator[dict[str, Any]]:
    """Messages that did not arrive, exports that were set aside, then sources that have not been imported for too long,
    the oldest first; data that are late."""
    from cs_cli.store.stopped import stopped_imports

    for line in unsent_lines(conn, day):
        yield _item(STOPPED, "messages not settled", {}, line, None, "cs remind list")
    stopped = stopped_imports(conn, day)
    for one in stopped:
        since = "nothing of it has come in yet" if one.since is None else f"nothing new since {one.since}"
        yield _item(
            STOPPED, "import stopped", {"name": one.source}, f"{since}; {one.file}: {one.reason}", None,
            "cs imports aside",
        )
    for source, newest, age in stale_sources(conn, definitions.settings, day):
        if source in {one.source for one in stopped}:
            continue
        yield _item(
            STALE,
            "stale export",
            {"name": source},
            f"its newest export is of {newest}, {age} days ago",
            None,
            f"cs sources show {source}",
        )
    for kind, late, missing in late_kinds(conn, definitions, day):
        yield _item(STALE, "late data", {"name": kind}, f"{late}: {missing}", None, "cs check")


def _without_doubles(found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """A renewal that a case already speaks for is said once."""
    spoken = {
        item["account_id"]
        for item in found
        if item["rank"] in (BREACHED, RED, LATE_AMBER) and any(word in item["what"] for word in ("notice", "renewal"))
    }
    return [item for item in found if not (item["rank"] == DECIDE and item["account_id"] in spoken)]
