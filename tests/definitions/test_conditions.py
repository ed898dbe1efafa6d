"""The condition language, case by case: verdicts, reasons, and every refusal with its place."""

from __future__ import annotations

from typing import Any

import pytest

from cs_cli.base.errors import DefinitionInvalid
from cs_cli.definitions.conditions import NameType, Params, check, parse, parse_expression

NAMES = {
    "arr": NameType("money"),
    "overdue_days": NameType("days"),
    "tier": NameType("text", ("A", "B", "C")),
    "nps": NameType("number"),
    "auto_renew": NameType("flag"),
    "usage_change_28d": NameType("ratio"),
    "plan": NameType("text"),
    "renewal_date": NameType("date"),
    "health": NameType("score"),
    "need": NameType("text", ("pain", "gain"), many=True),
    "days_to_renewal": NameType("days"),
}
FACTS: dict[str, Any] = {
    "arr": 25000.0,
    "overdue_days": 34,
    "tier": "A",
    "nps": None,
    "auto_renew": 0,
    "usage_change_28d": -0.42,
    "plan": "Pro",
    "renewal_date": "2026-05-01",
    "health": 44.0,
    "need": ",pain,",
    "days_to_renewal": 45,
}


@pytest.mark.parametrize(
    ("text", "truth", "because"),
    [
        ("overdue_days > 30", True, "overdue 34 days (more than 30)"),
        ('overdue_days > 30 and tier == "a"', True, "overdue 34 days (more than 30); tier A"),
        ('overdue_days > 60 or tier == "A"', True, "tier A"),
        (
            "health < 50 and arr >= 20_000 and not auto_renew",
            True,
            "health 44 (below 50); ARR 25,000 (at least 20,000); not auto renew",
        ),
        ("0 <= days_to_renewal <= 90", True, "45 days to renewal (0 to 90)"),
        ("usage_change_28d < -30%", True, "usage change 28d -42% (below -30%)"),
        ("usage_change_28d < - 30 %", True, "usage change 28d -42% (below -30%)"),
        ("nps is missing", True, "NPS unknown"),
        ("nps is not missing", False, "NPS unknown"),
        ("nps > 5", None, "NPS unknown"),
        ("not nps > 5", None, "NPS unknown"),
        ("nps > 5 or overdue_days > 30", True, "overdue 34 days (more than 30)"),
        ("nps > 5 and overdue_days > 60", False, "overdue 34 days (at most 60)"),
        ('plan == "PRO"', True, "plan Pro"),
        ('plan in ("basic", "pro")', True, "plan Pro"),
        ('tier not in ("B",)', True, "tier A"),
        ('contains(plan, "R")', True, 'contains(plan, "R") (plan Pro)'),
        ('starts_with(plan, "x")', False, 'not starts_with(plan, "x") (plan Pro)'),
        ('need == "Pain"', True, 'need == "Pain"'),
        ('renewal_date < "2026-06-30"', True, "renewal date 2026-05-01 (before 2026-06-30)"),
        ("coalesce(nps, 0) < 7", True, "NPS unknown"),
        ("arr / 0 > 1", None, ""),
        ("min(arr, 5000) == 5000", True, "min(arr, 5000) == 5000 (arr 25000)"),
        ("round(2.5) == 3 and round(-2.5) == -3", True, "round(2.5) == 3; round(-2.5) == -3"),
        ("coalesce(nps, health) < 50", True, "health 44 (below 50)"),
        ("30 < overdue_days", True, "overdue 34 days (more than 30)"),
        ("overdue_days > days_to_renewal - 20", True, "overdue 34 days (more than days_to_renewal - 20 = 25)"),
        ("not overdue_days <= 30", True, "overdue 34 days (more than 30)"),
        ("otherwise", True, "otherwise"),
        (
            'overdue_days > 30 and\n  (tier == "B"  # second\n   or health < 50)',
            True,
            "overdue 34 days (more than 30); health 44 (below 50)",
        ),
    ],
)
def test_verdict_and_reason(text: str, truth: bool | None, because: str) -> None:
    condition = parse(text, NAMES)
    assert condition.evaluate(FACTS) is truth
    assert condition.because(FACTS) == because


def test_atoms_carry_value_and_truth() -> None:
    atoms = parse('nps > 5 or (arr > 1 and not tier == "B")', NAMES).atoms(FACTS)
    assert [(atom.text, atom.name, atom.value, atom.truth) for atom in atoms] == [
        ("nps > 5", "nps", None, None),
        ("arr > 1", "arr", 25000.0, True),
        ('tier == "B"', "tier", "A", False),
    ]


def test_values_are_bound_and_never_part_of_the_sql() -> None:
    params = Params()
    sql = parse('plan == "x\' or 1=1 --" and arr > 30 and usage_change_28d < 30%', NAMES).sql(params)
    assert sql == '((fold("plan") = :p1) AND ("arr" > :p2) AND ("usage_change_28d" < :p3))'
    assert params.values == {"p1": "x' or 1=1 --", "p2": 30, "p3": 0.3}
    other = parse("auto_renew", NAMES).sql(params, lambda name: f"f.{name}")
    assert other == "(f.auto_renew = 1)"


def test_expression() -> None:
    expression = parse_expression("arr * 10%", NAMES)
    assert expression.type == "money"
    assert expression.names == frozenset({"arr"})
    assert expression.evaluate(FACTS) == 2500.0


@pytest.mark.parametrize(
    ("text", "ident", "column", "words"),
    [
        ('tier == "D"', "DEF-044", 9, "never"),
        ('tier in ("A")', "DEF-047", 10, "comma"),
        ("tier in ()", "DEF-047", 9, "empty"),
        ("ar > 3", "DEF-041", 1, 'did you mean "arr"'),
        ("overdue > 3", "DEF-041", 1, 'did you mean "overdue_days"'),
        ("arr > overdue_days", "DEF-043", 7, "cannot be compared"),
        ("arr > nps", "DEF-043", 7, "cannot be compared"),
        ("plan > 3", "DEF-043", 8, "cannot be compared"),
        ('plan > "a"', "DEF-043", 1, "== and !="),
        ('arr > "5"', "DEF-043", 7, "cannot be compared"),
        ("arr > 5%", "DEF-043", 7, "cannot be compared"),
        ("health < 50%", "DEF-043", 10, "cannot be compared"),
        ("arr + overdue_days > 3", "DEF-043", 1, "means nothing"),
        ("usage_change_28d < -30", "DEF-050", 20, "-30%"),
        ('renewal_date < "2026-02-30"', "DEF-049", 16, "not a day"),
        ("renewal_date < 30", "DEF-049", 16, "not a day"),
        ("arr", "DEF-046", 1, "not yes or no"),
        ("not arr", "DEF-046", 5, "not yes or no"),
        ("arr = 3", "DEF-040", 5, "write =="),
        ("arr > 3 && nps > 1", "DEF-040", 9, "write and"),
        ("arr > 3 AND nps > 1", "DEF-040", 9, "small letters"),
        ("arr ≥ 3", "DEF-040", 5, "write >="),
        ("plan == “Pro”", "DEF-040", 9, "cannot stand here"),
        ("((arr > 3)", "DEF-040", 10, "never closed"),
        ("arr > 1) or (arr < 2", "DEF-040", 8, "closes nothing"),
        ('plan == "Pro', "DEF-040", 9, "never closed"),
        ('plan in ("a" "b")', "DEF-040", 14, "comma"),
        ("nps >", "DEF-040", 6, "cannot be read"),
        ("", "DEF-040", 1, "empty"),
        ("arr > 3j", "DEF-040", 7, "not a number"),
        ("arr ** 2 > 3", "DEF-042", 1, "+ - * /"),
        ("arr % 2 == 0", "DEF-040", 5, "behind a number"),
        ('__import__("os")', "DEF-042", 1, "no function"),
        ("(lambda: arr)()", "DEF-042", 1, "no function"),
        ("arr.real > 3", "DEF-042", 1, "no dots"),
        ("arr[0] > 3", "DEF-042", 1, "cannot be used"),
        ("[x for x in plan]", "DEF-042", 1, "cannot be used"),
        ('f"{arr}" == plan', "DEF-042", 1, "cannot be used"),
        ("arr if nps else arr", "DEF-042", 1, "cannot be used"),
        ("arr == missing", "DEF-042", 8, "is missing"),
        ("arr is None", "DEF-042", 1, "only missing"),
        ("min(arr) > 3", "DEF-048", 1, "2 to 8"),
        ('abs(plan) == "a"', "DEF-048", 5, "needs numbers"),
        ("round(arr, nps) > 3", "DEF-048", 12, "written number"),
        ('contains(arr, "a")', "DEF-048", 1, "needs text"),
        ("auto_renew in (true,)", "DEF-043", 1, "yes or no"),
        ("arr > 1e99", "DEF-049", 7, "larger"),
        ("not " * 60 + "auto_renew", "DEF-045", 165, "inside one another"),
        ("(" * 50 + "auto_renew" + ")" * 50, "DEF-045", 41, "brackets deep"),
        ("arr > 1 or " * 400 + "arr > 1", "DEF-045", 1, "characters"),
        ("min(" * 9 + "arr" + ", 1)" * 9 + "> 1", "DEF-045", 1, "nested too deeply"),
        ("arr >\n  5 and\n  plann == 3", "DEF-041", 3, 'did you mean "plan"'),
    ],
)
def test_refused_with_place(text: str, ident: str, column: int, words: str) -> None:
    faults = check(text, NAMES, file="segments.yaml", line=7)
    assert [fault.ident for fault in faults] == [ident]
    (fault,) = faults
    assert words in fault.what
    assert (fault.file, fault.column) == ("segments.yaml", column)
    assert fault.line == 7 + (2 if "\n" in text else 0)
    assert fault.excerpt is not None
    assert "^" in fault.excerpt.splitlines()[-1]


def test_all_faults_of_a_condition_at_once() -> None:
    with pytest.raises(DefinitionInvalid) as caught:
        parse('arrr > 3 and tier == "D" and plan < 2', NAMES)
    assert [fault.ident for fault in caught.value.faults] == ["DEF-041", "DEF-044", "DEF-043"]
    assert caught.value.code == 12


def test_columns_hold_behind_a_percentage_and_letters_of_two_bytes() -> None:
    (fault,) = check('usage_change_28d < 30 % and plan == "é" and oops', NAMES)
    assert fault.column == 45


def test_always_and_never_true() -> None:
    assert parse("1 < 2", NAMES).always_true
    assert parse("1 < 2 or arr > 3", NAMES).always_true
    assert parse("2 < 1 and arr > 3", NAMES).never_true
    assert not parse("arr > 3", NAMES).always_true
    assert not parse("arr > 3", NAMES).never_true
