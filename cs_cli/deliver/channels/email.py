"""E-mail by SMTP: TLS or nothing, one recipient from cs.yaml, the same Message-ID on every try.

Until the text begins to leave, every failure is certain; after it, only the server's answer to the
text says whether it was taken. A connection that breaks there is unknown (RFC 1047).
"""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Callable
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import formatdate
from pathlib import Path
from typing import TYPE_CHECKING

from cs_cli.base.safe_text import safe_text
from cs_cli.deliver.model import Message, Result, failed, unknown
from cs_cli.deliver.options import LOOPBACK
from cs_cli.deliver.page import page
from cs_cli.deliver.plain import foot, plain
from cs_cli.deliver.secret import Secret

if TYPE_CHECKING:
    from cs_cli.deliver.options import Options
    from cs_cli.deliver.web import Budget

SECONDS = 20.0
TLS = ("starttls", "tls", "none")


def make(options: Options) -> Email:
    host = options.text("host", needed=True) or ""
    insecure = options.flag("allow_insecure_localhost")
    local = insecure and host in LOOPBACK
    port = options.number("port", 465 if options.written.get("tls") == "tls" else 587, 1, 65535)
    tls = options.choice("tls", TLS, "none" if local else "tls" if port == 465 else "starttls")
    if tls == "none" and not local:
        options.fault("INT-026", "mail would travel without TLS", "tls", expected="starttls or tls")
    user = options.text("user")
    password = options.secret("password", needed=user is not None) if user is not None else None
    sender = options.text("from", needed=True)
    address = address_of(sender or "", options.text("from_name") or "")
    if sender is not None and address is None:
        options.fault("INT-020", "from is not one e-mail address", "from", value=sender[:60],
                      expected="one address such as desk@acme.example")  # fmt: skip
    ca = options.text("ca_file")
    options.done()
    assert address is not None  # options.done raised otherwise
    return Email(host, port, tls, user, password, address, options.root / ca if ca else None)


class Email:
    repeatable = False

    def __init__(
        self, host: str, port: int, tls: str, user: str | None, password: Secret | None, sender: Address,
        ca_file: Path | None = None,
    ) -> None:  # fmt: skip
        self.host, self.port, self.tls, self.user, self._password = host, port, tls, user, password
        self.sender, self.ca_file = sender, ca_file

    def send(self, message: Message, leaving: Callable[[], None], budget: Budget) -> Result:
        to = address_of(message.email or "", message.recipient)
        if to is None:
            return failed(f"no e-mail address for {message.recipient or 'nobody'} in cs.yaml")
        if budget.left <= 0:
            return failed("not tried: the time for this run is used up")
        mail = compose(message, self.sender, to)
        try:
            server = self._connect(min(SECONDS, max(1.0, budget.left)))
        except smtplib.SMTPAuthenticationError as error:
            return failed(f"the mail server refused the user or password ({error.smtp_code})")
        except smtplib.SMTPNotSupportedError:
            return failed("the mail server offers no STARTTLS or no login")
        except ssl.SSLCertVerificationError:
            return failed("the mail server's certificate is not valid")
        except (smtplib.SMTPException, OSError, UnicodeError) as error:
            return failed(f"no connection to the mail server ({type(error).__name__})")
        try:
            result = self._hand_over(server, mail, to, leaving)
        except BaseException:
            server.close()
            raise
        if result.after is None:
            server.close()
        return result

    def _connect(self, seconds: float) -> smtplib.SMTP:
        context = _context(self.ca_file) if self.tls != "none" else None
        name = self.sender.domain
        if self.tls == "tls":
            server: smtplib.SMTP = smtplib.SMTP_SSL(
                self.host, self.port, local_hostname=name, timeout=seconds, context=context
            )
        else:
            server = smtplib.SMTP(self.host, self.port, local_hostname=name, timeout=seconds)
        try:
            if self.tls == "starttls":
                server.starttls(context=context)
            server.ehlo_or_helo_if_needed()
            if self.user is not None and self._password is not None:
                server.login(self.user, self._password.reveal())
        except BaseException:
            server.close()
            raise
        return server

    def _hand_over(self, server: smtplib.SMTP, mail: EmailMessage, to: Address, leaving: Callable[[], None]) -> Result:
        body = _dotted(mail.as_bytes(policy=SMTP))
        try:
            code, _ = server.docmd(f"MAIL FROM:<{self.sender.addr_spec}>")
            if code != 250:
                return failed(f"the mail server refused the sender ({code})")
            code, _ = server.docmd(f"RCPT TO:<{to.addr_spec}>")
            if code not in (250, 251):
                return failed(f"the mail server refused the recipient ({code})", final=code >= 500)
            code, _ = server.docmd("DATA")
            if code != 354:
                return failed(f"the mail server took no text ({code})", final=code >= 500)
        except (smtplib.SMTPException, OSError) as error:
            return failed(f"the mail server hung up before the text ({type(error).__name__})")
        leaving()
        try:
            server.send(body)
            code, _ = server.getreply()
        except (smtplib.SMTPException, OSError) as error:
            return unknown(f"the mail server hung up before it answered ({type(error).__name__})")
        if code == 250:
            # taken; to say goodbye before that is written down would only leave time to die in
            return Result("sent", after=lambda: _leave(server))
        return failed(f"the mail server refused the text ({code})", final=code >= 500)


def _leave(server: smtplib.SMTP) -> None:
    try:
        server.docmd("QUIT")
    except (smtplib.SMTPException, OSError):
        return  # the answer to the text counts, not the goodbye
    finally:
        server.close()


def _context(ca_file: Path | None) -> ssl.SSLContext:
    """Certificates are checked against one named list, never against what the environment says."""
    import certifi

    return ssl.create_default_context(cafile=str(ca_file or certifi.where()))


def _dotted(body: bytes) -> bytes:
    """A line that begins with a dot gets another one (RFC 5321 4.5.2), and the end mark follows."""
    text = b"\r\n" + body.removesuffix(b"\r\n")
    return text.replace(b"\r\n.", b"\r\n..")[2:] + b"\r\n.\r\n"


def address_of(text: str, name: str) -> Address | None:
    """One plain address as an Address; None for anything else, such as two, or one with a line end."""
    local, at, domain = text.strip().rpartition("@")
    plain_text = text.isascii() and text.isprintable() and not any(c in text for c in ' ,;:<>()[]"\\')
    if not (at and local and "." in domain.strip(".") and plain_text and "@" not in local):
        return None
    return Address(safe_text(name, 100), local, domain)


def compose(message: Message, sender: Address, to: Address) -> EmailMessage:
    """Headers are set by objects, never joined from text, so that data cannot add one."""
    mail = EmailMessage(policy=SMTP)
    mail["From"] = sender
    mail["To"] = to
    mail["Subject"] = safe_text(message.subject, 200)
    mail["Date"] = formatdate(localtime=False)
    mail["Message-ID"] = f"<{message.message_id.strip('<>').partition('@')[0]}@{sender.domain}>"
    mail["Auto-Submitted"] = "auto-generated"
    text = plain(message)
    if message.text:
        text += "\n" + "\n".join(foot(message)) + "\n"
    mail.set_content(text, cte="quoted-printable")
    mail.add_alternative(message.html or page(message), subtype="html", cte="quoted-printable")
    return mail
