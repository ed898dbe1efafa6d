"""The demo's exports, read and counted by hand: every fact the starter scorecards use comes out the same."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from cs_cli.commands.desk import open_desk
from cs_cli.facts.compute import build_account_facts
from cs_cli.store.clock import set_clock
from cs_cli.store.connection import rows
from tests.conftest import ROOT, run_cs
from tests.facts.exports import read_demo
from tests.facts.plain_card import CARD, Books, card_facts, recompute

IMPORTED_ON = date(2026, 6, 30)
# Seven weeks of history; a Thursday between two weekly exports, an invoice overdue that was paid later and two
# customers about to leave; the day of the import. The first two lie before the import: facts of a past day go by
# the days in the rows.
AS_OF = (date(2025, 2, 19), date(2026, 3, 12), IMPORTED_ON)
# The sample company writes no pulses down; the cards weigh them, so here are some: a changed mind, two authors on
# one day, one that has expired, one with an end of its own, one from after the day.
PULSES = """account_id,day,who,score,reason,expires
8834501200,2026-06-01,Mara Lindqvist,5,keen,
8834501200,2026-06-20,Priya Nair,3,price,
8834501237,2026-06-25,Mara Lindqvist,2,quiet,
8834501237,2026-06-25,Priya Nair,4,nice call,
8834501274,2026-05-10,Mara Lindqvist,4,fine,
8834501274,2026-06-10,mara lindqvist,1,furious,2026-06-12
8834501311,2026-05-16,Mara Lindqvist,2,late reply,
8834501348,2026-05-15,Mara Lindqvist,4,one day too old,
8834501385,2026-02-20,Mara Lindqvist,1,budget,
8834501422,2025-01-15,Mara Lindqvist,3,new,2026-12-31
8834501459,2025-02-19,Mara Lindqvist,5,on the day,
"""

Facts = dict[tuple[date, str], dict[str, Any]]


@pytest.fixture(scope="module")
def books() -> Books:
    return read_demo(ROOT / "sample_data" / "2026-06", IMPORTED_ON, PULSES)


@pytest.fixture(scope="module")
def found(demo_once: Path, tmp_path_factory: pytest.TempPathFactory) -> Facts:
    """(day, account) → the facts of the cards as the program has them."""
    folder = tmp_path_factory.mktemp("recomputed") / "demo"
    shutil.copytree(demo_once, folder)
    file = folder.parent / "pulses.csv"
    file.write_text(PULSES, encoding="utf-8")
    imported = run_cs("import", file, "-w", folder)
    assert imported.code == 0, imported.err
    told: Facts = {}
    with open_desk(folder) as desk:
        for day in AS_OF:
            set_clock(desk.conn, day)
            build_account_facts(desk.conn, desk.settings, day, set(CARD))
            for row in rows(desk.conn, "SELECT * FROM account_facts"):
                told[day, row["account_id"]] = row
    return told


def test_every_fact_of_the_starter_cards_has_a_recomputation() -> None:
    assert card_facts(ROOT / "cs_cli" / "starter") <= set(CARD)


@pytest.mark.parametrize("day", AS_OF, ids=str)
def test_the_demo_by_hand(found: Facts, books: Books, day: date) -> None:
    names = [name for on, name in found if on == day]
    assert len(names) == len(books.companies) == 80
    wrong = []
    for name in names:
        for fact, expected in recompute(books, name, day).items():
            got = found[day, name][fact]
            if got != (pytest.approx(expected, abs=1e-9) if isinstance(expected, float) else expected):
                wrong.append(f"{name} {fact}: {got}, by hand {expected}")
    assert not wrong


def test_the_comparison_has_something_to_compare(found: Facts) -> None:
    """A fact that is the same for everybody would agree with anything."""
    for fact in CARD:
        values = {row[fact] for row in found.values()}
        assert len(values) >= 2, fact
    # and unknown is among them where a customer can be without the data
    for fact in ("pulse", "nps_latest", "usage_28d", "human_vs_usual", "last_seen_days", "seat_utilisation"):
        assert any(row[fact] is None for row in found.values()), fact
    # what was so on a past day and is over by the import
    for fact in ("cancel_requested", "overdue_days"):
        assert any(row[fact] and not found[IMPORTED_ON, name][fact] for (day, name), row in found.items()), fact
