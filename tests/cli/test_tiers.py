"""Tier limits from a company's own ARR: said after the first import, accepted with one word, never twice."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from cs_cli.commands.tiers import limits_in, with_limits
from tests.conftest import Cs

STARTER = (Path(__file__).resolve().parents[2] / "cs_cli" / "starter" / "segments.yaml").read_text()


def book(workspace: Path, arrs: Sequence[int], name: str = "book") -> Path:
    path = workspace / "exports" / f"{name}.csv"
    rows = [f"N{n:02},Company {n},{arr},2027-03-01" for n, arr in enumerate(arrs)]
    path.write_text("\n".join(["Id,Customer,ARR,Renewal date", *rows]) + "\n")
    return path


SMALL = [900, 800, 700, 400, 300, 200, 100, 100]  # nobody is near the starter's 30,000


def tiers(cs: Cs, desk: Path) -> dict[str, int]:
    rows = cs("-w", desk, "segments", "list", "-f", "json").json
    return {row["segment"]: row["accounts"] for row in rows if row["dimension"] == "tier" and row["segment"]}


def test_the_first_import_says_whether_the_starter_limits_fit(cs: Cs, workspace: Path) -> None:
    done = cs("-w", workspace, "import", book(workspace, SMALL))
    assert done.code == 0, done.err
    assert "tiers of segments.yaml: A from 30,000 (0 customers, 0, 0% of ARR), B from 8,000" in done.err
    assert "tiers by your own ARR: A from 700 (3 customers, 2,400, 69% of ARR), B from 400" in done.err
    assert "next: cs segments propose --accept" in done.err
    assert tiers(cs, workspace).get("A", 0) == 0
    accepted = cs("-w", workspace, "segments", "propose", "--accept")
    assert accepted.code == 0 and "A from 700, B from 400" in accepted.err
    found = tiers(cs, workspace)
    assert (found["A"], found["B"], found["C"]) == (3, 1, 4)
    assert cs("-w", workspace, "segments", "preview").code in (0, 2)  # it is valid
    again = cs("-w", workspace, "import", book(workspace, [*SMALL, 50], "more"), "--yes")
    assert again.code == 0 and "tiers by" not in again.err


def test_after_the_first_run_it_is_not_said_again(cs: Cs, workspace: Path) -> None:
    cs("-w", workspace, "import", book(workspace, SMALL[:4]))  # too few to say anything
    assert cs("-w", workspace, "run", "-q").code == 0
    later = cs("-w", workspace, "import", book(workspace, SMALL, "more"), "--yes")
    assert later.code == 0 and "tiers by" not in later.err


@pytest.mark.parametrize(("arrs", "said"), [(SMALL[:4], False), (SMALL[:5], True)])
def test_a_handful_of_customers_proposes_nothing(cs: Cs, workspace: Path, arrs: list[int], said: bool) -> None:
    done = cs("-w", workspace, "import", book(workspace, arrs))
    assert ("tiers by your own ARR" in done.err) is said
    assert "tiers by" not in cs("-w", workspace, "-q", "import", book(workspace, [*arrs, 5], "again"), "--yes").err


@pytest.mark.parametrize(("answer", "limits"), [(0, (700.0, 400.0)), (1, (30_000.0, 8_000.0))])
def test_on_a_terminal_one_answer_settles_it(
    cs: Cs, workspace: Path, monkeypatch: pytest.MonkeyPatch, answer: int, limits: tuple[float, float]
) -> None:
    class Person:
        def choose(self, question: str, options: Sequence[str]) -> int:
            assert (question, len(options)) == ("Which limits?", 2)
            return answer

    monkeypatch.setattr("cs_cli.commands.ask.prompter", Person)
    done = cs("-w", workspace, "import", book(workspace, SMALL))
    assert done.code == 0 and ("written into segments.yaml" in done.err) is (answer == 0)
    assert limits_in((workspace / "segments.yaml").read_text()) == limits


def test_only_the_numbers_of_two_lines_change() -> None:
    new = with_limits(STARTER, 700, 400.5)
    assert new is not None and limits_in(new) == (700.0, 400.5)
    changed = [
        (before, after)
        for before, after in zip(STARTER.splitlines(), new.splitlines(), strict=True)
        if before != after
    ]
    assert changed == [
        ("      - A: arr >= 30_000 or (arr >= 8_000 and employees is not missing and employees >= 1_000)",
         "      - A: arr >= 700 or (arr >= 400.5 and employees is not missing and employees >= 1_000)"),
        ("      - B: arr >= 8_000", "      - B: arr >= 400.5"),
    ]  # fmt: skip


def test_tiers_of_another_form_are_left_alone(cs: Cs, workspace: Path) -> None:
    path = workspace / "segments.yaml"
    text = path.read_text().replace("arr >= 30_000 or (arr >= 8_000", "seats >= 100 or (seats >= 50").replace(
        "- B: arr >= 8_000", "- B: seats >= 20"
    )
    path.write_text(text)
    done = cs("-w", workspace, "import", book(workspace, SMALL))
    assert done.code == 0 and "tiers by" not in done.err
    refused = cs("-w", workspace, "segments", "propose", "--accept")
    assert refused.code == 2 and "SCO-016" in refused.err and path.read_text() == text


def test_customers_of_one_price_are_of_one_tier(cs: Cs, workspace: Path) -> None:
    done = cs("-w", workspace, "import", book(workspace, [36_000] * 9 + [12_000] * 5 + [3_000] * 3))
    assert done.code == 0 and "A from 36,000" in done.err and "B from 12,000" in done.err
    same = cs("-w", workspace, "import", book(workspace, [1_200] * 8, "same"), "--yes")
    assert same.code == 0, same.err


def test_one_price_for_everybody_makes_no_tiers(cs: Cs, workspace: Path) -> None:
    done = cs("-w", workspace, "import", book(workspace, [1_200] * 8))
    assert done.code == 0 and "tiers by" not in done.err
    refused = cs("-w", workspace, "segments", "propose", "--accept")
    assert refused.code == 2 and "SCO-017" in refused.err
