"""Names of people beside their addresses: a list of contacts is no list of companies."""

from __future__ import annotations

import re
from collections.abc import Iterable

from cs_cli.intake.names import core_name, mail_domain, plain_address

ENOUGH = 3  # rows with a name and an address from which a list says what it is
_LETTERS = re.compile(r"[^\W\d_]+")


def is_person(name: str, email: str) -> bool:
    """Is the name the one of whom the address is: "Ann Smith" at ann.smith@, asmith@ or ann@, whatever the company?"""
    words = _LETTERS.findall(core_name(name))
    local = _LETTERS.findall(core_name(plain_address(email).partition("@")[0]))
    if not words or not local or len(words) > 4:
        return False
    host = (mail_domain(email) or "").split(".", 1)[0].replace("-", "")
    if host and (host in "".join(words) or "".join(words) in host):
        return False
    first, last = words[0], words[-1]
    whole = "".join(local)
    spelt = {first, last, first + last, last + first, first[0] + last, first + last[0], last + first[0]}
    return any(len(part) > 1 and part in words for part in local) or (len(whole) > 2 and whole in spelt)


def are_people(pairs: Iterable[tuple[str, str]]) -> bool:
    """Are more than half of the (name, address) pairs, and three or more, people's?"""
    every = [is_person(name, email) for name, email in pairs if name and "@" in email]
    return sum(every) >= ENOUGH and 2 * sum(every) > len(every)
