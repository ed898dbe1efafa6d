"""What files of one export have in common, and what a stat tells of them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from cs_cli.intake.export_files import has_exports, in_folder, is_settled, key_of
from cs_cli.store.export_files import OnDisk, stem_of

STEMS = {
    "billing-2026-06-01.csv": "billing",
    "exports/billing_20260608 (1).csv": "billing",
    "Billing - Copy.csv": "billing",
    "08.06.2026 billing.csv.gz": "billing",
    "invoices-nl-2026-06-01.csv": "invoices nl",
    "2026-06-01.csv": "",
    "Übersicht 3.xlsx": "übersicht",
}


@pytest.mark.parametrize("name", STEMS)
def test_the_stem_of_a_name(name: str) -> None:
    assert stem_of(name) == STEMS[name]


def test_a_folder_is_its_exports_by_name(tmp_path: Path) -> None:
    for name in ("b.csv", "a.CSV.gz", ".hidden.csv", "notes.md", "c.xlsx"):
        (tmp_path / name).write_text("x")
    (tmp_path / "d.csv").mkdir()
    (tmp_path / "e.csv").symlink_to(tmp_path / "b.csv")
    (tmp_path / "f.csv").symlink_to(tmp_path / "nowhere")
    found = in_folder(tmp_path, tmp_path)
    assert [one.path.name for one in found] == ["a.CSV.gz", "b.csv", "c.xlsx", "e.csv"]
    # a link is the file that it leads to
    assert found[3].key == key_of(tmp_path / "b.csv", tmp_path) == "b.csv"
    assert has_exports(tmp_path)
    assert not has_exports(tmp_path / "nowhere") and not has_exports(tmp_path / "d.csv")


def test_a_workspace_that_moves_keeps_its_keys(tmp_path: Path) -> None:
    for root in (tmp_path / "one", tmp_path / "two"):
        (root / "exports").mkdir(parents=True)
        (root / "exports" / "a.csv").write_text("x")
        (one,) = in_folder(root / "exports", root)
        assert one.key == os.path.join("exports", "a.csv")
        assert key_of(root / "exports" / "a.csv", tmp_path / "elsewhere") == str(root / "exports" / "a.csv")


def test_times_that_are_too_near_tell_nothing() -> None:
    file = OnDisk(Path("a.csv"), "a.csv", 1, 10_000_000_000, 11_000_000_000)
    assert not is_settled(file, 12_999_999_999)
    assert is_settled(file, 13_000_000_001)
