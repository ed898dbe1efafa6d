"""Every report by its name, those about one account with it."""

from __future__ import annotations

from pathlib import Path

import pytest

from cs_cli.reports import reports
from tests.conftest import Cs


@pytest.mark.parametrize("name", reports())
def test_every_report_prints(cs: Cs, demo_once: Path, name: str) -> None:
    account = {"account": ["Tallgrass"], "postmortem": ["Dunmore"]}.get(name, [])
    done = cs("-w", demo_once, "report", name, *account, "-f", "md")
    assert done.code == 0, done.err
    assert done.out.startswith("# Lumenboard")


def test_postmortem_looks_back_from_the_day_it_left(cs: Cs, demo_once: Path) -> None:
    told = cs("-w", demo_once, "report", "postmortem", "Dunmore", "-f", "json").json["sections"]
    assert told["figures"]["figures"]["churned_on"]["value"] == "2026-01-11"
    assert told["figures"]["figures"]["reason"]["value"] == "poor_fit"
    scores = {row["days_before"]: row for row in told["scores"]["rows"]}
    assert scores[1]["health"] < 50 < scores[90]["health"]


def test_reports_about_an_account_want_one(cs: Cs, demo_once: Path) -> None:
    assert cs("-w", demo_once, "report", "postmortem").code == 2
    assert cs("-w", demo_once, "report", "postmortem", "Meridian").code == 2
    assert cs("-w", demo_once, "report", "account").code == 2
