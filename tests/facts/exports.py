"""The demo's exports read with the csv module and nothing else: which line belongs to whom, and what it says."""

from __future__ import annotations

import csv
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from tests.facts.plain_card import Books, Company

ZONE = ZoneInfo("Europe/Amsterdam")
LIMITS = {"usage": 10, "ticket": 14, "invoice": 62}  # as sample_data/cs.yaml says
FEATURES = ["dashboards_viewed", "exports_run", "alerts_sent", "integrations_synced"]
ROLES = {
    "active_users": ["active_users"],
    "seats_used": ["seats_used"],
    "key_actions": ["reports_created"],
    # what people do: heads are no volume, nor is what programs do (integrations_synced)
    "volume": ["reports_created", *FEATURES[:3]],
}


def read_demo(folder: Path, imported_on: date, pulses: str | None = None) -> Books:
    """The exports of one month as books. pulses: a CSV text of the team's own pulses, for the facts that need one."""
    tables = {path.name.rsplit("-", 3)[0]: _rows(path) for path in sorted(folder.glob("*.csv"))}
    companies: dict[str, Company] = {}
    by_mail: dict[str, str] = {}
    by_domain: dict[str, str] = {}
    for row in tables["hubspot-crm-exports-all-companies"]:
        companies[row["Record ID"]] = Company(
            employees=int(row["Number of Employees"]) if row["Number of Employees"] else None,
            activity_on=_written(row["Last Activity Date"]),
        )
        if row["Company Domain Name"]:
            by_domain[row["Company Domain Name"].lower()] = row["Record ID"]
    for row in tables["hubspot-crm-exports-all-contacts"]:
        owner = row["Associated Company IDs (Primary)"]
        by_mail[row["Email"].lower()] = owner
        person = {"created_on": _written(row["Create Date"]), "left_on": _written(row["Left company on"])}
        if row["Buying Role"] == "Champion":
            companies[owner].champions.append(person)
        if row["Buying Role"] in ("Champion", "Decision Maker"):
            companies[owner].key_people.append(person | {"mail": row["Email"].lower()})

    def whose(mail: str) -> Company | None:
        mail = mail.lower()
        owner = by_mail.get(mail) or by_domain.get(mail.rpartition("@")[2])
        return companies[owner] if owner else None

    customers = {row["id"]: whose(row["Email"]) for row in tables["stripe-customers"] if row["id"]}
    for row in tables["stripe-subscriptions"]:
        if (company := customers.get(row["Customer ID"])) is not None:
            company.subscriptions.append(_subscription(row))
    for row in tables["stripe-invoices"]:
        if (company := customers.get(row["Customer"])) is not None and row["Status"] != "draft":
            company.invoices.append(
                {
                    "issued_on": _utc(row["Date (UTC)"]),
                    "due_on": _utc(row["Due Date (UTC)"]) or _utc(row["Date (UTC)"]),
                    "paid_on": _utc(row["Paid At (UTC)"]),
                    "void": row["Status"] in ("void", "uncollectible"),
                }
            )
    for row in tables["zendesk-tickets"]:
        if (company := whose(row["Requester email"])) is not None:
            opened, closed = _written(row["Created at"]), _written(row["Solved at"])
            urgent, high = row["Priority"] == "Urgent", row["Priority"] in ("Urgent", "High")
            company.tickets.append({"opened_on": opened, "closed_on": closed, "urgent": urgent, "high": high})
    for row in tables["nps-delighted"]:
        if (company := whose(row["person"])) is not None:
            day = datetime.fromtimestamp(int(row["created_at"]), ZONE).date()
            company.answers.append({"day": day, "score": int(row["score"]), "mail": row["person"].lower()})
    for row in tables["success-contracts"]:
        companies[row["account_id"]].contracts.append(
            {
                "start": _written(row["start"]),
                "end": _written(row["end"]),
                "notice_days": int(row["notice_days"]),
                "auto_renew": row["auto_renew"] == "true",
            }
        )
    for row in tables["success-milestones"]:
        companies[row["account_id"]].milestones.append(
            {"name": row["name"], "due_on": _written(row["due"]), "done_on": _written(row["day"])}
        )
    for row in tables["success-touches"]:
        companies[row["account_id"]].touches.append(date.fromisoformat(row["day"]))
        if row["sentiment"] == "bad":
            companies[row["account_id"]].bad_touches.append(date.fromisoformat(row["day"]))
    for row in tables["success-churn"]:
        companies[row["account_id"]].left.append(date.fromisoformat(row["day"]))
    for row in tables["product-usage"]:
        company = companies[row["account_id"]]
        metric = company.usage.setdefault(row["metric"], {})
        day = date.fromisoformat(row["day"])
        metric[day] = metric.get(day, 0) + float(row["value"])
    for row in csv.DictReader((pulses or "").splitlines()):
        companies[row["account_id"]].pulses.append(
            {
                "day": date.fromisoformat(row["day"]),
                "score": int(row["score"]),
                "who": row["who"],
                "expires_on": _written(row["expires"]),
            }
        )
    delivered = {"subscription", "invoice", "ticket", "survey", "milestone", "touch"}
    return Books(companies, imported_on, delivered, LIMITS, ROLES)


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _subscription(row: dict[str, str]) -> dict[str, Any]:
    per_year = {"month": 12, "year": 1}[row["Interval"]]
    notice = row["notice_days (metadata)"]
    return {
        "started_on": _utc(row["Start (UTC)"]),
        "ended_on": _utc(row["Ended At (UTC)"]),
        "cancelled_on": _utc(row["Canceled At (UTC)"]),
        "trial_ends_on": _utc(row["Trial End (UTC)"]),
        "cents": round(float(row["Amount"]) * 100) * int(row["Quantity"]) * per_year,
        "seats": int(row["Quantity"]),
        "months": {"month": 1, "year": 12}[row["Interval"]],
        "notice_days": int(notice) if notice else None,
    }


def _written(text: str) -> date | None:
    """The day as it is written; such exports name no zone."""
    return date.fromisoformat(text[:10]) if text else None


def _utc(text: str) -> date | None:
    """The day in the workspace's zone of a time in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC).astimezone(ZONE).date() if text else None
