"""Facts asked for one by one are the facts of a whole day: what is left out changes nothing."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from cs_cli.definitions.workspace import Workspace, settings_only
from cs_cli.facts import sqltext
from cs_cli.facts.catalogue import facts, themes
from cs_cli.facts.compute import build_account_facts
from cs_cli.facts.pruning import columns_read, prune
from cs_cli.store.clock import set_clock
from cs_cli.store.connection import open_database

DAY = date(2026, 6, 30)
THEMES = [theme for theme in themes().values() if theme.facts]


def flat(statements: tuple[str, ...]) -> list[str]:
    return [" ".join(statement.split()) for statement in statements]


@pytest.mark.parametrize("theme", THEMES, ids=lambda theme: theme.name)
def test_a_whole_theme_is_its_file(theme) -> None:  # type: ignore[no-untyped-def]
    every = frozenset(fact.name for fact in theme.facts)
    assert flat(prune(theme.text, every)) == flat(sqltext.statements(theme.text))


def test_what_is_not_asked_for_is_not_read() -> None:
    kept = " ".join(prune(themes()["fiscal"].text, frozenset({"arr"})))
    assert "mrr_span" in kept
    assert "known_invoice" not in kept and "known_subscription" not in kept
    assert len(prune(themes()["usage"].text, frozenset({"last_seen_days"}))) == 2


def test_facts_of_other_themes_are_found() -> None:
    assert columns_read(prune(themes()["moments"].text, frozenset({"trial_ends_on"}))) == {"firmographic": {"status"}}


@pytest.fixture(scope="module")
def demo_facts(demo_once: Path) -> Iterator[object]:
    """A function from fact names (None: all) to their values per account of the demo."""
    conn = open_database(demo_once / "cs.db")
    settings = settings_only(Workspace(demo_once))

    def read(names: set[str] | None, shown: str) -> list[tuple[object, ...]]:
        set_clock(conn, DAY)
        build_account_facts(conn, settings, DAY, names)
        return conn.execute(f"SELECT account, {shown} FROM account_facts ORDER BY account").fetchall()

    yield read
    conn.close()


def test_every_fact_alone_is_what_it_is_among_all(demo_facts) -> None:  # type: ignore[no-untyped-def]
    listed = [f'"{name}"' for name in facts()]
    whole = demo_facts(None, ", ".join(listed))
    assert len(whole) > 50
    for at, name in enumerate(facts(), 1):
        assert demo_facts({name}, f'"{name}"') == [(row[0], row[at]) for row in whole], name
