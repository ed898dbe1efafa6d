"""The backtest: its statistics against a slow way, its days and outcomes, and that no day sees a later one."""

from __future__ import annotations

import itertools
import random
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from benchmarks.backtest_data import LAST, write_company
from cs_cli.base.errors import UsageError
from cs_cli.definitions.workspace import Workspace, load_definitions
from cs_cli.facts.catalogue import names
from cs_cli.scoring.backtest import FEW, Past, look_back
from cs_cli.scoring.backtest import test_days as days_of
from cs_cli.scoring.backtest_outcomes import paid_of
from cs_cli.scoring.backtest_stats import Row, auc, auc_interval, deciles, median, share_interval, wilson
from cs_cli.scoring.backtest_summary import summary
from cs_cli.scoring.desk import build_desk
from cs_cli.store.connection import open_database
from tests.conftest import Cs, run_cs

# --- statistics -----------------------------------------------------------------


def slow_auc(rows: list[Row]) -> float:
    pairs = [(a.health, b.health) for a, b in itertools.product(rows, rows) if a.lost and not b.lost]
    return sum(1.0 if lost < kept else 0.5 if lost == kept else 0.0 for lost, kept in pairs) / len(pairs)  # type: ignore[operator]


def test_auc_is_the_share_of_pairs_that_are_ranked_rightly() -> None:
    rnd = random.Random(3)
    rows = [Row(n % 7, float(rnd.randrange(20)), rnd.random() < 0.4) for n in range(60)]
    interval = auc_interval(rows)
    assert interval.value == pytest.approx(slow_auc(rows), abs=1e-4)
    assert interval.low is not None
    assert interval.high is not None
    assert interval.low <= interval.value <= interval.high
    assert (interval.n, interval.accounts, interval.lost) == (60, 7, len({row.account for row in rows if row.lost}))


def worst_by_brute_force(theta: float, lost: int, kept: int) -> float:
    """z of a perfect AUC if theta were true, by the variance of Hanley and McNeil with balanced sizes."""
    mean = (lost + kept) / 2
    q1, q2 = theta / (2 - theta), 2 * theta * theta / (1 + theta)
    variance = theta * (1 - theta) + (mean - 1) * (q1 - theta**2) + (mean - 1) * (q2 - theta**2)
    return (1 - theta) / (variance / (lost * kept)) ** 0.5


def test_a_perfect_ranking_of_eight_leavers_is_no_certainty() -> None:
    rows = [Row(n, 30.0 + n, True) for n in range(8)] + [Row(n, 60.0 + n, False) for n in range(8, 60)]
    found = auc_interval(rows)
    assert (found.value, found.high, found.accounts, found.lost) == (1.0, 1.0, 60, 8)
    assert found.low is not None
    assert found.low < 0.95
    assert worst_by_brute_force(found.low, 8, 52) == pytest.approx(1.96, abs=0.01)
    # many days of the same accounts are no more than the accounts
    daily = auc_interval([row for row in rows for _ in range(30)])
    assert (daily.low, daily.n, daily.lost) == (found.low, 1800, 8)
    # the other way round it is as sure of nothing
    mirrored = auc_interval([row._replace(lost=not row.lost) for row in rows])
    assert (mirrored.low, mirrored.high) == (0.0, pytest.approx(1 - found.low, abs=1e-4))


def test_a_share_of_eight_accounts_is_as_wide_as_eight_cases() -> None:
    found = share_interval(dict.fromkeys(range(8), (10, 10)))
    assert (found.value, found.high, found.n, found.accounts) == (1.0, 1.0, 80, 8)
    assert found.low == wilson(8, 8).low
    # one account with most of the days is worth little more than one
    uneven = share_interval({0: (90, 90)} | dict.fromkeys(range(1, 8), (1, 1)))
    assert uneven.low is not None
    assert uneven.low < 0.3
    assert share_interval({}).value is None


def test_intervals_cover_what_they_claim() -> None:
    """Of many small companies whose true AUC is known, 95 in 100 intervals and not fewer than 90 hold it."""
    rnd = random.Random(11)
    held = 0
    for _ in range(400):
        rows = [Row(n, rnd.gauss(0, 1) if n < 8 else rnd.gauss(1.5, 1), n < 8) for n in range(60)]
        found = auc_interval(rows)
        assert found.low is not None
        assert found.high is not None
        held += found.low <= 0.8556 <= found.high  # Φ(1.5 ÷ √2)
    assert 0.93 <= held / 400 <= 0.99


def test_unknown_health_counts_in_no_ranking() -> None:
    rows = [Row(1, None, True), Row(2, 10.0, True), Row(3, 90.0, False)]
    assert auc_interval(rows).n == 2
    assert auc_interval(rows).value == 1.0


def test_without_losses_there_is_no_auc() -> None:
    assert auc([Row(1, 50.0, False)] * 3) is None
    assert auc_interval([Row(1, 5.0, False), Row(2, 6.0, False)]).value is None
    assert auc([Row(1, None, True), Row(2, 5.0, False)]) is None


def test_wilson_of_a_known_case() -> None:
    found = wilson(8, 10)
    assert (found.value, found.low, found.high) == (
        0.8,
        pytest.approx(0.4902, abs=1e-3),
        pytest.approx(0.9433, abs=1e-3),
    )
    assert wilson(0, 0).value is None


def test_tenths_hold_every_known_row_once_and_rise() -> None:
    rows = [Row(n, float(n), n < 15) for n in range(103)] + [Row(999, None, True)]
    found = deciles(rows)
    assert sum(row["n"] for row in found) == 103
    assert [row["decile"] for row in found] == list(range(1, 11))
    assert sum(row["lost"] for row in found) == 15
    assert all(a["to"] <= b["from"] for a, b in itertools.pairwise(found))


def test_median() -> None:
    assert (median([]), median([3]), median([1, 9, 4]), median([1, 2])) == (None, 3.0, 4.0, 1.5)


# --- days and outcomes ------------------------------------------------------------


def test_days_leave_room_for_the_horizon_and_are_mondays_by_the_week() -> None:
    days = days_of(date(2026, 6, 30), 90, date(2026, 1, 1), 7)
    assert days[-1] == date(2026, 3, 30)
    assert all(day.weekday() == 0 for day in days)
    assert days[0] >= date(2026, 1, 1)
    daily = days_of(date(2026, 6, 30), 90, date(2026, 3, 1), 1)
    assert daily[-1] == date(2026, 4, 1)
    assert len(daily) == 32


@pytest.mark.parametrize(("horizon", "since", "step"), [(90, date(2026, 6, 1), 7), (0, None, 7), (90, None, 0)])
def test_days_that_cannot_be_judged_are_refused(horizon: int, since: date | None, step: int) -> None:
    with pytest.raises(UsageError, match="SCO-01"):
        days_of(date(2026, 6, 30), horizon, since, step)


SPANS: list[tuple[list[tuple[str, str, int | None]], str, Any]] = [
    ([("2026-01-01", "9999-12-31", 100)], "2026-02-01", ("kept", None)),
    ([("2026-01-01", "2026-02-20", 100)], "2026-02-01", ("churned", "2026-02-20")),
    ([("2026-01-01", "2026-06-20", 100)], "2026-02-01", ("kept", None)),  # after the horizon
    ([("2026-01-01", "2026-02-20", 100), ("2026-02-20", "9999-12-31", 60)], "2026-02-01", ("contracted", "2026-02-20")),
    # one of two ends: contraction; both end: churn on the later day
    ([("2026-01-01", "2026-02-10", 40), ("2026-01-01", "9999-12-31", 60)], "2026-02-01", ("contracted", "2026-02-10")),
    ([("2026-01-01", "2026-02-10", 40), ("2026-01-01", "2026-03-10", 60)], "2026-02-01", ("churned", "2026-03-10")),
    # away and back inside the time counts at its end value
    ([("2026-01-01", "2026-02-10", 40), ("2026-02-20", "9999-12-31", 40)], "2026-02-01", ("kept", None)),
    ([("2026-01-01", "2026-02-10", 40), ("2026-03-01", "2026-03-09", 40)], "2026-02-01", ("churned", "2026-03-09")),
    ([("2026-03-01", "9999-12-31", 40)], "2026-02-01", None),  # pays nothing yet
    ([("2026-01-01", "9999-12-31", None)], "2026-02-01", None),  # no rate
]  # fmt: skip


@pytest.mark.parametrize(("spans", "day", "fate"), SPANS)
def test_what_became_of_an_account(spans: list[tuple[str, str, int | None]], day: str, fate: Any) -> None:
    assert paid_of(spans).fate(day, 90) == fate


def test_a_pause_is_a_contraction_for_90_days() -> None:
    paid = paid_of([("2025-01-01", "2026-01-10", 100), ("2026-01-10", "9999-12-31", 0)], [("2026-01-10", "9999-12-31")])
    assert paid.fate("2026-01-09", 90) == ("contracted", "2026-01-10")  # the 89th day of the pause
    assert paid.fate("2026-01-09", 91) == ("churned", "2026-01-10")
    ended = paid_of([("2025-01-01", "2026-01-10", 100)], [("2026-01-10", "2026-02-01")])
    assert ended.fate("2026-01-09", 40) == ("churned", "2026-01-10")  # it was ended while it rested


# --- whole companies ----------------------------------------------------------------


def company(folder: Path, signal: bool, accounts: int = 130) -> Path:
    desk = folder / "desk"
    made = run_cs("init", desk, "--company", "Bench", "--currency", "USD", "--zone", "UTC", "--name", "R", "--email",
                  "r@bench.example")  # fmt: skip
    assert made.code == 0, made.err
    with open(desk / "cs.yaml", "a", encoding="utf-8") as file:
        file.write(f'\ntoday: "{LAST}"\n')
    files = write_company(folder, accounts, signal=signal, every=7, days=420)
    imported = run_cs("-w", desk, "import", *files, "--yes")
    assert imported.code in (0, 3), imported.err
    return desk


@pytest.fixture(scope="module")
def planted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return company(tmp_path_factory.mktemp("planted"), signal=True)


def past_of(desk: Path, **options: Any) -> Past:
    conn = open_database(desk / "cs.db")
    try:
        definitions = load_definitions(Workspace(desk), names)
        return look_back(
            conn, definitions, LAST, **{"horizon": 60, "since": LAST - timedelta(days=200), "step": 28} | options
        )
    finally:
        conn.close()


def summary_of(desk: Path) -> dict[str, Any]:
    return summary(past_of(desk), load_definitions(Workspace(desk), names).segments, "USD")


@pytest.mark.slow
def test_a_planted_signal_is_found_and_noise_is_not(planted: Path, tmp_path: Path) -> None:
    found = summary_of(planted)
    assert found["enough"]
    assert found["churns"] >= FEW
    assert found["auc"]["low"] > 0.65
    assert found["calibration"][0]["lost_share"] > 3 * found["calibration"][-1]["lost_share"]
    noise = summary_of(company(tmp_path, signal=False))
    assert noise["enough"]
    assert noise["auc"]["value"] == pytest.approx(0.5, abs=0.1)
    assert noise["auc"]["low"] < 0.5 < noise["auc"]["high"]


@pytest.mark.slow
def test_bands_and_scores_of_a_past_day_are_those_of_the_desk(planted: Path) -> None:
    past = past_of(planted)
    day = past.days[len(past.days) // 2]
    conn = open_database(planted / "cs.db")
    build_desk(conn, load_definitions(Workspace(planted), names), day, need={"health", "band"})
    desk = {
        account: (None if band == "unknown" else health, band)
        for account, health, band in conn.execute("SELECT account, health, band FROM account_facts")
    }
    conn.close()
    samples = [one for one in past.samples if one.day == day.isoformat()]
    assert len(samples) > 50
    assert [(one.health, one.band) for one in samples] == [desk[one.account] for one in samples]


@pytest.mark.slow
def test_no_past_day_sees_what_is_dated_later(planted: Path, tmp_path: Path, cs: Cs) -> None:
    """Future pulses, tickets, touches, payments and use change no score of a day before them."""
    import shutil

    desk = tmp_path / "desk"
    shutil.copytree(planted, desk)
    before = past_of(desk)
    after_last = before.days[-1] + timedelta(days=1)
    late = [(after_last + timedelta(days=n % 50)).isoformat() for n in range(130)]
    tables = {
        "pulse": "account_id,day,who,score,reason\n"
        + "".join(f"A{n:05d},{day},Z,1,doom\n" for n, day in enumerate(late)),
        "touch": "touch_id,account_id,day,kind,who,sentiment,note\n"
        + "".join(f"X{n},A{n:05d},{day},call,Z,bad,doom\n" for n, day in enumerate(late)),
        "ticket": "ticket_id,account_id,requester_email,opened_at,closed_at,priority,status,category,subject\n"
        + "".join(
            f"X{n},A{n:05d},u@company{n}.example,{day}T09:00:00Z,,urgent,open,bug,doom\n" for n, day in enumerate(late)
        ),
        "survey": "response_id,account_id,email,kind,score,day,comment\n"
        + "".join(f"X{n},A{n:05d},u@company{n}.example,nps,0,{day},doom\n" for n, day in enumerate(late)),
        "usage": "account_id,day,metric,value\n"
        + "".join(f"A{n:05d},{day},active_users,0\n" for n, day in enumerate(late) if date.fromisoformat(day) <= LAST),
    }  # fmt: skip
    for kind, text in tables.items():
        path = tmp_path / f"late_{kind}.csv"
        path.write_text(text, encoding="utf-8")
        done = cs("-w", desk, "import", path, "--yes")
        assert done.code in (0, 3), done.err
    after = past_of(desk)
    assert after.samples == before.samples
    # and the same rows do count on the days after them
    assert cs("-w", desk, "health", "list", "-f", "json").json != cs("-w", planted, "health", "list", "-f", "json").json


@pytest.mark.slow
def test_what_the_command_says(planted: Path, cs: Cs) -> None:
    words = ("-w", planted, "health", "backtest", "--horizon", 60, "--since", "200d", "--step", 42)
    found = cs(*words, "-f", "json")
    assert found.code == 0, found.err
    data = found.json
    assert data["n"] == sum(row["n"] for row in data["confusion"])
    assert data["churns"] == sum(row["churns"] for row in data["confusion"])
    for row in data["confusion"]:
        assert row["n"] == row["kept"] + row["contracted"] + row["churned"]
    for alarm in data["alarms"]:
        assert set(alarm["precision"]) == {"value", "low", "high", "n", "accounts"}
        assert alarm["churns_caught"]["n"] == data["churns"]
        assert alarm["lead_days"]["median"] is None or 0 <= alarm["lead_days"]["median"] <= 60
    tiers = [row for row in data["segments"] if row["dimension"] == "tier"]
    assert sum(row["n"] for row in tiers) == data["n"]
    table = cs(*words)
    assert table.code == 0, table.err
    assert data["auc"]["lost_accounts"] <= data["auc"]["accounts"] <= data["accounts"]
    told = ("AUC", "95 %", " accounts, lost ", "(n ", "Green before churn", "By tenths", "As an alarm", "account-days")
    for word in told:
        assert word in table.out


def test_under_ten_churns_there_are_counts_and_no_rates(demo_once: Path, cs: Cs) -> None:
    words = ("-w", demo_once, "health", "backtest", "--since", "180d", "--step", 42)
    found = cs(*words, "-f", "json")
    assert found.code == 0, found.err
    data = found.json
    assert data["churns"] < FEW
    assert data["enough"] is False
    assert not {"auc", "alarms", "calibration"} & set(data)
    assert all(row["lost_share"] is None for row in data["confusion"])
    assert all(row["share"] is None for row in data["green_before_churn"])
    table = cs(*words)
    assert "too few" in table.out
    assert "Precision" not in table.out


def test_a_backtest_without_a_day_is_a_usage_error(demo_once: Path, cs: Cs) -> None:
    refused = cs("-w", demo_once, "health", "backtest", "--horizon", 365, "--since", "30d")
    assert refused.code == 2
    assert "SCO-010" in refused.err


def test_who_paid_nobody_knows_what_and_pays_nothing_has_churned() -> None:
    gone = [("2025-01-01", "2025-06-01", None)]
    assert paid_of(gone).fate("2025-03-01", 180) == ("churned", "2025-06-01")
    assert paid_of(gone).fate("2025-03-01", 30) is None  # pays on, nobody knows what
    assert paid_of([*gone, ("2025-06-01", "9999-12-31", 500)]).fate("2025-03-01", 180) is None
    assert paid_of(gone, [("2025-06-01", "9999-12-31")]).fate("2025-03-01", 120) is None  # rests
