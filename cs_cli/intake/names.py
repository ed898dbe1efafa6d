"""Names, domains and e-mail addresses in the form in which they are compared."""

from __future__ import annotations

import unicodedata
from functools import lru_cache

from cs_cli.intake.freemail import is_freemail

# suffixes of company forms; compared without dots, at the end of the name only
_FORMS = frozenset([
    "inc", "incorporated", "corp", "corporation", "co", "company", "llc", "llp", "lp", "ltd", "limited", "plc",
    "pty", "gmbh", "mbh", "ag", "kg", "ug", "ohg", "se", "ev", "bv", "nv", "vof", "sa", "sas", "sarl", "sasu",
    "srl", "spa", "sl", "slu", "sro", "as", "asa", "aps", "ab", "oy", "oyj", "kk", "oo", "doo", "zoo", "sp",
    "kft", "zrt", "bt", "pte", "pvt", "sdn", "bhd", "holding", "holdings", "group",
])

@lru_cache(maxsize=200_000)
def plain_name(name: str) -> str:
    """A company name without case, accents' encoding, punctuation and legal form: "Acme, Inc." is "acme"."""
    text = unicodedata.normalize("NFKC", name).casefold()
    # "B.V." is one word, "A&B" two
    text = text.replace(".", "").replace("'", "").replace("’", "")
    kept = "".join(c if c.isalnum() else " " for c in text)
    words = kept.split()
    while len(words) > 1 and words[-1] in _FORMS:
        words.pop()
    if len(words) > 1 and words[0] == "the":
        words.pop(0)
    return " ".join(words)


@lru_cache(maxsize=200_000)
def plain_domain(text: str) -> str | None:
    """The host of an address or URL in lower case without "www.", or None when there is none."""
    host = text.strip().lower()
    if "://" in host:
        host = host.split("://", 1)[1]
    host = host.split("/", 1)[0].split("?", 1)[0].split(":", 1)[0]
    host = host.rsplit("@", 1)[-1].strip(".")
    host = host.removeprefix("www.")
    if "." not in host or " " in host:
        return None
    return host


def mail_domain(email: str) -> str | None:
    """The company's domain in an e-mail address; None for free mail and for no address."""
    if "@" not in email:
        return None
    domain = plain_domain(email)
    return None if domain is None or is_freemail(domain) else domain


_SALESFORCE = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"


def long_id(key: str) -> str:
    """A Salesforce id of 15 letters (reports) as the one of 18 (API): three letters say which are capitals."""
    if len(key) != 15 or not key.isascii() or not key.isalnum():
        return key
    parts = (key[at:at + 5] for at in (0, 5, 10))
    return key + "".join(_SALESFORCE[sum(letter.isupper() << bit for bit, letter in enumerate(part))] for part in parts)
