"""All facts of all accounts on a day, as SQL: TEMP TABLE account_facts and contract_facts."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import TYPE_CHECKING

from cs_cli.facts import sqltext
from cs_cli.facts.catalogue import PER_METRIC, SQL_TYPES, Fact, Theme, metric_fact, themes
from cs_cli.facts.contracts import build_contract_facts
from cs_cli.facts.coverage import build_coverage, is_rolling
from cs_cli.facts.news import Delivery, build_looked, delivery
from cs_cli.facts.pruning import columns_read, prune
from cs_cli.facts.seen import newest
from cs_cli.facts.sources import EVIDENCE, build_people, build_roles
from cs_cli.facts.spans import PAUSE_DAYS, RECORDS, build_spans, money_values, mrr_origins
from cs_cli.facts.working_days import build_working_days

if TYPE_CHECKING:
    from cs_cli.definitions.shapes import Settings

__all__ = ["Build", "build_account_facts", "build_contract_facts"]


class Build:
    """One building of facts: the parameters found so far and the themes that stand.

    wanted: theme → the facts that are asked for; a theme that is not in it is only gone through for what
    it builds on.
    """

    def __init__(
        self,
        conn: sqlite3.Connection,
        settings: Settings,
        day: date,
        mrr_from: str = "auto",
        wanted: Mapping[str, frozenset[str]] | None = None,
    ) -> None:
        self.conn, self.settings, self.day, self.mrr_from = conn, settings, day, mrr_from
        self.wanted = wanted or {}
        self.values: dict[str, object] = {
            "day": day.isoformat(), "pause_days": PAUSE_DAYS, **money_values(settings)
        }  # fmt: skip
        self.deliveries: dict[str, Delivery] = {}
        self.late_roles: dict[str, date] = {}
        self.judged: set[str] = set()  # kinds of which a fact asked whether they are late
        self.done: set[str] = set()
        self.metrics: Iterable[int] | None = ()

    def theme(self, name: str) -> None:
        """Build a theme once, what it needs first."""
        if name in self.done:
            return
        self.done.add(name)
        if name == "coverage":
            found = build_coverage(self.conn, self.settings, self.day, self.metrics)
            usage, late = found.pop("delivery"), found.pop("late_roles")
            assert isinstance(usage, Delivery) and isinstance(late, dict)
            self.deliveries["usage"], self.late_roles = usage, late
            self.values.update(found)
            return
        if name == "spans":
            build_spans(self.conn, self.settings, self.day, self.mrr_from)
            return
        theme = themes()[name]
        for earlier in theme.after:
            self.theme(earlier)
        if not theme.facts:
            for statement in sqltext.statements(theme.text):
                self.run(statement)
        elif name in self.wanted:
            *before, last = prune(theme.text, self.wanted[name])
            for statement in before:
                self.run(statement)
            columns = ", ".join(f'"{fact.name}" {SQL_TYPES[fact.unit]}' for fact in theme.among(self.wanted[name]))
            self.conn.execute(f"DROP TABLE IF EXISTS temp.fact_{name}")
            self.conn.execute(f"CREATE TEMP TABLE fact_{name}(account INTEGER PRIMARY KEY, {columns})")
            self.run(f"INSERT INTO temp.fact_{name} {last}")

    def run(self, statement: str) -> None:
        if "FROM working_day" in statement and "working_day" not in self.done:
            self.done.add("working_day")
            build_working_days(self.conn, self.settings, self.day)
        if "person_called" in statement and "person_called" not in self.done:
            self.done.add("person_called")
            build_people(self.conn, self.settings)
        if "person_role" in statement and "person_role" not in self.done:
            self.done.add("person_role")
            build_roles(self.conn, self.settings)
        if "JOIN looked" in statement and "looked" not in self.done:
            self.done.add("looked")
            build_looked(self.conn, self.settings, "invoice")
        if table := sqltext.created_table(statement):
            self.conn.execute(f"DROP TABLE IF EXISTS temp.{table}")
        self.conn.execute(statement, {name: self.value(name) for name in sqltext.parameters(statement)})

    def value(self, name: str) -> object:
        """The value of a :parameter: a day so many days before, whether a kind is known, how old its news is."""
        if name not in self.values:
            self.values[name] = self._find(name)
        return self.values[name]

    def _find(self, name: str) -> object:
        word, _, rest = name.partition("_")
        if word == "day":
            return (self.day - timedelta(days=int(rest))).isoformat()
        if name == "known_revenue":
            found = [RECORDS[one] for one in mrr_origins(self.conn, self.day, self.mrr_from, complete=True)]
            # billing imported without a single row is knowledge too
            kinds = found or ["subscription", "mrr_event"]
            self.judged.update(kinds)
            return int(any(self.delivery(kind).known for kind in kinds))
        if name.startswith("known_role_"):
            row = self.conn.execute(
                "SELECT 1 FROM known_contact WHERE role = ? AND (created_on IS NULL OR created_on <= ?) LIMIT 1",
                (name.removeprefix("known_role_"), self.day.isoformat()),
            ).fetchone()
            return int(row is not None)
        if name == "known_it":  # a base whose contacts have neither that role nor any title cannot tell
            row = self.conn.execute(
                "SELECT 1 FROM known_contact WHERE (role = 'it' OR title IS NOT NULL) "
                "AND (created_on IS NULL OR created_on <= ?) LIMIT 1",
                (self.day.isoformat(),),
            ).fetchone()
            return int(row is not None)
        if name == "known_ticket_category":
            row = self.conn.execute(
                "SELECT 1 FROM known_ticket WHERE category IS NOT NULL AND opened_on <= ? LIMIT 1",
                (self.day.isoformat(),),
            ).fetchone()
            return int(row is not None)
        if name == "crm_tells":
            self.delivery("account")  # which reads all of its days
            return int(newest(self.conn, "account", EVIDENCE["account"][1:], self.day) is not None)
        if word in ("known", "late"):
            self.judged.add(rest)
            news = self.delivery(rest)
            return int(news.known if word == "known" else news.late)
        if word == "seen":
            return (self.day - timedelta(days=self.delivery(rest).age or 0)).isoformat()
        if word == "age":
            if rest == "touch":
                ages = [one.age for one in (self.delivery("touch"), self.delivery("note")) if one.age is not None]
                return min(ages, default=None)
            return self.delivery(rest).age
        raise KeyError(f"no theme parameter :{name}")

    def late_since(self, kind: str) -> tuple[date, date] | None:
        """The last day that a late kind covers, and the last one before it was late; None where it is not late, or
        was not asked for."""
        found = self.deliveries.get(kind) if kind in self.judged else None
        if found is None or not found.late:
            return None
        covered = self.day - timedelta(days=found.age or 0)
        return covered, covered + timedelta(days=found.limit or 0)

    def delivery(self, kind: str) -> Delivery:
        if kind == "usage":
            self.theme("coverage")
        elif kind not in self.deliveries:
            self.deliveries[kind] = delivery(self.conn, self.settings, self.day, kind)
        return self.deliveries[kind]


def build_account_facts(
    conn: sqlite3.Connection, settings: Settings, day: date, names: set[str] | None = None, *, mrr_from: str = "auto",
    room: Iterable[str] = (),
) -> Build:  # fmt: skip
    """TEMP TABLE account_facts(account, account_id, <facts>): one row per account of the population.

    Call store.clock.set_clock first. names: the facts wanted, and no others are built (unknown names
    are left out); None: all, with one usage_28d__<metric> per metric. Money is in major units of the
    reporting currency, flags are 0/1, unknown is NULL. room: text columns to follow, empty as yet: each
    ALTER TABLE reads the whole schema anew. Leaves fx, mrr_span and, where built, term, coverage behind
    for those who come after. Gives what was found on the way.
    """
    conn.execute("DROP TABLE IF EXISTS temp.term")  # of an earlier day
    chosen = [
        (theme, asked)
        for theme in themes().values()
        if (asked := theme.facts if names is None else theme.among(names))
    ]
    build = Build(conn, settings, day, mrr_from, _with_what_they_read(chosen))
    per_metric = _per_metric(conn, names)
    build.metrics = [number for numbers in per_metric.values() for number in numbers]
    for theme, _ in chosen:
        build.theme(theme.name)
    if per_metric:
        build.theme("coverage")
    _assemble(conn, chosen, per_metric, room)
    return build


def _with_what_they_read(chosen: Iterable[tuple[Theme, Iterable[Fact]]]) -> dict[str, frozenset[str]]:
    """Theme → the facts to build: the chosen ones and those of other themes that their statements read."""
    wanted = {theme.name: frozenset(fact.name for fact in asked) for theme, asked in chosen}
    unread = list(wanted)
    while unread:
        name = unread.pop()
        for other, facts in columns_read(prune(themes()[name].text, wanted[name])).items():
            if not facts <= wanted.get(other, frozenset()):
                wanted[other] = wanted.get(other, frozenset()) | facts
                unread.append(other)
    return wanted


def _per_metric(conn: sqlite3.Connection, names: set[str] | None) -> dict[str, list[int]]:
    """Fact name → metric numbers for the per-metric facts that are wanted."""
    if names is not None and not any(name.startswith(PER_METRIC) for name in names):
        return {}
    found: dict[str, list[int]] = (
        {} if names is None else {name: [] for name in sorted(names) if name.startswith(PER_METRIC)}
    )
    for number, name in conn.execute("SELECT id, name FROM metric ORDER BY name"):
        fact_name = metric_fact(name)
        if names is None or fact_name in found:
            found.setdefault(fact_name, []).append(number)
    return found


def _assemble(
    conn: sqlite3.Connection,
    chosen: list[tuple[Theme, list[Fact]]],
    per_metric: dict[str, list[int]],
    room: Iterable[str],
) -> None:
    """One row per account from the themes' tables."""
    columns = [
        (fact.name, SQL_TYPES[fact.unit], f'fact_{theme.name}."{fact.name}"')
        for theme, asked in chosen
        for fact in asked
    ]
    joins = [f"LEFT JOIN temp.fact_{theme.name} ON fact_{theme.name}.account = p.account" for theme, _ in chosen]
    if per_metric:
        _pivot(conn, per_metric)
        columns += [(name, "NUMERIC", f'm."{name}"') for name in per_metric]
        joins.append("LEFT JOIN temp.fact_per_metric m ON m.account = p.account")
    taken = {"account", "account_id", *(name for name, _, _ in columns)}
    columns += [(name, "TEXT", "NULL") for name in room if name not in taken]
    shape = "".join(f', "{name}" {kind}' for name, kind, _ in columns)
    values = "".join(f", {value}" for _, _, value in columns)
    conn.execute("DROP TABLE IF EXISTS temp.account_facts")
    conn.execute(f"CREATE TEMP TABLE account_facts(account INTEGER PRIMARY KEY, account_id TEXT NOT NULL{shape})")
    conn.execute(
        f"INSERT INTO temp.account_facts SELECT p.account, p.account_id{values} FROM population p {' '.join(joins)}"
    )


def _pivot(conn: sqlite3.Connection, per_metric: dict[str, list[int]]) -> None:
    """fact_per_metric: one column per metric; NULL where its export is stale or the account is not linked."""
    named = dict(conn.execute("SELECT metric, name FROM coverage WHERE stale = 0"))
    rolling = ", ".join(str(number) for number, name in named.items() if is_rolling(name))
    values = []
    for numbers in per_metric.values():
        inside = ", ".join(str(number) for number in numbers if number in named)
        total = f"sum(CASE WHEN w.metric IN ({inside}) THEN w.total END)" if inside else "NULL"
        # no row of a count is none; no figure of a stretch of days is not known
        counted = inside and not any(is_rolling(named[number]) for number in numbers if number in named)
        values.append(f"coalesce({total}, 0)" if counted else total)
    shape = ", ".join(f'"{name}" NUMERIC' for name in per_metric)
    conn.execute("DROP TABLE IF EXISTS temp.fact_per_metric")
    conn.execute(f"CREATE TEMP TABLE fact_per_metric(account INTEGER PRIMARY KEY, {shape})")
    conn.execute(
        "INSERT INTO temp.fact_per_metric WITH w AS (SELECT a.account, c.metric, sum(u.value) AS total "
        "FROM account_of a CROSS JOIN coverage c "
        "CROSS JOIN known_usage u WHERE u.ref = a.ref AND u.metric = c.metric "
        "AND u.day > c.d28 AND u.day <= c.last_day "
        f"AND (c.metric NOT IN ({rolling}) OR u.day = (SELECT max(v.day) FROM known_usage v "
        "WHERE v.ref = u.ref AND v.metric = u.metric AND v.day <= c.last_day)) "
        "AND c.stale = 0 GROUP BY a.ref, c.metric) "
        f"SELECT k.account, {', '.join(values)} FROM usage_linked k LEFT JOIN w ON w.account = k.account "
        "WHERE k.role = '' GROUP BY k.account"
    )
