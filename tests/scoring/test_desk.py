"""Whole days: the cache changes nothing, other days leave no trace, bands replay, lists agree."""

from __future__ import annotations

import sqlite3
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from cs_cli.definitions.workspace import Definitions
from cs_cli.scoring import cache
from cs_cli.scoring.bands import replay, steps_before
from cs_cli.scoring.desk import build_desk, names_of, remember, scores_on
from cs_cli.scoring.kept import measures_of
from tests.conftest import run_cs
from tests.scoring.conftest import DAY


def table_of(conn: sqlite3.Connection) -> list[tuple[Any, ...]]:
    columns = sorted(row[1] for row in conn.execute("PRAGMA temp.table_info(account_facts)"))
    listed = ", ".join(f'"{name}"' for name in columns)
    return [tuple(columns), *conn.execute(f"SELECT {listed} FROM account_facts ORDER BY account")]


def test_deleting_the_cache_changes_no_byte(
    company: Path, definitions: Definitions, writer: sqlite3.Connection
) -> None:
    commands = [
        ("health", "list", "-f", "json"), ("health", "list", "--all", "-f", "csv"),
        ("segments", "list", "-f", "json"), ("accounts", "list", "-f", "json"),
    ]  # fmt: skip
    cache.clear(writer)
    without = [run_cs("-w", company, *words).out for words in commands]
    key = build_desk(writer, definitions, DAY)
    computed = table_of(writer)
    remember(writer, key)
    assert writer.execute("SELECT COUNT(*) FROM score_row").fetchone()[0] == len(computed) - 1
    assert [run_cs("-w", company, *words).out for words in commands] == without
    build_desk(writer, definitions, DAY)
    assert table_of(writer) == computed
    cache.clear(writer)
    assert [run_cs("-w", company, *words).out for words in commands] == without
    assert all(len(text) > 100 for text in without)


def test_the_cache_answers_only_for_its_day_data_and_definitions(
    definitions: Definitions, writer: sqlite3.Connection
) -> None:
    cache.clear(writer)
    key = build_desk(writer, definitions, DAY)
    remember(writer, key)
    writer.execute("UPDATE score_row SET facts = replace(facts, '\"red\"', '\"green\"')")

    def reds(day: date = DAY, known_at: date | None = None, using: Definitions = definitions) -> int:
        build_desk(writer, using, day, known_at, need={"band"})
        return int(writer.execute("SELECT COUNT(*) FROM account_facts WHERE band = 'red'").fetchone()[0])

    assert reds() == 0  # the cache speaks
    assert reds(DAY - timedelta(days=1)) > 0
    assert reds(known_at=DAY + timedelta(days=4000)) > 0
    assert reds(using=msgspec.structs.replace(definitions, hash="other")) > 0
    with_news = writer.execute(
        "INSERT INTO change_set(at, day, kind) VALUES ('2026-06-30T12:00:00Z', '2026-06-30', 'hand') "
        "RETURNING id"
    ).fetchone()[0]
    assert reds() > 0
    writer.execute("DELETE FROM change_set WHERE id = ?", (with_news,))
    cache.clear(writer)


def test_a_file_that_cannot_be_written_is_read_all_the_same(
    definitions: Definitions, conn: sqlite3.Connection
) -> None:
    build_desk(conn, definitions, DAY, need={"health"})
    assert conn.execute("SELECT COUNT(*) FROM account_facts WHERE health > 0").fetchone()[0] > 20


def test_bands_are_the_replay_of_the_last_13_mondays_and_the_day(
    definitions: Definitions, conn: sqlite3.Connection
) -> None:
    days = [*reversed(steps_before(DAY)), DAY]
    scores = [scores_on(conn, definitions, day, None, None) for day in days]
    build_desk(conn, definitions, DAY, need={"band", "scorecard"}, cached=False)
    bands = {card.name: card.bands for card in definitions.health.scorecards}
    checked = 0
    for account, band, card in conn.execute("SELECT account, band, scorecard FROM account_facts").fetchall():
        if card is None:  # a prospect
            assert band == "unknown"
            continue
        assert band == replay([score.get(account) for score in scores], bands[card])
        checked += 1
    assert checked > 40


def test_looking_back_leaves_nothing_behind(definitions: Definitions, conn: sqlite3.Connection) -> None:
    from cs_cli.facts.compute import build_account_facts, build_contract_facts
    from cs_cli.store.clock import set_clock

    def standing() -> list[list[tuple[Any, ...]]]:
        build_contract_facts(conn, definitions.settings, DAY)
        queries = [
            "SELECT day FROM clock",
            "SELECT * FROM mrr_span ORDER BY 1, 2, 3, 4, 5",
            "SELECT * FROM coverage ORDER BY 1",
            "SELECT contract, account, decide_by, days_to_decide FROM contract_facts ORDER BY 1",
            "SELECT * FROM population",
        ]
        return [conn.execute(query).fetchall() for query in queries]

    build_desk(conn, definitions, DAY, need="all", cached=False)
    after = standing()
    set_clock(conn, DAY)
    build_account_facts(conn, definitions.settings, DAY)
    assert standing() == after


def test_the_change_is_the_difference_of_two_days(definitions: Definitions, conn: sqlite3.Connection) -> None:
    before = scores_on(conn, definitions, DAY - timedelta(days=28), None, None)
    now = scores_on(conn, definitions, DAY, None, None)
    build_desk(conn, definitions, DAY, need={"health_change_28d"}, cached=False)
    rows = conn.execute("SELECT account, health_change_28d FROM account_facts").fetchall()
    assert any(change for _, change in rows)
    for account, change in rows:
        early, late = before.get(account), now[account]
        expected = None if early is None or late is None else round(late - early, 1)
        assert change == (None if expected is None else pytest.approx(expected))


def test_looking_back_again_finds_what_a_new_look_finds(
    definitions: Definitions, writer: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Day after day on one connection, earlier scores are worked out once; one account's change makes them void."""
    from cs_cli.scoring import desk, past

    conn = writer
    need = {"band", "health", "health_change_28d"}
    looked: list[date] = []

    def counting(*words: Any) -> Any:
        looked.append(words[2])
        return scores_on(*words)

    monkeypatch.setattr(desk, "scores_on", counting)
    days = [DAY - timedelta(days=n) for n in (2, 1, 0)]
    for limit in (past.EVERYBODY_UP_TO, 0):
        monkeypatch.setattr(past, "EVERYBODY_UP_TO", limit)
        looked.clear()
        for table in ("past_key", "past_day", "past_score"):
            conn.execute(f"DROP TABLE IF EXISTS temp.{table}")
        together = []
        for day in days:
            build_desk(conn, definitions, day, need=need, cached=False)
            together.append(table_of(conn))
        often = len(looked)
        alone = []
        for day in days:
            conn.execute("DELETE FROM temp.past_key")
            build_desk(conn, definitions, day, need=need, cached=False)
            alone.append(table_of(conn))
        assert together == alone
        assert often < len(looked) - often
    conn.execute("BEGIN")
    conn.execute("INSERT INTO change_set (at, day, kind) VALUES ('2026-06-30T00:00:00Z', '2026-06-30', 'import')")
    conn.execute("UPDATE ticket SET retired_by = last_insert_rowid()")
    build_desk(conn, definitions, DAY, need=need, cached=False)
    after = table_of(conn)
    conn.execute("DELETE FROM temp.past_key")
    build_desk(conn, definitions, DAY, need=need, cached=False)
    assert table_of(conn) == after != together[-1]
    conn.execute("ROLLBACK")


def test_one_account_alone_scores_as_among_all(definitions: Definitions, conn: sqlite3.Connection) -> None:
    build_desk(conn, definitions, DAY, need={"health", "band", "tier"}, cached=False)
    everybody = conn.execute(
        "SELECT account, health, band, tier FROM account_facts WHERE health IS NOT NULL "
        "ORDER BY account LIMIT 8"
    ).fetchall()
    for account, *expected in everybody:
        build_desk(conn, definitions, DAY, accounts=[account], measures=True)
        found = conn.execute("SELECT health, band, tier FROM account_facts").fetchall()
        assert found == [tuple(expected)]
        measures = measures_of(conn, account)
        (score,) = conn.execute("SELECT score FROM account_scores").fetchone()
        assert sum(row["contribution"] for row in measures) == score


def test_every_name_is_a_column(definitions: Definitions, conn: sqlite3.Connection) -> None:
    build_desk(conn, definitions, DAY, cached=False)
    columns = {row[1] for row in conn.execute("PRAGMA temp.table_info(account_facts)")}
    assert set(names_of(definitions)) <= columns


def test_health_show_adds_up_on_the_command_line(company: Path) -> None:
    listed = run_cs("-w", company, "health", "list", "-f", "json").json
    assert list(listed[0])[:7] == ["account_id", "name", "health", "band", "known_share", "change_28d", "arr"]
    for row in listed[:5]:
        shown = run_cs("-w", company, "health", "show", row["account_id"], "-f", "json").json
        assert (shown["health"], shown["band"]) == (row["health"], row["band"])
        if shown["capped_by"] is None:
            total = sum(measure["contribution"] for measure in shown["measures"])
            assert round(total, 1) == pytest.approx(shown["health"], abs=0.11)


def test_unknown_names_on_the_command_line_are_told(company: Path) -> None:
    wrong = run_cs("-w", company, "segments", "show", "tierr")
    assert (wrong.code, "SCO-001" in wrong.err, '"tier"' in wrong.err) == (2, True, True)
    assert run_cs("-w", company, "segments", "show", "tier=Z").code == 2
    late = run_cs("-w", company, "health", "changes", "--since", "2026-07-01")
    assert (late.code, "SCO-002" in late.err) == (2, True)
    assert run_cs("-w", company, "health", "list", "--band", "blue").code == 2
