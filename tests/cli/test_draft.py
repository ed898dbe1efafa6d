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
