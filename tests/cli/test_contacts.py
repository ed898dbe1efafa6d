"""`cs contacts list|role|left`: what a person says of people stays, whatever the CRM sends next."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Cs

ACCOUNTS = "account_id,name,domain\nA1,Acme Inc,acme.com\nA2,Globex,globex.com\n"
CONTACTS = (
    "contact_id,account_id,name,email,role,left_on\n"
    "P1,A1,Kim Park,kim@acme.com,user,\n"
    "P2,A1,Ida Berg,ida@acme.com,champion,\nP3,A2,Kim Lund,kim@globex.com,champion,\n"
)


@pytest.fixture
def desk(workspace: Path, cs: Cs) -> Path:
    for name, text in (("a.csv", ACCOUNTS), ("p.csv", CONTACTS)):
        (workspace / "exports" / name).write_text(text)
        done = cs("-w", workspace, "import", workspace / "exports" / name)
        assert done.code == 0, done.err
    return workspace


def listed(cs: Cs, desk: Path, *words: object) -> dict[str, dict[str, Any]]:
    done = cs("-w", desk, "contacts", "list", "-f", "json", *words)
    assert done.code == 0, done.err
    return {row["contact"]: row for row in done.json}


def fact(cs: Cs, desk: Path, name: str) -> str:
    done = cs("-w", desk, "explain", "A1", name)
    assert done.code == 0, done.err
    return done.out


def test_a_role_by_hand_survives_the_next_import_and_can_be_taken_back(cs: Cs, desk: Path) -> None:
    done = cs("-w", desk, "contacts", "role", "kim@acme.com", "decision_maker")
    assert done.code == 0, done.err
    assert (listed(cs, desk)["P1"]["role"], listed(cs, desk)["P1"]["by_hand"]) == ("decision_maker", "role")
    (desk / "exports" / "p2.csv").write_text(CONTACTS.replace("Kim Park", "Kim Park-Lee"))
    assert cs("-w", desk, "import", desk / "exports" / "p2.csv").code == 0
    assert (listed(cs, desk)["P1"]["role"], listed(cs, desk)["P1"]["name"]) == ("decision_maker", "Kim Park-Lee")
    assert "entered by hand" in fact(cs, desk, "decision_maker_known")
    number = done.err.split("#", 1)[1].split(" ", 1)[0]
    assert cs("-w", desk, "imports", "undo", number).code == 0
    assert (listed(cs, desk)["P1"]["role"], listed(cs, desk)["P1"]["by_hand"]) == ("user", None)


def test_who_left_is_gone_from_that_day(cs: Cs, desk: Path) -> None:
    done = cs("-w", desk, "contacts", "left", "Ida Berg", "--on", "2026-06-15")
    assert done.code == 0, done.err
    assert listed(cs, desk)["P2"]["left_on"] == "2026-06-15"
    assert listed(cs, desk, "--as-of", "2026-06-14")["P2"]["left_on"] is None
    assert list(listed(cs, desk, "A1")) == ["P1", "P2"]  # those who stay come first
    shown = cs("-w", desk, "accounts", "show", "A1")
    assert "2026-06-15" in shown.out


def test_a_word_that_is_no_role(cs: Cs, desk: Path) -> None:
    done = cs("-w", desk, "contacts", "role", "ida@acme.com", "champoin")
    assert (done.code, "REV-011" in done.err, 'did you mean "champion"' in done.err) == (2, True, True)


def test_whom_you_mean_must_be_clear(cs: Cs, desk: Path) -> None:
    several = cs("-w", desk, "contacts", "left", "Kim")
    assert (several.code, "REV-013" in several.err, "P3" in several.err) == (2, True, True)
    nobody = cs("-w", desk, "contacts", "left", "nobody@acme.com")
    assert (nobody.code, "REV-012" in nobody.err) == (2, True)
