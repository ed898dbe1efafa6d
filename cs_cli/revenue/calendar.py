"""Renewals and their last safe days as an iCalendar file that a calendar can be fed with again and again.

An event's UID is made of the contract and the number of its term, so a moved renewal moves its event instead of making
a second one. SEQUENCE rises when what the event says has changed since the file that is replaced; without a file it
is how often the contract's record has changed. An event to come whose term is no more (decided, or renewed early) is
written once more as cancelled, since a calendar keeps what it is not told of. DTSTAMP is the day looked at, so that the
same data give the same bytes.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from cs_cli.base.money import show
from cs_cli.base.safe_text import safe_text

if TYPE_CHECKING:
    import sqlite3

# days before the event on which a calendar reminds
ALARMS = {"renewal": (30,), "decide": (14, 5)}
OURS = re.compile("(renewal|decide)-[0-9a-f]{32}@cs")


@dataclass(frozen=True)
class Earlier:
    """An event of the file that is replaced; said: its day, title and text."""

    sequence: int
    said: tuple[str, str, str]
    cancelled: bool


VERSIONS = """
SELECT key, count(*) - 1 FROM (
  SELECT key FROM main.contract UNION ALL SELECT key FROM main.subscription WHERE renews_on IS NOT NULL
) GROUP BY key
"""


def calendar(
    conn: sqlite3.Connection,
    found: Sequence[dict[str, Any]],
    day: date,
    company: str,
    currency: str,
    before: bytes | None = None,
    standing: Sequence[dict[str, Any]] | None = None,
) -> bytes:
    """Renewal rows (of `renewals`) as an .ics file: per term the renewal, and the last safe day to act.

    before: the file that this one replaces, when there is one; a file that is no calendar counts as none. standing:
    the rows of all terms, when found are those of a window: what is in neither is cancelled.
    """
    from icalendar import Calendar

    earlier = _earlier(before)
    versions: dict[str, int] = dict(conn.execute(VERSIONS).fetchall())
    book = Calendar()
    book.add("prodid", "-//cs//renewals//EN")
    book.add("version", "2.0")
    book.add("calscale", "GREGORIAN")
    book.add("x-wr-calname", safe_text(f"Renewals {company}".strip(), 100))
    names = _names((*found, *(standing or ())), earlier)
    for row in sorted(found, key=lambda row: (row["renewal_date"], row["contract"])):
        for kind, when, title in _moments(row):
            name = names[kind, row["contract"]]
            book.add_component(
                _event(name, kind, when, title, row, day, currency, earlier, versions.get(row["contract"], 0))
            )
    alive = set(names.values())
    for event in _gone(earlier, alive, day):
        book.add_component(event)
    return bytes(book.to_ical())


def _names(rows: Iterable[dict[str, Any]], earlier: dict[str, Earlier]) -> dict[tuple[str, str], str]:
    """The UID of each moment of each term. A term that had another number in the file that is replaced keeps its event:
    that of its contract, about as far away."""
    names: dict[tuple[str, str], str] = {}
    every = {row["contract"]: row for row in rows}
    for kind, contract in sorted((kind, contract) for kind in ALARMS for contract in every):
        names[kind, contract] = uid(kind, contract, every[contract]["term_ordinal"])
    taken = set(names.values())
    for (kind, contract), name in list(names.items()):
        if name in earlier:
            continue
        row = every[contract]
        when = date.fromisoformat(row["renewal_date"])
        for other, old in sorted(earlier.items()):
            away = abs((date.fromisoformat(old.said[0]) - when).days) * 2
            mine = other.startswith(f"{kind}-") and f"Contract {safe_text(contract, 60)}" in old.said[2].splitlines()
            if mine and other not in taken and away < 30 * (row.get("term_months") or 12):
                names[kind, contract] = other
                taken.add(other)
                break
    return names


def _gone(earlier: dict[str, Earlier], alive: Collection[str], day: date) -> Iterator[Any]:
    """The events to come whose term is no more, as cancelled ones."""
    for name, old in sorted(earlier.items()):
        when, title, text = old.said
        if name in alive or when < day.isoformat():
            continue
        event = _bare(name, date.fromisoformat(when), title, text, old.sequence + (not old.cancelled), day)
        event.add("status", "CANCELLED")
        yield event


def _bare(name: str, when: date, title: str, text: str, sequence: int, day: date) -> Any:
    from icalendar import Event

    event = Event()
    event.add("uid", name)
    event.add("dtstamp", datetime.combine(day, time(0), UTC))
    event.add("dtstart", when)
    event.add("dtend", when + timedelta(days=1))
    event.add("summary", title)
    event.add("description", text)
    event.add("sequence", sequence)
    event.add("transp", "TRANSPARENT")
    return event


def _moments(row: dict[str, Any]) -> Iterator[tuple[str, date, str]]:
    name = safe_text(row["name"] or row["account_id"], 100)
    what = "renews itself" if row["auto_renew"] else "ends unless renewed"
    yield "renewal", date.fromisoformat(row["renewal_date"]), f"{name} {what}"
    yield "decide", date.fromisoformat(row["last_safe_day"]), f"Last safe day to act: {name}"


def uid(kind: str, contract: str, term: int) -> str:
    """The same for one moment of one term for ever; of letters and digits whatever the contract's id holds."""
    return f"{kind}-{hashlib.sha256(f'{contract}|{term}'.encode()).hexdigest()[:32]}@cs"


def _event(
    name: str,
    kind: str,
    when: date,
    title: str,
    row: dict[str, Any],
    day: date,
    currency: str,
    earlier: dict[str, Earlier],
    versions: int,
) -> Any:
    from icalendar import Alarm

    lines = [
        f"Renewal {row['renewal_date']}" + (f", notice by {row['notice_date']}" if row["notice_date"] else ""),
        f"ARR {show(row['arr'], currency)} {currency}" if row["arr"] is not None else "ARR unknown",
        f"Owner {safe_text(row['owner'] or 'nobody', 60)}",
        f"Contract {safe_text(row['contract'], 60)}",
    ]
    said = (when.isoformat(), title, "\n".join(lines))
    before = earlier.get(name)
    same = before is not None and before.said == said and not before.cancelled
    sequence = versions if before is None else before.sequence if same else max(before.sequence + 1, versions)
    event = _bare(name, when, title, said[2], sequence, day)
    for days in ALARMS[kind]:
        alarm = Alarm()
        alarm.add("action", "DISPLAY")
        alarm.add("description", title)
        alarm.add("trigger", timedelta(days=-days))
        event.add_component(alarm)
    return event


def _earlier(before: bytes | None) -> dict[str, Earlier]:
    """The events of the file that is replaced, by UID; those that are not ours are not taken over."""
    from icalendar import Calendar

    if not before:
        return {}
    try:
        book = Calendar.from_ical(before)
    except (ValueError, IndexError, KeyError):
        return {}
    events: Iterable[Any] = book.walk("VEVENT")
    return {
        str(event["uid"]): Earlier(
            int(event.get("sequence", 0)),
            (event["dtstart"].dt.isoformat()[:10], str(event.get("summary", "")), str(event.get("description", ""))),
            str(event.get("status", "")) == "CANCELLED",
        )
        for event in events
        if "dtstart" in event and OURS.fullmatch(str(event.get("uid", "")))
    }
