"""HTTP channels against a real receiver that misbehaves in every way: nothing lost, nothing doubled, doubt is said."""

from __future__ import annotations

import hashlib
import hmac
import http
import json
import logging
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import pytest

from cs_cli.base.errors import CsError
from cs_cli.deliver import web
from cs_cli.deliver.channels import make
from cs_cli.deliver.model import Message, Part
from cs_cli.deliver.options import Options, address_fault
from cs_cli.deliver.web import Answer, Budget, judge, reachable
from tests.deliver import receivers

MESSAGE = Message(
    "7F3A21",
    "<7f3a21@cs-desk.invalid>",
    "team",
    "Mara",
    date(2026, 6, 30),
    "Alder: call",
    (Part("Alder: call", "Call Alder", "c1", uid="u1"),),
)


@dataclass
class Clock:
    """Time that passes only when somebody sleeps."""

    now: float = 0.0
    slept: list[float] = field(default_factory=list)

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds

    def budget(self, seconds: float = 300.0) -> Budget:
        return Budget(seconds, lambda: self.now, self.sleep)


def channel(kind: str, port: int, scheme: str = "http", **more: object) -> object:
    secret = {"slack": "webhook", "webhook": "url"}[kind]
    written = {"kind": kind, secret: f"{scheme}://localhost:{port}/hook/CANARY", "allow_localhost_http": True, **more}
    if kind == "webhook":
        written["secret"] = "${SIGN}"
    return make(kind, Options("team", written, Path("/"), {"SIGN": "key"}))


def send(kind: str, receiver: receivers.Web, clock: Clock | None = None, scheme: str = "http") -> tuple[object, int]:
    """The result, and how often `leaving` was called."""
    left: list[int] = []
    made = channel(kind, receiver.port, scheme)
    result = made.send(MESSAGE, lambda: left.append(1), (clock or Clock()).budget())  # type: ignore[attr-defined]
    return result, len(left)


# behaviour → what slack says of it, what a webhook says
BEHAVIOURS = {
    "200::ok": ("sent", "sent"),
    "204": ("unknown", "sent"),
    "201::created": ("unknown", "sent"),
    "200::<html>log in</html>": ("unknown", "sent"),
    "400::no_text": ("failed", "failed"),
    "404::no_service": ("failed", "failed"),
    "410::gone": ("failed", "failed"),
    "302:Location=https://elsewhere.example/": ("failed", "failed"),
    "500::oops": ("unknown", "unknown"),
    "503:Retry-After=1": ("unknown", "unknown"),
    "hang_up_after_body": ("unknown", "unknown"),
    "half_answer": ("unknown", "unknown"),
    "garbage": ("unknown", "unknown"),
}


@pytest.mark.parametrize("kind", ["slack", "webhook"])
@pytest.mark.parametrize("behaviour", BEHAVIOURS)
def test_what_a_receiver_does_decides_what_is_said(kind: str, behaviour: str) -> None:
    with receivers.web(behaviour) as receiver:
        result, left = send(kind, receiver)
    assert result.state == BEHAVIOURS[behaviour][kind == "webhook"], result  # type: ignore[attr-defined]
    assert left == 1
    assert receiver.connections == 1, "an unknown or final outcome is never tried again"
    assert "CANARY" not in result.reason  # type: ignore[attr-defined]


@pytest.mark.parametrize("kind", ["slack", "webhook"])
def test_a_reset_before_anything_was_read_is_never_called_sent(kind: str) -> None:
    with receivers.web("hang_up_at_once") as receiver:
        result, left = send(kind, receiver)
    assert result.state == ("unknown" if left else "failed")  # type: ignore[attr-defined]
    assert receiver.requests == []


def test_too_many_requests_waits_as_long_as_it_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock()
    with receivers.web("429:Retry-After=30", "429:Retry-After=60", "200::ok") as receiver:
        result, _ = send("slack", receiver, clock)
    assert result.state == "sent"  # type: ignore[attr-defined]
    assert clock.slept == [30.0, 60.0]
    assert len(receiver.requests) == 3


@pytest.mark.parametrize(
    "header", ["429:Retry-After=61", "429:Retry-After=soon", "429:Retry-After=Wed, 21 Oct 2026 07"]
)
def test_a_longer_wait_is_left_for_the_next_run(header: str) -> None:
    clock = Clock()
    with receivers.web(header) as receiver:
        result, _ = send("slack", receiver, clock)
    assert (result.state, result.final, clock.slept) == ("failed", False, [])  # type: ignore[attr-defined]
    assert receiver.connections == 1


def test_tries_end_with_the_budget() -> None:
    clock = Clock()
    with receivers.web("429") as receiver:
        made = channel("slack", receiver.port)
        result = made.send(MESSAGE, lambda: None, clock.budget(6.0))  # type: ignore[attr-defined]
    assert result.state == "failed"
    assert clock.slept == [1.0, 4.0]
    assert receiver.connections == 3


def test_nobody_there_is_certain_and_tried_again() -> None:
    with receivers.web() as receiver:
        pass
    clock = Clock()
    left: list[int] = []
    result = channel("slack", receiver.port).send(MESSAGE, lambda: left.append(1), clock.budget())  # type: ignore[attr-defined]
    assert (result.state, result.final, left) == ("failed", False, [])
    assert len(clock.slept) == 3


def test_a_silent_receiver_is_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(web, "READ_SECONDS", 0.2)
    with receivers.web("silent") as receiver:
        made = channel("slack", receiver.port)
        result = made.send(MESSAGE, lambda: None, Budget(300))  # type: ignore[attr-defined]
    assert result.state == "unknown"


@pytest.mark.parametrize("kind", ["slack", "webhook"])
def test_a_certificate_that_nobody_vouches_for_gets_no_byte(kind: str, tmp_path: Path) -> None:
    context, _ = receivers.self_signed(tmp_path)
    with receivers.web(context=context) as receiver:
        result, left = send(kind, receiver, scheme="https")
    assert (result.state, left, receiver.requests) == ("failed", 0, [])  # type: ignore[attr-defined]
    assert "certificate" in result.reason  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    "status", sorted({*(status.value for status in http.HTTPStatus), 299, 399, 420, 499, 520, 599})
)
def test_every_status_code(status: int) -> None:
    if status < 200:
        expected = ("unknown", False)
    elif status < 300:
        expected = ("sent", False)
    elif status < 400:
        expected = ("failed", True)
    elif status in (408, 425, 429):
        expected = ("failed", False)
    elif status < 500:
        expected = ("failed", True)
    else:
        expected = ("unknown", False)
    result = judge(Answer(status, b"ok"), lambda answer: answer.body == b"ok")
    assert (result.state, result.final) == expected
    assert judge(Answer(status, b"<html>"), lambda answer: answer.body == b"ok").state != "sent"


def test_a_webhook_is_signed_and_named_the_same_on_every_try() -> None:
    with receivers.web("429", "200") as receiver:
        send("webhook", receiver)
    first, second = receiver.requests
    assert first == second
    signature = "sha256=" + hmac.new(b"key", first, hashlib.sha256).hexdigest()
    assert all(f"x-cs-signature: {signature}" in head.lower() for head in receiver.heads)
    assert all("idempotency-key: 7f3a21@cs-desk.invalid" in head.lower() for head in receiver.heads)
    body = json.loads(first)
    assert body["reminders"][0]["title"] == "Alder: call"
    assert body["may_be_a_repeat"] is False


REFUSED = [
    "http://hooks.slack.com/x",
    "file:///etc/passwd",
    "ftp://hooks.slack.com/x",
    "javascript:alert(1)",
    "https://user@hooks.slack.com/x",
    "https://hooks.slack.com:22/x",
    "https://127.0.0.1/x",
    "https://169.254.169.254/x",
    "https://[::1]/x",
    "https://0x7f.1/x",
    "https://2130706433/x",
    "https://hooks.slack.com./x",
    "https:///x",
    "https://localhost/x",
    "https://printer.local/x",
    "https://evil.example/hooks.slack.com",
    "https://hooks.slack.com.evil.example/x",
    "https://hooks.slack.com\\@evil.example/",
    "https://hooks.slack.com/a b",
]


@pytest.mark.parametrize("address", REFUSED)
def test_addresses_that_are_refused(address: str) -> None:
    assert address_fault(address, local=False, hosts=("hooks.slack.com",)) is not None
    with pytest.raises(CsError) as caught:
        make("slack", Options("team", {"webhook": "${HOOK}"}, Path("/"), {"HOOK": address}))
    assert caught.value.code == 12
    if len(address) > 20:
        assert address not in str(caught.value)


@pytest.mark.parametrize(
    ("address", "local", "fine"),
    [
        ("127.0.0.1", False, False),
        ("127.0.0.1", True, True),
        ("::1", False, False),
        ("10.0.0.1", True, False),
        ("192.168.1.1", False, False),
        ("169.254.169.254", True, False),
        ("::ffff:10.0.0.1", True, False),
        ("0.0.0.0", True, False),
        ("100.64.0.1", False, False),
        ("224.0.0.1", False, False),
        ("93.184.216.34", False, True),
        ("fe80::1%eth0", True, False),
    ],
)
def test_addresses_are_checked_where_the_connection_is_made(address: str, local: bool, fine: bool) -> None:
    assert reachable(address, local) is fine


def test_a_name_that_resolves_into_the_house_is_not_connected_to(monkeypatch: pytest.MonkeyPatch) -> None:
    with receivers.web() as receiver:
        found = [(2, 1, 6, "", ("127.0.0.1", receiver.port))]
        monkeypatch.setattr(web.socket, "getaddrinfo", lambda *_, **__: found)
        made = make(
            "slack",
            Options("team", {"webhook": "${HOOK}"}, Path("/"), {"HOOK": "https://hooks.slack.com/services/CANARY"}),
        )
        result = made.send(MESSAGE, lambda: pytest.fail("a byte left"), Clock().budget())
    assert result.state == "failed"
    assert receiver.connections == 0


def test_nothing_from_the_environment_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    with receivers.web() as proxy, receivers.web() as receiver:
        for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "all_proxy"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
        monkeypatch.setenv("NO_PROXY", "")
        result, _ = send("slack", receiver)
    assert result.state == "sent"  # type: ignore[attr-defined]
    assert (proxy.connections, receiver.connections) == (0, 1)


def test_the_secret_is_in_no_log(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with receivers.web("404", "200::ok") as receiver:
        send("slack", receiver)
        send("slack", receiver)
    assert "CANARY" not in caplog.text
