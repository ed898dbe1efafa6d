"""Cases and tasks as rows: the columns of the JSON lists, worst and largest first."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from cs_cli.cases.as_of import as_of
from cs_cli.cases.clocks import about_to_breach, waited
from cs_cli.cases.memory import load_cases, load_tasks
from cs_cli.cases.model import EXPIRED, NEXT_STEPS, WORSE, Case, changed
from cs_cli.cases.people import People
from cs_cli.definitions.roles import RENEWAL_LEAD, renewal_lead

if TYPE_CHECKING:
    import sqlite3

    from cs_cli.base.days import WorkCalendar
    from cs_cli.definitions.workspace import Definitions

ESCALATION = "escalation"
# the columns of the escalations list, in their order
LISTED = (
    "case",
    "playbook",
    "account_id",
    "name",
    "severity",
    "state",
    "opened_on",
    "owner",
    "decider",
    "arr",
    "because",
    "acknowledge_by",
    "resolve_by",
    "breached",
    "next_step_by",
    "about_to_breach",
    "escalated_to",
    "age_days",
    "next_task",
    "next_task_due",
    "changed_7d",
)
# what a row shows, and what says who fills a role: a renewal is led by the AM while an expansion is open or agreed
FACTS = ("account_id", "name", "arr", "owner", "csm", "sold_by", "open_expansion_amount", "expansion_agreed_days")

_TO_DO = "(state = 'open' OR done_on > ?)"  # a task that was finished later was still to be done
_TOUCHED_SINCE = "SELECT DISTINCT case_number FROM case_event WHERE day > ?"
_ON_DAY = "opened_on <= ? AND (closed_on IS NULL OR closed_on > ?)"


def escalations(
    conn: sqlite3.Connection,
    definitions: Definitions,
    day: date,
    *,
    closed: bool = False,
    known_at: date | None = None,
    desk_ready: bool = False,
) -> list[dict[str, Any]]:
    """Open cases of kind escalation on the day, red first, then by ARR.

    The columns are LISTED. desk_ready: account_facts stands already.
    """
    found = case_rows(conn, definitions, day, kind=ESCALATION, closed=closed, known_at=known_at, desk_ready=desk_ready)
    return [{name: row[name] for name in LISTED} for row in found]


def case_rows(
    conn: sqlite3.Connection,
    definitions: Definitions,
    day: date,
    *,
    kind: str | None = None,
    playbook: str | None = None,
    account: int | None = None,
    closed: bool = False,
    known_at: date | None = None,
    desk_ready: bool = False,
    only: int | None = None,
) -> list[dict[str, Any]]:
    """Cases on the day with account, people and clocks. The control group is left out.

    closed=True gives the closed ones as well. An earlier day shows the cases that were open on it.
    To-do lists by hand are left out unless asked for: their tasks say all there is.
    """
    wanted = ["control = 0"]
    values: list[Any] = []
    if kind is None and only is None:
        wanted.append("kind <> ?")
        values.append(NEXT_STEPS)
    for column, value in (("kind", kind), ("playbook", playbook), ("account", account), ("number", only)):
        if value is not None:
            wanted.append(f"{column} = ?")
            values.append(value)
    cases = cases_on(conn, definitions, day, " AND ".join(wanted), values, closed=closed)
    facts = account_rows(conn, definitions, day, {case.account for case in cases}, known_at, desk_ready)
    people = People(definitions.settings, day)
    calendar = _calendar(definitions, cases, day)
    news, todo = _news(conn, day), _next_tasks(conn, day)
    rows = []
    for case in cases:
        about = facts.get(case.account, {})
        row = case_row(case if calendar is None else waited(case, people, about, calendar), about, people, day)
        row["about_to_breach"] = calendar is not None and about_to_breach(case, day, calendar)
        row["changed_7d"] = news.get(case.number)
        row["next_task"], row["next_task_due"] = todo.get(case.number, (None, None))
        rows.append(row)
    return sorted(rows, key=_rank)


def cases_on(
    conn: sqlite3.Connection, definitions: Definitions, day: date, where: str = "control = 0",
    values: Sequence[Any] = (), *, closed: bool = False,
) -> list[Case]:  # fmt: skip
    """Cases as they stood on the day; `where` is a constant condition on cs_case. closed: the closed ones as well."""
    on = day.isoformat()
    test, days = ("opened_on <= ?", [on]) if closed else (_ON_DAY, [on, on])
    later = {number for (number,) in conn.execute(_TOUCHED_SINCE, (on,))}
    cases = [
        as_of(conn, definitions, case, day) if number in later else case
        for number, case in load_cases(conn, f"{where} AND {test}", [*values, *days]).items()
    ]
    # closed on the day, and reopened since
    return cases if closed else [case for case in cases if case.is_open]


def _calendar(definitions: Definitions, cases: Sequence[Case], day: date) -> WorkCalendar | None:
    """The working days, where a case has a clock at all: holidays of countries cost a moment to look up."""
    if not any(case.acknowledge_by or case.next_step_by or case.resolve_by for case in cases):
        return None
    from cs_cli.definitions.calendar import step_calendar

    return step_calendar(definitions.settings, day, day)


def _news(conn: sqlite3.Connection, day: date) -> dict[int, str]:
    """Case number → what happened to it in the last seven days, oldest first, without its tasks."""
    told: dict[int, list[str]] = {}
    for number, on, what in conn.execute(
        "SELECT case_number, day, what FROM case_event WHERE day > ? AND day <= ? AND substr(what, 1, 5) <> 'task ' "
        "ORDER BY id",
        ((day - timedelta(days=7)).isoformat(), day.isoformat()),
    ):
        told.setdefault(number, []).append(f"{what} {on[5:]}")
    return {number: ", ".join(dict.fromkeys(words)) for number, words in told.items()}


def _next_tasks(conn: sqlite3.Connection, day: date) -> dict[int, tuple[str, str | None]]:
    """Case number → what was to be done first on the day, and by when."""
    found: dict[int, tuple[str, str | None]] = {}
    for number, do, due in conn.execute(
        f"SELECT case_number, do, due FROM task WHERE {_TO_DO} ORDER BY case_number, due IS NULL, due, number",
        (day.isoformat(),),
    ):
        found.setdefault(number, (do, due))
    return found


def _rank(row: dict[str, Any]) -> tuple[Any, ...]:
    return (
        row["state"] == "closed",
        WORSE.get(row["severity"], 9),
        -(row["arr"] or 0.0),
        str(row["name"]).casefold(),
        row["number"],
    )


def account_rows(
    conn: sqlite3.Connection,
    definitions: Definitions,
    day: date,
    accounts: Iterable[int],
    known_at: date | None = None,
    desk_ready: bool = False,
) -> dict[int, dict[str, Any]]:
    """FACTS of some accounts, by account number. desk_ready: account_facts stands already, built with them."""
    some = sorted(set(accounts))
    if not some:
        return {}
    if not desk_ready:
        from cs_cli.scoring.desk import build_desk

        build_desk(conn, definitions, day, known_at, None, set(FACTS))
    marks = ", ".join("?" * len(some))
    found = conn.execute(f"SELECT account, {', '.join(FACTS)} FROM temp.account_facts WHERE account IN ({marks})", some)
    return {row[0]: dict(zip(FACTS, row[1:], strict=True)) for row in found}


def case_row(case: Case, facts: dict[str, Any], people: People, day: date) -> dict[str, Any]:
    """One case as a flat row; days ISO, arr in major units of the reporting currency."""
    breached = case.breached(day)
    return {
        "case": f"c{case.number}",
        "playbook": case.playbook,
        "kind": case.kind,
        "account_id": facts.get("account_id"),
        "name": facts.get("name") or facts.get("account_id"),
        "severity": case.severity,
        "state": case.state,
        "opened_on": case.opened_on.isoformat(),
        "age_days": (min(day, case.closed_on or day) - case.opened_on).days,
        "owner": people.who(case.owner, facts),
        "decider": people.who(case.decides or case.owner, facts),
        "arr": facts.get("arr"),
        "because": _because(case),
        "acknowledge_by": _iso(case.acknowledge_by),
        "next_step_by": _iso(case.next_step_by),
        "resolve_by": _iso(case.resolve_by),
        "breached": bool(breached),
        "overdue": ", ".join(breached) or None,
        # a clock that ran out goes to the next role: who decides, else who stands in
        "escalated_to": people.who(people.next_up(case.owner, case.decides), facts) if breached else None,
        "snoozed_until": _iso(case.snoozed_until),
        "cannot_tell_since": _iso(case.missing_since),
        "inherited": case.inherited,
        "inhibited_by": case.inhibited_by,
        "closed_on": _iso(case.closed_on),
        "outcome": case.outcome,
        "reason": case.reason,
        "account": case.account,
        "number": case.number,
    }


def _because(case: Case) -> str:
    """Why it is open; where no record has its term or account any more, that comes first."""
    why = case.text or case.because
    if case.missing_since is None:
        return why
    what = "account" if case.subject == str(case.account) else "term"
    return f"cannot tell since {case.missing_since.isoformat()}: no record has this {what} any more; until then {why}"


def tasks(
    conn: sqlite3.Connection,
    definitions: Definitions,
    day: date,
    *,
    account: int | None = None,
    due_by: date | None = None,
    owner: str | None = None,
    finished: bool = False,
    known_at: date | None = None,
    desk_ready: bool = False,
) -> list[dict[str, Any]]:
    """Open tasks of unclosed cases, the most overdue first: {task, case, account_id, name, do, owner, due,
    overdue, state, severity, playbook}. owner: a person or a role; due_by: due on or before that day."""
    found = load_tasks(conn, "1") if finished else load_tasks(conn, _TO_DO, [day.isoformat()])
    numbers = {task.case for task in found.values()}
    cases = {number: case for number, case in load_cases(conn, "control = 0").items() if number in numbers}
    if account is not None:
        cases = {number: case for number, case in cases.items() if case.account == account}
    facts = account_rows(conn, definitions, day, {case.account for case in cases.values()}, known_at, desk_ready)
    people = People(definitions.settings, day)
    passes = _handoffs(definitions)
    rows: list[dict[str, Any]] = []
    for task in found.values():
        case = cases.get(task.case)
        if case is None or case.opened_on > day or not (finished or case.is_open or _later(case.closed_on, day)):
            continue
        if _later(task.done_on, day):
            task = changed(task, state="open", done_on=None, why=None)
        if due_by is not None and (task.due is None or task.due > due_by):
            continue
        about = facts.get(case.account, {})
        who = people.who(task.owner, about)
        role = renewal_lead(about) if task.owner == RENEWAL_LEAD else task.owner
        if owner is not None and owner.casefold() not in {str(who).casefold(), str(role).casefold()}:
            continue
        rows.append(
            {
                "task": f"t{task.number}",
                "case": f"c{case.number}",
                "playbook": case.playbook,
                "account_id": about.get("account_id"),
                "name": about.get("name") or about.get("account_id"),
                "severity": case.severity,
                "snoozed": case.state == "snoozed",
                "arr": about.get("arr"),
                "do": task.do,
                "owner": who,
                "role": role,
                "due": _iso(task.due),
                "overdue": bool(task.state == "open" and task.due and task.due < day),
                "state": task.state,
                "done_on": _iso(task.done_on),
                "why": task.why,
                "handoff_to": people.who(passes[case.playbook, task.id][0], about)
                if (case.playbook, task.id) in passes
                else None,
                "passes": passes.get((case.playbook, task.id), (None, None))[1],
                "number": task.number,
            }
        )
    return sorted(rows, key=lambda row: (row["due"] or "9999", WORSE.get(row["severity"], 9), row["number"]))


def handed_over(
    conn: sqlite3.Connection, definitions: Definitions, day: date, desk_ready: bool = False
) -> list[dict[str, Any]]:
    """What was passed on by the day, newest first: passed_rows with account_id, name, arr, to (a person), told_on."""
    from cs_cli.cases.handoffs import passed_rows

    found = passed_rows(conn, day, definitions.settings.currency)
    facts = account_rows(conn, definitions, day, {row["account"] for row in found}, None, desk_ready)
    people = People(definitions.settings, day)
    told = dict(conn.execute(
        "SELECT term, min(settled_on) FROM delivery WHERE playbook = 'task' AND state = 'sent' AND settled_on <= ? "
        "GROUP BY term", (day.isoformat(),),
    ).fetchall())  # fmt: skip
    for row in found:
        about = facts.get(row["account"], {})
        row["to"] = people.who(row["owner"], about)
        row |= {"account_id": about.get("account_id"), "name": about.get("name") or about.get("account_id"),
                "arr": about.get("arr")}  # fmt: skip
        row["number"], row["task"] = row["task"], f"t{row['task']}"
        row["told_on"] = told.get(row["task"])
    return found


def expired_since(conn: sqlite3.Connection, day: date, days: int) -> int:
    """How many tasks expired in the days up to the day: their time passed, and nobody wrote what became of them."""
    ended = load_tasks(conn, "state = 'skipped' AND done_on > ? AND done_on <= ?",
                       [(day - timedelta(days)).isoformat(), day.isoformat()])
    return sum((task.why or "").startswith(EXPIRED) for task in ended.values())


def _handoffs(definitions: Definitions) -> dict[tuple[str, str], tuple[str, str]]:
    """(playbook, task) → the role that the work goes on to, and what is to be passed on."""
    return {
        (book.playbook, task.id): (task.handoff.to, task.handoff.passes)
        for book in definitions.playbooks
        for task in book.tasks
        if task.handoff is not None
    }


def cases_of_account(
    conn: sqlite3.Connection, definitions: Definitions, account: int, day: date
) -> list[dict[str, Any]]:
    """Open cases of one account; account_facts must stand for it."""
    return case_rows(conn, definitions, day, account=account, desk_ready=True)


def tasks_of_account(
    conn: sqlite3.Connection, definitions: Definitions, account: int, day: date
) -> list[dict[str, Any]]:
    """Open tasks of one account; account_facts must stand for it."""
    return tasks(conn, definitions, day, account=account, desk_ready=True)


def history(conn: sqlite3.Connection, number: int, day: date) -> list[dict[str, Any]]:
    """Everything that happened to a case up to a day, oldest first: {day, who, what, why}."""
    found: Sequence[tuple[str, str, str, str]] = conn.execute(
        "SELECT day, who, what, why FROM case_event WHERE case_number = ? AND day <= ? ORDER BY id",
        (number, day.isoformat()),
    ).fetchall()
    return [dict(zip(("day", "who", "what", "why"), row, strict=True)) for row in found]


def _later(on: date | None, day: date) -> bool:
    return on is not None and on > day


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None
