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


def test_a_last_word_that_is_shorter_than_all_others_is_no_cut(cs: Cs, workspace: Path) -> None:
    """FALSE, FALSE, FALSE, TRUE without a line end is a whole file; FALSE, FALSE, FALSE, FAL is not."""
    rows = ["account_id,name,tax_exempt", *(f"A{n},Firm {n},FALSE" for n in range(1, 6))]
    path = workspace / "exports" / "accounts.csv"
    path.write_text("\n".join([*rows, "A6,Firm 6,FAL"]))
    cut = cs("-w", workspace, "import", path)
    assert cut.code == 10
    assert "error[IMP-035]" in cut.err and "end its last line with a line end" in cut.err
    path.write_text("\n".join([*rows, "A6,Firm 6,TRUE"]))
    whole = cs("-w", workspace, "import", path)
    assert whole.code == 0, whole.err
    assert "6 added" in whole.err
    assert "the last line has no line end" in whole.err


def test_payments_that_read_alike_but_are_not_the_same_row_all_count(cs: Cs, workspace: Path) -> None:
    """Without the payment's id the row is the key: four payments of a day are four, a row twice in the file is one."""
    head = "Created (UTC),Amount,Currency,Captured,Status,Customer ID,Card ID"
    rows = [
        "2026-05-01 10:00,49.00,usd,true,Paid,cus_1,Seat for Ann",
        "2026-05-01 10:00,49.00,usd,true,Paid,cus_1,Seat for Bob",
        "2026-05-01 11:00,49.00,usd,true,Paid,cus_1,Seat for Cy",
        "2026-05-01 14:00,49.00,usd,true,Paid,cus_1,Seat for Di",
    ]
    path = workspace / "exports" / "payments.csv"
    path.write_text("\n".join([head, *rows, rows[0]]) + "\n")
    first = cs("-w", workspace, "import", path)
    assert first.code == 0, first.err
    assert "4 added, 0 changed, 1 unchanged" in first.err
    assert "3 rows read like another and count apart: columns that are not read differ" in first.err
    path.write_bytes("\r\n".join([head, *reversed(rows), ""]).encode("utf-16"))
    again = cs("-w", workspace, "import", path)
    assert again.code == 0, again.err
    assert "0 added, 0 changed, 4 unchanged" in again.err
    path.write_text("\n".join([head, *rows, "2026-05-01 18:00,49.00,usd,true,Paid,cus_1,Seat for Ed"]) + "\n")
    later = cs("-w", workspace, "import", path)
    assert later.code == 0, later.err
    assert "1 added, 0 changed, 4 unchanged" in later.err
