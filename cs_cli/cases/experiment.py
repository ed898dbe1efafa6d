"""What became of the cases of a playbook, and of those that it held out: any condition, within so many days.

The unit is the subject that was drawn (an account, or a contract): its first case in the window. Later ones of the same
are no new draw. Only those old enough count, also where it has happened already, or the quick ones would count twice.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

from cs_cli.definitions.grammar import CHURNED, parse_outcome
from cs_cli.scoring.two_arms import Arm, difference, together, verdict

if TYPE_CHECKING:
    import sqlite3

    from cs_cli.cases.model import Case
    from cs_cli.definitions.shapes import Playbook
    from cs_cli.definitions.workspace import Definitions

NO_STRATUM = "unknown"


class Drawn(NamedTuple):
    """A case that counts: whether it was held out, whether the outcome came (None: cannot be told), its stratum."""

    case: Case
    came: bool | None
    stratum: str


def first_cases(cases: Iterable[Case]) -> list[Case]:
    """The first case of each subject, in the order of their numbers."""
    first: dict[str, Case] = {}
    for case in sorted(cases, key=lambda one: (one.opened_on, one.number)):
        first.setdefault(case.subject, case)
    return sorted(first.values(), key=lambda one: one.number)


def drawn(
    conn: sqlite3.Connection, definitions: Definitions, book: Playbook, cases: Sequence[Case], day: date, *,
    known_at: date | None, churned: Mapping[int, Sequence[date]], by: str | None,
) -> list[Drawn]:  # fmt: skip
    """The cases old enough on the day to have an outcome, each with it.

    churned: account → days on which it stopped paying; by: the dimension of segments.yaml, as of the opening day.
    Replaces the TEMP tables of the desk where the outcome is a condition, or by is given.
    """
    outcome = parse_outcome(book.control.outcome)
    assert outcome is not None, "loading refuses what is no outcome"
    condition, days = outcome
    old = [case for case in first_cases(cases) if (day - case.opened_on).days >= days]
    came: Mapping[int, bool | None]
    if condition == CHURNED:
        came = {case.number: _within(case, days, churned.get(case.account, ())) for case in old}
    else:
        came = _came(conn, definitions, condition, days, old, known_at)
    strata = {} if by is None else _strata(conn, definitions, by, old, known_at)
    return [Drawn(case, came[case.number], strata.get(case.number, NO_STRATUM)) for case in old]


def _within(case: Case, days: int, when: Iterable[date]) -> bool:
    return any(case.opened_on <= one <= case.opened_on + timedelta(days=days) for one in when)


def _came(
    conn: sqlite3.Connection, definitions: Definitions, text: str, days: int, cases: Sequence[Case],
    known_at: date | None,
) -> dict[int, bool | None]:  # fmt: skip
    """Case number → whether the condition held on one of the days after the opening, seen by the dates in the data.

    None where it held on none and cannot be told on the last.
    """
    from cs_cli.definitions.conditions import parse
    from cs_cli.scoring.desk import names_of

    condition = parse(text, names_of(definitions))
    due: dict[date, list[Case]] = defaultdict(list)
    for case in cases:
        for n in range(1, days + 1):
            due[case.opened_on + timedelta(days=n)].append(case)
    found: dict[int, bool | None] = {}
    for then in sorted(due):
        waiting = [case for case in due[then] if found.get(case.number) is not True]
        facts = _facts(conn, definitions, then, known_at, condition.names, waiting)
        for case in waiting:
            about = facts.get(case.account)
            found[case.number] = None if about is None else condition.evaluate(about)
    return found


def _strata(
    conn: sqlite3.Connection, definitions: Definitions, by: str, cases: Sequence[Case], known_at: date | None
) -> dict[int, str]:
    """Case number → the account's segment on the day the case opened."""
    found: dict[int, str] = {}
    for then in sorted({case.opened_on for case in cases}):
        mine = [case for case in cases if case.opened_on == then]
        facts = _facts(conn, definitions, then, known_at, {by}, mine)
        found |= {case.number: str(facts.get(case.account, {}).get(by) or NO_STRATUM) for case in mine}
    return found


def _facts(
    conn: sqlite3.Connection, definitions: Definitions, day: date, known_at: date | None, names: Iterable[str],
    cases: Sequence[Case],
) -> dict[int, dict[str, Any]]:  # fmt: skip
    """Account → the facts of those names on the day."""
    from cs_cli.scoring.desk import build_desk
    from cs_cli.store.connection import rows

    accounts = sorted({case.account for case in cases})
    if not accounts:
        return {}
    wanted = sorted({"status", *names})
    build_desk(conn, definitions, day, known_at, accounts, need=wanted)
    listed = ", ".join(f'"{name}"' for name in wanted)
    return {row.pop("account"): row for row in rows(conn, f"SELECT account, {listed} FROM temp.account_facts")}


def compared(found: Sequence[Drawn], held_out: float, strata: bool) -> list[dict[str, Any]]:
    """The arms and what can be said: one row, or with strata one for each and the last, "all", over them.

    {stratum, happened, n, rate, control_happened, control_n, control_rate, difference, difference_low,
    difference_high, not_told, verdict}; n are those whose outcome is known, not_told the others.
    """
    if not strata:
        return [_row(None, found, held_out)]
    groups: dict[str, list[Drawn]] = defaultdict(list)
    for one in found:
        groups[one.stratum].append(one)
    listed = [_row(name, groups[name], held_out) for name in sorted(groups)]
    both = [name for name in sorted(groups) if all(arm.n for arm in _arms(groups[name]))]
    pairs = [_arms(groups[name]) for name in both]
    mine, theirs = (Arm(sum(pair[at].happened for pair in pairs), sum(pair[at].n for pair in pairs)) for at in (0, 1))
    left = [name for name in sorted(groups) if name not in both]
    apart = together(pairs)
    words = verdict(apart, mine, theirs, held_out)
    if left and both:
        words += f"; without {', '.join(left)}, where one arm has nobody"
    not_told = sum(each.came is None for each in found)
    return [*listed, _figures("all", *_arms(found), not_told) | _apart(apart) | {"verdict": words}]


def _arms(found: Sequence[Drawn]) -> tuple[Arm, Arm]:
    told = [[one.came for one in found if one.case.control is out and one.came is not None] for out in (False, True)]
    return Arm(sum(told[0]), len(told[0])), Arm(sum(told[1]), len(told[1]))


def _row(stratum: str | None, found: Sequence[Drawn], held_out: float) -> dict[str, Any]:
    one, other = _arms(found)
    apart = difference(one, other)
    row = _figures(stratum, one, other, sum(each.came is None for each in found)) | _apart(apart)
    return row | {"verdict": verdict(apart, one, other, held_out)}


def _figures(stratum: str | None, one: Arm, other: Arm, not_told: int) -> dict[str, Any]:
    return {
        "stratum": stratum,
        "happened": one.happened, "n": one.n, "rate": round(one.share, 4) if one.n else None,
        "control_happened": other.happened, "control_n": other.n,
        "control_rate": round(other.share, 4) if other.n else None, "not_told": not_told,
    }  # fmt: skip


def _apart(found: Any) -> dict[str, Any]:
    value, low, high = found or (None, None, None)
    return {"difference": value, "difference_low": low, "difference_high": high}
