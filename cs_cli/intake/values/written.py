"""Values as a person writes them into a sheet, each cell read by itself (`format: written`).

Three digits behind an amount's only mark are thousands (12.600 and 48,000), because nobody writes three decimals; k, M,
Tsd. and Mio. are thousands and millions. A day is read in any form that can mean one day only; a numeric one that reads
two ways goes by the order that the column, or the file, shows. A month without a day is its first, and that is said.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import date
from decimal import Decimal
from math import ceil

from cs_cli.base.days import FIRST_YEAR, LAST_YEAR
from cs_cli.intake.values.model import BadValue
from cs_cli.intake.values.numbers import evidence, parse_number, tidy, unsigned

WRITTEN = "written"
QUARTERS = "quarters"       # beside it: Q1 2027 is the first day of that quarter of the calendar year
_SHORT = re.compile(
    r"(?P<number>[0-9][0-9.,' ]*) ?(?P<word>k|t(?= ?(?:€|eur))|tsd\.?|thousand|mi|m|mio\.?|mln\.?|mn\.?|"
    r"million(?:s|en)?|millones|milh(?:ões|oes|ão))(?:(?![a-z])|(?=(?:eur|usd|gbp|chf)\b))", re.IGNORECASE
)
_A_YEAR = re.compile(
    r" ?(?:p\.? ?a\.?|/ ?(?:yr|year|a|an|año|ano|jahr|jaar|anno)|per year|pro jahr|par an)$", re.IGNORECASE
)
_MONTHS = {
    name: number for number, names in enumerate((
        "january januar janvier enero janeiro januari gennaio jän",
        "february februar février fevrier febrero fevereiro februari febbraio",
        "march märz maerz mars marzo março marco maart mrt mär mrz", "april avril abril aprile",
        "may mai mayo maio mei maggio", "june juni juin junio junho giugno", "july juli juillet julio julho luglio",
        "august août aout agosto augustus", "september septembre septiembre setembro settembre sept",
        "october oktober octobre octubre outubro ottobre okt", "november novembre noviembre novembro",
        "december dezember décembre decembre diciembre dezembro dicembre dez",
    ), 1) for name in names.split()
}
_NUMERIC = re.compile(r"([0-9]{1,4})\s?([-/.])\s?([0-9]{1,2})\s?\2\s?([0-9]{1,4})(?:[T ][0-9:.Zz+-]*)?")
_NTH = re.compile(r"([0-9]{1,4})(?:st|nd|rd|th|er|º|°|o|ª)?")
_MONTH_LAST = re.compile(r"(?P<year>[0-9]{4})[-/.](?P<month>[0-9]{1,2})")
_MONTH_FIRST = re.compile(r"(?P<month>[0-9]{1,2})[/.](?P<year>[0-9]{4})")
_MONTH_NAMED = re.compile(
    r"(?P<month>[^\W\d]+)\.?(?:(?:(?: de| del| do)? |-)(?P<year>[0-9]{4})|(?:-| ?['’])(?P<short>[0-9]{2}))"
)
_WEEK = re.compile(r"(?P<year>[0-9]{4})[- ]?(?:W|w|KW |kw |CW |cw )(?P<week>[0-9]{1,2})")
_QUARTER = re.compile(
    r"(?:(?:Q|T|q|t)(?P<one>[1-4])[ ./'’-]*(?P<year>[0-9]{4}))|(?:(?P<before>[0-9]{4})[ ./-]*(?:Q|T|q|t)(?P<two>[1-4]))"
)
_FILLER = frozenset(["le", "the", "of", "de", "del", "do", "di", "den", "der", "il", "el", "dia"])
_WEEKDAY = re.compile(
    r"(?:mo|tu|we|th|fr|sa|su|di|mi|do|so|lu|ma|me|je|ve|dom|seg|ter|qua|qui|sex|gio|mer|ven|sab|wo|za|zo)[a-zäéçíûáì-]*",
)
# the unit of a length of time, by how its word begins in one of the languages
_UNITS = (
    ("month", ("mo", "mth", "mes", "mês", "mois", "maand", "mnd", "m")),
    ("year", ("year", "yr", "jahr", "jaar", "an", "año", "y", "j", "a")),
    ("week", ("week", "wk", "woche", "semaine", "semana", "settiman", "w")),
    ("day", ("day", "tag", "jour", "día", "dia", "dag", "giorn", "d", "g")),
)
_ONE = {
    "annual": 12, "annually": 12, "yearly": 12, "jährlich": 12, "annuel": 12, "anual": 12, "annuale": 12,
    "jaarlijks": 12,
    "monthly": 1, "monatlich": 1, "mensuel": 1, "mensual": 1, "mensal": 1, "mensile": 1, "maandelijks": 1,
    "quarterly": 3, "vierteljährlich": 3, "trimestriel": 3, "trimestral": 3, "trimestrale": 3,
}


def unit_in_format(formats: Sequence[str]) -> int:
    """What 1 stands for in a column whose header says that its amounts are in thousands or millions."""
    return 1_000 if "thousands" in formats else 1_000_000 if "millions" in formats else 1


def plain_amount(text: str) -> str:
    """An amount without the words around it: "12.600 p.a." is 12.600, "1.2 Mio" 1.2M, "8 Tsd. €" 8k €."""
    body = _A_YEAR.sub("", tidy(text))
    found = _SHORT.search(body)
    if found is None:
        return body
    short = "k" if found["word"][0] in "kKtT" else "M"
    return body[:found.start()] + found["number"].rstrip() + short + body[found.end():]


def written_number(text: str) -> Decimal:
    """The number with the decimal mark that it shows itself. Raises BadValue."""
    body = unsigned(tidy(text))[0]
    kind = evidence(body)
    if kind is None:
        raise BadValue("IMP-120", "a number such as 1,234.56 or 1.234,56", "not a number")
    thousands = "," if "." in body else "."
    return parse_number(text, thousands if kind == "?" else kind or ".")


def written_day_converter(formats: Sequence[str]) -> Callable[[str], str]:
    """Text → ISO day; a day that reads two ways goes by dmy or mdy, where one of them is among the formats."""
    order = next((form[:3] for form in formats if form[:3] in ("dmy", "mdy")), None)

    def convert(text: str) -> str:
        if QUARTERS in formats and (begun := _quarter(text.strip())) is not None:
            return begun.isoformat()
        found = {day for day in _days(text.strip().strip("()").strip(), order) if FIRST_YEAR <= day.year <= LAST_YEAR}
        if len(found) == 1:
            return found.pop().isoformat()
        if found:
            raise BadValue("IMP-111", " or ".join(sorted(day.isoformat() for day in found)), "two readings")
        raise BadValue("IMP-110", "a whole day such as 2026-12-31, 31.12.2026 or 31 Dec 2026", "not a day")

    return convert


def period_in(text: str) -> str | None:
    """month, week or quarter where that is all a cell names: 2026-05, May 2026, 2026-W21, Q1 2027; else None."""
    body = text.strip()
    if _month(body) is not None:
        return "month"
    return "week" if _week(body) is not None else "quarter" if _quarter(body) is not None else None


def is_month(text: str) -> bool:
    """Does a cell name a month and no day: Jan 2027, Mar-27, 2027-06, 06/2027?"""
    return _month(text.strip()) is not None


def _month(text: str) -> date | None:
    """The first day of a month that is all a cell names. "Jan 27" is none: it may be a day without its year."""
    for form in (_MONTH_LAST, _MONTH_FIRST):
        if (found := form.fullmatch(text)) is not None:
            return next(iter(_day(found["year"], found["month"], "1")), None)
    named = _MONTH_NAMED.fullmatch(text.casefold())
    if named is None or (number := month_of(named["month"])) is None:
        return None
    year = named["year"] or named["short"]
    return next(iter(_day(year, str(number), "1")), None)


def _week(text: str) -> date | None:
    """The Monday of a week of ISO 8601."""
    found = _WEEK.fullmatch(text)
    if found is None:
        return None
    try:
        return date.fromisocalendar(int(found["year"]), int(found["week"]), 1)
    except ValueError:
        return None


def _quarter(text: str) -> date | None:
    """The first day of a quarter of the calendar year."""
    found = _QUARTER.fullmatch(text)
    if found is None:
        return None
    number = int(found["one"] or found["two"])
    return next(iter(_day(found["year"] or found["before"], str(3 * number - 2), "1")), None)


def _days(text: str, order: str | None) -> list[date]:
    if (begun := _month(text) or _week(text)) is not None:
        return [begun]
    numeric = _NUMERIC.fullmatch(text)
    if numeric is None:
        return _named(text)
    first, mark, second, third = numeric.groups()
    if len(first) == 4:
        return _day(first, second, third)
    if len(first) > 2 or len(third) not in (2, 4):
        return []
    # nobody puts dots behind a month that comes first
    ways = {"dmy": (second, first), "mdy": (first, second)}
    wanted = ["dmy"] if mark == "." else [order] if order else list(ways)
    return [day for way in wanted for day in _day(third, *ways[way])]


def _day(year: str, month: str, day: str) -> list[date]:
    number = int(year) if len(year) == 4 else 2000 + int(year) if int(year) < 69 else 1900 + int(year)
    try:
        return [date(number, int(month), int(day))]
    except ValueError:
        return []


def _named(text: str) -> list[date]:
    """31 March 2027, March 31st 2027, 31-Mar-27, 1er mars 2027, 31 de marzo de 2027."""
    words = [word for word in re.split(r"[\s,./'’-]+", text.casefold()) if word and word not in _FILLER]
    months = [month for word in words if (month := month_of(word)) is not None]
    numbers = [found[1] for word in words if (found := _NTH.fullmatch(word)) is not None]
    others = [w for w in words if month_of(w) is None and not w[0].isdigit() and not _WEEKDAY.fullmatch(w)]
    if len(months) != 1 or len(numbers) != 2 or others:
        return []
    day, year = numbers if len(numbers[0]) <= 2 else reversed(numbers)
    return _day(year, str(months[0]), day) if len(day) <= 2 and len(year) in (2, 4) else []


def month_of(word: str) -> int | None:
    """1 to 12 for the name of a month in one of the languages, or its first three letters or more; else None."""
    word = word.strip(".").casefold()
    if word in _MONTHS:
        return _MONTHS[word]
    found = {number for name, number in _MONTHS.items() if len(word) >= 3 and name.startswith(word)}
    return found.pop() if len(found) == 1 else None


def _length(text: str) -> tuple[Decimal, str | None]:
    """(how many, year | month | week | day, or None where no unit is said). Raises ValueError."""
    found = re.fullmatch(r"([0-9]+(?:[.,][0-9]+)?)\s*[-]?\s*([^\W\d]*)\.?(?:\(s\))?", text)
    if found is None:
        raise ValueError(text)
    if not found[2]:
        return Decimal(found[1].replace(",", ".")), None
    unit = next((unit for unit, starts in _UNITS if _begins(found[2], starts)), None)
    if unit is None:
        raise ValueError(text)
    return Decimal(found[1].replace(",", ".")), unit


def _begins(word: str, starts: Sequence[str]) -> bool:
    return any(word == start or (len(start) > 1 and word.startswith(start)) for start in starts)


def months(text: str) -> int:
    """A term in months: 12, "12 months", "2 years", "1 Jahr", "annual". Raises BadValue.

    A bare number below 6 may be years as well: nothing says it.
    """
    word = " ".join(text.split()).casefold()
    if word in _ONE:
        return _ONE[word]
    try:
        many, unit = _length(word)
    except ValueError:
        many, unit = Decimal(0), None
    found = many * {"year": 12, "month": 1, None: 1}.get(unit, 0)
    if found < 1 or found != found.to_integral_value() or found > 240:
        raise BadValue("IMP-153", "a term such as 12 months or 1 year", "not a length of time")
    if unit is None and found < 6:
        raise BadValue("IMP-153", f"{many} months or {many} years, with the word", "may be months or years")
    return int(found)


def notice(text: str) -> int:
    """A notice period in days: 90, "90 days", "3 months", "6 Wochen". Raises BadValue.

    A month is 31 days, so that the last safe day never comes too late.
    """
    try:
        many, unit = _length(" ".join(text.split()).casefold())
    except ValueError:
        raise BadValue("IMP-153", "a notice period such as 90 days or 3 months", "not a length of time") from None
    if unit is None and many < 10 and many:
        raise BadValue("IMP-153", f"{many} days or {many} months, with the word", "may be days or months")
    return ceil(many * {"year": 366, "month": 31, "week": 7}.get(unit or "", 1))
