"""The truth of a day in the database: its facts, segments and health, and what playbooks say of them."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from cs_cli.cases.truth import needs, read_truth

if TYPE_CHECKING:
    import sqlite3

    from cs_cli.cases.model import Memory, Truth
    from cs_cli.cases.rules import Rule
    from cs_cli.definitions.workspace import Definitions


def day_truth(
    conn: sqlite3.Connection,
    definitions: Definitions,
    rules: list[Rule],
    memory: Memory,
    day: date,
    known_at: date | None,
    *,
    whole: bool = True,
    trends: bool = True,
) -> tuple[Truth, Any]:
    """The day's facts, segments and health, and the truth in them; also the score cache's key.

    whole=False builds only what these rules need; so does a company too large to keep everything.
    trends=False leaves out the thirteen weeks before, which no rule reads.
    """
    from cs_cli.facts.contracts import build_contract_facts
    from cs_cli.scoring.desk import build_desk, run_need

    need = run_need(conn, needs(rules)) if whole else needs(rules)
    everything = need == "all"
    key = build_desk(conn, definitions, day, known_at, need=need, measures=everything, trends=trends and everything)
    if any(rule.subject == "contract" for rule in rules):
        build_contract_facts(conn, definitions.settings, day, mrr_from=definitions.metrics.mrr_from)
    return read_truth(conn, rules, memory), key
