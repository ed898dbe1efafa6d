"""Whatever the condition and the facts: SQLite and Python come to the same three-valued answer."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cs_cli.definitions.conditions import ConditionFault, NameType, Params, check, parse

NAMES = {
    "arr": NameType("money"),
    "mrr": NameType("money"),
    "seats": NameType("number"),
    "users": NameType("number"),
    "overdue_days": NameType("days"),
    "days_to_renewal": NameType("days"),
    "usage_change": NameType("ratio"),
    "health": NameType("score"),
    "tier": NameType("text", ("A", "B", "C")),
    "plan": NameType("text"),
    "country": NameType("text"),
    "auto_renew": NameType("flag"),
    "champion_left": NameType("flag"),
    "renewal_date": NameType("date"),
    "signed_on": NameType("date"),
    "need": NameType("text", ("pain", "gain"), many=True),
}

NUMBERS = st.one_of(st.integers(-50, 50), st.sampled_from([0, 0.0, 0.5, -0.5, 2.5, 0.1, 0.2, 0.3, 1e6, -1e6]))
TEXTS = st.sampled_from(["Pro", "pro", "PRO ", "", "STRASSE", "straße", "İ", "a,b", "50%", "it's", "x_y"])
DATES = st.sampled_from(["2026-01-31", "2026-02-28", "2025-12-01"])


def value_for(fact: NameType) -> st.SearchStrategy[Any]:
    if fact.type == "flag":
        return st.sampled_from([0, 1])
    if fact.many:
        return st.sampled_from([",pain,", ",pain,gain,", ",gain,", ","])
    if fact.values:
        return st.sampled_from(list(fact.values))
    return DATES if fact.type == "date" else TEXTS if fact.type == "text" else NUMBERS


FACTS = st.fixed_dictionaries({name: st.none() | value_for(fact) for name, fact in NAMES.items()})

_number = st.sampled_from(
    [
        "arr",
        "mrr",
        "seats",
        "users",
        "overdue_days",
        "usage_change",
        "health",
        "0",
        "1",
        "2.5",
        "30%",
        "1_000",
        "-3",
    ]
)
_arithmetic = st.recursive(
    _number,
    lambda below: st.one_of(
        st.tuples(below, st.sampled_from("+-*/"), below).map(lambda t: f"({t[0]} {t[1]} {t[2]})"),
        st.tuples(st.sampled_from(["min", "max", "coalesce"]), below, below).map(
            lambda t: f"{t[0]}({t[1]}, {t[2]})"
        ),
        below.map(lambda a: f"abs({a})"),
        below.map(lambda a: f"round({a})"),
        below.map(lambda a: f"round({a}, 2)"),
        below.map(lambda a: f"-{a}"),
    ),
    max_leaves=6,
)
_written = TEXTS.map(lambda text: '"' + text + '"')
_text = st.sampled_from(
    [
        "plan",
        "country",
        "tier",
        "lower(plan)",
        'coalesce(tier, "a")',
        'coalesce(plan, "None")',
        "coalesce(tier, plan)",
    ]
)
_atom = st.one_of(
    st.tuples(_arithmetic, st.sampled_from(["<", "<=", ">", ">=", "==", "!="]), _arithmetic).map(" ".join),
    st.tuples(_number, st.just("<="), _arithmetic, st.just("<"), _number).map(" ".join),
    st.tuples(_text, st.sampled_from(["==", "!="]), st.one_of(_written, _text)).map(" ".join),
    st.tuples(_text, st.sampled_from(["in", "not in"]), _written, _written).map(
        lambda t: f"{t[0]} {t[1]} ({t[2]}, {t[3]})"
    ),
    st.sampled_from(
        [
            'tier == "a"',
            'tier != "B"',
            'tier in ("A", "c")',
            'tier not in ("b",)',
            'need == "PAIN"',
            'need != "pain"',
            'need in ("gain", "pain")',
            'need not in ("gain",)',
            'contains(need, "Gain")',
            'contains(plan, "RO")',
            'starts_with(plan, "pr")',
            'starts_with(country, "stras")',
            "auto_renew",
            "champion_left == auto_renew",
            "auto_renew != true",
            "renewal_date < signed_on",
            'renewal_date >= "2026-01-31"',
            'renewal_date in ("2026-01-31", "2025-12-01")',
            "coalesce(auto_renew, false)",
            "true",
            "coalesce(arr > 5, champion_left)",
            "0 <= overdue_days <= 30 < 40",
            "seats in (1, 2.5, 3)",
            "usage_change in (30%, 0)",
        ]
    ),
    st.tuples(
        st.one_of(_arithmetic, _text, st.just("auto_renew")),
        st.sampled_from(["is missing", "is not missing"]),
    ).map(" ".join),
)
CONDITIONS = st.recursive(
    _atom,
    lambda below: st.one_of(
        st.tuples(below, st.sampled_from(["and", "or"]), below).map(lambda t: f"({t[0]} {t[1]} {t[2]})"),
        below.map(lambda a: f"not ({a})"),
    ),
    max_leaves=6,
)


@pytest.fixture(scope="module")
def conn() -> Iterator[sqlite3.Connection]:
    made = sqlite3.connect(":memory:")
    made.create_function("fold", 1, lambda x: None if x is None else str(x).casefold(), deterministic=True)
    kinds = {"text": "TEXT", "date": "TEXT", "flag": "INTEGER"}
    columns = ", ".join(f'"{name}" {kinds.get(fact.type, "NUMERIC")}' for name, fact in NAMES.items())
    made.execute(f"CREATE TABLE account_facts({columns})")
    yield made
    made.close()


def truth_in_sql(conn: sqlite3.Connection, text: str, facts: dict[str, Any]) -> bool | None:
    params = Params()
    sql = parse(text, NAMES).sql(params)
    conn.execute("DELETE FROM account_facts")
    marks = ", ".join("?" * len(facts))
    columns = ", ".join(f'"{name}"' for name in facts)
    conn.execute(f"INSERT INTO account_facts({columns}) VALUES({marks})", list(facts.values()))
    (answer,) = conn.execute(f"SELECT {sql} FROM account_facts", params.values).fetchone()
    assert answer in (0, 1, None)
    return None if answer is None else bool(answer)


@settings(max_examples=600, deadline=None, suppress_health_check=list(HealthCheck))
@given(text=CONDITIONS, facts=FACTS)
def test_sql_and_python_agree(conn: sqlite3.Connection, text: str, facts: dict[str, Any]) -> None:
    try:
        condition = parse(text, NAMES)
    except ConditionFault as fault:  # mixed units and unknown values are refused, and say so
        refused = {one.ident for one in fault.faults}
        unexpected = refused - {"DEF-043", "DEF-044", "DEF-046", "DEF-048", "DEF-050"}
        if unexpected:
            raise AssertionError(unexpected) from fault
        return
    expected = condition.evaluate(facts)
    assert truth_in_sql(conn, text, facts) is expected
    atoms = condition.atoms(facts)
    assert atoms
    assert all(atom.truth in (True, False, None) for atom in atoms)
    because = condition.because(facts)
    assert "\n" not in because
    # what lint says is never contradicted by any facts
    if expected is True:
        assert not condition.never_true
    else:
        assert not condition.always_true
    if expected is False:
        assert not condition.always_true_when_known


@settings(max_examples=300, deadline=None)
@given(text=st.text(max_size=60) | st.text("arplnA()<>=\"' 0%#.,\n-andorti[]{}", max_size=60))
def test_any_text_is_taken_or_refused_with_a_place(text: str) -> None:
    for one in check(text, NAMES, file="x.yaml", line=3, column=7):
        assert one.ident.startswith("DEF-04") or one.ident == "DEF-050"
        assert (one.line or 0) >= 3
        assert one.excerpt is not None
