"""Every row of the catalogue has a test that runs the command: this one counts them."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest

from tests.catalogue import test_a_files, test_b_structure, test_c_values, test_e_time, test_playbooks

HERE = Path(__file__).parent
LAST = {"A": 32, "B": 26, "C": 35, "D": 15, "E": 16, "F": 25, "H": 18, "I": 14}
# rows whose figure is a channel's or a reader's, where a workspace would add nothing
ELSEWHERE = {
    "H17": ("tests/store/test_connection.py", "test_twenty_that_create_at_once_get_one_database"),
    "I5": ("tests/store/test_connection.py", "test_older_is_upgraded_with_a_backup"),
    "I13": ("tests/cli/test_remind.py", "test_a_restored_backup_holds_what_may_have_been_sent"),
    "I14": ("tests/cli/test_remind.py", "test_a_copy_on_another_machine_sends_nothing_until_it_is_confirmed"),
    "D5": ("tests/deliver/test_hostile.py", "test_slack_shows_data_as_text_and_calls_nobody"),
}
# no test can stand here: who is root, an older Python, a foreign disk, a suite of files that is not ours
NOWHERE = {"F23", "H10", "H15", "I6", "I9"}


@cache
def _named() -> dict[str, set[str]]:
    """Row → tests: the cases of the tables, and functions called test_a29_…, test_d1_d2_…."""
    found: dict[str, set[str]] = {}
    for module in (test_a_files, test_b_structure, test_c_values, test_e_time):
        for case in module.CASES:
            found.setdefault(case.id, set()).add(f"{module.__name__}: {case.code} {case.ident}")
    for row, *_ in test_playbooks.CASES:
        found.setdefault(row, set()).add(f"test_playbooks: {row}")
    for path in HERE.glob("test_*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef) and (rows := re.match(r"test((?:_[a-fhi]\d+)+)_", node.name + "_")):
                for row in rows[1][1:].upper().split("_"):
                    found.setdefault(row, set()).add(f"{path.name}::{node.name}")
    for row, (file, name) in ELSEWHERE.items():
        text = (HERE.parents[1] / file).read_text(encoding="utf-8")
        assert f"def {name}(" in text
        found.setdefault(row, set()).add(f"{file}::{name}")
    return found


@pytest.mark.parametrize("row", [f"{part}{number}" for part, last in LAST.items() for number in range(1, last + 1)])
def test_the_row_has_a_test(row: str) -> None:
    if row in NOWHERE:
        assert row not in _named(), f"{row} is tested after all"
        return
    assert _named().get(row), f"no test runs the command on {row}"


def test_no_test_is_of_a_row_that_does_not_exist() -> None:
    assert not {row for row in _named() if int(row[1:]) > LAST[row[0]]}
