"""Python functions inside SQL; all are pure and give NULL for NULL."""

from __future__ import annotations

from datetime import timedelta
from functools import lru_cache
from typing import Any

from cs_cli.base import days, domains


@lru_cache(maxsize=65536, typed=True)  # typed: 1, 1.0 and True are one key else
def fold(value: Any) -> Any:
    """Text without capitals, by Unicode's case folding; anything else unchanged."""
    return value.casefold() if isinstance(value, str) else value


@lru_cache(maxsize=65536)
def address(value: str | None) -> str | None:
    """An e-mail address as addresses are compared: small letters, its domain in one spelling."""
    return None if value is None else domains.plain_address(value)


@lru_cache(maxsize=65536)
def add_days(day: str | None, n: int | None) -> str | None:
    """ISO day plus n days; NULL when it leaves the calendar or is no day."""
    if day is None or n is None:
        return None
    try:
        return (days.from_iso(day) + timedelta(days=int(n))).isoformat()
    except (ValueError, OverflowError):
        return None


@lru_cache(maxsize=65536)
def add_months(day: str | None, n: int | None, anchor: int | None) -> str | None:
    """ISO day plus n months on the anchor day (NULL: the day's own); NULL as for add_days."""
    if day is None or n is None:
        return None
    try:
        return days.add_months(days.from_iso(day), int(n), anchor).isoformat()
    except (ValueError, OverflowError):
        return None
