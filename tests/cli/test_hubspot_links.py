"""Contacts and deals of HubSpot whose ids of companies are missing: the company's domain or name links them."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conftest import Cs

COMPANIES = (
    "Record ID,Company name,Company Domain Name\n7001,Nordlicht GmbH,nordlicht.example\n7002,Lune,lune.example\n"
)


@pytest.fixture
def desk(cs: Cs, workspace: Path) -> Path:
    file = workspace / "companies.csv"
    file.write_text(COMPANIES, encoding="utf-8")
    assert cs("-w", workspace, "import", file).code == 0
    return workspace


def load(cs: Cs, desk: Path, name: str, *lines: str) -> str:
    """What an import of those lines says."""
    file = desk / name
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    done = cs("-w", desk, "import", file)
    assert done.code == 0, done.err
    return done.err


def contacts_of(cs: Cs, desk: Path, account: str) -> list[str]:
    found = cs("-w", desk, "contacts", "list", account, "-f", "json")
    assert found.code == 0, found.err
    return sorted(row["name"] for row in found.json)


def test_the_domain_then_the_name_of_the_company_link_a_contact(cs: Cs, desk: Path) -> None:
    said = load(
        cs, desk, "contacts.csv",
        "Record ID,First Name,Last Name,Email,Associated Company IDs (Primary),Associated Company Domain,"
        "Associated Company",
        "81,Ida,Moe,ida.moe@gmail.com,,nordlicht.example,",
        "82,Per,Lie,,,,Nordlicht GmbH",
        "83,Eva,Ros,eva@agency.example,,lune.example,",
        "84,Jan,Fog,jan@nordlicht.example,7002,nordlicht.example,Nordlicht GmbH",
    )
    assert "no account" not in said
    assert contacts_of(cs, desk, "7001") == ["Ida Moe", "Per Lie"]
    assert contacts_of(cs, desk, "7002") == ["Eva Ros", "Jan Fog"]


def test_a_domain_and_a_name_that_point_elsewhere_are_a_question(cs: Cs, desk: Path) -> None:
    said = load(
        cs, desk, "contacts.csv",
        "Record ID,First Name,Last Name,Email,Associated Company Domain,Associated Company",
        "81,Ida,Moe,ida.moe@gmail.com,nordlicht.example,Lune",
    )
    assert "1 reference" in said
    assert contacts_of(cs, desk, "7001") == [] and contacts_of(cs, desk, "7002") == []


def test_a_deal_without_ids_is_linked_by_the_domain(cs: Cs, desk: Path) -> None:
    said = load(
        cs, desk, "deals.csv",
        "Record ID,Deal Name,Deal Stage,Amount,Close Date,Associated Company Domain",
        "9,More,Closed won,100,2026-05-01,lune.example",
    )
    assert "no account" not in said
