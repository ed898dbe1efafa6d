"""Why an account is in a list or is not: a playbook, a segment, a scorecard, the renewals list, or today."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date
from typing import TYPE_CHECKING, Any

from cs_cli.base.command_line import as_typed
from cs_cli.cases.why import DayOfPlaybooks, Part, condition_parts
from cs_cli.definitions.conditions.explain import WORDS
from cs_cli.reports.model import Column, Figure, Report, Section

if TYPE_CHECKING:
    import sqlite3

    from cs_cli.definitions.workspace import Definitions

Row = dict[str, Any]  # by the keys of PARTS, or of a table of facts
PARTS = (
    Column("subject", "Subject"),
    Column("part", "Part"),
    Column("atom", "Atom"),
    Column("fact", "Fact"),
    Column("value", "Value"),
    Column("truth", "Truth"),
)


class Question:
    """An account, a day, and what is asked about."""

    def __init__(
        self, conn: sqlite3.Connection, definitions: Definitions, day: date, known_at: date | None, account: int,
        name: str,
    ) -> None:  # fmt: skip
        self.conn, self.definitions, self.day, self.known_at = conn, definitions, day, known_at
        self.account, self.name = account, name

    def report(self, what: str, answer: str, rows: Iterable[Row], more: Iterable[Figure] = ()) -> Report:
        """The answer above, its parts below."""
        figures = (Figure("answer", what, answer, "text"), *more)
        title = f"{self.name}: {what}"
        section = Section("parts", title, PARTS, tuple(rows), figures, empty="No condition decides it.")
        settings = self.definitions.settings
        return Report("explain", f"{what} for {self.name}", self.day.isoformat(), settings.currency, settings.company,
                      sections=(section,))  # fmt: skip

    def facts(self, names: Iterable[str]) -> Row:
        """The account's facts of the day."""
        from cs_cli.scoring.desk import build_desk
        from cs_cli.store.connection import rows

        build_desk(self.conn, self.definitions, self.day, self.known_at, need={*names, "name", "status"})
        return rows(self.conn, "SELECT * FROM account_facts WHERE account = ?", (self.account,))[0]


def explained(
    conn: sqlite3.Connection, definitions: Definitions, day: date, known_at: date | None, account: int, name: str,
    what: str,
) -> Report | None:  # fmt: skip
    """The report on `what` for an account; None where it is no playbook, segment, scorecard or list."""
    answer = _answers(definitions).get(what)
    return None if answer is None else answer(Question(conn, definitions, day, known_at, account, name), what)


def others(definitions: Definitions) -> list[str]:
    """What can be asked about besides facts and conditions."""
    return list(_answers(definitions))


def _answers(definitions: Definitions) -> dict[str, Callable[[Question, str], Report]]:
    return {
        **{book.playbook: _playbook for book in definitions.playbooks},
        **{card.name: _health for card in definitions.health.scorecards},
        **{dimension.name: _segment for dimension in definitions.segments.dimensions},
        "health": _health,
        "renewals": _renewals,
        "today": _today,
    }


def _row(subject: str, part: Part) -> Row:
    return {"subject": subject, "part": part.part, "atom": part.atom, "fact": part.fact, "value": part.value,
            "truth": part.truth}  # fmt: skip


def _playbook(asked: Question, what: str) -> Report:
    found = DayOfPlaybooks(asked.conn, asked.definitions, asked.day, asked.known_at, what).why(asked.account, what)
    if not found:
        return asked.report(what, "does not apply: it is about contract terms, and none is known of this account", ())
    answer = " · ".join(
        (f"{one.subject}: " if len(found) > 1 else "") + f"{one.state}: {one.because}" for one in found
    )
    rows = [_row(one.subject, part) for one in found for part in one.parts]
    return asked.report(what, answer, rows, _unknown(asked, {name for one in found for name in one.missing}))


def _unknown(asked: Question, names: Iterable[str]) -> list[Figure]:
    """What nobody knows, and what would make it known."""
    from cs_cli.scoring.health_views import hint

    return [Figure(f"unknown_{name}", f"{name} is unknown", hint(asked.conn, name), "text") for name in sorted(names)]


def _segment(asked: Question, what: str) -> Report:
    from cs_cli.definitions.conditions import parse
    from cs_cli.facts.catalogue import names
    from cs_cli.scoring.names import names_before

    segments = asked.definitions.segments
    at = next(n for n, one in enumerate(segments.dimensions) if one.name == what)
    known = names_before(segments, names(asked.definitions.settings), at)
    entries = [
        (entry.name, None if entry.when.strip() == "otherwise" else parse(entry.when, known))
        for entry in segments.dimensions[at].entries
    ]
    used = {name for _, condition in entries if condition is not None for name in condition.names}
    facts = asked.facts({what, *used})
    rows, missing = [], set()
    for name, condition in entries:
        if condition is None:
            rows.append(_row(name, Part("otherwise", "otherwise", None, None, WORDS[True])))
            continue
        truth = condition.evaluate(facts)
        rows += [_row(name, part) for part in condition_parts(f"{name}: {WORDS[truth]}", condition, facts)]
        if truth is None:
            missing |= {one for one in condition.names if facts.get(one) is None}
        if truth and not segments.dimensions[at].any:
            break
    place = facts[what]
    answer = f"{place}" if place is not None else "in none: an earlier entry is unknown, or none holds"
    return asked.report(what, answer, rows, _unknown(asked, missing))


def _health(asked: Question, what: str) -> Report:
    """Which scorecard counts, and why; `what` is "health" or one card."""
    from cs_cli.definitions.conditions import parse
    from cs_cli.facts.catalogue import names
    from cs_cli.scoring.names import segment_names

    definitions = asked.definitions
    known = segment_names(names(definitions.settings), definitions.segments)
    cards = [
        (card, None if card.applies.strip() == "otherwise" else parse(card.applies, known))
        for card in definitions.health.scorecards
    ]
    used = {name for _, condition in cards if condition is not None for name in condition.names}
    facts = asked.facts({"account_id", "health", "band", "scorecard", "known_share", "capped_by", *used})
    rows = []
    for card, condition in cards:
        if condition is None:
            rows.append(_row(card.name, Part("applies", "otherwise", None, None, WORDS[True])))
        else:
            rows += [_row(card.name, part) for part in condition_parts("applies", condition, facts)]
        if card.name == facts["scorecard"]:
            break
    score = "unknown" if facts["health"] is None else f"{facts['health']:g}"
    share = facts["known_share"]
    answer = f"{score} {facts['band']} by the card {facts['scorecard'] or 'none'}"
    if share is not None:
        answer += f", {share:.0%} of its weight known"
    if facts["capped_by"]:
        answer += f", held down by {facts['capped_by']}"
    if what not in ("health", facts["scorecard"]):
        answer = f"another card counts: {answer}"
    account = as_typed(facts["account_id"])
    parts = f"cs health show {account} (what each measure gives)"
    moves = f"cs health changes {account} --by-measure (what moved it)"
    return asked.report(what, answer, rows, (Figure("next", "next", f"{parts} · {moves}", "text"),))


def _renewals(asked: Question, what: str) -> Report:
    """Each contract term: whether `cs renewals list` has it, and why not."""
    from cs_cli.revenue.renewals import renewals, rolling_rows
    from cs_cli.revenue.runway import WITHIN
    from cs_cli.store.connection import rows as fetch

    ever = (date.max - asked.day).days
    mine = renewals(asked.conn, asked.definitions, asked.day, ever, asked.known_at, accounts=[asked.account])
    (facts,) = fetch(asked.conn, "SELECT account_id, status FROM account_facts WHERE account = ?", (asked.account,))
    said = []
    for row in mine:
        days = row["days_to_renewal"]
        beyond = f"not in the list: {days} days ahead, more than {WITHIN} (--within {days})"
        word = "in the list" if days <= WITHIN else beyond
        said.append(f"{row['contract']} ends {row['renewal_date']}: {word}")
    for row in rolling_rows(asked.conn):
        if row["account_id"] == facts["account_id"]:
            said.append(f"{row['contract']} rolls on {row['rolls']}: no renewal; cs renewals list shows it as rolling")
    if not said:
        status = "" if facts["status"] in ("customer", "churned") else f" and it is a {facts['status']}"
        said.append(f"no term of a contract is known{status}: cs contracts set says one")
    return asked.report(what, " · ".join(said), ())


def _today(asked: Question, what: str) -> Report:
    """The lines of `cs today` about the account, or what is open on it and when it would be there."""
    from cs_cli.reports import today

    found = today.items(asked.conn, asked.definitions, asked.day, asked.known_at)
    (account_id,) = asked.conn.execute(
        "SELECT account_id FROM account_registry WHERE account = ?", (asked.account,)
    ).fetchone()
    mine = [(n, item) for n, item in enumerate(found, 1) if item["account_id"] == account_id]
    said = [
        f"line {n}: {item['what']}, {item['why']}" + ("" if n <= today.MOST else f" (behind the first {today.MOST})")
        for n, item in mine
    ]
    return asked.report(what, " · ".join(said) or _later(asked), ())


def _later(asked: Question) -> str:
    """What is open on an account of which nothing is due."""
    from cs_cli.cases.lists import cases_of_account, tasks_of_account

    said = [
        f"{row['case']} {row['playbook']} {row['severity']}, {row['state']}"
        for row in cases_of_account(asked.conn, asked.definitions, asked.account, asked.day)
        if row["state"] != "closed"
    ]
    said += [
        f"{row['task']} due {row['due'] or 'on no day'}"
        for row in tasks_of_account(asked.conn, asked.definitions, asked.account, asked.day)
    ]
    return "nothing is due" + (f"; open: {', '.join(said)}" if said else " and nothing is open")
