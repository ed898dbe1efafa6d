"""Renewal forecast: the ARR of terms that end in a window, times how likely they renew; commit, likely, at risk apart.

Likelihoods come from health bands (judgement, until 20 renewals of one's own are known), from history (how many of
one's own renewals went on, by the band three months before), or by hand. A frozen forecast is kept and scored later.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from cs_cli.base.days import add_months, first_of_month
from cs_cli.base.errors import GuardStopped, UsageError
from cs_cli.base.money import exponent
from cs_cli.store.connection import rows, transaction

if TYPE_CHECKING:
    import sqlite3

    from cs_cli.definitions.workspace import Definitions

METHODS = ("bands", "history", "hand")
CATEGORIES = ("commit", "likely", "at risk")
# judgement, to be replaced by history: green 95, amber 80, unknown 75, red 50 %
STARTER: dict[str, float] = {"green": 0.95, "amber": 0.80, "unknown": 0.75, "red": 0.50}
ENOUGH = 20
PRIOR = 10  # as many renewals as the starter likelihood of a band is worth against one's own
LOOK_BACK_MONTHS, LEAD_DAYS = 24, 90
COMMIT, LIKELY = 0.9, 0.7


def likelihoods(
    conn: sqlite3.Connection,
    definitions: Definitions,
    day: date,
    method: str,
    by_hand: Mapping[str, float] | None = None,
) -> tuple[dict[str, float], str]:
    """Band → likelihood, and a sentence on where it comes from. Replaces account_facts when it looks at history.

    by_hand: band or contract id → likelihood, over the starter ones. Raises UsageError REV-011.
    """
    if method not in METHODS:
        raise UsageError.of("REV-011", f'"{method}" is not a method', expected=", ".join(METHODS))
    if method == "hand":
        return STARTER | dict(by_hand or {}), "likelihoods by hand; bands that were not named as by default"
    if method == "bands":
        return dict(STARTER), "likelihoods by health band: green 95, amber 80, unknown 75, red 50 %, a judgement"
    known = own_history(conn, definitions, day)
    if len(known) < ENOUGH:
        return dict(STARTER), (
            f"{len(known)} renewals of your own are known, fewer than {ENOUGH}: likelihoods by health band instead"
        )
    found = {}
    for band, starter in STARTER.items():
        mine = [renewed for its_band, renewed in known if its_band == band]
        found[band] = round((PRIOR * starter + sum(mine)) / (PRIOR + len(mine)), 4)
    counts = ", ".join(
        f"{band} {sum(r for b, r in known if b == band)} of {sum(1 for b, _ in known if b == band)}" for band in STARTER
    )
    return found, f"likelihoods from {len(known)} renewals of your own in {LOOK_BACK_MONTHS} months: {counts}"


def own_history(conn: sqlite3.Connection, definitions: Definitions, day: date) -> list[tuple[str, bool]]:
    """(band 90 days before the end, whether it went on) of one's own renewals of the last 24 months.

    The band is that of the first of its month, from rows dated by then. Replaces the clock and account_facts.
    """
    from cs_cli.facts.contracts import build_contract_facts
    from cs_cli.revenue.outcomes import past_renewals
    from cs_cli.revenue.renewals import NEEDS
    from cs_cli.scoring.desk import build_desk, score_only
    from cs_cli.store.clock import set_clock

    build_desk(conn, definitions, day, need=NEEDS)
    build_contract_facts(conn, definitions.settings, day, mrr_from=definitions.metrics.mrr_from, parts=True)
    past = past_renewals(conn, day, add_months(day, -LOOK_BACK_MONTHS))
    by_day: dict[date, list[tuple[int, bool]]] = {}
    for one in past:
        by_day.setdefault(first_of_month(one.end - timedelta(days=LEAD_DAYS)), []).append((one.account, one.kept > 0))
    found: list[tuple[str, bool]] = []
    for when, some in sorted(by_day.items()):
        set_clock(conn, when, None, sorted({account for account, _ in some}))
        score_only(conn, definitions, when)
        bands = dict(conn.execute("SELECT account, band FROM temp.account_scores"))
        found += [(bands.get(account) or "unknown", renewed) for account, renewed in some]
    return found


def check_names(by_hand: Mapping[str, float], due: Sequence[Mapping[str, Any]]) -> None:
    """Raises UsageError REV-015 for a likelihood of something that is neither a band nor a contract that comes up."""
    from cs_cli.base.near import did_you_mean

    known = [*STARTER, *(row["contract"] for row in due)]
    for name in by_hand:
        if name not in known:
            raise UsageError.of(
                "REV-015", f'"{name}" is neither a band nor a contract that ends in time{did_you_mean(name, known)}',
                expected=", ".join(STARTER) + ", or the id of a contract: cs renewals list",
            )  # fmt: skip


def forecast_rows(due: Sequence[dict[str, Any]], likely: Mapping[str, float]) -> list[dict[str, Any]]:
    """Renewal rows as forecast rows: {account_id, name, contract, renewal_date, month, arr, band, stage, owner,
    likelihood, category, weighted}. A cancelled term is at risk whatever its band."""
    found = []
    for row in due:
        band = row["band"] or "unknown"
        chance = likely.get(row["contract"], likely.get(band, STARTER["unknown"]))
        if row["stage"] == "cancelled" and row["contract"] not in likely:
            chance = min(chance, likely.get("red", STARTER["red"]))
        category = "commit" if chance >= COMMIT else "likely" if chance >= LIKELY else "at risk"
        found.append(
            {
                "account_id": row["account_id"],
                "name": row["name"],
                "contract": row["contract"],
                "renewal_date": row["renewal_date"],
                "month": row["renewal_date"][:7],
                "arr": row["arr"],
                "band": band,
                "stage": row["stage"],
                "owner": row["owner"],
                "likelihood": chance,
                "category": category,
                "weighted": None if row["arr"] is None else round(row["arr"] * chance, 2),
                "account": row["account"],
            }
        )
    return found


def totals(found: Iterable[dict[str, Any]], key: str, order: Sequence[str] | None = None) -> list[dict[str, Any]]:
    """Forecast rows summed by a column: {<key>, terms, arr, commit, likely, at_risk, weighted, accounts}."""
    groups: dict[str, list[dict[str, Any]]] = {name: [] for name in order or ()}
    for row in found:
        groups.setdefault(str(row[key] or "nobody"), []).append(row)
    names = list(groups) if order else sorted(groups)
    return [_total(key, name, groups[name]) for name in names]


def _total(key: str, name: str, some: Sequence[dict[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {key: name, "terms": len(some), "arr": _sum(some, "arr")}
    for category in CATEGORIES:
        found[category.replace(" ", "_")] = _sum([row for row in some if row["category"] == category], "arr")
    found["weighted"] = _sum(some, "weighted")
    found["accounts"] = ", ".join(dict.fromkeys(str(row["name"] or row["account_id"]) for row in some))
    return found


def _sum(found: Sequence[dict[str, Any]], column: str) -> float:
    return float(round(sum(row[column] or 0 for row in found), 2))


# --- frozen forecasts -----------------------------------------------------------


def freeze(
    conn: sqlite3.Connection,
    found: Sequence[dict[str, Any]],
    day: date,
    at: str,
    method: str,
    until: date,
    currency: str,
) -> bool:
    """Keep a forecast. False when the very same is kept already; GuardStopped REV-017 when another one is."""
    scale = 10 ** exponent(currency)
    written = sorted(
        (
            row["contract"],
            row["account"],
            row["renewal_date"],
            None if row["arr"] is None else round(row["arr"] * scale),
            row["band"],
            row["category"],
            row["likelihood"],
        )
        for row in found
    )
    with transaction(conn):
        there = conn.execute(
            "SELECT id FROM forecast WHERE day = ? AND method = ? AND until = ?",
            (day.isoformat(), method, until.isoformat()),
        ).fetchone()
        if there is not None:
            kept = conn.execute(
                "SELECT contract, account, renewal_date, arr, band, category, likelihood FROM forecast_term "
                "WHERE forecast = ? ORDER BY contract",
                there,
            ).fetchall()
            if kept == written:
                return False
            raise GuardStopped.of(
                "REV-017",
                f"a forecast of {day.isoformat()} is kept already, and it says otherwise",
                next="freeze the next one tomorrow; cs imports undo N takes back what has come in since",
            )
        number = conn.execute(
            "INSERT INTO forecast(day, at, method, until, currency) VALUES (?, ?, ?, ?, ?)",
            (day.isoformat(), at, method, until.isoformat(), currency),
        ).lastrowid
        conn.executemany(
            "INSERT INTO forecast_term VALUES (?, ?, ?, ?, ?, ?, ?, ?)", [(number, *one) for one in written]
        )
    return True


FROZEN = """
SELECT f.id, f.day, f.method, f.until, f.currency, t.contract, t.account, r.account_id, t.renewal_date, t.arr,
       t.category, t.likelihood
FROM forecast f JOIN forecast_term t ON t.forecast = f.id JOIN account_registry r ON r.account = t.account
WHERE f.day < :day ORDER BY f.day, f.id, t.renewal_date, t.contract
"""


def score(conn: sqlite3.Connection, day: date) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Frozen forecasts against what happened, and the terms behind them. The terms of the day must stand.

    Forecast rows: {frozen_on, method, until, terms, came_due, arr, forecast, actual, error, commit_kept, at_risk_lost}:
    arr, forecast and actual of the terms whose outcome is known; actual counts at most what the term was worth.
    Raises UsageError REV-014 when nothing can be scored.
    """
    from cs_cli.revenue.outcomes import Ledger

    ledger = Ledger(conn, day)
    terms: list[dict[str, Any]] = []
    by_forecast: dict[int, list[dict[str, Any]]] = {}
    for row in rows(conn, FROZEN, {"day": day.isoformat()}):
        frozen_on = date.fromisoformat(row["day"])
        kept = ledger.kept(row["account"], date.fromisoformat(row["renewal_date"]), frozen_on)
        scale = 10 ** exponent(row["currency"])
        arr = None if row["arr"] is None else row["arr"] / scale
        term = {
            "frozen_on": row["day"],
            "method": row["method"],
            "until": row["until"],
            "account_id": row["account_id"],
            "contract": row["contract"],
            "renewal_date": row["renewal_date"],
            "arr": arr,
            "category": row["category"],
            "likelihood": row["likelihood"],
            "outcome": None if kept is None else "churned" if kept == 0 else "renewed",
            "actual": None if kept is None or arr is None else round(arr * min(kept, 1.0), 2),
        }
        terms.append(term)
        by_forecast.setdefault(row["id"], []).append(term)
    if not any(term["outcome"] for term in terms):
        raise UsageError.of("REV-014", "no frozen forecast has come due yet", next="cs renewals forecast --freeze")
    return [_scored(some) for some in by_forecast.values()], terms


def _scored(some: Sequence[dict[str, Any]]) -> dict[str, Any]:
    known = [one for one in some if one["outcome"] is not None and one["arr"] is not None]
    forecast = round(sum(one["arr"] * one["likelihood"] for one in known), 2)
    actual = round(sum(one["actual"] for one in known), 2)
    commit = [one for one in known if one["category"] == "commit"]
    risky = [one for one in known if one["category"] == "at risk"]
    return {
        "frozen_on": some[0]["frozen_on"],
        "method": some[0]["method"],
        "until": some[0]["until"],
        "terms": len(some),
        "came_due": len(known),
        "arr": round(sum(one["arr"] for one in known), 2),
        "forecast": forecast,
        "actual": actual,
        "error": round((forecast - actual) / actual, 4) if actual else None,
        "commit_kept": f"{sum(one['outcome'] == 'renewed' for one in commit)} of {len(commit)}",
        "at_risk_lost": f"{sum(one['outcome'] == 'churned' for one in risky)} of {len(risky)}",
    }
