"""`cs contracts list|set` as a person uses it, and what `--lint` finds."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from cs_cli.scoring.cache import clear
from cs_cli.store.connection import open_database, transaction
from tests.conftest import Cs

ACCOUNTS = "account_id,name,domain\n" + "".join(f"A{n},Company {n},c{n}.example\n" for n in range(1, 8))
CONTRACTS = (
    "contract_id,account_id,start,end,notice_days,auto_renew,amount,currency,uplift\n"
    "C1,A1,2025-09-01,2026-09-01,30,false,12000,USD,\n"
    "C2a,A2,2024-09-01,2025-09-01,30,false,12000,USD,\n"  # A2: a gap of a month
    "C2b,A2,2025-10-01,2026-10-01,30,false,12000,USD,\n"
    "C3a,A3,2025-09-01,2026-09-01,30,false,12000,USD,\n"  # A3: half a year of both
    "C3b,A3,2026-03-01,2027-03-01,30,false,12000,USD,\n"
    "C4,A4,2025-09-01,2026-09-01,,true,12000,USD,\n"  # A4: renews itself, no notice
    "C5,A5,2025-05-01,2026-05-01,30,false,12000,USD,\n"  # A5: past its end
    "C6,A6,2025-09-01,2026-09-01,30,false,12000,USD,\n"  # A6: billing says otherwise
)
SUBSCRIPTIONS = (
    "subscription_id,account_id,plan,quantity,amount,currency,interval,started_on,renews_on,status\n"
    "S6,A6,pro,1,15000,USD,year,2024-12-01,2026-12-01,active\n"
    "S7,A7,pro,1,9000,USD,year,2025-10-01,2026-10-01,active\n"
    "S7b,A7,extra,1,1200,USD,year,2025-11-01,2026-11-01,active\n"
    "S1,A1,pro,1,12000,USD,year,2025-09-01,2026-09-01,active\n"
)


@pytest.fixture
def desk(workspace: Path, cs: Cs) -> Path:
    for name, text in (("a.csv", ACCOUNTS), ("c.csv", CONTRACTS), ("s.csv", SUBSCRIPTIONS)):
        (workspace / "exports" / name).write_text(text)
        done = cs("-w", workspace, "import", workspace / "exports" / name)
        assert done.code == 0, done.err
    return workspace


def listed(cs: Cs, desk: Path, *words: object) -> dict[str, dict[str, Any]]:
    done = cs("-w", desk, "contracts", "list", "-f", "json", *words)
    assert done.code == 0, done.err
    return {row["contract"]: row for row in done.json}


def undo(cs: Cs, desk: Path, err: str) -> None:
    number = err.split("#", 1)[1].split(" ", 1)[0]
    done = cs("-w", desk, "imports", "undo", number)
    assert done.code == 0, done.err


def test_what_is_wrong_and_only_that(cs: Cs, desk: Path) -> None:
    done = cs("-w", desk, "contracts", "list", "--lint", "-f", "json")
    assert done.code == 1
    found = {(row["account_id"], row["contract"], row["check"]) for row in done.json}
    assert found == {
        ("A2", "C2a", "gap between terms"),
        ("A3", "C3a", "terms that overlap"),
        ("A4", "C4", "renews by itself, no notice period known"),
        ("A5", "C5", "past its end with no decision"),
        ("A6", "C6", "CRM and billing disagree on the end"),
        ("A6", "C6", "CRM and billing disagree on the amount"),
    }
    assert all(row["next"] for row in done.json)
    texts = {row["check"]: row["finding"] for row in done.json}
    assert texts["gap between terms"] == "ended on 2025-09-01, and C2b starts on 2025-10-01, 30 days later"
    assert texts["CRM and billing disagree on the amount"] == "cs_contract says 12,000 a year, billing 15,000"


def test_a_hand_settles_what_was_found(cs: Cs, desk: Path) -> None:
    for words in (
        ("A2", "--contract", "C2b", "--starts", "2025-09-01"),
        ("A3", "--contract", "C3a", "--ends", "2026-03-01"),
        ("A4", "--notice-days", "30"),
        ("A6", "--ends", "2026-12-01"),
    ):
        done = cs("-w", desk, "contracts", "set", *words)
        assert done.code == 0, done.err
    assert cs("-w", desk, "renewals", "close", "A5", "--outcome", "renewed").code == 0
    done = cs("-w", desk, "contracts", "list", "--lint", "-f", "json")
    assert (done.code, done.json) == (0, [])


def test_a_hand_wins_column_by_column_survives_imports_and_can_be_taken_back(cs: Cs, desk: Path) -> None:
    before = listed(cs, desk, "A1")
    done = cs("-w", desk, "contracts", "set", "A1", "--notice-days", 60, "--uplift", "5%", "--auto-renew")
    assert done.code == 0, done.err
    row = listed(cs, desk, "A1")["C1"]
    assert (row["notice_date"], row["uplift"], row["auto_renew"], row["expected"]) == ("2026-07-03", 0.05, True, 12_600)
    assert (row["end_on"], row["arr"], row["by_hand"]) == ("2026-09-01", 12_000, "notice_days, auto_renew, uplift")
    # the CRM moves the end and says another notice: the end follows, the notice stays
    (desk / "exports" / "again.csv").write_text(
        CONTRACTS.replace("C1,A1,2025-09-01,2026-09-01,30", "C1,A1,2025-09-01,2026-09-15,10")
    )
    assert cs("-w", desk, "import", desk / "exports" / "again.csv").code == 0
    row = listed(cs, desk, "A1")["C1"]
    assert (row["end_on"], row["notice_days"]) == ("2026-09-15", 60)
    undo(cs, desk, done.err)
    row = listed(cs, desk, "A1")["C1"]
    assert (row["end_on"], row["notice_days"], row["by_hand"]) == ("2026-09-15", 10, None)
    assert before["C1"]["notice_days"] == 30


def test_it_is_shown_where_it_comes_from(cs: Cs, desk: Path) -> None:
    assert cs("-w", desk, "contracts", "set", "A1", "--notice-days", 60).code == 0
    done = cs("-w", desk, "explain", "A1", "notice_date")
    assert done.code == 0, done.err
    assert "2026-07-03" in done.out and "entered by hand" in done.out and "notice_days 60" in done.out


def test_which_one_must_be_said(cs: Cs, desk: Path) -> None:
    done = cs("-w", desk, "contracts", "set", "A7", "--notice-days", 30)
    assert (done.code, "REV-001" in done.err, "S7b" in done.err) == (2, True, True)
    assert cs("-w", desk, "contracts", "set", "A7", "--notice-days", 30, "--contract", "S7b").code == 0
    found = listed(cs, desk, "A7")
    assert (found["S7"]["notice_days"], found["S7b"]["notice_days"]) == (None, 30)


def test_a_new_contract_by_hand(cs: Cs, desk: Path) -> None:
    refused = cs("-w", desk, "contracts", "set", "A1", "--contract", "NEW", "--notice-days", 30)
    assert (refused.code, "REV-007" in refused.err) == (2, True)
    done = cs(
        "-w",
        desk,
        "contracts",
        "set",
        "A1",
        "--contract",
        "NEW",
        "--starts",
        "2026-02-01",
        "--ends",
        "2027-02-01",
        "--amount",
        "2400",
        "--currency",
        "usd",
    )
    assert done.code == 0, done.err
    assert listed(cs, desk, "A1")["NEW"]["arr"] == 2400
    other = cs("-w", desk, "contracts", "set", "A4", "--contract", "NEW", "--ends", "2027-02-01")
    assert (other.code, "REV-008" in other.err) == (2, True)


@pytest.mark.parametrize(("words", "ident"), [
    ((), "REV-003"),
    (("--ends", "2025-01-01", "--starts", "2025-02-01"), "REV-004"),
    (("--ends", "2025-08-31"), "REV-004"),  # before it began, by what the CRM says
    (("--ends", "2026-02-30"), "USE-002"),
    (("--ends", "soon"), "USE-001"),
    (("--notice-days", "-1"), "REV-005"),
    (("--amount", "12,000"), "REV-005"),
    (("--amount", "NaN"), "REV-005"),
    (("--amount", "-5"), "REV-005"),
    (("--amount", "5", "--currency", "EURO"), "REV-006"),
    (("--currency", "EUR"), "REV-006"),
    (("--uplift", "5"), "REV-005"),
])  # fmt: skip
def test_what_cannot_be_is_refused_and_nothing_changes(cs: Cs, desk: Path, words: tuple[str, ...], ident: str) -> None:
    before = listed(cs, desk)
    done = cs("-w", desk, "contracts", "set", "A1", *words)
    assert (done.code, ident in done.err) == (2, True), done.err
    assert listed(cs, desk) == before


def test_terms_are_those_of_the_day_though_a_band_was_looked_up_on_earlier_mondays(cs: Cs, demo_once: Path) -> None:
    renewals = cs("-w", demo_once, "renewals", "list", "--within", "3660", "-f", "json").json
    ends = {row["contract"]: row["renewal_date"] for row in renewals}
    rows = cs("-w", demo_once, "contracts", "list", "-f", "json").json
    assert {row["contract"]: row["end_on"] for row in rows if row["state"] != "rolling"} == ends
    assert {row["account_id"] for row in rows} >= {row["account_id"] for row in renewals}


def test_a_moved_subscription_is_worth_what_is_paid_for_it_alone(cs: Cs, desk: Path) -> None:
    assert cs("-w", desk, "contracts", "set", "A7", "--contract", "S7", "--ends", "2027-01-31").code == 0
    found = cs("-w", desk, "renewals", "list", "--within", "3660", "-f", "json").json
    arr = {row["contract"]: row["arr"] for row in found if row["account_id"] == "A7"}
    assert arr == {"S7": 9000, "S7b": 1200}
    assert listed(cs, desk, "A7")["S7"]["arr"] == 9000


def test_ends_that_are_the_last_of_a_month_stay_that(cs: Cs, workspace: Path) -> None:
    head = "contract_id,account_id,start,end,notice_days,auto_renew,amount,currency\n"
    (workspace / "exports" / "a.csv").write_text(ACCOUNTS)
    (workspace / "exports" / "c.csv").write_text(
        head + "Q,A1,2025-02-01,2025-04-30,30,true,3000,USD\n" + "Y,A2,2023-03-01,2024-02-29,30,true,12000,USD\n"
    )
    for name in ("a.csv", "c.csv"):
        assert cs("-w", workspace, "import", workspace / "exports" / name).code == 0
    found = cs("-w", workspace, "renewals", "list", "--within", "3660", "-f", "json").json
    assert {row["contract"]: row["renewal_date"] for row in found} == {"Q": "2026-07-31", "Y": "2027-02-28"}
def test_terms_are_those_of_the_day_whether_or_not_scores_are_kept(demo: Path, cs: Cs) -> None:
    """Bands look back over thirteen weeks; the tables of the last of them must not stand for today's."""
    found = {}
    for kept in (True, False):
        if not kept:
            with transaction(conn := open_database(demo / "cs.db", write=True)):
                clear(conn)
            conn.close()
        rows = cs("-w", demo, "contracts", "list", "-f", "json").json
        renewals = {row["contract"] for row in cs("-w", demo, "renewals", "list", "--within", 3660, "-f", "json").json}
        assert renewals == {row["contract"] for row in rows if row["state"] != "rolling"}
        found[kept] = rows
    assert found[True] == found[False]
    (cobalt,) = [row for row in found[True] if row["name"] == "Cobalt Ridge Mining"]
    assert (cobalt["contract"], cobalt["state"], cobalt["start_on"]) == ("CT-1385-2", "running", "2026-05-27")
