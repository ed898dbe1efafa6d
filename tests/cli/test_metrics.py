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


def test_churn_lists_who_left_and_ties_with_movements(cs: Cs, demo_once: Path) -> None:
    words = ("-w", demo_once, "metrics", "churn", "--from", "2025-07", "--to", "2026-06")
    found = cs(*words, "-f", "json").json
    assert list(found[0]) == ["month", "account_id", "name", "paid_until", "mrr", "arr", "reason", "voluntary",
                              "competitor", "plan", "owner", "sold_by", "customer_since", "months"]  # fmt: skip
    (year,) = cs("-w", demo_once, "metrics", "movements", "--from", "2026-01", "--by", "year", "-f", "json").json
    assert sum(row["mrr"] for row in found if row["month"] >= "2026-01") == pytest.approx(year["churn"])
    table = cs(*words).out
    assert "Cloudberry Apps" in table and "missing_feature" in table
    assert cs("-w", demo_once, "metrics", "churn", "--to", "2025-08").out.strip().endswith("Nobody left.")
    by_reason = cs("-w", demo_once, "metrics", "churn", "--by", "reason", "--from", "2025-07", "--to", "2025-08")
    assert by_reason.out.strip().endswith("Nobody left.")
    early = cs("-w", demo_once, "metrics", "retention", "--split", "tier", "--from", "2020-01", "--to", "2020-03")
    assert early.out.strip().endswith("No customers at the start.")


@pytest.mark.parametrize("by", ["reason", "plan", "owner", "tier"])
def test_churn_by_group_ties_with_retention(cs: Cs, demo_once: Path, by: str) -> None:
    groups = cs("-w", demo_once, "metrics", "churn", "--by", by, "-f", "json").json
    (kept,) = cs("-w", demo_once, "metrics", "retention", "-f", "json").json
    assert list(groups[0]) == ["group", "start_customers", "churned_customers", "logo_churn", "logo_churn_low",
                               "logo_churn_high", "start_mrr", "churned_mrr", "mrr_churn"]  # fmt: skip
    assert sum(row["churned_customers"] for row in groups) == kept["churned_customers"]
    assert sum(row["churned_mrr"] for row in groups) == pytest.approx(kept["churn"])
    if by != "reason":
        assert sum(row["start_customers"] for row in groups) == kept["start_customers"]


def test_cohorts(cs: Cs, demo_once: Path) -> None:
    words = ("-w", demo_once, "metrics", "cohorts", "--from", "2025-07")
    mrr, customers = (cs(*words, "--of", of, "-f", "json").json for of in ("mrr", "customers"))
    months = [f"2025-{month:02}" for month in range(7, 13)] + [f"2026-{month:02}" for month in range(1, 7)]
    assert [row["cohort"] for row in mrr] == months
    assert [row["mrr"] for row in mrr] == [row["mrr"] for row in customers]
    assert mrr[0]["kept_0"] == mrr[0]["mrr"] and customers[0]["kept_0"] == customers[0]["customers"]
    new = cs("-w", demo_once, "metrics", "movements", "--from", "2025-07", "-f", "json").json
    assert [row["kept_0"] for row in mrr] == [row["new"] for row in new]
    (last,) = cs(*words, "--to", "2025-07", "-f", "json").json
    assert last == mrr[0]


@pytest.mark.parametrize(("words", "told"), [
    (("churn", "--by", "sold"), 'nothing to group customers by; did you mean "sold_by"?'),
    (("cohorts", "--of", "logos"), "expected mrr or customers"),
    (("cohorts", "--by", "week"), "not a kind of period"),
    (("cohorts", "--to", "2026-07"), "has not begun"),
    (("churn", "--from", "2026-13"), "cannot be read as a month"),
])  # fmt: skip
def test_churn_and_cohorts_refuse(cs: Cs, demo_once: Path, words: tuple[str, ...], told: str) -> None:
    done = cs("-w", demo_once, "metrics", *words)
    assert (done.code, told in done.err) == (2, True), done.err


def test_voice_and_value(cs: Cs, demo_once: Path) -> None:
    newest, *_ = cs("-w", demo_once, "metrics", "voice", "-f", "json").json
    assert list(newest)[:6] == ["period", "nps", "nps_answers", "promoters", "passives", "detractors"]
    assert newest["period"] == "2026-Q2" and newest["nps_answers"] > 20
    share = (newest["promoters"] - newest["detractors"]) / newest["nps_answers"]
    assert newest["nps"] == pytest.approx(100 * share, abs=0.05)
    found = cs("-w", demo_once, "metrics", "value", "--by", "year", "--from", "2020-01", "-f", "json").json
    everybody = cs("-w", demo_once, "accounts", "list", "--all", "-f", "json").json
    ever = [row for row in everybody if row["status"] in ("customer", "churned")]
    assert sum(row["started"] for row in found) == len(ever)
    assert all(row["started"] == row["reached"] + row["waiting"] + row["left"] for row in found)
    assert "Time to value" in cs("-w", demo_once, "metrics", "value", "-f", "md").out


@pytest.mark.parametrize("word", ["owner", "plan", "tier"])
def test_retention_split_adds_up(cs: Cs, demo_once: Path, word: str) -> None:
    words = ("-w", demo_once, "metrics", "retention", "--by", "quarter", "--from", "2026-01", "-f", "json")
    whole, parts = cs(*words).json, cs(*words, "--split", word).json
    assert list(parts[0])[:3] == ["period", "group", "from"]
    for row in whole:
        mine = [part for part in parts if part["period"] == row["period"]]
        for key in ("start_mrr", "nrr_mrr", "churn", "reactivation", "start_customers", "churned_customers"):
            assert sum(part[key] for part in mine) == pytest.approx(row[key]), key


def test_who_left_is_in_the_segment_of_the_start(cs: Cs, demo_once: Path) -> None:
    """Whoever pays nothing any more is in the lowest tier today, which says nothing about tiers."""
    lost = cs("-w", demo_once, "metrics", "churn", "--from", "2025-07", "--to", "2026-06", "-f", "json").json
    (gone,) = [row for row in lost if row["name"] == "Brackenhall Stores"]
    now, then = (cs("-w", demo_once, "accounts", "list", "--all", "--as-of", day, "-f", "json").json
                 for day in ("2026-06-30", "2025-06-30"))  # fmt: skip
    tier_now, tier_then = (
        next(row["tier"] for row in rows if row["account_id"] == gone["account_id"]) for rows in (now, then)
    )
    assert (tier_now, tier_then) == ("C", "B")
    groups = {row["group"]: row for row in cs("-w", demo_once, "metrics", "churn", "--by", "tier", "-f", "json").json}
    assert groups["B"]["churned_mrr"] >= gone["mrr"] > groups["C"]["churned_mrr"]


def test_retention_split_refuses_what_it_does_not_know(cs: Cs, demo_once: Path) -> None:
    done = cs("-w", demo_once, "metrics", "retention", "--split", "teir")
    assert (done.code, 'did you mean "tier"?' in done.err) == (2, True)


def test_time_to_value_by_seller_ties_and_names_who_waits(cs: Cs, demo_once: Path) -> None:
    whole = cs("-w", demo_once, "metrics", "value", "-f", "json").json
    split = cs("-w", demo_once, "metrics", "value", "--split", "sold_by", "-f", "json").json
    waiting = cs("-w", demo_once, "metrics", "value", "--waiting", "-f", "json").json
    for key in ("started", "reached", "waiting", "left"):
        assert sum(row[key] for row in split) == sum(row[key] for row in whole)
    assert len(waiting) == sum(row["waiting"] for row in whole)
    # what the sample company's story tells: nobody whom Jack sold to has got there
    assert {row["reached"] for row in split if row["group"] == "Jack Delaney"} == {0}
    assert {row["sold_by"] for row in waiting} == {"Jack Delaney", "Tom Okafor"}
    refused = cs("-w", demo_once, "metrics", "value", "--split", "sold")
    assert (refused.code, "did you mean \"sold_by\"?" in refused.err) == (2, True)
