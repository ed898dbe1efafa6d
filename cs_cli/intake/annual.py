"""The annualised amount of a subscription, exact, in minor units."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal, InvalidOperation

from cs_cli.definitions.words import means
from cs_cli.intake.values import BadValue
from cs_cli.intake.values.intervals import split_interval

# how many of the interval a year holds (METRICS: week × 52, day × 365)
PER_YEAR = {"year": 1, "quarter": 4, "month": 12, "week": 52, "day": 365}
_LONGER = {("month", 3): "quarter", ("month", 6): "half_year", ("month", 12): "year"}
# words of a status that is not paid for
UNPAID = ("unbegun_subscription", "paused_subscription", "trial_subscription")


def interval_word(text: str | None) -> str | None:
    """year | half_year | quarter | month | week | day for one of them in any words; None for anything else."""
    try:
        unit, many = split_interval(text or "")
    except BadValue:
        return None
    return unit if many == 1 else _LONGER.get((unit, many))


def intervals_a_year(interval: str | None, count: int | None) -> Decimal | None:
    """How many times a year `count` of the interval passes (no interval: a month); None for a word that is none."""
    try:
        unit, many = split_interval(interval) if interval else ("month", 1)
    except BadValue:
        return None
    return Decimal(PER_YEAR[unit]) / (many * (count or 1))


def annual_amount(
    *, mrr: int | None, amount: int | None, quantity: float | None, interval: str | None,
    interval_count: int | None, discount: float | None, status: str | None, trial: int | None,
) -> int | None:
    """Minor units a year after discount, or None when it cannot be known.

    mrr × 12 when given; else amount × quantity × intervals a year × (1 − discount), rounded half up
    once. 0 while on trial, paused or never completed. A missing quantity is 1.
    """
    if trial == 1 or any(means(name, status) for name in UNPAID):
        return 0
    if mrr is not None:
        return mrr * 12
    per_year = intervals_a_year(interval, interval_count)
    if amount is None or per_year is None:
        return None
    exact = Decimal(amount) * per_year
    if quantity is not None:
        exact *= Decimal(str(quantity))
    if discount:
        exact *= 1 - Decimal(str(discount))
    try:
        return int(exact.quantize(Decimal(1), rounding=ROUND_HALF_UP))
    except InvalidOperation:
        return None


def discount_share(amount: int, quantity: float | None, share: float | None, off: Decimal | int) -> float:
    """The whole discount as a share of amount × quantity, for `off` minor units off after `share`; at most 1.

    Kept to 15 digits, so that the annual amount comes out to the cent again.
    """
    gross = Decimal(amount) * Decimal(str(1 if quantity is None else quantity))
    if gross == 0:
        return float(share or 0)
    left = gross * (1 - Decimal(str(share or 0))) - off
    return float(min(max(1 - left / gross, Decimal(0)), Decimal(1)))
