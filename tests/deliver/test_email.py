"""E-mail against a real SMTP receiver: TLS or nothing, one recipient, certain or unknown by the moment it broke."""

from __future__ import annotations

import email
import email.policy
import re
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from cs_cli.base.errors import CsError
from cs_cli.deliver.channels import make
from cs_cli.deliver.channels.email import Email, _dotted, address_of
from cs_cli.deliver.model import Message, Part
from cs_cli.deliver.options import Options
from cs_cli.deliver.web import Budget
from tests.deliver import receivers

MESSAGE = Message(
    "7F3A21",
    "<7f3a21@cs-desk.invalid>",
    "mail",
    "Mara Lindqvist",
    date(2026, 6, 30),
    "Alder: call",
    (Part("Alder: call", "Call Alder.\n.\n..dots", "c1", uid="u1"),),
    email="mara@lumen.example",
)


def channel(port: int, **more: Any) -> Email:
    written = {
        "kind": "smtp",
        "host": "localhost",
        "port": port,
        "from": "cs@lumen.example",
        "allow_insecure_localhost": True,
    }
    made = make("smtp", Options("mail", {**written, **more}, Path("/"), {"PASSWORD": "CANARY"}))
    assert isinstance(made, Email)
    return made


def send(receiver: receivers.Mail, message: Message = MESSAGE, **more: Any) -> tuple[Any, int]:
    left: list[int] = []
    result = channel(receiver.port, **more).send(message, lambda: left.append(1), Budget())
    if result.after is not None:
        result.after()
    return result, len(left)


def test_one_mail_arrives_as_it_was_written() -> None:
    with receivers.mail() as receiver:
        result, left = send(receiver)
        send(receiver)
    assert (result.state, left) == ("sent", 1)
    sender, to, raw = receiver.accepted[0]
    assert (sender, to) == ("cs@lumen.example", ["mara@lumen.example"])
    text = raw.removesuffix(b"\r\n.\r\n").replace(b"\r\n..", b"\r\n.")
    mail = email.message_from_bytes(text, policy=email.policy.default)
    assert mail["To"] == "Mara Lindqvist <mara@lumen.example>"
    assert mail["Subject"] == "Alder: call"
    body = mail.get_body(("plain",))
    assert body is not None
    assert "..dots" in body.get_content()
    html = mail.get_body(("html",))
    assert html is not None
    assert "Call Alder." in html.get_content()
    again = email.message_from_bytes(receiver.accepted[1][2], policy=email.policy.default)
    assert mail["Message-ID"] == again["Message-ID"] == "<7f3a21@lumen.example>"


def test_the_goodbye_waits_until_the_result_is_written_down() -> None:
    with receivers.mail() as receiver:
        result = channel(receiver.port).send(MESSAGE, lambda: None, Budget())
        assert (result.state, receiver.commands[-1]) == ("sent", "DATA")
        assert result.after is not None
        result.after()
        assert receiver.commands[-1] == "QUIT"


@pytest.mark.parametrize(
    ("hang_up", "state", "left"),
    [
        ("connect", "failed", 0),
        ("ehlo", "failed", 0),
        ("mail", "failed", 0),
        ("rcpt", "failed", 0),
        ("data", "failed", 0),
        ("text", "unknown", 1),
        ("answer", "unknown", 1),
        ("quit", "sent", 1),
    ],
)
def test_the_moment_it_breaks_decides(hang_up: str, state: str, left: int) -> None:
    with receivers.mail(hang_up=hang_up) as receiver:
        result, count = send(receiver)
    assert (result.state, count) == (state, left)
    assert not result.final
    assert len(receiver.read) == (1 if left else 0)


@pytest.mark.parametrize(
    ("refuse", "state", "final"),
    [
        ({"MAIL": "550 no"}, "failed", False),
        ({"RCPT": "550 no such user"}, "failed", True),
        ({"RCPT": "450 later"}, "failed", False),
        ({"DATA": "451 later"}, "failed", False),
        ({"DATA": "554 no"}, "failed", True),
        ({"TEXT": "554 spam"}, "failed", True),
        ({"TEXT": "452 full"}, "failed", False),
        ({"EHLO": "421 busy", "HELO": "421 busy"}, "failed", False),
    ],
)
def test_what_the_server_says_is_certain(refuse: dict[str, str], state: str, final: bool) -> None:
    with receivers.mail(refuse=refuse) as receiver:
        result, _ = send(receiver)
    assert (result.state, result.final) == (state, final)
    assert receiver.accepted == []


def test_starttls_is_demanded_and_certificates_are_checked(tmp_path: Path) -> None:
    context, cert = receivers.self_signed(tmp_path)
    with receivers.mail() as plain, receivers.mail(tls=context) as receiver:
        stripped, left = send(plain, tls="starttls")
        assert (stripped.state, left, plain.read) == ("failed", 0, [])
        untrusted, left = send(receiver, tls="starttls")
        assert (untrusted.state, left, receiver.read) == ("failed", 0, [])
        assert "certificate" in untrusted.reason
        trusted, _ = send(receiver, tls="starttls", ca_file=str(cert))
    assert trusted.state == "sent"


def test_a_certificate_of_another_name_is_refused(tmp_path: Path) -> None:
    context, cert = receivers.self_signed(tmp_path, "mail.example")
    with receivers.mail(tls=context) as receiver:
        result, left = send(receiver, tls="starttls", ca_file=str(cert))
    assert (result.state, left) == ("failed", 0)


@pytest.mark.parametrize(
    "settings",
    [
        {"tls": "none", "host": "smtp.example.com"},
        {"tls": "none", "host": "localhost"},
        {"from": "a@b.example, c@d.example"},
        {"from": "nobody"},
        {"from": "x\r\nBcc: a@b.example"},
        {"port": 0},
        {"port": "587"},
        {"user": "cs"},
        {"host": ""},
        {"user": "cs", "password": "CANARY"},
        {"hots": "x"},
        {"user": "cs", "password": "${NOT_SET}"},
    ],
)
def test_settings_are_checked_before_use(settings: dict[str, Any]) -> None:
    with pytest.raises(CsError) as caught:
        make(
            "email",
            Options("mail", {"host": "smtp.example.com", "from": "cs@lumen.example", **settings}, Path("/"), {}),
        )
    assert caught.value.code == 12
    assert "CANARY" not in str(caught.value.faults)


HOSTILE = [
    "x\r\nBcc: evil@x.example",
    "Acme, Inc <evil@x.example>",
    "a\u2028b",
    "a\x0bb",
    "a\x85b",
    "\x1b[2J",
    "<script>alert(1)</script>",
    "=?utf-8?b?ZXZpbA==?=",
    "é" * 300,
    '"; evil@x.example; "',
    "\u202egnp",
    "{{7*7}}",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_data_adds_no_header_and_no_recipient(text: str) -> None:
    message = replace(MESSAGE, subject=text, recipient=text, company=text, parts=(Part(text, text, text),) * 2)
    with receivers.mail() as receiver:
        result, _ = send(receiver, message)
    assert result.state == "sent"
    _, to, raw = receiver.accepted[0]
    assert to == ["mara@lumen.example"]
    assert [words for words in receiver.commands if words.startswith("RCPT")] == ["RCPT TO:<mara@lumen.example>"]
    mail = email.message_from_bytes(raw.removesuffix(b".\r\n"), policy=email.policy.default)
    assert {name.lower() for name in mail} == {
        "from",
        "to",
        "subject",
        "date",
        "message-id",
        "auto-submitted",
        "mime-version",
        "content-type",
    }
    assert [address.addr_spec for address in mail["To"].addresses] == ["mara@lumen.example"]
    html = mail.get_body(("html",))
    assert html is not None
    page = html.get_content()
    assert "<script" not in page
    assert not re.search(r"(src|href)=", page)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a",
        "a@b",
        "a@b.example, c@d.example",
        "a b@c.example",
        "a@b.example\r\nX: y",
        "<a@b.example>",
        "a@@b.example",
        "é@b.example",
    ],
)
def test_only_one_plain_address_is_an_address(text: str) -> None:
    assert address_of(text, "Mara") is None


def test_a_person_without_an_address_is_said() -> None:
    result = channel(1).send(replace(MESSAGE, email=None), lambda: None, Budget())
    assert (result.state, result.final) == ("failed", False)
    assert "Mara Lindqvist" in result.reason


def test_dots_at_line_starts() -> None:
    assert _dotted(b".a\r\nb\r\n..c\r\n") == b"..a\r\nb\r\n...c\r\n.\r\n"
    assert _dotted(b".\r\n") == b"..\r\n.\r\n"
