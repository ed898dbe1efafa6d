"""What an import takes as a row, told from what it imported and what it set aside."""

from __future__ import annotations

from pathlib import Path

from tests.conftest import Cs


def test_two_short_lines_that_add_up_to_one_row_are_none(cs: Cs, workspace: Path) -> None:
    firms = [f"A{n},Firm {n},firm{n}.example" for n in range(1, 3_001)]
    path = workspace / "exports" / "accounts.csv"
    path.write_text("\n".join(["account_id,name,domain", *firms[:1_500], "A9001", "A9002", *firms[1_500:]]) + "\n")
    result = cs("-w", workspace, "import", path)
    assert result.code == 3
    assert "3,000 added" in result.err
    assert "2 set aside" in result.err
    assert "accounts.csv:1502" in result.err
    listed = cs("-w", workspace, "accounts", "list", "--all", "-f", "json").json
    assert {row["account_id"] for row in listed} == {f"A{n}" for n in range(1, 3_001)}
