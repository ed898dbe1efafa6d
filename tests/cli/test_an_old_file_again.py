"""An export whose name says its day is of that day for good: with a later --as-of it is no new look, and no return."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Cs

BILLED = """invoice_id,account_id,issued_on,due_on,paid_on,amount,currency,status
i1,A1,2026-10-01,2026-10-15,,900,USD,open
"""
SUBSCRIBED = """subscription_id,account_id,plan,amount,currency,interval,started_on,status
s1,A1,Pro,{},USD,month,2026-01-01,active
"""


@pytest.fixture
def desk(workspace: Path, cs: Cs) -> Path:
    exports = workspace / "exports"
    (exports / "accounts-2026-10-05.csv").write_text("account_id,name\nA1,Alder\n")
    (exports / "invoices-2026-10-05.csv").write_text(BILLED)
    (exports / "subscriptions-2026-10-05.csv").write_text(SUBSCRIBED.format(100))
    assert cs("-w", workspace, "import", exports, "--as-of", "2026-10-05").code == 0
    return workspace


def figure(cs: Cs, desk: Path, name: str, day: str) -> Any:
    told = cs("-w", desk, "explain", "Alder", name, "-f", "json", "--as-of", day).json
    return told["sections"]["rows"]["figures"][name]["value"]


@pytest.mark.parametrize("what", ["the folder", "the file"])
def test_old_data_do_not_turn_fresh(cs: Cs, desk: Path, what: str) -> None:
    """The bill was not due when it was exported: whether it is paid nobody can tell, however often it is imported."""
    assert figure(cs, desk, "overdue_days", "2026-11-20") is None
    path = desk / "exports" if what == "the folder" else desk / "exports" / "invoices-2026-10-05.csv"
    again = cs("-w", desk, "import", path, "--as-of", "2026-11-20")
    assert again.code == 0 and "already imported" in again.err
    assert figure(cs, desk, "overdue_days", "2026-11-20") is None
    assert len(cs("-w", desk, "imports", "list", "-f", "json").json) == 3
    assert "2026-11-20" not in cs("-w", desk, "today", "--as-of", "2026-11-20").out.partition("\n")[0]


def test_an_older_state_does_not_come_back(cs: Cs, desk: Path) -> None:
    (desk / "exports" / "subscriptions-2026-10-12.csv").write_text(SUBSCRIBED.format(150))
    for day in ("2026-10-12", "2026-10-19", "2026-10-26"):
        assert cs("-w", desk, "import", desk / "exports", "--as-of", day).code == 0
        assert figure(cs, desk, "mrr", day) == 150
    assert len(cs("-w", desk, "imports", "list", "-f", "json").json) == 4


def test_a_file_without_a_day_in_its_name_is_still_a_look(cs: Cs, desk: Path) -> None:
    path = desk / "invoices.csv"
    path.write_text(BILLED.replace("i1", "i2"))
    assert cs("-w", desk, "import", path, "--as-of", "2026-10-06").code == 0
    path.write_text(BILLED.replace("i1", "i2"))  # exported again, unchanged
    assert cs("-w", desk, "import", path, "--as-of", "2026-11-20").code == 0
    assert figure(cs, desk, "overdue_days", "2026-11-20") == 36
