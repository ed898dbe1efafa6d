"""Arguments and options that cannot be taken: each with its id, what is wrong, the way out, and nothing changed."""

from __future__ import annotations

import io
import sys
from pathlib import Path

import pytest

from tests.conftest import Cs
from tests.refusals import nothing_changes, refused

MERIDIAN = "8834501200"
WRONG = [
    # days and months
    ("today --as-of 0001-01-01", "USE-002", "does not reach", "years 1900 to 2199"),
    ("report weekly --as-of 9999-12-31", "USE-002", "does not reach", "years 1900 to 2199"),
    ("health backtest --since 0001-01-01", "USE-002", "does not reach", "years 1900 to 2199"),
    ("playbooks backtest --since 2000y", "USE-002", "does not reach", "years 1900 to 2199"),
    ("cases snooze c1 9999-12-31 --because later", "USE-002", "does not reach", "years 1900 to 2199"),
    ("metrics movements --from 0001-01", "REV-016", '"0001-01"', "2026-06"),
    ("metrics movements --from 2026-5", "REV-016", '"2026-5"', "2026-06"),
    ("metrics movements --from 2026-05 --to 2026-04", "REV-016", "2026-05 is after 2026-04", "--from 2025-07"),
    ("metrics retention --to 2027-01", "REV-016", "2027-01 has not begun on 2026-06-30", "a later --as-of"),
    # numbers
    ("draft c99999999999999999999999", "USE-010", "c9999", "cs accounts list"),
    ("health backtest --horizon 0", "SCO-011", "--horizon cannot be so many days", "1 to 3660"),
    ("health backtest --horizon 99999999", "SCO-011", '"99999999"', "1 to 3660"),
    ("health fit --step 99999999", "SCO-011", "--step cannot be so many days", "1 to 3660"),
    # names
    (f"explain {MERIDIAN} usage_chnge_28d", "FAC-001", 'did you mean "usage_change_28d"?', "cs facts list"),
    ("explain IMP-9999", "FAC-002", '"IMP-9999"', "cs explain IMP-012"),
    ("health fit --card standart", "SCO-014", 'did you mean "standard"?', "onboarding"),
    ("health list --band blue", "USE-020", '"blue" is not a band', "red, amber, green or unknown"),
    ("health list --disagree --by-parent", "USE-020", "are two lists", "one of them"),
    ("health list -f pdf", "USE-020", '"pdf" is not an output format', "csv, html, json, md, table, xlsx"),
    ("health list -o health.pdf", "USE-020", '"pdf" is not an output format', "csv, html, json, md, table, xlsx"),
    ("report weakly", "USE-022", 'did you mean "weekly"?', "escalations"),
    (f"report weekly {MERIDIAN}", "USE-047", "weekly is not about one account", f"cs report account {MERIDIAN}"),
    ("report handover Tomm", "USE-044", '"Tomm"', "Tom Okafor"),
    (f"report postmortem {MERIDIAN}", "USE-046", "Meridian Orchards has not left", f"cs show {MERIDIAN}"),
    ("today done 99", "USE-041", "no line 99", "1 to 12"),
    ("away 2026-07-24 2026-07-06", "USE-043", "2026-07-06 is before 2026-07-24", "the first day, then the last"),
    ("away mon 2026-07-24 --to Samm", "USE-044", '"Samm"', "Mara Lindqvist"),
    (f"draft {MERIDIAN} --template chek-in", "INT-060", 'did you mean "check-in"?', "advocacy"),
    # reminders, reports that are sent, schedules
    ("remind --channel slak", "INT-010", '"slak"', "stdout"),
    ("remind --channel slak --dry-run", "INT-010", '"slak"', "stdout"),
    ("report weekly --send slak", "INT-010", '"slak"', "stdout"),
    ("schedule --send slak", "INT-010", '"slak"', "stdout"),
    ("remind --only usage-dropp", "INT-011", 'did you mean "usage-drop"?', "cs playbooks list"),
    ("remind retry", "INT-012", "no reminder was named", "cs remind list"),
    ("remind confirm 000000", "INT-012", '"000000"', "cs remind list"),
    ("remind -f json", "INT-013", "--dry-run or list", "cs.yaml"),
    ("remind list --state late", "INT-014", '"late"', "planned, sending, sent, failed, unknown, missed"),
    ("report weekly --send stdout -o w.html", "INT-015", "either sent or written", "leave -f and -o away"),
    ("report weekly --again", "INT-015", "--again", "cs report weekly --send CHANNEL"),
    ("schedule --for anacron", "INT-040", '"anacron"', "cron, systemd, launchd"),
    ("schedule --at 25:00", "INT-041", '"25:00"', "07:30"),
    # the whole database
    ("restore backups/cs.db", "USE-035", "replaces the whole database", "cs restore backups/cs.db --yes"),
]


@pytest.mark.parametrize(("words", "ident", "what", "way"), WRONG, ids=[words for words, *_ in WRONG])
def test_said_and_not_done(cs: Cs, demo_once: Path, words: str, ident: str, what: str, way: str) -> None:
    with nothing_changes(demo_once):
        refused(cs("-w", demo_once, *words.split()), ident, what, way, "nothing was changed")


def test_the_furthest_days_that_are_taken(cs: Cs, demo_once: Path) -> None:
    for day in ("1900-01-01", "2199-12-31"):
        for words in ("today", "report weekly", "health list", "renewals list", "renewals forecast", "check"):
            done = cs("-w", demo_once, *words.split(), "--as-of", day)
            assert done.code in (0, 1), (words, day, done.err)


def test_a_line_of_today_that_has_its_own_command(cs: Cs, workspace: Path) -> None:
    path = workspace / "exports" / "accounts.csv"
    path.write_text("account_id,name\nA1,Acme\n")
    assert cs("-w", workspace, "import", path).code == 0
    promised = ("request", "5% off", "--kind", "discount", "--due", "2026-06-01")
    assert cs("-w", workspace, "log", "A1", *promised).code == 0
    assert [row["what"] for row in cs("-w", workspace, "today", "-f", "json").json] == ["promise: discount"]
    with nothing_changes(workspace):
        refused(cs("-w", workspace, "today", "done", "1"), "USE-040", "line 1 (promise: discount)", "cs show A1")
        refused(cs("-w", workspace, "today", "snooze", "1", "fri"), "USE-040", "line 1", "cs show A1")


def test_a_handover_is_of_whom_is_named(cs: Cs, demo_once: Path) -> None:
    named = cs("-w", demo_once, "report", "handover", "Tom")
    assert named.code == 0 and "Handover: Tom Okafor" in named.out


def test_a_handover_of_nobody(cs: Cs, workspace: Path) -> None:
    (workspace / "cs.yaml").write_text('format: 1\ncompany: Acme\ncurrency: EUR\ntimezone: UTC\ntoday: "2026-06-30"\n')
    with nothing_changes(workspace):
        refused(cs("-w", workspace, "report", "handover"), "USE-042", "nobody is named", "cs report handover NAME")


def test_a_draft_that_cannot_be_filled_names_its_file(cs: Cs, demo: Path) -> None:
    (demo / "drafts" / "check-in.txt").write_text("Subject: hi\n\nHi {{ firstname }},\n")
    with nothing_changes(demo):
        done = cs("-w", demo, "draft", MERIDIAN, "--template", "check-in")
        refused(done, "INT-061", "firstname", "drafts/check-in.txt", "first_name")


def test_a_goal_that_says_nothing_new(cs: Cs, demo: Path) -> None:
    words = ("-w", demo, "log", MERIDIAN, "goal", "weekly logins")
    assert cs(*words).code == 0
    with nothing_changes(demo):
        refused(cs(*words), "LOG-008", "this goal is there already: weekly logins", "something that changes it")


def test_a_forecast_is_kept_once_a_day(cs: Cs, demo: Path, tmp_path: Path) -> None:
    assert cs("-w", demo, "renewals", "forecast", "--freeze").code == 0
    again = cs("-w", demo, "renewals", "forecast", "--freeze")
    assert again.code == 0, again.err  # the very same
    line = cs("-w", demo, "renewals", "list", "--within", "60", "-f", "json").json[0]
    closed = cs("-w", demo, "renewals", "close", line["account_id"], "--outcome", "churned", "--reason", "price")
    assert closed.code == 0, closed.err
    with nothing_changes(demo):
        done = cs("-w", demo, "renewals", "forecast", "--freeze")
        refused(done, "REV-017", "a forecast of 2026-06-30 is kept already", "tomorrow")


def test_tiers_want_an_arr(cs: Cs, workspace: Path) -> None:
    with nothing_changes(workspace):
        refused(cs("-w", workspace, "segments", "propose"), "SCO-003", "no customer has a known ARR", "import billing")


def test_no_scorecard_nothing_to_fit(cs: Cs, workspace: Path) -> None:
    (workspace / "health.yaml").write_text("scorecards: []\n")
    with nothing_changes(workspace):
        refused(cs("-w", workspace, "health", "fit"), "SCO-014", "health.yaml", "cs init")


# --- what is not installed -----------------------------------------------------


def test_a_spreadsheet_without_its_package(cs: Cs, demo_once: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "xlsxwriter", None)
    with nothing_changes(demo_once):
        refused(cs("-w", demo_once, "health", "list", "-f", "xlsx"), "REN-002", "XlsxWriter", "cs-desk[xlsx]", "-f csv")


def test_a_fit_without_its_package(cs: Cs, demo_once: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from cs_cli.scoring import fit

    monkeypatch.setattr(fit, "NEEDED", 1)
    for name in [name for name in sys.modules if name.split(".")[0] == "sklearn"] + ["sklearn"]:
        monkeypatch.setitem(sys.modules, name, None)
    with nothing_changes(demo_once):
        refused(cs("-w", demo_once, "health", "fit"), "SCO-012", "scikit-learn", "cs-desk[fit]")


def test_no_bytes_of_a_spreadsheet_on_a_terminal(cs: Cs, demo_once: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("xlsxwriter")

    class Terminal(io.TextIOWrapper):
        def isatty(self) -> bool:
            return True

    monkeypatch.setattr(io, "TextIOWrapper", Terminal)
    with nothing_changes(demo_once):
        refused(cs("-w", demo_once, "health", "list", "-f", "xlsx", "-q"), "USE-021", "binary", "add -o FILE")


# --- new workspaces ------------------------------------------------------------


@pytest.mark.parametrize(
    ("answer", "ident", "what", "way"),
    [
        (("--currency", "EURO"), "USE-031", '"EURO"', "EUR, USD, GBP"),
        (("--zone", "Europe/Amsterdm"), "USE-032", 'did you mean "Europe/Amsterdam"?', "America/New_York"),
    ],
)
def test_answers_that_cannot_be(
    cs: Cs, tmp_path: Path, answer: tuple[str, str], ident: str, what: str, way: str
) -> None:
    given = {"--company": "Acme", "--currency": "EUR", "--zone": "UTC", "--name": "Ann", "--email": "ann@acme.example"}
    words = [word for pair in {**given, answer[0]: answer[1]}.items() for word in pair]
    refused(cs("init", tmp_path / "desk", *words), ident, answer[0], what, way)
    assert not (tmp_path / "desk").exists()


def test_a_workspace_is_never_made_over(cs: Cs, workspace: Path) -> None:
    with nothing_changes(workspace):
        done = cs("init", workspace, "--company", "B", "--currency", "EUR", "--zone", "UTC", "--name", "B")
        refused(done, "USE-030", "cs.yaml", "cs init in another folder")


def test_a_demo_never_takes_a_folder_that_is_in_use(cs: Cs, demo: Path, workspace: Path) -> None:
    with nothing_changes(demo), nothing_changes(workspace):
        refused(cs("demo", workspace), "USE-033", str(workspace), "cs demo OTHER-FOLDER")
        refused(cs("demo", workspace, "--force"), "USE-033", str(workspace), "cs demo OTHER-FOLDER")
        refused(cs("demo", demo), "USE-034", str(demo), "--force")
