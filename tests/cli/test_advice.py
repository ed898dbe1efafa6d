"""The command that a stopped import advises: pasted into a shell as it stands, it does what the person meant."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest

from tests.cli.billing_desk import SUBS, Desk
from tests.conftest import Result


@pytest.fixture
def desk(workspace: Path) -> Desk:
    return Desk(workspace)


def subscriptions(*amounts: float, start: str = "2025-01-01") -> str:
    return SUBS + "".join(
        f"S{n},A{n % 4 + 1},pro,{amount},USD,month,{start},,active\n" for n, amount in enumerate(amounts, 1)
    )


def stopped(desk: Desk, text: str, *words: str, name: str = "subscriptions (1).csv") -> Result:
    path = desk.folder / name
    path.write_text(text, encoding="utf-8")
    done = desk.cs("import", path, *words)
    assert done.code == 15, done.err
    return done


def follow(desk: Desk, done: Result) -> Result:
    """Paste what stands behind `cs import` of the message's last line."""
    (line,) = [line for line in done.err.splitlines() if line.strip().startswith("next")]
    return desk.cs(*shlex.split(line.partition("cs import")[2].join(["import", ""])))


def test_the_day_that_was_said_is_said_again(desk: Desk) -> None:
    desk.load(subscriptions(100), "--as-of", "2026-03-01")
    done = stopped(desk, subscriptions(300), "--as-of", "2026-05-10")
    assert "IMP-235" in done.err
    assert follow(desk, done).code == 0
    assert desk.mrr("2026-03", "2026-06") == [100, 100, 300, 300]


def test_a_name_with_blanks_is_one_word(desk: Desk) -> None:
    desk.load(subscriptions(*[10] * 20), "--as-of", "2026-03-01")
    done = stopped(desk, subscriptions(*[10] * 12), "--as-of", "2026-05-10")
    assert "IMP-231" in done.err
    assert follow(desk, done).code == 0


def test_the_source_and_the_reading_are_said_again(desk: Desk) -> None:
    desk.load(subscriptions(100), "--as-of", "2026-03-01")
    text = subscriptions(300, start="01/02/2025").replace(",", ";")
    words = ("--as-of", "2026-05-10", "--dates", "dmy", "--delimiter", ";", "--source", "cs_subscription")
    done = stopped(desk, text, *words, name="a;b.csv")
    assert follow(desk, done).code == 0
    assert desk.mrr("2026-03", "2026-06") == [100, 100, 300, 300]


def test_a_credit_that_stands_alone(desk: Desk) -> None:
    done = stopped(desk, subscriptions(-100), "--as-of", "2026-05-10")
    assert "IMP-239" in done.err
    assert follow(desk, done).code == 0


def test_an_id_given_to_another_company(desk: Desk) -> None:
    head = "account_id,name,domain\n"
    desk.load(head + "A1,Aster,aster.example\n")
    done = stopped(desk, head + "A1,Fennel,fennel.example\n", name="new accounts.csv")
    assert "IMP-237" in done.err
    assert follow(desk, done).code == 0
