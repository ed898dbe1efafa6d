"""Drafts: filled with facts, addressed to the right person, never sent, data never a template."""

from __future__ import annotations

from email import message_from_bytes
from email.policy import default
from pathlib import Path

from tests.conftest import Cs


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
    assert "drafts/check-in.txt" in cs("-w", demo, "draft", quiet["account_id"]).err
    assert "about c" in told["Vantage"].err and "urgent-ticket, amber" in told["Vantage"].err
    # an escalation whose playbook has no text of its own
    (demo / "drafts" / "urgent-ticket.txt").unlink()
    alarm = cs("-w", demo, "draft", "Vantage")
    assert "drafts/escalation.txt" in alarm.err and "not spoken" not in alarm.out
    (demo / "drafts" / "escalation.txt").unlink()  # a workspace from before there was one
    assert "drafts/check-in.txt" in cs("-w", demo, "draft", "Vantage").err


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
