"""Web domains and e-mail addresses in the one form in which they are compared.

A domain is compared as DNS writes it: small ASCII letters, other scripts as xn-- labels by UTS 46 without its
transitional mapping (https://www.unicode.org/reports/tr46/), so that straße.example is not strasse.example and
bücher.example is xn--bcher-kva.example.
"""

from __future__ import annotations

import unicodedata
from functools import lru_cache


@lru_cache(maxsize=200_000)
def ascii_domain(text: str) -> str:
    """The domain as it is compared; what cannot be a domain of another script stays, in NFC and small letters."""
    if text.isascii():
        plain = text.lower()
        if "xn--" not in plain:
            return plain
    return _other_script(text) or unicodedata.normalize("NFC", text).lower()


def _other_script(text: str) -> str | None:
    """The xn-- form of a domain; None when UTS 46 gives it none."""
    from idna import uts46_remap  # a hundred domains in a row need none of this

    try:
        labels = uts46_remap(text, std3_rules=False, transitional=False).split(".")
        # a label that is xn-- already is read first, so that every spelling of it ends as one
        read = [_decoded(label) for label in labels]
        return ".".join(_label(uts46_remap(one, std3_rules=False, transitional=False) if one else one) for one in read)
    except UnicodeError:
        return None


def _decoded(label: str) -> str:
    return label[4:].encode("ascii").decode("punycode") if label[4:] and label.startswith("xn--") else label


def _label(label: str) -> str:
    return label if label.isascii() else "xn--" + label.encode("punycode").decode("ascii")


def spellings(text: str) -> list[str]:
    """A domain, or an address at one, as it stands and with its xn-- labels read: how it was once written down."""
    head, at, domain = text.rpartition("@")
    if "xn--" not in domain:
        return [text]
    try:
        read = ".".join(_decoded(label) for label in domain.split("."))
    except UnicodeError:
        return [text]
    return [text, f"{head}{at}{read}"]


def plain_address(text: str) -> str:
    """An e-mail address as it is compared: its domain as `ascii_domain` gives it, small letters before the @."""
    local, at, domain = text.strip().rpartition("@")
    if not at:
        return text.strip().casefold()
    return f"{unicodedata.normalize('NFC', local).lower()}@{ascii_domain(domain.strip())}"
