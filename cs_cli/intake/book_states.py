"""Who in a kept sheet is a customer still: what the words of its status say, and on which day the others left."""

from __future__ import annotations

import re
import sqlite3
from datetime import date
from typing import TYPE_CHECKING, NamedTuple

from cs_cli.base.days import add_months
from cs_cli.definitions.words import means
from cs_cli.intake.book_money import lines_of, some_of, tells_money
from cs_cli.intake.loose import loose_header
from cs_cli.intake.subscriptions import add_columns, column_of
from cs_cli.intake.values import BadValue
from cs_cli.intake.values.choice import flag
from cs_cli.intake.values.written import written_day_converter

if TYPE_CHECKING:
    from cs_cli.intake.stage import Staged

SHOWN = 3
A_YEAR = 12     # months of a term that nothing tells
# what follows the word that counts: "Churned (Q2)", "Lost to a competitor", "gekündigt zum 30.06."
_BEHIND = re.compile(
    r"(?P<word>[^-–—:,;(/|\d]+?)\s*(?:[-–—:,;(/|\d]|\b(?:in|on|to|by|at|as of|since|due|from|am|zum|seit|an|wegen|le|"
    r"en|depuis|el|desde|em|por|para|per|op|sinds|naar|dal|il|nel)\b).*", re.IGNORECASE | re.DOTALL,
)


_DAY = re.compile(r"[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}|[0-9]{1,2}[./][0-9]{1,2}[./][0-9]{2,4}")


class _Row(NamedTuple):
    n: int
    line: int
    key: str
    name: str
    status: str | None
    cancelled: str | None
    ended: str | None
    renews: str | None
    started: str | None
    months: int | None
    priced: int
    text: str | None


def read_states(conn: sqlite3.Connection, staged: Staged, child: Staged) -> None:
    """A status with more behind its word, "Churned (Q2)", is read by that word. Says which words are known as neither
    customer nor gone, so that they count as customers."""
    spec = child.source.columns.get("status")
    if spec is None or "status" not in child.delivered or "stage" not in staged.delivered:
        return
    known = {str(word).casefold(): str(meaning) for word, meaning in spec.map.items()}
    strange: dict[str, list[str]] = {}
    for n, line, text in conn.execute(
        f"SELECT c.n, c.line, s.stage FROM {child.stage} AS c JOIN {staged.stage} AS s ON s.line = c.line "
        "WHERE s.stage IS NOT NULL ORDER BY c.n"
    ).fetchall():
        word = " ".join(text.split()).casefold().strip(" .!")
        if word in known:
            continue
        opening = _BEHIND.fullmatch(word)
        meaning = known.get(opening["word"].strip()) if opening is not None else None
        if meaning is not None and not ("won" in word.split() and means("over_subscription", meaning)):
            conn.execute(f"UPDATE {child.stage} SET status = ? WHERE n = ?", (meaning, n))
        elif meaning is None and judged(word) is None:
            strange.setdefault(text, []).append(str(line))
    if strange:
        header = next(f.header for f in child.plan.fields if f.column == "status")
        shown = ", ".join(f"{word!r} ({lines_of(lines)})" for word, lines in list(strange.items())[:SHOWN])
        more = f" and {len(strange) - SHOWN:,} more words" if len(strange) > SHOWN else ""
        staged.notes.append(
            f"{header!r} says {shown}{more}: no known word for one who left, so they count as customers"
        )


def _read_flags(conn: sqlite3.Connection, staged: Staged, child: Staged) -> None:
    """Columns of yes and no: "Churned: yes" and "Active: no" say that they left; a day in the first says when."""
    words = staged.plan.source.words
    _read_notices(conn, staged, child)
    for told, names in ((True, words.get("gone", ())), (False, words.get("here", ()))):
        known = {loose_header(name) for name in names}
        for header in [one for _, one in staged.plan.attributes if loose_header(one) in known]:
            rows = conn.execute(
                f"SELECT line, value FROM {staged.attributes} WHERE name = ? AND value <> '' ORDER BY line", (header,)
            ).fetchall()
            gone, unread = dict[int, str | None](), list[str]()
            for line, value in rows:
                said = _said(value, told)
                if said is None:
                    unread.append(f"{value!r} (line {line})")
                elif said[0]:
                    gone[line] = said[1]
            if unread:
                staged.notes.append(
                    f"{header!r} is no yes, no or day in {some_of(unread)}: whether they left is not known there, so "
                    "they count as customers"
                )
            if gone:
                add_columns(conn, child, [("status", "TEXT"), ("ended_on", "TEXT")])
                conn.executemany(
                    f"UPDATE {child.stage} SET status = 'ended', ended_on = coalesce(ended_on, ?) WHERE line = ?",
                    [(day, line) for line, day in gone.items()],
                )
                staged.notes.append(f"{header!r} says that they left in {lines_of([str(line) for line in gone])}")


def _read_notices(conn: sqlite3.Connection, staged: Staged, child: Staged) -> None:
    """"Notice given: yes" is a status of its own: they pay as long as it runs. A day says since when."""
    known = {loose_header(name) for name in staged.plan.source.words.get("leaving", ())}
    for header in [one for _, one in staged.plan.attributes if loose_header(one) in known]:
        notices, unread = dict[int, str | None](), list[str]()
        for line, value in conn.execute(
            f"SELECT line, value FROM {staged.attributes} WHERE name = ? AND value <> '' ORDER BY line", (header,)
        ).fetchall():
            said = _said(value, True)
            if said is None:
                unread.append(f"{value!r} (line {line})")
            elif said[0]:
                notices[line] = said[1]
        if unread:
            staged.notes.append(
                f"{header!r} is no yes, no or day in {some_of(unread)}: whether they gave notice is not known there"
            )
        if notices:
            add_columns(conn, child, [("status", "TEXT"), ("cancelled_on", "TEXT")])
            conn.executemany(
                f"UPDATE {child.stage} SET status = CASE WHEN status = 'ended' THEN status ELSE 'canceled' END, "
                "cancelled_on = coalesce(cancelled_on, ?) WHERE line = ?",
                [(day, line) for line, day in notices.items()],
            )


def _said(value: str, told: bool) -> tuple[bool, str | None] | None:
    """(left?, the day), or None for what is neither; told: a yes says that they left."""
    try:
        said = flag(value)
    except BadValue:
        pass
    else:
        return None if said is None else (bool(said) is told, None)
    try:
        return (True, written_day_converter([])(value)) if told else None
    except BadValue:
        return None


def judged(word: str) -> int | None:
    """1 to 5 for a word that judges how a customer is; None for others."""
    from cs_cli.intake.book import judgement_of

    return judgement_of(word)


def settle_gone(conn: sqlite3.Connection, staged: Staged, day: str) -> None:
    """Gives those who left the day on which they did: the told one, else a renewal date that is past. Who left and
    stands in no earlier file paid for the term before, a year where none is told. All of it is said, and who left on no
    known day as well: their prices count nowhere."""
    child = next((one for one in staged.also if one.source.kind == "subscription"), None)
    if child is None or not tells_money(child.source):
        return
    if staged.attributes:
        _read_flags(conn, staged, child)
    if not {"status", "ended_on", "cancelled_on"} & set(child.delivered):
        return
    left, begun, undated, running, known_alive = list[str](), list[str](), list[_Row](), list[str](), list[str]()
    for row in _rows(conn, staged, child):
        notice = row.status == "canceled" or row.cancelled is not None
        over = notice or means("over_subscription", row.status)
        if not row.priced or not (over or (row.ended is not None and row.ended <= day)):
            continue
        before = conn.execute(
            "SELECT status, ended_on, started_on FROM subscription WHERE source = ? AND key = ? AND retired_by IS NULL",
            (child.source.source, row.key),
        ).fetchone()
        alive = before is not None and not means("over_subscription", before[0]) and not (before[1] or "9999") <= day
        told = row.ended or _day_told(row.text)
        end = told or _end(row, notice=notice, alive=alive, day=day)
        if before is not None and not alive and told is None:
            # what an earlier sheet gave stands; one that began with that sheet did not end before it
            end = before[1] or (None if row.started is None and (before[2] or "") > (end or "") else end)
        if end is None and alive:
            known_alive.append(row.name)
            _end_on(conn, child, row, day)
            continue
        if end is None:
            undated.append(row)
            continue
        if end > day:
            _end_on(conn, child, row, end)
            if row.status == "canceled":
                conn.execute(f"UPDATE {child.stage} SET status = 'non_renewing' WHERE n = ?", (row.n,))
            running.append(f"{row.name} until {end} (line {row.line})")
            continue
        left.append(f"{row.name} on {end} (line {row.line})")
        _end_on(conn, child, row, end)
        if row.started is None and before is None:
            start = add_months(date.fromisoformat(end), -(row.months or A_YEAR)).isoformat()
            add_columns(conn, child, [("started_on", "TEXT")])
            conn.execute(f"UPDATE {child.stage} SET started_on = ? WHERE n = ?", (start, row.n))
            begun.append(row.name)
    _say(staged, child, day, left, begun, undated, running, known_alive)


def _day_told(text: str | None) -> str | None:
    """The day that a status tells: of "gekündigt zum 31.12.2026"."""
    found = _DAY.search(text or "")
    if found is None:
        return None
    try:
        return written_day_converter([])(found[0])
    except BadValue:
        return None


def _end_on(conn: sqlite3.Connection, child: Staged, row: _Row, day: str) -> None:
    add_columns(conn, child, [("ended_on", "TEXT")])
    conn.execute(f"UPDATE {child.stage} SET ended_on = ? WHERE n = ?", (day, row.n))


def _rows(conn: sqlite3.Connection, staged: Staged, child: Staged) -> list[_Row]:
    columns = ("status", "cancelled_on", "ended_on", "renews_on", "started_on", "term_months")
    parts = ", ".join(column_of(child, "c", name) for name in columns)
    prices = ", ".join([*(column_of(child, "c", name) for name in ("total", "mrr", "term_total", "price")), "0"])
    text = "s.stage" if "stage" in staged.delivered else "NULL"
    name = "s.name" if "name" in staged.delivered else "s.key"
    return [_Row(*row) for row in conn.execute(
        f"SELECT c.n, c.line, c.key, coalesce({name}, s.key), {parts}, coalesce({prices}) > 0, {text} "
        f"FROM {child.stage} AS c JOIN {staged.stage} AS s ON s.line = c.line ORDER BY c.n"
    ).fetchall()]


def _end(row: _Row, *, notice: bool, alive: bool, day: str) -> str | None:
    """The last day of one who left: after a notice the day of renewal, or that of the notice where that one is past."""
    if notice and row.renews is not None and row.renews >= (row.cancelled or row.renews):
        return None if alive and row.cancelled is None and row.renews <= day else row.renews
    if notice:
        return row.cancelled
    # the last sheet still had it as a customer: its renewal date was not kept
    return row.renews if row.renews is not None and row.renews <= day and not alive else None


def _say(
    staged: Staged, child: Staged, day: str, left: list[str], begun: list[str], undated: list[_Row],
    running: list[str], known_alive: list[str],
) -> None:
    header = next((f.header for column in ("status", "ended_on", "cancelled_on") for f in child.plan.fields
                   if f.column == column and f.cells), None)
    what = "the sheet" if header is None else repr(header)
    if left:
        staged.notes.append(f"{what} says that they left: {some_of(left)}")
    if begun:
        staged.notes.append(
            f"nothing says since when they paid who left: {some_of(begun)}: for the term before, a year where none is "
            "told; a column Start says it better"
        )
    if known_alive:
        staged.notes.append(
            f"{what} says that they left, and no day: {some_of(known_alive)}: on {day}, the day of this file"
        )
    if undated:
        names = some_of([row.name for row in undated])
        lines = lines_of([str(row.line) for row in undated])
        staged.notes.append(
            f"{what} says that they are no customers in {lines}: the price there does not count, and it is churn "
            f"of no day, since nothing says when they left ({names}); a column Churn date says it"
        )
    if running:
        staged.notes.append(f"{what} says that they gave notice, and pay as long as it runs: {some_of(running)}")
