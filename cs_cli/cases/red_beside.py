"""Red cases beside a green band: the two may not contradict each other without the page saying so."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable
    from datetime import date

    from cs_cli.definitions.workspace import Definitions


def red_cases(conn: sqlite3.Connection, definitions: Definitions, day: date) -> dict[int, str]:
    """Account number → its red cases that are open on the day, "c12 overdue-invoice, c15 detractor"; others missing.

    Deadlines of contracts count as well: the page names the case, and a reader sees that a day is all it is about.
    """
    on = day.isoformat()
    if conn.execute("SELECT 1 FROM case_event WHERE day > ? LIMIT 1", (on,)).fetchone() is None:
        found: Iterable[tuple[int, int, str]] = conn.execute(
            "SELECT account, number, playbook FROM cs_case "
            "WHERE severity = 'red' AND control = 0 AND opened_on <= ? AND state <> 'closed' ORDER BY number",
            (on,),
        )
    else:
        # an earlier day: what happened to them since is taken back
        from cs_cli.cases.lists import cases_on

        cases = sorted(cases_on(conn, definitions, day), key=lambda case: case.number)
        found = [(case.account, case.number, case.playbook) for case in cases if case.severity == "red"]
    listed: dict[int, list[str]] = {}
    for account, number, playbook in found:
        listed.setdefault(account, []).append(f"c{number} {playbook}")
    return {account: ", ".join(some) for account, some in listed.items()}


def though(band: str | None, cases: str | None) -> str | None:
    """The words for a green band beside open red cases; None where the two do not contradict each other."""
    if band != "green" or not cases:
        return None
    return f"green, though {'red cases are' if ', ' in cases else 'a red case is'} open: {cases}"


def mark(rows: Iterable[dict[str, Any]], red: dict[int, str]) -> None:
    """Puts `red_case` into rows that have `account`: the open red cases of the account, None without any."""
    for row in rows:
        row["red_case"] = red.get(row["account"])
