"""Why a playbook fires on an account or does not: each part of its conditions, and what else holds it back.

The answer is taken from the step itself: what a run of the day would do is worked out and not written, so that it
cannot differ from what `cs run` does.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

import msgspec

from cs_cli.cases.day_truth import day_truth
from cs_cli.cases.first_days import prepared
from cs_cli.cases.memory import load_memory
from cs_cli.cases.model import Case, Changes, Memory, Tracker
from cs_cli.cases.renamed import renamed
from cs_cli.cases.rules import compile_all
from cs_cli.cases.run import missed_days, playbook_names
from cs_cli.cases.step import step
from cs_cli.cases.truth import subject_facts
from cs_cli.cases.verdicts import verdict
from cs_cli.definitions.calendar import step_calendar
from cs_cli.definitions.conditions.explain import WORDS

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator, Mapping

    from cs_cli.cases.model import Verdict
    from cs_cli.cases.rules import Rule
    from cs_cli.definitions.conditions import Condition
    from cs_cli.definitions.workspace import Definitions


@dataclass(frozen=True)
class Part:
    """One atom of a condition: where it is written, its fact's value, and its truth in a word."""

    part: str
    atom: str
    fact: str | None
    value: Any
    truth: str


@dataclass(frozen=True)
class Why:
    """How a playbook stands on one subject: an account, or a contract of it.

    state: open, would open, waits, limit, does not hold, cannot tell, does not apply, finished, held out or off.
    because: that in words. missing: the facts that nobody knows.
    """

    subject: str
    state: str
    because: str
    parts: tuple[Part, ...]
    missing: tuple[str, ...] = ()
    case: int | None = None
    severity: str | None = None


class DayOfPlaybooks:
    """What a run of the day would do, worked out and not written. on: a playbook looked at as if it were not off."""

    def __init__(
        self, conn: sqlite3.Connection, definitions: Definitions, day: date, known_at: date | None,
        on: str | None = None,
    ) -> None:  # fmt: skip
        playbooks = [
            msgspec.structs.replace(book, enabled=True) if book.playbook == on else book
            for book in definitions.playbooks
        ]
        self.conn = conn
        self.off = {book.playbook for book in definitions.playbooks if not book.enabled}
        rules = compile_all(playbooks, playbook_names(definitions))
        self.rules = {rule.name: rule for rule in rules}
        self.memory, self.changes = renamed(load_memory(conn), definitions.playbooks), Changes()
        last = conn.execute("SELECT MAX(day) FROM run_log").fetchone()[0]
        calendar = step_calendar(definitions.settings, date.fromisoformat(last) if last else day, day)
        for n, (one, known) in enumerate(missed_days(conn, last, day, known_at)):
            if n == 0:
                self.memory = prepared(conn, definitions, rules, self.memory, one, known)
            else:
                self.memory = self.memory.after(self.changes)
            truth, _ = day_truth(conn, definitions, rules, self.memory, one, known, trends=one == day)
            if last is None or last <= day.isoformat():  # what runs have done stands on an earlier day as well
                self.changes = step(rules, self.memory, one, truth, calendar)

    def why(self, account: int, name: str) -> list[Why]:
        """One answer per subject of the playbook: the account, or each of its contract terms."""
        rule, found = self.rules[name], []
        for subject, facts in subject_facts(self.conn, rule, {account}):
            said = verdict(rule, facts, subject, account)
            state, because, case = _state(rule, said, facts, self.memory, self.changes, subject)
            if name in self.off:
                state, because = "off", f"the playbook is switched off; switched on: {state}, {because}"
            unsure = [one for one in (rule.applies, rule.when) if one is not None and one.evaluate(facts) is None]
            found.append(Why(
                subject if rule.subject == "contract" else str(facts["account_id"]), state, because,
                tuple(_parts(rule, facts)),
                tuple(sorted({fact for one in unsure for fact in one.names if facts.get(fact) is None})),
                case.number if case else None, case.severity if case else None,
            ))  # fmt: skip
        return found


def _state(
    rule: Rule, said: Verdict, facts: Mapping[str, Any], memory: Memory, changes: Changes, subject: str
) -> tuple[str, str, Case | None]:
    """(state, words, the case that is open once the day has run)."""
    key = (rule.name, subject)
    after = {case.number: case for case in (*memory.cases.values(), *changes.cases)}
    case = next((one for one in after.values() if one.key == key and one.is_open), None)
    if case is not None:
        return *_open(case, case.number in memory.cases), case
    tracker = changes.trackers.get(key, memory.trackers.get(key, Tracker()))
    if said.applies is False:
        return "does not apply", rule.applies.because(facts) if rule.applies is not None else "", None
    if said.holds is None:
        since = f" since {tracker.cannot_tell_since}" if tracker.cannot_tell_since else ""
        return "cannot tell", f"a part is unknown{since}: nothing fires on what nobody knows", None
    if not said.holds:
        return "does not hold", rule.when.because(facts), None
    if said.lost or said.done:
        return "finished", "lost_when holds" if said.lost else "done_when holds: it is done before it began", None
    brake = next((one for one in changes.braked if one.playbook == rule.name), None)
    if tracker.waits == "limit" or brake is not None:
        count = f"it would open {brake.would_open} at once, " if brake is not None else ""
        return "limit", f"{count}its limit is {rule.limit.text}: none opens", None
    return "waits", tracker.waits or "it holds since today", None


def _open(case: Case, before: bool) -> tuple[str, str]:
    if case.control:
        return "held out", f"c{case.number} is in the control group: it is left alone"
    words = [f"c{case.number} {case.severity}" + (f", open since {case.opened_on}" if before else ", opens today")]
    if case.inherited:
        words.append("it held before anybody looked")
    if case.state == "snoozed":
        words.append(f"snoozed until {case.snoozed_until}: {case.snooze_reason or ''}".rstrip(": "))
    if case.inhibited_by:
        words.append(f"its reminders wait: inhibited by {case.inhibited_by}")
    if case.missing_since:
        words.append(f"no record has it since {case.missing_since}")
    return "open" if before else "would open", "; ".join(words)


def _parts(rule: Rule, facts: Mapping[str, Any]) -> Iterator[Part]:
    severities = [(f"severity {word}", condition) for word, condition in rule.severities]
    every: list[tuple[str, Condition | None]] = [
        ("applies_to", rule.applies), ("when", rule.when), *severities, ("done_when", rule.done),
        ("lost_when", rule.lost), ("clear_when", rule.cleared),
    ]  # fmt: skip
    for part, condition in every:
        if condition is not None:
            yield from condition_parts(part, condition, facts)


def condition_parts(part: str, condition: Condition, facts: Mapping[str, Any]) -> Iterator[Part]:
    """Each atom of a condition on an account's facts."""
    for atom in condition.atoms(facts):
        yield Part(part, atom.text, atom.name, atom.value, WORDS[atom.truth])
