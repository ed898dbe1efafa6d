"""Which enabled playbooks cannot tell for paying customers today, and what would help: silence is no all-clear."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import sqlite3

    from cs_cli.definitions.workspace import Definitions


class CannotTell(NamedTuple):
    """A playbook, of how many paying customers it cannot tell, the facts that are unknown, what makes them known."""

    playbook: str
    customers: int
    unknown: tuple[str, ...]
    help: tuple[str, ...]


def cannot_tell(
    conn: sqlite3.Connection, definitions: Definitions, day: date, known_at: date | None
) -> list[CannotTell]:
    """Of every enabled playbook whose condition is unknown for a paying customer, most customers first."""
    from cs_cli.cases.day_truth import day_truth
    from cs_cli.cases.model import Memory
    from cs_cli.cases.rules import compile_all
    from cs_cli.cases.run import playbook_names
    from cs_cli.cases.truth import subject_facts
    from cs_cli.scoring.health_views import hint

    rules = compile_all(definitions.playbooks, playbook_names(definitions))
    truth, _ = day_truth(conn, definitions, rules, Memory(), day, known_at, whole=False)
    paying = {row[0] for row in conn.execute("SELECT account FROM account_facts WHERE status = 'customer' AND arr > 0")}
    found = []
    for rule in rules:
        if not truth.unknown.get(rule.name):
            continue
        unknown: set[str] = set()
        whose: set[int] = set()
        for _, facts in subject_facts(conn, rule, paying):
            applies = rule.applies is None or rule.applies.evaluate(facts) is True
            if applies and rule.when.evaluate(facts) is None:
                whose.add(facts["account"])
                unknown |= {name for name in rule.when.names if facts.get(name) is None}
        if whose:
            names = tuple(sorted(unknown))
            helps = tuple(dict.fromkeys(hint(conn, name) for name in names))
            found.append(CannotTell(rule.name, len(whose), names, helps))
    return sorted(found, key=lambda one: (-one.customers, one.playbook))
