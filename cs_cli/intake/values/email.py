"""E-mail addresses and web domains, checked by form only."""

from __future__ import annotations

import re
from functools import lru_cache

from cs_cli.base.domains import ascii_domain
from cs_cli.intake.freemail import is_freemail
from cs_cli.intake.values.model import BadValue

_EXPECTED = "an address such as ann@acme.com"


@lru_cache(maxsize=1)
def _local() -> re.Pattern[str]:
    atom = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~\u0080-\U0010FFFF-]+"
    return re.compile(rf'{atom}(?:\.{atom})*|"(?:[\x20-\x21\x23-\x5b\x5d-\x7e]|\\[\x20-\x7e])*"')


@lru_cache(maxsize=1)
def _label() -> re.Pattern[str]:
    return re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")


def email_address(text: str) -> str:
    """The address, its domain in lower case. Raises BadValue. At most 254 characters, one address."""
    text = text.strip()
    if text.lower().startswith("mailto:"):
        text = text[7:]
    local, at, domain = text.rpartition("@")
    if not at or len(text) > 254 or len(local.encode()) > 64 or not _local().fullmatch(local):
        raise BadValue("IMP-140", _EXPECTED, "not an e-mail address")
    if not _is_domain(domain):
        raise BadValue("IMP-140", _EXPECTED, "not an e-mail address")
    return f"{local}@{domain.lower()}"


def _is_domain(domain: str) -> bool:
    plain = ascii_domain(domain)
    labels = plain.split(".")
    return (
        len(plain) <= 253 and len(labels) > 1 and all(_label().fullmatch(label) for label in labels)
        and not labels[-1].isdigit()
    )


def domain_of(text: str) -> str | None:
    """The bare domain of a URL, a domain or an address: no scheme, `www.`, port or path; IDN as punycode.

    None for an address of free mail, which is nobody's domain. Raises BadValue.
    """
    rest = text.strip()
    rest = re.sub(r"^[A-Za-z][A-Za-z0-9+.-]*://", "", rest).removeprefix("//")
    rest = re.split(r"[/?#\\]", rest, maxsplit=1)[0]
    rest = rest.rpartition("@")[2]
    rest = re.sub(r":[0-9]{0,5}$", "", rest).rstrip(".")
    plain = ascii_domain(rest)
    while plain.startswith("www.") and plain.count(".") > 1:
        plain = plain[4:]
    if not _is_domain(plain):
        raise BadValue("IMP-141", "a domain such as acme.com", "not a web domain")
    return None if "@" in text and is_freemail(plain) else plain
