"""No input crashes us, none is read wrong: mutants and polluted files through the real command.

CS_MUTANTS sets how many (10,000 for the full sweep): CS_MUTANTS=10000 pytest -m slow tests/catalogue/test_mutants.py
CS_MUTANTS_FROM is the first one, so that a long sweep can go on where it stopped, or be shared out.
"""

from __future__ import annotations

import os
import re
import shutil
import time
from pathlib import Path

import pytest

from tests.catalogue.desk import Desk
from tests.catalogue.mutate import mutant, polluted

MUTANTS = int(os.environ.get("CS_MUTANTS", "150"))
FIRST = int(os.environ.get("CS_MUTANTS_FROM", "0"))
CODES = {0, 3, 10, 15}
SECONDS = 5.0
ROW = re.compile(r":\d+( · record \d+|:\d+)?")
# faults of rows: whoever reads them must know where to look
OF_ROWS = re.compile(r"error\[IMP-(04[1-5]|048|11\d|12\d|13\d|14\d|15\d|21[0-6])\]")


def complaint(desk: Desk, number: int) -> str | None:
    """What is wrong with how the n-th mutant was answered; None when nothing is."""
    name, data = mutant(number)
    path = desk.file(name, data)
    before = desk.dump()
    began = time.perf_counter()
    answer = desk.cs("import", path)
    took = time.perf_counter() - began
    told = answer.out + answer.err
    if answer.code not in CODES or "Traceback" in told:
        return f"mutant {number} ({name}): code {answer.code}\n{told}"
    if took > SECONDS:
        return f"mutant {number} ({name}) took {took:.1f} s"
    if "\x1b" in told:
        return f"mutant {number} ({name}): an escape reached the terminal"
    if answer.code in (10, 15) and desk.dump() != before:
        return f"mutant {number} ({name}): refused, and yet something changed"
    if answer.code != 0:
        for block in re.split(r"(?m)^(?=error\[)", told)[1:]:
            if str(path) not in block:
                return f"mutant {number} ({name}): no file in\n{block}"
            if OF_ROWS.match(block) and not re.search(re.escape(str(path)) + r":\d+", block):
                return f"mutant {number} ({name}): no row in\n{block}"
    path.unlink()
    return None


@pytest.mark.slow
def test_mutants(seeded: Path, tmp_path: Path) -> None:
    complaints = []
    for number in range(FIRST, MUTANTS):
        if number == FIRST or number % 50 == 0:  # a fresh desk, so that what came in does not decide what follows
            shutil.rmtree(tmp_path / "desk", ignore_errors=True)
            shutil.copytree(seeded, tmp_path / "desk")
        if (found := complaint(Desk(tmp_path / "desk"), number)) is not None:
            complaints.append(found)
    assert complaints == [], f"{len(complaints)} of {MUTANTS - FIRST}:\n" + "\n".join(complaints[:5])


@pytest.mark.slow
def test_polluted_files_are_read_right_or_set_aside(seeded: Path, tmp_path: Path) -> None:
    clean = kept = 0
    wrong = []
    for number in range(FIRST // 2, max(MUTANTS // 2, 60)):
        shutil.rmtree(tmp_path / "desk", ignore_errors=True)
        shutil.copytree(seeded, tmp_path / "desk")
        desk, one = Desk(tmp_path / "desk"), polluted(number)
        answer = desk.cs("import", desk.file("new.csv", one.data))
        assert answer.code in CODES, answer.err
        rows = {
            str(key): (name, employees)
            for key, name, employees in desk.rows("SELECT key, name, employees FROM account WHERE key NOT LIKE 'A_'")
        }
        clean += len(one.clean)
        kept += sum(rows.get(key) == value for key, value in one.clean.items())
        wrong += [(number, one.fault, key, value) for key, value in rows.items() if one.clean.get(key) != value]
    assert wrong == []
    assert kept / clean >= 0.97, f"{kept} of {clean} clean rows were kept"
