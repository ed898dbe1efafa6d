"""Forgotten means forgotten: in every spelling that a report, a calendar, a mail or a backup has of a name."""

from __future__ import annotations

import zipfile
from email.message import EmailMessage
from pathlib import Path

import pytest

from cs_cli.intake.forget_files import Finder
from tests.conftest import Cs
from tests.deliver.world import settings

NAME = 'Rook & Söhne "R*D" [West]; Co, Ltd'
ACCOUNTS = "account_id,name,domain\nROOK-778899,{},rook.example\nB-100200,Beta Works,beta.example\n"


def quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def make(desk: Path, cs: Cs, name: str) -> None:
    settings(desk, today="2026-06-30", currency="USD")
    (desk.parent / "a.csv").write_text(ACCOUNTS.format(quoted(name)), encoding="utf-8")
    done = cs("-w", desk, "import", desk.parent / "a.csv", "--as-of", "2026-06-30", "--yes")
    assert done.code == 0, done.err


@pytest.mark.parametrize("name", [NAME, "Acme", "O'Hara", "<b>Zed", "100% Süß", "A_B", "Ko", "Über-Café (Wien)"])
@pytest.mark.parametrize("ending", ["html", "md", "csv", "json", "xlsx"])
def test_a_report_of_any_form_that_names_it_goes(workspace: Path, cs: Cs, name: str, ending: str) -> None:
    make(workspace, cs, name)
    report = workspace / "reports" / f"list.{ending}"
    assert cs("-w", workspace, "accounts", "list", "--all", "-o", report).code == 0
    other = workspace / "reports" / "other.txt"
    other.write_text("Acmeville, Kong, A_Bc and Beta Works stay", encoding="utf-8")
    done = cs("-w", workspace, "accounts", "forget", "ROOK-778899", "--yes", "--files")
    assert done.code == 0, done.err
    assert not report.exists() and other.exists()


def test_mails_and_calendars_are_read_as_they_are_meant() -> None:
    finder = Finder([NAME], ["Acme"])
    mail = EmailMessage()
    mail["Subject"] = f"Renewal of {NAME}"
    mail.set_content("ünd " * 60 + NAME, cte="base64")
    assert finder._in_mail(bytes(mail))
    folded = f"SUMMARY:{NAME[:9]}\r\n {NAME[9:]}".replace(";", "\\;").replace(",", "\\,")
    assert finder.within(folded.encode())
    assert finder.within(b"from Acme.") and not finder.within(b"Acmeville") and not finder.within(b"pAcme")
    assert finder.within("x Acme y".encode("utf-16-le")) and not finder.within("Acmes".encode("utf-16-le"))
    assert not finder.within("éAcme".encode())


def test_what_cannot_be_searched_is_listed_and_the_command_ends_in_3(workspace: Path, cs: Cs) -> None:
    make(workspace, cs, "Zyxmark Widgets")
    (workspace / "reports" / "board.pdf").write_bytes(b"%PDF-1.7 packed")
    with zipfile.ZipFile(workspace / "exports" / "old.zip", "w") as archive:
        archive.writestr("inner.zip", b"PK..")
    (workspace / "exports" / "broken.gz").write_bytes(b"\x1f\x8b\x08broken")
    dry = cs("-w", workspace, "accounts", "forget", "ROOK-778899", "--dry-run", "-f", "json").json
    assert {row["where"] for row in dry if row["then"].startswith("cannot be searched")} == {
        "reports/board.pdf", "exports/old.zip", "exports/broken.gz"
    }  # fmt: skip
    done = cs("-w", workspace, "accounts", "forget", "ROOK-778899", "--yes", "--files")
    assert done.code == 3 and "STO-044" in done.err and "board.pdf" in done.err, done.err
    assert (workspace / "reports" / "board.pdf").exists()


def test_a_backup_of_a_database_that_was_made_anew_is_searched_by_name_not_by_number(workspace: Path, cs: Cs) -> None:
    (workspace.parent / "first.csv").write_text(
        "account_id,name,domain\nB-100200,Beta Works,beta.example\nROOK-778899,Zyxmark Widgets,zyx.example\n"
    )
    settings(workspace, today="2026-06-30", currency="USD")
    assert cs("-w", workspace, "import", workspace.parent / "first.csv", "--yes", "--as-of", "2026-06-30").code == 0
    assert cs("-w", workspace, "backup").code == 0
    for file in workspace.glob("cs.db*"):
        file.unlink()
    make(workspace, cs, "Zyxmark Widgets")  # the other way round: it has another number now
    (backup,) = (workspace / "backups").glob("*.db")
    assert b"Zyxmark" in backup.read_bytes()
    done = cs("-w", workspace, "accounts", "forget", "ROOK-778899", "--yes", "--files")
    assert done.code == 0, done.err
    assert b"Zyxmark" not in backup.read_bytes() and b"Beta Works" in backup.read_bytes()


def test_the_copy_that_a_killed_forget_left_goes_with_the_next_one(workspace: Path, cs: Cs) -> None:
    make(workspace, cs, "Zyxmark Widgets")
    left = workspace / ".cs" / "tmpab12cd" / "cs.db"
    left.parent.mkdir(parents=True)
    left.write_bytes((workspace / "cs.db").read_bytes() + b"Zyxmark Widgets")
    done = cs("-w", workspace, "accounts", "forget", "ROOK-778899", "--yes")
    assert done.code == 0, done.err
    assert not left.exists()
