"""The truth of a day from account_facts and contract_facts: SQL finds who fires, sparsely.

One pass per kind of subject evaluates `applies_to and when` of every playbook. Only the rows that
fire or are remembered come out; their severity, ends, tasks and reasons are worked out from those
rows alone, by the same conditions in Python (`verdicts.verdict`).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

from cs_cli.cases.grammar import DATES
from cs_cli.cases.model import BY_HAND, Key, Memory, Seen, Truth, Verdict, changed
from cs_cli.cases.term_lines import find_terms, homes, read_lines
from cs_cli.cases.verdicts import verdict
from cs_cli.definitions.conditions import Params

if TYPE_CHECKING:
    import sqlite3

    from cs_cli.cases.rules import Rule
    from cs_cli.cases.same_term import Line

# the last two say who leads a renewal, in the lists that follow a run
ALWAYS = frozenset({
    "status", "arr", "contract", "term_ordinal", *DATES, "open_expansion_amount", "expansion_agreed_days",
})  # fmt: skip
_CHUNK = 500


def needs(rules: Iterable[Rule]) -> set[str]:
    """The facts, dimensions and health names that must stand in account_facts."""
    found = set(ALWAYS)
    for rule in rules:
        found |= rule.names
    if "renewal_led_by" in found:
        found.add("cancel_requested")  # of which a term's own is made
    return found


def remembered(memory: Memory) -> dict[str, set[str]]:
    """Per playbook the subjects that have a case or counters."""
    found: dict[str, set[str]] = {}
    keys: list[Key] = [case.key for case in memory.cases.values()]
    for playbook, subject in [*keys, *memory.trackers]:
        found.setdefault(playbook, set()).add(subject)
    return found


def read_truth(conn: sqlite3.Connection, rules: Sequence[Rule], memory: Memory) -> Truth:
    """The truth for the step. account_facts (and contract_facts, for rules on contracts) must stand."""
    who = _Subjects(conn, rules, memory)
    known = remembered(memory.moved(who.moves))
    verdicts: dict[str, dict[str, Verdict]] = {}
    unknown: dict[str, int] = {}
    for table in (_Table(conn, "account"), _Table(conn, "contract")):
        mine = [rule for rule in rules if rule.subject == table.kind]
        if mine:
            _pass(table, mine, known, who.missing[table.kind], verdicts, unknown)
    terms = who.named(verdicts)
    _mark_lost(conn, memory.moved(who.moves), verdicts)
    (customers,) = conn.execute("SELECT COUNT(*) FROM temp.account_facts WHERE status = 'customer'").fetchone()
    return Truth(verdicts, customers, unknown, who.moves, who.renamed, terms)


class _Subjects:
    """Who the remembered subjects are today: their new names, and those that no record has any more."""

    def __init__(self, conn: sqlite3.Connection, rules: Sequence[Rule], memory: Memory) -> None:
        self.contract_rules = {rule.name for rule in rules if rule.subject == "contract"}
        accounts = {rule.name for rule in rules if rule.subject == "account"}
        keys = {case.key for case in memory.cases.values() if case.playbook != BY_HAND} | set(memory.trackers)
        self.moves: dict[Key, str] = {}
        self.renamed: dict[str, str] = {}
        self.names: dict[str, str] = {}
        self.missing: dict[str, set[str]] = {"account": set(), "contract": set()}
        self.lines: dict[str, Line] = {}
        self._accounts(conn, {key for key in keys if key[0] in accounts})
        if self.contract_rules:
            self._contracts(conn, memory, {key for key in keys if key[0] not in accounts}, accounts)

    def _accounts(self, conn: sqlite3.Connection, keys: set[Key]) -> None:
        """A merged account's cases go on with the one that it is now; where that has its own, they are over."""
        there = {str(row[0]) for row in conn.execute("SELECT account FROM temp.account_facts")}
        lost = {key for key in keys if key[1] not in there}
        home = homes(conn) if lost else {}
        taken = set(keys)
        for book, subject in sorted(lost):
            to = home.get(int(subject))
            if to is None:
                self.missing["account"].add(subject)
            elif (book, str(to)) not in taken:
                self.moves[book, subject] = str(to)
                taken.add((book, str(to)))

    def _contracts(self, conn: sqlite3.Connection, memory: Memory, keys: set[Key], accounts: set[str]) -> None:
        self.lines = read_lines(conn)
        (day,) = conn.execute("SELECT day FROM temp.clock").fetchone()
        mine = {subject for book, subject in keys if book in self.contract_rules}
        found = find_terms(conn, memory, mine, self.lines, date.fromisoformat(day), accounts)
        self.renamed, self.names, self.missing["contract"] = found.moves, found.names, found.missing
        self.moves |= {(book, subject): found.moves[subject] for book, subject in keys if subject in found.moves}

    def named(self, verdicts: dict[str, dict[str, Verdict]]) -> dict[str, Seen]:
        """The terms of the contracts among the verdicts, whose names the verdicts get."""
        terms: dict[str, Seen] = {}
        for name in self.contract_rules & verdicts.keys():
            for subject, found in verdicts[name].items():
                if subject in self.lines:
                    terms[subject] = self.lines[subject].seen(self.names.get(subject))
                    verdicts[name][subject] = changed(found, term=terms[subject].term)
        return terms


def _mark_lost(conn: sqlite3.Connection, memory: Memory, verdicts: dict[str, dict[str, Verdict]]) -> None:
    """A term that is over because its customer left is lost, not resolved."""
    for case in memory.cases.values():
        found = verdicts.get(case.playbook, {}).get(case.subject)
        if found is not None and found.gone:
            left = conn.execute(
                "SELECT 1 FROM temp.account_facts WHERE account = ? AND status = 'churned'", (case.account,)
            ).fetchone()
            verdicts[case.playbook][case.subject] = changed(found, account=case.account, lost=left is not None)


class _Table:
    """account_facts, or contract_facts beside it; says where a name's column stands."""

    def __init__(self, conn: sqlite3.Connection, kind: str) -> None:
        self.conn, self.kind = conn, kind
        self.key = "a.account" if kind == "account" else "c.contract"
        self.source = (
            "temp.account_facts AS a"
            if kind == "account"
            else ("temp.contract_facts AS c JOIN temp.account_facts AS a ON a.account = c.account")
        )
        self.accounts = self._columns("account_facts")
        self.contracts = self._columns("contract_facts") if kind == "contract" else frozenset()

    def _columns(self, table: str) -> frozenset[str]:
        return frozenset(row[1] for row in self.conn.execute(f"PRAGMA temp.table_info({table})"))

    def column(self, name: str) -> str:
        if name in self.contracts:
            return f'c."{name}"'
        return f'a."{name}"' if name in self.accounts else "NULL"

    def rows(self, names: Collection[str], subjects: Collection[str]) -> Iterable[dict[str, Any]]:
        """The facts of the given subjects, each with its account number under "account"."""
        wanted = sorted(names)
        columns = ", ".join([f"CAST({self.key} AS TEXT)", "a.account", *(self.column(name) for name in wanted)])
        order = sorted(subjects)
        for start in range(0, len(order), _CHUNK):
            some: list[Any] = (
                [int(key) for key in order[start : start + _CHUNK]]
                if self.kind == "account"
                else list(order[start : start + _CHUNK])
            )
            marks = ", ".join("?" * len(some))
            for row in self.conn.execute(f"SELECT {columns} FROM {self.source} WHERE {self.key} IN ({marks})", some):
                yield {**dict(zip(wanted, row[2:], strict=True)), "": row[0], "account": row[1]}


def subject_facts(
    conn: sqlite3.Connection, rule: Rule, accounts: Collection[int]
) -> Iterator[tuple[str, dict[str, Any]]]:
    """(subject, its facts, with "account") for one rule: each account itself, or each of its contract terms."""
    table = _Table(conn, rule.subject)
    subjects = [str(account) for account in accounts]
    if rule.subject == "contract":
        terms = conn.execute("SELECT contract, account FROM temp.contract_facts ORDER BY contract").fetchall()
        subjects = [contract for contract, account in terms if account in accounts]
    for facts in table.rows(rule.names | ALWAYS | {"account_id"}, subjects):
        yield facts[""], facts


def _pass(
    table: _Table,
    rules: list[Rule],
    known: Mapping[str, set[str]],
    missing: Collection[str],
    verdicts: dict[str, dict[str, Verdict]],
    unknown: dict[str, int],
) -> None:
    firing, unclear = _firing(table, rules)
    asked: dict[str, set[str]] = {rule.name: firing[rule.name] | known.get(rule.name, set()) for rule in rules}
    names = set(ALWAYS).union(*(rule.names for rule in rules))
    everyone: set[str] = set().union(*asked.values())
    for rule in rules:
        verdicts[rule.name] = {}
        unknown[rule.name] = unclear[rule.name]
    for facts in table.rows(names, everyone):
        subject = facts[""]
        for rule in rules:
            if subject in asked[rule.name]:
                verdicts[rule.name][subject] = verdict(rule, facts, subject, facts["account"])
    for rule in rules:  # remembered, but not there any more
        for subject in sorted(asked[rule.name] - verdicts[rule.name].keys()):
            if subject in missing:
                verdicts[rule.name][subject] = Verdict(subject, 0, holds=None, applies=None, missing=True)
            else:
                verdicts[rule.name][subject] = Verdict(subject, 0, holds=False, applies=False, gone=True)


def _firing(table: _Table, rules: list[Rule]) -> tuple[dict[str, set[str]], dict[str, int]]:
    """One pass: per rule the subjects on which it fires, and how many cannot be told."""
    params = Params()
    columns = []
    for at, rule in enumerate(rules):
        truth = f"({rule.when.sql(params, table.column)})"
        if rule.applies is not None:
            truth = f"({rule.applies.sql(params, table.column)}) AND {truth}"
        columns.append(f"({truth}) AS p{at}")
    # LIMIT -1 keeps SQLite from working every condition out twice
    inner = f"SELECT CAST({table.key} AS TEXT) AS subject, {', '.join(columns)} FROM {table.source} LIMIT -1"
    some = " OR ".join(f"p{at} IS NOT 0" for at in range(len(rules)))
    firing: dict[str, set[str]] = {rule.name: set() for rule in rules}
    unclear = dict.fromkeys(firing, 0)
    for row in table.conn.execute(f"SELECT * FROM ({inner}) WHERE {some}", params.values):
        for rule, truth in zip(rules, row[1:], strict=True):
            if truth:
                firing[rule.name].add(row[0])
            elif truth is None:
                unclear[rule.name] += 1
    return firing, unclear
