"""Whose money an import moves: stopped before anything is written, or said in the import's last lines.

Money that stands with an account stays there until a person, or the CRM's own word for a merge, says otherwise.
The amounts come from a `Measure` that the caller hands in, so that they are those of the reports.
"""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from typing import TYPE_CHECKING, Protocol

import msgspec

from cs_cli.base.errors import Fault, GuardStopped
from cs_cli.base.money import show, to_major
from cs_cli.intake.again import again
from cs_cli.intake.links import BILLING_KINDS, SUBSCRIPTION
from cs_cli.intake.merges import Followed
from cs_cli.store.refs import account_names

if TYPE_CHECKING:
    from cs_cli.intake.results import ImportOptions

# more records than this are not laid out twice for the sake of an import's last lines
MOST = 300_000
SHOWN = 5
_AMOUNT = {"subscription": "arr", "contract": "amount", "invoice": "amount", "mrr_event": "mrr_after"}
# kinds of which an import may change who pays how much, or whose it is
_KINDS = frozenset([*BILLING_KINDS, "account", "contact", "fx_rate"])


class Line(msgspec.Struct, frozen=True):
    """What a subscription (or invoice, or ledger) pays a year on the day, in minor units; None where no amount or rate
    is known. holder: the account's number; a reference without an account as a negative one. unrated: what of it has no
    rate, in minor units of its currency. asked: an invoice or contract of unknown worth, which is asked for elsewhere.
    """

    source: str
    subscription: str
    holder: int
    arr: int | None
    currency: str
    unrated: int
    asked: bool = False


class Measure(Protocol):
    """What the facts know of money, handed in from above."""

    def lines(self, conn: sqlite3.Connection) -> list[Line]:
        """Everything that is paid on the day."""

    def findings(self, conn: sqlite3.Connection, imports: Collection[int]) -> list[str]:
        """What these imports say of money that cannot be, each in a sentence with its file and line."""


class Mover(msgspec.Struct, frozen=True):
    """An account, or a reference without one, and what it pays a year before and after, in minor units.

    unclear: what it pays afterwards nobody knows, or has no rate."""

    called: str
    name: str
    before: int
    after: int
    unclear: bool = False


class Moved(msgspec.Struct, frozen=True):
    """before, after: ARR of all accounts, as every report counts it, in minor units. movers: the accounts whose ARR
    changed, most first; left: those that paid before and do not now, but for merged ones; loose: money without an
    account; unrated: currency → what is paid a year in it and has no rate, before and after; unknown: lines of which
    nobody knows the amount."""

    currency: str
    before: int
    after: int
    movers: list[Mover]
    left: list[Mover]
    loose: list[Mover]
    unrated: dict[str, tuple[int, int]] = {}
    unknown: int = 0


class Movement:
    """One command's imports, from before its first row is written. kinds: those of its files."""

    def __init__(
        self, conn: sqlite3.Connection, measure: Measure | None, currency: str, kinds: Collection[str]
    ) -> None:
        self._conn, self._currency = conn, currency
        self._measure = measure if measure is not None and not _KINDS.isdisjoint(kinds) and not _many(conn) else None
        self._before = [] if self._measure is None else self._measure.lines(conn)
        # an account that a merge takes away has no name afterwards
        self._names = account_names(conn, {line.holder for line in self._before if line.holder > 0})
        self._first = int(conn.execute("SELECT coalesce(max(id), 0) + 1 FROM change_set").fetchone()[0])

    def check(self, files: Sequence[str], followed: Iterable[Followed], options: ImportOptions) -> None:
        """Raises GuardStopped IMP-238 when money that stood with an account would go to another one, or to none."""
        agreed = {(one.account, one.keep) for one in followed}
        groups: dict[tuple[int, int | None], dict[tuple[str, str], str]] = defaultdict(dict)
        for old, new, kind, source, key in (*self._of_links(), *self._of_records()):
            if (old, new) not in agreed:
                groups[old, new][source, "ledger" if kind == "mrr_event" else key] = f"{kind} {key}"
        if not groups:
            return
        paid = {(line.source, line.subscription, line.holder): line.arr for line in self._before}
        faults = []
        accounts = {one for pair in groups for one in pair if one is not None}
        called = self._called(accounts)
        for (old, new), records in sorted(groups.items(), key=lambda item: (item[0][0], item[0][1] or 0)):
            amount = self._amount([paid.get((source, key, old), 0) for source, key in records])
            goes = "would have no account any more" if new is None else f"would move to {called[new]}"
            shown = sorted(set(records.values()))
            more = f" and {len(shown) - 3:,} more" if shown[3:] else ""
            faults.append(Fault(
                "IMP-238", f"{called[old]}: {amount} {goes}", file=", ".join(files), value=", ".join(shown[:3]) + more,
                expected="the account that it stood with",
            ))
        raise GuardStopped(
            faults, next=f"cs accounts link SUBSCRIPTION ACCOUNT says whose one is; "
            f"if it is all meant: {again(options, files, '--yes')}",
        )

    def moved(self, followed: Iterable[Followed]) -> Moved | None:
        """What moved since; None where nothing could, or where there are too many records to say."""
        if self._measure is None or _many(self._conn):
            return None
        after = self._measure.lines(self._conn)
        was, now = _by_holder(self._before), _by_holder(after)
        holders = {one for one in was.keys() | now.keys() if was.get(one, 0) != now.get(one, 0)}
        called = self._names | account_names(self._conn, {one for one in holders if one > 0})
        ids: dict[int, str] = dict(self._conn.execute("SELECT account, account_id FROM account_registry").fetchall())
        unclear = {line.holder for line in after if line.arr is None}
        by_account = {
            one: Mover(ids[one], called.get(one) or ids[one], was.get(one, 0), now.get(one, 0), one in unclear)
            for one in holders if one > 0
        }
        movers = sorted(by_account.values(), key=lambda one: (-abs(one.after - one.before), one.called))
        merged = {ids[one.account] for one in followed if one.account != one.keep}
        left = [
            one for one in movers if one.before > 0 >= one.after and not one.unclear and one.called not in merged
        ]
        refs = {
            row[0]: (f"{row[1]}:{row[2]}", row[3] or row[4] or "")
            for row in self._conn.execute("SELECT id, system, external_id, hint_name, hint_domain FROM ref")
        } if any(one < 0 for one in now) else {}
        loose = [Mover(*refs[-one], was.get(one, 0), arr) for one, arr in now.items() if one < 0 and arr]
        loose.sort(key=lambda one: (-one.after, one.called))
        return Moved(
            self._currency, _together(was), _together(now), movers, left, loose,
            {code: (_unrated(self._before, code), _unrated(after, code))
             for code in sorted({line.currency for line in (*self._before, *after) if line.unrated})},
            sum(line.arr is None and not line.unrated and not line.asked for line in after),
        )

    def findings(self, imports: Collection[int]) -> list[str]:
        """What the imports say of money that cannot be; nothing where there are too many records to look."""
        return [] if self._measure is None or _many(self._conn) else self._measure.findings(self._conn, imports)

    def _of_links(self) -> list[tuple[int, int | None, str, str, str]]:
        """(account before, account now, kind, source, key) of the money records whose reference has another link."""
        found = []
        for ref, old, new in self._conn.execute(
            "SELECT o.ref, o.account, n.account FROM identity AS o LEFT JOIN identity AS n ON n.source = 'match' "
            "AND n.key = o.key AND n.retired_by IS NULL WHERE o.source = 'match' AND o.account IS NOT NULL "
            "AND o.import_id < :first AND o.retired_by >= :first AND n.account IS NOT o.account ORDER BY o.ref",
            {"first": self._first},
        ).fetchall():
            for kind, column in _AMOUNT.items():
                found += [(old, new, kind, source, key) for source, key in self._conn.execute(
                    f"SELECT source, key FROM {kind} WHERE ref = ? AND retired_by IS NULL AND import_id < ? "
                    f"AND coalesce({column}, 0) <> 0", (ref, self._first),
                )]
        return found

    def _of_records(self) -> list[tuple[int, int | None, str, str, str]]:
        """The same of records that name another reference than before; a subscription linked by hand stays anyhow."""
        found = []
        for kind, column in _AMOUNT.items():
            for old_ref, new_ref, source, key in self._conn.execute(
                f"SELECT o.ref, n.ref, o.source, o.key FROM {kind} AS o JOIN {kind} AS n ON n.source = o.source "
                "AND n.key = o.key AND n.retired_by IS NULL WHERE o.import_id < :first AND o.retired_by >= :first "
                f"AND n.ref IS NOT o.ref AND coalesce(o.{column}, 0) <> 0 AND NOT EXISTS ("
                "SELECT 1 FROM identity AS i JOIN ref AS r ON r.id = i.ref JOIN source AS s ON s.system = r.system "
                f"WHERE s.name = o.source AND r.external_id = '{SUBSCRIPTION}' || o.key AND i.how = 'hand' "
                "AND i.account IS NOT NULL AND i.retired_by IS NULL)", {"first": self._first},
            ).fetchall():
                old, new = self._account(old_ref, then=True), self._account(new_ref, then=False)
                if old is not None and old != new:
                    found.append((old, new, kind, source, key))
        return found

    def _account(self, ref: int | None, *, then: bool) -> int | None:
        when = "import_id < :first AND (retired_by IS NULL OR retired_by >= :first)" if then else "retired_by IS NULL"
        row = self._conn.execute(
            f"SELECT account FROM identity WHERE source = 'match' AND key = :key AND {when} ORDER BY id DESC",
            {"first": self._first, "key": str(ref)},
        ).fetchone()
        return None if row is None else row[0]

    def _called(self, accounts: Collection[int]) -> dict[int, str]:
        names = account_names(self._conn, accounts)
        ids = dict(self._conn.execute("SELECT account, account_id FROM account_registry").fetchall())
        return {one: f"{names[one]} ({ids[one]})" if one in names else ids[one] for one in accounts}

    def _amount(self, lines: Sequence[int | None]) -> str:
        """What the lines pay a year, in words; what ended or has no rate stands as so many records."""
        count = f"{len(lines):,} record{'s' * (len(lines) != 1)}"
        if self._measure is None:
            return f"revenue of {count}"
        arr = sum(line or 0 for line in lines)
        if arr:
            return f"{show(to_major(arr, self._currency), self._currency)} {self._currency} ARR"
        return f"revenue without a rate ({count})" if None in lines else f"past revenue ({count})"


def _many(conn: sqlite3.Connection) -> bool:
    few = "SELECT count(*) FROM (SELECT 1 FROM {} WHERE retired_by IS NULL LIMIT {})"
    return sum(int(conn.execute(few.format(kind, MOST + 1)).fetchone()[0]) for kind in BILLING_KINDS) > MOST


def _together(by_holder: dict[int, int]) -> int:
    """The ARR of all accounts; one that pays less than nothing is none of them, as in every report."""
    return sum(arr for one, arr in by_holder.items() if one > 0 and arr > 0)


def _unrated(lines: Iterable[Line], currency: str) -> int:
    return sum(line.unrated for line in lines if line.currency == currency)


def _by_holder(lines: Iterable[Line]) -> dict[int, int]:
    """What each pays, as every report counts it: nothing where a part is not known."""
    found: dict[int, int] = defaultdict(int)
    unclear = set()
    for line in lines:
        found[line.holder] += line.arr or 0
        if line.arr is None:
            unclear.add(line.holder)
    return {one: 0 if one in unclear else arr for one, arr in found.items()}
