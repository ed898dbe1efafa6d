"""Working days in facts: over a table for accounts, one by one for terms, both by cs.yaml."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import msgspec
import pytest

from cs_cli.base.days import WorkCalendar
from cs_cli.definitions.workspace import Workspace, settings_only
from cs_cli.facts.compute import build_account_facts, build_contract_facts
from cs_cli.store.clock import set_clock
from cs_cli.store.connection import open_database

# a Friday before a notice day on Monday, and a holiday in between
DAY, HOLIDAYS = date(2026, 6, 26), ["2026-07-03"]


@pytest.mark.parametrize("holidays", [[], HOLIDAYS])
def test_terms_and_accounts_count_alike(demo_once: Path, holidays: list[str]) -> None:
    conn = open_database(demo_once / "cs.db")
    settings = msgspec.structs.replace(settings_only(Workspace(demo_once)), holidays=holidays)
    calendar = WorkCalendar.of(settings.working_days, map(date.fromisoformat, holidays))
    names = {"contract", "notice_date", "working_days_to_notice", "urgent_ticket_working_days", "name"}
    set_clock(conn, DAY)
    build_account_facts(conn, settings, DAY, names)
    build_contract_facts(conn, settings, DAY)
    by_account = conn.execute("SELECT contract, notice_date, working_days_to_notice FROM account_facts").fetchall()
    by_term = {
        row[0]: row[1:]
        for row in conn.execute("SELECT contract, notice_date, working_days_to_notice FROM contract_facts")
    }
    conn.close()
    told = [(contract, notice, n) for contract, notice, n in by_account if notice is not None and contract in by_term]
    assert len(told) > 20
    for contract, notice, n in told:
        assert by_term[contract] == (notice, n)
        last = date.fromisoformat(notice)
        assert n == (calendar.between(DAY, last) if last >= DAY else -calendar.between(last, DAY))
