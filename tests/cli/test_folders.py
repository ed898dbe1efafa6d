"""A folder of exports: what is right comes in, what is not is set aside and said, what is old is not read again."""

from __future__ import annotations

import builtins
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Cs, Result
from tests.refusals import nothing_changes, refused

ACCOUNTS = "account_id,name,domain\n" + "".join(f"A{n},Company {n},company{n}.example\n" for n in range(1, 31))
HEAD = "subscription_id,account_id,plan,quantity,amount,currency,interval,started_on,status\n"


def rows(first: int, last: int, amount: int = 50) -> str:
    return "".join(f"S{n},A{n},pro,1,{amount}.00,USD,month,2026-01-15,active\n" for n in range(first, last + 1))


class Desk:
    """A workspace whose exports/ is filled and imported, as a person and cron do."""

    def __init__(self, cs: Cs, root: Path) -> None:
        self.cs, self.root = cs, root
        self.exports = root / "exports"

    def put(self, name: str, text: str, day: str | None = None) -> Path:
        path = self.exports / name
        path.write_text(text, encoding="utf-8")
        if day is not None:
            at = datetime.fromisoformat(f"{day}T09:00:00").replace(tzinfo=UTC).timestamp()
            os.utime(path, (at, at))
        return path

    def today(self, day: str) -> None:
        path = self.root / "cs.yaml"
        lines = [line for line in path.read_text().splitlines() if not line.startswith("today:")]
        path.write_text("\n".join([*lines, f'today: "{day}"', ""]))

    def load(self, *words: object) -> Result:
        return self.cs("-w", self.root, "import", self.exports, *words)

    def mrr(self) -> float:
        found = self.cs("-w", self.root, "metrics", "mrr", "-f", "json").json
        return float(found[-1]["mrr"] if isinstance(found, list) else found["mrr"])

    def imports(self) -> list[str]:
        found = self.cs("-w", self.root, "imports", "list", "-f", "json").json
        return [Path(one["file"]).name for one in reversed(found)]

    def aside(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.cs("-w", self.root, "imports", "aside", "-f", "json").json
        return found


@pytest.fixture
def desk(cs: Cs, workspace: Path) -> Desk:
    found = Desk(cs, workspace)
    found.today("2026-06-02")
    found.put("accounts.csv", ACCOUNTS, "2026-05-04")
    found.put("billing-2026-06-01.csv", HEAD + rows(1, 20))
    assert found.load().code == 0
    found.today("2026-06-16")
    return found


FILTERED = HEAD + rows(1, 8, 60)
# why a file of an export that is known does not come in: a guard, the reader, the headers, the cells
BAD: dict[str, tuple[str | bytes, str]] = {
    "filtered": (FILTERED, "IMP-231"),
    "a login page": ("<!DOCTYPE html><html><body>log in</body></html>\n", "IMP-008"),
    "another header": ("id;customer;price\nS1;A1;50\n", "IMP-202"),
    "no rows": (HEAD, "IMP-006"),
    "most rows bad": (HEAD + rows(1, 20).replace("active", "frozen") + rows(21, 30).replace("active", "froze"),
                      "IMP-220"),
    "not whole": (HEAD + rows(1, 20)[:-25], ""),
}


def test_a_bad_file_stops_nothing_and_is_said_until_a_newer_one_comes(desk: Desk) -> None:
    desk.today("2026-06-09")
    desk.put("billing-2026-06-08.csv", FILTERED)
    desk.put("contacts-2026-06-08.csv", "contact_id,account_id,email\nC1,A1,a@company1.example\n")
    done = desk.load()
    assert done.code == 3
    assert "IMP-231" in done.err and "12 of the 20 records" in done.err
    assert "import stopped for cs_subscription, nothing new since 2026-06-01" in done.err
    assert "contacts-2026-06-08.csv" in desk.imports()
    assert "billing-2026-06-08.csv" not in desk.imports()
    assert desk.mrr() == 1000
    (one,) = desk.aside()
    assert (one["source"], one["since"], one["error"]) == ("cs_subscription", "2026-06-01", "IMP-231")
    said = "import stopped for cs_subscription, nothing new since 2026-06-01"
    assert said in desk.cs("-w", desk.root, "report", "weekly").out
    today = desk.cs("-w", desk.root, "today", "-f", "json").json
    assert (today[0]["what"], today[0]["name"]) == ("import stopped", "cs_subscription")
    assert "nothing new since 2026-06-01" in today[0]["why"]
    checked = desk.cs("-w", desk.root, "check")
    assert checked.code == 1 and "import stopped" in checked.out
    # a week later it is as bad, and nothing is read again
    desk.today("2026-06-16")
    assert desk.load().code == 3
    assert said in desk.cs("-w", desk.root, "report", "weekly", "-f", "html").out
    # the file lies where it lay
    assert (desk.exports / "billing-2026-06-08.csv").read_text() == FILTERED
    desk.put("billing-2026-06-15.csv", HEAD + rows(1, 21, 55))
    good = desk.load()
    assert good.code == 0, good.err
    assert desk.mrr() == 21 * 55
    assert desk.aside() == []
    assert "import stopped" not in desk.cs("-w", desk.root, "report", "weekly").out
    assert "import stopped" not in desk.cs("-w", desk.root, "today").out


@pytest.mark.parametrize("name", BAD)
def test_every_kind_of_bad_file_stops_its_export_alone(desk: Desk, name: str) -> None:
    text, ident = BAD[name]
    desk.put("billing-2026-06-08.csv", str(text))
    desk.put("contacts-2026-06-08.csv", "contact_id,account_id,email\nC1,A1,a@company1.example\n")
    done = desk.load()
    assert done.code == 3, done.err
    assert ident in done.err
    assert desk.imports()[-1] == "contacts-2026-06-08.csv"
    assert "import stopped for cs_subscription, nothing new since 2026-06-01" in done.err
    assert [one["source"] for one in desk.aside()] == ["cs_subscription"]


def test_a_newer_whole_file_beside_it_is_taken_at_once(desk: Desk) -> None:
    desk.put("billing-2026-06-08.csv", FILTERED)
    whole = desk.put("billing-2026-06-15.csv", HEAD + rows(1, 20, 60))
    done = desk.load()
    assert done.code == 3
    assert f"{whole} is newer and in: nothing is missing" in done.err
    assert "--complete" not in done.err
    assert desk.mrr() == 1200
    assert desk.aside() == []
    assert desk.load().code == 0


def test_the_newest_being_bad_names_the_day_of_the_last_good_one(desk: Desk) -> None:
    desk.put("billing-2026-06-08.csv", HEAD + rows(1, 20, 60))
    desk.put("billing-2026-06-15.csv", FILTERED)
    done = desk.load()
    assert done.code == 3
    assert "import stopped for cs_subscription, nothing new since 2026-06-08" in done.err
    assert desk.mrr() == 1200


def test_a_desk_that_keeps_only_its_newest_file(desk: Desk) -> None:
    for path in desk.exports.iterdir():
        path.unlink()
    desk.put("billing-2026-06-08.csv", FILTERED)
    assert desk.load().code == 3
    assert [one["source"] for one in desk.aside()] == ["cs_subscription"]
    # taken out of the folder, nobody waits for it any more
    (desk.exports / "billing-2026-06-08.csv").unlink()
    desk.put("accounts.csv", ACCOUNTS, "2026-05-04")
    assert desk.load().code == 0
    assert desk.aside() == []


def test_an_export_that_comes_in_two_files_is_not_settled_by_the_other(desk: Desk) -> None:
    head = "invoice_id,account_id,issued_on,due_on,amount,currency,status\n"
    for place in ("nl", "de"):
        desk.put(f"invoices-{place}-2026-06-01.csv", head + f"{place}1,A1,2026-05-01,2026-05-15,10.00,USD,open\n")
    assert desk.load().code == 0
    desk.put("invoices-de-2026-06-08.csv", "<html>log in</html>\n")
    desk.put("invoices-nl-2026-06-08.csv", head + "nl2,A1,2026-06-01,2026-06-15,10.00,USD,open\n")
    done = desk.load()
    assert done.code == 3
    assert "import stopped for cs_invoice, nothing new since 2026-06-01" in done.err


def test_a_named_file_is_stopped_as_ever_and_a_newer_one_is_offered(desk: Desk) -> None:
    bad = desk.put("billing-2026-06-08.csv", FILTERED)
    with nothing_changes(desk.root):
        refused(desk.cs("-w", desk.root, "import", bad), "IMP-231", "--complete")
    whole = desk.put("billing-2026-06-15.csv", HEAD + rows(1, 20, 60))
    with nothing_changes(desk.root):
        stopped = desk.cs("-w", desk.root, "import", bad)
        refused(stopped, "IMP-231", f"cs import {whole}")
        assert "--complete" not in stopped.err
    # a person says that it is meant
    assert desk.load().code == 3
    (desk.exports / "billing-2026-06-15.csv").unlink()
    assert desk.cs("-w", desk.root, "import", bad, "--complete").code == 0
    assert desk.aside() == []
    assert desk.load().code == 0


def test_what_a_person_says_since_lets_a_file_in(desk: Desk) -> None:
    """Money that would lose its account stops a file; once the link is said, the folder takes it without being told."""
    path = desk.put("billing-2026-06-08.csv", HEAD + rows(1, 20, 60).replace("S7,A7,", "S7,A9,"))
    first = desk.load()
    assert first.code == 3 and "IMP-238" in first.err
    settle(desk)
    with opened(desk.exports) as none:
        assert desk.load().code == 3
    assert none == []
    assert desk.cs("-w", desk.root, "accounts", "link", "S7", "A9").code == 0
    done = desk.load()
    assert done.code == 0, done.err
    assert path.name in desk.imports() and desk.mrr() == 1200


def test_a_replaced_file_is_not_taken_for_a_late_one(desk: Desk) -> None:
    """As an older file it would pass the guards, and what it lacks would be missing in the past."""
    bad = desk.put("billing-2026-06-08.csv", FILTERED)
    assert desk.load().code == 3
    desk.put("billing-2026-06-15.csv", HEAD + rows(1, 20, 60))
    assert desk.load().code == 0
    os.utime(bad, (1_700_000_000, 1_700_000_000))
    settle(desk)
    (desk.root / "sources").mkdir(exist_ok=True)
    desk.cs("-w", desk.root, "sources", "copy", "stripe_invoices")
    assert desk.load().code == 0
    assert bad.name not in desk.imports()


def test_what_several_files_do_together_stops_the_one_that_does_it(desk: Desk) -> None:
    renamed = ACCOUNTS.replace("Company 1", "Bureau 1")
    desk.put("accounts-2026-06-08.csv", renamed)
    desk.put("accounts-2026-06-07.csv", ACCOUNTS + "A31,Company 31,company31.example\n")
    done = desk.load("--dry-run")
    assert (done.code, desk.imports()) == (15, ["accounts.csv", "billing-2026-06-01.csv"])
    done = desk.load()
    assert done.code == 3, done.err
    assert "IMP-270" in done.err and "Bureau 1" not in desk.cs("-w", desk.root, "accounts", "list").out
    assert desk.imports()[2:] == ["accounts-2026-06-07.csv"]


def test_a_file_is_tried_again_when_the_rules_or_the_file_change(desk: Desk) -> None:
    odd = desk.put("plans-2026-06-08.csv", "id;customer;price\nS1;A1;50\n")
    assert desk.load().code == 3
    (desk.root / "sources").mkdir(exist_ok=True)
    source = (
        "source: plans\nsystem: plans\nkind: attribute\nrole: product\nabout: x\nclaims: [id, customer, price]\n"
        "key: [id]\naccount: {id: [customer], system: cs}\n"
        "columns:\n  name: {constant: price}\n  value: {from: [price]}\n"
    )
    (desk.root / "sources" / "plans.yaml").write_text(source)
    done = desk.load()
    assert done.code == 0, done.err
    assert odd.name in desk.imports()
    bad = desk.put("billing-2026-06-08.csv", FILTERED)
    assert desk.load().code == 3
    bad.write_text(HEAD + rows(1, 20, 62))
    assert desk.load().code == 0
    assert desk.mrr() == 1240


def test_what_was_undone_is_not_brought_back_by_the_folder(desk: Desk) -> None:
    path = desk.put("billing-2026-06-08.csv", HEAD + rows(1, 20, 62))
    assert desk.load().code == 0
    number = desk.cs("-w", desk.root, "imports", "list", "-f", "json").json[0]["import"]
    settle(desk)
    assert desk.load().code == 0
    assert desk.cs("-w", desk.root, "imports", "undo", number).code == 0
    again = desk.load()
    assert again.code == 0
    assert f"its import #{number} was undone; left out: cs import {path} takes it again" in again.err
    assert desk.mrr() == 1000
    assert desk.cs("-w", desk.root, "import", path).code == 0
    assert desk.mrr() == 1240


TICKET = "ticket_id,account_id,opened_at,status\nT{n},A1,2026-06-01,open\n"


# --- nothing is read twice -------------------------------------------------------------------


def settle(desk: Desk) -> None:
    """As if the files had been written long before they were read."""
    import sqlite3

    with sqlite3.connect(desk.root / "cs.db") as conn:
        conn.execute("UPDATE export_file SET settled = 1")
    conn.close()


@contextmanager
def opened(folder: Path) -> Iterator[list[str]]:
    """The names of the folder's files that are opened in the block, once for each time."""
    found: list[str] = []
    real: Callable[..., Any] = builtins.open

    def counting(file: Any, *words: Any, **more: Any) -> Any:
        if isinstance(file, str | Path) and Path(file).parent == folder:
            found.append(Path(file).name)
        return real(file, *words, **more)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(builtins, "open", counting)
        yield found


def test_old_files_of_a_folder_are_not_opened_again(desk: Desk) -> None:
    for n in range(1, 41):
        desk.put(f"tickets-{n:03}.csv", TICKET.format(n=n), "2026-06-02")
    desk.put("billing-2026-06-08.csv", FILTERED)
    with opened(desk.exports) as first:
        assert desk.load().code == 3
    assert len(set(first)) >= 41
    settle(desk)
    with opened(desk.exports) as none:
        again = desk.load()
        assert again.code == 3     # the stopped one is still stopped
    assert none == []
    assert "42 files: already imported; nothing changed" in again.err
    new = desk.put("tickets-041.csv", TICKET.format(n=41), "2026-06-09")
    with opened(desk.exports) as one:
        assert desk.load().code == 3
    assert set(one) == {new.name}
    settle(desk)
    changed = desk.put("tickets-007.csv", TICKET.format(n=77), "2026-06-02")
    with opened(desk.exports) as two:
        assert desk.load().code == 3
    assert changed.name in two and "tickets-008.csv" not in two
    with opened(desk.exports) as all_of_them:
        desk.load("--as-of", "2026-06-10")
    assert len(set(all_of_them)) == 44


def test_a_change_under_the_same_size_and_day_is_seen(desk: Desk) -> None:
    path = desk.put("billing-2026-06-08.csv", HEAD + rows(1, 20, 60))
    assert desk.load().code == 0
    stamp = path.stat()
    settle(desk)
    path.write_text(HEAD + rows(1, 20, 60))
    os.utime(path, ns=(stamp.st_atime_ns, stamp.st_mtime_ns))
    assert desk.load().code == 0
    assert desk.mrr() == 1200


def test_a_file_written_right_before_it_was_read_is_looked_at_again(desk: Desk) -> None:
    with opened(desk.exports) as again:
        assert desk.load().code == 0
    assert set(again) == {"accounts.csv", "billing-2026-06-01.csv"}


def test_dry_run_of_a_folder_shows_the_same_and_writes_nothing(desk: Desk) -> None:
    desk.put("billing-2026-06-08.csv", FILTERED)
    desk.put("contacts-2026-06-08.csv", "contact_id,account_id,email\nC1,A1,a@company1.example\n")
    with nothing_changes(desk.root):
        shown = desk.load("--dry-run")
    assert shown.code == 3
    assert "IMP-231" in shown.err and "cs_contact (contact) dry run: 1 added" in shown.err


def test_who_is_forgotten_stands_in_no_list_of_files(desk: Desk) -> None:
    import sqlite3

    desk.put("Company 27 2026-06-08.csv", "<html>log in</html>\n")
    assert desk.load().code == 3
    assert desk.cs("-w", desk.root, "accounts", "forget", "A27", "--yes").code in (0, 3)
    with sqlite3.connect(desk.root / "cs.db") as conn:
        told = str(conn.execute("SELECT * FROM export_file").fetchall())
    conn.close()
    assert "accounts.csv" in told and "Company 27" not in told
