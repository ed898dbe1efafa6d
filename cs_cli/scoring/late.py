"""What late sources last said, for scores: a score keeps the last value of what is late, and says as of when.

A fact of a late kind is unknown, so that no playbook acts on it. A score without it would be another one (another card,
other weights), and a better one as often as not. So cards and segments read, instead of the unknown, the fact as it
last stood: on the last day before it was late. What is said with it is the day that its rows or exports end.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date
from typing import TYPE_CHECKING

import msgspec

from cs_cli.facts.compute import Build, build_account_facts
from cs_cli.facts.lateness import late_facts
from cs_cli.facts.sources import DEFAULT_LIMITS
from cs_cli.scoring.elsewhere import elsewhere

if TYPE_CHECKING:
    import sqlite3

    from cs_cli.definitions.shapes import Settings

NEVER_LATE = 36500


class Late(msgspec.Struct, frozen=True):
    """Late facts, and where their last values stand in SQL (f is account_facts)."""

    as_of: Mapping[str, date]

    @property
    def columns(self) -> dict[str, str]:
        """Fact → its value, else its last one, in place of the plain column."""
        return {name: f'coalesce(f."{name}", {kept(name)})' for name in self.as_of}


def kept(name: str) -> str:
    """The SQL of the last value of a late fact; NULL where there is none."""
    return f'(SELECT k."{name}" FROM temp.late_facts k WHERE k.account = f.account)'


NOTHING = Late({})


def keep(conn: sqlite3.Connection, settings: Settings, build: Build, names: Collection[str], mrr_from: str) -> Late:
    """TEMP TABLE late_facts(account, <late facts>): the values they had before they were late.

    names: the facts that are wanted. Call after they were built on the day; account_facts and what facts leave behind
    stand as before.
    """
    conn.execute("DROP TABLE IF EXISTS temp.late_facts")
    late = late_facts(build, names)
    if not late:
        return NOTHING
    patient = msgspec.structs.replace(
        settings, freshness=settings.freshness | dict.fromkeys([*DEFAULT_LIMITS, *settings.freshness], NEVER_LATE)
    )
    there = {row[1]: row[2] for row in conn.execute("PRAGMA temp.table_info(account_facts)")}
    by_day: dict[date, list[str]] = {}
    for name, (_, seen_on) in late.items():
        by_day.setdefault(seen_on, []).append(name)
    found: dict[int, list[object]] = {account: [] for (account,) in conn.execute("SELECT account FROM temp.population")}
    for day, listed in sorted(by_day.items()):
        with elsewhere(conn, "late"):
            conn.execute("UPDATE temp.clock SET day = ?", (day.isoformat(),))
            build_account_facts(conn, patient, day, set(listed), mrr_from=mrr_from)
            columns = ", ".join(f'"{name}"' for name in listed)
            for account, *values in conn.execute(f"SELECT account, {columns} FROM temp.account_facts"):
                found[account] += values
    in_order = [name for _, listed in sorted(by_day.items()) for name in listed]
    shape = "".join(f', "{name}" {there[name]}' for name in in_order)
    conn.execute(f"CREATE TEMP TABLE late_facts(account INTEGER PRIMARY KEY{shape})")
    marks = ", ?" * len(in_order)
    conn.executemany(f"INSERT INTO temp.late_facts VALUES (?{marks})", ((one, *rest) for one, rest in found.items()))
    return Late({name: as_of for name, (as_of, _) in late.items()})
