"""Several rows of one customer in a kept sheet, one for each product: as many terms and prices of one account.

The first of them (or the one whose product was known) keeps the customer's key; each other adds its product to it.
"""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING, NamedTuple

from cs_cli.intake.book_money import lines_of, some_of
from cs_cli.intake.subscriptions import column_of

if TYPE_CHECKING:
    from cs_cli.intake.stage import Staged

# without one of these in the sheet, several rows of a customer are orders or the like
_OF_TERMS = {"total", "mrr", "term_total", "renews_on", "term_months"}
# further records that are told apart by what they say; of the others one of a customer counts
_EACH = ("contact", "note", "touch", "survey")


class _Row(NamedTuple):
    line: int
    name: str
    label: str | None


def part_products(conn: sqlite3.Connection, staged: Staged, *, repairs: bool) -> None:
    """Give the terms of such rows keys of their own; staged.parted gets the lines that are no accounts of their own.

    repairs: the file is rows of an earlier one, which do not take the place of what stands there.
    """
    child = next((one for one in staged.also if one.source.kind == "subscription"), None)
    if staged.source.role != "book" or child is None or not _OF_TERMS & set(child.delivered):
        return
    said = []
    for key, rows in _groups(conn, staged, child).items():
        known = _known(conn, child, key)
        if len(rows) == 1 and not (repairs or any(other != key for other in known.values())):
            continue
        labels = [row.label for row in rows]
        if None in labels or len(set(labels)) < len(labels):
            continue        # nothing tells them apart: set aside
        keys = _keys(key, [label for label in labels if label is not None], known, repairs=repairs)
        first = next((at for at, one in enumerate(keys) if one == key), 0)
        for at, row in enumerate(rows):
            if keys[at] != key:
                tail = keys[at].removeprefix(key)
                for one in staged.also:
                    if one is child or (one.source.kind in _EACH and at != first):
                        conn.execute(f"UPDATE {one.stage} SET key = ? || substr(key, ?) WHERE line = ?",
                                     (key + tail, len(key) + 1, row.line))
            if at != first:
                staged.parted.add(row.line)
                _leave_to_the_first(conn, staged, rows[first].line, row.line)
        if len(rows) > 1:
            said.append(f"{rows[first].name} ({lines_of([str(row.line) for row in rows])})")
            _say_differing(conn, staged, rows[first].line, [row.line for row in rows if row is not rows[first]])
    _say_alike(conn, staged)
    if said:
        staged.notes.append(f"several rows of one customer, each of another product, are its terms: {some_of(said)}")


def _say_alike(conn: sqlite3.Connection, staged: Staged) -> None:
    """Names that stand beside several ids: two customers, or the ids are of contracts."""
    alike = [f"{name} ({many} ids)" for name, many in conn.execute(
        f"SELECT min(name), count(DISTINCT key) FROM {staged.stage} GROUP BY trim(name) HAVING count(DISTINCT key) > 1 "
        "ORDER BY min(n)"
    )] if staged.plan.key else []
    if alike:
        staged.notes.append(
            f"one name stands beside several ids, so these are several customers: {some_of(alike)}; if the ids are of "
            "contracts or rows, give that column another name, and rows of one customer are its terms"
        )


def _groups(conn: sqlite3.Connection, staged: Staged, child: Staged) -> dict[str, list[_Row]]:
    labels = [column_of(child, "c", name) for name in ("product", "plan")]
    found: dict[str, list[_Row]] = {}
    for line, key, name, product, plan in conn.execute(
        f"SELECT s.line, s.key, s.name, {', '.join(labels)} FROM {staged.stage} AS s "
        f"LEFT JOIN {child.stage} AS c ON c.line = s.line ORDER BY s.n"
    ):
        found.setdefault(key, []).append(_Row(line, name, _label(product, plan)))
    return found


def _label(product: str | None, plan: str | None) -> str | None:
    words = " ".join(one for one in (product, plan) if one)
    return " ".join(words.split()).casefold() or None


def _known(conn: sqlite3.Connection, child: Staged, key: str) -> dict[str | None, str]:
    """Product → the key under which the customer's terms are known."""
    return {_label(product, plan): known for known, product, plan in conn.execute(
        "SELECT key, product, plan FROM subscription WHERE source = ? AND retired_by IS NULL "
        "AND (key = ? OR (key >= ? AND key < ?)) ORDER BY key DESC",
        (child.source.source, key, f"{key}|", f"{key}}}"),
    )}


def _keys(key: str, labels: list[str], known: dict[str | None, str], *, repairs: bool) -> list[str]:
    """The key of each row's term: the known one of its product; the customer's own for the first of the others, where
    it is free; else one with the product."""
    found = [known.get(label) for label in labels]
    free = key not in found and not (repairs and key in known.values())
    for at, label in enumerate(labels):
        if found[at] is None:
            found[at] = key if free else f"{key}|{label}"
            free = False
    return [one for one in found if one is not None]


def _leave_to_the_first(conn: sqlite3.Connection, staged: Staged, first: int, line: int) -> None:
    """Of what a customer has once, the first row's stands: the worse judgement, seats in use added up."""
    for one in staged.also:
        kind = one.source.kind
        if kind == "pulse" and "score" in one.delivered:
            conn.execute(
                f"UPDATE {one.stage} SET score = (SELECT min(o.score) FROM {one.stage} AS o WHERE o.line IN (?, ?)) "
                "WHERE line = ?", (first, line, first),
            )
        if kind == "usage":
            conn.execute(
                f"UPDATE {one.stage} AS s SET value = s.value + coalesce((SELECT sum(o.value) FROM {one.stage} AS o "
                "WHERE o.line = ? AND o.metric = s.metric), 0) WHERE s.line = ? AND s.metric NOT IN ('active_users', "
                "'last_seen')", (line, first),
            )
        if kind in ("pulse", "usage"):
            conn.execute(f"DELETE FROM {one.stage} WHERE line = ?", (line,))


def _say_differing(conn: sqlite3.Connection, staged: Staged, first: int, others: list[int]) -> None:
    """What such rows say differently of the customer itself: the first one's stands."""
    names = {f.column: f.header for f in staged.plan.fields if f.cells and f.column in staged.delivered}
    if not names:
        return
    listed = ", ".join(f'"{name}"' for name in names)
    stands = conn.execute(f"SELECT {listed} FROM {staged.stage} WHERE line = ?", (first,)).fetchone()
    for line in others:
        row = conn.execute(f"SELECT {listed} FROM {staged.stage} WHERE line = ?", (line,)).fetchone()
        apart = [names[column] for column, one, two in zip(names, stands, row, strict=True)
                 if two is not None and two != one and column != "name"]
        if apart:
            staged.notes.append(f"line {line} says another {' and '.join(map(repr, apart))} of its customer than line "
                                f"{first}, whose stands")


def fold_products(conn: sqlite3.Connection, staged: Staged) -> None:
    """Take the lines that are no accounts of their own out of the accounts; their terms stay."""
    conn.executemany(f"DELETE FROM {staged.stage} WHERE line = ?", [(line,) for line in staged.parted])
