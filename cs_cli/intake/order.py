"""An export of which nobody said the day, and that is older than what is known: it would bring old values back."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from cs_cli.base.errors import Fault, GuardStopped
from cs_cli.intake.again import again
from cs_cli.intake.results import ImportOptions, ImportResult
from cs_cli.intake.snapshots import Snapshot
from cs_cli.intake.stage import Staged
from cs_cli.store.dialect import expand
from cs_cli.store.kinds import KINDS

Back = tuple[int | None, str, str, str, str]
# days that go on from one export to the next
GOES_ON = (
    ("last_activity_on", "the last activity"), ("renews_on", "the end of the period"),
    ("period_starts_on", "the start of the period"),
)
GO_BACK_SHARE = 9  # a tenth of the rows that moved, and more, went back
ROWS_SHOWN = 10
CORRECTED_LEAST = 2  # one row that goes back in a file written since is a correction


def check_order(
    conn: sqlite3.Connection, staged: Staged, result: ImportResult, options: ImportOptions, among: Sequence[Snapshot]
) -> None:
    """An export of which nobody said the day, and in which states go back and none goes on, is an older one.

    Raises GuardStopped IMP-232 with the rows that go back.
    """
    if options.yes or not among or staged.spoken.said or staged.source.kind == "usage" or staged.written is not None:
        return
    back = _going_back(conn, staged, among[-1])
    if not back:
        return
    last = among[-1]
    day = f" (its rows tell of {staged.spoken.proven})" if "" < staged.spoken.proven < last.day else ""
    expected = f"as #{last.number} ({last.file}, {last.day}) has it, or later"
    faults = [
        Fault("IMP-232", f"{what}: from {old}", file=result.file, line=line, name=key, value=new, expected=expected)
        for line, key, what, old, new in back[:ROWS_SHOWN]
    ]
    more = f"{len(back) - ROWS_SHOWN:,} more rows go back; " if len(back) > ROWS_SHOWN else ""
    dated = again(options, result.file, "--as-of DAY")
    raise GuardStopped(
        faults, next=f"{more}if it is older: {dated}{day} lays it into the past and leaves today as it is; "
        "if it is the newest: --yes"
    )


def _going_back(conn: sqlite3.Connection, staged: Staged, last: Snapshot) -> list[Back]:
    """(line, key, what, old, new) of rows that go back, where none goes on; none when the file is newer."""
    kind, have, day = staged.source.kind, set(staged.delivered), staged.spoken.day
    back: list[Back] = []
    for column, what in GOES_ON:
        if column not in have or column not in KINDS[kind]:
            continue
        rows = conn.execute(
            f'SELECT s.line, s.key, c."{column}", s."{column}" FROM {staged.stage} AS s JOIN {kind} AS c '
            f'ON c.source = ? AND c.key = s.key AND c.retired_by IS NULL WHERE s."{column}" <> c."{column}" '
            "ORDER BY s.n",
            (staged.source.source,),
        ).fetchall()
        older = [(line, key, f"{what} goes back", old, new) for line, key, old, new in rows if new < old]
        if len(older) * GO_BACK_SHARE <= len(rows) - len(older):
            if len(rows) > len(older):
                return []  # rows that go on: what goes back is a correction
            continue
        back += older
    if kind != "subscription" or not {"status", "ended_on"} & have:
        return [] if _newer(staged, last) and len(back) < CORRECTED_LEAST else back
    over, was_over = (
        " OR ".join([f"{alias}.ended_on <= :day"] * (alias == "c" or "ended_on" in have)
                    + [expand(f"@is_over_subscription({alias}.status)")] * (alias == "c" or "status" in have))
        for alias in ("s", "c")
    )
    again = conn.execute(
        f"SELECT s.line, s.key, coalesce(c.ended_on, c.cancelled_on, '') FROM {staged.stage} AS s "
        "JOIN subscription AS c ON c.source = :source AND c.key = s.key AND c.retired_by IS NULL "
        f"WHERE ({was_over}) AND NOT coalesce(({over}), 0) ORDER BY s.n", {"source": staged.source.source, "day": day},
    ).fetchall()
    if _newer(staged, last) and (not back or len(back) + len(again) < CORRECTED_LEAST):
        return []
    return back + [
        (line, key, "it had ended and runs again", f"ended {end}".strip(), "running") for line, key, end in again
    ]


def _newer(staged: Staged, last: Snapshot) -> bool:
    """Was the file written after the last one had been imported, on a later day?"""
    written = staged.spoken.time
    return staged.spoken.day > last.day and written is not None and written[:19] >= last.at[:19]
