"""What makes an import pleasant: folders, a dry run that shows, a bar on a terminal, the list of imports."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.conftest import Cs

ACCOUNTS = "account_id,name,domain\n" + "".join(f"A{n},Company {n},company{n}.example\n" for n in range(1, 31))
HEAD = "subscription_id,account_id,plan,quantity,amount,currency,interval,started_on,status\n"
SUBSCRIPTIONS = (
    HEAD + "S1,A1,pro,10,50.00,USD,month,2026-01-15,active\nS2,A2,pro,1,1200.00,JPY,year,2026-01-20,active\n"
)


def put(workspace: Path, name: str, text: str) -> Path:
    path = workspace / "exports" / name
    path.write_text(text)
    return path


def test_a_folder_takes_what_is_known_and_says_what_it_left(cs: Cs, workspace: Path) -> None:
    put(workspace, "accounts.csv", ACCOUNTS)
    odd = put(workspace, "odd.csv", "foo,bar\n1,2\n")
    first = cs("-w", workspace, "import", workspace / "exports")
    assert first.code == 3
    assert "30 added" in first.err
    assert "odd.csv: left: no source knows these headers" in first.err
    assert "the other files are in" in first.err
    again = cs("-w", workspace, "import", workspace / "exports")
    assert again.code == 3
    assert "already imported as #1" in again.err
    # the same file by its name is refused, also beside its folder, and nothing changes
    before = (workspace / "cs.db").read_bytes()
    for words in ((odd,), (workspace / "exports", odd)):
        refused = cs("-w", workspace, "import", *words)
        assert refused.code == 10
        assert "IMP-202" in refused.err
    assert (workspace / "cs.db").read_bytes() == before
    odd.unlink()
    assert cs("-w", workspace, "import", workspace / "exports").code == 0


def test_a_folder_of_nothing_known_is_refused(cs: Cs, workspace: Path) -> None:
    put(workspace, "odd.csv", "foo,bar\n1,2\n")
    put(workspace, "page.csv", "<!DOCTYPE html><html><body>log in</body></html>\n")
    refused = cs("-w", workspace, "import", workspace / "exports")
    assert refused.code == 10
    assert "odd.csv" in refused.err and "page.csv" in refused.err


def test_dry_run_is_a_table_of_old_and_new_with_money_and_names(cs: Cs, workspace: Path) -> None:
    files = put(workspace, "a.csv", ACCOUNTS), put(workspace, "s.csv", SUBSCRIPTIONS)
    assert cs("-w", workspace, "import", *files).code == 0
    before = (workspace / "cs.db").read_bytes()
    fewer = "".join(ACCOUNTS.splitlines(keepends=True)[:-2]).replace("Company 3,", "Company Three,")
    dearer = SUBSCRIPTIONS.replace("50.00", "60.00").replace("1200.00", "1300.00") \
        + "S3,A3,pro,1,5.00,USD,month,2026-02-01,active\n"
    shown = cs("-w", workspace, "import", put(workspace, "a2.csv", fewer), put(workspace, "s2.csv", dearer),
               "--dry-run", "-f", "json")
    assert shown.code == 0, shown.err
    rows = {(row["kind"], row["key"], row["column"]): row for row in shown.json}
    assert rows["account", "A3", "name"]["old"] == "Company 3"
    assert rows["account", "A3", "name"]["new"] == "Company Three"
    assert (rows["subscription", "S1", "amount"]["old"], rows["subscription", "S1", "amount"]["new"]) == (50, 60)
    # a yen has no hundredths
    assert (rows["subscription", "S2", "amount"]["old"], rows["subscription", "S2", "amount"]["new"]) == (1200, 1300)
    assert rows["subscription", "S3", "plan"]["what"] == "added"
    gone = [row["name"] for row in shown.json if row["what"] == "not in the file"]
    assert gone == ["Company 29", "Company 30"]
    assert "not in this file: Company 29, Company 30" in shown.err
    assert "MRR USD: 500 → 605" in shown.err
    assert "MRR JPY: 100 → 108" in shown.err
    assert (workspace / "cs.db").read_bytes() == before


def test_imports_list_has_the_columns_that_scripts_rely_on_and_no_hand_entries(cs: Cs, workspace: Path) -> None:
    assert cs("-w", workspace, "import", put(workspace, "a.csv", ACCOUNTS)).code == 0
    assert cs("-w", workspace, "accounts", "merge", "A1", "A2").code == 0
    listed = cs("-w", workspace, "imports", "list", "-f", "json").json
    assert [one["import"] for one in listed] == [1]
    wanted = ["import", "source", "file", "rows", "added", "changed", "unchanged", "set_aside", "at"]
    assert list(listed[0])[:9] == wanted
    shown = cs("-w", workspace, "imports", "show", "1", "-f", "json")
    assert shown.code == 0
    assert list(shown.json[0])[:9] == wanted


@pytest.mark.slow
def test_a_bar_on_a_terminal_after_two_seconds_and_none_in_a_pipe(workspace: Path, tmp_path: Path) -> None:
    big = tmp_path / "accounts.csv"
    rows = "".join(f"A{n},Company {n},company{n}.example\n" for n in range(60_000))
    big.write_text("account_id,name,domain\n" + rows)
    command = [sys.executable, "-m", "cs_cli", "-w", str(workspace), "import", str(big), "--dry-run"]
    quiet = {**os.environ, "TERM": "xterm", "PYTHONPATH": os.pathsep.join(sys.path)}
    piped = subprocess.run(command, capture_output=True, env=quiet, check=False)
    assert piped.returncode == 0, piped.stderr
    assert b"\x1b" not in piped.stderr and b"reading" not in piped.stderr
    ours, theirs = pty.openpty()
    started = time.monotonic()
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=theirs, env=quiet)
    os.close(theirs)
    seen = b""
    with os.fdopen(ours, "rb", 0) as terminal:
        while True:
            try:
                part = terminal.read(65536)
            except OSError:  # the other end of a terminal was closed
                break
            if not part:
                break
            seen += part
    assert process.stdout is not None
    process.stdout.read()
    process.stdout.close()
    assert process.wait() == 0
    if time.monotonic() - started > 3:
        assert b"reading" in seen or b"merging" in seen
        assert b"rows" in seen or b"merging" in seen
