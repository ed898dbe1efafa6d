"""Several rows of one customer in a kept sheet: each product is a term of its own, and no money is lost."""

from __future__ import annotations

from pathlib import Path

from tests.cli.test_customer_book import ask
from tests.conftest import Cs

HEAD = "Customer,Product,ARR,Renewal date,CSM,Health,Seats used\n"
REST = "Lune,Solo,12600,2027-01-15,Bob,,\nOrt,Solo,9000,2027-05-15,Bob,,\nRand,Solo,7000,2027-05-15,Bob,,\n"


def money(cs: Cs, workspace: Path) -> dict[str, float]:
    return {one["name"]: one["arr"] for one in cs("accounts", "list", "--all", "-f", "json", cwd=workspace).json}


def keys(workspace: Path) -> list[tuple[str, str, int]]:
    found = ask(workspace, "SELECT key, product, arr FROM subscription WHERE retired_by IS NULL ORDER BY key")
    return [row for row in found if row[0].startswith("Norden")]


def test_two_products_are_two_terms_of_one_account(cs: Cs, workspace: Path) -> None:
    (workspace / "book.csv").write_text(
        f"{HEAD}Norden,Team,48000,2027-03-31,Ann,green,4\nNorden,API,12000,2027-06-30,Eva,red,3\n{REST}"
    )
    done = cs("import", "book.csv", cwd=workspace)
    assert done.code == 0 and "each of another product, are its terms: Norden (lines 2, 3)" in done.err, done.err
    assert "line 3 says another 'CSM' of its customer than line 2, whose stands" in done.err
    assert money(cs, workspace) == {"Norden": 60000, "Lune": 12600, "Ort": 9000, "Rand": 7000}
    due = cs("renewals", "list", "--within", "500", "-f", "json", cwd=workspace).json
    assert sorted(one["renewal_date"] for one in due if one["name"] == "Norden") == ["2027-03-31", "2027-06-30"]
    assert ask(workspace, "SELECT score FROM pulse") == [(1,)] and ask(workspace, "SELECT value FROM usage") == [(7.0,)]


def test_the_order_of_rows_and_a_product_more_or_less_change_nothing_else(cs: Cs, workspace: Path) -> None:
    team, api = "Norden,Team,48000,2027-03-31,Ann,,\n", "Norden,API,12000,2027-06-30,Ann,,\n"
    sheets = {"2026-11-02": team, "2026-11-09": api + team, "2026-11-16": team + api, "2026-11-23": api}
    for day, rows in sheets.items():
        (workspace / "book.csv").write_text(f"{HEAD}{rows}{REST}")
        done = cs("import", "book.csv", "--as-of", day, cwd=workspace)
        assert done.code == 0, done.err
        if day == "2026-11-16":
            assert "subscription: 0 added, 0 changed, 5 unchanged" in done.err, done.err
    assert keys(workspace) == [("Norden", "Team", 4800000), ("Norden|api", "API", 1200000)]
    assert "is not in this file: still counted" in done.err, done.err


def test_an_upgrade_of_the_only_product_is_the_same_term(cs: Cs, workspace: Path) -> None:
    for day, product, arr in (("2026-11-02", "Team", 48000), ("2026-11-09", "Enterprise", 60000)):
        (workspace / "book.csv").write_text(f"{HEAD}Norden,{product},{arr},2027-03-31,Ann,,\n{REST}")
        assert cs("import", "book.csv", "--as-of", day, cwd=workspace).code == 0
    assert keys(workspace) == [("Norden", "Enterprise", 6000000)]


def test_rows_that_nothing_tells_apart_are_set_aside_with_their_reason(cs: Cs, workspace: Path) -> None:
    (workspace / "book.csv").write_text(
        f"{HEAD}Norden,Team,48000,2027-03-31,Ann,,\nNorden,Team,12000,2027-06-30,Ann,,\n{REST}"
    )
    done = cs("import", "book.csv", cwd=workspace)
    assert done.code == 3 and "IMP-215" in done.err and "lines 2 and 3" in done.err, done.err
    assert "Norden" not in money(cs, workspace)
    fixed = (workspace / "rejects" / "1.csv").read_text().replace("Norden,Team,12000", "Norden,API,12000")
    (workspace / "rejects" / "1.csv").write_text(fixed)
    assert cs("import", "rejects/1.csv", cwd=workspace).code == 0
    assert money(cs, workspace)["Norden"] == 60000


def test_orders_of_several_products_are_no_terms(cs: Cs, workspace: Path) -> None:
    (workspace / "orders.csv").write_text(
        "Customer,Product,Price,Owner\nA,Team,10,Ann\nA,API,20,Ann\nB,Team,10,Ann\nB,API,20,Ann\nC,Team,10,Ann\n"
    )
    refused = cs("import", "orders.csv", cwd=workspace)
    assert refused.code == 10 and "IMP-260" in refused.err, refused.err


def test_one_name_beside_two_ids_is_said(cs: Cs, workspace: Path) -> None:
    (workspace / "book.csv").write_text(
        "ID,Customer,Product,ARR,CSM\nK-1,Norden,Team,1000,Ann\nK-2,Norden,API,200,Ann\nK-3,Lune,Team,500,Ann\n"
    )
    done = cs("import", "book.csv", cwd=workspace)
    assert done.code == 0 and "several customers: Norden (2 ids)" in done.err, done.err
