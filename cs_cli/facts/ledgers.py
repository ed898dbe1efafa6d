"""TEMP TABLE ledger_day: what event ledgers say is paid from each of their days on; and where they do not close."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterator, Sequence
from datetime import date
from itertools import groupby
from typing import TYPE_CHECKING, Any

from cs_cli.base.money import show, to_major
from cs_cli.definitions.words import means
from cs_cli.facts.chains import Event, breaks, chains_of, last_of_days
from cs_cli.store.dialect import expand

if TYPE_CHECKING:
    from cs_cli.definitions.shapes import Settings

GAP, MIDDLE = "ledger that does not close", "ledger that begins in the middle"
LEFTOVER, NEGATIVE, TWICE = "cancellation that leaves money", "ledger below zero", "two ledgers for one account"

_EVENT = """
SELECT a.account, e.id, e.source, e.ref, coalesce(e.subscription, ''), e.key, e.day, coalesce(e.kind, ''),
       e.mrr_before, e.mrr_after, coalesce(e.currency, :currency),
       coalesce(e.origin_import, e.import_id), coalesce(e.origin_line, e.line, 0)
FROM known_mrr_event e
JOIN account_of a ON a.ref = e.ref
WHERE e.day <= :day AND a.account IN (SELECT c.account FROM ledger_care c)
ORDER BY a.account, coalesce(e.origin_import, e.import_id), coalesce(e.origin_line, e.line, 0), e.source, e.key
"""
# one ledger, no two events of one day, every amount said: the next event ends what the one before said
_CARE = """
CREATE TEMP TABLE ledger_care AS
SELECT a.account
FROM known_mrr_event e
JOIN account_of a ON a.ref = e.ref
WHERE e.day <= :day
GROUP BY a.account
HAVING count(*) > count(e.mrr_after) OR count(*) > count(DISTINCT e.day)
  OR min(e.source) <> max(e.source) OR min(e.ref) <> max(e.ref)
  OR min(coalesce(e.subscription, '')) <> max(coalesce(e.subscription, ''))
"""
_PLAIN = """
INSERT INTO ledger_day
SELECT a.account, '0', e.source, coalesce(e.subscription, 'ledger'), e.key, e.day, e.mrr_after,
       coalesce(e.currency, :currency)
FROM known_mrr_event e
JOIN account_of a ON a.ref = e.ref
WHERE e.day <= :day AND a.account NOT IN (SELECT c.account FROM ledger_care c)
"""
# whoever may have something to be found: those that need care, and whose amounts do not follow each other
_SUSPECTS = """
INSERT INTO ledger_care
SELECT DISTINCT account FROM (
  SELECT a.account, e.mrr_before, e.mrr_after, e.kind,
         coalesce(lag(e.mrr_after) OVER (PARTITION BY a.account ORDER BY e.day, e.source, e.key), 0) AS was
  FROM known_mrr_event e
  JOIN account_of a ON a.ref = e.ref
  WHERE e.day <= :day) seen
WHERE (mrr_before <> was OR mrr_after < 0 OR (mrr_after > 0 AND @is_ending_event(kind)))
  AND account NOT IN (SELECT c.account FROM ledger_care c)
"""


def build_ledger_days(conn: sqlite3.Connection, settings: Settings, day: date) -> None:
    """TEMP TABLE ledger_day(account, chain, source, subscription, key, day, mrr_after, currency): for each chain and
    each of its days the event that says what is paid from that day on; mrr_after NULL where nothing says it.

    An account's chains add up.
    """
    values = {"day": day.isoformat(), "currency": settings.currency}
    conn.execute("DROP TABLE IF EXISTS temp.ledger_care")
    conn.execute("DROP TABLE IF EXISTS temp.ledger_day")
    conn.execute(_CARE, {"day": values["day"]})
    conn.execute(
        "CREATE TEMP TABLE ledger_day(account INTEGER, chain TEXT, source TEXT, subscription TEXT, key TEXT, day TEXT, "
        "mrr_after INTEGER, currency TEXT)"
    )
    conn.execute(_PLAIN, values)
    conn.executemany(
        "INSERT INTO temp.ledger_day VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (
            (account, str(n), one.source, one.subscription or "ledger", one.key, one.day, one.after, one.currency)
            for account, events in _read(conn, settings, day)
            for n, chain in enumerate(chains_of(events))
            for one in last_of_days(chain)
        ),
    )


def _read(conn: sqlite3.Connection, settings: Settings, day: date) -> Iterator[tuple[int, list[Event]]]:
    """The events of each account of ledger_care, by the day."""
    found = conn.execute(expand(_EVENT), {"day": day.isoformat(), "currency": settings.currency}).fetchall()
    for account, rows in groupby(found, key=lambda row: row[0]):
        yield account, [Event((row[11], row[12], row[5]), *row[1:11]) for row in rows]


def ledger_findings(
    conn: sqlite3.Connection, settings: Settings, day: date, imports: Collection[int] | None = None
) -> list[dict[str, Any]]:
    """What ledgers say that cannot be, as {check, subject, finding, next}; call set_clock first.

    The subject is the event's file and line. imports: of events of these change sets only. Where a ledger does not
    close, what each event ends at counts.
    """
    values = {"day": day.isoformat()}
    conn.execute("DROP TABLE IF EXISTS temp.ledger_care")
    conn.execute(_CARE, values)
    conn.execute(expand(_SUSPECTS), values)
    found = []
    for account, events in _read(conn, settings, day):
        chains = chains_of(events)
        for check, one, text, next_step in (*_within(chains), *_between(chains)):
            if imports is None or one.order[0] in imports:
                found.append((account, check, _place(conn, one), text, next_step))
    names: dict[int, str] = dict(conn.execute("SELECT account, account_id FROM population"))
    return [
        {"check": check, "subject": place, "finding": f"{names.get(account, account)}: {text}", "next": next_step}
        for account, check, place, text, next_step in found
    ]


_Found = tuple[str, Event, str, str]
_CORRECT = "correct the ledger and import it again; until then what each event ends at counts"


def _within(chains: Sequence[Sequence[Event]]) -> Iterator[_Found]:
    for chain in chains:
        for earlier, one in breaks(chain):
            begins = f"{one.key} of {one.day} begins at {_figure(one, one.before)}"
            if earlier is None:
                yield MIDDLE, one, f"{begins}, and nothing says since when: it counts as new from that day", (
                    "import the events before it"
                )  # fmt: skip
            else:
                was = f"{earlier.key} of {earlier.day} ended at {_figure(earlier, earlier.after)}"
                yield GAP, one, f"{begins}, the one before it, {was}", _CORRECT
        for one in chain:
            if one.after is not None and one.after < 0:
                yield NEGATIVE, one, f"{one.key} of {one.day} ends at {_figure(one, one.after)}", _CORRECT
            elif one.after and means("ending_event", one.kind):
                yield LEFTOVER, one, f"{one.key} of {one.day} is a {one.kind} and leaves {_figure(one, one.after)}", (
                    _CORRECT
                )  # fmt: skip


def _between(chains: Sequence[Sequence[Event]]) -> Iterator[_Found]:
    """Ledgers of two sources that pay at the same time: they add up, and may be one written twice."""
    paying = [chain for chain in chains if any(one.after for one in chain)]
    for at, chain in enumerate(paying):
        for other in paying[at + 1 :]:
            if chain[0].source != other[0].source and (meet := _meet(chain, other)) is not None:
                text = f"{chain[0].source} and {other[0].source} both say what is paid from {meet}: they add up"
                yield TWICE, other[0], text, "cs imports undo the one of them that is a copy"


def _meet(one: Sequence[Event], other: Sequence[Event]) -> str | None:
    """The first day from which both pay."""
    days = sorted({event.day for event in (*one, *other)})

    def paid(chain: Sequence[Event], day: str) -> bool:
        before = [event for event in chain if event.day <= day]
        return bool(before and before[-1].after)

    return next((day for day in days if paid(one, day) and paid(other, day)), None)


def _figure(event: Event, amount: int | None) -> str:
    return f"{show(to_major(amount or 0, event.currency), event.currency)} {event.currency}"


def _place(conn: sqlite3.Connection, event: Event) -> str:
    from cs_cli.facts.explain import origin

    file, line, _ = origin(conn, "mrr_event", event.id, None)
    return f"{file}:{line}" if line else str(file)
