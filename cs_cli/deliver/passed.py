"""What is asked of somebody else reaches them: a message for each open task of another person, once.

With it go the words of whoever passed it on, the account's numbers, why the case is there, until when, and how to take
it. What is nobody's but mine stays in `cs tasks list`.
"""

from __future__ import annotations

from collections.abc import Set
from datetime import date
from typing import TYPE_CHECKING, Any

from cs_cli.base.money import show, to_major
from cs_cli.cases.model import BY_HAND
from cs_cli.deliver import ledger
from cs_cli.deliver.due import Due, default_channels, kind_of
from cs_cli.deliver.model import Key, Occurrence, Target
from cs_cli.store.connection import rows

if TYPE_CHECKING:
    import sqlite3

    from cs_cli.definitions.shapes import Settings
    from cs_cli.deliver.subjects import Subjects

PLAYBOOK = "task"  # as the ledger calls these reminders
_TASKS = """
SELECT t.number, t.do, t.owner, t.due, c.number AS case_number, c.account, c.subject, c.playbook, c.because, c.text,
  c.opened_on, c.state, c.snoozed_until, c.missing_since, h.giver, h.words, h.amount, h.currency, h.passed_on,
  h.taken_on
FROM task t JOIN cs_case c ON c.number = t.case_number LEFT JOIN handoff h ON h.task = t.number
WHERE t.state = 'open' AND c.state <> 'closed' AND c.control = 0 AND t.owner IS NOT NULL ORDER BY t.number
"""
# what a colleague decides and a person opened by hand; other cases have reminders of their own
_DECISIONS = """
SELECT number, account, subject, severity, decides, because, text, opened_on, resolve_by FROM cs_case
WHERE playbook = ? AND state <> 'closed' AND decides IS NOT NULL ORDER BY number
"""
_REQUESTS = """
SELECT r.key, a.account, r.kind, r.text, r.cost, r.currency, r.asked_on, r.due_on, r.decider
FROM known_request r JOIN account_of a ON a.ref = r.ref
WHERE r.decider IS NOT NULL AND (r.asked_on IS NULL OR r.asked_on <= :day) AND r.decision IS NULL
  AND r.decided_on IS NULL AND NOT @is_settled_request(r.status) ORDER BY r.id
"""


def passed_due(conn: sqlite3.Connection, settings: Settings, day: date, subjects: Subjects) -> list[Due]:
    """A message for each open task, decision and request of somebody who is not me; and those that are over now."""
    found: list[Due] = []
    if _colleagues(settings, subjects):
        told = _told(conn)
        found = [*_tasks(conn, settings, day, subjects, told), *_asked(conn, settings, day, subjects, told)]
    there = {one.occurrence.key for one in found}
    for entry in ledger.unsettled(conn).values():
        if entry.key.playbook == PLAYBOOK and entry.key not in there:
            there.add(entry.key)
            over = Occurrence(entry.key, entry.due, (entry.target,), over=f"{entry.key.term} is done or taken back")
            found.append(Due(over, {"playbook": PLAYBOOK}, None, None, entry.key.term))
    return found


def _colleagues(settings: Settings, subjects: Subjects) -> bool:
    """Is there anybody but me who could own a task?"""
    me = subjects.people.me
    return any(one.name != me for one in settings.people) or any(
        written.startswith("account.") for written in settings.roles.values()
    )


def _tasks(
    conn: sqlite3.Connection, settings: Settings, day: date, subjects: Subjects, told: Set[str]
) -> list[Due]:
    found = [
        row for row in rows(conn, _TASKS)
        if f"t{row['number']}" not in told and not row["taken_on"] and _anothers(row["owner"], settings, subjects)
    ]
    subjects.want((row["account"], row["subject"]) for row in found)
    made = []
    for row in found:
        facts = subjects.accounts.get(row["account"], {})
        person = subjects.people.who(row["owner"], facts)
        if person is None or person in (subjects.people.me, row["giver"]) or not subjects.people.knows(person):
            continue
        words = [f"{row['giver']} passes on to {person}: {row['words']}"] if row["words"] else [f"for {person}"]
        if row["amount"] is not None:
            code = row["currency"] or settings.currency
            words.append(f"may be worth {show(to_major(int(row['amount']), code), code)} {code} a year")
        if row["playbook"] != BY_HAND:
            words.append(f"why: {row['playbook']} since {row['opened_on']}: {row['because']}")
        ref = f"t{row['number']}"
        silent = None
        if row["state"] == "snoozed" and (row["snoozed_until"] or "") > day.isoformat():
            silent = f"snoozed until {row['snoozed_until']}"
        elif row["missing_since"]:
            silent = f"cannot tell since {row['missing_since']}"
        made.append(_due(
            settings, day, facts, row, ref, person, row["do"], words, row["due"], silent,
            since=row["passed_on"] or row["opened_on"], single=bool(row["words"]),
            answer=f"to take it: cs tasks take {ref}; or answer, and {subjects.people.me or 'we'} will write it down",
        ))  # fmt: skip
    return made


def _told(conn: sqlite3.Connection) -> set[str]:
    """What was told already: nothing of it is asked for again."""
    settled = "SELECT term FROM delivery WHERE playbook = ? GROUP BY term HAVING min(state IN ('sent', 'missed')) = 1"
    return {term for (term,) in conn.execute(settled, (PLAYBOOK,))}


def _anothers(role: str, settings: Settings, subjects: Subjects) -> bool:
    """Whether somebody but me may hold it, as far as can be told without the account."""
    by_account = any(written.startswith("account.") for written in settings.roles.values())
    return by_account or subjects.people.who(role) != subjects.people.me


def message_about(
    conn: sqlite3.Connection, settings: Settings, day: date, subjects: Subjects, number: int
) -> tuple[str, str, str] | None:
    """(person, title, text) of what is said of one open task of somebody else; None where it is not."""
    for one in _tasks(conn, settings, day, subjects, frozenset()):
        if one.occurrence.key.term == f"t{number}":
            return one.occurrence.targets[0].recipient, str(one.title), str(one.row["because"])
    return None


def _asked(
    conn: sqlite3.Connection, settings: Settings, day: date, subjects: Subjects, told: Set[str]
) -> list[Due]:
    """Escalations opened by hand and requests that wait for a decision of somebody who is not me."""
    from cs_cli.store.clock import set_clock
    from cs_cli.store.dialect import expand

    set_clock(conn, day, subjects.known_at)
    decisions = [row for row in rows(conn, _DECISIONS, (BY_HAND,)) if f"c{row['number']}" not in told]
    requests = [
        row for row in rows(conn, expand(_REQUESTS), {"day": day.isoformat()}) if f"request {row['key']}" not in told
    ]
    subjects.want((row["account"], str(row["account"])) for row in (*decisions, *requests))
    made = []
    for row in decisions:
        facts = subjects.accounts.get(row["account"], {})
        person = subjects.people.who(row["decides"], facts)
        if person is not None and person != subjects.people.me and subjects.people.knows(person):
            ref = f"c{row['number']}"
            made.append(_due(
                settings, day, facts, row, ref, person, f"{row['severity']}: {row['text'] or row['because']}",
                [f"{person} decides"], row["resolve_by"], None, since=row["opened_on"], single=True,
                answer=f"your answer: cs cases note {ref} '…'",
            ))  # fmt: skip
    for row in requests:
        facts = subjects.accounts.get(row["account"], {})
        person = subjects.people.who(row["decider"], facts)
        if person is not None and person != subjects.people.me and subjects.people.knows(person):
            code = row["currency"] or settings.currency
            cost = [] if row["cost"] is None else [f"costs {show(to_major(int(row['cost']), code), code)} {code}"]
            account = facts.get("account_id") or "ACCOUNT"
            made.append(_due(
                settings, day, facts, row, f"request {row['key']}", person, f"decide: {row['text'] or row['kind']}",
                [f"{person} decides: {row['kind'] or 'request'}, asked {row['asked_on'] or 'on no known day'}", *cost],
                row["due_on"], None, since=row["asked_on"] or day.isoformat(), single=True,
                answer=f"your answer is written down with cs log {account} request, --decision and --reason",
            ))  # fmt: skip
    return made


def _due(
    settings: Settings, day: date, facts: dict[str, Any], row: dict[str, Any], ref: str, person: str, ask: str,
    words: list[str], until: str | None, silent: str | None, *, since: str, single: bool, answer: str,
) -> Due:  # fmt: skip
    name = str(facts.get("name") or facts.get("account_id") or "an account")
    numbers = _numbers(facts, settings)
    lines = [*words, *([numbers] if numbers else []), f"until {until}" if until else "no day was named", answer]
    targets = tuple(Target(channel, person) for channel in channels_of(settings, person))
    key = Key(PLAYBOOK, str(row["account"]), ref, "passed")
    due = min(date.fromisoformat(since), day)
    occurrence = Occurrence(
        key, due, targets, mode="single" if single else "digest", account=row["account"], case=row.get("case_number"),
        silent=silent,
    )
    return Due(occurrence, {"playbook": PLAYBOOK, "because": "\n".join(lines)}, None, None, f"{name}: {ask} ({ref})")


def channels_of(settings: Settings, person: str) -> tuple[str, ...]:
    """Their channel: the first of cs.yaml that reaches them (Slack id, e-mail address), else the default ones."""
    known = next((one for one in settings.people if one.name == person), None)
    for name in settings.channels:
        kind = kind_of(settings, name)
        if known and ((kind == "slack" and known.slack) or (kind in ("email", "smtp") and known.email)):
            return (name,)
    return default_channels(settings)


def _numbers(facts: dict[str, Any], settings: Settings) -> str:
    """ "ARR 12,000 EUR, health 45 (red), renews 2027-01-31, decide by 2026-12-31": what is known."""
    told = []
    if facts.get("arr") is not None:
        told.append(f"ARR {show(facts['arr'], settings.currency)} {settings.currency}")
    if facts.get("health") is not None and facts.get("band") not in (None, "unknown"):
        told.append(f"health {facts['health']:g} ({facts['band']})")
    told += [f"{word} {facts[key]}" for key, word in (("renewal_date", "renews"), ("decide_by", "decide by"))
             if facts.get(key)]  # fmt: skip
    return ", ".join(told)
