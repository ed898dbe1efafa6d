"""A row of a sheet whose status takes its price out of every figure is named: money never goes without a word."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conftest import Cs


@pytest.mark.parametrize(
    ("status", "said"),
    [
        ("On hold", "'Status' says that they rest in line 3: the price there does not count"),
        ("Trial", "'Status' says that they try in line 3: the price there does not count"),
        ("Prospect", "'Status' says that they are no customers in line 3: the price there does not count"),
        ("Churned", "'Status' says that they are no customers in line 3: the price there does not count"),
        ("Active", None),
    ],
)
def test_the_price_of_who_does_not_pay_is_said(cs: Cs, workspace: Path, status: str, said: str | None) -> None:
    path = workspace / "exports" / "book.csv"
    path.write_text(f"Customer,ARR,Renewal date,Status\nA,12000,2027-03-01,Active\nB,2500,2027-03-01,{status}\n")
    done = cs("-w", workspace, "import", path)
    assert done.code == 0, done.err
    if said is None:
        assert "does not count" not in done.err and "14,500" in done.err
    else:
        assert said in done.err and "ARR USD: 0 → 12,000" in done.err
