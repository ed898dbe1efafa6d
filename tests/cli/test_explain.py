"""`cs explain ACCOUNT FACT`: money as every command shows it, files from the workspace, known-at."""

from __future__ import annotations

from pathlib import Path

from tests.conftest import Cs

ACCOUNTS = "account_id,name,domain\nA1,Acme Inc,acme.com\n"
SUBS = "subscription_id,account_id,plan,quantity,amount,currency,interval,started_on,status\n"
USAGE = "account_id,day,metric,value\nA1,2026-06-28,events,5\n"


def put(cs: Cs, file: Path, text: str, workspace: Path, *words: object) -> None:
    file.write_text(text)
    done = cs("-w", workspace, "import", file, *words)
    assert done.code == 0, done.err


def rows(cs: Cs, workspace: Path, fact: str, *words: object) -> list[dict[str, object]]:
    done = cs("-w", workspace, "explain", "A1", fact, "-f", "json", *words)
    assert done.code == 0, done.err
    found: list[dict[str, object]] = done.json["sections"]["rows"]["rows"]
    return found


def test_money_is_in_major_units_with_its_currency(cs: Cs, workspace: Path) -> None:
    put(cs, workspace / "exports" / "a.csv", ACCOUNTS, workspace)
    put(cs, workspace / "exports" / "s.csv", SUBS + "S1,A1,team,10,182.50,USD,month,2026-01-01,active\n", workspace)
    done = cs("-w", workspace, "explain", "A1", "arr")
    assert "arr 21,900 USD" in done.out and "2190000" not in done.out
    assert "quantity 10," in done.out
    assert "arr 21,900 USD" in str(rows(cs, workspace, "arr")[0]["text"])


def test_files_are_shown_from_the_workspace_and_others_as_imported(cs: Cs, workspace: Path, tmp_path: Path) -> None:
    put(cs, workspace / "exports" / "a.csv", ACCOUNTS, workspace)
    elsewhere = tmp_path / "downloads"
    elsewhere.mkdir()
    put(cs, elsewhere / "s.csv", SUBS + "S1,A1,team,10,100,USD,month,2026-01-01,active\n", workspace)
    (name,) = rows(cs, workspace, "name")
    assert (name["file"], name["line"], name["import"]) == ("exports/a.csv", 2, 1)
    assert rows(cs, workspace, "arr")[0]["file"] == str(elsewhere / "s.csv")
    shown = cs("-w", workspace, "explain", "A1", "name")
    assert "exports/a.csv" in shown.out and str(workspace) not in shown.out


def test_usage_after_imports_undo(cs: Cs, workspace: Path) -> None:
    put(cs, workspace / "exports" / "a.csv", ACCOUNTS, workspace)
    put(cs, workspace / "exports" / "u1.csv", USAGE, workspace)
    put(cs, workspace / "exports" / "u2.csv", USAGE.replace(",5", ",9") + "A1,2026-06-29,events,1\n", workspace)
    assert {row["file"] for row in rows(cs, workspace, "usage_28d")} == {"exports/u2.csv"}
    assert cs("-w", workspace, "imports", "undo", 3).code == 0
    (row,) = rows(cs, workspace, "usage_28d")
    assert (row["file"], row["line"], row["import"], row["text"]) == ("exports/u1.csv", 2, 2, "events 5")


def test_what_came_in_later_is_not_known_before(cs: Cs, workspace: Path) -> None:
    put(cs, workspace / "exports" / "a.csv", ACCOUNTS, workspace, "--as-of", "2026-05-31")
    first = SUBS + "S1,A1,team,10,100,USD,month,2026-01-01,active\n"
    put(cs, workspace / "exports" / "s1.csv", first, workspace, "--as-of", "2026-05-31")
    second = SUBS + "S1,A1,team,10,100,USD,month,2026-01-01,active\nS2,A1,addon,1,50,USD,month,2026-03-01,active\n"
    put(cs, workspace / "exports" / "s2.csv", second, workspace, "--as-of", "2026-06-20")
    put(cs, workspace / "exports" / "u.csv", USAGE.replace("06-28", "05-24"), workspace, "--as-of", "2026-06-20")

    def figure(fact: str, *words: object) -> object:
        done = cs("-w", workspace, "explain", "A1", fact, "-f", "json", "--as-of", "2026-05-31", *words)
        assert done.code == 0, done.err
        return done.json["sections"]["rows"]["figures"][fact]["value"]

    known = ("--known-at", "2026-05-31")
    assert (figure("arr"), figure("arr", *known)) == (12600, 12000)
    assert (figure("usage_28d"), figure("usage_28d", *known)) == (5, None)
    assert len(rows(cs, workspace, "arr", "--as-of", "2026-05-31", *known)) == 1
    assert rows(cs, workspace, "usage_28d", "--as-of", "2026-05-31", *known) == []
    # the score of that day says what was known as well
    health = cs("-w", workspace, "accounts", "list", "-f", "json", "--as-of", "2026-05-31", *known)
    assert health.json[0]["arr"] == 12000


def test_a_wrong_word_in_a_condition_is_pointed_at(cs: Cs, workspace: Path) -> None:
    put(cs, workspace / "exports" / "a.csv", ACCOUNTS, workspace)
    done = cs("-w", workspace, "explain", "A1", "arr >= 10_000 and healt < 50")
    assert (done.code, done.out) == (12, "")
    assert 'error[DEF-041] there is no fact called healt; did you mean "health"?\n  line 1, column 19\n' in done.err
    assert "    arr >= 10_000 and healt < 50\n                      ^^^^^\n" in done.err


def told(cs: Cs, workspace: Path, fact: str, *words: object) -> str:
    """The words beside the value."""
    done = cs("-w", workspace, "explain", "A1", fact, "-f", "json", *words)
    assert done.code == 0, done.err
    return str(done.json["sections"]["rows"]["figures"][fact]["note"])


def test_a_no_shows_the_contacts_that_were_looked_at(cs: Cs, workspace: Path) -> None:
    put(cs, workspace / "exports" / "a.csv", ACCOUNTS + "A2,Birch,birch.com\n", workspace)
    people = "contact_id,account_id,name,email,role\nC1,A1,Ann,ann@acme.com,champion\nC2,A1,Bo,bo@acme.com,user\n"
    put(cs, workspace / "exports" / "c.csv", people + "C3,A2,Cy,cy@birch.com,decision_maker\n", workspace)
    found = rows(cs, workspace, "decision_maker_known")
    assert [(row["kind"], row["file"], row["line"]) for row in found] == [
        ("contact", "exports/c.csv", 2), ("contact", "exports/c.csv", 3)]  # fmt: skip
    assert "role champion" in str(found[0]["text"]) and "role user" in str(found[1]["text"])
    assert told(cs, workspace, "decision_maker_known").endswith("rows by this day: contact 2; none of them counts")
    assert [row["line"] for row in rows(cs, workspace, "champion_known")] == [2]


def test_a_zero_says_how_many_were_looked_at(cs: Cs, workspace: Path) -> None:
    put(cs, workspace / "exports" / "a.csv", ACCOUNTS, workspace)
    head = "ticket_id,account_id,opened_at,closed_at,status\n"
    put(cs, workspace / "exports" / "t.csv", head + "T1,A1,2026-06-25,2026-06-26,closed\n", workspace)
    assert rows(cs, workspace, "open_tickets") == []
    assert told(cs, workspace, "open_tickets").endswith("rows by this day: ticket 1; none of them counts")
    shown = cs("-w", workspace, "explain", "A1", "open_tickets").out
    assert "No row stands behind it" not in shown and "none of them counts" in shown
    assert told(cs, workspace, "freshness_ticket").endswith("of every account's rows together: cs imports list")
