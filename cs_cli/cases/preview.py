"""What would change if the playbooks ran now as they are written: the same step, nothing written."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from cs_cli.cases.day_truth import day_truth
from cs_cli.cases.first_days import prepared
from cs_cli.cases.lists import account_rows
from cs_cli.cases.memory import load_memory
from cs_cli.cases.model import PASSED, WORSE, Case, Occurrence
from cs_cli.cases.renamed import renamed
from cs_cli.cases.rules import compile_all
from cs_cli.cases.run import playbook_names
from cs_cli.cases.step import step
from cs_cli.definitions.calendar import step_calendar

if TYPE_CHECKING:
    import sqlite3

    from cs_cli.definitions.workspace import Definitions


def preview_rows(
    conn: sqlite3.Connection,
    definitions: Definitions,
    day: date,
    *,
    known_at: date | None = None,
    only: str | None = None,
) -> list[dict[str, Any]]:
    """Rows {change, playbook, account_id, name, severity, from, arr, because}; change is open, close,
    severity, remind or braked. only: one playbook's rows, though all are run, for inhibition.

    A disabled playbook named by `only` is previewed as if it were on.
    """
    import msgspec

    playbooks = [
        msgspec.structs.replace(book, enabled=True) if book.playbook == only else book
        for book in definitions.playbooks
    ]
    rules = compile_all(playbooks, playbook_names(definitions))
    memory = renamed(load_memory(conn), definitions.playbooks)
    memory = prepared(conn, definitions, rules, memory, day, known_at)
    truth, _ = day_truth(conn, definitions, rules, memory, day, known_at)
    changes = step(rules, memory, day, truth, step_calendar(definitions.settings, day, day))
    told: list[tuple[str, Case, str | None, str | None]] = []  # change, case, severity before, because
    cases = dict(memory.cases)
    for case in changes.cases:
        before = memory.cases.get(case.number)
        if before is None:
            told.append(("open", case, None, case.because))
        elif not case.is_open:
            told.append(("close", case, before.severity, case.reason))
        elif case.severity != before.severity:
            told.append(("severity", case, before.severity, case.because))
        cases[case.number] = case
    for one in changes.occurrences:
        if (one.muted or "").startswith(PASSED):
            continue  # never sent
        told.append(("remind", cases[one.case], None, f"{one.step}, due {one.due}" + _muted(one)))
    shown = [one for one in told if only is None or one[1].playbook == only]
    facts = account_rows(conn, definitions, day, {case.account for _, case, *_ in shown}, desk_ready=True)
    rows: list[dict[str, Any]] = []
    for change, case, was, because in shown:
        about = facts.get(case.account, {})
        rows.append(
            {
                "change": change,
                "playbook": case.playbook,
                "account_id": about.get("account_id"),
                "name": about.get("name") or about.get("account_id"),
                "severity": case.severity,
                "from": was,
                "arr": about.get("arr"),
                "because": because,
            }
        )
    rows.sort(
        key=lambda row: (
            row["change"],
            row["playbook"],
            WORSE.get(row["severity"], 9),
            -(row["arr"] or 0.0),
            str(row["account_id"]),
        )
    )
    for brake in changes.braked:
        if only is None or brake.playbook == only:
            rows.append(
                {
                    "change": "braked",
                    "playbook": brake.playbook,
                    "account_id": None,
                    "name": None,
                    "severity": None,
                    "from": None,
                    "arr": None,
                    "because": f"would open {brake.would_open}, limit {brake.limit}",
                }
            )
    return rows


def _muted(one: Occurrence) -> str:
    return f" ({one.muted})" if one.muted else ""
