"""The small forms inside playbooks: `7d`, `opened + 2bd`, `after 30d`, `40%`."""

from __future__ import annotations

from dataclasses import dataclass

ANCHORS = ("opened", "renewal_date", "notice_date", "decide_by")
UNITS = ("bd", "d", "w")
LONGEST = 3650      # days
CHURNED = "churned"     # an outcome that is no fact: the account stopped paying
OUTCOME_DAYS = 90       # a quarter, where an outcome names no time


@dataclass(frozen=True)
class Due:
    """A day counted from an anchor: opened, renewal_date, notice_date, decide_by or a task's close.

    unit: d (calendar days), bd (working days) or w (weeks); n may be negative.
    """

    anchor: str
    n: int = 0
    unit: str = "d"


def parse_span(text: str) -> int | None:
    """Calendar days of `7d` or `2w`; None when the text is no span."""
    found = _amount(text.strip())
    if found is None or found[1] == "bd":
        return None
    days = found[0] * (7 if found[1] == "w" else 1)
    return days if days <= LONGEST else None


def parse_due(text: str) -> Due | None:
    """`renewal_date - 75d`, `opened + 2bd`, `kickoff + 1w`, `opened`; None when it is none of these."""
    text = text.strip()
    for sign in "+-":
        anchor, found, rest = text.rpartition(f" {sign} ")
        if found:
            amount = _amount(rest.strip())
            if amount is None or not _word(anchor.strip()) or amount[0] > LONGEST:
                return None
            return Due(anchor.strip(), amount[0] if sign == "+" else -amount[0], amount[1])
    return Due(text) if _word(text) else None


def parse_again(text: str) -> int | str | None:
    """"never", "each_term", or the days of `after 30d`; None when it is none of these."""
    if text in ("never", "each_term"):
        return text
    word, _, rest = text.partition(" ")
    return parse_span(rest) if word == "after" else None


def parse_outcome(text: str) -> tuple[str, int] | None:
    """(condition, days) of `activated within 30d`, 90 days where none are said; None without either."""
    condition, found, span = text.rpartition(" within ")
    days = parse_span(span) if found else OUTCOME_DAYS
    condition = condition.strip() if found else text.strip()
    return (condition, days) if condition and days else None


def parse_limit(text: str) -> tuple[int | None, float | None] | None:
    """(count, None) of "30", (None, share) of "40%"; None when it is neither."""
    body = text.strip()
    if body.isascii() and body.isdigit() and len(body) < 7:
        return int(body), None
    number = body.removesuffix("%").strip()
    if body.endswith("%") and number.isascii() and number.isdigit() and 0 < int(number) <= 100:
        return None, int(number) / 100
    return None


def _amount(text: str) -> tuple[int, str] | None:
    for unit in UNITS:
        number = text.removesuffix(unit)
        if number != text and number.isascii() and number.isdigit() and len(number) < 6:
            return int(number), unit
    return None


def _word(text: str) -> bool:
    return bool(text) and text.replace("-", "_").isidentifier() and text.isascii()
