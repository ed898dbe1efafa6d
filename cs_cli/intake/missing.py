"""Subscriptions that count as paying and were not in their source's newest whole export: nobody ended them."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from cs_cli.base.money import show, to_major
from cs_cli.intake.observe import observe_one
from cs_cli.intake.snapshots import Snapshot, snapshots
from cs_cli.store.change_sets import append_row, begin_change_set, finish_change_set
from cs_cli.store.dialect import expand
from cs_cli.store.refs import account_names


@dataclass(frozen=True)
class Missing:
    """One of them. arr: minor units of its currency; since: the day of the first export without it in a row; file:
    the newest one; line, source_file: where its row was last read."""

    source: str
    subscription: str
    account: int | None
    name: str | None
    arr: int
    currency: str | None
    since: str
    file: str
    ref: int | None


def missing_paying(conn: sqlite3.Connection, source: str | None = None) -> list[Missing]:
    """All of them, or one source's, the dearest first."""
    names = [name for (name,) in conn.execute(
        "SELECT DISTINCT source FROM absent WHERE kind = 'subscription' AND (? IS NULL OR source = ?) ORDER BY 1",
        (source, source),
    )]
    found = [one for name in names for one in _of(conn, name)]
    return sorted(found, key=lambda one: (-one.arr, one.source, one.subscription))


def _of(conn: sqlite3.Connection, source: str) -> list[Missing]:
    among = [one for one in snapshots(conn, source, "subscription") if one.extent != "partial"]
    if not among:
        return []
    last = among[-1]
    rows = conn.execute(
        expand(
            "SELECT c.key, i.account, c.arr, c.currency, c.ref FROM absent AS a "
            "JOIN subscription AS c ON c.source = a.source AND c.key = a.key AND c.retired_by IS NULL "
            "LEFT JOIN identity AS i ON i.ref = c.ref AND i.retired_by IS NULL "
            "WHERE a.source = :source AND a.kind = 'subscription' AND a.snapshot = :last AND c.arr > 0 "
            "AND coalesce(c.trial, 0) = 0 AND (c.started_on IS NULL OR c.started_on <= :day) "
            "AND (c.ended_on IS NULL OR c.ended_on > :day) AND NOT @is_over_subscription(c.status) "
            "AND NOT @is_paused_subscription(c.status) AND NOT @is_unbegun_subscription(c.status) "
            "AND NOT @is_trial_subscription(c.status) ORDER BY c.key"
        ), {"source": source, "last": last.number, "day": last.day},
    ).fetchall()
    names = account_names(conn, {account for _, account, *_ in rows if account is not None})
    return [
        Missing(source, key, account, names.get(account), arr, currency, _first_without(conn, source, key, among).day,
                last.file, ref)
        for key, account, arr, currency, ref in rows
    ]


def _first_without(conn: sqlite3.Connection, source: str, key: str, among: Sequence[Snapshot]) -> Snapshot:
    """The first of the last exports in a row that all lack it."""
    without = {number for (number,) in conn.execute(
        "SELECT snapshot FROM absent WHERE source = ? AND kind = 'subscription' AND key = ?", (source, key)
    )}
    first = among[-1]
    for one in reversed(among):
        if one.number not in without:
            break
        first = one
    return first


def say_missing(found: Sequence[Missing], source: str) -> str:
    """What an import says of them: how many, what they pay a month, and what ends them."""
    by_currency: dict[str, int] = {}
    for one in found:
        by_currency[one.currency or ""] = by_currency.get(one.currency or "", 0) + one.arr
    money = ", ".join(
        f"{show(to_major(total, currency) / 12, currency)} {currency}".rstrip() for currency, total in
        sorted(by_currency.items())
    )
    many = "subscription, " if len(found) == 1 else "subscriptions, "
    is_not, them = ("is", "it") if len(found) == 1 else ("are", "them")
    return (
        f"{len(found):,} {many}{money} MRR, {is_not} not in this file: still counted; "
        f"cs imports end-missing {source} ends {them}"
    )


def end_merged(
    conn: sqlite3.Connection, source: str, gone: Collection[str], change_set: int, day: str, among: Sequence[Snapshot]
) -> int:
    """End, as of a file's day, the subscriptions whose customer the file says became part of another one, and that
    have no row in it any more: the other one's price is theirs. Gives how many; in the caller's change set."""
    ended = 0
    for key in sorted(gone):
        row = conn.execute(
            "SELECT ref FROM subscription WHERE source = ? AND key = ? AND retired_by IS NULL AND import_id < ? "
            "AND ended_on IS NULL", (source, key, change_set),
        ).fetchone()
        if row is not None:
            append_row(conn, "subscription", change_set, source, key, row[0],
                       {"ended_on": day, "status": "ended", "auto_renew": 0})
            observe_one(conn, source, key, change_set, day, among)
            ended += 1
    return ended


def end_missing(
    conn: sqlite3.Connection, source: str, found: Sequence[Missing], *, day: date, at: datetime | str
) -> int:
    """End them as of the day of the first export without them, as a change set that can be undone; gives its number.

    In the caller's transaction."""
    number = begin_change_set(
        conn, kind="hand", day=day, at=at, source=source, record_kind="subscription",
        note=f"ended {len(found)} not in {found[0].file}",
    )
    among = snapshots(conn, source, "subscription")
    for one in found:
        append_row(
            conn, "subscription", number, source, one.subscription, one.ref,
            {"ended_on": one.since, "status": "ended", "auto_renew": 0},
        )
        observe_one(conn, source, one.subscription, number, one.since, among)
    finish_change_set(conn, number, len(found), 0, len(found), 0, 0)
    return number
