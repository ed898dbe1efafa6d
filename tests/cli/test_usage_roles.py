"""The first usage import says which metric plays which role, and which lines of cs.yaml change it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conftest import Cs


@pytest.fixture
def desk(cs: Cs, workspace: Path) -> Path:
    file = workspace / "accounts.csv"
    file.write_text("account_id,name\nA1,Alpha\n", encoding="utf-8")
    assert cs("-w", workspace, "import", file).code == 0
    return workspace


def bring(cs: Cs, folder: Path, name: str, *metrics: str, day: str = "2026-06-29") -> str:
    file = folder / name
    rows = "".join(f"A1,{day},{metric},5\n" for metric in metrics)
    file.write_text("account_id,day,metric,value\n" + rows, encoding="utf-8")
    done = cs("-w", folder, "import", file)
    assert done.code == 0, done.err
    return done.err


def test_metrics_of_no_usual_name_are_listed_and_are_nobodys_seats(cs: Cs, desk: Path) -> None:
    said = bring(cs, desk, "usage.csv", "SMS", "bookings", "reports")
    assert "volume        SMS + bookings + reports, added up: none has a usual name" in said
    assert "active_users  – none: active users are unknown" in said and "seats_used    – none" in said
    lines = 'usage:\n  volume: ["SMS", "bookings", "reports"]\n  # active_users: a metric\n  # seats_used: a metric'
    assert lines in said


def test_usual_names_are_taken_and_the_rest_is_in_no_role(cs: Cs, desk: Path) -> None:
    said = bring(cs, desk, "usage.csv", "events", "active_users", "gadgets")
    assert "volume        events  (" in said and "active_users  active_users  (" in said
    assert "in no role: gadgets: nobody's seats or users" in said
    assert '  active_users: "active_users"' in said


def test_it_is_said_again_only_when_it_changes(cs: Cs, desk: Path) -> None:
    assert "which metric is what" in bring(cs, desk, "one.csv", "bookings")
    assert "which metric is what" not in bring(cs, desk, "two.csv", "bookings", day="2026-06-30")
    later = bring(cs, desk, "three.csv", "bookings", "reports", day="2026-06-28")
    assert "which metric is what from now on (it has changed)" in later and "bookings + reports" in later


def test_what_cs_yaml_says_is_called_so(cs: Cs, desk: Path) -> None:
    with open(desk / "cs.yaml", "a", encoding="utf-8") as file:
        file.write('\nusage:\n  volume: ["bookings"]\n')
    said = bring(cs, desk, "usage.csv", "SMS", "bookings")
    assert "volume        bookings, as cs.yaml says" in said and "in no role: SMS" in said


def test_an_undone_import_leaves_no_first_one(cs: Cs, desk: Path) -> None:
    bring(cs, desk, "usage.csv", "bookings")
    assert cs("-w", desk, "imports", "undo", "2").code == 0
    assert "which metric is what from now on\n" in bring(cs, desk, "usage.csv", "bookings")


SAMPLES = Path(__file__).parents[1] / "intake" / "samples"


@pytest.mark.parametrize("sample", [
    "amplitude_days", "amplitude_table", "intercom_companies", "intercom_users", "mixpanel_days", "mixpanel_table",
    "mixpanel_users", "posthog_table", "posthog_trends",
])  # fmt: skip
def test_every_export_of_usage_says_it(cs: Cs, workspace: Path, sample: str) -> None:
    done = cs("-w", workspace, "import", SAMPLES / f"{sample}.csv")
    assert done.code == 0 and "usage: which metric is what from now on" in done.err, done.err
    assert "  to change it, put the names that are right into cs.yaml:\nusage:\n" in done.err


def test_a_kept_sheet_s_figures_of_use_are_said_too(cs: Cs, workspace: Path) -> None:
    sheet = workspace / "book.csv"
    sheet.write_text("Customer,ARR,Active users,Logins last 30 days\nAlpha,1200,7,40\n", encoding="utf-8")
    done = cs("-w", workspace, "import", sheet)
    assert done.code == 0 and "active_users  active_users" in done.err, done.err
    assert cs("-w", workspace, "imports", "undo", "1").code == 0
    assert "which metric is what" in cs("-w", workspace, "import", sheet).err


@pytest.mark.parametrize("name", ["users seen", "Unique users", "members", "Team members total", "aktive Nutzer"])
def test_heads_are_no_volume_of_use(cs: Cs, desk: Path, name: str) -> None:
    """People seen on ten days are not ten times as many things done."""
    said = bring(cs, desk, "usage.csv", name)
    assert "volume        – none: usage facts are unknown" in said, said
    assert f"in no role: {name}: nobody's seats or users" in said


@pytest.mark.parametrize("name", ["users_invited", "messages to members sent", "user logins"])
def test_what_was_done_about_people_is_use(cs: Cs, desk: Path, name: str) -> None:
    assert f"volume        {name}  (" in bring(cs, desk, "usage.csv", name)
