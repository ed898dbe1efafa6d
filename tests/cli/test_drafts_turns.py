"""A priced list with a column that turns what a row means is asked about, never called finished."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conftest import Cs


def drafted(cs: Cs, workspace: Path, tmp_path: Path, header: str, words: tuple[str, str]) -> str:
    file = tmp_path / "bills.csv"
    file.write_text(f"Invoice number,Customer,Invoice date,Amount,Currency,{header}\n" + "".join(
        f"R{n},Client {n},2026-03-{n + 13},{100 + n}.00,EUR,{words[n % 2]}\n" for n in range(8)
    ))
    made = cs("-w", workspace, "sources", "new", file, "--kind", "invoice")
    assert made.code == 0, made.err
    return made.out


@pytest.mark.parametrize(("header", "words"), [
    ("Paid?", ("yes", "no")), ("Outstanding", ("0.00", "80.00")), ("Balance due", ("0.00", "80.00")),
    ("Type", ("Invoice", "Credit note")), ("Cancelled?", ("yes", "no")), ("Signed?", ("yes", "no")),
    ("Still there?", ("yes", "no")), ("Nature", ("Invoice", "Credit note")),
])
def test_asked(cs: Cs, workspace: Path, tmp_path: Path, header: str, words: tuple[str, str]) -> None:
    out = drafted(cs, workspace, tmp_path, header, words)
    assert "Nothing was left open" not in out
    assert any(header in line for line in out.splitlines() if "DECIDE" in line or line.startswith("  ")), out


def test_a_column_that_turns_nothing_is_not(cs: Cs, workspace: Path, tmp_path: Path) -> None:
    out = drafted(cs, workspace, tmp_path, "Colour", ("red", "blue"))
    assert not [line for line in out.splitlines() if "DECIDE" in line and "Colour" in line]
