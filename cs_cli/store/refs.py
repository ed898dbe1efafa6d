"""Refs (an account as some system calls it) and accounts (as people call them)."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable

import msgspec

from cs_cli.base.domains import ascii_domain
from cs_cli.base.errors import Fault, UsageError

_SHOWN = 10


class FoundAccount(msgspec.Struct, frozen=True):
    """account: the number inside the database; account_id: what people see; name: to be shown."""

    account: int
    account_id: str
    name: str


_LINKED = "SELECT account FROM main.identity WHERE retired_by IS NULL AND account IS NOT NULL"
# (account, name) of current account records; where a reference has none of its own, as its rows call it
_NAMED = (
    "(SELECT i.account, coalesce(a.name, r.hint_name) AS name FROM main.identity i JOIN main.ref r ON r.id = i.ref "
    "LEFT JOIN main.account a ON a.ref = i.ref AND a.retired_by IS NULL "
    "WHERE i.retired_by IS NULL AND i.account IS NOT NULL)"
)
# each step finds accounts in a weaker way than the one before; the first that finds any decides
_STEPS = (
    f"SELECT account FROM main.account_registry WHERE account_id = :x AND account IN ({_LINKED})",
    f"SELECT account FROM main.account_registry WHERE fold(account_id) = fold(:x) AND account IN ({_LINKED})",
    "SELECT i.account FROM main.ref r JOIN main.identity i ON i.ref = r.id "
    "WHERE r.external_id = :x AND i.retired_by IS NULL AND i.account IS NOT NULL",
    "SELECT i.account FROM main.account a JOIN main.identity i ON i.ref = a.ref AND i.retired_by IS NULL "
    "WHERE a.retired_by IS NULL AND i.account IS NOT NULL AND fold(a.domain) = fold(:domain)",
    f"SELECT account FROM {_NAMED} WHERE fold(name) = fold(:x)",
    f"SELECT account FROM {_NAMED} WHERE instr(fold(name), fold(:x)) > 0",
)


def find_account(conn: sqlite3.Connection, text: str) -> FoundAccount:
    """The one account with this id (or another system's id for it), domain, or part of a name.

    Current names and links, whatever the clock says. Raises UsageError USE-010 when there is
    none (with near names) and USE-011 when there are several (up to ten, numbered).
    """
    wanted = text.strip()
    if wanted:
        bare = wanted.lower().removeprefix("https://").removeprefix("http://").removeprefix("www.").rstrip("/")
        domain = ascii_domain(bare)
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
        "SELECT i.account, COALESCE(a.name, r.hint_name) FROM main.identity i JOIN main.ref r ON r.id = i.ref "
        "LEFT JOIN main.account a ON a.ref = i.ref AND a.retired_by IS NULL "
        "LEFT JOIN main.source s ON s.name = a.source "
        f"WHERE i.retired_by IS NULL AND i.account IN ({chosen}) "
        "AND COALESCE(a.name, r.hint_name) IS NOT NULL "
        "ORDER BY a.name IS NULL DESC, COALESCE(s.rank, 99) DESC, i.how IN ('hand', 'merged') DESC, "
        "a.id DESC, r.id DESC"
    ).fetchall()
    return dict(found)  # the last one stays: of a record, lowest rank, not merged into it, lowest id


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
            f"SELECT r.account_id, n.name FROM {_NAMED} AS n "
            "JOIN main.account_registry r ON r.account = n.account ORDER BY n.account LIMIT 20000"
        )
        for name in pair
        if name
    ]
    close = near(wanted, names) or _near_words(wanted, names)
    hint = f"; did you mean {' or '.join(repr(one) for one in close)}?" if close else ""
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
