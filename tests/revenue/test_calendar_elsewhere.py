"""The calendar file as another program reads it: another library, and a second import that updates."""

from __future__ import annotations

import warnings
from pathlib import Path

from tests.conftest import Cs


def events(path: Path) -> dict[str, tuple[str, str, int, int]]:
    """UID → (summary, start, sequence, alarms) through vobject, which is not what writes the file."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the library's own, of newer Pythons
        import vobject

        calendar = vobject.readOne(path.read_text(encoding="utf-8"))
        found = list(calendar.vevent_list)
    uids = [event.uid.value for event in found]
    assert len(uids) == len(set(uids))
    return {
        event.uid.value: (
            event.summary.value,
            event.dtstart.value.isoformat(),
            int(event.sequence.value),
            len(event.contents.get("valarm", [])),
        )
        for event in found
    }


def test_another_library_reads_renewals_last_safe_days_and_alarms(cs: Cs, demo: Path, tmp_path: Path) -> None:
    file = tmp_path / "renewals.ics"
    assert cs("-w", demo, "renewals", "calendar", "-o", file).code == 0
    found = events(file)
    listed = cs("-w", demo, "renewals", "list", "--within", "90", "-f", "json").json
    starts = {(summary, start) for summary, start, _, _ in found.values()}
    for row in listed:
        if row["days_to_renewal"] >= 0:
            mine = {start for summary, start in starts if row["name"] in summary}
            assert row["renewal_date"] in mine, row["name"]
    assert all(alarms >= 1 for _, _, _, alarms in found.values())


def test_a_second_export_updates_the_same_events(cs: Cs, demo: Path, tmp_path: Path) -> None:
    first, second = tmp_path / "a.ics", tmp_path / "b.ics"
    assert cs("-w", demo, "renewals", "calendar", "-o", first).code == 0
    moved = cs("-w", demo, "contracts", "set", "Meridian", "--ends", "2026-08-31", "--contract", "CT-1200-3")
    assert moved.code == 0, moved.err
    assert cs("-w", demo, "renewals", "calendar", "-o", second).code == 0
    before, after = events(first), events(second)
    mine = [uid for uid, (summary, _, _, _) in before.items() if "Meridian" in summary]
    assert mine
    for uid in mine:
        assert uid in after, "a moved renewal keeps its UID, so that an import updates it"
        assert after[uid][2] > before[uid][2], "and says so by its SEQUENCE"
    others = set(before) - set(mine)
    assert {uid: before[uid] for uid in others} == {uid: after[uid] for uid in others}
