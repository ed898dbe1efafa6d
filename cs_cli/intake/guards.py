"""Guards: a file that reads well but cannot be meant stops here, naming what overrides it."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from typing import Any

from cs_cli.base.errors import Fault, GuardStopped
from cs_cli.base.money import show, to_major
from cs_cli.definitions.records import HELPERS
from cs_cli.intake.again import again
from cs_cli.intake.name_guards import check_people
from cs_cli.intake.results import ImportOptions, ImportResult
from cs_cli.intake.reuse import check_reused_ids
from cs_cli.intake.snapshots import SNAPSHOTS, Snapshot
from cs_cli.intake.stage import Staged

SHRINK = 0.10
SHRINK_LEAST = 5
MOVE = 0.50
SWITCHED_LEAST = 2
CLEARED_LEAST = 5
OVERLAP_LEAST = 10


def check_before(
    conn: sqlite3.Connection, staged: Staged, result: ImportResult, options: ImportOptions, among: Sequence[Snapshot]
) -> int:
    """Guards that compare the file with what its source said before; gives the number of missing records.

    among: the source's snapshots; a file of a day before the newest of them takes nothing away from today.
    Raises GuardStopped IMP-230 damaged ids, IMP-231 fewer rows, IMP-233 clears values, IMP-234 nothing in
    common, IMP-271 people for accounts.
    """
    if staged.damaged and not options.yes:
        _stop("IMP-230", "the ids were damaged by a spreadsheet", result, options, "--yes",
              value=", ".join(staged.damaged),
              expected="the whole id; export again and do not open the file in a spreadsheet")
    check_people(conn, staged, options)
    if staged.source.kind == "usage" or staged.written is not None:
        return 0
    kind, source = staged.source.kind, staged.source.source
    known, shared = conn.execute(
        f"SELECT count(*), count(s.key) FROM {kind} AS c LEFT JOIN {staged.stage} AS s ON s.key = c.key "
        "WHERE c.source = ? AND c.retired_by IS NULL", (source,),
    ).fetchone()
    # who was forgotten is in no export any more: their rows in this file were left out
    known -= conn.execute(
        f"SELECT count(*) FROM {kind} WHERE source = ? AND retired_by IS NULL "
        "AND key >= 'forgotten:' AND key < 'forgotten;'", (source,),
    ).fetchone()[0]
    if not known:
        return 0
    aside = len(staged.set_aside)
    missing = max(int(known) - int(shared) - aside, 0)
    staged_rows = int(conn.execute(f"SELECT count(*) FROM {staged.stage}").fetchone()[0])
    whole = kind not in _LEDGERS
    if whole and not shared and min(known, staged_rows) >= OVERLAP_LEAST and not options.yes:
        _stop("IMP-234", f"none of the {known} known records is in this file: another company's export?", result,
              options, "--yes", expected="at least some of the same ids")
    if among and among[-1].day > staged.spoken.day:
        return 0
    shrunk = result.shrunk = whole and missing >= SHRINK_LEAST and missing > SHRINK * known
    if shrunk and not (options.complete or options.yes):
        _stop("IMP-231", f"{missing} of the {known} records that {source} had are missing: a filtered or cut export?",
              result, options, "--complete", value=", ".join(missing_names(conn, staged)),
              excerpt=_one_owner(conn, staged),
              expected=f"about {known} rows; missing records are kept, never counted as churn")
    check_reused_ids(conn, staged, options)
    if not options.yes:
        _cleared(conn, staged, result, options)
    return missing


def check_cleared(conn: sqlite3.Connection, staged: Staged, result: ImportResult, options: ImportOptions) -> None:
    """Raises GuardStopped IMP-233 when a column of the stage would clear values that are known."""
    if not options.yes and staged.source.kind in SNAPSHOTS:
        _cleared(conn, staged, result, options)


# kinds of which an export often holds a span of time only
_LEDGERS = frozenset([
    "invoice", "ticket", "survey", "touch", "mrr_event", "note", "feedback", "churn", "pulse", "fx_rate",
    "goal", "milestone", "request", "attribute", "deal",
])


def _one_owner(conn: sqlite3.Connection, staged: Staged) -> str | None:
    """E4: all rows are of one owner, although the source knew several: a view of one person."""
    if "owner" not in staged.delivered:
        return None
    owners = conn.execute(f"SELECT DISTINCT owner FROM {staged.stage} LIMIT 2").fetchall()
    known = conn.execute(
        f"SELECT count(DISTINCT owner) FROM {staged.source.kind} WHERE source = ? AND retired_by IS NULL",
        (staged.source.source,),
    ).fetchone()[0]
    return f"every row is of one owner: {owners[0][0]}" if len(owners) == 1 and owners[0][0] and known > 1 else None


def check_after(
    conn: sqlite3.Connection, staged: Staged, result: ImportResult, options: ImportOptions, when: str
) -> None:
    """MRR of the source's subscriptions moved by over half, or into another currency: IMP-235, IMP-236."""
    if staged.source.kind != "subscription" or options.yes or result.import_id is None or result.fixes is not None:
        return
    source, number = staged.source.source, result.import_id
    here = {"source": source, "day": when, "number": number}
    before = _mrr(conn, "import_id < :number AND (retired_by IS NULL OR retired_by = :number)", here)
    after = _mrr(conn, "retired_by IS NULL", here)
    total = sum(before.values())
    if total <= 0:
        return
    _check_currency(conn, source, number, result, options)
    moved = {code: after.get(code, 0) - before.get(code, 0) for code in {*before, *after}}
    for code, amount in sorted(moved.items()):
        if abs(amount) > MOVE * total:
            old, new = (to_major(figures.get(code, 0), code) / 12 for figures in (before, after))
            without = to_major(_mrr(conn, f"retired_by IS NULL AND ref NOT IN {_LINKED}", here).get(code, 0), code) / 12
            loose = f", {show(without, code)} of it without an account" if without else ""
            _stop("IMP-235", f"MRR in {code} would move from {show(old, code)} to {show(new, code)}{loose}", result,
                  options, "--yes",
                  expected="less than 50 % in one import; check cents against units, and the currency")


_LINKED = "(SELECT ref FROM identity WHERE retired_by IS NULL AND account IS NOT NULL AND ref IS NOT NULL)"


def _check_currency(
    conn: sqlite3.Connection, source: str, number: int, result: ImportResult, options: ImportOptions
) -> None:
    """E11: more than half of the subscriptions that the file changes are in another currency than before."""
    same = "o.source = n.source AND o.key = n.key AND o.retired_by = n.import_id"
    switched = conn.execute(
        f"SELECT o.currency, n.currency, count(*) FROM subscription AS n JOIN subscription AS o ON {same} "
        "WHERE n.source = ? AND n.import_id = ? AND n.retired_by IS NULL AND o.currency <> n.currency "
        "GROUP BY 1, 2 ORDER BY 3 DESC, 1, 2", (source, number),
    ).fetchall()
    changed = conn.execute(
        f"SELECT count(*) FROM subscription AS n JOIN subscription AS o ON {same} "
        "WHERE n.source = ? AND n.import_id = ?", (source, number),
    ).fetchone()[0]
    count = sum(row[2] for row in switched)
    if count >= SWITCHED_LEAST and 2 * count > changed:
        old, new, _ = switched[0]
        _stop("IMP-236", f"{count} of {changed} changed subscriptions turn from {old} into {new}", result, options,
              "--yes", expected=f"amounts in {old}, as in the last import")


def _mrr(conn: sqlite3.Connection, version: str, values: dict[str, Any]) -> dict[str, int]:
    """Annual amounts of a source's subscriptions that run on the day, minor units by currency."""
    return {str(code): int(total) for code, total in conn.execute(
        "SELECT coalesce(currency, ''), sum(arr) FROM subscription WHERE source = :source AND arr IS NOT NULL "
        f"AND (started_on IS NULL OR started_on <= :day) AND (ended_on IS NULL OR ended_on > :day) AND {version} "
        "GROUP BY coalesce(currency, '') HAVING sum(arr) <> 0", values,
    )}


def _cleared(conn: sqlite3.Connection, staged: Staged, result: ImportResult, options: ImportOptions) -> None:
    """A column that held values last time and is empty in every row of this file."""
    kind, source = staged.source.kind, staged.source.source
    passing = {"arr", "ended_on", "cancelled_on", "left_on", *HELPERS.get(kind, {})}
    for column in staged.delivered:
        if column in passing:
            continue
        if conn.execute(f'SELECT EXISTS (SELECT 1 FROM {staged.stage} WHERE "{column}" IS NOT NULL)').fetchone()[0]:
            continue
        lost = int(conn.execute(
            f'SELECT count(c."{column}") FROM {kind} AS c JOIN {staged.stage} AS s ON s.key = c.key '
            "WHERE c.source = ? AND c.retired_by IS NULL", (source,),
        ).fetchone()[0])
        if lost >= CLEARED_LEAST:
            _stop("IMP-233", f"the column is empty in every row and would clear {lost} known values", result, options,
                  "--yes", name=column,
                  expected="values as in the last export; a column that is not in the file clears nothing")


def missing_names(conn: sqlite3.Connection, staged: Staged, most: int = 5) -> list[str]:
    """The first of the known records that are not in the file, by name where they have one; none for
    kinds of which an export often holds a span of time only."""
    kind = staged.source.kind
    if kind in _LEDGERS or kind == "usage":
        return []
    name = "coalesce(c.name, c.key)" if kind in ("account", "contact") else "c.key"
    rows = conn.execute(
        f"SELECT {name} FROM {kind} AS c WHERE c.source = ? AND c.retired_by IS NULL "
        "AND NOT (c.key >= 'forgotten:' AND c.key < 'forgotten;') AND NOT EXISTS "
        f"(SELECT 1 FROM {staged.stage} AS s WHERE s.key = c.key) ORDER BY 1 LIMIT ?", (staged.source.source, most),
    ).fetchall()
    return [str(row[0]) for row in rows]


def _stop(
    ident: str, what: str, result: ImportResult, options: ImportOptions, override: str, **place: Any
) -> None:
    raise GuardStopped(
        [Fault(ident, what, file=result.file, **place)], next=f"if it is meant: {again(options, result.file, override)}"
    )
