"""Headers that a person wrote: compared without case, accents, blanks, marks and currencies."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from cs_cli.base.money import is_currency

_WORD = re.compile(r"[^\W_]+|#")
_CODE = re.compile(r"[A-Z]{2,3}\$|[€£₹₩₪₺₽฿₴₫₱₦]|\b[A-Z]{3}\b")
# how a cell is filled in, which is no part of what it is: "Health (1-5)", "Auto renew? (y/n)", "Renewal (DD/MM/YYYY)"
_FORM = re.compile(
    r"\((?:[\d\s/.–-]+|y/n|yes/no|j/n|ja/nein|o/n|oui/non|s/n|s[ií]/no|sim/n[aã]o|"
    r"[dmyjat]{1,4}(?:[./-][dmyjat]{1,4}){1,2})\)",
    re.IGNORECASE,
)
# words of headers that are codes of currencies as well
_WORDS = frozenset(["all", "top", "mad", "try", "cup", "pen", "gel", "sos", "mop", "ron"])


_CURRENCY = r"(?:[€$£]|EUR|USD|GBP|CHF|BRL)"
# in what its amounts are written: "ARR (k€)", "ARR in T€", "Contract value (thousands)", "Umsatz kEUR", "ARR ('000)"
_UNIT = re.compile(
    rf"\s*[(\[]?(?:\b|(?=[€$£]))(?:in |en |em )?(?:(?P<before>{_CURRENCY})\s?(?P<one>[kKTM]|m|mn|[Mm]io\.?)|"
    rf"(?P<two>[kKTM]|m|mn|[Mm]io\.?|[Mm]ln\.?|[Tt]sd\.?|milliers?|miles)\s?(?:d'|de )?(?P<behind>{_CURRENCY})|"
    rf"(?P<word>[Tt]sd\.?|[Tt]housands?|[Tt]ausend|milliers|miles|[Mm]illions?|[Mm]illionen|[Mm]io\.?)|(?<=\()k|(?<=\()K|"
    rf"(?:(?<=\bin )|(?<=\ben )|(?<=\bem ))[kKT])"
    rf"[)\]]?\s*$|\s*\(?['’´]?(?<![0-9])000['’]?s?\)?\s*{_CURRENCY}?\s*$"
)


def unit_in_header(header: str) -> int:
    """1000 for "ARR (k€)", a million for "ARR in Mio. €", else 1: in what its amounts are written."""
    found = _UNIT.search(header)
    if found is None or not found.start():
        return 1
    word = (found["one"] or found["two"] or found["word"] or "k").casefold()
    return 1_000_000 if word.startswith("m") and word not in ("milliers", "millier", "miles") else 1_000


def unit_of(header: str) -> str:
    """The words of a header that say its unit: " (k€)"; "" for none."""
    found = _UNIT.search(header)
    return found[0] if found is not None and found.start() else ""


@lru_cache(maxsize=8192)
def loose_header(header: str) -> str:
    """The words of a header in one: renewal_date, RenewalDate and "Renewal date:" are renewaldate.

    "ARR (EUR)" and "ARR in €" are arr.
    """
    header = header.removesuffix(unit_of(header))
    apart = unicodedata.normalize("NFKD", _FORM.sub(" ", header))
    plain = "".join(c for c in apart if not unicodedata.combining(c)).casefold()
    words = _WORD.findall(plain)
    kept = [word for word in words if word in _WORDS or not is_currency(word.upper())]
    if len(kept) > 1 and kept[-1] in ("in", "en", "em"):
        kept.pop()
    if len(kept) > 1 and kept[-1] in ("ht", "netto", "net"):   # before tax
        kept.pop()
    return "".join(kept or words)


def currency_in_header(header: str) -> str | None:
    """The currency that a header names: EUR for "ARR (EUR)" and "ARR in €"; None for none, or a bare $."""
    from cs_cli.intake.values import BadValue, currency_code

    found = _UNIT.search(header)
    told = [found["before"] or found["behind"]] if found is not None and (found["before"] or found["behind"]) else []
    for word in [*told, *_CODE.findall(header)]:
        if word.casefold() in _WORDS:
            continue
        try:
            return currency_code(word)
        except BadValue:
            continue  # CSM, ARR and MRR are no currencies
    return None
