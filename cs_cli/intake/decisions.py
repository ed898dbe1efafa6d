"""What a person says about accounts: link, unlink, merge, refuse. Each is a change set of its own.

Decisions are identity rows with how = 'hand' (source 'match', key the reference's number), which
`match.refresh` never overrules; refusals are identity rows of source 'refused', without a
reference. So they survive every later import and are undone like one.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime

from cs_cli.base.domains import ascii_domain
from cs_cli.base.errors import Fault, UsageError
from cs_cli.definitions.shapes import Settings
from cs_cli.intake.links import REFUSED, SUBSCRIPTION, Ref
from cs_cli.intake.match import refresh
from cs_cli.store.change_sets import append_row, begin_change_set, finish_change_set, retire_row
from cs_cli.store.connection import transaction

_SHOWN = 10
_REF = "SELECT r.id, r.system, r.external_id, r.hint_domain, r.hint_name FROM ref AS r"
_IDENTITY = (
    "SELECT account, how FROM identity WHERE source = 'match' AND key = ? AND retired_by IS NULL"
)


@dataclass(frozen=True)
class Hand:
    """Who decides, for which day, and at which instant (UTC) it is written down."""

    settings: Settings
    day: date
    at: datetime | str
    by: str | None


@dataclass(frozen=True)
class Decided:
    """change_set: the number that undoes it. account: where the reference (or account) belongs now.

    refs: how many references were moved. again: everything was so already and nothing was written.
    """

    change_set: int | None
    account: int | None
    refs: int = 1
    again: bool = False


def link(conn: sqlite3.Connection, hand: Hand, ref: Ref, account: int) -> Decided:
    """A reference belongs to this account, whatever its name and domain say.

    Raises UsageError IMP-253 when the reference is an account of its own (that is a merge).
    """
    current, how = _identity(conn, ref.number)
    if current == account and how == "hand":
        return Decided(None, account, 0, again=True)
    own = _made_of(conn, ref.number)
    if own is not None and current == own != account:
        raise UsageError.of(
            "IMP-253", f"{called(ref)} is an account itself",
            next="to make two accounts one: cs accounts merge KEEP OTHER",
        )
    words = f"link {called(ref)} to {_id_of(conn, account)}"
    return _decide(conn, hand, words, lambda number: _put(conn, number, ref.number, account, "linked by hand"), account)


def unlink(conn: sqlite3.Connection, hand: Hand, ref: Ref) -> Decided:
    """Take a reference away from its account. One that was an account before a merge is one again;
    any other has no account until somebody links it. Raises UsageError IMP-252, IMP-253."""
    current, how = _identity(conn, ref.number)
    own = _made_of(conn, ref.number)
    if current is None:
        raise UsageError.of("IMP-252", f"{called(ref)} has no account", next="cs accounts match lists likely ones")
    if own == current:
        raise UsageError.of(
            "IMP-253", f"{called(ref)} is the account itself and cannot be taken from it",
            next="cs imports undo N takes a merge or an import back",
        )
    words = f"unlink {called(ref)} from {_id_of(conn, current)}"

    def act(number: int) -> int:
        if own is not None:
            retire_row(conn, "identity", number, "match", str(ref.number))
            if how == "merged" and current is not None:  # the CRM will say so again
                pair = f"account {min(own, current)} account {max(own, current)}"
                append_row(conn, "identity", number, REFUSED, pair, None, {"how": "refused", "evidence": words})
                return 1 + _goes_along(conn, number, ref.number, own)
            return 1
        return _put(conn, number, ref.number, None, "unlinked by hand")

    done = _decide(conn, hand, words, act, None)
    return Decided(done.change_set, _identity(conn, ref.number)[0])


def _goes_along(conn: sqlite3.Connection, change_set: int, ref: int, own: int) -> int:
    """What came to another account with a merged record goes back with it; gives the number of references."""
    came = conn.execute(
        "SELECT i.ref, o.how, o.evidence FROM identity AS i JOIN identity AS o ON o.source = 'match' "
        "AND o.key = i.key AND o.retired_by = i.import_id WHERE i.source = 'match' AND i.retired_by IS NULL "
        "AND o.account = ? AND i.ref <> ? AND i.import_id IN (SELECT retired_by FROM identity "
        "WHERE source = 'match' AND key = ? AND how = 'own') ORDER BY i.ref", (own, ref, str(ref)),
    ).fetchall()
    for number, how, evidence in came:
        values = {"account": own, "how": how, "evidence": evidence}
        append_row(conn, "identity", change_set, "match", str(number), number, values)
    return len(came)


def find_subscription(conn: sqlite3.Connection, text: str) -> tuple[str, str] | None:
    """(system, id) of the one subscription called `system:id` or `id`; None when none, or a reference, is called so.

    UsageError IMP-251 when several systems have one.
    """
    wanted = text.strip()
    system, _, rest = wanted.partition(":")
    rest = rest.removeprefix(SUBSCRIPTION)
    if conn.execute(
        "SELECT 1 FROM ref WHERE external_id = ? OR (system = ? AND external_id = ? AND external_id NOT LIKE ?)",
        (wanted, system, rest, f"{SUBSCRIPTION}%"),
    ).fetchone():
        return None
    found = conn.execute(
        "SELECT DISTINCT s.system, k.key FROM subscription AS k JOIN source AS s ON s.name = k.source "
        "WHERE k.retired_by IS NULL AND (k.key = :x OR (s.system = :system AND k.key = :rest)) ORDER BY 1, 2",
        {"x": wanted, "system": system, "rest": rest},
    ).fetchall()
    if len(found) > 1:
        shown = "\n".join(f"{n:2}  {one[0]}:{one[1]}" for n, one in enumerate(found[:_SHOWN], 1))
        raise UsageError(
            [Fault("IMP-251", f'"{wanted}" names {len(found)} subscriptions', excerpt=shown)],
            next="use system:id as listed",
        )
    return (found[0][0], found[0][1]) if found else None


def link_subscription(conn: sqlite3.Connection, hand: Hand, system: str, key: str, account: int) -> Decided:
    """One subscription belongs to this account, whoever pays for it; its invoices and events go with it."""
    known = _subscription_ref(conn, system, key)
    if known is not None and _identity(conn, known) == (account, "hand"):
        return Decided(None, account, 0, again=True)

    def act(number: int) -> int:
        conn.execute("INSERT OR IGNORE INTO ref (system, external_id) VALUES (?, ?)", (system, SUBSCRIPTION + key))
        ref = _subscription_ref(conn, system, key)
        assert ref is not None
        return _put(conn, number, ref, account, "linked by hand")

    return _decide(conn, hand, f"link {system}:{key} to {_id_of(conn, account)}", act, account)


def unlink_subscription(conn: sqlite3.Connection, hand: Hand, system: str, key: str) -> Decided:
    """A subscription that was linked by itself belongs to the account of its customer again. UsageError IMP-252."""
    ref = _subscription_ref(conn, system, key)
    if ref is None or _identity(conn, ref)[1] != "hand":
        raise UsageError.of(
            "IMP-252", f"{system}:{key} is not linked by itself: it belongs to the account of its customer",
            next="cs accounts unlink takes the customer, as cs accounts match shows it",
        )
    done = _decide(
        conn, hand, f"unlink {system}:{key}", lambda n: int(retire_row(conn, "identity", n, "match", str(ref))), None
    )
    return Decided(done.change_set, payer(conn, system, key)[1])


def payer(conn: sqlite3.Connection, system: str, key: str) -> tuple[str, int | None]:
    """(the customer that a subscription names, as people call it; the account of that customer)."""
    row = conn.execute(
        "SELECT r.id, r.system, r.external_id, r.hint_domain, r.hint_name FROM subscription AS k JOIN source AS s "
        "ON s.name = k.source JOIN ref AS r ON r.id = k.ref WHERE k.retired_by IS NULL AND s.system = ? AND k.key = ?",
        (system, key),
    ).fetchone()
    if row is None:
        return "nobody", None
    ref = Ref(*row)
    return called(ref), _identity(conn, ref.number)[0]


def _subscription_ref(conn: sqlite3.Connection, system: str, key: str) -> int | None:
    row = conn.execute(
        "SELECT id FROM ref WHERE system = ? AND external_id = ?", (system, SUBSCRIPTION + key)
    ).fetchone()
    return None if row is None else int(row[0])


def merge(conn: sqlite3.Connection, hand: Hand, keep: int, other: int) -> Decided:
    """Two accounts are one: every reference of `other` belongs to `keep`, whose account_id stays."""
    if keep == other:
        raise UsageError.of(
            "IMP-254", f"both are the account {_id_of(conn, keep)}", next="cs accounts match lists likely pairs"
        )
    numbers = [row[0] for row in conn.execute(
        "SELECT ref FROM identity WHERE source = 'match' AND account = ? AND retired_by IS NULL ORDER BY ref", (other,)
    )]
    words = f"merge {_id_of(conn, other)} into {_id_of(conn, keep)}"

    def act(number: int) -> int:
        return sum(_put(conn, number, ref, keep, words) for ref in numbers)

    return _decide(conn, hand, words, act, keep)


def refuse(conn: sqlite3.Connection, hand: Hand, pair: str, words: str) -> Decided:
    """These two are not the same company: neither proposed nor matched again. pair: see links.REFUSED."""

    def act(number: int) -> int:
        values = {"account": None, "how": "refused", "evidence": words}
        return int(append_row(conn, "identity", number, REFUSED, pair, None, values) != "unchanged")

    return _decide(conn, hand, f"refuse {words}", act, None)


def _decide(
    conn: sqlite3.Connection, hand: Hand, words: str, act: Callable[[int], int], account: int | None
) -> Decided:
    with transaction(conn):
        number = begin_change_set(
            conn, kind="hand", day=hand.day, at=hand.at, by=hand.by, note=words, record_kind="identity"
        )
        written = act(number)
        refresh(conn, number, hand.settings.accounts_from)
        finish_change_set(conn, number, written, 0, written, 0, 0)
    return Decided(number, account, written)


def _put(conn: sqlite3.Connection, change_set: int, ref: int, account: int | None, why: str) -> int:
    values = {"account": account, "how": "hand", "evidence": why}
    return int(append_row(conn, "identity", change_set, "match", str(ref), ref, values) != "unchanged")


def _identity(conn: sqlite3.Connection, ref: int) -> tuple[int | None, str | None]:
    row = conn.execute(_IDENTITY, (str(ref),)).fetchone()
    return (None, None) if row is None else (row[0], row[1])


def _made_of(conn: sqlite3.Connection, ref: int) -> int | None:
    """The account that was once made for the reference."""
    row = conn.execute("SELECT min(account) FROM identity WHERE ref = ? AND how = 'own'", (ref,)).fetchone()
    return None if row is None else row[0]


def _id_of(conn: sqlite3.Connection, account: int) -> str:
    row = conn.execute("SELECT account_id FROM account_registry WHERE account = ?", (account,)).fetchone()
    return str(row[0])


def called(ref: Ref) -> str:
    """A reference as people name it: stripe:cus_9."""
    return f"{ref.system}:{ref.external_id}"


def find_ref(conn: sqlite3.Connection, text: str, *, linked: bool) -> Ref:
    """The one reference called `system:id`, `id`, or by its name or domain; with `linked` those that
    have an account come first, else those that have none. UsageError IMP-250 none, IMP-251 several."""
    wanted = text.strip()
    system, _, rest = wanted.partition(":")
    named = (
        "WHERE fold(r.hint_name) = fold(:x) OR fold(r.hint_domain) = :domain OR r.id IN "
        "(SELECT ref FROM account WHERE retired_by IS NULL AND (fold(name) = fold(:x) OR fold(domain) = :domain))"
    )
    steps = (
        ("WHERE r.system = :system AND r.external_id = :rest", {"system": system, "rest": rest}),
        ("WHERE r.external_id = :x", {"x": wanted}), ("WHERE fold(r.external_id) = fold(:x)", {"x": wanted}),
        (named, {"x": wanted, "domain": ascii_domain(wanted)}),
    )
    for where, values in steps:
        found = [Ref(*row) for row in conn.execute(f"{_REF} {where} ORDER BY r.system, r.external_id", values)]
        fitting = [ref for ref in found if (_identity(conn, ref.number)[0] is not None) is linked]
        found = fitting or found
        if len(found) == 1:
            return found[0]
        if found:
            shown = [f"{n:2}  {called(ref)}  {ref.name or ref.domain or ''}" for n, ref in enumerate(found[:_SHOWN], 1)]
            raise UsageError(
                [Fault("IMP-251", f'"{wanted}" names {len(found)} references', excerpt="\n".join(shown))],
                next="use system:id as listed",
            )
    from cs_cli.base.near import near

    known = [ref for row in conn.execute(f"{_REF} ORDER BY r.id LIMIT 20000") for ref in (row[2], row[4]) if ref]
    close = near(wanted, known)
    hint = f"; did you mean {' or '.join(repr(one) for one in close)}?" if close else ""
    raise UsageError.of("IMP-250", f'no imported row names an account "{wanted}"{hint}', next="cs accounts match")
