"""Other ways to look at the health of everybody: against the pulse, by parent, and what is missing."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from cs_cli.store.connection import rows

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Mapping

    from cs_cli.definitions.workspace import Definitions

DISAGREE_NEED = {"pulse", "pulse_by", "pulse_age_days", "pulse_lowest", "pulse_lowest_by", "pulse_spread"}
APART = 2  # points between two people from which on they see another customer
PARENT_NEED = {"parent"}
MANY = 0.2  # share of unknown bands from which on it is worth a word

# a pulse says a band too: 1 and 2 we lose them, 3 we do not know, 4 and 5 they stay
SAID = "CASE WHEN pulse <= 2 THEN 'red' WHEN pulse >= 4 THEN 'green' ELSE 'amber' END"


def disagreements(conn: sqlite3.Connection, *, everybody: bool = False) -> list[dict[str, Any]]:
    """Customers whose pulse says another band than the score, or whom people see 2 points apart, widest gap first.

    {account_id, name, health, band, pulse, pulse_says, pulse_by, pulse_age_days, gap, who, pulse_lowest,
    pulse_lowest_by, pulse_spread, arr}; gap is the pulse on the scale 0 to 100 less the health; who: whom it is
    between ("people and score", "people", "people and score, people"). Call after
    build_desk(…, need=HEALTH_LIST | DISAGREE_NEED).
    """
    against = f"band <> 'unknown' AND band <> {SAID}"
    apart = f"coalesce(pulse_spread, 0) >= {APART}"
    where = "" if everybody else "AND status = 'customer'"
    return rows(
        conn,
        f"SELECT account_id, name, health, band, pulse, {SAID} AS pulse_says, pulse_by, pulse_age_days, "
        "ROUND((pulse - 1) * 25.0 - health, 1) AS gap, "
        f"CASE WHEN NOT ({against}) THEN 'people' WHEN {apart} THEN 'people and score, people' "
        "ELSE 'people and score' END AS who, pulse_lowest, pulse_lowest_by, pulse_spread, arr FROM account_facts "
        f"WHERE pulse IS NOT NULL AND (({against}) OR {apart}) {where} "
        "ORDER BY abs((pulse - 1) * 25.0 - health) DESC, coalesce(arr, 0) DESC, account_id",
    )


def by_parent(conn: sqlite3.Connection, *, everybody: bool = False) -> list[dict[str, Any]]:
    """Companies that belong together, the largest ARR first: {account_id, name, accounts, arr, health, known_arr,
    red_arr, worst}.

    health is the mean by ARR over the accounts with a known band (the plain mean when they pay nothing);
    known_arr is the ARR behind it. The parent counts with its children, wherever in the chain; groups of
    one are left out. Call after build_desk(…, need=HEALTH_LIST | PARENT_NEED).
    """
    found = {row["account_id"]: row for row in rows(conn, _PARENTS)}
    groups: dict[str, list[dict[str, Any]]] = {}
    for row in found.values():
        if everybody or row["status"] == "customer":
            groups.setdefault(_root(row["account_id"], found), []).append(row)
    listed = [
        _rolled(root, found.get(root, {}).get("name"), members)
        for root, members in groups.items()
        if len(members) > 1 or (root not in found)
    ]
    return sorted(listed, key=lambda row: (-row["arr"], row["account_id"]))


_PARENTS = "SELECT account_id, name, status, arr, health, band, parent FROM account_facts ORDER BY account_id"
_WORST = ("red", "amber", "green", "unknown")


def _root(account_id: str, found: Mapping[str, Mapping[str, Any]]) -> str:
    """The top of the chain of parents; where it runs in a ring, the smallest id of the ring."""
    seen = [account_id]
    while (parent := found.get(seen[-1], {}).get("parent")) is not None:
        if parent in seen:
            return min(seen[seen.index(parent) :])
        seen.append(parent)
    return seen[-1]


def _rolled(root: str, name: str | None, members: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    listed = list(members)
    known = [one for one in listed if one["band"] != "unknown"]
    weights = [one["arr"] or 0.0 for one in known]
    if not any(weights):
        weights = [1.0] * len(known)
    total = sum(weights)
    health = sum(w * one["health"] for w, one in zip(weights, known, strict=True)) / total if known else None
    return {
        "account_id": root,
        "name": name,
        "accounts": len(listed),
        "arr": round(sum(one["arr"] or 0.0 for one in listed), 2),
        "health": None if health is None else round(health, 1),
        "known_arr": round(sum(one["arr"] or 0.0 for one in known), 2),
        "red_arr": round(sum(one["arr"] or 0.0 for one in listed if one["band"] == "red"), 2),
        "worst": next(band for band in _WORST if any(one["band"] == band for one in listed)),
    }


def many_unknown(listed: Iterable[Mapping[str, Any]]) -> int:
    """How many bands are unknown, when they are many; else 0."""
    bands = [row["band"] for row in listed]
    unknown = bands.count("unknown")
    return unknown if bands and unknown / len(bands) >= MANY else 0


def missing_line(conn: sqlite3.Connection, definitions: Definitions, unknown: int, total: int) -> str:
    """Why so many bands are unknown and what would lift the known share, in one line.

    Speaks of the card that most of them are scored by. Call after build_desk(…, measures=True).
    """
    cards = Counter(
        dict(
            conn.execute(
                "SELECT scorecard, COUNT(*) FROM account_facts WHERE band = 'unknown' AND status = 'customer' "
                "AND scorecard IS NOT NULL GROUP BY scorecard ORDER BY scorecard"
            ).fetchall()
        )
    )
    head = f"{unknown} of {total} bands are unknown"
    if not cards:
        return f"{head}: no scorecard of health.yaml applies"
    name, n = cards.most_common(1)[0]
    card = next(one for one in definitions.health.scorecards if one.name == name)
    share = conn.execute(
        "SELECT AVG(known_share) FROM account_facts WHERE band = 'unknown' AND status = 'customer' AND scorecard = ?",
        (name,),
    ).fetchone()[0]
    gaps = conn.execute(
        "SELECT m.measure, m.fact, m.weight, COUNT(*) FROM account_measures m "
        "JOIN account_facts f ON f.account = m.account "
        "WHERE f.band = 'unknown' AND f.status = 'customer' AND f.scorecard = ? AND m.state IN ('missing', 'stale') "
        "GROUP BY m.measure, m.fact, m.weight HAVING COUNT(*) * 2 > ? ORDER BY m.weight DESC, m.measure",
        (name, n),
    ).fetchall()
    if not gaps:
        return f"{head}: card {name}, known share {share:.2f} on average, {card.min_known_share:.2f} needed"
    named = ", ".join(
        f"{measure} ({weight:g}{'' if count == n else f', {round(100 * count / n)} %'})"
        for measure, _, weight, count in gaps
    )
    whom = "all" if all(count == n for *_, count in gaps) else "most"
    hints = list(dict.fromkeys(hint(conn, fact) for _, fact, _, _ in gaps))
    return (
        f"{head}: card {name}, known share {share:.2f} < {card.min_known_share:.2f}; missing for {whom}: {named}; "
        f"to lift it: {', '.join(hints)}"
    )


def hint(conn: sqlite3.Connection, name: str) -> str:
    """What would make a fact known."""
    from cs_cli.facts.catalogue import fact

    found = fact(name)
    if found is None:
        return f"see cs facts show {name}"
    if name.startswith("pulse"):
        return "log pulses (cs log ACCOUNT pulse)"
    if found.roles:
        if conn.execute("SELECT 1 FROM metric LIMIT 1").fetchone():
            return f"map usage: {found.roles[0]} in cs.yaml"
        return "import usage"
    kinds = [kind for kind in found.rows if kind != "account"] or ["account"]
    if "touch" in kinds:
        return "log touches (cs note)"
    return "import usage" if kinds[0] == "usage" else f"import {kinds[0].replace('_', ' ')}s"
