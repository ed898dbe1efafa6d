"""What a backtest says: confusion by band, alarms, AUC, calibration, segments, each with its n."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

from cs_cli.base.money import to_major
from cs_cli.scoring.backtest import FEW, Past, Sample, churns
from cs_cli.scoring.backtest_stats import (
    Interval,
    Row,
    auc_interval,
    deciles,
    median,
    share_interval,
    wilson,
)
from cs_cli.scoring.names import BAND_VALUES

if TYPE_CHECKING:
    from cs_cli.definitions.shapes import Segments

ALARMS = {"red": ("red",), "red or amber": ("red", "amber")}


def summary(past: Past, segments: Segments, currency: str) -> dict[str, Any]:
    """One object: the days, the counts, and (from FEW churned accounts on) how good the score was.

    Rates are fractions with low and high (95 %) and n; auc null where it cannot be told. `enough` says
    whether there were churns enough to speak of rates; without, auc, alarms, calibration and the rates
    per segment are left out. Losses are churn or contraction.
    """
    samples = past.samples
    events = churns(samples)
    enough = len(events) >= FEW
    found: dict[str, Any] = {
        "horizon": past.horizon,
        "step": past.step,
        "since": past.days[0].isoformat(),
        "until": past.days[-1].isoformat(),
        "days": len(past.days),
        "n": len(samples),
        "accounts": len({one.account for one in samples}),
        "churns": len(events),
        "contracted": len({one.account for one in samples if one.outcome == "contracted"}),
        "unknown_amounts": past.unknown_amounts,
        "enough": enough,
        "confusion": confusion(samples, events, currency, enough),
        "green_before_churn": green_before(events, currency, past.horizon, enough),
    }
    if enough:
        lost = [Row(one.account, one.health, one.outcome != "kept") for one in samples]
        churned = [Row(one.account, one.health, one.outcome == "churned") for one in samples]
        found["auc"] = _auc(lost)
        found["auc_churn"] = _auc(churned)
        found["alarms"] = [alarm(name, bands, samples, events) for name, bands in ALARMS.items()]
        found["calibration"] = deciles(lost)
    found["segments"] = by_segment(past, segments, enough)
    return found


def _auc(rows: Sequence[Row]) -> dict[str, Any]:
    interval = auc_interval(rows)
    lost = sum(row.lost for row in rows if row.health is not None)
    return as_dict(interval) | {"lost": lost, "lost_accounts": interval.lost}


def as_dict(interval: Interval) -> dict[str, Any]:
    names = ("value", "low", "high", "n", "accounts")
    return {name: getattr(interval, name) for name in names}


def confusion(
    samples: Sequence[Sample], events: dict[tuple[int, str], list[Sample]], currency: str, enough: bool
) -> list[dict[str, Any]]:
    """Per band: account-days, what became of them, and the churned accounts and ARR last seen in that band."""
    rows = []
    for band in BAND_VALUES:
        here = [one for one in samples if one.band == band]
        last = [listed[-1] for listed in events.values() if listed[-1].band == band]
        rows.append(
            {
                "band": band,
                "n": len(here),
                **{word: sum(one.outcome == word for one in here) for word in ("kept", "contracted", "churned")},
                "lost_share": round(sum(one.outcome != "kept" for one in here) / len(here), 4)
                if here and enough
                else None,
                "churns": len(last),
                "churned_arr": to_major(sum(one.arr for one in last), currency),
            }
        )
    return rows


def green_before(
    events: dict[tuple[int, str], list[Sample]], currency: str, horizon: int, enough: bool
) -> list[dict[str, Any]]:
    """Of the churned accounts and their ARR, what was green: on the first day within the horizon, and on the last."""
    rows = []
    for word, place in ((f"up to {horizon} days before", 0), ("on the last day before", -1)):
        seen = [listed[place] for listed in events.values()]
        green = [one for one in seen if one.band == "green"]
        arr, green_arr = sum(one.arr for one in seen), sum(one.arr for one in green)
        share = wilson(len(green), len(seen)) if enough else Interval(None, None, None, len(seen))
        rows.append(
            {
                "when": word,
                "churns": len(seen),
                "green": len(green),
                "share": share.value,
                "low": share.low,
                "high": share.high,
                "churned_arr": to_major(arr, currency),
                "green_arr": to_major(green_arr, currency),
                "arr_share": round(green_arr / arr, 4) if arr and enough else None,
            }
        )
    return rows


def alarm(
    name: str, bands: Sequence[str], samples: Sequence[Sample], events: dict[tuple[int, str], list[Sample]]
) -> dict[str, Any]:
    """Precision and recall over account-days; churns that had the alarm within the horizon, and how early.

    The lead time runs from the first day of the alarm's last unbroken run to the churn; it is at most the
    horizon, and no finer than the step.
    """
    flagged: dict[int, tuple[int, int]] = {}
    lost: dict[int, tuple[int, int]] = {}
    for one in samples:
        hit, bad = one.band in bands, one.outcome != "kept"
        if hit:
            before = flagged.get(one.account, (0, 0))
            flagged[one.account] = (before[0] + bad, before[1] + 1)
        if bad:
            before = lost.get(one.account, (0, 0))
            lost[one.account] = (before[0] + hit, before[1] + 1)
    leads = [lead for key, listed in events.items() if (lead := lead_days(key[1], listed, bands)) is not None]
    caught = wilson(len(leads), len(events))
    return {
        "alarm": name,
        "precision": as_dict(share_interval(flagged)),
        "recall": as_dict(share_interval(lost)),
        "churns_caught": as_dict(caught) | {"caught": len(leads)},
        "lead_days": {"median": median(leads), "n": len(leads)},
    }


def lead_days(lost_on: str, listed: Sequence[Sample], bands: Sequence[str]) -> int | None:
    """Days from the start of the last unbroken run of alarms to the loss; None when there was none."""
    start = None
    for place in range(len(listed) - 1, -1, -1):
        if listed[place].band in bands:
            start = listed[place].day
        elif start is not None:
            break
    return None if start is None else (date.fromisoformat(lost_on) - date.fromisoformat(start)).days


def by_segment(past: Past, segments: Segments, enough: bool) -> list[dict[str, Any]]:
    """Per dimension and segment: account-days, accounts, churns, share lost, and the AUC where FEW churned."""
    from cs_cli.scoring.lists import places_of

    rows = []
    for place, dimension in enumerate(segments.dimensions):
        inside: dict[str | None, list[Sample]] = {entry.name: [] for entry in dimension.entries}
        for one in past.samples:
            for name in places_of(dimension, one.places[place]):
                inside.setdefault(name, []).append(one)
        for name, listed in inside.items():
            if not listed:
                continue
            events = len(churns(listed))
            row: dict[str, Any] = {
                "dimension": dimension.name,
                "segment": name,
                "n": len(listed),
                "accounts": len({one.account for one in listed}),
                "churns": events,
                "lost_share": round(sum(one.outcome != "kept" for one in listed) / len(listed), 4) if enough else None,
            }
            found = Interval(None, None, None, 0)
            if enough and events >= FEW:
                found = auc_interval(Row(one.account, one.health, one.outcome != "kept") for one in listed)
            rows.append(row | {"auc": found.value, "auc_low": found.low, "auc_high": found.high})
    return rows
