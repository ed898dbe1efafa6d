"""Refs (an account as some system calls it) and accounts (as people call them)."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable

import msgspec

from cs_cli.base.errors import Fault, UsageError

_CHUNK = 500
_SHOWN = 10


class FoundAccount(msgspec.Struct, frozen=True):
    """account: the number inside the database; account_id: what people see; name: to be shown."""

    account: int
    account_id: str
    name: str


def ref_ids(conn: sqlite3.Connection, system: str, external_ids: Iterable[str]) -> dict[str, int]:
    """External id → ref number for all of them, new ones registered; inside the caller's transaction."""
    wanted = list(dict.fromkeys(external_ids))
    found = _existing(conn, system, wanted)
    missing = [one for one in wanted if one not in found]
    if missing:
        conn.executemany(
            "INSERT INTO ref(system, external_id) VALUES (?, ?)", ((system, one) for one in missing)
        )
        found.update(_existing(conn, system, missing))
    return {one: found[one] for one in wanted}


def _existing(conn: sqlite3.Connection, system: str, wanted: list[str]) -> dict[str, int]:
    found: dict[str, int] = {}
    for at in range(0, len(wanted), _CHUNK):
        part = wanted[at : at + _CHUNK]
        found.update(
            conn.execute(
                "SELECT external_id, id FROM ref "
                f"WHERE system = ? AND external_id IN ({','.join('?' * len(part))})",
                (system, *part),
            ).fetchall()
        )
    return found


def metric_ids(conn: sqlite3.Connection, names: Iterable[str]) -> dict[str, int]:
    """Metric name → number, new ones registered; inside the caller's transaction."""
    wanted = list(dict.fromkeys(names))
    conn.executemany("INSERT INTO metric(name) VALUES (?) ON CONFLICT DO NOTHING", ((one,) for one in wanted))
    known = dict(conn.execute("SELECT name, id FROM metric").fetchall())
    return {one: known[one] for one in wanted}


def register_account(conn: sqlite3.Connection, system: str, external_id: str, change_set: int) -> int:
    """A new account number with the id that people will see: the external id, and when another
    account has it already `system:id` (`system:id#2` …). Never renumbered, never given twice."""
    account_id, n = external_id, 1
    while conn.execute("SELECT 1 FROM account_registry WHERE account_id = ?", (account_id,)).fetchone():
        account_id = f"{system}:{external_id}" if n == 1 else f"{system}:{external_id}#{n}"
        n += 1
    cursor = conn.execute(
        "INSERT INTO account_registry(account_id, created_by) VALUES (?, ?)", (account_id, change_set)
    )
    assert cursor.lastrowid is not None
    return cursor.lastrowid


_LINKED = "SELECT account FROM main.identity WHERE retired_by IS NULL AND account IS NOT NULL"
# each step finds accounts in a weaker way than the one before; the first that finds any decides
_STEPS = (
    f"SELECT account FROM main.account_registry WHERE account_id = :x AND account IN ({_LINKED})",
    f"SELECT account FROM main.account_registry WHERE fold(account_id) = fold(:x) AND account IN ({_LINKED})",
    "SELECT i.account FROM main.ref r JOIN main.identity i ON i.ref = r.id "
    "WHERE r.external_id = :x AND i.retired_by IS NULL AND i.account IS NOT NULL",
    "SELECT i.account FROM main.account a JOIN main.identity i ON i.ref = a.ref AND i.retired_by IS NULL "
    "WHERE a.retired_by IS NULL AND i.account IS NOT NULL AND fold(a.domain) = fold(:domain)",
    "SELECT i.account FROM main.account a JOIN main.identity i ON i.ref = a.ref AND i.retired_by IS NULL "
    "WHERE a.retired_by IS NULL AND i.account IS NOT NULL AND fold(a.name) = fold(:x)",
    "SELECT i.account FROM main.account a JOIN main.identity i ON i.ref = a.ref AND i.retired_by IS NULL "
    "WHERE a.retired_by IS NULL AND i.account IS NOT NULL AND instr(fold(a.name), fold(:x)) > 0",
)


def find_account(conn: sqlite3.Connection, text: str) -> FoundAccount:
    """The one account with this id (or another system's id for it), domain, or part of a name.

    Current names and links, whatever the clock says. Raises UsageError USE-010 when there is
    none (with near names) and USE-011 when there are several (up to ten, numbered).
    """
    wanted = text.strip()
    if wanted:
        domain = (
            wanted.casefold()
            .removeprefix("https://")
            .removeprefix("http://")
            .removeprefix("www.")
            .rstrip("/")
        )
        for step in _STEPS:
            numbers = sorted({row[0] for row in conn.execute(step, _bound(step, wanted, domain))})
            if len(numbers) == 1:
                return _named(conn, numbers)[0]
            if numbers:
                raise _several(wanted, _named(conn, numbers))
    raise _none(conn, wanted)


def _bound(step: str, wanted: str, domain: str) -> dict[str, str]:
    return {"domain": domain} if ":domain" in step else {"x": wanted}


def _named(conn: sqlite3.Connection, numbers: list[int]) -> list[FoundAccount]:
    names = account_names(conn, numbers)
    ids = dict(conn.execute("SELECT account, account_id FROM main.account_registry").fetchall())
    found = [FoundAccount(n, ids[n], names.get(n) or ids[n]) for n in numbers]
    return sorted(found, key=lambda one: (one.name.casefold(), one.account_id))


def account_names(conn: sqlite3.Connection, numbers: Iterable[int]) -> dict[int, str]:
    """Account number → the name by the strongest source that has one (lowest rank, then oldest)."""
    chosen = ",".join(str(int(n)) for n in numbers)
    found = conn.execute(
        "SELECT i.account, a.name FROM main.identity i JOIN main.account a ON a.ref = i.ref "
        "LEFT JOIN main.source s ON s.name = a.source "
        "WHERE i.retired_by IS NULL AND a.retired_by IS NULL AND a.name IS NOT NULL "
        f"AND i.account IN ({chosen}) "
        "ORDER BY COALESCE(s.rank, 99) DESC, i.how = 'hand' DESC, a.id DESC"
    ).fetchall()
    return dict(found)  # the last one stays: lowest rank, not merged in by hand, lowest id


def _several(wanted: str, found: list[FoundAccount]) -> UsageError:
    shown = [f"{n:2}  {one.account_id}  {one.name}" for n, one in enumerate(found[:_SHOWN], 1)]
    if len(found) > _SHOWN:
        shown.append(f"    and {len(found) - _SHOWN} more")
    return UsageError(
        [Fault("USE-011", f'"{wanted}" matches {len(found)} accounts', excerpt="\n".join(shown))],
        next="use one of the ids, or more of the name",
    )


def _none(conn: sqlite3.Connection, wanted: str) -> UsageError:
    from cs_cli.base.near import near

    names = [
        str(name)
        for pair in conn.execute(
            "SELECT r.account_id, a.name FROM main.identity i "
            "JOIN main.account_registry r ON r.account = i.account "
            "LEFT JOIN main.account a ON a.ref = i.ref AND a.retired_by IS NULL "
            "WHERE i.retired_by IS NULL ORDER BY i.account LIMIT 20000"
        )
        for name in pair
        if name
    ]
    close = near(wanted, names) or _near_words(wanted, names)
    hint = f" did you mean {' or '.join(repr(one) for one in close)}?" if close else ""
    return UsageError(
        [Fault("USE-010", f'there is no account "{wanted}"{hint}')],
        next="cs accounts list --all shows every account",
    )


def _near_words(wanted: str, names: list[str]) -> list[str]:
    """Names of which one word is near: "Globx" finds "Globex Corporation"."""
    from cs_cli.base.near import near

    if len(wanted) < 4:
        return []
    by_word: dict[str, str] = {}
    for name in names:
        for word in name.split():
            by_word.setdefault(word.casefold(), name)
    return list(dict.fromkeys(by_word[word] for word in near(wanted, by_word)))
