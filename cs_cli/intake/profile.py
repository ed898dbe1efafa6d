"""What the cells of an unknown file are like, column by column, from one pass over all of them."""

from __future__ import annotations

from dataclasses import dataclass, field

from cs_cli.definitions.shapes import SourceColumn
from cs_cli.intake.reader import Table
from cs_cli.intake.values import BadValue, Decision, Undecidable, days, make_observer
from cs_cli.intake.values.choice import flag
from cs_cli.intake.values.email import domain_of
from cs_cli.intake.values.model import Seen
from cs_cli.intake.values.money import split_money
from cs_cli.intake.values.numbers import evidence, tidy, unsigned
from cs_cli.intake.values.written import period_in

EMPTY = frozenset(["", "-", "n/a", "null", "none", "(blank)", "(empty)", "nan"])
LISTED = 40  # a column of more different values has no list of values
TESTED = 20_000  # different cells whose type is looked at
REMEMBERED = 1_000_000  # cells of a column remembered to prove that none stands twice
SAMPLE = 1_000          # different cells kept
_FORMS = ("iso", "ymd", "dmy", "mdy", "dmyy", "mdyy")
MOST = 0.98  # a type fits when so many of the filled cells are of it


@dataclass
class Profile:
    """One column. filled of rows cells are not empty; twice: a value that stands twice, with its lines;
    sample: some different cells; seen: what told the order of days or the decimal mark."""

    header: str
    rows: int = 0
    filled: int = 0
    first: list[str] = field(default_factory=list)
    values: dict[str, int] | None = field(default_factory=dict)
    twice: tuple[str, int, int] | None = None
    tested: int = 0
    fits: dict[str, int] = field(default_factory=dict)
    days: Decision | Undecidable | None = None
    numbers: Decision | Undecidable | None = None
    percents: Decision | Undecidable | None = None
    timed: bool = False
    sample: list[str] = field(default_factory=list)
    seen: dict[str, Seen] = field(default_factory=dict)

    @property
    def is_key(self) -> bool:
        """In every row, and different in each."""
        return self.rows > 0 and self.filled == self.rows and self.twice is None

    def is_(self, kind: str) -> bool:
        """day, period (of these month, week, quarter), number, whole, flag, email, domain, percent: does (nearly) every
        filled cell fit?"""
        return self.tested > 0 and self.fits.get(kind, 0) >= MOST * self.tested

    @property
    def list_of_values(self) -> dict[str, int] | None:
        """Value → rows, most first, when they are few and come again; else None."""
        if not self.values or len(self.values) > max(12, self.filled // 4):
            return None
        return dict(sorted(self.values.items(), key=lambda pair: (-pair[1], pair[0])))


def profile(table: Table) -> list[Profile]:
    """A profile of every column with a header, in file order."""
    columns = [_Column(at, header) for at, header in enumerate(table.headers) if header]
    for line, _, cells in table.rows():
        for column in columns:
            column.look(cells[column.at], line)
    return [column.done() for column in columns]


class _Column:
    def __init__(self, at: int, header: str) -> None:
        self.at = at
        self.found = Profile(header)
        self.known: set[str] = set()
        self.lines: dict[str, int] | None = {}
        self.day = make_observer(SourceColumn(type="day", century=False), header)
        self.number = make_observer(SourceColumn(type="number"), header)
        self.percent = make_observer(SourceColumn(type="percent"), header)

    def look(self, cell: str, line: int) -> None:
        one = self.found
        one.rows += 1
        text = cell.strip()
        if text.casefold() in EMPTY:
            return
        one.filled += 1
        if len(one.first) < 3 and text not in one.first:
            one.first.append(text)
        if one.values is not None:
            one.values[text] = one.values.get(text, 0) + 1
            if len(one.values) > LISTED:
                one.values = None
        if self.lines is not None:
            before = self.lines.setdefault(text, line)
            if before != line:
                one.twice = (text, before, line)
                self.lines = None
            elif len(self.lines) > REMEMBERED:
                self.lines = None
        if text in self.known:
            return
        self.day(text, line)
        self.number(split_money(text)[0].rstrip("kKmM"), line)
        self.percent(text, line)
        if len(self.known) < TESTED:
            self.known.add(text)
            self._test(text)

    def _test(self, text: str) -> None:
        one = self.found
        one.tested += 1
        if one.tested <= SAMPLE:
            one.sample.append(text)
        body = unsigned(tidy(split_money(text)[0]))[0]
        kinds = [name for name, digits in (("unix", 10), ("unix_ms", 13)) if _is_epoch(text, digits)]
        if evidence(body) is not None:
            kinds.append("number")
            if body.isdigit():
                kinds.append("whole")
        if evidence(unsigned(tidy(text).removesuffix("%").strip())[0]) is not None:
            kinds.append("percent")
        if _like_a_day(text):
            kinds.append("day")
        if (period := period_in(text)) is not None:
            kinds += ["period", period]
        if "@" in text and " " not in text and "." in text.rsplit("@", 1)[1]:
            kinds.append("email")
        for kind, read in (("flag", flag), ("domain", domain_of)):
            try:
                if read(text) is not None and (kind == "flag" or "@" not in text):
                    kinds.append(kind)
            except BadValue:
                continue
        for kind in kinds:
            one.fits[kind] = one.fits.get(kind, 0) + 1

    def done(self) -> Profile:
        one = self.found
        one.timed = any(":" in text for text in one.sample[:50])
        if one.tested and one.fits.get("day", 0) >= MOST * one.tested:
            one.days, one.seen = _decided(self.day), self.day.seen
        if one.is_("number"):
            one.seen = one.seen or self.number.seen
            one.numbers = _decided(self.number)
        if one.is_("percent"):
            one.percents = _decided(self.percent)
        return one


def _is_epoch(text: str, digits: int) -> bool:
    """Seconds, or thousandths of them, since 1970 of a day from 2001 to 2096."""
    whole = text.partition(".")[0]
    return whole.isdigit() and whole.isascii() and len(whole) == digits and whole[0] in "123"


def _like_a_day(text: str) -> bool:
    if any(days.compiled(form).fullmatch(text) for form in _FORMS):
        return True
    words = text.replace("-", " ").split()
    return any(c.isdigit() for c in text) and any(days.month_number(word.strip(".,")) for word in words)


def _decided(observe: object) -> Decision | Undecidable:
    try:
        return observe.decide()  # type: ignore[attr-defined, no-any-return]
    except Undecidable as doubt:
        return doubt
