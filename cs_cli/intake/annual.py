"""The annualised amount of a subscription, exact, in minor units."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal, InvalidOperation

# how many of the interval a year holds (METRICS: week × 52, day × 365)
PER_YEAR = {"year": 1, "half_year": 2, "quarter": 4, "month": 12, "week": 52, "day": 365}
_WORDS = {
    "year": "year", "years": "year", "yearly": "year", "annual": "year", "annually": "year", "annum": "year",
    "yr": "year", "y": "year", "12 months": "year",
    "half_year": "half_year", "half-year": "half_year", "half year": "half_year", "semiannual": "half_year",
    "semi-annual": "half_year", "biannual": "half_year", "6 months": "half_year",
    "quarter": "quarter", "quarters": "quarter", "quarterly": "quarter", "q": "quarter", "3 months": "quarter",
    "month": "month", "months": "month", "monthly": "month", "mo": "month", "m": "month",
    "week": "week", "weeks": "week", "weekly": "week", "w": "week",
    "day": "day", "days": "day", "daily": "day", "d": "day",
}
# never paid for, so never counted (Stripe's words)
NEVER = frozenset(["incomplete", "incomplete_expired", "draft", "future"])
PAUSED = frozenset(["paused"])
TRIAL = frozenset(["trialing", "trial", "in_trial"])


def interval_word(text: str | None) -> str | None:
    """year | half_year | quarter | month | week | day for the words exports use; None for another word."""
    return None if text is None else _WORDS.get(text.strip().casefold())


def annual_amount(
    *, mrr: int | None, amount: int | None, quantity: float | None, interval: str | None,
    interval_count: int | None, discount: float | None, status: str | None, trial: int | None,
) -> int | None:
    """Minor units a year after discount, or None when it cannot be known.

    mrr × 12 when given; else amount × quantity × intervals a year ÷ interval_count × (1 − discount),
    rounded half up once. 0 while on trial, paused or never completed. A missing quantity is 1, a
    missing interval a month.
    """
    word = (status or "").casefold()
    if word in NEVER or word in PAUSED or word in TRIAL or trial == 1:
        return 0
    if mrr is not None:
        return mrr * 12
    if amount is None:
        return None
    name = interval_word(interval) if interval else "month"
    if name is None:
        return None
    exact = Decimal(amount) * PER_YEAR[name] / Decimal(interval_count or 1)
    if quantity is not None:
        exact *= Decimal(str(quantity))
    if discount:
        exact *= 1 - Decimal(str(discount))
    try:
        return int(exact.quantize(Decimal(1), rounding=ROUND_HALF_UP))
    except InvalidOperation:
        return None


def discount_share(amount: int, quantity: float | None, share: float | None, off: int) -> float:
    """The whole discount as a share of amount × quantity, for `off` minor units off after `share`; at most 1.

    Kept to 15 digits, so that the annual amount comes out to the cent again.
    """
    gross = Decimal(amount) * Decimal(str(1 if quantity is None else quantity))
    if gross == 0:
        return float(share or 0)
    left = gross * (1 - Decimal(str(share or 0))) - off
    return float(min(max(1 - left / gross, Decimal(0)), Decimal(1)))
