"""What the stage of a CRM's list says of the prices beside it: a lead pays none, and a customer's is owed."""

from __future__ import annotations

import re
import sqlite3
from typing import TYPE_CHECKING

from cs_cli.intake.subscriptions import column_of
from cs_cli.store.dialect import expand

if TYPE_CHECKING:
    from cs_cli.intake.stage import Staged

SHOWN = 3
PRICES = {"total", "mrr", "term_total"}
# "Customer - Direct" of Salesforce too; "Former customer" and "Customer success" are none
_CUSTOMER = re.compile(
    r"(?:active |paying )?(?:customer|client|kunde|bestandskunde|cliente|klant)s?(?:\s*[-–(/].*)?|evangelist",
    re.IGNORECASE,
)


def say_unpaid(conn: sqlite3.Connection, child: Staged, *, gone: bool = True) -> None:
    """Says whose prices do not count, because the list calls them no customers, or says that they rest or try.
    gone: also of those who left."""
    prices = sorted(PRICES & set(child.delivered))
    if "status" not in child.delivered or not prices:
        return
    header = next(f.header for f in child.plan.fields if f.column == "status")
    price = f"coalesce({', '.join([*(column_of(child, 's', name) for name in prices), 'NULL'])})"
    for states, what in (
        (("unbegun", "over") if gone else ("unbegun",), "are no customers"), (("paused",), "rest"), (("trial",), "try"),
    ):  # fmt: skip
        condition = " OR ".join(f"@is_{state}_subscription(s.status)" for state in states)
        unpaid = [line for (line,) in conn.execute(
            expand(f"SELECT s.line FROM {child.stage} AS s WHERE ({condition}) AND {price} > 0 ORDER BY s.n")
        )]
        if unpaid:
            child.notes.append(
                f"{header!r} says that they {what} in {_lines(unpaid)}: the price there does not count"
            )


def settle_stages(conn: sqlite3.Connection, staged: Staged, child: Staged) -> None:
    """As say_unpaid; and makes the price of whom a CRM's list calls a customer, and that is not there, unknown and not
    none. Only where the file has a column of prices."""
    say_unpaid(conn, child)
    if "status" not in child.delivered or not PRICES & set(child.delivered):
        return
    header = next(f.header for f in child.plan.fields if f.column == "status")
    owed = [(n, name) for n, name, stage in conn.execute(
        f"SELECT n, name, stage FROM {staged.stage} WHERE stage IS NOT NULL "
        f"AND line NOT IN (SELECT line FROM {child.stage}) ORDER BY n"
    ).fetchall() if _CUSTOMER.fullmatch(" ".join(stage.split()))]
    part = next(at for at, one in enumerate(staged.plan.also) if one.part.kind == child.source.kind)
    link = "line, key, ext, hint_domain, hint_name, ref"
    conn.executemany(
        f"INSERT INTO {child.stage} ({link}, part, status) SELECT {link}, ?, 'active' FROM {staged.stage} WHERE n = ?",
        ((part, n) for n, _ in owed),
    )
    if owed:
        names = ", ".join(str(name) for _, name in owed[:SHOWN])
        more = f" and {len(owed) - SHOWN:,} more" if owed[SHOWN:] else ""
        child.notes.append(f"{header!r} calls them customers, and no price is there, so ARR unknown: {names}{more}")


def leave_unpriced(conn: sqlite3.Connection, child: Staged, lines: list[int]) -> None:
    """Rows whose year's price and month's price contradict each other: what they pay is unknown, the account stays."""
    arr, mrr = (next(f.header for f in child.plan.fields if f.column == name) for name in ("total", "mrr"))
    conn.executemany(f"UPDATE {child.stage} SET total = NULL, mrr = NULL WHERE line = ?", ((line,) for line in lines))
    if lines:
        child.notes.append(
            f"{mrr!r} is not a twelfth of {arr!r} in {_lines(lines)}: what they pay is unknown"
        )


def _lines(lines: list[int]) -> str:
    more = f" and {len(lines) - SHOWN:,} more" if lines[SHOWN:] else ""
    return f"line{'s' * (len(lines) > 1)} {', '.join(map(str, lines[:SHOWN]))}{more}"
