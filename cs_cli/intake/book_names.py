"""Customers of a sheet without ids, known by their names: the same one in another spelling, and one that was renamed.

A customer that was renamed keeps its key, the first name; its row's name is the new one, by which later sheets find it.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence

from cs_cli.base.command_line import as_typed
from cs_cli.base.errors import Fault, GuardStopped, UsageError
from cs_cli.base.near import did_you_mean, near
from cs_cli.intake.again import again
from cs_cli.intake.names import core_name, plain_name
from cs_cli.intake.results import ImportOptions
from cs_cli.intake.snapshots import Snapshot
from cs_cli.intake.stage import Staged

NONE = "none"
SHOWN = 10


def settle_names(
    conn: sqlite3.Connection, staged: Staged, options: ImportOptions, among: Sequence[Snapshot], *, repairs: bool
) -> None:
    """Give staged rows the keys under which their customers are known.

    repairs: the file is rows of an earlier one. Raises GuardStopped IMP-261 where rows are gone and others new, and
    nobody has said whether they are the same; UsageError IMP-262 for an answer that names nobody.
    """
    if not staged.plan.key_else or staged.source.kind != "account":
        return
    source = staged.source.source
    known = dict(conn.execute(
        "SELECT key, coalesce(name, key) FROM account WHERE source = ? AND retired_by IS NULL "
        "AND NOT (key >= 'forgotten:' AND key < 'forgotten;')", (source,),
    ).fetchall())
    rows = conn.execute(f"SELECT key, name, line FROM {staged.stage} ORDER BY n").fetchall()
    here = {key: line for key, _, line in rows}
    fresh = {key: line for key, name, line in rows if key not in known and _is_name(key, name)}
    gone = [key for key in known if key not in here]
    by_name: dict[str, list[str]] = {}
    for key in gone:
        for text in {plain_name(key), plain_name(known[key])}:
            by_name.setdefault(text, []).append(key)
    for name in list(fresh):
        found = by_name.get(plain_name(name), [])
        if len(found) == 1 and found[0] in gone:
            _rekey(conn, staged, name, found[0])
            gone.remove(found[0])
            del fresh[name]
    for new, old in _answers(staged, options, fresh, {known[key]: key for key in gone} | {key: key for key in gone}):
        _rekey(conn, staged, new, old)
        gone.remove(old)
        del fresh[new]
    lost = _lost(conn, source, gone, among, known, list(fresh))
    settled = NONE in options.renamed or options.yes or repairs or not among or among[-1].day > staged.spoken.day
    if not settled and lost and fresh:
        raise _question(staged, options, fresh, [known[key] for key in lost])


def _is_name(key: str, name: str | None) -> bool:
    return name is not None and key == " ".join(name.split())


def _rekey(conn: sqlite3.Connection, staged: Staged, new: str, old: str) -> None:
    for one in staged.every:
        conn.execute(
            f"UPDATE {one.stage} SET key = ? || substr(key, ?), ext = ?, ref = NULL WHERE ext = ?",
            (old, len(new) + 1, old, new),
        )
    if staged.attributes:
        conn.execute(
            f"UPDATE {staged.attributes} SET key = ? || substr(key, ?), ext = ? WHERE ext = ?",
            (old, len(new) + 1, old, new),
        )


def _answers(
    staged: Staged, options: ImportOptions, fresh: dict[str, int], gone: dict[str, str]
) -> list[tuple[str, str]]:
    """(name in the file, key of the known customer) of every --renamed."""
    found = []
    for text in options.renamed:
        if text == NONE:
            continue
        new, mark, old = (part.strip() for part in text.partition("="))
        if not mark or new not in fresh or old not in gone:
            wrong, names, where = (old, list(gone), "gone")
            if new not in fresh:
                wrong, names, where = (new, list(fresh), "new in the file")
            raise UsageError.of(
                "IMP-262", f'--renamed {text}: "{wrong}" is no customer that is {where}{did_you_mean(wrong, names)}',
                file=staged.table.name, expected='the name in the file, "=", and the name it had before; or none',
            )
        found.append((new, gone[old]))
    return found


def _lost(
    conn: sqlite3.Connection, source: str, gone: list[str], among: Sequence[Snapshot], known: Mapping[str, str],
    fresh: Sequence[str],
) -> list[str]:
    """Those who may have got a new name: whom the newest sheet still had; of those who were gone before, whom nobody
    has been asked about, because nothing was new when they left, and whom a new name is like."""
    if not among:
        return []
    absent: dict[int, set[str]] = {}
    for number, key in conn.execute(
        "SELECT snapshot, key FROM absent WHERE source = ? AND kind = 'account'", (source,)
    ):
        absent.setdefault(number, set()).add(key)
    found, older = [], []
    for key in gone:
        first = None        # of the last sheets in a row without it
        for one in reversed(among):
            if key not in absent.get(one.number, ()):
                break
            first = one
        if first is None:
            found.append(key)
            continue
        (added,) = conn.execute("SELECT added FROM change_set WHERE id = ?", (first.number,)).fetchone()
        if not added or any(_akin(core_name(name), core_name(known[key])) for name in fresh):
            older.append(key)
    return found + older


def _akin(one: str, two: str) -> bool:
    """Near by letters, or all words of the one in the other."""
    mine, theirs = set(one.split()), set(two.split())
    return bool(near(one, [two])) or bool(mine and theirs and (mine <= theirs or theirs <= mine))


def _alike(one: str, two: str) -> bool:
    """Near by letters, or with a word in common: for a guess in a question."""
    return bool(near(one, [two]) or {word for word in one.split() if len(word) > 3} & set(two.split()))


def _question(
    staged: Staged, options: ImportOptions, fresh: dict[str, int], lost: list[str]
) -> GuardStopped:
    faults, pairs = [], []
    for name, line in list(fresh.items())[:SHOWN]:
        likely = [one for one in lost if _alike(core_name(name), core_name(one))]
        guess = likely or (lost if len(lost) == len(fresh) == 1 else [])
        pairs += [f"--renamed {as_typed(f'{name}={guess[0]}')}"] if guess else []
        which = f'"{guess[0]}"' if guess else " or ".join(f'"{one}"' for one in lost[:3]) + " …" * (len(lost) > 3)
        faults.append(Fault(
            "IMP-261", f'is "{name}" the new name of {which}?', file=staged.table.name, line=line, value=name,
            expected=f"not in this file any more: {', '.join(lost[:SHOWN])}",
        ))
    pairs = pairs or [f"--renamed {as_typed(f'{next(iter(fresh))}={lost[0]}')}"]
    file = staged.table.name
    return GuardStopped(
        faults, next=f"if it is: {again(options, file, *pairs)}; if nobody was renamed: "
        f"{again(options, file, '--renamed none')}"
    )
