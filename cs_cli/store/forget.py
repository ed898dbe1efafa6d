"""Forgetting an account: what names it goes, in every version; what only counts stays under a number.

The one exception to append-and-retire: the law asks for it, and a version that was only retired
would still be there. Amounts, days and words that other accounts share stay, so that no total of
a past month moves. Keyed hashes of its ids, addresses and domains stay too, so that the next
export does not bring it back (intake.forgotten).
"""

from __future__ import annotations

import hashlib
import hmac
import os
import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime

from cs_cli.base.domains import ascii_domain, plain_address
from cs_cli.store.change_sets import begin_change_set, finish_change_set
from cs_cli.store.connection import transaction
from cs_cli.store.kinds import KINDS

# nothing of these counts in any figure: they are people, or words
DELETED = ("contact", "attribute", "note", "acceptance", "assignment")
# words of a list, and our own people
KEPT = frozenset([
    "currency", "interval", "status", "state", "kind", "severity", "priority", "sentiment", "owner", "sold_by", "csm",
])
# text that is kept where another account has the same: a plan, an industry, a reason. A text of its own would name it.
SHARED = {
    "account": ("industry", "country", "stage"), "subscription": ("plan", "product"),
    "subscription_step": ("plan", "product"), "deal": ("stage",), "ticket": ("category",), "milestone": ("name",),
    "churn": ("reason",), "request": ("decision", "decider"), "feedback": ("theme", "area"), "touch": ("who",),
    "pulse": ("who",),
}  # fmt: skip
_EMPTY = {"milestone": {"name": "'milestone'"}}
_R = "(SELECT id FROM temp.forget_ref)"


@dataclass
class Traces:
    """What names an account. ids: (system, external id). emails, domains: as written, without other accounts'."""

    account: int
    account_id: str
    name: str
    refs: list[int] = field(default_factory=list)
    ids: list[tuple[str, str]] = field(default_factory=list)
    names: set[str] = field(default_factory=set)
    emails: set[str] = field(default_factory=set)
    domains: set[str] = field(default_factory=set)
    people: set[str] = field(default_factory=set)
    shared: set[str] = field(default_factory=set)  # names that other accounts have, too

    def marks(self) -> list[str]:
        """Text by which it is found in a file; what is too short to mean only this is left out."""
        long = {text for text in (*self.names, *self.people) if len(text) >= 5} - self.shared
        ids = {text for _, text in self.ids if len(text) >= 6 and not text.startswith(("forgotten:", "forgotten-"))}
        return sorted({*long, *ids, *self.emails, *self.domains})

    def words(self) -> list[str]:
        """What is too short to be looked for inside other words, and is nobody else's: looked for as a whole word.

        A number of under six digits may be any amount: it is in neither list.
        """
        ids = {text for _, text in self.ids if 2 <= len(text) < 6 and not text.isdigit()}
        short = {text for text in (*self.names, *self.people, *ids) if 2 <= len(text) < 6}
        return sorted(short - {*self.marks(), *self.shared})


@dataclass
class Forgotten:
    """change_set: its number; called: the account's id now; deleted, emptied: records by kind; mentions: where
    other accounts' records name it, by kind."""

    change_set: int
    called: str
    deleted: dict[str, int]
    emptied: dict[str, int]
    mentions: dict[str, int]


def traces(conn: sqlite3.Connection, account: int, free_mail: Iterable[str]) -> Traces:
    """Everything by which the account is known. free_mail: domains that belong to nobody in particular."""
    (account_id,) = conn.execute(
        "SELECT account_id FROM main.account_registry WHERE account = ?", (account,)
    ).fetchone()
    found = Traces(account, account_id, account_id)
    rows = conn.execute(
        "SELECT DISTINCT r.id, r.system, r.external_id, r.hint_domain, r.hint_name FROM main.ref r "
        "JOIN main.identity i ON i.ref = r.id WHERE i.account = ? AND (i.retired_by IS NULL OR i.how = 'own') "
        "ORDER BY r.id", (account,),
    ).fetchall()  # fmt: skip
    found.refs = [row[0] for row in rows]
    _list_refs(conn, found.refs)
    found.ids = [(row[1], row[2]) for row in rows]
    if ("cs", account_id) not in found.ids:  # canonical files call every account by this id
        found.ids.append(("cs", account_id))
    found.names = {row[4] for row in rows if row[4]} | _all(conn, "account", "name")
    found.names |= {text[5:] for _, text in found.ids if text.startswith("name:")}
    found.people = _all(conn, "contact", "name")
    found.shared = _all(conn, "account", "name", others=True) | _all(conn, "contact", "name", others=True)
    mine = {text for kind, column in _ADDRESSES for text in _all(conn, kind, column)}
    mine |= {text for _, text in found.ids if "@" in text and not text.startswith("@")}
    theirs = {plain_address(text) for kind, column in _ADDRESSES for text in _all(conn, kind, column, others=True)}
    found.emails = {text for text in mine if plain_address(text) not in theirs}
    domains = _all(conn, "account", "domain") | {row[3] for row in rows if row[3]}
    domains |= {text[1:] for _, text in found.ids if text.startswith("@")}
    taken = {ascii_domain(text) for text in _all(conn, "account", "domain", others=True)} | set(free_mail)
    found.domains = {text for text in domains if ascii_domain(text) not in taken}
    _add_unmatched(conn, found)
    current = conn.execute(
        f"SELECT name FROM main.account WHERE retired_by IS NULL AND name IS NOT NULL AND ref IN {_R} ORDER BY id"
    ).fetchone()
    found.name = current[0] if current else account_id
    return found


def _add_unmatched(conn: sqlite3.Connection, found: Traces) -> None:
    """References that no account has, and that are its addresses or lie in its domains."""
    emails, domains = {plain_address(text) for text in found.emails}, {ascii_domain(text) for text in found.domains}
    for number, system, text, hint in conn.execute(
        "SELECT id, system, external_id, hint_domain FROM main.ref WHERE id NOT IN "
        "(SELECT ref FROM main.identity WHERE retired_by IS NULL AND account IS NOT NULL AND ref IS NOT NULL)"
    ).fetchall():
        plain = plain_address(text)
        if plain in emails or ("@" in plain and plain.rpartition("@")[2] in domains) or hint in domains:
            found.refs.append(number)
            found.ids.append((system, text))
    _list_refs(conn, found.refs)


_ADDRESSES = (("account", "email"), ("contact", "email"), ("ticket", "requester_email"), ("survey", "email"))


def _list_refs(conn: sqlite3.Connection, refs: Iterable[int]) -> None:
    conn.execute("DROP TABLE IF EXISTS temp.forget_ref")
    conn.execute("CREATE TEMP TABLE forget_ref (id INTEGER PRIMARY KEY)")
    conn.executemany("INSERT OR IGNORE INTO temp.forget_ref VALUES (?)", ((ref,) for ref in refs))


def _all(conn: sqlite3.Connection, kind: str, column: str, *, others: bool = False) -> set[str]:
    test = f"ref IS NULL OR ref NOT IN {_R}" if others else f"ref IN {_R}"
    return {
        row[0]
        for row in conn.execute(
            f'SELECT DISTINCT "{column}" FROM main.{kind} WHERE "{column}" IS NOT NULL AND ({test})'
        )
    }


def preview(conn: sqlite3.Connection, found: Traces) -> Forgotten:
    """What `forget` would do; nothing is changed."""
    _list_refs(conn, found.refs)
    counts = {
        kind: conn.execute(f"SELECT count(*) FROM main.{kind} WHERE ref IN {_R}").fetchone()[0]
        for kind in KINDS if kind not in ("identity", "fx_rate")
    }  # fmt: skip
    there = {kind: count for kind, count in counts.items() if count}
    return Forgotten(
        0, f"forgotten-{found.account}", {kind: n for kind, n in there.items() if kind in DELETED},
        {kind: n for kind, n in there.items() if kind not in DELETED}, _mentions(conn, found),
    )  # fmt: skip


def forget(conn: sqlite3.Connection, found: Traces, *, day: date, at: datetime | str, by: str | None) -> Forgotten:
    """Forget the account in one transaction, then scrub the file. It can be done again, and not taken back.

    Deleted pages are overwritten (secure_delete) and the journal is emptied by `scrub`.
    """
    with transaction(conn):
        done = preview(conn, found)
        done.change_set = begin_change_set(
            conn, kind="forget", day=day, at=at, by=by, note=f"forgot {done.called}", record_kind="account"
        )
        _remember(conn, found)
        keys = _records(conn, found)
        _names(conn, found, done.called)
        _cases(conn, found, keys, day)
        _elsewhere(conn, found)
        total = sum(done.deleted.values()) + sum(done.emptied.values())
        finish_change_set(conn, done.change_set, total, 0, total, 0, 0)
    done.mentions = _mentions(conn, found)
    return done


def scrub(conn: sqlite3.Connection) -> bool:
    """No byte of what was deleted stays in the file or its journal. False while somebody else still reads it."""
    conn.execute("PRAGMA busy_timeout=3000")
    conn.execute("VACUUM")
    busy = conn.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
    return not busy


# --- known again -----------------------------------------------------------------------------


def hasher(conn: sqlite3.Connection) -> _Hasher | None:
    """The keyed hash of this database; None when nobody was forgotten in it."""
    row = conn.execute("SELECT key FROM main.forget_key").fetchone()
    return None if row is None else _Hasher(bytes.fromhex(row[0]))


class _Hasher:
    def __init__(self, key: bytes) -> None:
        self._key = key

    def __call__(self, what: str, text: str) -> str:
        """what: email, domain, name, or ref and its system."""
        folded = f"{what}\0{text.strip().casefold()}".encode("utf-8", "surrogatepass")
        return hmac.new(self._key, folded, hashlib.sha256).hexdigest()


def _remember(conn: sqlite3.Connection, found: Traces) -> None:
    conn.execute("INSERT OR IGNORE INTO main.forget_key VALUES (1, ?)", (os.urandom(32).hex(),))
    of = hasher(conn)
    assert of is not None
    hashes = {of(f"ref {system}", text) for system, text in found.ids if not text.startswith("forgotten")}
    hashes |= {of("email", text) for text in found.emails} | {of("domain", text) for text in found.domains}
    hashes |= {of("name", text) for text in found.names}
    conn.executemany("INSERT OR IGNORE INTO main.forgotten VALUES (?, ?)", ((h, found.account) for h in hashes))


# --- taking away -----------------------------------------------------------------------------


def _records(conn: sqlite3.Connection, found: Traces) -> dict[str, str]:
    """Empties or deletes its records of all kinds and versions; old key → new key of what can be renewed."""
    columns = [(kind, column) for kind in KINDS for column in ("import_id", "retired_by")]
    wrote = " UNION ".join(f"SELECT {column} FROM main.{kind} WHERE ref IN {_R}" for kind, column in columns)
    conn.execute(f"UPDATE main.change_set SET note = NULL WHERE kind = 'hand' AND id IN ({wrote})")
    keys: dict[str, str] = {}
    for kind in KINDS:
        if kind in ("identity", "fx_rate"):
            continue
        if kind in DELETED:
            conn.execute(
                "DELETE FROM main.absent WHERE kind = ? AND EXISTS (SELECT 1 FROM main."
                f"{kind} r WHERE r.source = absent.source AND r.key = absent.key AND r.ref IN {_R})", (kind,),
            )
            conn.execute(f"DELETE FROM main.{kind} WHERE ref IN {_R}")
            continue
        renamed = conn.execute(
            f"SELECT source, key, 'forgotten:' || min(id) FROM main.{kind} WHERE ref IN {_R} "
            "AND substr(key, 1, 10) <> 'forgotten:' GROUP BY source, key"
        ).fetchall()
        conn.executemany(
            f"UPDATE main.{kind} SET key = ? WHERE source = ? AND key = ? AND ref IN {_R}",
            ((new, source, key) for source, key, new in renamed),
        )
        # that an export lacked it is no figure, and names it
        conn.executemany(
            "DELETE FROM main.absent WHERE source = ? AND kind = ? AND key = ?",
            ((source, kind, key) for source, key, _ in renamed),
        )
        if kind in ("subscription", "contract"):
            keys.update((key, new) for _, key, new in renamed)
        _empty(conn, kind)
    for kind in ("subscription_step", "invoice"):
        for number, old in conn.execute(
            f"SELECT id, subscription FROM main.{kind} "
            f"WHERE substr(subscription, 1, 10) <> 'forgotten:' AND ref IN {_R}"
        ).fetchall():
            conn.execute(f"UPDATE main.{kind} SET subscription = ? WHERE id = ?", (keys.get(old), number))
    return keys


def _empty(conn: sqlite3.Connection, kind: str) -> None:
    """NULL in every text column that could name it; `subscription` of steps and invoices is renewed apart."""
    for column, type_ in KINDS[kind].items():
        if type_ != "text" or column in KEPT or (column == "subscription"):
            continue
        put = _EMPTY.get(kind, {}).get(column, "NULL")
        shared = ""
        if column in SHARED.get(kind, ()):
            shared = (
                f' AND "{column}" NOT IN (SELECT "{column}" FROM main.{kind} WHERE "{column}" IS NOT NULL '
                f"AND (ref IS NULL OR ref NOT IN {_R}))"
            )
        conn.execute(f'UPDATE main.{kind} SET "{column}" = {put} WHERE "{column}" IS NOT NULL AND ref IN {_R}{shared}')


def _names(conn: sqlite3.Connection, found: Traces, called: str) -> None:
    """References, the registry, and how they hang together: all links stand as if a person had made them."""
    conn.execute(
        f"UPDATE main.ref SET external_id = 'forgotten:' || id, hint_domain = NULL, hint_name = NULL WHERE id IN {_R}"
    )
    conn.execute("UPDATE main.account_registry SET account_id = ? WHERE account = ?", (called, found.account))
    conn.execute(
        "UPDATE main.identity SET evidence = CASE WHEN evidence LIKE '%, made from billing' "
        "THEN 'forgotten, made from billing' ELSE 'forgotten' END, "
        f"how = CASE WHEN how = 'own' THEN how ELSE 'hand' END WHERE ref IN {_R}"
    )
    for system, text in found.ids:
        conn.execute(
            "DELETE FROM main.identity WHERE source = 'merged' AND (key = :key OR (evidence = :text "
            "AND substr(key, 1, length(:system)) = :system))",
            {"key": f"{system}:{text}", "text": text, "system": f"{system}:"},
        )
    mine = {("account", str(found.account)), *(("ref", str(ref)) for ref in found.refs)}
    for (key,) in conn.execute("SELECT DISTINCT key FROM main.identity WHERE source = 'refused'").fetchall():
        words = key.split()  # ref 12 account 5, or account 3 account 5
        if mine & set(zip(words[::2], words[1::2], strict=False)):
            conn.execute(
                "UPDATE main.change_set SET note = NULL WHERE id IN "
                "(SELECT import_id FROM main.identity WHERE source = 'refused' AND key = ?)", (key,),
            )  # fmt: skip
            conn.execute("DELETE FROM main.identity WHERE source = 'refused' AND key = ?", (key,))


def _cases(conn: sqlite3.Connection, found: Traces, keys: dict[str, str], day: date) -> None:
    """Its cases are closed and say nothing more; numbers stay, so that counts of cases do."""
    number = found.account
    conn.execute("DELETE FROM main.score_day")
    conn.execute(
        "UPDATE main.cs_case SET closed_on = CASE WHEN state = 'closed' THEN closed_on ELSE ? END, "
        "outcome = CASE WHEN state = 'closed' THEN outcome ELSE 'done' END, state = 'closed', subject = account, "
        "term = NULL, because = '', text = NULL, reason = NULL, snooze_reason = NULL WHERE account = ?",
        (day.isoformat(), number),
    )
    mine = "(SELECT number FROM main.cs_case WHERE account = ?)"
    conn.execute(f"UPDATE main.case_event SET why = '' WHERE case_number IN {mine}", (number,))
    conn.execute(
        f"DELETE FROM main.handoff WHERE task IN (SELECT number FROM main.task WHERE case_number IN {mine})", (number,)
    )
    conn.execute(
        "UPDATE main.task SET do = 'forgotten', why = NULL, "
        f"state = CASE WHEN state IN ('open', 'waiting') THEN 'skipped' ELSE state END WHERE case_number IN {mine}",
        (number,),
    )
    conn.execute(f"UPDATE main.occurrence SET subject = ? WHERE case_number IN {mine}", (str(number), number))
    subjects = [str(number), *keys]
    conn.executemany("DELETE FROM main.playbook_memory WHERE subject = ?", ((one,) for one in subjects))
    conn.execute("DELETE FROM main.term_seen WHERE account = ?", (number,))
    conn.executemany("DELETE FROM main.term_seen WHERE subject = ?", ((one,) for one in keys))
    conn.execute(
        "UPDATE main.delivery SET subject = ?, term = 'forgotten:' || id, reason = '' WHERE account = ?",
        (str(number), number),
    )
    for forecast, contract in conn.execute(
        "SELECT forecast, contract FROM main.forecast_term WHERE account = ? ORDER BY forecast, contract", (number,)
    ).fetchall():
        conn.execute(
            "UPDATE main.forecast_term SET contract = ? WHERE forecast = ? AND contract = ?",
            (keys.get(contract, contract), forecast, contract),
        )


def _elsewhere(conn: sqlite3.Connection, found: Traces) -> None:
    """Its addresses in other accounts' texts, and links to it as a parent; file names that name it."""
    for kind, columns in KINDS.items():
        for column, type_ in columns.items():
            if type_ != "text":
                continue
            for address in found.emails:
                conn.execute(
                    f'UPDATE main.{kind} SET "{column}" = replace("{column}", :address, \'[forgotten]\') '
                    f'WHERE instr("{column}", :address) > 0', {"address": address},
                )  # fmt: skip
    for text in {*(text for _, text in found.ids), *found.names}:
        conn.execute("UPDATE main.account SET parent = NULL WHERE fold(parent) = fold(?)", (text,))
    for text in found.marks():
        conn.execute("UPDATE main.change_set SET file = 'forgotten' WHERE instr(fold(file), fold(?)) > 0", (text,))
        # a file that is looked at once more, and a word that is asked about once more, are no loss
        told = "path || ' ' || coalesce(reason, '') || ' ' || coalesce(advice, '')"
        conn.execute(f"DELETE FROM main.export_file WHERE instr(fold({told}), fold(?)) > 0", (text,))
        conn.execute("DELETE FROM main.advised WHERE instr(fold(header || ' ' || value), fold(?)) > 0", (text,))


def _mentions(conn: sqlite3.Connection, found: Traces) -> dict[str, int]:
    """Other accounts' records that name it: a person has to read those."""
    marks = [text for text in found.marks() if text not in found.emails]
    counts: dict[str, int] = {}
    for kind, columns in KINDS.items():
        texts = [name for name, type_ in columns.items() if type_ == "text" and name not in KEPT]
        if kind == "identity" or not texts or not marks:
            continue
        told = " || ' ' || ".join(f"coalesce(\"{name}\", '')" for name in texts)
        test = " OR ".join(["instr(told, fold(?)) > 0"] * len(marks))
        (count,) = conn.execute(
            f"SELECT count(*) FROM (SELECT fold({told}) AS told FROM main.{kind} "
            f"WHERE ref IS NULL OR ref NOT IN {_R}) WHERE {test}", marks,
        ).fetchone()  # fmt: skip
        if count:
            counts[kind] = count
    return counts
