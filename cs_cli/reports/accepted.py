"""Findings that a person accepted until a day: named by what they are about, and gone from the list while they say it.

An acceptance is an entry by hand, so it has an author and is taken back like any (`cs log undo N`). It holds for one
finding as it stood then: when the finding says something else, or the day is over, the finding is back.
"""

from __future__ import annotations

import base64
import hashlib
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

from cs_cli.base.errors import UsageError
from cs_cli.base.near import did_you_mean
from cs_cli.reports.model import Column
from cs_cli.store.hand import SOURCE, Record, own_ref, write

if TYPE_CHECKING:
    import sqlite3

KIND = "acceptance"
LONGEST = 366  # days: whoever accepts something for good forgets it
DISAGREE = "pulse and score disagree"
COLUMNS = (
    Column("accepted_until", "Accepted until", "day"),
    Column("accepted_by", "By"),
    Column("accepted_because", "Because"),
    Column("entry", "Entry", "number"),
)
Finding = dict[str, Any]

_STANDING = "SELECT key, content, until, who, reason, import_id FROM known_acceptance WHERE day <= ? AND until >= ?"


class Named(NamedTuple):
    """A finding and how it is known. id: of what it is about; content: of what it says, without what only ages."""

    id: str
    content: str
    about: str
    row: Finding


def named(found: Iterable[Finding]) -> list[Named]:
    """Takes `same` and `content` off the findings and puts an `id` on each; no two of the list have the same.

    same: what names it, where the subject moves (a line number, a count); content: what it says, where the text ages
    ("12 days ago"). Both are the subject and the finding where a check gives none. Two of one check about the same are
    told apart by what they say.
    """
    listed = []
    for row in found:
        same, content = row.pop("same", row["subject"]), row.pop("content", row["finding"])
        listed.append(((row["check"], str(same)), str(content), row))
    times = Counter(about for about, _, _ in listed)
    return [
        Named(_id(*about, *([content] if times[about] > 1 else [])), _digest(content).hex(),
              f"{row['check']}: {row['subject']}", row)
        for about, content, row in listed
    ]  # fmt: skip


def _id(*words: str) -> str:
    """Eight letters and digits, of 40 bits."""
    return base64.b32encode(_digest("\0".join(words)))[:8].decode().lower()


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()


def disagreement(row: Finding) -> Finding:
    """A row of `cs health list --disagree` as a finding; the score moves by itself, what they say is what counts."""
    told = [f"the pulse of {row['pulse_by'] or 'nobody'} says {row['pulse_says']}, the score {row['band']}"]
    if "people" in row["who"].split(", "):
        lowest = f"{row['pulse_lowest_by'] or 'somebody'} says {row['pulse_lowest']:g}"
        told.append(f"{lowest}, {row['pulse_spread']:g} below")
    return {
        "check": DISAGREE, "subject": f"{row['account_id']} {row['name'] or ''}".rstrip(), "same": row["account_id"],
        "finding": "; ".join(told),
        "next": "cs health show ACCOUNT",
    }  # fmt: skip


def split(conn: sqlite3.Connection, found: Iterable[Named], day: date) -> tuple[list[Finding], list[Finding]]:
    """(what nobody accepted, what stands accepted on the day, each with accepted_until, _by, _because and entry).

    Call after set_clock.
    """
    standing = {row[0]: row[1:] for row in conn.execute(_STANDING, [day.isoformat(), day.isoformat()])}
    left: list[Finding] = []
    accepted: list[Finding] = []
    for one in found:
        content, until, who, reason, entry = standing.get(one.id, (None,) * 5)
        if content != one.content:
            left.append({"id": one.id} | one.row)
        else:
            said = {"accepted_until": until, "accepted_by": who, "accepted_because": reason, "entry": entry}
            accepted.append({"id": one.id} | one.row | said)
    return left, accepted


def in_words(accepted: Sequence[Finding], shown: str = "") -> str:
    """"3 accepted until 2027-01-05", or "until 2027-01-05 at the earliest"; "" for none. shown: where they stand."""
    if not accepted:
        return ""
    first, last = (pick(str(row["accepted_until"]) for row in accepted) for pick in (min, max))
    until = first if first == last else f"{first}, the last until {last}"
    return f"{len(accepted)} accepted until {until}" + (f" ({shown} shows them)" if shown else "")


def accept(
    conn: sqlite3.Connection, found: Sequence[Named], ids: Sequence[str], *, until: date, reason: str, who: str,
    day: date, at: str,
) -> tuple[int | None, list[Named]]:  # fmt: skip
    """Accept findings as one entry by hand: its number (None when it says nothing new) and what was accepted.

    at: the instant (UTC). Raises UsageError USE-050 for an id that no finding has, USE-051 for a day that is not after
    today or more than a year away, USE-052 without a reason. Inside the caller's transaction.
    """
    if not day < until <= day + timedelta(days=LONGEST):
        raise UsageError.of(
            "USE-051", f"{until} is no day to accept a finding until", name="--until", value=until.isoformat(),
            expected=f"a day after {day} and up to {day + timedelta(days=LONGEST)}",
        )
    words = " ".join(reason.split())
    if not words:
        raise UsageError.of("USE-052", "a finding is accepted for a reason", name="--reason", expected='--reason "…"')
    by_id = {one.id: one for one in found}
    chosen = []
    for ident in dict.fromkeys(text.strip().casefold() for text in ids):
        if ident not in by_id:
            raise UsageError.of(
                "USE-050", f'no finding has the id "{ident}"{did_you_mean(ident, by_id)}', name="--accept",
                next="cs check and cs health list --disagree name the ids",
            )
        chosen.append(by_id[ident])
    records = [
        Record(KIND, SOURCE, one.id, _ref(conn, one), {
            "day": day, "who": who, "until": until, "reason": words, "content": one.content,
        }) for one in chosen
    ]  # fmt: skip
    return write(conn, records, day=day, at=at, by=who, note=f"accepted until {until}: {words}"), chosen


def _ref(conn: sqlite3.Connection, one: Named) -> int | None:
    """The account that the subject names, so that what was said of it is forgotten with it."""
    words = str(one.row["subject"]).split(" ")
    for word in (words[0], " ".join(words[1:2])):
        row = conn.execute("SELECT account FROM main.account_registry WHERE account_id = ?", (word,)).fetchone()
        if row is not None:
            return own_ref(conn, row[0])
    return None
