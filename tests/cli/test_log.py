"""Entries by hand: cs log and cs note, what they write, list, undo and refuse."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from cs_cli.store.connection import open_database
from tests.conftest import Cs, Result

ACME = "acme"


@pytest.fixture
def desk(workspace: Path, cs: Cs) -> Path:
    """Two customers of which nothing else is known."""
    (workspace / "accounts.csv").write_text(
        "account_id,name,domain,stage\na1,Acme Tools,acme.example,customer\nb1,Bolt,bolt.example,customer\n",
        encoding="utf-8",
    )
    assert cs("-w", workspace, "import", workspace / "accounts.csv", "--yes").code == 0
    return workspace


def logged(cs: Cs, desk: Path, *words: object) -> Result:
    done = cs("-w", desk, "log", *words)
    assert done.code == 0, done.err
    assert done.out == ""  # talk goes to stderr
    return done


def value_of(shown: Result, name: str) -> Any:
    return shown.json["sections"]["rows"]["figures"][name]["value"]


def facts(cs: Cs, desk: Path, *names: str, as_of: str = "2026-06-30") -> list[Any]:
    found = []
    for name in names:
        shown = cs("-w", desk, "explain", "a1", name, "--as-of", as_of, "-f", "json")
        assert shown.code == 0, shown.err
        found.append(value_of(shown, name))
    return found


def entries(cs: Cs, desk: Path, *words: object) -> list[dict[str, Any]]:
    listed = cs("-w", desk, "log", "list", *words, "-f", "json")
    assert listed.code == 0, listed.err
    return list(listed.json)


def test_a_pulse_has_author_reason_and_expiry(desk: Path, cs: Cs) -> None:
    done = logged(cs, desk, ACME, "pulse", "--score", 2, "--reason", "new CFO", "--on", "2026-06-20")
    assert "good until 2026-08-04" in done.err
    assert "cs log undo" in done.err
    assert facts(cs, desk, "pulse", "pulse_age_days", "pulse_by") == [2, 10, "Robin Vale"]
    assert facts(cs, desk, "pulse", as_of="2026-06-19") == [None]
    (one,) = entries(cs, desk)
    assert (one["kind"], one["day"], one["account_id"], one["text"]) == ("pulse", "2026-06-20", "a1", "2: new CFO")


def test_the_pulse_is_the_latest_unexpired_word_of_any_author(desk: Path, cs: Cs) -> None:
    logged(cs, desk, ACME, "pulse", "--score", 4, "--reason", "x", "--who", "Ann", "--on", "2026-06-01")
    logged(
        cs, desk, ACME, "pulse", "--score", 1, "--reason", "y", "--who", "Bob", "--on", "2026-06-10", "--expires", "5d"
    )
    assert facts(cs, desk, "pulse", "pulse_by", as_of="2026-06-12") == [1, "Bob"]
    assert facts(cs, desk, "pulse", "pulse_by", as_of="2026-06-15") == [4, "Ann"]  # Bob's has expired


def test_an_authors_newer_pulse_takes_back_the_older_even_when_expired(desk: Path, cs: Cs) -> None:
    logged(cs, desk, ACME, "pulse", "--score", 5, "--reason", "x", "--on", "2026-06-01", "--expires", "90d")
    logged(cs, desk, ACME, "pulse", "--score", 1, "--reason", "y", "--on", "2026-06-10", "--expires", "5d")
    assert facts(cs, desk, "pulse", as_of="2026-06-20") == [None]


def test_a_second_pulse_of_the_day_corrects_the_first(desk: Path, cs: Cs) -> None:
    logged(cs, desk, ACME, "pulse", "--score", 5, "--reason", "slip of the finger")
    logged(cs, desk, ACME, "pulse", "--score", 3, "--reason", "as meant")
    assert facts(cs, desk, "pulse") == [3]
    with open_database(desk / "cs.db") as conn:
        assert conn.execute("SELECT COUNT(*) FROM pulse WHERE retired_by IS NULL").fetchone() == (1,)


def test_the_same_word_twice_writes_nothing(desk: Path, cs: Cs) -> None:
    words = (ACME, "pulse", "--score", 3, "--reason", "fine")
    logged(cs, desk, *words)
    again = logged(cs, desk, *words)
    assert "nothing written" in again.err
    assert len(entries(cs, desk, "--all")) == 1


def test_touch_goal_milestone_request_feedback_churn_and_note_become_facts(desk: Path, cs: Cs) -> None:
    logged(
        cs,
        desk,
        ACME,
        "touch",
        "--kind",
        "qbr",
        "--mood",
        "good",
        "--with",
        "Ann Lee",
        "--note",
        "all well",
        "--on",
        "3d",
    )
    logged(
        cs,
        desk,
        ACME,
        "goal",
        "weekly logins",
        "--measure",
        "logins",
        "--target",
        50,
        "--due",
        "2026-07-30",
        "--on",
        "10d",
    )
    logged(cs, desk, ACME, "milestone", "First value", "--done", "--on", "2026-05-01")
    logged(cs, desk, ACME, "milestone", "roll-out", "--due", "2026-06-01", "--on", "2026-05-01")
    logged(
        cs,
        desk,
        ACME,
        "request",
        "20 % off",
        "--kind",
        "discount",
        "--severity",
        "red",
        "--cost",
        "4800.50",
        "--due",
        "fri",
    )
    logged(cs, desk, ACME, "feedback", "exports are slow", "--theme", "speed", "--area", "reports")
    logged(cs, desk, ACME, "note", "moves in May")
    names = ("days_since_touch", "qbr_age_days", "goals_open", "goals_late", "activated", "milestones_late",
             "requests_open", "requests_red", "feedback_open")  # fmt: skip
    assert facts(cs, desk, *names) == [0, 3, 1, 0, True, 1, 1, 1, 1]
    logged(cs, desk, ACME, "goal", "LOGINS", "--met")
    logged(
        cs, desk, ACME, "request", "20 %", "--decision", "approved", "--reason", "keeps them two years", "--until", "1y"
    )
    logged(cs, desk, ACME, "feedback", "exports", "--status", "told")
    assert facts(cs, desk, "goals_open", "goals_met_12m", "exceptions_cost_12m", "feedback_open") == [0, 1, 4800.5, 0]
    assert facts(cs, desk, "goals_open", as_of="2026-06-29") == [1]
    logged(cs, desk, ACME, "churn", "--reason", "Sponsor left", "--voluntary", "--competitor", "Rival")
    with open_database(desk / "cs.db") as conn:
        row = conn.execute("SELECT day, reason, voluntary, competitor FROM churn").fetchone()
    assert row == ("2026-06-30", "sponsor_left", 1, "Rival")


def test_declared_reasons_replace_the_usual_list(desk: Path, cs: Cs) -> None:
    with open(desk / "cs.yaml", "a", encoding="utf-8") as file:
        file.write("\nchurn_reasons: [moved away]\n")
    assert cs("-w", desk, "log", ACME, "churn", "--reason", "price").code == 2
    logged(cs, desk, ACME, "churn", "--reason", "moved_away")


def test_what_a_hand_says_of_an_imported_goal_stands_over_the_next_import(desk: Path, cs: Cs) -> None:
    head = "goal_id,account_id,objective,measure,due,status\n"

    def load(name: str, *rows: str) -> None:
        (desk / name).write_text(head + "".join(f"{row}\n" for row in rows))
        done = cs("-w", desk, "import", desk / name, "--yes")
        assert done.code == 0, done.err

    load("goals.csv", "g1,a1,Half of all managers,share,2026-05-01,open")
    assert facts(cs, desk, "goals_open", "goals_late") == [1, 1]
    done = logged(cs, desk, ACME, "goal", "managers", "--met")
    assert "came from cs_goal" in done.err and "stands" in done.err
    assert facts(cs, desk, "goals_open", "goals_late", "goals_met_12m") == [0, 0, 1]
    (entry,) = entries(cs, desk)
    assert (entry["kind"], entry["text"]) == ("goal", "Half of all managers (met)")
    # an export that still says open, with news in another column and another goal
    load(
        "later.csv", "g1,a1,Half of all managers,share of logins,2026-05-01,open", "g2,a1,Fewer sheets,,2026-12-01,open"
    )
    assert facts(cs, desk, "goals_open", "goals_late", "goals_met_12m") == [1, 0, 1]
    page = cs("-w", desk, "show", ACME, "-f", "json").json["sections"]["goals"]["rows"]
    by_name = {row["objective"]: row for row in page}
    assert (by_name["Half of all managers"]["status"], by_name["Half of all managers"]["measure"]) == (
        "met",
        "share of logins",
    )
    told = cs("-w", desk, "explain", "a1", "goals_met_12m", "-f", "json").json["sections"]["rows"]["rows"]
    assert "entered by hand" in {row["file"] for row in told}
    # more can be said of it, and it is one entry to take back
    logged(cs, desk, ACME, "goal", "half of all managers", "--target", 50)
    assert facts(cs, desk, "goals_open", "goals_met_12m") == [1, 1]
    for row in entries(cs, desk):
        assert cs("-w", desk, "log", "undo", row["entry"]).code == 0
    assert facts(cs, desk, "goals_open", "goals_late", "goals_met_12m") == [2, 1, 0]


def test_what_a_hand_says_of_an_imported_milestone_request_or_feedback_stands_too(desk: Path, cs: Cs) -> None:
    tables = {
        "milestones.csv": "account_id,name,due,day\na1,kickoff,2026-05-01,\n",
        "requests.csv": "request_id,account_id,kind,severity,cost,asked_on,due,decider,decision,reason\n"
        "r1,a1,discount,red,100,2026-05-01,2026-05-10,am,,big account\n",
        "feedback.csv": "feedback_id,account_id,day,theme,area,quote,status\n"
        "f1,a1,2026-05-01,speed,,slow exports,raised\n",
    }

    def load(again: str = "") -> None:
        for name, text in tables.items():
            (desk / name).write_text(text + again)
            done = cs("-w", desk, "import", desk / name, "--yes")
            assert done.code == 0, done.err

    names = ("milestones_late", "requests_open", "requests_overdue", "feedback_open")
    load()
    assert facts(cs, desk, *names) == [1, 1, 1, 1]
    logged(cs, desk, ACME, "milestone", "kickoff", "--done", "--on", "2026-05-03")
    logged(cs, desk, ACME, "feedback", "slow exports", "--status", "told")
    with open_database(desk / "cs.db") as conn:
        number = conn.execute("SELECT import_id FROM request").fetchone()[0]
    refused = cs("-w", desk, "log", ACME, "request", "x", "--change", number + 99, "--settled")
    assert refused.code == 2
    settled = cs("-w", desk, "log", ACME, "request", "x", "--change", number, "--settled")
    assert settled.code == 0, settled.err
    assert facts(cs, desk, *names) == [0, 0, 0, 0]
    load("\n")
    assert facts(cs, desk, *names) == [0, 0, 0, 0]


def test_imports_undo_of_a_note_takes_its_task(desk: Path, cs: Cs) -> None:
    assert cs("-w", desk, "note", ACME, "cut", "--next", "call").code == 0
    number = entries(cs, desk)[0]["entry"]
    done = cs("-w", desk, "imports", "undo", number)
    assert done.code == 0, done.err
    assert "skipped t1" in done.err
    assert cs("-w", desk, "tasks", "list", "-f", "json").json == []
    # the undo of an undo brings the words back; the task stays skipped, and that is said
    again = cs("-w", desk, "imports", "undo", number + 1)
    assert again.code == 0 and len(entries(cs, desk)) == 1
    assert "t1 stays skipped" in again.err
    assert cs("-w", desk, "tasks", "list", "-f", "json").json == []


def test_note_is_one_entry_of_touch_pulse_and_task(desk: Path, cs: Cs) -> None:
    done = cs(
        "-w",
        desk,
        "note",
        ACME,
        "budget cut",
        "--call",
        "--mood",
        "bad",
        "--next",
        "send deck",
        "--by",
        "fri",
        "--pulse",
        2,
    )
    assert done.code == 0, done.err
    rows = entries(cs, desk)
    assert [row["kind"] for row in rows] == ["pulse", "touch"]
    assert len({row["entry"] for row in rows}) == 1
    (task,) = cs("-w", desk, "tasks", "list", "-f", "json").json
    assert (task["do"], task["due"], task["owner"], task["account_id"]) == (
        "send deck",
        "2026-07-03",
        "Robin Vale",
        "a1",
    )
    with open_database(desk / "cs.db") as conn:
        row = conn.execute("SELECT kind, sentiment, note, next_step, next_step_by FROM touch").fetchone()
    assert row == ("call", "bad", "budget cut", "send deck", "2026-07-03")


def test_tasks_by_hand_share_a_list_that_is_no_case_to_look_at_and_closes_when_empty(desk: Path, cs: Cs) -> None:
    for step in ("one", "two"):
        assert cs("-w", desk, "note", ACME, "spoke", "--next", step).code == 0
    tasks = cs("-w", desk, "tasks", "list", "-f", "json").json
    assert len({task["case"] for task in tasks}) == 1
    assert cs("-w", desk, "cases", "list", "-f", "json").json == []
    assert len(cs("-w", desk, "cases", "list", "--kind", "todo", "-f", "json").json) == 1
    assert cs("-w", desk, "run").code == 0  # the daily run leaves them alone
    assert cs("-w", desk, "tasks", "done", *[task["task"] for task in tasks]).code == 0
    assert cs("-w", desk, "cases", "list", "--kind", "todo", "-f", "json").json == []
    assert cs("-w", desk, "note", ACME, "spoke", "--next", "three").code == 0
    assert [task["do"] for task in cs("-w", desk, "tasks", "list", "-f", "json").json] == ["three"]


def test_undo_takes_back_records_and_task_and_can_be_undone(desk: Path, cs: Cs) -> None:
    assert cs("-w", desk, "note", ACME, "cut", "--mood", "bad", "--next", "call", "--pulse", 1).code == 0
    number = entries(cs, desk)[0]["entry"]
    done = cs("-w", desk, "log", "undo", number)
    assert done.code == 0, done.err
    assert "skipped t1" in done.err
    assert entries(cs, desk) == []
    assert {row["undone_by"] for row in entries(cs, desk, "--all")} == {number + 1}
    assert facts(cs, desk, "pulse", "days_since_touch") == [None, None]
    assert cs("-w", desk, "imports", "undo", number + 1).code == 0
    assert facts(cs, desk, "pulse", "days_since_touch") == [1, 0]
    assert len(entries(cs, desk)) == 2


def test_an_import_is_not_undone_here(desk: Path, cs: Cs) -> None:
    refused = cs("-w", desk, "log", "undo", 1)
    assert refused.code == 2
    assert "LOG-011" in refused.err


def test_change_corrects_an_entry(desk: Path, cs: Cs) -> None:
    logged(cs, desk, ACME, "feedback", "slow exports")
    number = entries(cs, desk)[0]["entry"]
    logged(cs, desk, ACME, "feedback", "anything", "--change", number, "--status", "planned")
    with open_database(desk / "cs.db") as conn:
        rows = conn.execute("SELECT quote, status FROM feedback WHERE retired_by IS NULL").fetchall()
    assert rows == [("slow exports", "planned")]


def test_list_filters_by_account_and_kind(desk: Path, cs: Cs) -> None:
    logged(cs, desk, ACME, "note", "one")
    logged(cs, desk, "bolt", "note", "two")
    logged(cs, desk, "bolt", "touch", "--note", "three")
    assert [row["text"] for row in entries(cs, desk, "bolt")] == ["call: three", "two"]
    assert [row["text"] for row in entries(cs, desk, "--kind", "note")] == ["two", "one"]
    assert cs("-w", desk, "imports", "list", "-f", "json").json[0]["source"] == "cs_account"


def test_text_from_people_cannot_act_on_the_terminal(desk: Path, cs: Cs) -> None:
    logged(cs, desk, ACME, "note", "a\x1b[31mred\u202e")
    shown = cs("-w", desk, "log", "list")
    assert "\x1b" not in shown.out
    assert "\u202e" not in shown.out


@pytest.mark.parametrize(
    ("words", "ident"),
    [
        (["acme", "pulse", "--score", "6", "--reason", "x"], "LOG-002"),
        (["acme", "pulse", "--score", "3", "--reason", " "], "LOG-009"),
        (["acme", "pulse", "--score", "3", "--reason", "x", "--expires", "2026-06-30"], "LOG-003"),
        (["acme", "touch", "--on", "2026-07-01"], "LOG-003"),
        (["acme", "touch", "--kind", "telegram"], "LOG-010"),
        (["acme", "touch", "--mood", "baad"], "LOG-010"),
        (["acme", "milestone", "kickoff"], "LOG-006"),
        (["acme", "request", "x", "--decision", "approved"], "LOG-007"),
        (["acme", "request", "x", "--kind", "nonsense"], "LOG-010"),
        (["acme", "request", "x", "--cost", "4.800,-"], "LOG-013"),
        (["acme", "request", "x", "--cost", "nan"], "LOG-013"),
        (["acme", "feedback", "x", "--change", "99"], "LOG-005"),
        (["acme", "churn", "--reason", "whatever"], "LOG-010"),
        (["acme", "goal", "x", "--met", "--missed"], "LOG-010"),
        (["acme"], "LOG-012"),
        (["pulse", "--score", "3", "--reason", "x"], None),
        (["nobody-there", "note", "x"], "USE-010"),
    ],
)  # fmt: skip
def test_what_cannot_be_meant_is_refused_and_changes_nothing(
    desk: Path, cs: Cs, words: list[str], ident: str | None
) -> None:
    with open_database(desk / "cs.db") as conn:
        before = conn.execute("SELECT COUNT(*), MAX(id) FROM change_set").fetchone()
    refused = cs("-w", desk, "log", *words)
    assert refused.code == 2, refused.err
    assert ident is None or ident in refused.err
    with open_database(desk / "cs.db") as conn:
        assert conn.execute("SELECT COUNT(*), MAX(id) FROM change_set").fetchone() == before


def test_words_that_fit_two_goals_pick_none(desk: Path, cs: Cs) -> None:
    logged(cs, desk, ACME, "goal", "weekly logins")
    logged(cs, desk, ACME, "goal", "weekly reports")
    refused = cs("-w", desk, "log", ACME, "goal", "weekly", "--met")
    assert refused.code == 2
    assert "LOG-004" in refused.err
    assert facts(cs, desk, "goals_open") == [2]


def test_known_at_sees_only_what_was_entered_by_then(desk: Path, cs: Cs) -> None:
    assert (
        cs(
            "--as-of",
            "2026-06-20",
            "-w",
            desk,
            "log",
            ACME,
            "pulse",
            "--score",
            4,
            "--reason",
            "x",
            "--on",
            "2026-06-05",
        ).code
        == 0
    )
    shown = cs("-w", desk, "explain", "a1", "pulse", "--as-of", "2026-06-10", "-f", "json")
    assert value_of(shown, "pulse") == 4  # true by its day
    hidden = cs("-w", desk, "explain", "a1", "pulse", "--as-of", "2026-06-10", "--known-at", "2026-06-10", "-f", "json")
    assert value_of(hidden, "pulse") is None  # but nobody had said so


@pytest.mark.parametrize(
    "kind", ["pulse", "touch", "goal", "milestone", "request", "feedback", "churn", "note", "list", "undo"]
)
def test_every_kind_has_help_with_an_example(cs: Cs, kind: str) -> None:
    for words in ((kind, "--help"), ("acme", kind, "--help")) if kind not in ("list", "undo") else ((kind, "--help"),):
        shown = cs("log", *words)
        assert shown.code == 0
        assert "Example: cs log" in " ".join(shown.out.split())


def test_the_log_of_an_earlier_day_shows_what_had_happened_or_been_entered_by_then(demo: Path, cs: Cs) -> None:
    touch = ("-w", demo, "log", "Pellworm", "touch", "--kind", "call", "--note")
    assert cs(*touch, "now").code == 0
    assert cs(*touch, "then", "--on", "2026-05-01").code == 0

    def texts(*words: str) -> list[str]:
        return [row["text"] for row in cs("log", "list", "-w", demo, "-f", "json", *words).json]

    assert texts() == ["call: then", "call: now"]
    assert texts("--as-of", "2026-05-15") == ["call: then"]
    assert texts("--as-of", "2026-04-15") == []
    assert texts("--known-at", "2026-06-29") == []
    assert cs("--as-of", "2026-05-15", "-w", demo, "log", "list", "-f", "json").json[0]["text"] == "call: then"
    assert len(cs("imports", "list", "-w", demo, "-f", "json").json) == 14
    assert cs("imports", "list", "-w", demo, "-f", "json", "--known-at", "2026-06-29").json == []


def test_what_is_said_moves_no_cursor(desk: Path, cs: Cs) -> None:
    (desk / "evil.csv").write_text("account_id,name\ne1,Evil \x1b[2J\u202e Ltd\n", encoding="utf-8")
    assert cs("-w", desk, "import", desk / "evil.csv", "--yes").code == 0
    done = logged(cs, desk, "e1", "pulse", "--score", "2", "--reason", "x")
    assert "Evil ^[[2J<U+202E> Ltd (e1): pulse 2" in done.err
    noted = cs("-w", desk, "note", "e1", "call \x1b[31m", "--call", "--next", "send \x1b]0;title\x07", "--by", "fri")
    assert (noted.code, "\x1b" in noted.err + noted.out, "\x07" in noted.err) == (0, False, False)


@pytest.mark.parametrize(
    "words", [("churn", ACME, "--reason", "price"), ("pulse", ACME, "--score", "2"), ("note", ACME, "x y")]
)
def test_the_other_way_round_says_the_order(desk: Path, cs: Cs, words: tuple[str, ...]) -> None:
    refused = cs("-w", desk, "log", *words)
    assert refused.code == 2 and "LOG-012" in refused.err
    kind, account, *rest = words
    turned = " ".join(f"'{word}'" if " " in word else word for word in (account, kind, *rest))
    assert f"cs log {turned}" in " ".join(refused.err.split())
