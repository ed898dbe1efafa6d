"""Values as a person reads them. Unknown is said (–), never shown as 0 or left blank."""

from __future__ import annotations

import math
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from cs_cli.base.money import is_currency
from cs_cli.base.money import show as show_money
from cs_cli.base.safe_text import safe_text

UNKNOWN = "–"
RIGHT = frozenset(["number", "money", "ratio", "percent", "score", "days"])
SHAPES = {"green": "●", "amber": "▲", "red": "■", "info": "◆", "unknown": "○"}
_BARS = "▁▂▃▄▅▆▇█"


def show(value: Any, kind: str, currency: str) -> str:
    """One line of harmless text. ratio and percent are fractions (0.8 is 80%), money is in major units."""
    if value is None or (isinstance(value, float) and not math.isfinite(value)):
        return UNKNOWN
    if kind == "late":
        return f"as of {safe_text(plain(value))}, late"
    if kind == "flag" and isinstance(value, bool | int):
        return "yes" if value else "no"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float | Decimal) and kind != "text":
        return _number(value, kind, currency)
    if isinstance(value, list | tuple):
        numbers = spark(value)
        return (
            bars(numbers) if numbers else ", ".join(show(item, "text", currency) for item in value) or UNKNOWN
        )
    if isinstance(value, dict):
        return (
            ", ".join(f"{safe_text(key)} {show(item, 'text', currency)}" for key, item in value.items())
            or UNKNOWN
        )
    return safe_text(plain(value))


def unit_of(text: str, kind: str) -> str:
    """What stands behind a shown figure: 19 days."""
    return "" if kind != "days" or text == UNKNOWN else "day" if text == "1" else "days"


def plain(value: Any) -> str:
    """str of a value with whole floats as 12 rather than 12.0."""
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return str(value)


def _number(number: float | Decimal, kind: str, currency: str) -> str:
    value = float(number)
    if kind == "money":
        if abs(value) >= 10_000 or not is_currency(currency):
            return _signed(f"{value:,.0f}")
        return show_money(value, currency)
    if kind in ("ratio", "percent"):
        return _signed(_trim(f"{value * 100:,.1f}")) + "%"
    if kind in ("score", "days"):
        return _signed(f"{value:,.0f}")
    return _signed(_trim(f"{value:,.2f}"))


def _trim(text: str) -> str:
    return text.rstrip("0").rstrip(".") if "." in text else text


def _signed(text: str) -> str:
    return "0" if text == "-0" else text


def spark(value: Any) -> list[float | None] | None:
    """The numbers of a list of two or more numbers (gaps are None); None for anything else."""
    if not isinstance(value, Sequence) or isinstance(value, str | bytes) or len(value) < 2:
        return None
    points: list[float | None] = []
    for item in value:
        if item is None:
            points.append(None)
        elif isinstance(item, int | float) and not isinstance(item, bool) and math.isfinite(item):
            points.append(float(item))
        else:
            return None
    return points if any(point is not None for point in points) else None


def scale(points: Sequence[float | None]) -> list[float | None]:
    """0 to 1 for each point. The range is at least a quarter of the largest, lest noise look like news."""
    known = [point for point in points if point is not None]
    high = max(known)
    low = min(min(known), high - abs(high) / 4)
    span = (high - low) or 1.0
    return [None if point is None else (point - low) / span for point in points]


def bars(points: Sequence[float | None]) -> str:
    """A line of block characters; a gap is a blank."""
    return "".join(" " if height is None else _BARS[min(7, int(height * 8))] for height in scale(points))


def figure_change(value: Any, before: Any, kind: str, currency: str) -> str:
    """ "+1,200 since 8,000": how far a figure moved, empty where one side is unknown or no number."""
    if isinstance(value, bool) or isinstance(before, bool):
        return ""
    if not isinstance(value, int | float) or not isinstance(before, int | float):
        return ""
    moved = value - before
    was = show(before, kind, currency)
    if not moved:
        return f"unchanged from {was}"
    if kind in ("ratio", "percent"):
        step = f"{_signed(_trim(f'{moved * 100:+,.1f}'))} points"
    else:
        step = ("+" if moved > 0 else "") + show(moved, kind, currency)
    return f"{step} from {was}"
