"""How rows become CSV text, and dates and money the text of an export."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import date

from world import Dice, clock

Row = Sequence[object]


def text(header: Sequence[str], rows: Iterable[Row], quote_all: bool = False) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n", quoting=csv.QUOTE_ALL if quote_all else csv.QUOTE_MINIMAL)
    writer.writerow(header)
    writer.writerows(rows)
    return out.getvalue()


def utc(day: date | None, *names: object) -> str:
    return f"{clock(day, *names)}:{Dice('second', day, *names).whole(0, 59):02d}" if day else ""


def midnight(day: date | None) -> str:
    return f"{day.isoformat()} 00:00:00" if day else ""


def money(dollars: int) -> str:
    return f"{dollars}.00"
