"""What a second file says of a subscription of 100 a month since 2025: the present changes, the past stands."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Cs

HEAD = (
    "subscription_id,account_id,plan,quantity,amount,currency,interval,started_on,ended_on,status,"
    "trial_starts_on,trial_ends_on\n"
)
ROW = "S1,A1,pro,1,100.00,USD,month,2025-01-01,,active,,\n"
FREE_MONTH = ROW.replace("active,,", "trialing,2026-06-01,2026-07-01")
KINDS = ("expansion", "contraction", "churn", "reactivation", "unknown", "end_mrr", "customers")

# what the files say, each with the day it speaks for → what May to October 2026 show that is not the month before's
CASES: dict[str, tuple[list[tuple[str, str]], dict[str, dict[str, float]]]] = {
    "a free month is a pause, and goes on when it ends": (
        [("2026-05-31", ROW), ("2026-06-05", FREE_MONTH)],
        {"2026-06": {"contraction": 100, "end_mrr": 0}, "2026-07": {"expansion": 100, "end_mrr": 100}},
    ),
    "and so when a third file says it": (
        [("2026-05-31", ROW), ("2026-06-05", FREE_MONTH), ("2026-07-03", FREE_MONTH.replace("trialing", "active"))],
        {"2026-06": {"contraction": 100, "end_mrr": 0}, "2026-07": {"expansion": 100, "end_mrr": 100}},
    ),
    "and so when no file saw it": (
        [("2026-05-31", ROW), ("2026-07-05", FREE_MONTH.replace("trialing", "active"))],
        {"2026-06": {"contraction": 100, "end_mrr": 0}, "2026-07": {"expansion": 100, "end_mrr": 100}},
    ),
    "and with another price after it": (
        [("2026-05-31", ROW), ("2026-07-05", FREE_MONTH.replace("trialing", "active").replace("100.00", "150.00"))],
        {"2026-06": {"contraction": 100, "end_mrr": 0}, "2026-07": {"expansion": 150, "end_mrr": 150}},
    ),
    "and when the first file shows it": (
        [("2026-06-05", FREE_MONTH)],
        {"2026-06": {"contraction": 100, "end_mrr": 0}, "2026-07": {"expansion": 100, "end_mrr": 100}},
    ),
    "and when the first file comes after it": (
        [("2026-07-05", FREE_MONTH.replace("trialing", "active"))],
        {"2026-06": {"contraction": 100, "end_mrr": 0}, "2026-07": {"expansion": 100, "end_mrr": 100}},
    ),
    "and when a price follows the first file": (
        [("2026-07-05", FREE_MONTH.replace("trialing", "active")),
         ("2026-09-05", FREE_MONTH.replace("trialing", "active").replace("100.00", "150.00"))],
        {"2026-06": {"contraction": 100, "end_mrr": 0}, "2026-07": {"expansion": 100, "end_mrr": 100},
         "2026-09": {"expansion": 50, "end_mrr": 150}},
    ),
    "an end without any day": (
        [("2026-05-31", ROW), ("2026-06-05", ROW.replace("active", "canceled")),
         ("2026-07-05", ROW.replace("active", "canceled"))],
        {"2026-06": {"churn": 100, "end_mrr": 0, "customers": 0}},
    ),
    "a currency without a rate": (
        [("2026-05-31", ROW), ("2026-06-05", ROW.replace("USD", "EUR"))],
        {"2026-06": {"unknown": -100, "end_mrr": 0}},
    ),
    "an end that is taken back after it": (
        [("2026-05-31", ROW), ("2026-06-05", ROW.replace("01-01,,", "01-01,2026-06-10,")), ("2026-09-05", ROW)],
        {"2026-06": {"churn": 100, "end_mrr": 0, "customers": 0},
         "2026-09": {"reactivation": 100, "end_mrr": 100, "customers": 1}},
    ),
    "an end that is taken back before it": (
        [("2026-05-31", ROW), ("2026-06-05", ROW.replace("01-01,,", "01-01,2026-06-10,")), ("2026-06-08", ROW)], {},
    ),
    "a later start": ([("2026-05-31", ROW), ("2026-06-05", ROW.replace("2025-01-01", "2026-06-01"))], {}),
    "a start that lies ahead": ([("2026-05-31", ROW), ("2026-06-05", ROW.replace("2025-01-01", "2026-08-01"))], {}),
    "quantity 0": (
        [("2026-05-31", ROW), ("2026-06-05", ROW.replace("pro,1,", "pro,0,"))],
        {"2026-06": {"churn": 100, "end_mrr": 0, "customers": 0}},
    ),
    "a free plan": (
        [("2026-05-31", ROW), ("2026-06-05", ROW.replace("pro,1,100.00", "free,1,0.00"))],
        {"2026-06": {"churn": 100, "end_mrr": 0, "customers": 0}},
    ),
    "up, and back to the bytes of the first file": (
        [("2026-05-31", ROW), ("2026-06-05", ROW.replace("100.00", "150.00")), ("2026-07-05", ROW)],
        {"2026-06": {"expansion": 50, "end_mrr": 150}, "2026-07": {"contraction": 50, "end_mrr": 100}},
    ),
    "a pause with a new price is one pause of 90 days": (
        [("2026-05-31", ROW), ("2026-06-05", ROW.replace("active", "paused")),
         ("2026-08-05", ROW.replace("active", "paused").replace("100", "150"))],
        {"2026-06": {"contraction": 100, "end_mrr": 0}, "2026-09": {"customers": 0}},
    ),
}  # fmt: skip


def months(cs: Cs, desk: Path) -> list[dict[str, Any]]:
    words = ("metrics", "movements", "--from", "2026-05", "--to", "2026-10", "--as-of", "2026-10-31", "-f", "json")
    rows: list[dict[str, Any]] = cs("-w", desk, *words).json
    return [{"period": row["period"], **{kind: row.get(kind) or 0 for kind in KINDS}} for row in rows]


@pytest.mark.parametrize("turned", [False, True], ids=["in order", "turned round"])
@pytest.mark.parametrize("name", CASES)
def test_the_past_stands(cs: Cs, workspace: Path, name: str, turned: bool) -> None:
    files, changes = CASES[name]
    accounts = workspace / "exports" / "accounts.csv"
    accounts.write_text("account_id,name\nA1,Acme\n")
    assert cs("-w", workspace, "import", accounts, "--as-of", "2026-05-31").code == 0
    for at, (day, row) in enumerate(reversed(files) if turned else files):
        path = workspace / "exports" / f"export{at}.csv"
        path.write_text(HEAD + row)
        done = cs("-w", workspace, "import", path, "--as-of", day, "--yes")
        assert done.code == 0, done.err
    expected, level, customers = [], 100.0, 1.0
    for month in ("2026-05", "2026-06", "2026-07", "2026-08", "2026-09", "2026-10"):
        said = changes.get(month, {})
        level, customers = said.get("end_mrr", level), said.get("customers", customers)
        expected.append({"period": month, **dict.fromkeys(KINDS, 0), **said, "end_mrr": level, "customers": customers})
    assert months(cs, workspace) == expected
