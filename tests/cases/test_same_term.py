"""Which term of today a case is about: by hand, and over random lives of one contract."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cs_cli.base.days import WorkCalendar
from cs_cli.cases.model import Memory, Seen, Truth, Verdict
from cs_cli.cases.rules import compile_playbook
from cs_cli.cases.same_term import Fate, Line, match
from cs_cli.cases.step import step
from cs_cli.definitions.conditions import NameType
from cs_cli.definitions.shapes import Playbook, Reminder

START, END = date(2025, 8, 15), date(2026, 8, 15)


def line(contract: str = "C1", end: date = END, start: date | None = START, account: int = 1, n: int = 1,
         origin: str = "contract") -> Line:  # fmt: skip
    return Line(contract, account, origin, start, end, n)


def seen(contract: str = "C1", end: date = END, term: str = "C1 #1", nth: int = 1, **more: Any) -> Seen:
    return Seen(contract, term, more.get("account", 1), more.get("origin", "contract"), START, end, nth)


def day(text: str) -> date:
    return date.fromisoformat(text)


# name → (seen, lines, fates, merged accounts, (moves, names, missing))
CASES: dict[str, tuple[list[Seen], list[Line], dict[str, Fate], dict[int, int], tuple[Any, Any, Any]]] = {
    "as it was": ([seen()], [line()], {}, {}, ({}, {"C1": "C1 #1"}, set())),
    "the end moved by four months": ([seen()], [line(end=day("2026-12-15"))], {}, {}, ({}, {"C1": "C1 #1"}, set())),
    "by a year: the next term, under a name of its own": (
        [seen()], [line(end=day("2027-08-15"))], {}, {}, ({}, {"C1": "C1 #1 2027-08-15"}, set()),
    ),
    "the next by its number": (
        [seen()], [line(start=END, end=day("2027-08-15"), n=2)], {}, {}, ({}, {"C1": "C1 #2"}, set()),
    ),
    "moved by a year, and back": (
        [seen(), seen(end=day("2027-08-15"), term="C1 #1 2027-08-15", nth=2)], [line()], {}, {},
        ({}, {"C1": "C1 #1"}, set()),
    ),
    "its number is another now": ([seen(term="C1 #3")], [line(n=1)], {}, {}, ({}, {"C1": "C1 #3"}, set())),
    "in no record": ([seen()], [], {"C1": "absent"}, {}, ({}, {}, {"C1"})),
    "over": ([seen()], [], {"C1": "over"}, {}, ({}, {}, set())),
    "there, and no renewal any more": ([seen()], [], {"C1": "there"}, {}, ({}, {}, set())),
    "another id, the same days": (
        [seen()], [line("N1")], {"C1": "absent"}, {}, ({"C1": "N1"}, {"N1": "C1 #1"}, set()),
    ),
    "another id, another end": ([seen()], [line("N1", end=day("2026-10-15"))], {"C1": "absent"}, {}, ({}, {}, {"C1"})),
    "another's contract with the same days": (
        [seen()], [line("N1", account=2)], {"C1": "absent"}, {}, ({}, {}, {"C1"}),
    ),
    "decided, and another with the same end": ([seen()], [line("N1")], {"C1": "over"}, {}, ({}, {}, set())),
    "co-termed with what began first": (
        [seen()], [line("B1", start=day("2024-08-15"))], {"C1": "there"}, {}, ({"C1": "B1"}, {"B1": "C1 #1"}, set()),
    ),
    "a contract speaks for what was billed, with another day": (
        [seen("S1", term="S1 #2", origin="subscription")], [line("C1", end=day("2026-09-30"))], {"S1": "there"}, {},
        ({"S1": "C1"}, {"C1": "S1 #2"}, set()),
    ),
    "renewed early, and another contract runs on": (
        [seen()], [line("C2", start=END, end=day("2027-08-15")), line("D", end=day("2026-11-15"))], {"C1": "there"}, {},
        ({}, {}, set()),
    ),
    "a remembered line is not taken": (
        [seen(), seen("D", term="D #1")], [line("D")], {"C1": "absent"}, {}, ({}, {"D": "D #1"}, {"C1"}),
    ),
    "merged": ([seen(account=5)], [line(account=1)], {}, {5: 1}, ({}, {"C1": "C1 #1"}, set())),
    "a merge taken back": ([seen(account=1)], [line(account=5)], {}, {}, ({}, {"C1": "C1 #1"}, set())),
    "merged, and called by its account before": (
        [seen("crm:C1:5", account=5)], [line("crm:C1:1")], {"crm:C1:5": "absent"}, {5: 1},
        ({"crm:C1:5": "crm:C1:1"}, {"crm:C1:1": "C1 #1"}, set()),
    ),
    "the id has become another account's": (
        [seen("26", account=1)], [line("26", account=2), line("crm:26:1")], {"26": "there"}, {},
        ({"26": "crm:26:1"}, {"crm:26:1": "C1 #1"}, set()),
    ),
    "two swap their ids": (
        [seen("26", term="a", account=1), seen("crm:26:2", term="b", account=2)],
        [line("26", account=2), line("crm:26:1", account=1)], {"26": "there", "crm:26:2": "there"}, {},
        ({"26": "crm:26:1", "crm:26:2": "26"}, {"crm:26:1": "a", "26": "b"}, set()),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_worked_out_by_hand(name: str) -> None:
    before, lines, fates, home, (moves, names, missing) = CASES[name]
    by_subject: dict[str, list[Seen]] = {}
    for one in before:
        by_subject.setdefault(one.subject, []).append(one)
    found = match(by_subject, {one.contract: one for one in lines}, fates, home)
    assert (found.moves, found.names, found.missing) == (moves, names, missing)


# --- a life -------------------------------------------------------------------------

NAMES = {"status": NameType("text", ("customer", "churned")), "days_to_decide": NameType("days")}
RULE = compile_playbook(
    Playbook(
        playbook="way", about="", when="0 <= days_to_decide <= 40", subject="contract", again="each_term",
        limit="1000",
        reminders=tuple(Reminder(at=f"decide_by - {n}d", id=str(n)) for n in (40, 30, 20, 10)),
    ),
    NAMES,
)  # fmt: skip
CALENDAR = WorkCalendar.of(["mon", "tue", "wed", "thu", "fri"])
FIRST = END - timedelta(days=40)


class Life:
    """One term of one contract, what the records say of it, and the playbook's memory."""

    def __init__(self) -> None:
        self.memory = Memory(known=frozenset({"way"}))
        self.contract, self.account, self.there, self.older, self.signed = "C1", 1, True, 0, False
        self.day = FIRST
        self.reminded: list[tuple[int, str]] = []
        self.events: list[str] = []

    def lines(self) -> dict[str, Line]:
        if self.signed:
            after = line("C1+", start=END, end=date(2027, 8, 15), account=self.account)
            return {after.contract: after}
        if not self.there:
            return {}
        # what began first and ends with it leads the line
        key = f"B{self.older}" if self.older else self.contract
        begun = START - timedelta(days=365 * self.older)
        return {key: line(key, start=begun, account=self.account)}

    def fates(self) -> dict[str, Fate]:
        """Records that are there: the contract, and every older one."""
        found: dict[str, Fate] = {f"B{n}": "there" for n in range(1, self.older + 1)} if self.there else {}
        return found | ({self.contract: "there"} if self.there else {})

    def run(self) -> None:
        lines = self.lines()
        terms: dict[str, list[Seen]] = {}
        for one in sorted(self.memory.seen.values(), key=lambda one: one.nth):
            terms.setdefault(one.subject, []).append(one)
        home = dict.fromkeys(range(1, self.account), self.account)
        found = match(terms, lines, self.fates(), home)
        moves = {("way", old): new for old, new in found.moves.items()}
        moved = self.memory.moved(moves)
        known = {case.subject for case in moved.cases.values()} | {subject for _, subject in moved.trackers}
        verdicts: dict[str, Verdict] = {}
        for key, one in lines.items():
            left = (one.end_on - self.day).days
            if 0 <= left <= 40 or key in known:
                verdicts[key] = Verdict(
                    key, one.account, holds=0 <= left <= 40, term=found.names.get(key, one.name),
                    dates={"decide_by": one.end_on},
                )  # fmt: skip
        for subject in known - lines.keys():
            missing = subject in found.missing
            verdicts[subject] = Verdict(subject, 0, holds=None if missing else False, gone=not missing, missing=missing)
        named = {key: lines[key].seen(found.names.get(key)) for key in verdicts if key in lines}
        truth = Truth({"way": verdicts}, 100, {}, moves, found.moves, named)
        changes = step([RULE], self.memory, self.day, truth, CALENDAR)
        self.reminded += [(one.case, one.step) for one in changes.occurrences]
        self.events += [event.what for event in changes.events]
        self.memory = self.memory.after(changes)
        again = step([RULE], self.memory, self.day, Truth({"way": verdicts}, 100, {}, {}, {}, named), CALENDAR)
        assert again.nothing, again

    def act(self, word: str) -> None:
        if word == "vanish":
            self.there = self.signed = False
        elif word == "return":
            self.there = True
        elif word == "rename" and not self.older:
            self.contract = f"{self.contract}x"
        elif word == "merge":
            self.account += 1
        elif word == "older" and self.there:
            self.older += 1
        elif word == "younger":
            self.older = 0
        elif word == "sign" and self.there:
            self.signed = True
        elif word == "unsign":
            self.signed = False
        elif word == "wait" and self.day < END - timedelta(days=2):
            self.day += timedelta(days=1)
        self.run()


WORDS = ["vanish", "return", "rename", "merge", "older", "younger", "sign", "unsign", "wait", "wait", "wait"]


@settings(max_examples=300)
@given(st.lists(st.sampled_from(WORDS), max_size=25))
def test_whatever_happens_to_the_records_one_term_has_one_case_and_each_reminder_once(words: list[str]) -> None:
    life = Life()
    life.run()
    for word in words:
        life.act(word)
    # at last the records are whole again, and the last days of the term come
    life.there, life.signed = True, False
    life.day = END - timedelta(days=1)
    life.run()
    about_it = [case for case in life.memory.cases.values() if case.is_open]
    assert [case.number for case in about_it] == [1], life.events
    assert about_it[0].opened_on == FIRST
    assert sorted(life.reminded) == sorted((1, step) for step in ("40", "30", "20", "10"))
    assert len(life.memory.trackers) <= 2
