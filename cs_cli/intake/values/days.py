"""Days and instants: declared formats, and the order of day and month decided from a whole column.

A format is written with YYYY YY MM M DD D MMM MMMM HH SS AM Z and the marks between them, or is
one of `iso`, `dmy`, `mdy`, `ymd` (any mark, optional time), `month name`, `unix`, `unix_ms`, `excel`.
`MM` after `HH:` is minutes. MMM and MMMM are month names (see month_names.py).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, timezone
from functools import lru_cache
from zoneinfo import ZoneInfo

from cs_cli.base.days import FIRST_YEAR, LAST_YEAR
from cs_cli.intake.values import month_names
from cs_cli.intake.values.model import BadValue

_TIME = (
    r"(?:,? +|T)(?P<h>[0-9]{1,2}):(?P<n>[0-9]{2})(?::(?P<s>[0-9]{2})(?:[.,][0-9]{1,9})?)?"
    r"(?: ?(?P<ap>[AaPp])\.?[Mm]\.?)?(?: ?(?P<z>Z|(?:GMT|UTC)[-+][0-9]{1,2}(?::?[0-9]{2})?|UTC|GMT|"
    r"[-+][0-9]{2}:?[0-9]{2}|[-+][0-9]{2})(?: UTC)?)?"
)
_TOKENS = {
    "YYYY": r"(?P<y>[0-9]{4})",
    "YY": r"(?P<yy>[0-9]{2})",
    "MMMM": r"(?P<b>[^\W\d_]{3,10})\.?",
    "MMM": r"(?P<b>[^\W\d_]{3,10})\.?",
    "MM": r"(?P<m>[0-9]{1,2})",
    "M": r"(?P<m>[0-9]{1,2})",
    "DD": r"(?P<d>[0-9]{1,2})",
    "D": r"(?P<d>[0-9]{1,2})",
    "HH": r"(?P<h>[0-9]{1,2})",
    "H": r"(?P<h>[0-9]{1,2})",
    "hh": r"(?P<h>[0-9]{1,2})",
    "h": r"(?P<h>[0-9]{1,2})",
    "mm": r"(?P<n>[0-9]{2})",
    "SS": r"(?P<s>[0-9]{2})",
    "ss": r"(?P<s>[0-9]{2})",
    "AM": r"(?P<ap>[AaPp])\.?[Mm]\.?",
    "PM": r"(?P<ap>[AaPp])\.?[Mm]\.?",
    "Z": r"(?P<z>Z|UTC|GMT|[-+][0-9]{2}:?[0-9]{2})",
}
_SHAPES = {
    "iso": r"(?P<y>[0-9]{4})-(?P<m>[0-9]{2})-(?P<d>[0-9]{2})",
    "ymd": r"(?P<y>[0-9]{4})([-/.])(?P<m>[0-9]{1,2})\2(?P<d>[0-9]{1,2})",
    "dmy": r"(?P<d>[0-9]{1,2})([-/.])(?P<m>[0-9]{1,2})\2(?P<y>[0-9]{4})",
    "mdy": r"(?P<m>[0-9]{1,2})([-/.])(?P<d>[0-9]{1,2})\2(?P<y>[0-9]{4})",
    "dmyy": r"(?P<d>[0-9]{1,2})([-/.])(?P<m>[0-9]{1,2})\2(?P<yy>[0-9]{2})",
    "mdyy": r"(?P<m>[0-9]{1,2})([-/.])(?P<d>[0-9]{1,2})\2(?P<yy>[0-9]{2})",
}
month_number = month_names.month_number
_WORDS = re.compile(r"YYYY|YY|MMMM|MMM|MM|M|DD|D|HH|H|hh|h|mm|SS|ss|AM|PM|Z|.", re.DOTALL)


@lru_cache(maxsize=64)
def compiled(form: str) -> re.Pattern[str]:
    """The regular expression of one format; raises ValueError when the format names no whole day."""
    if form in _SHAPES:
        return re.compile(_SHAPES[form] + f"(?:{_TIME})?")
    out, hour = [], False
    for word in _WORDS.findall(form):
        if word == "MM" and hour:
            word = "mm"
        out.append(_TOKENS.get(word) or (" +" if word == " " else re.escape(word)))
        hour = hour or word in ("HH", "H", "hh", "h")
    try:
        pattern = re.compile("".join(out))
    except re.error as error:
        raise ValueError(f"no such day format: {form}") from error
    names = set(pattern.groupindex)
    if not {"d"} <= names or not names & {"y", "yy"} or not names & {"m", "b"}:
        raise ValueError(f"the day format {form!r} must hold a year, a month and a day")
    return pattern


def has_shape(text: str, form: str) -> bool:
    """True when the text has the shape of a declared format."""
    if form in ("unix", "unix_ms", "excel"):
        return text.isascii() and text.replace(".", "", 1).isdigit()
    if form == month_names.FORM:
        return any(shape.fullmatch(text) for shape in month_names.shapes(_TIME))
    return compiled(form).fullmatch(text) is not None


def parse(text: str, form: str, *, century: bool = False) -> tuple[date, datetime | None] | None:
    """(day, instant or None when the cell holds no time) under one format; None when it does not fit.

    The datetime is aware only when the cell names its zone. Raises BadValue for a two-digit year
    without `century` and for a year outside 1900–2199.
    """
    if form in ("unix", "unix_ms", "excel"):
        return _number(text, form)
    if form == month_names.FORM:
        found = next((one for shape in month_names.shapes(_TIME) if (one := shape.fullmatch(text)) is not None), None)
        century = True  # a year of two digits stands last beside a name, where it can be nothing else
    else:
        found = compiled(form).fullmatch(text)
    if found is None:
        return None
    part = found.groupdict()
    if part.get("y"):
        year = int(part["y"])
    else:
        if not century:
            raise BadValue("IMP-113", "a year of four digits", "two-digit year")
        short = int(part["yy"])
        year = 2000 + short if short < 69 else 1900 + short
    month = int(part["m"]) if part.get("m") else month_number(part["b"])
    if month is None:
        return None
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise BadValue("IMP-112", f"a year from {FIRST_YEAR} to {LAST_YEAR}", "year out of range")
    try:
        day = date(year, month, int(part["d"]))
    except ValueError:
        return None
    if not part.get("h"):
        return day, None
    hour = int(part["h"])
    if part.get("ap"):
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if part["ap"] in "pP" else 0)
    try:
        moment = datetime(year, month, int(part["d"]), hour, int(part.get("n") or 0), int(part.get("s") or 0))  # noqa: DTZ001  naive on purpose: the cell names no zone
        zone = zone_of(part.get("z"))
    except ValueError:
        return None
    return day, moment if zone is None else moment.replace(tzinfo=zone)


def zone_of(mark: str | None) -> timezone | None:
    if mark is None:
        return None
    if mark in ("Z", "UTC", "GMT"):
        return UTC
    mark = mark.removeprefix("GMT").removeprefix("UTC")     # Google writes GMT+1
    digits = mark[1:].replace(":", "")
    digits = digits.zfill(2).ljust(4, "0") if len(digits) < 3 else digits.zfill(4)
    hours, minutes = int(digits[:2]), int(digits[2:])
    if hours > 14 or minutes > 59:
        raise ValueError(mark)
    offset = timedelta(hours=hours, minutes=minutes)
    return timezone(-offset if mark[0] == "-" else offset)


def _number(text: str, form: str) -> tuple[date, datetime | None] | None:
    if not re.fullmatch(r"[0-9]{1,14}(\.[0-9]{1,12})?", text):
        return None
    value = float(text)
    if form == "excel":
        # 1900 was no leap year but Excel counts its 29 February: serials from 61 on count from 1899-12-30.
        if not 61 <= value <= 109_574:
            raise BadValue("IMP-112", "an Excel day number", "day number out of range")
        moment = datetime(1899, 12, 30) + timedelta(seconds=round(value * 86_400))  # noqa: DTZ001  a serial has no zone
        return moment.date(), moment if "." in text else None
    seconds = value / 1000 if form == "unix_ms" else value
    if not 0 < seconds < 7_258_118_400:
        raise BadValue("IMP-112", "seconds since 1970", "timestamp out of range")
    moment = datetime.fromtimestamp(seconds, UTC)
    return moment.date(), moment


def day_converter(
    formats: tuple[str, ...], *, century: bool, timezone: str | None, workspace_tz: str, instant: bool = False
) -> Callable[[str], str]:
    """Text → ISO day in the workspace's zone (or, for instants, UTC `YYYY-MM-DDTHH:MM:SSZ`).

    A time without a zone is in the source's `timezone`; when that is unset too its day is kept.
    Raises BadValue; also when two formats fit with different days.
    """
    here = ZoneInfo(workspace_tz)
    there = ZoneInfo(timezone) if timezone else None
    expected = "a day such as " + " or ".join(example(form) for form in formats)

    def convert(text: str) -> str:
        text = text.strip()
        readings = {}
        for form in formats:
            read = parse(text, form, century=century)
            if read is not None:
                readings[read[0]] = read
        if not readings:
            raise BadValue("IMP-110", expected, "not a day")
        if len(readings) > 1:
            raise BadValue(
                "IMP-111", " or ".join(sorted(day.isoformat() for day in readings)), "two readings"
            )
        day, moment = next(iter(readings.values()))
        if moment is not None and moment.tzinfo is None and (there is not None or instant):
            moment = moment.replace(tzinfo=there or here)
        if instant:
            moment = moment or datetime(day.year, day.month, day.day, tzinfo=there or here)
            return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        if moment is not None and moment.tzinfo is not None and not _whole_day(moment):
            day = moment.astimezone(here).date()
        return day.isoformat()

    return convert


def _whole_day(moment: datetime) -> bool:
    """Midnight UTC to the second is how exports write a day without a time (close dates, period ends)."""
    return moment.utcoffset() == timedelta(0) and (moment.hour, moment.minute, moment.second) == (0, 0, 0)


def example(form: str) -> str:
    """31 December 2026 in a format, for messages."""
    known = {
        "iso": "2026-12-31",
        "ymd": "2026/12/31",
        "dmy": "31/12/2026",
        "mdy": "12/31/2026",
        "dmyy": "31/12/26",
        "mdyy": "12/31/26",
        "unix": "1798675200",
        "unix_ms": "1798675200000",
        "excel": "46387",
        month_names.FORM: "31 Dec 2026",
    }
    if form in known:
        return known[form]
    out = form
    for token, text in (
        ("YYYY", "2026"),
        ("YY", "26"),
        ("MMMM", "\x01"),
        ("MMM", "\x02"),
        ("HH:MM", "23:59"),
        ("MM", "12"),
        ("DD", "31"),
        ("HH", "23"),
        ("SS", "00"),
    ):
        out = out.replace(token, text)
    if "D" in out:
        out = out.replace("D", "31")
    if "M" in out and "12" not in out and "\x01" not in out and "\x02" not in out:
        out = out.replace("M", "12")
    return out.replace("\x01", "December").replace("\x02", "Dec")
