"""Everybody's score on a day with what it is made of, to be compared with another day's."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from cs_cli.scoring.parts import Points, State

if TYPE_CHECKING:
    import sqlite3

    from cs_cli.definitions.workspace import Definitions

Scored = tuple[State, float | None]  # a state with its rounded health


@dataclass(frozen=True)
class Reads:
    """The names that conditions read: of each card's `applies`, and of each (card, cap).

    by_use: the facts that count use; ages: those that are days since something.
    """

    cards: Mapping[str | None, frozenset[str]]
    caps: Mapping[tuple[str | None, str | None], frozenset[str]]
    by_use: frozenset[str] = frozenset()
    ages: frozenset[str] = frozenset()

    def all(self) -> list[str]:
        return sorted(frozenset().union(*self.cards.values(), *self.caps.values()))


def reads_of(definitions: Definitions) -> Reads:
    from cs_cli.facts.catalogue import fact
    from cs_cli.facts.catalogue import names as fact_names
    from cs_cli.scoring.names import names_in, segment_names

    names = segment_names(fact_names(definitions.settings), definitions.segments)
    cards = definitions.health.scorecards
    by_card: dict[str | None, frozenset[str]] = {card.name: names_in(card.applies, names) for card in cards}
    by_cap: dict[tuple[str | None, str | None], frozenset[str]] = {
        (card.name, cap.name): names_in(cap.condition, names) for card in cards for cap in card.caps
    }
    read = frozenset(measure.fact for card in cards for measure in card.measures)
    facts = [one for name in read.union(*by_card.values(), *by_cap.values()) if (one := fact(name)) is not None]
    ages = frozenset(one.name for one in facts if one.unit == "days")
    return Reads(by_card, by_cap, frozenset(one.name for one in facts if "usage" in one.rows) - ages, ages)


def states_on(
    conn: sqlite3.Connection,
    definitions: Definitions,
    day: date,
    known_at: date | None = None,
    accounts: Sequence[int] | None = None,
    until: date | None = None,
    forced: Mapping[int, str] | None = None,
) -> dict[int, Scored]:
    """Account → its state and rounded health on the day; until: from rows dated up to that day only.

    forced: account → the card to score it by. Replaces account_facts and what hangs on it.
    """
    from cs_cli.scoring.dated import rows_until
    from cs_cli.scoring.desk import score_only
    from cs_cli.scoring.health import list_measures
    from cs_cli.store.clock import set_clock

    set_clock(conn, day, known_at, accounts)
    with nullcontext() if until is None else rows_until(conn, until):
        list_measures(conn, score_only(conn, definitions, day, forced))
    return states_that_stand(conn, definitions, "account_scores")


def states_now(
    conn: sqlite3.Connection,
    definitions: Definitions,
    day: date,
    known_at: date | None = None,
    accounts: Sequence[int] | None = None,
) -> dict[int, Scored]:
    """As states_on, but as the score cache has them where the last run scored that day."""
    from cs_cli.scoring import cache
    from cs_cli.store.clock import set_clock

    set_clock(conn, day, known_at, accounts)
    key = cache.key_of(conn, definitions, day, known_at)
    need = {"scorecard", "health", *reads_of(definitions).all()}
    if cache.load(conn, key, need, accounts, measures=True):
        return states_that_stand(conn, definitions)
    return states_on(conn, definitions, day, known_at, accounts)


def cards_on(
    conn: sqlite3.Connection,
    definitions: Definitions,
    day: date,
    known_at: date | None,
    accounts: Collection[int],
    until: date,
) -> dict[int, str | None]:
    """Account → the card that applies on the day by rows dated up to `until`. Replaces account_facts."""
    if not accounts:
        return {}
    found = states_on(conn, definitions, day, known_at, sorted(accounts), until)
    return {account: state.card for account, (state, _) in found.items()}


def delivered(conn: sqlite3.Connection, since: date, day: date) -> bool:
    """Has usage been delivered for a day after `since`, up to the day? By the clock that is set."""
    found = conn.execute(
        "SELECT 1 FROM known_usage WHERE day > ? AND day <= ? LIMIT 1", (since.isoformat(), day.isoformat())
    )
    return found.fetchone() is not None


def states_that_stand(
    conn: sqlite3.Connection, definitions: Definitions, scores: str = "account_facts"
) -> dict[int, Scored]:
    """The states of the measures and caps that stand, with card and health from the table `scores`.

    account_facts must hold what conditions read (reads_of(…).all()).
    """
    reads = reads_of(definitions)
    about_pulse = {
        place for place, names in reads.caps.items() if any(name.startswith("pulse") for name in names)
    }
    measures: dict[int, dict[str, Points]] = {}
    for account, name, fact, weight, score, value, state in conn.execute(
        "SELECT account, measure, fact, weight, score, value, state FROM temp.account_measures "
        "ORDER BY account, position"
    ):
        known, pulse = state in ("known", "late"), fact.startswith("pulse")
        measures.setdefault(account, {})[name] = Points(weight, score, known, pulse, value, state, fact)
    caps: dict[int, dict[str, float]] = {}
    for account, name, at_most in conn.execute("SELECT account, cap, at_most FROM temp.account_caps"):
        caps.setdefault(account, {})[name] = at_most
    said = _said(conn, reads.all())
    return {
        account: (
            State(
                card,
                measures.get(account, {}),
                {name: (at_most, (card, name) in about_pulse) for name, at_most in caps.get(account, {}).items()},
                said[account],
            ),
            health,
        )
        for account, card, health in conn.execute(f"SELECT account, scorecard, health FROM temp.{scores}")
    }


def _said(conn: sqlite3.Connection, names: Sequence[str]) -> dict[int, dict[str, Any]]:
    listed = "".join(f', "{name}"' for name in names)
    return {
        account: dict(zip(names, values, strict=True))
        for account, *values in conn.execute(f"SELECT account{listed} FROM temp.account_facts")
    }
