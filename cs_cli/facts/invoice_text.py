"""What the text of an invoice line says: how long it is for, from when to when, and whether it recurs.

English, German and French words; days in the usual spellings. A text that can be read in two ways says nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

from cs_cli.base.days import add_months, days_in_month
from cs_cli.definitions.periods import PERIOD_WORDS, Period, period_of


class Said(NamedTuple):
    """period: how long the line is for. from_on, to_on: its days, to_on the first that is not in it.

    kind: recurring, one_off, adjustment (a proration), mixed (recurring and not, in one amount), or "" where the text
    does not tell.
    """

    period: Period | None = None
    from_on: date | None = None
    to_on: date | None = None
    kind: str = ""


NOTHING = Said()
# work that is done once; "fee" and the like behind it leave no doubt
_ONCE = (
    "setup|set-up|set up|onboarding|on-boarding|implementation|installation|migration|one-off|one off|one-time|"
    "one time|"
    "onetime|training|trainings|workshop|workshops|consulting|consultancy|professional services|customi[sz]ation|"
    "hardware|travel|expenses|reimbursement|late fee|einrichtung|ersteinrichtung|einmalig\\w*|schulung|schulungen|"
    "beratung|implementierung|reisekosten|mise en service|mise en place|formation|conseil|ponctuel\\w*|accompagnement"
)
# one-off unless the text also says that it recurs
_SERVICES = "services|service|dienstleistung|dienstleistungen|prestations?|support hours|hours|stunden|heures"
_RECURS = (
    "subscription|subscriptions|licen[cs]es?|renewal|saas|maintenance|hosting|abonnements?|abo|lizenz|lizenzen|licence|wartung|"
    "verlängerung|renouvellement"
)
_FEE = "fees?|packages?|costs?|charges?|days?|hours|sessions?|gebühr|gebühren|kosten|paket|pauschale|frais|forfait"
_once = re.compile(rf"\b(?:{_ONCE})\b")
_once_for_sure = re.compile(
    rf"\b(?:{_ONCE})(?: \w+)?[ -](?:{_FEE})\b|\b(?:einrichtungs|schulungs|beratungs)\w*"
    rf"|\b(?:frais|forfait)\b.*\b(?:{_ONCE})\b"
    r"|\b(?:one-off|one off|one-time|one time|onetime|einmalig\w*|ponctuel\w*)\b"
)
_services = re.compile(rf"\b(?:{_SERVICES})\b")
_recurs = re.compile(rf"\b(?:{_RECURS})\b")
_joined = re.compile(r"[+&,;/]| and | plus | incl| und | inkl| et | with | mit | avec ")
_proration = re.compile(
    r"\b(?:remaining time|unused time|pro-?rat\w+|prorat\w+|anteilig\w*|nicht genutzte zeit|verbleibende zeit|"
    r"au prorata)\b"
)
# how it is paid wins over how it is priced: "annual plan, billed monthly"
_paid = re.compile(
    r"\b(?:billed|paid|payable|invoiced|billing|payment|instal?lments?|zahlbar|zahlung|abgerechnet|facturation|facturé\w*|"
    r"paiement)\b[ :]*(?:every |each |per )?(\w+(?:-\w+)?)"
    r"|\b(\w+(?:-\w+)?) (?:billing|payments?|instal?lments?|zahlung|abrechnung|facturation|paiement)\b"
)
# a price for a unit says nothing of the bill: "20 per user per month"
_price = re.compile(r"(?:\bper|\bpro|\bpar|\ba|/) ?(?:month|year|week|quarter|monat|jahr|woche|mois|an|mo|yr)\b")
_word = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)?")
_counted = re.compile(r"\b[0-9]{1,3}[ -]?(?:months?|years?|weeks?|quarters?|monate?n?|jahre?n?|wochen?|mois|ans?)\b")

_NAMES = {
    "jan": 1, "january": 1, "januar": 1, "jän": 1, "jänner": 1, "janvier": 1, "janv": 1, "feb": 2, "february": 2,
    "februar": 2, "février": 2, "fevrier": 2, "fév": 2, "févr": 2, "mar": 3, "march": 3, "märz": 3, "mär": 3, "mars": 3,
    "apr": 4, "april": 4, "avril": 4, "avr": 4, "may": 5, "mai": 5, "jun": 6, "june": 6, "juni": 6, "juin": 6, "jul": 7,
    "july": 7, "juli": 7, "juillet": 7, "juil": 7, "aug": 8, "august": 8, "août": 8, "aout": 8, "sep": 9, "sept": 9,
    "september": 9, "septembre": 9, "oct": 10, "october": 10, "okt": 10, "oktober": 10, "octobre": 10, "nov": 11,
    "november": 11, "novembre": 11, "dec": 12, "december": 12, "dez": 12, "dezember": 12, "déc": 12, "décembre": 12,
    "decembre": 12,
}  # fmt: skip
_M = "|".join(sorted(_NAMES, key=len, reverse=True))
_TOKEN = re.compile(
    r"(?P<iso>(?<!\d)(20\d\d)-(\d\d)-(\d\d)(?!\d))"
    r"|(?P<dot>(?<!\d)(\d{1,2})\.(\d{1,2})\.(20\d\d|\d\d(?!\d))?)"
    r"|(?P<slash>(?<!\d)(\d{1,2})/(\d{1,2})/(20\d\d))"
    r"|(?P<quarter>\bq([1-4])[ /-]?(20\d\d)\b|\b(20\d\d)[ -]?q([1-4])\b)"
    rf"|(?P<day_first>(?<!\d)(\d{{1,2}})(?:st|nd|rd|th|er|\.)? ?(?:of )?({_M})\b\.?,?(?: (20\d\d))?)"
    rf"|(?P<month_first>\b({_M})\b\.? (\d{{1,2}})(?:st|nd|rd|th)?(?!\d),?(?: (20\d\d))?)"
    rf"|(?P<month>\b({_M})\b\.?,?(?: (20\d\d))?)"
)
_BETWEEN = re.compile(r"\s*(?:-|–|—|to|until|till|through|thru|bis|au|à|al|t/m|up to|bis zum)\s*")


class _Day(NamedTuple):
    """A day, or a whole month or quarter, in a text; year 0 where it is not written."""

    year: int
    month: int
    day: int  # 0: the whole month
    months: int = 1  # of a whole month or quarter
    swapped: tuple[int, int] | None = None  # (month, day) read the other way, of 03/04/2026


@lru_cache(maxsize=65536)
def read_text(text: str) -> Said:
    """What a line's text says."""
    folded = " ".join(text.casefold().split())
    if not folded:
        return NOTHING
    span = _days(folded)
    length, recurs = _period(folded), bool(_recurs.search(folded))
    kind = _kind(folded, recurs or length is not None or (span is not None and (span[1] - span[0]).days > 31))
    if span is None:
        return Said(length, kind=kind)
    return Said(length, span[0], span[1], kind)


def _kind(text: str, recurs: bool) -> str:
    if _proration.search(text):
        return "adjustment"
    once = _once.search(text) or _once_for_sure.search(text)
    if once and recurs and _joined.search(text):
        return "mixed"
    if once and (not recurs or _once_for_sure.search(text)):
        return "one_off"
    if recurs:
        return "recurring"
    return "one_off" if _services.search(text) else ""


def _period(text: str) -> Period | None:
    """The one length that the text names; None for several."""
    for found in _paid.finditer(text):
        if (length := PERIOD_WORDS.get(found[1] or found[2])) is not None:
            return length
    text = _price.sub(" ", text)
    found_all = {length for word in _word.findall(text) if (length := _length(word)) is not None}
    found_all |= {length for one in _counted.findall(text) if (length := period_of(one)) is not None}
    if "per annum" in text or "p.a." in text:
        found_all.add(("month", 12))
    return found_all.pop() if len(found_all) == 1 else None


# "month of May", "year 2026" name a time; only their adjectives say how often
_NO_LENGTH = frozenset(["month", "year", "quarter", "week", "jahr", "quartal", "halbjahr"])
_COMPOUNDS = {"jahres": ("month", 12), "monats": ("month", 1), "quartals": ("month", 3), "halbjahres": ("month", 6)}


@lru_cache(maxsize=65536)
def _length(word: str) -> Period | None:
    """The length that a word names: also "jährliche", "Jahreslizenz"."""
    for one in (word, word.removesuffix("s"), re.sub("e[rsnm]?$", "", word)):
        if one in PERIOD_WORDS:
            return None if one in _NO_LENGTH else PERIOD_WORDS[one]
    return next((length for start, length in _COMPOUNDS.items() if word.startswith(start)), None)


def _days(text: str) -> tuple[date, date] | None:
    """The days that the text names, the second not included; None for none or several."""
    tokens = list(_tokens(text))
    pairs = [(a, b) for (_, end, a), (start, _, b) in pairwise(tokens) if _BETWEEN.fullmatch(text, end, start)]
    if pairs:
        return _range(*pairs[0]) if len(pairs) == 1 else None
    whole = {one for _, _, one in tokens if one.day == 0 and one.year}
    if len(whole) != 1 or len(tokens) != 1:
        return None
    (one,) = whole
    first = date(one.year, one.month, 1)
    return first, add_months(first, one.months)


def _range(a: _Day, b: _Day) -> tuple[date, date] | None:
    if not b.year:
        if not a.year:
            return None
        b = b._replace(year=a.year)
    if not a.year:
        a = a._replace(year=b.year if (a.month, a.day) <= (b.month, b.day or 31) else b.year - 1)
    found = set()
    for one, two in ((a, b), (_other(a), _other(b))):
        if one is None or two is None:
            continue
        span = _span(one, two)
        if span is not None:
            found.add(span)
    return found.pop() if len(found) == 1 else None


def _other(one: _Day) -> _Day | None:
    return None if one.swapped is None else one._replace(month=one.swapped[0], day=one.swapped[1])


def _span(a: _Day, b: _Day) -> tuple[date, date] | None:
    try:
        first = date(a.year, a.month, a.day or 1)
        last = add_months(date(b.year, b.month, 1), b.months) if b.day == 0 else date(b.year, b.month, b.day)
    except ValueError:
        return None
    if last <= first:
        return None
    return first, last if b.day == 0 else first_free(first, last)


def _tokens(text: str) -> Iterator[tuple[int, int, _Day]]:
    for found in _TOKEN.finditer(text):
        kind = found.lastgroup or ""
        one = _token(kind, [group for group in found.groups() if group is not None][1:])
        if one is not None:
            yield found.start(), found.end(), one


def _token(kind: str, parts: Sequence[str]) -> _Day | None:
    if kind == "iso":
        return _Day(int(parts[0]), int(parts[1]), int(parts[2]))
    if kind == "dot":
        year = int(parts[2]) if len(parts) > 2 else 0
        return _checked(_Day(year + 2000 if 0 < year < 100 else year, int(parts[1]), int(parts[0])))
    if kind == "slash":
        one, two, year = int(parts[0]), int(parts[1]), int(parts[2])
        if one > 12 or two > 12:
            return _checked(_Day(year, min(one, two), max(one, two)))
        return _checked(_Day(year, one, two, swapped=(two, one)))
    if kind == "quarter":
        number, when = (parts[0], parts[1]) if len(parts[0]) == 1 else (parts[1], parts[0])
        return _Day(int(when), 3 * int(number) - 2, 0, 3)
    if kind == "month":
        return _Day(int(parts[1]) if len(parts) > 1 else 0, _NAMES[parts[0]], 0)
    day, name = (parts[0], parts[1]) if kind == "day_first" else (parts[1], parts[0])
    return _checked(_Day(int(parts[2]) if len(parts) > 2 else 0, _NAMES[name], int(day)))


def _checked(one: _Day) -> _Day | None:
    fits = 1 <= one.month <= 12 and 1 <= one.day <= days_in_month(one.year or 2024, one.month)
    return one if fits else None


def first_free(first: date, last: date) -> date:
    """The first day after a service period whose end may be its last day, or the first one of the next.

    Where one of the two makes whole months, that one; else the end is the last day.
    """
    after = last + timedelta(days=1)
    if whole_months(first, after):
        return after
    return last if whole_months(first, last) else after


def whole_months(first: date, after: date) -> int:
    """How many whole months lie between two days, the second not included; 0 when it is no whole number.

    From the last day of a month to the last of another are whole months too.
    """
    months = (after.year - first.year) * 12 + after.month - first.month
    if months < 1:
        return 0
    both_last = (first + timedelta(days=1)).day == 1 and (after + timedelta(days=1)).day == 1
    return months if both_last or add_months(first, months) == after else 0
