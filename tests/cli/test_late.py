"""An export that is late, or never named an account, makes nobody look better or dead: an ordinary company, by hand."""

from __future__ import annotations

import json
import os
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Cs

FIRST = date(2026, 1, 5)  # a Monday
LAST = date(2026, 6, 22)  # the last week that the export of the 29th has
KEPT = ("health", "band", "scorecard", "known_share")


def at_time(path: Path, day: str) -> Path:
    """The file was written on that day."""
    moment = datetime.fromisoformat(day).replace(hour=8, tzinfo=UTC).timestamp()
    os.utime(path, (moment, moment))
    return path


def write(workspace: Path, name: str, lines: list[str], day: str) -> Path:
    path = workspace / name
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return at_time(path, day)


def usage_lines(last: date = LAST) -> list[str]:
    """Weeks dated by their Monday: fade falls to nothing, flat and two more stay, unseen has no row at all."""
    lines = ["account_id,day,metric,value"]
    day = FIRST
    while day <= last:
        events = {"fade": 100 if day < LAST - timedelta(days=21) else 3, "flat": 100, "more": 50}
        for account, count in events.items():
            lines += [
                f"{account},{day},events,{count}",
                f"{account},{day},active_users,{8 if count > 3 else 1}",
                f"{account},{day},key_actions,{count // 10 + 1}",
            ]
        day += timedelta(days=7)
    return lines


INVOICES = [
    "invoice_id,account_id,issued_on,due_on,paid_on,amount,currency,status",
    *(f"{name}-1,{name},2026-05-04,2026-06-03,2026-05-20,1000,USD,paid" for name in ("fade", "flat", "more", "unseen")),
    "flat-2,flat,2026-06-08,2026-07-02,,1000,USD,open",
    "more-2,more,2026-05-08,2026-06-08,,1000,USD,open",
]


@pytest.fixture
def desk(cs: Cs, workspace: Path) -> Path:
    """Imported on Tuesday, 2026-06-30, from exports of the day before."""
    names = ("fade", "flat", "more", "unseen")
    made = [
        write(workspace, "account.csv", ["account_id,name", *(f"{one},{one.title()}" for one in names)], "2026-06-29"),
        write(workspace, "subscription.csv", [
            "subscription_id,account_id,quantity,amount,currency,interval,started_on,status",
            *(f"s-{one},{one},10,12000,USD,year,2025-01-10,active" for one in names),
        ], "2026-06-29"),
        write(workspace, "usage.csv", usage_lines(), "2026-06-29"),
        write(workspace, "invoice.csv", INVOICES, "2026-06-29"),
    ]  # fmt: skip
    done = cs("import", "-w", workspace, *made)
    assert done.code == 0, done.err
    return workspace


def health(cs: Cs, desk: Path, day: str, *more: str) -> dict[str, dict[str, Any]]:
    listed = cs("health", "list", "-w", desk, "--as-of", day, "-f", "json", *more)
    assert listed.code == 0, listed.err
    return {row["account_id"]: row for row in json.loads(listed.out)}


def fact(cs: Cs, desk: Path, name: str, day: str) -> dict[str, Any]:
    shown = cs("facts", "show", name, "-w", desk, "--as-of", day, "-f", "json")
    assert shown.code == 0, shown.err
    found = json.loads(shown.out)
    rows = found if isinstance(found, list) else next(one for one in found.values() if isinstance(one, list))
    return {row["account_id"]: row[name] if name in row else row["value"] for row in rows}


PLAIN = """
scorecards:
  - name: plain
    about: x
    applies: otherwise
    measures:
      paying: {{fact: overdue_days, family: fiscal, weight: 10, scale: [[0, 100], [60, 0]]}}
    caps:
      - {{name: fading, if: usage_change_28d <= -50% and arr {arr}, at_most: 40}}
    bands: {{green: 70, red: 50, hysteresis: 3}}
    min_known_share: 0.5
"""


def test_a_score_is_late_only_by_what_speaks_in_it(cs: Cs, desk: Path) -> None:
    """A cap that is false whatever the use was says nothing of late use, nor of whom none was ever there."""
    (desk / "health.yaml").write_text(PLAIN.format(arr="< 1"))
    assert {row["health_as_of"] for row in health(cs, desk, "2026-07-20").values()} == {None}
    (desk / "health.yaml").write_text(PLAIN.format(arr="> 1"))
    found = health(cs, desk, "2026-07-20")
    assert found["flat"]["health_as_of"] == "2026-06-28" and found["unseen"]["health_as_of"] is None


def test_friday_is_no_better_than_monday(cs: Cs, desk: Path) -> None:
    """The week of the 22nd lasts until the 28th: fresh through the 8th, late from the 9th on, and the same for ever."""
    first = health(cs, desk, "2026-06-30")
    assert (first["fade"]["scorecard"], first["fade"]["health_as_of"]) == ("standard", None)
    assert first["fade"]["health"] < first["flat"]["health"]
    for day in ("2026-07-03", "2026-07-08", "2026-07-09", "2026-09-30"):
        as_of = "2026-06-28" if day > "2026-07-08" else None
        found = health(cs, desk, day)
        for name in ("fade", "flat"):
            assert found[name]["health_as_of"] == as_of, (name, day)
            if day < "2026-07-20":
                assert [found[name][key] for key in KEPT] == [first[name][key] for key in KEPT], (name, day)
            assert found[name]["scorecard"] == "standard"
    assert "as of" not in cs("health", "list", "-w", desk, "--as-of", "2026-07-08").out
    assert "as of 2026-06-28, late" in cs("health", "list", "-w", desk, "--as-of", "2026-07-09").out


def test_where_a_score_stands_its_lateness_does(cs: Cs, desk: Path) -> None:
    late = "as of 2026-06-28, late"
    day = ("-w", desk, "--as-of", "2026-07-10")
    assert late in " ".join(cs("health", "show", "fade", *day).out.replace("As of", "as of").split())
    assert late in cs("show", "fade", *day).out
    assert late in cs("accounts", "list", *day).out
    assert late in cs("renewals", "list", "--within", "365", *day).out
    shown = json.loads(cs("health", "show", "fade", *day, "-f", "json").out)
    assert shown["health_as_of"] == "2026-06-28"
    states = {row["measure"]: row["state"] for row in shown["measures"]}
    assert (states["usage_change"], states["last_seen"], states["overdue"]) == ("late", "late", "known")
    # the fact itself is unknown, so that no playbook goes by it
    assert fact(cs, desk, "usage_change_28d", "2026-07-10")["fade"] is None
    assert fact(cs, desk, "usage_change_28d", "2026-07-08")["fade"] == pytest.approx(-0.97)
    assert "late, its data are of 2026-06-28" in cs("explain", "fade", "usage_change_28d", *day).out
    assert "no rows of usage" in cs("explain", "unseen", "usage_28d", "-w", desk).out


def test_lateness_is_no_change(cs: Cs, desk: Path) -> None:
    moved = cs("health", "changes", "--since", "2026-06-30", "-w", desk, "--as-of", "2026-07-12", "-f", "json")
    assert moved.code == 0, moved.err
    for row in json.loads(moved.out):
        assert row["account_id"] not in ("fade", "flat"), row
    asked = cs("health", "changes", "--since", "2026-06-30", "-w", desk, "--as-of", "2026-09-30", "-f", "json")
    for row in json.loads(asked.out):
        assert row["time"] in (0, None) or row["account_id"] == "more", row  # its bill grows older for a while


def test_a_condition_may_ask_for_it(cs: Cs, desk: Path) -> None:
    (desk / "playbooks" / "late.yaml").write_text(
        "playbook: late\nabout: Scores that are late\nkind: escalation\nwhen: health_as_of is not missing\n"
        "severity: info\nowner: csm\n",
        encoding="utf-8",
    )
    assert cs("playbooks", "preview", "late", "-w", desk, "--as-of", "2026-07-10").code == 0
    assert "fade" in cs("playbooks", "preview", "late", "-w", desk, "--as-of", "2026-07-10", "-f", "json").out
    assert "fade" not in cs("playbooks", "preview", "late", "-w", desk, "--as-of", "2026-07-08", "-f", "json").out


def test_who_is_named_by_no_usage_is_not_dead(cs: Cs, desk: Path) -> None:
    for name in ("usage_28d", "active_users_28d", "seat_utilisation", "activated", "key_actions_28d"):
        assert fact(cs, desk, name, "2026-06-30")["unseen"] is None, name
        assert fact(cs, desk, name, "2026-06-30")["flat"] is not None, name
    assert health(cs, desk, "2026-06-30")["unseen"]["scorecard"] == "no usage data"
    checked = cs("check", "-w", desk)
    assert checked.code == 1
    assert [line for line in checked.out.splitlines() if line.startswith("no usage seen") and "unseen" in line]
    with open(desk / "cs.yaml", "a", encoding="utf-8") as file:
        file.write("usage: {no_rows: zero}\n")
    assert fact(cs, desk, "seat_utilisation", "2026-06-30")["unseen"] == 0
    assert fact(cs, desk, "activated", "2026-06-30")["unseen"] == 0
    assert "no usage seen" not in cs("check", "-w", desk).out


def test_header_check_and_today_go_by_the_data(cs: Cs, desk: Path) -> None:
    report = cs("report", "weekly", "-w", desk, "--as-of", "2026-07-20").out
    header = report.split("At a glance")[0]
    assert "data of 2026-06-28 (22 days old): usage (late)" in header
    assert "data of 2026-06-08 (42 days old): invoices (exported 2026-06-29)" in header
    assert "late: usage: scores keep their last value; cannot tell: " in header
    assert "usage-drop" in header
    # accounts and subscriptions hold what was so when they were exported
    assert "data of 2026-06-29 (21 days old): accounts, subscriptions" in header
    checked = cs("check", "-w", desk, "--as-of", "2026-07-20").out
    weekly = "weekly, dated by the first day of the week (Mondays)"
    assert f"of 2026-06-28, 22 days old; {weekly}, late after 10 days" in checked
    for command in ("check", "today"):
        told = cs(command, "-w", desk, "--as-of", "2026-07-20").out.splitlines()[:4]
        assert any("2026-06-28 (22 days old): usage (late)" in line for line in told), told
        assert any(line.startswith("late: usage: scores keep their last value; cannot tell: ") for line in told)
    assert "late data" in cs("today", "-w", desk, "--as-of", "2026-07-20", "-f", "json").out
    assert "late data" not in cs("today", "-w", desk, "--as-of", "2026-07-08", "-f", "json").out
    # on the day itself nothing is late
    assert "late" not in cs("report", "weekly", "-w", desk).out.split("At a glance")[0]


def test_an_old_file_imported_today_is_old(cs: Cs, desk: Path) -> None:
    """Months later somebody imports the file of June, with the time it was written."""
    text = (desk / "cs.yaml").read_text(encoding="utf-8").replace("2026-06-30", "2026-12-31")
    (desk / "cs.yaml").write_text(text, encoding="utf-8")
    old = write(desk, "usage-of-june.csv", [*usage_lines(), "flat,2026-06-22,logins,4"], "2026-06-29")
    assert cs("import", "-w", desk, old).code == 0
    header = cs("report", "weekly", "-w", desk).out.split("At a glance")[0]
    assert "2026-12-31 (today)" not in header
    assert "data of 2026-06-28 (186 days old): usage (late)" in header
    assert health(cs, desk, "2026-12-31")["flat"]["health_as_of"] == "2026-06-28"


def test_an_unchanged_export_of_a_later_day_is_fresh(cs: Cs, desk: Path) -> None:
    """The same bytes, exported four weeks later: beside the old file in one folder, or alone."""
    assert fact(cs, desk, "overdue_days", "2026-07-20")["more"] == 42
    assert fact(cs, desk, "overdue_days", "2026-07-21")["more"] is None
    folder = desk / "exports"
    folder.mkdir(exist_ok=True)
    write(folder, "a-invoice.csv", INVOICES, "2026-06-29")
    write(folder, "b-invoice.csv", INVOICES, "2026-07-27")
    assert cs("import", "-w", desk, folder, "--as-of", "2026-07-28").code == 0
    assert fact(cs, desk, "overdue_days", "2026-07-28")["more"] == 50
    listed = json.loads(cs("imports", "list", "-w", desk, "-f", "json").out)
    assert [row["unchanged"] for row in listed if row["source"] == "cs_invoice"] == [6, 0]


def test_the_very_file_again_is_no_look(cs: Cs, desk: Path) -> None:
    text = (desk / "cs.yaml").read_text(encoding="utf-8").replace("2026-06-30", "2026-07-28")
    (desk / "cs.yaml").write_text(text, encoding="utf-8")
    again = cs("import", "-w", desk, desk / "invoice.csv")
    assert "already imported" in again.err
    assert fact(cs, desk, "overdue_days", "2026-07-28")["more"] is None
    # written anew on that day, it is
    assert cs("import", "-w", desk, at_time(desk / "invoice.csv", "2026-07-28")).code == 0
    assert fact(cs, desk, "overdue_days", "2026-07-28")["more"] == 50


def test_nobody_is_accused_of_what_fell_due_since(cs: Cs, desk: Path) -> None:
    day = "2026-07-17"
    assert fact(cs, desk, "overdue_days", day) == {"fade": 0, "flat": 0, "more": 39, "unseen": 0}
    assert fact(cs, desk, "due_unconfirmed_amount", day) == {"fade": 0, "flat": 1000, "more": 0, "unseen": 0}
    checked = cs("check", "-w", desk, "--as-of", day).out
    lines = [line for line in checked.splitlines() if line.startswith("due since, not known whether paid")]
    assert len(lines) == 1
    assert "flat cs_invoice flat-2" in lines[0]
    assert "fell due on 2026-07-02, after the newest export, of 2026-06-29: not counted as overdue" in lines[0]
    weekly = cs("report", "weekly", "-w", desk, "--as-of", day).out
    assert "invoices over 1,000 fell due since the newest export: not known whether paid" in weekly
    assert "Due since, not known whether paid" in cs("show", "flat", "-w", desk, "--as-of", day).out
    assert "Due since" not in cs("show", "more", "-w", desk, "--as-of", day).out
    explained = cs("explain", "flat", "due_unconfirmed_amount", "-w", desk, "--as-of", day)
    assert "flat-2" in explained.out
    assert "flat-2" not in cs("explain", "flat", "overdue_days", "-w", desk, "--as-of", day).out


def test_the_rhythm_is_said_and_may_be_declared(cs: Cs, desk: Path) -> None:
    shown = cs("sources", "show", "cs_usage", "-w", desk).out
    weekly = "weekly, dated by the first day of the week (Mondays)"
    assert f"Data (usage): of 2026-06-28, {weekly}; late after 10 days" in shown
    assert "Not imported yet." in cs("sources", "show", "stripe_invoices", "-w", desk).out
    with open(desk / "cs.yaml", "a", encoding="utf-8") as file:
        file.write("rhythm: {usage: weekly_by_end}\n")
    shown = cs("sources", "show", "cs_usage", "-w", desk).out
    assert "Data (usage): of 2026-06-22, weekly, dated by the last day of the week, as declared" in shown
    assert health(cs, desk, "2026-07-03")["flat"]["health_as_of"] == "2026-06-22"


@pytest.mark.parametrize(
    ("line", "ident", "words"),
    [
        ("rhythm: {usage: wekly}", "DEF-012", 'there is no rhythm "wekly"'),
        ("rhythm: {usages: weekly}", "DEF-012", 'no kind of record called "usages"'),
        ("rhythm: {invoice: weekly, invoices: daily}", "DEF-017", "invoice stands twice in rhythm"),
        ("usage: {no_rows: none}", "DEF-015", 'no_rows cannot be "none"'),
    ],
)
def test_a_misspelt_rhythm_is_refused(cs: Cs, desk: Path, line: str, ident: str, words: str) -> None:
    with open(desk / "cs.yaml", "a", encoding="utf-8") as file:
        file.write(line + "\n")
    refused = cs("health", "list", "-w", desk)
    assert (refused.code, ident in refused.err, words in refused.err) == (12, True, True), refused.err


def test_one_metric_that_stopped_is_named(cs: Cs, desk: Path) -> None:
    """Seats in use came until May; active users go on, and are no better answer than the last one."""
    weeks = [FIRST + timedelta(days=7 * n) for n in range(20)]
    lines = ["account_id,day,metric,value", *(f"flat,{week},seats_used,4" for week in weeks)]
    assert cs("import", "-w", desk, write(desk, "seats.csv", lines, "2026-05-26")).code == 0
    (line,) = [one for one in cs("check", "-w", desk).out.splitlines() if one.startswith("usage metric late")]
    assert "seats_used" in line and "its rows end on 2026-05-24" in line
    assert fact(cs, desk, "seat_utilisation", "2026-06-30")["flat"] is None
    shown = json.loads(cs("health", "show", "flat", "-w", desk, "-f", "json").out)
    seats = next(row for row in shown["measures"] if row["measure"] == "seats_used")
    assert (seats["value"], seats["state"], shown["health_as_of"]) == (0.4, "late", "2026-05-24")
