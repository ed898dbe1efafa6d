"""What is passed on reaches the other person, once, with its evidence; what they do not take is seen."""

from __future__ import annotations

import json
from datetime import date, timedelta
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.conftest import Cs
from tests.deliver import receivers
from tests.deliver.world import settings

PEOPLE = [
    {"name": "Robin Vale", "email": "robin@testco.example", "roles": ["csm"]},
    {"name": "Ann Moss", "slack": "U012ANNMOS", "roles": ["am"]},
    {"name": "Sue Port", "email": "sue@testco.example", "roles": ["support"]},
]
SEATS = {
    "playbook": "seats", "about": "Seats run out.", "when": "arr > 0", "severity": "amber", "again": "never",
    "kind": "expansion", "owner": "csm",
    "tasks": [
        {"id": "look", "do": "Look who needs seats", "due": "opened + 2bd",
         "handoff": {"to": "am", "passes": "who asks for more"}},
        {"id": "offer", "do": "Make the offer", "owner": "am", "after": ["look"], "due": "opened + 10bd"},
    ],
}  # fmt: skip


@pytest.fixture
def desk(workspace: Path, cs: Cs) -> Path:
    for playbook in (workspace / "playbooks").glob("*.yaml"):
        playbook.unlink()
    settings(workspace, people=PEOPLE, me="Robin Vale", roles={}, today="2026-06-29", currency="USD")
    (workspace / "exports" / "accounts.csv").write_text("account_id,name\na1,Alder Works\na2,Birch & Co\n")
    (workspace / "exports" / "subscriptions.csv").write_text(
        "subscription_id,account_id,plan,quantity,amount,currency,interval,started_on,status\n"
        "s1,a1,Pro,1,1000.00,USD,month,2026-01-01,active\n"
    )
    for name in ("accounts", "subscriptions"):
        done = cs("-w", workspace, "import", workspace / "exports" / f"{name}.csv", "--as-of", "2026-06-29")
        assert done.code == 0, done.err
    return workspace


def playbook(desk: Path, book: dict[str, Any] = SEATS) -> None:
    (desk / "playbooks" / f"{book['playbook']}.yaml").write_text(yaml.safe_dump(book), encoding="utf-8")


def ok(cs: Cs, desk: Path, *words: object, day: str = "2026-06-29") -> Any:
    done = cs("-w", desk, *words, "--as-of", day)
    assert done.code == 0, done.err
    return done


def passed(cs: Cs, desk: Path, day: str = "2026-06-29") -> dict[str, dict[str, Any]]:
    return {row["task"]: row for row in ok(cs, desk, "tasks", "passed", "-f", "json", day=day).json}


def test_a_handoff_is_told_with_words_numbers_and_ref(cs: Cs, desk: Path) -> None:
    worth = ("--amount", "9000", "--until", "2026-07-10")
    done = ok(cs, desk, "handoff", "Alder", "20 more seats; the budget is their CFO's", "--to", "am", *worth)
    assert "t1 goes to Ann Moss (am)" in done.err
    assert "no channel of cs.yaml reaches anybody" in done.err  # stdout is all there is
    told = ok(cs, desk, "remind").out
    for word in ("Alder Works: 20 more seats", "(t1)", "passes on to Ann Moss: 20 more seats", "9,000 USD a year",
                 "ARR 12,000 USD", "until 2026-07-10", "cs tasks take t1", "Ann Moss"):  # fmt: skip
        assert word in told, (word, told)
    assert ok(cs, desk, "remind").out == ""  # once
    (row,) = passed(cs, desk).values()
    assert (row["giver"], row["to"], row["state"], row["amount"], row["told_on"]) == (
        "Robin Vale", "Ann Moss", "waiting", 9000.0, "2026-06-29",
    )  # fmt: skip


def test_what_nobody_takes_stands_in_today_after_two_working_days(cs: Cs, desk: Path) -> None:
    ok(cs, desk, "handoff", "a1", "call their IT", "--to", "Sue")

    def today(day: str) -> list[str]:
        return [row["what"] for row in ok(cs, desk, "today", "-f", "json", day=day).json]

    # passed on on a Monday: Wednesday is the second working day, on Thursday it is late
    for day, late in (("2026-06-29", False), ("2026-07-01", False), ("2026-07-02", True)):
        assert ("not taken: call their IT" in today(day)) is late, day
    ok(cs, desk, "tasks", "take", "t1", "--by", "Sue Port", "--answer", "on Friday", day="2026-07-02")
    assert "not taken: call their IT" not in today("2026-07-02")
    row = passed(cs, desk, "2026-07-02")["t1"]
    assert (row["state"], row["taken_on"], row["answer"]) == ("taken", "2026-07-02", "on Friday")
    assert passed(cs, desk, "2026-07-01")["t1"]["state"] == "waiting"
    assert ok(cs, desk, "remind", day="2026-07-02").out == ""  # they know


def test_passed_on_from_a_task_goes_to_the_next_roles_task(cs: Cs, desk: Path) -> None:
    playbook(desk)
    ok(cs, desk, "run")
    done = ok(cs, desk, "tasks", "done", "t1", "--passed", "their planners need 20")
    assert "t2 goes to Ann Moss (am)" in done.err
    told = ok(cs, desk, "remind").out
    assert "Make the offer (t2)" in told and "passes on to Ann Moss: their planners need 20" in told
    assert "why: seats since 2026-06-29" in told
    ended = ("--by", "Ann Moss", "--outcome", "won", "--amount", "8500")
    won = ok(cs, desk, "tasks", "done", "t2", *ended, day="2026-07-20")
    assert "done t2" in won.err
    row = passed(cs, desk, "2026-07-20")["t2"]
    assert (row["giver"], row["state"], row["outcome_amount"]) == ("Robin Vale", "won", 8500.0)
    assert passed(cs, desk, "2026-07-19")["t2"]["state"] == "waiting"


def test_without_a_next_task_one_is_made_for_whoever_is_named(cs: Cs, desk: Path) -> None:
    playbook(desk, {**SEATS, "tasks": [{"id": "look", "do": "Look who needs seats"}]})
    ok(cs, desk, "run")
    refused = cs("-w", desk, "tasks", "done", "t1", "--passed", "they need 20")
    assert (refused.code, "CAS-037" in refused.err) == (2, True)
    assert ok(cs, desk, "tasks", "list", "-f", "json").json[0]["state"] == "open"  # nothing was changed
    ok(cs, desk, "tasks", "done", "t1", "--passed", "they need 20", "--to", "am")
    assert passed(cs, desk)["t2"]["do"] == "Take over: Look who needs seats"


def test_another_persons_task_is_told_without_anybody_passing_it_on(cs: Cs, desk: Path) -> None:
    playbook(desk, {**SEATS, "tasks": [{"id": "offer", "do": "Make the offer", "owner": "am"}]})
    told = ok(cs, desk, "remind").out
    assert "Make the offer (t1)" in told and "Ann Moss" in told
    assert ok(cs, desk, "remind", day="2026-06-30").out == ""


def test_my_own_task_is_no_message(cs: Cs, desk: Path) -> None:
    playbook(desk, {**SEATS, "tasks": [{"id": "offer", "do": "Make the offer", "owner": "renewal_manager"}]})
    settings(desk, people=PEOPLE[:1], me="Robin Vale")
    assert "(t1)" not in ok(cs, desk, "remind").out  # of the case itself only
    done = ok(cs, desk, "handoff", "a1", "something", "--to", "am")
    assert "t2 is yours" in done.err


def test_an_escalation_and_a_request_tell_who_decides(cs: Cs, desk: Path) -> None:
    ok(cs, desk, "escalate", "a1", "--red", "CEO furious about the outage", "--needs", "support")
    done = cs("-w", desk, "log", "a1", "request", "20 % off", "--kind", "discount", "--cost", "2400", "--decider", "am")
    assert done.code == 0, done.err
    told = ok(cs, desk, "remind").out
    assert "red: CEO furious about the outage (c1)" in told and "Sue Port decides" in told
    assert "decide: 20 % off" in told and "costs 2,400 USD" in told and "Ann Moss decides: discount" in told
    assert ok(cs, desk, "remind", day="2026-06-30").out == ""


def test_a_mail_of_it_for_who_has_no_channel(cs: Cs, desk: Path, tmp_path: Path) -> None:
    ok(cs, desk, "handoff", "a1", "call their IT", "--to", "support")
    ok(cs, desk, "draft", "t1", "-o", tmp_path / "t1.eml")
    mail = message_from_bytes((tmp_path / "t1.eml").read_bytes(), policy=policy.default)
    assert mail["To"] == "Sue Port <sue@testco.example>"
    assert "call their IT" in mail["Subject"] and "Robin Vale passes on" in mail.get_content()
    assert cs("-w", desk, "draft", "t9").code == 2


@pytest.mark.parametrize(
    ("words", "code", "ident"),
    [
        (("handoff", "a1", "seats", "--to", "amm"), 2, "USE-044"),
        (("handoff", "nobody", "seats", "--to", "am"), 2, "ACC"),
        (("handoff", "a1", "seats", "--to", "am", "--amount", "much"), 2, "LOG-013"),
        (("tasks", "take", "t99"), 2, "CAS-021"),
        (("tasks", "done", "t1", "--outcome", "sold"), 2, "CAS-040"),
        (("tasks", "done", "t1", "--to", "am"), 2, "CAS-041"),
        (("tasks", "done", "t1", "--amount", "5"), 2, "CAS-041"),
    ],
)
def test_what_cannot_be(cs: Cs, desk: Path, words: tuple[str, ...], code: int, ident: str) -> None:
    ok(cs, desk, "handoff", "a1", "seats", "--to", "am")
    done = cs("-w", desk, *words)
    assert done.code == code, done.err
    assert ident == "ACC" or ident in done.err
    assert passed(cs, desk)["t1"]["state"] == "waiting"


def test_a_finished_task_is_not_taken_and_one_that_nobody_passed_has_no_outcome(cs: Cs, desk: Path) -> None:
    playbook(desk, {**SEATS, "tasks": [{"id": "look", "do": "Look who needs seats"}]})
    ok(cs, desk, "run")
    refused = cs("-w", desk, "tasks", "done", "t1", "--outcome", "won")
    assert (refused.code, "CAS-039" in refused.err) == (2, True)
    ok(cs, desk, "tasks", "done", "t1")
    refused = cs("-w", desk, "tasks", "take", "t1")
    assert (refused.code, "CAS-038" in refused.err) == (2, True)


def test_sixty_days_of_two_colleagues_without_cs(cs: Cs, desk: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The AM by Slack, support by mail: everything passed on arrives once; what they do not take is seen."""
    first, days = date(2026, 6, 29), 60
    giving = {2: ("am", "seats for Alder"), 9: ("support", "how to export"), 30: ("am", "second site"),
              44: ("support", "SSO is broken")}  # fmt: skip
    taking = {3: "t1", 33: "t3"}
    slack: list[str] = []
    with receivers.web() as web, receivers.mail() as mail:
        monkeypatch.setenv("CS_HOOK", f"http://localhost:{web.port}/hook")
        settings(desk, channels={
            "team": {"kind": "slack", "webhook": "${CS_HOOK}", "allow_localhost_http": True},
            "post": {"kind": "smtp", "host": "localhost", "port": mail.port, "tls": "none",
                     "allow_insecure_localhost": True,
                     "from": "robin@testco.example"},
        })  # fmt: skip
        unseen: dict[str, list[str]] = {}
        # on the days on which something happens, the day after each, and every twelfth one
        eventful = {n + later for n in (*giving, *taking) for later in (0, 1)}
        for n in sorted(eventful | set(range(0, days, 12))):
            day = (first + timedelta(n)).isoformat()
            if n in giving:
                to, words = giving[n]
                ok(cs, desk, "handoff", "Alder", words, "--to", to, day=day)
            if n in taking:
                ok(cs, desk, "tasks", "take", taking[n], "--by", "Ann Moss", day=day)
            ok(cs, desk, "remind", day=day)
            for row in ok(cs, desk, "today", "-f", "json", day=day).json if n % 12 == 0 else []:
                if row["what"].startswith("not taken"):
                    unseen.setdefault(row["what"], []).append(day)
        slack = [json.dumps(json.loads(body), ensure_ascii=False) for body in web.requests]
        mails = [message_from_bytes(text, policy=policy.default).get_body(("plain",)) for _, _, text in mail.accepted]
    told = [part.get_content() for part in mails if part is not None]
    for words, texts in (("seats for Alder", slack), ("second site", slack), ("how to export", told),
                         ("SSO is broken", told)):  # fmt: skip
        assert sum(words in text for text in texts) == 1, (words, texts)
    assert len(slack) == len(told) == 2
    assert all("Alder Works" in text and "ARR 12,000 USD" in text for text in (*slack, *told))
    assert set(unseen) == {"not taken: how to export", "not taken: SSO is broken"}
    assert unseen["not taken: how to export"][0] == "2026-07-11"
