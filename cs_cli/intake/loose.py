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


@lru_cache(maxsize=8192)
def loose_header(header: str) -> str:
    """The words of a header in one: renewal_date, RenewalDate and "Renewal date:" are renewaldate.

    "ARR (EUR)" and "ARR in €" are arr.
    """
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

    for word in _CODE.findall(header):
        if word.casefold() in _WORDS:
            continue
        try:
            return currency_code(word)
        except BadValue:
            continue  # CSM, ARR and MRR are no currencies
    return None
