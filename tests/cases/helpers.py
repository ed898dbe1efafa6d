"""A small world for the step: playbooks written in place, and facts instead of a database."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import Any

from cs_cli.base.days import WorkCalendar
from cs_cli.cases.model import Case, Changes, Memory, Truth
from cs_cli.cases.rules import Rule, compile_playbook, ordered
from cs_cli.cases.step import step
from cs_cli.cases.truth import remembered
from cs_cli.cases.verdicts import verdict
from cs_cli.definitions.conditions import NameType
from cs_cli.definitions.shapes import Playbook

DAY = date(2026, 3, 2)      # a Monday
CALENDAR = WorkCalendar.of(["mon", "tue", "wed", "thu", "fri"])
NAMES = {
    "status": NameType("text", ("prospect", "trial", "customer", "churned")),
    "arr": NameType("money"), "overdue_days": NameType("days"), "health": NameType("score"),
    "renewal_date": NameType("date"), "activated": NameType("flag"),
}


def rule(name: str = "late", when: str = "overdue_days > 15", **more: Any) -> Rule:
    return compile_playbook(Playbook(playbook=name, about="", when=when, **more), NAMES)


class World:
    """Accounts' facts, moved day by day through the step."""

    def __init__(self, rules: Iterable[Rule], facts: Mapping[str, Any], *, accounts: int = 1, customers: int = 100,
                 first_run: bool = False) -> None:
        self.rules = ordered(rules)
        self.facts = {number: {"status": "customer", **facts} for number in range(1, accounts + 1)}
        self.customers = customers
        self.memory = Memory() if first_run else Memory(known=frozenset(one.name for one in self.rules))
        self.day = DAY
        self.events: list[str] = []
        self.cases: dict[int, Case] = {}

    def truth(self) -> Truth:
        known = remembered(self.memory)
        verdicts: dict[str, dict[str, Any]] = {}
        for one in self.rules:
            found = {str(number): verdict(one, facts, str(number), number)
                     for number, facts in self.facts.items()}
            verdicts[one.name] = {subject: said for subject, said in found.items()
                                  if said.holds or subject in known.get(one.name, ())}
        return Truth(verdicts, self.customers)

    def today(self, account: int = 1, **facts: Any) -> Changes:
        """One day's step, on new facts; the day stays."""
        self.facts[account].update(facts)
        changes = step(self.rules, self.memory, self.day, self.truth(), CALENDAR)
        self.memory = self.memory.after(changes)
        self.events += [f"{event.day} c{event.case} {event.what}" for event in changes.events]
        self.cases.update({case.number: case for case in changes.cases})
        return changes

    def go(self, days: int = 1, **facts: Any) -> Changes:
        """So many days on with the new facts; gives the last day's changes."""
        self.facts[1].update(facts)
        changes = Changes()
        for _ in range(days):
            self.day += timedelta(days=1)
            changes = self.today()
        return changes

    @property
    def case(self) -> Case:
        return self.cases[max(self.cases)]
