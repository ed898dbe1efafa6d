"""Names, domains and e-mail addresses in the form in which they are compared."""

from __future__ import annotations

import unicodedata
from functools import lru_cache

from cs_cli.base.domains import ascii_domain, plain_address
from cs_cli.intake.freemail import is_freemail
from cs_cli.intake.invisible import INVISIBLE

__all__ = ["company_domain", "core_name", "long_id", "mail_domain", "plain_address", "plain_domain", "plain_name"]

# suffixes of company forms; compared without dots, at the end of the name only
_FORMS = frozenset([
    "inc", "incorporated", "corp", "corporation", "co", "company", "llc", "llp", "lp", "ltd", "limited", "plc",
    "pty", "gmbh", "mbh", "ag", "kg", "ug", "ohg", "se", "ev", "bv", "nv", "vof", "sa", "sas", "sarl", "sasu",
    "srl", "spa", "sl", "slu", "sro", "as", "asa", "aps", "ab", "oy", "oyj", "kk", "oo", "doo", "zoo", "sp",
    "kft", "zrt", "bt", "pte", "pvt", "sdn", "bhd", "holding", "holdings", "group", "gruppe", "groupe",
])
# marks that a hand leaves out or puts in without meaning another name; "Canal+" and "A&B" keep theirs
_QUIET = {
    **dict.fromkeys(map(ord, ".'’‘ʼ`´\"“”„«»")),
    **dict.fromkeys(map(ord, ",;:-‐‑–—/()[]_|"), " "),
    **dict.fromkeys(INVISIBLE),
}
_TATWEEL = 0x0640
# what stands over or under letters and may be left out: Hebrew points, Arabic harakat
_POINTS = frozenset([
    *range(0x0591, 0x05BE), 0x05BF, 0x05C1, 0x05C2, 0x05C4, 0x05C5, 0x05C7, *range(0x0610, 0x061B),
    *range(0x064B, 0x0653), 0x0656, 0x0657, 0x0658, 0x0670, *range(0x06D6, 0x06DD), *range(0x06DF, 0x06E5),
])
_STRESS = frozenset([0x0300, 0x0301])  # over Cyrillic letters: й, ў and ї are letters of their own
_YO = 0x0308


@lru_cache(maxsize=200_000)
def plain_name(name: str) -> str:
    """A company name as it is compared: without case, accents and doubled spaces; commas, dots, quotes and dashes are
    no part of it. Its legal form is: "Acme Inc" is not "Acme GmbH". Marks that spell a word in Indic, Thai, Japanese
    and other scripts stay; only Latin, Greek and Cyrillic accents, Hebrew points and Arabic harakat go."""
    text = _no_accents(unicodedata.normalize("NFKC", name).casefold()).translate(_QUIET)
    # a sign such as & or + is a word of its own, with or without spaces around it
    spaced = "".join(c if c.isalnum() or unicodedata.category(c)[0] == "M" else f" {c} " for c in text)
    return " ".join(spaced.split())


@lru_cache(maxsize=200_000)
def core_name(name: str) -> str:
    """A company name without its legal form, "Group", "Holding" and "The", for proposing likely pairs: never proof."""
    words = [word for word in plain_name(name).split() if any(c.isalnum() for c in word)]
    while len(words) > 1 and words[-1] in _FORMS:
        words.pop()
    if len(words) > 1 and words[0] == "the":
        words.pop(0)
    return " ".join(words)


def _no_accents(text: str) -> str:
    if text.isascii():
        return text
    kept: list[str] = []
    base = ""
    for c in unicodedata.normalize("NFD", text):
        code = ord(c)
        if not unicodedata.combining(c):
            if code != _TATWEEL:
                kept.append(c)
                base = c
        elif not (code in _POINTS or _is_accent(base, code)):
            kept.append(c)
    return unicodedata.normalize("NFC", "".join(kept))


def _is_accent(base: str, mark: int) -> bool:
    """Is the mark on this letter one that people leave out?"""
    if not base:
        return False
    letter = ord(base)
    if letter < 0x0250 or 0x1E00 <= letter < 0x1F00 or 0x0370 <= letter < 0x0400 or 0x1F00 <= letter < 0x2000:
        return True
    if 0x0400 <= letter < 0x0530:
        return mark in _STRESS or (mark == _YO and base == "е")
    return False


@lru_cache(maxsize=200_000)
def plain_domain(text: str) -> str | None:
    """The host of an address or URL as it is compared (see base.domains), without "www."; None when there is none."""
    host = text.strip().lower()
    if "://" in host:
        host = host.split("://", 1)[1]
    host = host.split("/", 1)[0].split("?", 1)[0].split(":", 1)[0]
    host = host.rsplit("@", 1)[-1].strip(".")
    host = host.removeprefix("www.")
    if "." not in host or " " in host:
        return None
    return ascii_domain(host)


def company_domain(text: str) -> str | None:
    """The host of an address or URL where it is a company's; None for internet providers and free mail."""
    domain = plain_domain(text)
    return None if domain is None or is_freemail(domain) else domain


def mail_domain(email: str) -> str | None:
    """The company's domain in an e-mail address; None for free mail, internet providers and no address."""
    return company_domain(email) if "@" in email else None


_SALESFORCE = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"


def long_id(key: str) -> str:
    """A Salesforce id of 15 letters (reports) as the one of 18 (API): three letters say which are capitals."""
    if len(key) != 15 or not key.isascii() or not key.isalnum():
        return key
    parts = (key[at:at + 5] for at in (0, 5, 10))
    return key + "".join(_SALESFORCE[sum(letter.isupper() << bit for bit, letter in enumerate(part))] for part in parts)
