"""The committed exports are what the script writes, and hold the stories that README.md tells."""

from __future__ import annotations

import csv
import re
import subprocess
import sys
from datetime import date
from functools import cache
from pathlib import Path

import pytest

SAMPLE = Path(__file__).resolve().parents[2] / "sample_data"
DAYS = {"2026-06": date(2026, 6, 30), "2026-07": date(2026, 7, 31)}


@cache
def rows(name: str, month: str = "2026-06") -> list[dict[str, str]]:
    with (SAMPLE / month / f"{name}-{DAYS[month]}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, strict=True))


def company(name: str, month: str = "2026-06") -> dict[str, str]:
    (found,) = (
        row for row in rows("hubspot-crm-exports-all-companies", month) if row["Company name"] == name
    )
    return found


def subscriptions(name: str, month: str = "2026-06") -> list[dict[str, str]]:
    return [row for row in rows("stripe-subscriptions", month) if row["Customer Name"] == name]


@pytest.mark.parametrize(("month", "folder"), [(1, "2026-06"), (2, "2026-07")])
def test_the_script_writes_the_committed_bytes(tmp_path: Path, month: int, folder: str) -> None:
    subprocess.run(
        [sys.executable, SAMPLE / "make.py", "--month", str(month), "--out", tmp_path],
        check=True,
        capture_output=True,
        env={"PYTHONHASHSEED": "7", "TZ": "Pacific/Auckland"},
    )
    made = {path.name: path.read_bytes() for path in (tmp_path / folder).iterdir()}
    kept = {path.name: path.read_bytes() for path in (SAMPLE / folder).iterdir()}
    assert made.keys() == kept.keys()
    assert [name for name in made if made[name] != kept[name]] == []


def test_small_enough_to_ship() -> None:
    assert sum(path.stat().st_size for path in SAMPLE.rglob("*.csv")) < 3_000_000


def test_only_example_domains() -> None:
    for path in SAMPLE.rglob("*.csv"):
        for host in re.findall(r"@([\w.-]+)", path.read_text(encoding="utf-8")):
            assert host.endswith(".example"), (path.name, host)


@pytest.mark.parametrize("month", ["2026-06", "2026-07"])
def test_nothing_happened_after_the_day_of_the_export(month: str) -> None:
    day = DAYS[month].isoformat()
    past = {
        "hubspot-crm-exports-all-companies": ["Create Date", "Last Activity Date"],
        "hubspot-crm-exports-all-contacts": ["Create Date", "Left company on"],
        "hubspot-crm-exports-all-deals": ["Create Date"],
        "product-usage": ["day"],
        "stripe-customers": ["Created (UTC)"],
        "stripe-invoices": ["Date (UTC)", "Paid At (UTC)"],
        "stripe-subscriptions": ["Created (UTC)", "Canceled At (UTC)", "Ended At (UTC)"],
        "success-churn": ["day"],
        "success-touches": ["day"],
        "success-milestones": ["day"],
        "zendesk-tickets": ["Created at", "Updated at", "Solved at"],
    }
    for name, columns in past.items():
        for row in rows(name, month):
            assert [row[column] for column in columns if row[column][:10] > day] == [], (name, row)


@pytest.mark.parametrize("month", ["2026-06", "2026-07"])
def test_keys_are_unique_and_links_lead_somewhere(month: str) -> None:
    keys = {
        "hubspot-crm-exports-all-companies": "Record ID",
        "hubspot-crm-exports-all-contacts": "Record ID",
        "hubspot-crm-exports-all-deals": "Record ID",
        "stripe-subscriptions": "id",
        "stripe-invoices": "id",
        "success-touches": "touch_id",
        "success-contracts": "contract_id",
        "success-goals": "goal_id",
        "zendesk-tickets": "Id",
        "nps-delighted": "id",
    }
    for name, key in keys.items():
        values = [row[key] for row in rows(name, month)]
        assert len(values) == len(set(values)), name
    usage = [(row["account_id"], row["day"], row["metric"]) for row in rows("product-usage", month)]
    assert len(usage) == len(set(usage))
    known = {row["Record ID"] for row in rows("hubspot-crm-exports-all-companies", month)}
    for name in ("product-usage", "success-touches", "success-contracts", "success-goals", "success-churn"):
        assert {row["account_id"] for row in rows(name, month)} <= known
    customers = {row["id"] for row in rows("stripe-customers", month)}
    assert {row["Customer ID"] for row in rows("stripe-subscriptions", month)} <= customers
    assert {row["Customer"] for row in rows("stripe-invoices", month)} <= customers


def test_keys_of_the_first_set_mean_the_same_in_the_second() -> None:
    for name, key, same in (
        ("zendesk-tickets", "Id", "Subject"),
        ("stripe-invoices", "id", "Total"),
        ("nps-delighted", "id", "score"),
        ("success-touches", "touch_id", "note"),
        ("hubspot-crm-exports-all-companies", "Record ID", "Company Domain Name"),
    ):
        later = {row[key]: row[same] for row in rows(name, "2026-07")}
        assert {row[key]: row[same] for row in rows(name)}.items() <= later.items(), name

    def use(month: str) -> set[tuple[str, ...]]:
        return {tuple(row.values()) for row in rows("product-usage", month)}

    assert use("2026-06") < use("2026-07")


def test_about_sixty_customers_and_some_who_are_none() -> None:
    paying = {
        row["Customer ID"] for row in rows("stripe-subscriptions") if row["Status"] in ("active", "past_due")
    }
    assert 57 <= len(paying) <= 64
    assert sum(row["Status"] == "trialing" for row in rows("stripe-subscriptions")) == 3
    stages = [row["Lifecycle Stage"] for row in rows("hubspot-crm-exports-all-companies")]
    assert stages.count("Former customer") == 7
    assert sum(stage in ("Lead", "Opportunity", "Sales Qualified Lead") for stage in stages) >= 8


def test_overdue_by_20_and_45_days() -> None:
    names = {row["id"]: row["Name"] for row in rows("stripe-customers")}
    late = {
        names[row["Customer"]]: (DAYS["2026-06"] - date.fromisoformat(row["Due Date (UTC)"][:10])).days
        for row in rows("stripe-invoices")
        if row["Status"] == "open" and row["Due Date (UTC)"] < "2026-06-30"
    }
    assert late == {"Copperline Studio": 20, "Tallgrass Freight": 45}


def test_the_big_renewal_has_its_notice_deadline_next_week() -> None:
    ident = company("Meridian Orchards")["Record ID"]
    last = max(
        (row for row in rows("success-contracts") if row["account_id"] == ident), key=lambda row: row["end"]
    )
    end = date.fromisoformat(last["end"])
    assert (end - DAYS["2026-06"]).days == 20
    assert (end - DAYS["2026-06"]).days - int(last["notice_days"]) == 6
    after = max(
        (row for row in rows("success-contracts", "2026-07") if row["account_id"] == ident),
        key=lambda row: row["end"],
    )
    assert after["end"] == "2027-07-20"


def weekly(name: str, metric: str = "active_users") -> list[int]:
    ident = company(name)["Record ID"]
    return [
        int(row["value"])
        for row in rows("product-usage")
        if row["account_id"] == ident and row["metric"] == metric
    ]


def test_the_slow_fade_takes_ten_weeks_and_the_silent_one_is_silent() -> None:
    fade = weekly("Pellworm Analytics")
    assert sum(fade[-4:]) < 0.75 * sum(fade[-8:-4])
    assert sum(fade[-14:-10]) > 0.93 * sum(fade[-18:-14])
    assert weekly("Wrenfield Surveyors")[-5:] == [0] * 5
    assert sum(weekly("Arbor & Finch Logistics")[-4:]) > 0.9 * sum(weekly("Arbor & Finch Logistics")[-8:-4])


def test_people_stories() -> None:
    contacts = rows("hubspot-crm-exports-all-contacts")
    left = [row for row in contacts if row["Left company on"]]
    assert [(row["Associated Company"], row["Buying Role"]) for row in left] == [
        ("Arbor & Finch Logistics", "Champion")
    ]
    (decider,) = (
        row["Email"]
        for row in contacts
        if row["Associated Company"] == "Orrery Robotics" and row["Buying Role"] == "Decision Maker"
    )
    scores = [row["score"] for row in rows("nps-delighted") if row["person"] == decider]
    assert scores[-1] == "3"


def test_urgent_ticket_waits_four_days_and_is_solved_later() -> None:
    def urgent(month: str) -> list[tuple[str, str, str]]:
        return [
            (row["Organization"], row["Status"], row["Created at"][:10])
            for row in rows("zendesk-tickets", month)
            if row["Priority"] == "Urgent"
        ]

    assert urgent("2026-06") == [("Vantage Harbour", "Open", "2026-06-26")]
    assert urgent("2026-07") == [("Vantage Harbour", "Closed", "2026-06-26")]


def test_money_stories() -> None:
    (cancelling,) = subscriptions("Lindenwood School Trust")
    assert cancelling["Status"] == "active"
    assert cancelling["Canceled At (UTC)"] > "2026-06-24"
    assert cancelling["Ended At (UTC)"] == ""
    assert sorted(row["Status"] for row in subscriptions("Quillstone Press")) == ["active", "canceled"]
    assert [
        row["Quantity"] for row in subscriptions("Brightwater Clinics") if "enterprise" in row["Plan"]
    ] == ["120"]
    assert [
        row["Quantity"]
        for row in subscriptions("Brightwater Clinics", "2026-07")
        if "enterprise" in row["Plan"]
    ] == ["150"]
    assert [row["Status"] for row in subscriptions("Tallgrass Freight", "2026-07")] == ["canceled"]
    assert [row["Status"] for row in subscriptions("Saltmarsh Media", "2026-07")] == ["active"]


def test_most_bad_fits_were_sold_by_one_person() -> None:
    sold = {row["Record ID"]: row["Company owner"] for row in rows("hubspot-crm-exports-all-companies")}
    misfits = [sold[row["account_id"]] for row in rows("success-churn") if row["reason"] == "poor_fit"]
    assert misfits == ["Jack Delaney"] * 3


def test_billing_and_crm_disagree_where_the_story_says() -> None:
    domains = {row["Company Domain Name"] for row in rows("hubspot-crm-exports-all-companies")}
    strangers = [row for row in rows("stripe-customers") if row["Email"].split("@")[-1] not in domains - {""}]
    assert sorted((row["id"] == "", row["Email"] == "") for row in strangers) == [
        (False, False),
        (True, False),
        (True, False),
        (True, True),
    ]
    (trading,) = (row for row in rows("stripe-customers") if row["Name"] == "HF Trading AS")
    assert trading["Email"].endswith("@" + company("Halden Foods")["Company Domain Name"])
    assert company("Kestrel Mobility GmbH")["Company Domain Name"] == ""
    assert company("Fable Interactive", "2026-07")["Record ID"] == company("Fable & Co")["Record ID"]
