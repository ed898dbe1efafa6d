"""Renewals and their last safe days as an iCalendar file that a calendar can be fed with again and again.

An event's UID is made of the contract and the number of its term, so a moved renewal moves its event instead of making
a second one. SEQUENCE rises when what the event says has changed since the file that is replaced; without a file it
is how often the contract's record has changed. DTSTAMP is the day looked at, so that the same data give the same bytes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from cs_cli.base.money import show
from cs_cli.base.safe_text import safe_text

if TYPE_CHECKING:
    import sqlite3

# days before the event on which a calendar reminds
ALARMS = {"renewal": (30,), "decide": (14, 5)}

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
) -> bytes:
    """Renewal rows (of `renewals`) as an .ics file: per term the renewal, and the last safe day to act.

    before: the file that this one replaces, when there is one; a file that is no calendar counts as none.
    """
    from icalendar import Calendar

    earlier = _earlier(before)
    versions: dict[str, int] = dict(conn.execute(VERSIONS).fetchall())
    book = Calendar()
    book.add("prodid", "-//cs//renewals//EN")
    book.add("version", "2.0")
    book.add("calscale", "GREGORIAN")
    book.add("x-wr-calname", safe_text(f"Renewals {company}".strip(), 100))
    for row in sorted(found, key=lambda row: (row["renewal_date"], row["contract"])):
        for kind, when, title in _moments(row):
            book.add_component(_event(kind, when, title, row, day, currency, earlier, versions.get(row["contract"], 0)))
    return bytes(book.to_ical())


def _moments(row: dict[str, Any]) -> Iterator[tuple[str, date, str]]:
    name = safe_text(row["name"] or row["account_id"], 100)
    what = "renews itself" if row["auto_renew"] else "ends unless renewed"
    yield "renewal", date.fromisoformat(row["renewal_date"]), f"{name} {what}"
    yield "decide", date.fromisoformat(row["last_safe_day"]), f"Last safe day to act: {name}"


def uid(kind: str, contract: str, term: int) -> str:
    """The same for one moment of one term for ever; of letters and digits whatever the contract's id holds."""
    return f"{kind}-{hashlib.sha256(f'{contract}|{term}'.encode()).hexdigest()[:32]}@cs"


def _event(
    kind: str,
    when: date,
    title: str,
    row: dict[str, Any],
    day: date,
    currency: str,
    earlier: dict[str, tuple[int, tuple[str, str, str]]],
    versions: int,
) -> Any:
    from icalendar import Alarm, Event

    event = Event()
    name = uid(kind, row["contract"], row["term_ordinal"])
    lines = [
        f"Renewal {row['renewal_date']}" + (f", notice by {row['notice_date']}" if row["notice_date"] else ""),
        f"ARR {show(row['arr'], currency)} {currency}" if row["arr"] is not None else "ARR unknown",
        f"Owner {safe_text(row['owner'] or 'nobody', 60)}",
        f"Contract {safe_text(row['contract'], 60)}",
    ]
    said = (when.isoformat(), title, "\n".join(lines))
    before = earlier.get(name)
    sequence = versions if before is None else before[0] if before[1] == said else max(before[0] + 1, versions)
    event.add("uid", name)
    event.add("dtstamp", datetime.combine(day, time(0), UTC))
    event.add("dtstart", when)
    event.add("dtend", when + timedelta(days=1))
    event.add("summary", title)
    event.add("description", said[2])
    event.add("sequence", sequence)
    event.add("transp", "TRANSPARENT")
    for days in ALARMS[kind]:
        alarm = Alarm()
        alarm.add("action", "DISPLAY")
        alarm.add("description", title)
        alarm.add("trigger", timedelta(days=-days))
        event.add_component(alarm)
    return event


def _earlier(before: bytes | None) -> dict[str, tuple[int, tuple[str, str, str]]]:
    """UID → (sequence, what it said) of the file that is replaced."""
    from icalendar import Calendar

    if not before:
        return {}
    try:
        book = Calendar.from_ical(before)
    except (ValueError, IndexError, KeyError):
        return {}
    events: Iterable[Any] = book.walk("VEVENT")
    return {
        str(event["uid"]): (
            int(event.get("sequence", 0)),
            (event["dtstart"].dt.isoformat(), str(event.get("summary", "")), str(event.get("description", ""))),
        )
        for event in events
        if "uid" in event and "dtstart" in event
    }
