"""Drafts: filled with facts, addressed to the right person, never sent, data never a template."""

from __future__ import annotations

from email import message_from_bytes
from email.policy import default
from pathlib import Path

import pytest

from tests.conftest import ROOT, Cs


def test_a_draft_for_a_case_speaks_of_its_facts(cs: Cs, demo_once: Path) -> None:
    case = next(
        row
        for row in cs("-w", demo_once, "escalations", "list", "-f", "json").json
        if row["name"] == "Tallgrass Freight" and row["playbook"] == "overdue-invoice"
    )
    done = cs("-w", demo_once, "draft", case["case"])
    assert done.code == 0, done.err
    assert "7,410 USD are 45 days past due" in done.out
    assert "To: Magda Keller <magda.keller@tallgrass-freight.example>" in done.out


def test_an_account_with_an_escalation_gets_no_mail_about_not_having_spoken(cs: Cs, demo: Path) -> None:
    told = {
        name: cs("-w", demo, "draft", name) for name in ("Tallgrass", "Vantage", "Ember & Oak", "Helix")
    }
    used = {name: done.err.partition("drafts/")[2].partition(".txt")[0] for name, done in told.items()}
    assert used == {
        "Tallgrass": "overdue-invoice", "Vantage": "urgent-ticket", "Ember & Oak": "usage-drop", "Helix": "detractor",
    }  # fmt: skip
    busy = {row["account_id"] for row in cs("-w", demo, "cases", "list", "-f", "json").json}
    quiet = next(row for row in cs("-w", demo, "accounts", "list", "-f", "json").json if row["account_id"] not in busy)
    told_quiet = cs("-w", demo, "draft", quiet["account_id"])
    assert told_quiet.code == 0, told_quiet.err
    assert ("not spoken" in told_quiet.out) == ("drafts/check-in.txt" in told_quiet.err)
    assert "about c" in told["Vantage"].err and "urgent-ticket, amber" in told["Vantage"].err
    # an escalation whose playbook has no text of its own
    (demo / "drafts" / "urgent-ticket.txt").unlink()  # a workspace from before there was one has it all the same
    again = cs("-w", demo, "draft", "Vantage")
    assert "drafts/urgent-ticket.txt" in again.err and "not spoken" not in again.out


def test_every_enabled_escalation_has_a_text_of_its_own(demo: Path, cs: Cs) -> None:
    rows = cs("-w", demo, "playbooks", "list", "-f", "json").json
    wanted = {row["playbook"] for row in rows if row["enabled"] and row["kind"] == "escalation"}
    assert wanted <= {path.stem for path in (demo / "drafts").glob("*.txt")}


def test_an_eml_has_one_recipient_and_is_unsent(cs: Cs, demo: Path, tmp_path: Path) -> None:
    file = tmp_path / "mail.eml"
    assert cs("-w", demo, "draft", "Meridian", "--template", "renewal", "-o", file).code == 0
    mail = message_from_bytes(file.read_bytes(), policy=default)
    assert [address.addr_spec for address in mail["To"].addresses] == ["pieter.vanaalst@meridian-orchards.example"]
    assert mail["X-Unsent"] == "1"
    assert "2026-07-20" in mail["Subject"]


def test_data_is_never_a_template_and_faults_name_the_file(cs: Cs, demo: Path) -> None:
    path = demo / "drafts" / "own.txt"
    path.write_text("Subject: {{ name }}\n\nHi {{ first_name }}, {{ unknown_thing }}\n")
    done = cs("-w", demo, "draft", "Meridian", "--template", "own")
    assert done.code == 12
    assert "own.txt" in done.err
    path.write_text("Subject: x\n\n{{ ''.__class__ }}\n")
    assert cs("-w", demo, "draft", "Meridian", "--template", "own").code == 12
    assert cs("-w", demo, "draft", "Meridian", "--template", "renewl").code == 2
    assert cs("-w", demo, "draft", "c99999").code == 2


def starter_books() -> list[str]:
    return sorted(path.stem for path in (ROOT / "playbooks").glob("*.yaml"))


@pytest.mark.parametrize("name", starter_books())
def test_every_playbook_has_a_text_of_its_own_or_says_that_nobody_is_written_to(name: str) -> None:
    book = (ROOT / "playbooks" / f"{name}.yaml").read_text(encoding="utf-8")
    text = ROOT / "cs_cli" / "starter" / "drafts" / f"{'renewal' if name == 'renewal-runway' else name}.txt"
    if "draft: none" not in book:
        assert text.exists()
        if name != "silent-account":
            assert "not spoken" not in text.read_text(encoding="utf-8")
    else:
        assert not text.exists()


def test_who_left_or_tries_gets_no_mail_about_not_having_spoken(cs: Cs, demo: Path) -> None:
    rows = cs("-w", demo, "accounts", "list", "--all", "-f", "json").json
    others = {row["status"]: row["account_id"] for row in rows if row["status"] in ("churned", "trial", "prospect")}
    assert "churned" in others
    for status, account in others.items():
        done = cs("-w", demo, "draft", account)
        if done.code == 0:  # about a case that is open
            assert "not spoken" not in done.out, status
        else:
            assert done.code == 15
            assert "INT-062" in done.err
            assert "not a customer" in done.err
            assert cs("-w", demo, "draft", account, "--template", "check-in").code == 0


def test_a_playbook_without_a_text_writes_nothing_and_is_warned_about(cs: Cs, workspace: Path) -> None:
    from tests.cli.test_opinions import give

    give(cs, workspace)
    own = workspace / "playbooks" / "many-seats.yaml"
    own.write_text(
        "playbook: many-seats\nabout: Many seats\nkind: adoption\nwhen: seats >= 10\nseverity: info\n"
        "tasks:\n  - {id: write, do: Write to them}\n"
    )
    warned = cs("-w", workspace, "playbooks", "check")
    assert "DEF-071" in warned.err + warned.out
    assert cs("-w", workspace, "run").code == 0
    cases = cs("-w", workspace, "cases", "list", "-f", "json").json
    (case,) = [row for row in cases if row["playbook"] == "many-seats"]
    refused = cs("-w", workspace, "draft", case["case"])
    assert refused.code == 15
    assert "INT-062" in refused.err
    own.write_text(own.read_text() + "draft: none\n")
    assert "DEF-071" not in cs("-w", workspace, "playbooks", "check").err
    assert "nobody at the customer" in cs("-w", workspace, "draft", case["case"]).err
    (workspace / "drafts" / "many-seats.txt").write_text("Subject: Seats\n\nHello\n")
    own.write_text(own.read_text().replace("draft: none", "draft: many-seats"))
    assert cs("-w", workspace, "draft", case["case"]).code == 0


def test_the_language_that_a_crm_says(cs: Cs, workspace: Path) -> None:
    from tests.cli.test_opinions import give

    give(cs, workspace)
    (workspace / "attribute.csv").write_text("account_id,name,value\nacme,Preferred language,German\n")
    assert cs("import", "-w", workspace, workspace / "attribute.csv").code == 0
    assert "drafts/hello.txt" in cs("-w", workspace, "draft", "acme", "--template", "hello").err
    (workspace / "drafts" / "hello.de.txt").write_text("Subject: Guten Tag\n\nWie geht es Ihnen?\n", encoding="utf-8")
    german = cs("-w", workspace, "draft", "acme", "--template", "hello")
    assert "drafts/hello.de.txt" in german.err
    assert "Wie geht es Ihnen?" in german.out
