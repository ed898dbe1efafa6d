"""Which enabled playbooks cannot tell for paying customers today, and what would help: silence is no all-clear."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import sqlite3

    from cs_cli.definitions.workspace import Definitions


class CannotTell(NamedTuple):
    """A playbook: the paying customers it applies to and those it cannot tell of, the facts that are unknown there, and
    what makes them known."""

    playbook: str
    applies: int
    customers: int
    unknown: tuple[str, ...]
    help: tuple[str, ...]


def cannot_tell(
    conn: sqlite3.Connection, definitions: Definitions, day: date, known_at: date | None
) -> list[CannotTell]:
    """Of every enabled playbook whose condition is unknown for a paying customer, most customers first."""
    found = [one for one in reach(conn, definitions, day, known_at, silent=True) if one.customers]
    return sorted(found, key=lambda one: (-one.customers, one.playbook))


def reach(
    conn: sqlite3.Connection, definitions: Definitions, day: date, known_at: date | None, *, silent: bool = False
) -> list[CannotTell]:
    """Every enabled playbook with the paying customers it applies to. silent: only those with an unknown."""
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
        if silent and not truth.unknown.get(rule.name):
            continue
        unknown, whose, within = set[str](), set[int](), set[int]()
        for _, facts in subject_facts(conn, rule, paying):
            if rule.applies is not None and rule.applies.evaluate(facts) is not True:
                continue
            within.add(facts["account"])
            if rule.when.evaluate(facts) is None:
                whose.add(facts["account"])
                unknown |= {name for name in rule.when.names if facts.get(name) is None}
        names = tuple(sorted(unknown))
        helps = tuple(dict.fromkeys(hint(conn, name) for name in names))
        found.append(CannotTell(rule.name, len(within), len(whose), names, helps))
    return found
