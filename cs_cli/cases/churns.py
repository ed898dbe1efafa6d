"""When accounts stopped paying: what a case is judged by afterwards."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import TYPE_CHECKING

from cs_cli.facts.spans import build_spans
from cs_cli.store.clock import set_clock

if TYPE_CHECKING:
    import sqlite3

    from cs_cli.definitions.workspace import Definitions


def churn_days(conn: sqlite3.Connection, definitions: Definitions, until: date) -> dict[int, list[date]]:
    """account → the days up to `until` on which it went from paying to not paying."""
    set_clock(conn, until)
    build_spans(conn, definitions.settings, until, definitions.metrics.mrr_from)
    spans: dict[int, list[tuple[str, str]]] = {}
    for account, start, end in conn.execute(
        "SELECT account, from_on, COALESCE(to_on, '9999-12-31') FROM mrr_span WHERE minor > 0 "
        "ORDER BY account, from_on, to_on"
    ):
        spans.setdefault(account, []).append((start, end))
    return {account: days for account, own in spans.items() if (days := list(_gaps(own, until.isoformat())))}


def _gaps(spans: list[tuple[str, str]], until: str) -> Iterator[date]:
    """The ends of the stretches that the spans cover together; spans come sorted by their start."""
    covered = spans[0][1]
    for start, end in spans[1:]:
        if start > covered:
            yield date.fromisoformat(covered)
        covered = max(covered, end)
    if covered <= until:
        yield date.fromisoformat(covered)
