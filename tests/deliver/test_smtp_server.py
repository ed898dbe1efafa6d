"""Mail handed over to a whole SMTP server of another make (aiosmtpd): login, STARTTLS, size limits, any text."""

from __future__ import annotations

import email
import email.policy
import smtplib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from cs_cli.deliver.model import Part, Result
from cs_cli.deliver.web import Budget
from tests.deliver import receivers
from tests.deliver.test_email import MESSAGE, channel


class Box:
    """Keeps what was accepted."""

    def __init__(self) -> None:
        self.mails: list[Envelope] = []
        self.logins: list[str | None] = []

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        self.mails.append(envelope)
        self.logins.append(None if session.login_data is None else str(session.login_data))
        return "250 OK"


class OnAnyPort(Controller):
    def _trigger_server(self) -> None:
        """Its own trial connection, to the port that the system gave."""
        assert self.server is not None
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()


@contextmanager
def server(**more: Any) -> Iterator[tuple[Box, int]]:
    box = Box()
    controller = OnAnyPort(box, hostname="127.0.0.1", port=0, **more)
    controller.start()
    try:
        yield box, controller.port
    finally:
        controller.stop()


def handed(port: int, message: Any = MESSAGE, **more: Any) -> Result:
    result = channel(port, host="127.0.0.1", **more).send(message, lambda: None, Budget())
    if result.after is not None:
        result.after()
    return result


def read(envelope: Envelope) -> tuple[str, str, str]:
    assert isinstance(envelope.content, bytes)
    mail = email.message_from_bytes(envelope.content, policy=email.policy.default)
    plain, html = mail.get_body(("plain",)), mail.get_body(("html",))
    assert plain is not None and html is not None
    return str(mail["Subject"]), plain.get_content(), html.get_content()


def test_it_takes_what_was_written() -> None:
    with server() as (box, port):
        assert handed(port).state == "sent"
    (mail,) = box.mails
    assert (mail.mail_from, mail.rcpt_tos) == ("cs@lumen.example", ["mara@lumen.example"])
    subject, plain, _ = read(mail)
    assert subject == "Alder: call"
    assert "\n.\n" in plain.replace("\r\n", "\n") and "..dots" in plain


TEXTS = [
    "Zoë fragt: „Wann?“ 你好 🎉",
    "x" * 5_000,
    "line\r\nBcc: everybody@lumen.example",
    ".",
    "\n.\nQUIT\n",
    "<script>alert(1)</script>",
]


@pytest.mark.parametrize("text", TEXTS, ids=range(len(TEXTS)))
def test_any_text_arrives_and_nothing_of_it_acts(text: str) -> None:
    message = replace(MESSAGE, subject=text[:60], parts=(Part(text[:60], text, "c1", uid="u1"),))
    with server() as (box, port):
        assert handed(port, message).state == "sent"
    (mail,) = box.mails
    assert mail.rcpt_tos == ["mara@lumen.example"]
    _, plain, html = read(mail)
    first = text.split()[0]
    assert first[:40] in "".join(plain.split("\n"))
    assert "<script>" not in html


def test_starttls_and_login(tmp_path: Path) -> None:
    context, cert = receivers.self_signed(tmp_path)

    def check(server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: Any) -> AuthResult:
        good = isinstance(data, LoginPassword) and (data.login, data.password) == (b"cs", b"CANARY")
        return AuthResult(success=good, auth_data="cs" if good else None)

    with server(tls_context=context, require_starttls=True, authenticator=check, auth_required=True) as (box, port):
        secret = {"tls": "starttls", "ca_file": str(cert), "user": "cs", "host": "localhost"}
        taken = channel(port, **secret, password="${PASSWORD}").send(MESSAGE, lambda: None, Budget())
        assert taken.after is not None
        taken.after()
        without = channel(port, tls="starttls", ca_file=str(cert), host="localhost").send(
            MESSAGE, lambda: None, Budget()
        )
    assert taken.state == "sent"
    assert without.state == "failed" and "CANARY" not in without.reason
    assert len(box.mails) == 1


def test_too_large_is_a_refusal_and_no_doubt() -> None:
    with server(data_size_limit=1_000) as (box, port):
        result = handed(port)
    assert result.state == "failed" and "552" in result.reason
    assert box.mails == []


def test_the_server_speaks_smtp() -> None:
    """Python's own client is understood by it, so a refusal above is ours to explain."""
    with server() as (box, port), smtplib.SMTP("127.0.0.1", port) as client:
        client.sendmail("a@lumen.example", ["b@lumen.example"], "Subject: x\r\n\r\ny")
    assert len(box.mails) == 1
