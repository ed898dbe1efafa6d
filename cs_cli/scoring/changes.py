"""Why a score moved: its difference split into data, time, missingness, pulse and definition.

The parts are steps on one way from the earlier score to the later one, so they add up:
definition  the earlier day, scored by today's definitions instead of those of then; all of the move where
            today's definitions could not score that day
time        the later day without any news after the earlier one: ages grow, terms come nearer.
            A measure that is only unknown then (an export that came again since, or did not; an opinion that expired)
            keeps its points here: time alone says nothing about it.
pulse       what people said since (pulse measures, and caps on a pulse)
missingness measures that became known, unknown, applicable or not: also an expired pulse, and what is late
data        the rest: what the records say since
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import sqlite3

    from cs_cli.definitions.workspace import Definitions

PARTS = ("data", "time", "missingness", "pulse", "definition")


@dataclass(frozen=True)
class Points:
    """One measure: its weight, its points (None adds nothing), and whether they come from a known fact."""

    weight: float
    score: float | None
    known: bool
    pulse: bool = False


@dataclass(frozen=True)
class State:
    """A scored account: its card, its measures by name, and the caps that apply (at most, about a pulse)."""

    card: str | None
    measures: Mapping[str, Points]
    caps: Mapping[str, tuple[float, bool]]

    @property
    def health(self) -> float | None:
        """Σ weight × points ÷ Σ weight under the lowest cap, unrounded; None without any points."""
        scored = [one for one in self.measures.values() if one.score is not None]
        weight = sum(one.weight for one in scored)
        if not weight:
            return None
        total = sum(one.weight * (one.score or 0.0) for one in scored) / weight
        return min([total, *(at_most for at_most, _ in self.caps.values())])


def split(
    then: State, aged: State, now: State, before: float | None, after: float | None, defined: float | None
) -> dict[str, float | None]:
    """The parts of `after − before`, each rounded to one decimal; their sum is the rounded difference.

    then, now: the two days by today's definitions; aged: the later day from rows dated up to the earlier.
    before, after: the rounded health of both days as shown; defined: the rounded health of the earlier day
    by today's definitions (equal to before when the definitions are the same). None parts when before or after
    is unknown. Where only `defined` is, today's definitions have no earlier score to start from: the whole
    difference is the definition's.
    """
    if before is None or after is None:
        return dict.fromkeys(PARTS)
    if defined is None:
        return {**dict.fromkeys(PARTS, 0.0), "definition": round(after - before, 1) + 0.0}
    carried = _carried(then, aged, now)
    start = then.health
    base = start if start is not None else defined
    aged_health = carried.health
    if aged_health is None:
        carried, aged_health = then, base
    parts = {"definition": defined - before, "time": aged_health - base, "pulse": 0.0, "missingness": 0.0}
    if carried.card == now.card:
        spoken = _with_pulse(carried, aged, now)
        spoken_health = spoken.health
        if spoken_health is None:
            spoken, spoken_health = carried, aged_health
        known = replace(
            spoken,
            measures={
                name: now.measures[name]
                if spoken.measures[name].known != now.measures[name].known
                else points
                for name, points in spoken.measures.items()
            },
        )
        known_health = known.health
        parts["pulse"] = spoken_health - aged_health
        parts["missingness"] = (spoken_health if known_health is None else known_health) - spoken_health
    rounded = {name: round(value, 1) + 0.0 for name, value in parts.items()}
    rounded["data"] = round(after - before - sum(rounded.values()), 1) + 0.0
    return {name: rounded[name] for name in PARTS}


def _carried(then: State, aged: State, now: State) -> State:
    """The aged state, but a measure that only lacks news keeps its earlier points."""
    if then.card != aged.card or now.card != aged.card:
        return aged
    measures = {
        name: then.measures[name]
        if not points.known and then.measures[name].known
        else points
        for name, points in aged.measures.items()
    }
    return replace(aged, measures=measures)


def _with_pulse(state: State, aged: State, now: State) -> State:
    """With what people say now. A pulse that expired is nothing that anybody said."""
    measures = {
        name: now.measures[name] if one.pulse and (_known(aged, name) or _known(now, name)) else one
        for name, one in state.measures.items()
    }
    caps = {name: cap for name, cap in state.caps.items() if not cap[1]}
    caps |= {name: cap for name, cap in now.caps.items() if cap[1]}
    return replace(state, measures=measures, caps=caps)


def _known(state: State, name: str) -> bool:
    return name in state.measures and state.measures[name].known


def states_on(
    conn: sqlite3.Connection,
    definitions: Definitions,
    day: date,
    known_at: date | None = None,
    accounts: Sequence[int] | None = None,
    until: date | None = None,
    forced: Mapping[int, str] | None = None,
) -> dict[int, tuple[State, float | None]]:
    """Account → its state and rounded health on the day; until: from rows dated up to that day only.

    forced: account → the card to score it by. Replaces account_facts and what hangs on it.
    """
    from contextlib import nullcontext

    from cs_cli.scoring.dated import rows_until
    from cs_cli.scoring.desk import score_only
    from cs_cli.scoring.health import list_measures
    from cs_cli.store.clock import set_clock

    set_clock(conn, day, known_at, accounts)
    with nullcontext() if until is None else rows_until(conn, until):
        list_measures(conn, score_only(conn, definitions, day, forced))
    return _states(conn, definitions, "account_scores")


def states_now(
    conn: sqlite3.Connection, definitions: Definitions, day: date, known_at: date | None = None
) -> dict[int, tuple[State, float | None]]:
    """As states_on for everybody, but as the score cache has them where the last run scored that day."""
    from cs_cli.scoring import cache
    from cs_cli.store.clock import set_clock

    set_clock(conn, day, known_at)
    key = cache.key_of(conn, definitions, day, known_at)
    if cache.load(conn, key, ("scorecard", "health"), None, measures=True):
        return _states(conn, definitions, "account_facts")
    return states_on(conn, definitions, day, known_at)


def _states(conn: sqlite3.Connection, definitions: Definitions, scores: str) -> dict[int, tuple[State, float | None]]:
    """The states of the measures and caps that stand, with card and health from the table `scores`."""
    from cs_cli.facts.catalogue import names as fact_names
    from cs_cli.scoring.names import names_in, segment_names

    names = segment_names(fact_names(definitions.settings), definitions.segments)
    about_pulse = {
        cap.name
        for card in definitions.health.scorecards
        for cap in card.caps
        if any(name.startswith("pulse") for name in names_in(cap.condition, names))
    }
    measures: dict[int, dict[str, Points]] = {}
    for account, name, fact, weight, score, state in conn.execute(
        "SELECT account, measure, fact, weight, score, state FROM temp.account_measures "
        "ORDER BY account, position"
    ):
        found = Points(weight, score, state in ("known", "late"), fact.startswith("pulse"))
        measures.setdefault(account, {})[name] = found
    caps: dict[int, dict[str, tuple[float, bool]]] = {}
    for account, name, at_most in conn.execute("SELECT account, cap, at_most FROM temp.account_caps"):
        caps.setdefault(account, {})[name] = (at_most, name in about_pulse)
    return {
        account: (State(card, measures.get(account, {}), caps.get(account, {})), health)
        for account, card, health in conn.execute(
            f"SELECT account, scorecard, health FROM temp.{scores}"
        )
    }


def health_changes(
    conn: sqlite3.Connection,
    definitions: Definitions,
    since: date,
    day: date,
    known_at: date | None = None,
    *,
    before: Definitions | None = None,
    everybody: bool = False,
) -> list[dict[str, Any]]:
    """Every customer whose health differs between the two days, the largest fall first.

    {account_id, name, from, to, data, time, missingness, pulse, definition}; the parts add up to
    to − from; they are None where one of the two scores is unknown. before: the definitions of the
    earlier day, when they were others.
    """
    from cs_cli.scoring.desk import build_desk

    old = {} if before is None else states_on(conn, before, since, known_at)
    then = states_on(conn, definitions, since, known_at)
    now = states_now(conn, definitions, day, known_at)
    # without news usage grows stale; that must not put an account on the card of those without usage
    same = {
        account: state.card
        for account, (state, _) in now.items()
        if state.card is not None and account in then and then[account][0].card == state.card
    }
    aged = states_on(conn, definitions, day, known_at, until=since, forced=same)
    build_desk(conn, definitions, day, known_at, need={"name", "status"})
    found = []
    for account, account_id, name, status in conn.execute(
        "SELECT account, account_id, name, status FROM account_facts ORDER BY account_id"
    ):
        if account not in then or (status != "customer" and not everybody):
            continue
        start, defined = then[account]
        first = old[account][1] if account in old else defined
        end, last = now[account]
        if first != last:
            parts = split(start, aged[account][0], end, first, last, defined)
            found.append({"account_id": account_id, "name": name, "from": first, "to": last, **parts})
    return sorted(found, key=lambda row: (_move(row), row["account_id"]))


def _move(row: Mapping[str, Any]) -> float:
    if row["from"] is None or row["to"] is None:
        return 1000.0
    return float(row["to"] - row["from"])
