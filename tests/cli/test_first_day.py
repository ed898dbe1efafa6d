"""The first day counts from now on: of a workspace, of an edited definition, of an account that arrives."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conftest import Cs
from tests.deliver.world import ledger, settings

DAY = "2026-06-30"
ON = ("--as-of", "2026-07-01")
TERMS = "contract_id,account_id,start,end,notice_days,auto_renew,amount,currency\n"
FIRST = "C1,A1,2025-10-11,2026-10-10,60,yes,90000,USD\n"  # its notice day, 2026-08-11, is 42 days ahead
SECOND = "C2,A2,2025-12-01,2026-11-30,60,yes,30000,USD\n"  # 2026-10-01


@pytest.fixture(autouse=True)
def no_trends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cs_cli.scoring.cache.TRENDS_UP_TO", 0)


@pytest.fixture
def desk(workspace: Path, cs: Cs) -> Path:
    """One account in the middle of its runway; renewal-runway is the only playbook."""
    for playbook in (workspace / "playbooks").glob("*.yaml"):
        if playbook.stem != "renewal-runway":
            playbook.unlink()
    settings(workspace, today=DAY, currency="USD")
    load(workspace, cs, "1", "account_id,name\nA1,Alder Works\n", FIRST)
    return workspace


def load(desk: Path, cs: Cs, n: str, accounts: str, terms: str, day: str = DAY) -> None:
    (desk / f"a{n}.csv").write_text(accounts)
    (desk / f"c{n}.csv").write_text(TERMS + terms)
    done = cs("-w", desk, "import", desk / f"a{n}.csv", desk / f"c{n}.csv", "--as-of", day, "--yes")
    assert done.code == 0, done.err


def remind(desk: Path, cs: Cs, day: str) -> str:
    done = cs("-w", desk, "remind", "--as-of", day)
    assert done.code == 0, done.err
    return done.out


def test_a_renewal_found_42_days_before_its_notice_day_is_told_and_reminded(desk: Path, cs: Cs) -> None:
    dry = cs("-w", desk, "remind", "--dry-run")
    assert "this is where" not in dry.out  # one case alone needs no heading
    for told in ("Alder Works: renewal-runway, info", "last safe day 2026-08-11", "next: t4 Talk about price and term"):
        assert told in dry.out, dry.out
    assert remind(desk, cs, DAY).split() == dry.out.partition("\n")[2].split()
    assert remind(desk, cs, DAY) == ""
    assert remind(desk, cs, "2026-07-10") == ""  # 32 days; the 12th is a Sunday
    month = remind(desk, cs, "2026-07-13")
    assert month.count("the price talk should be on its way") == 1 and "quarter" not in month
    assert remind(desk, cs, "2026-07-14") == ""
    assert [row[0] for row in ledger(desk, "step")] == ["where it stands", "month"]


def test_the_first_digest_names_every_open_case_and_the_worst_first(desk: Path, cs: Cs) -> None:
    load(desk, cs, "2", "account_id,name\nA1,Alder Works\nA2,Birch Labs\n", FIRST + SECOND)
    (desk / "playbooks" / "quiet.yaml").write_text(
        "playbook: quiet\nabout: a playbook without reminders\nwhen: arr > 50000\nseverity: red\nlimit: '1000'\n"
    )
    out = remind(desk, cs, DAY)
    assert "this is where you stand, 3 open cases" in out.splitlines()[0]
    titles = [line.partition(". ")[2] for line in out.splitlines() if line[:1].isdigit()]
    assert titles == [
        "Alder Works: quiet, red", "Alder Works: renewal-runway, info", "Birch Labs: renewal-runway, info"
    ]  # fmt: skip
    (case, *_) = cs("-w", desk, "cases", "list", "-f", "json").json
    assert case["inherited"] and case["acknowledge_by"] is not None


def test_what_was_not_due_on_the_first_day_comes_as_usual(desk: Path, cs: Cs) -> None:
    remind(desk, cs, DAY)
    load(desk, cs, "2", "account_id,name\nA1,Alder Works\nA2,Birch Labs\n", FIRST + SECOND, "2026-07-01")
    out = remind(desk, cs, "2026-07-01")  # 92 days before the notice day: start (120 days) is past, quarter is not
    assert "Birch Labs: renewal-runway" in out and "the runway begins" not in out
    assert "look at goals" in remind(desk, cs, "2026-07-03")


def test_a_changed_tier_gets_the_same_care(desk: Path, cs: Cs) -> None:
    """From B to A, 61 days before the notice day: not what an A would have heard in spring, but what comes next."""
    segments = desk / "segments.yaml"
    text = segments.read_text()
    assert "A: arr >= 30_000" in text
    segments.write_text(text.replace("A: arr >= 30_000", "A: arr >= 40_000"))
    birch = SECOND.replace("2026-11-30", "2026-10-30")
    load(desk, cs, "2", "account_id,name\nA1,Alder Works\nA2,Birch Labs\n", FIRST + birch)
    assert "Birch Labs: renewal-runway" in remind(desk, cs, DAY)
    segments.write_text(text)
    assert remind(desk, cs, "2026-07-01") == ""
    assert "Birch" not in remind(desk, cs, "2026-07-13")
    assert "Birch Labs decides by 2026-08-31: the price talk" in remind(desk, cs, "2026-08-03")


def test_an_edited_condition_makes_no_news_of_what_has_long_been_so(desk: Path, cs: Cs) -> None:
    """It opens on the day of the edit, with its patience served, its clocks from today, and called inherited."""
    (desk / "playbooks" / "large.yaml").write_text(
        "playbook: large\nabout: pays much\nwhen: arr > 500000\nfor: 7d\nseverity: red\nlimit: '1000'\n"
        "reminders: [{id: now, at: opened, to: [csm], subject: '{{ name }} is large'}]\n"
    )
    remind(desk, cs, DAY)
    path = desk / "playbooks" / "large.yaml"
    path.write_text(path.read_text().replace("500000", "50000"))
    assert "Alder Works is large" in remind(desk, cs, "2026-07-01")
    (case,) = cs("-w", desk, "cases", "list", "--playbook", "large", "-f", "json", *ON).json
    assert (case["inherited"], case["opened_on"], case["acknowledge_by"]) == (True, "2026-07-01", "2026-07-02")


def test_an_account_that_arrives_has_served_what_its_data_show(desk: Path, cs: Cs) -> None:
    (desk / "playbooks" / "large.yaml").write_text(
        "playbook: large\nabout: pays much\nwhen: 20000 < arr < 50000\nfor: 7d\nseverity: red\nlimit: '1000'\n"
    )
    remind(desk, cs, DAY)
    load(desk, cs, "2", "account_id,name\nA1,Alder Works\nA2,Birch Labs\n", FIRST + SECOND, "2026-07-01")
    remind(desk, cs, "2026-07-01")
    rows = cs("-w", desk, "cases", "list", "--playbook", "large", "-f", "json", *ON).json
    assert [(row["account_id"], row["inherited"], row["opened_on"]) for row in rows] == [("A2", True, "2026-07-01")]


TWO = {
    "me": "Ann Lee",
    "people": [{"name": "Ann Lee", "roles": ["csm"]}, {"name": "Tom Fox", "roles": ["renewal_manager"]}],
    "roles": {"csm": "Ann Lee", "renewal_manager": "Tom Fox"},
}


def reminded(desk: Path) -> list[tuple[str, str]]:
    """(step, recipient) of the ledger without the tasks that were told to a colleague."""
    return [row for row in ledger(desk, "step", "recipient") if row[0] != "passed"]


def test_two_roles_on_one_channel_get_one_post_with_their_names(desk: Path, cs: Cs) -> None:
    """The month's reminder goes to the CSM and to the renewal manager, who read the same channel."""
    settings(desk, **TWO)
    remind(desk, cs, DAY)
    month = remind(desk, cs, "2026-07-13")
    assert month.count("the price talk should be on its way") == 1
    assert reminded(desk)[1] == ("month", "Ann Lee, Tom Fox")


def test_a_channel_that_is_shared_has_one_digest_a_day(desk: Path, cs: Cs) -> None:
    settings(desk, **TWO, channels={"desk": {"kind": "file", "path": "reports/desk.txt"}})
    for name, owner in (("one", "csm"), ("two", "renewal_manager")):
        (desk / "playbooks" / f"{name}.yaml").write_text(
            f"playbook: {name}\nabout: x\nwhen: arr > 50000\nowner: {owner}\nlimit: '1000'\n"
        )
    done = cs("-w", desk, "remind")
    assert "in 1 message" in done.err, done.err
    text = (desk / "reports" / "desk.txt").read_text()
    assert text.count("this is where you stand") == 1
    assert "open cases for Ann Lee, Tom Fox, " in text or "open cases for Tom Fox, Ann Lee, " in text
    own = text.count("task · ")  # his tasks, which are told to him as he is not me
    assert text.count("· for Ann Lee") == 2 and text.count("· for Tom Fox") - own == 1


def test_each_person_has_a_calendar_alone(desk: Path, cs: Cs) -> None:
    path = desk / "playbooks" / "renewal-runway.yaml"
    both = "to: [csm, renewal_lead]"
    path.write_text(path.read_text().replace(both, f"{both}\n    via: [days]"))
    settings(desk, **TWO, channels={"days": {"kind": "calendar", "path": "reports/days"}, "stdout": {"default": True}})
    remind(desk, cs, DAY)
    dry = cs("-w", desk, "remind", "--dry-run", "--as-of", "2026-07-13", "-f", "json").json
    assert {row["recipient"] for row in dry if row["step"] == "month"} == {"Ann Lee", "Tom Fox"}


def test_reminders_go_to_the_owner_that_the_case_shows(desk: Path, cs: Cs) -> None:
    """Also after another owner was written into the playbook."""
    path = desk / "playbooks" / "renewal-runway.yaml"
    path.write_text(path.read_text().replace("to: [csm, renewal_lead]", "to: [owner]"))
    settings(desk, **TWO)
    remind(desk, cs, DAY)
    path.write_text(path.read_text().replace("\nowner: csm\n", "\nowner: renewal_manager\n"))
    remind(desk, cs, "2026-07-13")
    assert reminded(desk)[1] == ("month", "Ann Lee")


def test_today_has_the_new_cancellation_before_late_ambers(desk: Path, cs: Cs) -> None:
    load(desk, cs, "2", "account_id,name\nA1,Alder Works\nA2,Birch Labs\n", FIRST + SECOND)
    (desk / "playbooks" / "slow.yaml").write_text(
        "playbook: slow\nabout: x\nkind: escalation\nwhen: arr > 50000\nseverity: amber\nlimit: '1000'\n"
        "sla: {amber: {acknowledge: 1}}\n"
    )
    assert cs("-w", desk, "run", "-q").code == 0
    (desk / "playbooks" / "gone.yaml").write_text(
        "playbook: gone\nabout: x\nkind: escalation\nwhen: 20000 < arr < 50000\nseverity: red\nlimit: '1000'\n"
    )
    assert cs("-w", desk, "run", "-q", "--as-of", "2026-07-06").code == 0
    rows = cs("-w", desk, "today", "-f", "json", "--as-of", "2026-07-06").json
    assert [row["what"] for row in rows if ":" in row["what"]][:2] == ["red: gone", "amber: slow"]


def test_a_playbook_that_its_limit_stops_is_said_by_the_reminder(desk: Path, cs: Cs) -> None:
    """Nothing of it is in the digest, and silence would read as an all-clear."""
    names = [f"B{n}" for n in range(8)]
    accounts = "account_id,name\nA1,Alder Works\n" + "".join(f"{name},Company {name}\n" for name in names)
    terms = "".join(f"C-{name},{name},2025-12-01,2026-11-30,60,yes,30000,USD\n" for name in names)
    load(desk, cs, "2", accounts, FIRST + terms)
    path = desk / "playbooks" / "renewal-runway.yaml"
    path.write_text(path.read_text().replace('limit: "100000"', 'limit: "5"'))
    done = cs("-w", desk, "remind", "--as-of", DAY)
    assert done.code == 0 and done.out == ""
    assert "renewal-runway would open 9 cases and opened none (its limit is 5)" in done.err
    assert "cs playbooks pending renewal-runway" in done.err


def test_contracts_that_all_end_on_one_day_are_no_slip_of_a_condition(workspace: Path, cs: Cs) -> None:
    (workspace / "a.csv").write_text("account_id,name\n" + "".join(f"A{n},Company {n}\n" for n in range(30)))
    (workspace / "c.csv").write_text(
        "contract_id,account_id,start,end,amount,currency,auto_renew,notice_days\n"
        + "".join(f"K{n},A{n},2025-09-30,2026-09-30,90000,USD,no,\n" for n in range(30))
    )
    assert cs("-w", workspace, "import", workspace / "a.csv", workspace / "c.csv", "--yes").code == 0
    done = cs("-w", workspace, "run")
    assert done.code == 0, done.err
    rows = cs("-w", workspace, "cases", "list", "-f", "json").json
    assert sum(row["playbook"] == "renewal-runway" for row in rows) == 30
