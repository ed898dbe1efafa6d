"""Where a fact comes from: its value, what it is made of, and every row behind it down to file and line."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from cs_cli.base.errors import UsageError
from cs_cli.base.near import did_you_mean
from cs_cli.facts import catalogue
from cs_cli.facts.compute import build_account_facts
from cs_cli.facts.evidence import FACT_COLUMNS, LATEST, SHOWN, kinds, looked_at, paid, visible
from cs_cli.facts.lateness import late_facts
from cs_cli.facts.row_text import row_text
from cs_cli.facts.spans import mrr_origins
from cs_cli.store.clock import LAID_OVER
from cs_cli.store.undo import usage_origin

if TYPE_CHECKING:
    from cs_cli.definitions.shapes import Settings


# Facts for which one use is enough, however long ago: the last one is shown.
_HABIT = ("human_usual_week", "human_vs_usual", "users_usual_week", "users_vs_usual")
_EVER = ("last_seen_days", "activated", "days_without_value")


@dataclass(frozen=True)
class ExplainRow:
    """One contributing record: its kind, the file and line it came from, the import, its own day, one line of text."""

    kind: str
    file: str | None
    line: int | None
    import_id: int
    day: str | None
    text: str


@dataclass(frozen=True)
class Explanation:
    """A fact of an account on a day. parts are the facts a derived fact is made of; freshness in days per kind."""

    account_id: str
    fact: str
    value: Any
    unit: str
    meaning: str
    day: str
    parts: list[Explanation] = field(default_factory=list)
    rows: list[ExplainRow] = field(default_factory=list)
    note: str = ""


def explain(
    conn: sqlite3.Connection, settings: Settings, day: date, account: int, fact: str, *, mrr_from: str = "auto"
) -> Explanation:
    """Explain one fact of one account (its number); call store.clock.set_clock before, for that account or all.

    Raises UsageError FAC-001 for an unknown fact.
    """
    one = catalogue.fact(fact)
    if one is None:
        raise unknown_fact(fact)
    names = set(_with_needs(one))
    build = build_account_facts(conn, settings, day, names, mrr_from=mrr_from)
    late = {name: since for name, (since, _) in late_facts(build, names).items()}
    asked = _Asked(conn, day, account, settings.currency, mrr_origins(conn, day, mrr_from), late)
    return _explained(asked, one, {})


@dataclass(frozen=True)
class _Asked:
    """Whose fact on which day; origins: which records MRR may come from; late: facts of late data → their day."""

    conn: sqlite3.Connection
    day: date
    account: int
    currency: str
    origins: tuple[str, ...]
    late: Mapping[str, date]


def unknown_fact(name: str, others: Iterable[str] = ()) -> UsageError:
    """There is no such fact; others: what may be meant besides facts, such as playbooks."""
    what = "fact, playbook, segment or scorecard" if others else "fact"
    error = UsageError.of(
        "FAC-001",
        f'there is no {what} "{name}"{did_you_mean(name, [*catalogue.facts(), *others])}',
        next="cs facts list shows all of them",
    )
    assert isinstance(error, UsageError)
    return error


def _with_needs(fact: catalogue.Fact) -> Iterator[str]:
    yield fact.name
    for name in fact.needs:
        yield from _with_needs(catalogue.facts()[name])


def _explained(asked: _Asked, fact: catalogue.Fact, done: dict[str, Explanation]) -> Explanation:
    if fact.name in done:
        return done[fact.name]
    found = asked.conn.execute(
        f'SELECT account_id, "{fact.name}" FROM account_facts WHERE account = ?', (asked.account,)
    ).fetchone()
    account_id, value = found if found else ("", None)
    parts = [_explained(asked, catalogue.facts()[name], done) for name in fact.needs]
    rows = list(_rows(asked, fact))
    nothing = value is not None and not rows
    if nothing and fact.unit == "flag":
        # a "no" is an answer about the rows that were looked at: the contacts of which none decides
        rows = list(_looked_at(asked, fact))
    rows.sort(key=lambda row: (row.kind, row.day or "", row.file or "", row.line or 0, row.import_id))
    note = _why_unknown(asked, fact, rows) if value is None else _why_nothing(asked, fact) if nothing else ""
    done[fact.name] = Explanation(
        account_id, fact.name, value, fact.unit, fact.meaning, asked.day.isoformat(), parts, rows, note
    )
    return done[fact.name]


def _why_unknown(asked: _Asked, fact: catalogue.Fact, rows: list[ExplainRow]) -> str:
    if fact.name in asked.late:
        return f"unknown: late, its data are of {asked.late[fact.name]} (cs check); scores keep the last value"
    if rows:
        return "unknown: these rows do not say enough"
    kinds = ", ".join(fact.rows) if fact.rows else "what it is made of"
    return f"unknown: no rows of {kinds} by this day"


def _why_nothing(asked: _Asked, fact: catalogue.Fact) -> str:
    """What a 0 or a no was counted from: how many rows of each kind there are, none of which counts."""
    if fact.name.startswith("freshness_"):
        return f"{fact.meaning}; of every account's rows together: cs imports list"
    if not fact.rows:
        return ""
    from_paid, others = kinds(fact.rows, asked.origins)
    found = [(kind, _count(asked, fact, kind)) for kind in (*from_paid, *others)]
    told = ", ".join(f"{kind} {count}" for kind, count in found if count)
    if told:
        return f"{fact.meaning}; rows by this day: {told}; none of them counts"
    return f"{fact.meaning}; the account has no {' or '.join(kind for kind, _ in found)} by this day"


def _count(asked: _Asked, fact: catalogue.Fact, kind: str) -> int:
    """The account's rows of a kind by the day, whatever they say."""
    column = "r.day" if kind == "usage" else visible(kind, fact.name)[1]
    row = asked.conn.execute(
        f"SELECT count(*) FROM known_{kind} r JOIN account_of a ON a.ref = r.ref "
        f"WHERE a.account = ? AND ({column} IS NULL OR {column} <= ?)",
        (asked.account, asked.day.isoformat()),
    ).fetchone()
    return int(row[0])


def _looked_at(asked: _Asked, fact: catalogue.Fact) -> Iterator[ExplainRow]:
    for kind in fact.rows:
        if kind != "usage":
            yield from _record_rows(asked, fact, kind, *looked_at(kind, fact.name))


def _rows(asked: _Asked, fact: catalogue.Fact) -> Iterator[ExplainRow]:
    from_paid, others = kinds(fact.rows, asked.origins)
    for kind in from_paid:
        yield from _record_rows(asked, fact, kind, *paid(kind, fact.name))
    if from_paid and fact.name in ("mrr", "arr"):
        yield from _rate_rows(asked)
    for kind in others:
        if kind == "usage":
            yield from _usage_rows(asked.conn, asked.account, fact)
        else:
            yield from _record_rows(asked, fact, kind, *visible(kind, fact.name))


def _rate_rows(asked: _Asked) -> Iterator[ExplainRow]:
    """The imported exchange rates of the day by which amounts of the account are converted."""
    on = ":day >= {0}.from_on AND ({0}.to_on IS NULL OR :day < {0}.to_on)"
    seen = set()
    for number, source, key, day, currency, rate in asked.conn.execute(
        "SELECT r.id, r.source, r.key, r.day, r.currency, r.rate FROM known_fx_rate r "
        f"JOIN temp.fx_period x ON x.currency = r.currency AND x.from_on = r.day AND {on.format('x')} WHERE r.rate > 0 "
        "AND EXISTS (SELECT 1 FROM temp.mrr_span m WHERE m.account = :account AND m.currency = r.currency "
        f"AND m.minor <> 0 AND {on.format('m')}) ORDER BY r.currency, r.source, r.key",
        {"day": asked.day.isoformat(), "account": asked.account},
    ).fetchall():
        if currency not in seen:  # of two rates of one day the first counts
            seen.add(currency)
            place = origin(asked.conn, "fx_rate", number, None)
            yield ExplainRow("fx_rate", *place, day, f"{source} {key}: 1 {currency} is {rate:g} {asked.currency}")


def _record_rows(
    asked: _Asked, fact: catalogue.Fact, kind: str, condition: str, day_column: str
) -> Iterator[ExplainRow]:
    """Rows of a kind that a fact saw on the day, each with the file that delivered the column in question."""
    from cs_cli.store.dialect import expand

    shown = SHOWN[kind]
    values = {"day": asked.day.isoformat(), "account": asked.account}
    for n in (28, 45, 60, 90, 180, 365):
        values[f"day_{n}"] = (asked.day - timedelta(days=n)).isoformat()
    columns = ", ".join(f'r."{column}"' for column in shown)
    text = (
        f"SELECT r.source, r.key, r.id, {day_column}, r.ref, {columns} FROM known_{kind} r "
        f"JOIN account_of a ON a.ref = r.ref WHERE a.account = :account AND ({condition}) "
        f"ORDER BY {day_column}, r.source, r.key"
    )
    found = asked.conn.execute(expand(text), values).fetchall()
    if fact.name in LATEST and found:
        newest = max((row[3] or "") for row in found)
        found = [row for row in found if (row[3] or "") == newest]
    wanted = next((one for one in FACT_COLUMNS.get(fact.name, ()) if one in shown), None)
    apart = {row[0] for row in asked.conn.execute("SELECT ref FROM temp.split")}
    for source, key, number, row_day, ref, *cells in found:
        said = dict(zip(shown, cells, strict=True))
        if kind == "account" and wanted:
            # of an account that column alone is meant, and only where it says something
            said = {wanted: said[wanted]}
            if said[wanted] is None:
                continue
        if kind == "subscription" and said["ended_on"]:
            said["ended_on"] = _as_written(asked.conn, number, said["ended_on"])
        file, line, import_id = origin(asked.conn, kind, number, wanted)
        yield ExplainRow(
            kind, file, line, import_id, row_day, f"{source} {key}: {row_text(kind, said, asked.currency)}"
            + ("; linked to this account by hand" if ref in apart else ""),
        )


def _as_written(conn: sqlite3.Connection, number: int, ended_on: str) -> str:
    """The end of a subscription as its file has it: the day before, where its ends are last days of service."""
    from cs_cli.intake.ends import LAST, day_before, reading_of

    source, said_on = conn.execute(
        "SELECT source, coalesce(speaks_for, day) FROM change_set WHERE id = ?",
        (_origin(conn, "subscription", number, "ended_on")[0],),
    ).fetchone()
    # an end that no cell said is the day of the import
    moved = source is not None and ended_on != said_on and reading_of(conn, source) == LAST
    return f"{day_before(ended_on)} (last day)" if moved else ended_on


def origin(conn: sqlite3.Connection, kind: str, number: int, column: str | None) -> tuple[str | None, int | None, int]:
    """File, line and import behind a version of a record.

    A version keeps what older files said in columns its own file lacks: for such a column this walks back to the
    version whose file delivered it, past what was undone; of a version by hand to the one that changed it.
    """
    found = _origin(conn, kind, number, column)
    file = conn.execute("SELECT file, kind FROM change_set WHERE id = ?", (found[0],)).fetchone()
    name = None if file is None else file[0] or ("entered by hand" if file[1] == "hand" else file[1])
    return name, found[1], found[0]


def _origin(conn: sqlite3.Connection, kind: str, number: int, column: str | None) -> tuple[int, int | None]:
    """(change set, line) that delivered the column, else the version as a whole."""
    cell = f'"{column}"' if column else "NULL"
    frame = f"coalesce(origin_import, import_id), coalesce(origin_line, line), {cell} FROM main.{kind}"
    source, key, *version = conn.execute(f"SELECT source, key, {frame} WHERE id = ?", (number,)).fetchone()
    whole = int(version[0]), version[1]
    if column is None:
        return whole
    if kind in LAID_OVER and source == "hand" and version[2] is None:
        # what a hand left open about a record is what its import says
        beneath = _beneath(conn, kind, key)
        return whole if beneath is None else _origin(conn, kind, beneath, column)
    while True:
        by, delivered = conn.execute("SELECT kind, columns FROM change_set WHERE id = ?", (version[0],)).fetchone()
        # the chain as it stood before that set: what came in between and was undone is no part of it
        earlier = conn.execute(
            f"SELECT {frame} WHERE source = ? AND key = ? AND import_id < ? ORDER BY import_id DESC, id DESC LIMIT 1",
            (source, key, version[0]),
        ).fetchone()
        if delivered is not None:
            said_here = column in json.loads(delivered)
        else:
            said_here = by != "hand" or earlier is None or earlier[2] != version[2]
        if said_here:
            return int(version[0]), version[1]
        if earlier is None:
            return whole
        version = list(earlier)


def _beneath(conn: sqlite3.Connection, kind: str, key: str) -> int | None:
    """The import's version of a record that an entry by hand (key "source:key") lies on."""
    source, _, own = key.partition(":")
    row = conn.execute(
        f"SELECT id FROM main.{kind} WHERE source = ? AND key = ? "
        "AND import_id <= coalesce((SELECT known FROM temp.clock), import_id) ORDER BY import_id DESC, id DESC LIMIT 1",
        (source, own),
    ).fetchone()
    return None if row is None else int(row[0])


def _usage_rows(conn: sqlite3.Connection, account: int, fact: catalogue.Fact) -> Iterator[ExplainRow]:
    """Usage rows inside the windows of the fact, newest window only as far as the fact looks back."""
    if fact.name.startswith(catalogue.PER_METRIC):
        metrics = [
            number
            for number, name in conn.execute("SELECT id, name FROM metric")
            if catalogue.metric_fact(name) == fact.name
        ]
        spans = [row for row in conn.execute("SELECT metric, d28, last_day FROM coverage") if row[0] in metrics]
    else:
        half_year = dict.fromkeys(_HABIT, "d182")
        back = {"usage_trend_13w": "d91", "key_actions_vs_median": "d364", **half_year}.get(
            fact.name, "d56" if "change" in fact.name or "before" in fact.name else "d28"
        )
        upto = "d28" if fact.name == "usage_before_28d" or fact.name.endswith("_usual_week") else "last_day"
        if fact.name in _EVER:
            back = "''"  # however long ago
        marks = ", ".join("?" * len(fact.roles)) or "NULL"
        spans = conn.execute(
            f"SELECT DISTINCT metric, {back}, {upto} FROM covered WHERE role IN ({marks}) ORDER BY metric", fact.roles
        ).fetchall()
        if fact.name == "activated":
            spans = conn.execute("SELECT metric, '', last_day FROM covered WHERE role = 'key_actions'").fetchall()
    for metric, after, last in spans:
        name = conn.execute("SELECT name FROM metric WHERE id = ?", (metric,)).fetchone()[0]
        rows = conn.execute(
            "SELECT u.ref, u.day, u.value, u.import_id, u.line, c.file, c.kind FROM account_of a "
            "JOIN known_usage u ON u.ref = a.ref AND u.metric = ? AND u.day > ? AND u.day <= ? "
            "LEFT JOIN change_set c ON c.id = u.import_id WHERE a.account = ? ORDER BY u.day",
            (metric, after, last, account),
        ).fetchall()
        if fact.name in _EVER:
            rows = [row for row in rows if row[2] > 0][-1:]
        for ref, row_day, value, import_id, line, file, kind in rows:
            if kind == "undo":
                # put back by an undo: from the file that had said it first
                was = usage_origin(conn, ref, metric, row_day, (import_id, line))
                if was is not None:
                    import_id, line = was
                    file = conn.execute("SELECT file FROM change_set WHERE id = ?", (import_id,)).fetchone()[0]
            yield ExplainRow("usage", file or kind, line, import_id, row_day, f"{name} {value:g}")
