"""Many cases at once: shown first, changed only with a yes, all or none."""

from __future__ import annotations

from pathlib import Path

from tests.conftest import Cs


def states(cs: Cs, desk: Path) -> dict[str, str]:
    return {row["case"]: row["state"] for row in cs("-w", desk, "cases", "list", "-f", "json").json}


def test_bulk_is_shown_and_changes_nothing_without_a_yes(cs: Cs, demo: Path) -> None:
    before = states(cs, demo)
    done = cs("-w", demo, "cases", "ack", "--playbook", "renewal-runway")
    assert done.code == 15
    assert "renewal-runway" in done.err
    assert states(cs, demo) == before


def test_bulk_by_playbook_and_condition(cs: Cs, demo: Path) -> None:
    small = {row["account_id"] for row in cs("-w", demo, "accounts", "list", "-f", "json").json if row["arr"] < 15_000}
    cases = [row for row in cs("-w", demo, "cases", "list", "-f", "json").json if row["playbook"] == "renewal-runway"]
    chosen = {row["case"] for row in cases if row["account_id"] in small}
    assert chosen
    words = ["-w", demo, "cases", "ack", "--playbook", "renewal-runway", "--where", "arr < 15_000", "--yes"]
    assert cs(*words).code == 0
    after = states(cs, demo)
    assert {case for case in after if after[case] == "acknowledged"} == chosen


def test_bulk_snooze_and_close(cs: Cs, demo: Path) -> None:
    snoozed = cs("-w", demo, "cases", "snooze", "fri", "--playbook", "overdue-invoice", "--because", "fair", "--yes")
    assert snoozed.code == 0, snoozed.err
    assert "snoozed" in states(cs, demo).values()
    assert (
        cs("-w", demo, "escalations", "close", "--playbook", "overdue-invoice", "--outcome", "accepted", "--yes").code
        == 0
    )
    left = cs("-w", demo, "escalations", "list", "-f", "json").json
    assert "overdue-invoice" not in {row["playbook"] for row in left}


def test_a_condition_that_cannot_be_read_changes_nothing(cs: Cs, demo: Path) -> None:
    done = cs("-w", demo, "cases", "ack", "--where", "arrr < 5", "--yes")
    assert done.code == 12
    assert "arr" in done.err
    assert cs("-w", demo, "cases", "ack").code == 2
    assert cs("-w", demo, "cases", "ack", "c1", "--playbook", "onboarding").code == 2
