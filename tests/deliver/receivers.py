"""Real receivers on loopback: HTTP and SMTP servers whose every misbehaviour is named."""

from __future__ import annotations

import socket
import ssl
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path


@dataclass
class Web:
    """An HTTP receiver. behave: what it does with each request, the last one for all later ones.

    A behaviour is "status[:header=value][:body]", or one of hang_up_at_once (nothing read), hang_up_after_body
    (all read, reset), half_answer (a status line and a reset), silent (all read, no answer), garbage.
    """

    behave: list[str] = field(default_factory=lambda: ["200::ok"])
    port: int = 0
    requests: list[bytes] = field(default_factory=list)  # bodies that were read whole
    heads: list[str] = field(default_factory=list)
    connections: int = 0
    patience: float = 3.0

    def next(self) -> str:
        return self.behave.pop(0) if len(self.behave) > 1 else self.behave[0]


def _reset(conn: socket.socket) -> None:
    conn.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    conn.close()


def _read(conn: socket.socket) -> tuple[str, bytes]:
    data = b""
    while b"\r\n\r\n" not in data:
        piece = conn.recv(65536)
        if not piece:
            return data.decode("latin-1"), b""
        data += piece
    head, _, body = data.partition(b"\r\n\r\n")
    text = head.decode("latin-1")
    length = next(
        (int(line.split(":")[1]) for line in text.splitlines() if line.lower().startswith("content-length:")), 0
    )
    while len(body) < length:
        body += conn.recv(65536)
    return text, body


def _serve(web: Web, conn: socket.socket) -> None:
    web.connections += 1
    how = web.next()
    try:
        if how == "hang_up_at_once":
            _reset(conn)
            return
        head, body = _read(conn)
        if not head:
            return
        web.heads.append(head)
        web.requests.append(body)
        if how == "hang_up_after_body":
            _reset(conn)
        elif how == "half_answer":
            conn.sendall(b"HTTP/1.1 200 O")
            _reset(conn)
        elif how == "silent":
            conn.settimeout(web.patience)
            conn.recv(1)
        elif how == "garbage":
            conn.sendall(b"this is not HTTP\r\n\r\n")
        else:
            status, _, rest = how.partition(":")
            header, _, text = rest.partition(":")
            line = header.replace("=", ": ", 1) + "\r\n" if header else ""
            answer = text.encode()
            none = status in ("204", "304")
            length = "" if none else f"Content-Length: {len(answer)}\r\n"
            conn.sendall(
                f"HTTP/1.1 {status} X\r\n{line}{length}Connection: close\r\n\r\n".encode() + (b"" if none else answer)
            )
    except OSError:
        pass
    finally:
        conn.close()


@contextmanager
def web(*behave: str, context: ssl.SSLContext | None = None) -> Iterator[Web]:
    """The receiver as long as the block lasts."""
    receiver = Web(list(behave) or ["200::ok"])
    listener = socket.create_server(("127.0.0.1", 0))
    receiver.port = listener.getsockname()[1]
    over = threading.Event()

    def accept() -> None:
        while not over.is_set():
            try:
                conn, _ = listener.accept()
                if over.is_set():
                    conn.close()
                    return
                if context is not None:
                    conn = context.wrap_socket(conn, server_side=True)
            except OSError:
                continue
            threading.Thread(target=_serve, args=(receiver, conn), daemon=True).start()

    thread = threading.Thread(target=accept, daemon=True)
    thread.start()
    try:
        yield receiver
    finally:
        over.set()
        with socket.socket() as last:  # wakes accept
            last.connect_ex(("127.0.0.1", receiver.port))
        thread.join(2)
        listener.close()


@dataclass
class Mail:
    """An SMTP receiver. refuse: command word → answer, such as {"RCPT": "550 no such user"}.

    hang_up: the moment at which the connection is reset: connect, ehlo, mail, rcpt, data, text (the text is
    read whole, no answer), answer (half an answer). accepted: (sender, recipients, text) of each mail taken.
    """

    refuse: dict[str, str] = field(default_factory=dict)
    hang_up: str = ""
    port: int = 0
    tls: ssl.SSLContext | None = None
    accepted: list[tuple[str, list[str], bytes]] = field(default_factory=list)
    read: list[bytes] = field(default_factory=list)  # texts that were read whole, taken or not
    commands: list[str] = field(default_factory=list)


def _smtp(mail: Mail, conn: socket.socket) -> None:
    file = conn.makefile("rwb", buffering=0)

    def say(text: str) -> None:
        file.write(text.encode() + b"\r\n")

    sender, to = "", list[str]()
    try:
        if mail.hang_up == "connect":
            return _reset(conn)
        say("220 receiver ready")
        while True:
            line = b""
            while not line.endswith(b"\n"):
                piece = file.read(1)
                if not piece:
                    return None
                line += piece
            words = line.decode("latin-1").strip()
            verb = words.split(" ")[0].upper()
            mail.commands.append(words)
            if mail.hang_up == verb.lower():
                return _reset(conn)
            if verb in mail.refuse:
                say(mail.refuse[verb])
            elif verb in ("EHLO", "HELO"):
                say("250-receiver\r\n250-STARTTLS\r\n250 8BITMIME" if mail.tls else "250 receiver")
            elif verb == "STARTTLS" and mail.tls is not None:
                say("220 go ahead")
                conn = mail.tls.wrap_socket(conn, server_side=True)
                file = conn.makefile("rwb", buffering=0)
            elif verb == "MAIL":
                sender, to = words[10:].strip("<> "), []
                say("250 ok")
            elif verb == "RCPT":
                to.append(words[8:].strip("<> "))
                say("250 ok")
            elif verb == "DATA":
                say("354 go on")
                text = b""
                while not text.endswith(b"\r\n.\r\n"):
                    piece = conn.recv(65536)
                    if not piece:
                        return None
                    text += piece
                mail.read.append(text)
                if mail.hang_up == "text":
                    return _reset(conn)
                if mail.hang_up == "answer":
                    file.write(b"25")
                    return _reset(conn)
                if "TEXT" in mail.refuse:
                    say(mail.refuse["TEXT"])
                else:
                    mail.accepted.append((sender, to, text))
                    say("250 taken")
            elif verb == "QUIT":
                say("221 bye")
                return None
            else:
                say("250 ok")
    except OSError:
        return None
    finally:
        file.close()
        conn.close()


@contextmanager
def mail(
    *, hang_up: str = "", refuse: dict[str, str] | None = None, tls: ssl.SSLContext | None = None
) -> Iterator[Mail]:
    """The mail receiver as long as the block lasts."""
    receiver = Mail(refuse=refuse or {}, hang_up=hang_up, tls=tls)
    listener = socket.create_server(("127.0.0.1", 0))
    receiver.port = listener.getsockname()[1]
    over = threading.Event()

    def accept() -> None:
        while not over.is_set():
            try:
                conn, _ = listener.accept()
            except OSError:
                continue
            if over.is_set():
                conn.close()
                return
            threading.Thread(target=_smtp, args=(receiver, conn), daemon=True).start()

    thread = threading.Thread(target=accept, daemon=True)
    thread.start()
    try:
        yield receiver
    finally:
        over.set()
        with socket.socket() as last:
            last.connect_ex(("127.0.0.1", receiver.port))
        thread.join(2)
        listener.close()


def self_signed(folder: Path, name: str = "localhost") -> tuple[ssl.SSLContext, Path]:
    """A server's TLS context with a certificate that nobody vouches for, and that certificate's file."""
    import subprocess

    key, cert = folder / "key.pem", folder / "cert.pem"
    subprocess.run(
        [
            "openssl",
            "req",
            "-x509",
            "-newkey",
            "rsa:2048",
            "-nodes",
            "-keyout",
            str(key),
            "-out",
            str(cert),
            "-days",
            "2",
            "-subj",
            f"/CN={name}",
            "-addext",
            f"subjectAltName=DNS:{name}",
        ],
        check=True,
        capture_output=True,
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert, key)
    return context, cert
