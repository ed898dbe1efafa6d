"""HubSpot: every field quoted, local time without seconds or zone."""

from __future__ import annotations

from datetime import date

import events
import plot
from formats import Row, text
from world import Company, Dice, Person, clock, day_of


def last_activity(company: Company, day: date) -> str:
    days = [touch[0] for touch in events.touches(company, day)]
    return clock(day_of(max(days)), company.name, "activity") if days else ""


def lifecycle(company: Company, day: date) -> str:
    if company.stage:
        return company.stage
    return "Former customer" if company.ended and company.ended <= day else "Customer"


def hubspot_companies(found: list[Company], day: date) -> str:
    header = [
        "Record ID",
        "Company name",
        "Company Domain Name",
        "Company owner",
        "Create Date",
        "Phone Number",
        "Last Activity Date",
        "City",
        "Country/Region",
        "Industry",
        "Number of Employees",
        "Annual Revenue",
        "Lifecycle Stage",
        "Customer need",
    ]
    rows: list[Row] = []
    for company in found:
        dice = Dice(company.name, "phone")
        phone = f" +{dice.whole(30, 49)} {dice.whole(100, 999)} {dice.whole(100000, 999999)}"
        revenue = company.employees * Dice(company.name, "revenue").whole(90, 210) * 1000
        rows.append(
            [
                company.number,
                company.name_on(day),
                company.domain,
                company.seller,
                company.created,
                phone,
                last_activity(company, day),
                company.city,
                company.country,
                company.industry,
                company.employees,
                revenue,
                lifecycle(company, day),
                company.need,
            ]
        )
        if company.name in plot.SECOND_RECORD:
            name, place, created = plot.SECOND_RECORD[company.name]
            city, country = place.split(", ")
            rows.append(
                [
                    company.number + 5,
                    name,
                    "",
                    company.seller,
                    created,
                    "",
                    "",
                    city,
                    country,
                    "",
                    "",
                    "",
                    "Lead",
                    "",
                ]
            )
    return text(header, rows, quote_all=True)


def contact_row(company: Company, person: Person, name: str, number: int) -> Row:
    return [
        person.number,
        person.first,
        person.last,
        person.email,
        "",
        "Connected",
        person.created,
        name,
        company.country,
        company.seller,
        person.title,
        person.role,
        number,
        person.left_on or "",
    ]


def hubspot_contacts(found: list[Company], day: date) -> str:
    header = [
        "Record ID",
        "First Name",
        "Last Name",
        "Email",
        "Phone Number",
        "Lead Status",
        "Create Date",
        "Associated Company",
        "Country/Region",
        "Contact owner",
        "Job Title",
        "Buying Role",
        "Associated Company IDs (Primary)",
        "Left company on",
    ]
    rows: list[Row] = []
    for company in found:
        for person in company.people:
            if person.created[:10] <= day.isoformat():
                rows.append(contact_row(company, person, company.name_on(day), company.number))
        if company.name in plot.SECOND_RECORD:
            name, _, created = plot.SECOND_RECORD[company.name]
            extra = Person(
                company.number * 10 + 9,
                "Anke",
                "Brandt",
                f"anke.brandt@{company.domain}",
                "Fleet Controller",
                "End User",
                created,
            )
            rows.append(contact_row(company, extra, name, company.number + 5))
    return text(header, rows, quote_all=True)


def hubspot_deals(found: list[Company], day: date) -> str:
    header = [
        "Record ID",
        "Deal Name",
        "Pipeline",
        "Deal Stage",
        "Amount",
        "Close Date",
        "Create Date",
        "Last Activity Date",
        "Deal owner",
        "Deal Type",
        "Associated Company IDs (Primary)",
        "Associated Company (Primary)",
    ]
    pipelines = {"New Business": "Sales Pipeline", "Renewal": "Renewals", "Expansion": "Expansion"}
    rows: list[Row] = []
    for company in found:
        for kind, name, amount, created, close, stage, owner in events.deals(company, day):
            number = 20000000000 + int(Dice("deal", name, created).share() * 9e9)
            touched = min(day_of(close), day)
            rows.append(
                [
                    number,
                    name,
                    pipelines[kind],
                    stage,
                    amount,
                    f"{close} 17:00",
                    created,
                    clock(touched, name),
                    owner,
                    kind,
                    company.number,
                    company.name_on(day),
                ]
            )
    return text(header, rows, quote_all=True)
