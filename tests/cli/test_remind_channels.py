"""`cs remind` through real receivers: what fails is said and tried again, doubt is held, secrets are seen nowhere."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Cs
from tests.deliver import receivers
from tests.deliver.world import build, ledger, settings

CANARY = "T0CANARYB0SECRET"


@pytest.fixture
def desk(workspace: Path, cs: Cs, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CS_HOOK", "http://localhost:1/" + CANARY)
    slack = {"kind": "slack", "webhook": "${CS_HOOK}", "allow_localhost_http": True}
    return build(workspace, cs, channels={"team": slack})


def point(monkeypatch: pytest.MonkeyPatch, port: int) -> None:
    monkeypatch.setenv("CS_HOOK", f"http://localhost:{port}/services/{CANARY}")


def no_secret_in(folder: Path, *texts: str) -> None:
    for text in texts:
        assert CANARY not in text
    for path in folder.rglob("*"):
        if path.is_file():
            assert CANARY.encode() not in path.read_bytes(), path


def test_sent_once_and_the_text_is_inert(desk: Path, cs: Cs, monkeypatch: pytest.MonkeyPatch) -> None:
    with receivers.web() as receiver:
        point(monkeypatch, receiver.port)
        dry = cs("-w", desk, "remind", "--dry-run")
        assert receiver.connections == 0
        sent = cs("-w", desk, "remind")
        again = cs("-w", desk, "remind")
    assert (sent.code, again.code, again.out, again.err) == (0, 0, "", "")
    assert len(receiver.requests) == 1
    assert "Alder Works: call" in json.dumps(json.loads(receiver.requests[0]))
    no_secret_in(desk, dry.out, dry.err, sent.out, sent.err)


def test_a_final_refusal_waits_for_a_person(desk: Path, cs: Cs, monkeypatch: pytest.MonkeyPatch) -> None:
    with receivers.web("404::no_service", "200::ok") as receiver:
        point(monkeypatch, receiver.port)
        refused = cs("-w", desk, "remind")
        assert refused.code == 3
        assert "status 404" in refused.err
        quiet = cs("-w", desk, "remind")
        # nothing more is sent, and every run says so until a person settles it
        assert (quiet.code, len(receiver.requests)) == (3, 1)
        assert "not settled since an earlier run" in quiet.err
        assert "messages not settled" in cs("-w", desk, "today").out
        assert "not settled by team: 1 failed" in cs("-w", desk, "report", "weekly").out
        assert "message not settled" in cs("-w", desk, "check").out
        assert cs("-w", desk, "remind", "retry", "--all").code == 0
        assert cs("-w", desk, "remind").code == 0
    assert len(receiver.requests) == 2
    assert ledger(desk, "state", "attempts") == [("sent", 2)]
    no_secret_in(desk, refused.out, refused.err)


def test_a_receiver_that_is_away_is_tried_on_the_next_run(desk: Path, cs: Cs, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cs_cli.deliver.web.BACK_OFF", (0.0, 0.0, 0.0))
    away = cs("-w", desk, "remind")  # port 1: nobody listens
    assert away.code == 3
    assert ledger(desk, "state", "final") == [("failed", 0)]
    with receivers.web() as receiver:
        point(monkeypatch, receiver.port)
        assert cs("-w", desk, "remind").code == 0
    assert len(receiver.requests) == 1
    no_secret_in(desk, away.out, away.err)


def test_doubt_is_held_and_settled_by_a_person(desk: Path, cs: Cs, monkeypatch: pytest.MonkeyPatch) -> None:
    with receivers.web("hang_up_after_body", "200::ok") as receiver:
        point(monkeypatch, receiver.port)
        doubt = cs("-w", desk, "remind")
        assert doubt.code == 3
        assert "INT-005" in doubt.err
        assert cs("-w", desk, "remind").code == 3  # held, and said again
        assert len(receiver.requests) == 1
        (row,) = cs("-w", desk, "remind", "list", "-f", "json").json
        assert row["state"] == "unknown"
        assert cs("-w", desk, "remind", "confirm", row["ref"]).code == 0
        assert cs("-w", desk, "remind").code == 0
    assert len(receiver.requests) == 1
    assert ledger(desk, "state") == [("sent",)]
    no_secret_in(desk, doubt.out, doubt.err)


def test_doubt_is_repeated_with_a_mark_where_the_channel_says_so(
    desk: Path, cs: Cs, monkeypatch: pytest.MonkeyPatch
) -> None:
    slack = {"kind": "slack", "webhook": "${CS_HOOK}", "allow_localhost_http": True, "on_unknown": "resend"}
    settings(desk, channels={"team": slack})
    with receivers.web("500", "200::ok") as receiver:
        point(monkeypatch, receiver.port)
        assert cs("-w", desk, "remind").code == 3
        assert cs("-w", desk, "remind").code == 0
        assert cs("-w", desk, "remind").code == 0
    first, second = (request.decode() for request in receiver.requests)
    assert "may be a repeat" not in first
    assert "may be a repeat" in second


def test_doubt_stays_when_the_repeat_certainly_failed(desk: Path, cs: Cs, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cs_cli.deliver.web.BACK_OFF", ())
    slack = {"kind": "slack", "webhook": "${CS_HOOK}", "allow_localhost_http": True, "on_unknown": "resend"}
    settings(desk, channels={"team": slack})
    with receivers.web("hang_up_after_body", "429", "404") as receiver:
        point(monkeypatch, receiver.port)
        for told in ("INT-005", "the repeat failed: status 429", "the repeat failed: status 404"):
            done = cs("-w", desk, "remind")
            assert (done.code, told in done.err) == (3, True), done.err
            assert ledger(desk, "state") == [("unknown",)]
        assert cs("-w", desk, "remind").code == 3  # refused for good: held for a person, and said
    texts = [request.decode() for request in receiver.requests]
    assert ["may be a repeat" in text for text in texts] == [False, True, True]


def test_there_is_one_repeat_that_may_arrive_and_no_more(desk: Path, cs: Cs, monkeypatch: pytest.MonkeyPatch) -> None:
    """A receiver that takes everything and answers 500 would get a message on every run, for ever."""
    slack = {"kind": "slack", "webhook": "${CS_HOOK}", "allow_localhost_http": True, "on_unknown": "resend"}
    settings(desk, channels={"team": slack})
    with receivers.web("500") as receiver:
        point(monkeypatch, receiver.port)
        for _ in range(5):
            assert cs("-w", desk, "remind").code == 3
        assert ["may be a repeat" in body.decode() for body in receiver.requests] == [False, True]
        (row,) = cs("-w", desk, "remind", "list", "-f", "json").json
        assert row["state"] == "unknown"
        assert cs("-w", desk, "remind", "confirm", row["ref"]).code == 0
        assert cs("-w", desk, "remind").code == 0
    assert len(receiver.requests) == 2


def test_a_message_counts_what_is_not_settled(workspace: Path, cs: Cs, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CS_HOOK", "http://localhost:1/x")
    slack: dict[str, Any] = {"kind": "slack", "webhook": "${CS_HOOK}", "allow_localhost_http": True}
    build(workspace, cs, channels={"team": slack}, names=("Alder Works",))
    with receivers.web("500", "200::ok") as receiver:
        point(monkeypatch, receiver.port)
        assert cs("-w", workspace, "remind").code == 3
        assert cs("-w", workspace, "remind", "--as-of", "2026-07-07").code == 3  # the new one is sent
    assert "not settled" in receiver.requests[1].decode()


def test_a_missing_variable_is_said_before_anything_happens(
    desk: Path, cs: Cs, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CS_HOOK")
    before = (desk / "cs.db").read_bytes()
    stopped = cs("-w", desk, "remind")
    assert stopped.code == 12
    assert "CS_HOOK" in stopped.err
    assert (desk / "cs.db").read_bytes() == before
    assert cs("-w", desk, "remind", "--dry-run").code == 0


@pytest.mark.parametrize("behaviour", ["200", "500", "hang_up_at_once", "silent"])
def test_a_heartbeat_never_blocks_the_job(
    workspace: Path, cs: Cs, monkeypatch: pytest.MonkeyPatch, behaviour: str
) -> None:
    monkeypatch.setattr("cs_cli.deliver.channels.heartbeat.PATIENCE", 1.0)
    with receivers.web(behaviour) as receiver:
        beat = {"heartbeat_url": f"http://localhost:{receiver.port}/ping", "allow_localhost_http": True}
        log = {"kind": "file", "path": "reports/log.txt"}
        build(workspace, cs, channels={"log": log, "heartbeat": beat})
        before, started = receiver.connections, time.monotonic()
        done = cs("-w", workspace, "remind", "-q")
        assert time.monotonic() - started < 15
    assert (done.code, done.out) == (0, "")
    assert receiver.connections == before + 1
    assert "Alder Works" in (workspace / "reports" / "log.txt").read_text()


def test_the_examples_of_a_new_workspace_hold(workspace: Path, cs: Cs, monkeypatch: pytest.MonkeyPatch) -> None:
    """The channels that cs.yaml shows as comments are settings that are accepted as they stand."""
    path = workspace / "cs.yaml"
    before, _, rest = path.read_text().partition("# channels:\n")
    block, gap, after = rest.partition("\n\n")
    for key in ("heartbeat_url:", "on_unknown:", "secret_file:", "at_most:"):
        assert key in block
    path.write_text(before + "channels:\n" + "".join(f"{line[2:]}\n" for line in block.splitlines()) + gap + after)
    for name in ("CS_SLACK_WEBHOOK", "CS_SMTP_PASSWORD", "CS_HEARTBEAT_URL"):
        monkeypatch.setenv(name, "https://hooks.slack.com/services/x")
    for channel in ("team", "mail"):
        done = cs("-w", workspace, "remind", "--dry-run", "--channel", channel)
        assert done.code == 0, done.err
        assert "would stop" not in done.err
    monkeypatch.delenv("CS_SLACK_WEBHOOK")
    assert "would stop" in cs("-w", workspace, "remind", "--dry-run", "--channel", "team").err
