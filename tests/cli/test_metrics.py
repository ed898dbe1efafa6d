"""`cs metrics` on the demo: columns, sums, and refusals."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest

from tests.conftest import Cs

MOVEMENTS = ["period", "start_mrr", "new", "expansion", "contraction", "churn", "reactivation", "end_mrr", "customers"]
RETENTION = [
    "period", "from", "to", "start_mrr", "nrr", "grr", "logo_churn", "gross_mrr_churn", "net_mrr_churn",
    "start_customers", "churned_customers",
]  # fmt: skip


def test_movements_chain_and_sum(cs: Cs, demo_once: Path) -> None:
    words = ("-w", demo_once, "metrics", "movements", "--from", "2025-07", "--to", "2026-06", "-f", "json")
    months, quarters, (*_, year) = (cs(*words, "--by", by).json for by in ("month", "quarter", "year"))
    assert list(months[0]) == MOVEMENTS and len(months) == 12 and len(quarters) == 4
    for before, after in pairwise(months):
        assert before["end_mrr"] == after["start_mrr"]
    for key in ("new", "expansion", "contraction", "churn", "reactivation"):
        assert sum(row[key] for row in months) == pytest.approx(sum(row[key] for row in quarters))
    assert (
        year["end_mrr"] == months[-1]["end_mrr"] == cs("-w", demo_once, "metrics", "mrr", "-f", "json").json[-1]["mrr"]
    )


def test_mrr_is_the_accounts_mrr(cs: Cs, demo_once: Path) -> None:
    accounts = cs("-w", demo_once, "accounts", "list", "-f", "json").json
    last = cs("-w", demo_once, "metrics", "mrr", "-f", "json").json[-1]
    assert last["mrr"] == pytest.approx(sum(row["mrr"] or 0 for row in accounts))
    assert last["arr"] == pytest.approx(sum(row["arr"] or 0 for row in accounts))


def test_retention_without_months_is_the_last_twelve(cs: Cs, demo_once: Path) -> None:
    (row,) = cs("-w", demo_once, "metrics", "retention", "-f", "json").json
    assert list(row)[: len(RETENTION)] == RETENTION
    assert (row["from"], row["to"]) == ("2025-06-30", "2026-06-30")
    (same,) = cs("-w", demo_once, "metrics", "retention", "--from", "2025-07", "--to", "2026-06", "-f", "json").json
    assert {**row, "period": ""} == {**same, "period": ""}
    assert row["nrr"] == pytest.approx(row["nrr_mrr"] / row["start_mrr"], abs=1e-6)


def test_the_weekly_report_says_the_same_retention(cs: Cs, demo_once: Path) -> None:
    (row,) = cs("-w", demo_once, "metrics", "retention", "-f", "json").json
    said = cs("-w", demo_once, "report", "weekly", "-f", "json").json["sections"]["figures"]["figures"]
    assert (said["nrr"]["value"], said["grr"]["value"]) == (row["nrr"], row["grr"])


def test_refusals(cs: Cs, demo_once: Path) -> None:
    for words in (("--from", "2026-05", "--to", "2026-04"), ("--to", "2026-07"), ("--by", "weeks"), ("--from", "May")):
        done = cs("-w", demo_once, "metrics", "movements", *words)
        assert (done.code, "REV-01" in done.err) == (2, True), words
