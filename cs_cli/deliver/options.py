"""A channel's settings in cs.yaml, read key by key; every fault is told at once, none shows a secret."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import msgspec

from cs_cli.base.errors import CsError, DefinitionInvalid, Fault
from cs_cli.base.near import did_you_mean
from cs_cli.deliver.secret import Secret, environment_name, from_environment, from_file

COMMON = ("kind", "type", "about", "on_unknown", "default", "to", "at_most")
UNKNOWN_KEY = "DEF-012"
LOOPBACK = ("localhost", "127.0.0.1", "::1")


class Options:
    """Reads one channel. `faults` collects; `done()` raises them together (12, or 15 for a secret file)."""

    def __init__(self, name: str, written: Mapping[str, Any], root: Path, environ: Mapping[str, str]) -> None:
        self.name, self.written, self.root, self.environ = name, written, root, environ
        self.faults: list[Fault] = []
        self.known = set(COMMON)
        self.serious: CsError | None = None

    def fault(self, ident: str, what: str, key: str, **more: Any) -> None:
        self.faults.append(Fault(ident, f"channel {self.name}: {what}", file="cs.yaml", name=key, **more))

    def text(self, key: str, default: str | None = None, *, needed: bool = False) -> str | None:
        self.known.add(key)
        value = self.written.get(key, default)
        if value is None:
            if needed:
                self.fault("INT-020", f"{key} is missing", key, expected=f"{key}: and one line of text")
            return None
        if not isinstance(value, str) or not value.strip() or any(ord(c) < 0x20 for c in value):
            self.fault("INT-020", f"{key} must be one line of text", key, value=str(value)[:40],
                       expected="one line of text")  # fmt: skip
            return None
        return value.strip()

    def number(self, key: str, default: int, low: int, high: int) -> int:
        self.known.add(key)
        value = self.written.get(key, default)
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            self.fault("INT-020", f"{key} must be a number from {low} to {high}", key, value=str(value)[:40],
                       expected=f"{low} to {high}")  # fmt: skip
            return default
        return value

    def flag(self, key: str) -> bool:
        self.known.add(key)
        value = self.written.get(key, False)
        if not isinstance(value, bool):
            self.fault("INT-020", f"{key} must be true or false", key, value=str(value)[:40],
                       expected="true or false")  # fmt: skip
            return False
        return value

    def choice(self, key: str, values: tuple[str, ...], default: str) -> str:
        self.known.add(key)
        value = self.written.get(key, default)
        if value not in values:
            self.fault("INT-020", f"{key} is not one of the words it can be", key, value=str(value)[:40],
                       expected=", ".join(values))  # fmt: skip
            return default
        return str(value)

    def path(self, key: str, default: str) -> Path:
        return self.root / Path(self.text(key, default) or default).expanduser()

    def secret(self, key: str, *, needed: bool = True, plain: str = "") -> Secret | None:
        """`key: ${NAME}`, or `secret_file:` for the channel's one secret. plain: "" refuses a text written out;
        "address" takes it (an address without a secret in it, or a local receiver's)."""
        self.known |= {key, "secret_file"}
        value, file = self.written.get(key), self.written.get("secret_file")
        try:
            if isinstance(value, str) and (name := environment_name(value)):
                return from_environment(name, self.environ, self.name, key)
            if value is None and isinstance(file, str) and file.strip():
                return from_file(self.root / Path(file.strip()).expanduser(), self.name)
        except CsError as error:
            self.faults += [msgspec.structs.replace(one, next=one.next or error.next) for one in error.faults]
            if self.serious is None or error.code > self.serious.code:
                self.serious = error
            return None
        if isinstance(value, str) and value.strip() and plain == "address":
            return Secret(value.strip())
        if value is not None:
            advice = f"write {key}: ${{CS_{self.name.upper().replace('-', '_')}}} or secret_file: PATH"
            self.fault("INT-021", f"{key} must not stand in cs.yaml", key, expected="${NAME}", next=advice)
        elif needed:
            self.fault("INT-020", f"{key} is missing", key, expected="${NAME}, or secret_file: PATH")
        return None

    def address(self, secret: Secret | None, key: str, *, local: bool, hosts: tuple[str, ...] = ()) -> str | None:
        """The address if it may be used: https, port 443, a public name (one of hosts, when given)."""
        if secret is None:
            return None
        text = secret.reveal()
        why = address_fault(text, local=local, hosts=hosts)
        if why is not None:
            # the address is a secret: it is not shown
            self.fault("INT-025", f"the address in {key} {why}", key,
                       expected=f"an https address at {' or '.join(hosts) if hosts else 'a public host'}")  # fmt: skip
            return None
        return text

    def done(self) -> None:
        for key in self.written:
            if key not in self.known:
                hint = did_you_mean(str(key), sorted(self.known))
                self.fault(UNKNOWN_KEY, f'there is no key "{str(key)[:40]}" here{hint}', str(key)[:40],
                           expected=", ".join(sorted(self.known)))  # fmt: skip
        if not self.faults:
            return
        kind = type(self.serious) if self.serious is not None else DefinitionInvalid
        raise kind(placed(self.faults, self.root, self.name))


def placed(faults: list[Fault], root: Path, channel: str) -> list[Fault]:
    """The faults of cs.yaml with the line of their key, else of the channel; not the line itself: it may be secret."""
    from cs_cli.definitions.yaml_reader import read_yaml

    document = read_yaml(root / "cs.yaml", "cs.yaml")

    def place(fault: Fault) -> Fault:
        if fault.file != "cs.yaml":
            return fault
        key = (fault.name or "").rpartition(": ")[2]
        line, column = document.place(("channels", channel, key), key=True)
        return msgspec.structs.replace(fault, line=line, column=column)

    return [place(fault) for fault in faults]


def address_fault(text: str, *, local: bool, hosts: tuple[str, ...] = ()) -> str | None:
    """Why an address may not be used; None when it may. local: loopback, plain http and any port are allowed."""
    if not text.isascii() or not text.isprintable() or " " in text:
        return "holds characters that an address cannot hold"
    try:
        parts = urlsplit(text)
        port, host = parts.port, parts.hostname or ""
    except ValueError:
        return "cannot be read"
    if parts.username is not None or parts.password is not None:
        return "holds a user name"
    if not host:
        return "has no host"
    if local and host in LOOPBACK:
        return None if parts.scheme in ("http", "https") else "is not http or https"
    if parts.scheme != "https":
        return "is not https"
    if port not in (None, 443):
        return "names another port than 443"
    if host.endswith((".", ".localhost", ".local", ".internal")) or "." not in host or host in LOOPBACK:
        return "does not name a public host"
    if _is_number(host):
        return "names a number instead of a host"
    if hosts and host not in hosts:
        return f"is not at {' or '.join(hosts)}"
    return None


def _is_number(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        last = host.rsplit(".", 1)[-1]
        return last.isdigit() or last.lower().startswith("0x")
    return True
