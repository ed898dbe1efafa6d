"""E16 and forgetting: no byte of the account stays, no figure of a past month moves, no export brings it back."""

from __future__ import annotations

import csv
import gzip
import io
import sqlite3
from pathlib import Path

import pytest

from tests.catalogue.desk import Desk

# everything that names the account or a person of it; none of it may be found anywhere afterwards
MARKS = [
    "Zyxmark", "zyxmark.example", "ann.zyx@zyxmark.example", "Annabel Zyxwoman", "bert.private@gmail.com",
    "Bertram Zyxman", "cus_ZYX9000", "ZYX-000777", "sub_ZYX55501", "Q3 budget freeze zyx", "login broken zyx",
    "pricey zyx",
    "zyx special plan",
    "zyx-tag", "ask about zyx renewal", "Grow zyx usage", "tell Zyxmark more",
]  # fmt: skip


def text(*rows: str) -> bytes:
    return ("\n".join(rows) + "\n").encode()


FILES = {
    "crm.csv": text(
        "account_id,name,domain,industry,owner,tags,created_on",
        "ZYX-000777,Zyxmark Widgets,zyxmark.example,Toys,Ann,zyx-tag,2024-01-10",
        "B1,Beta Works,beta.example,Toys,Ann,good,2024-01-10",
        "B2,Gamma Works,gamma.example,Law,Bob,good,2024-01-10",
    ),
    "people.csv": text(
        "contact_id,account_id,name,email,role",
        "K1,ZYX-000777,Annabel Zyxwoman,ann.zyx@zyxmark.example,champion",
        "K2,ZYX-000777,Bertram Zyxman,bert.private@gmail.com,billing",
        "K3,B1,Cora Beta,cora@beta.example,champion",
    ),
    "subs.csv": text(
        "subscription_id,account_id,plan,quantity,amount,currency,interval,started_on,renews_on,ended_on,status",
        "sub_ZYX55501,ZYX-000777,zyx special plan,5,100.00,EUR,month,2025-02-01,,2026-05-01,cancelled",
        "sub_B,B1,pro,2,50.00,EUR,month,2025-03-01,2027-03-01,,active",
    ),
    "stripe.csv": text(
        "id,Description,Email,Name,Created (UTC),Card ID,Total Spend,Payment Count,Refunded Volume,Dispute Losses",
        "cus_ZYX9000,,ann.zyx@zyxmark.example,Zyxmark Widgets,2025-01-01 10:00,,5.00,0,0.00,0.00",
    ),
    "tickets.csv": text(
        "ticket_id,account_id,requester_email,opened_at,subject,category",
        "T1,,ann.zyx@zyxmark.example,2026-03-01 10:00,login broken zyx,bug",
        "T2,,new.person@zyxmark.example,2026-03-02 10:00,login broken zyx,bug",
        "T3,,cora@beta.example,2026-03-02 10:00,how to,bug",
    ),
    "nps.csv": text(
        "response_id,account_id,email,kind,score,day,comment",
        "R1,ZYX-000777,bert.private@gmail.com,nps,6,2026-03-03,pricey zyx",
        "R2,B1,cora@beta.example,nps,9,2026-03-03,fine",
    ),
    "goals.csv": text(
        "goal_id,account_id,objective,target,due,status", "G1,ZYX-000777,Grow zyx usage,5,2026-08-01,open"
    ),
    "usage.csv": text("account_id,day,metric,value", "ZYX-000777,2026-04-01,logins,50", "B1,2026-04-01,logins,5"),
    "broken.csv": text(
        "account_id,name,employees",
        "ZYX-000777,Zyxmark Widgets,many",
        "B2,Gamma Works,many",
        'B1,"Beta\nWorks",20',
    ),
}  # fmt: skip


@pytest.fixture
def told(desk: Desk) -> Desk:
    """The desk with the account in every kind of record, in exports, rejects, a report and a backup."""
    for name, content in FILES.items():
        answer = desk.cs("import", "--yes", desk.file(name, content))
        assert answer.code == (3 if name == "broken.csv" else 0), answer.err
    assert desk.cs("note", "ZYX-000777", "Q3 budget freeze zyx", "--call", "--next", "ask about zyx renewal").code == 0
    assert desk.cs("log", "ZYX-000777", "feedback", "tell Zyxmark more").code == 0
    assert desk.cs("note", "B1", "knows ann.zyx@zyxmark.example well").code == 0
    assert desk.cs("run").code == 0
    assert desk.cs("today").code == 0
    assert desk.cs("backup").code == 0
    assert desk.cs("report", "account", "ZYX-000777", "-f", "html", "-o", desk.root / "reports" / "z.html").code == 0
    (desk.root / "exports" / "old.csv.gz").write_bytes(gzip.compress(FILES["crm.csv"]))
    (desk.root / "exports" / "wide.csv").write_bytes(FILES["people.csv"].decode().encode("utf-16"))
    found = {mark for mark in MARKS for path in files(desk) if holds(path, mark)}
    assert found == set(MARKS)
    return desk


def files(desk: Desk) -> list[Path]:
    return [path for path in desk.root.rglob("*") if path.is_file()]


def holds(path: Path, mark: str) -> bool:
    data = path.read_bytes()
    if data[:2] == b"\x1f\x8b":
        data = gzip.decompress(data)
    return any(form.encode(code) in data for form in (mark, mark.lower()) for code in ("utf-8", "utf-16-le"))


def figures(desk: Desk) -> list[object]:
    return [
        desk.cs("metrics", "movements", "--from", "2025-01", "--to", "2026-06", "-f", "json").json,
        desk.cs("metrics", "retention", "--from", "2025-06", "--to", "2026-06", "-f", "json").json,
        desk.rows("SELECT metric, day, sum(value) FROM usage GROUP BY 1, 2"),
        desk.rows("SELECT kind, avg(score), count(*) FROM survey WHERE retired_by IS NULL GROUP BY 1"),
        desk.rows("SELECT count(*) FROM ticket WHERE retired_by IS NULL"),
    ]


def test_e16_no_byte_stays_no_figure_moves_and_no_export_brings_it_back(told: Desk) -> None:
    before = figures(told)
    # somebody has the file open: the journal stays beside it, and has to be emptied
    other = sqlite3.connect(told.root / "cs.db")
    assert other.execute("SELECT count(*) FROM account").fetchone()
    answer = told.cs("accounts", "forget", "Zyxmark", "--yes", "--files")
    assert answer.code == 0, answer.err
    assert "git history" in answer.err
    assert (told.root / "cs.db-wal").exists()
    left = [(path.name, mark) for path in files(told) for mark in MARKS if holds(path, mark)]
    assert left == []
    other.close()
    assert figures(told) == before
    assert told.cs("verify").code == 0
    listed = {row["account_id"]: row for row in told.cs("accounts", "list", "--all", "-f", "json").json}
    (gone,) = set(listed) - {"A1", "A2", "A3", "B1", "B2"}
    assert gone.startswith("forgotten-")
    assert listed[gone]["status"] == "churned"
    assert told.cs("show", gone).code == 0

    # the same exports again, and new ones of other systems: its rows are counted and left out
    skipped = {"crm.csv": 1, "people.csv": 2, "subs.csv": 1, "stripe.csv": 1, "tickets.csv": 2, "nps.csv": 1,
               "goals.csv": 1, "usage.csv": 1, "broken.csv": 1}  # fmt: skip
    for name, content in FILES.items():
        answer = told.cs("import", "--yes", told.file(name, content + b"\n"))
        assert answer.code in (0, 3), answer.err
        count = skipped[name]
        assert (
            f"{count} {'row is' if count == 1 else 'rows are'} of accounts or people that were forgotten" in answer.err
        )
        assert f"{count} skipped" in answer.err
        (told.root / "exports" / name).unlink()
    other = text(
        "invoice_id,account_id,issued_on,amount,currency",
        "I1,ZYX-000777,2026-06-01,5.00,EUR",
        "I2,B1,2026-06-01,5.00,EUR",
    )
    assert "1 row is of accounts" in told.cs("import", told.file("inv.csv", other)).err
    (told.root / "exports" / "inv.csv").unlink()
    assert told.cs("run").code == 0
    assert [(path.name, mark) for path in files(told) for mark in MARKS if holds(path, mark)] == []
    assert {row["account_id"] for row in told.cs("accounts", "list", "--all", "-f", "json").json} == set(listed)
    assert figures(told)[0] == before[0]
    assert told.rows("SELECT count(*) FROM invoice WHERE key = 'I2'") == [(1,)]


def test_the_preview_names_what_goes_and_what_stays_and_changes_nothing(told: Desk) -> None:
    before = [path.read_bytes() for path in sorted(files(told))]
    shown = told.cs("accounts", "forget", "ZYX-000777", "--dry-run", "-f", "json")
    assert shown.code == 0, shown.err
    rows = {(row["what"], row["where"]): row for row in shown.json}
    assert rows["contact", "database"]["then"] == "deleted"
    assert rows["contact", "database"]["count"] == 2
    assert rows["file", "exports/crm.csv"]["then"] == "stays; --files deletes it"
    assert rows["file", "exports/old.csv.gz"]["then"] == "stays; --files deletes it"
    assert rows["file", "exports/wide.csv"]["then"] == "stays; --files deletes it"
    assert [what for what, _ in rows].count("backup") == 1
    refused = told.cs("accounts", "forget", "ZYX-000777")
    assert refused.code == 15
    assert "error[STO-040]" in refused.err
    assert "cs accounts forget ZYX-000777 --yes" in refused.err
    assert [path.read_bytes() for path in sorted(files(told))] == before


def test_without_files_it_says_which_still_hold_it(told: Desk) -> None:
    answer = told.cs("accounts", "forget", "ZYX-000777", "--yes")
    assert answer.code == 3
    assert "error[STO-042]" in answer.err
    assert "the database has forgotten it" in answer.err
    assert str(told.root / "exports" / "crm.csv") in answer.err
    for name in ("cs.db", "cs.db-wal", "rejects/11.csv"):
        path = told.root / name
        assert not path.exists() or not [mark for mark in MARKS if holds(path, mark)], name
    rejects = next(path for path in (told.root / "rejects").glob("*.csv") if "reasons" not in path.name)
    assert rejects.read_bytes() == b"account_id,name,employees\nB2,Gamma Works,many\n"


def test_a_paying_customer_is_not_forgotten_by_mistake(told: Desk) -> None:
    before = told.dump()
    answer = told.cs("accounts", "forget", "B1", "--yes")
    assert answer.code == 15
    assert "error[STO-041]" in answer.err
    assert "--customer" in answer.err
    assert told.dump() == before
    assert told.cs("accounts", "forget", "B1", "--yes", "--customer").code == 3
    names = {row["name"] for row in told.cs("accounts", "list", "--all", "-f", "json").json}
    assert "Beta Works" not in names


def test_a_reader_that_keeps_the_journal_is_said(told: Desk) -> None:
    other = sqlite3.connect(told.root / "cs.db", isolation_level=None)
    other.execute("BEGIN")
    assert other.execute("SELECT count(*) FROM account").fetchone()
    answer = told.cs("accounts", "forget", "ZYX-000777", "--yes", "--files")
    assert answer.code == 3
    assert "error[STO-043]" in answer.err
    other.execute("ROLLBACK")
    other.close()
    called = told.rows("SELECT max(note) FROM change_set WHERE kind = 'forget'")[0][0]
    again = told.cs("accounts", "forget", str(called).removeprefix("forgot "), "--yes", "--files")
    assert again.code == 0, again.err
    assert [(path.name, mark) for path in files(told) for mark in MARKS if holds(path, mark)] == []


def test_it_is_not_taken_back_and_may_be_done_again(told: Desk) -> None:
    assert told.cs("accounts", "forget", "ZYX-000777", "--yes", "--files").code == 0
    number = told.rows("SELECT max(id) FROM change_set WHERE kind = 'forget'")[0][0]
    refused = told.cs("imports", "undo", number)
    assert refused.code == 15
    called = told.rows("SELECT note FROM change_set WHERE id = ?", number)[0][0]
    again = told.cs("accounts", "forget", str(called).removeprefix("forgot "), "--yes", "--files")
    assert again.code == 0, again.err
    assert told.cs("verify").code == 0


def test_undo_of_an_import_from_before_brings_nobody_back(told: Desk) -> None:
    assert told.cs("accounts", "forget", "ZYX-000777", "--yes", "--files").code == 0
    crm, last = 3, told.last_import()
    for number in range(last, crm - 1, -1):
        told.cs("imports", "undo", number, "--keep-later")
    assert [(path.name, mark) for path in files(told) for mark in MARKS if holds(path, mark)] == []
    assert told.cs("verify").code == 0


def test_nobody_else_loses_a_word(told: Desk) -> None:
    kinds = {"account": "name, domain, industry, owner, tags", "contact": "name, email", "survey": "email, comment",
             "subscription": "plan, arr", "ticket": "requester_email, subject"}  # fmt: skip
    theirs = (
        "SELECT key, {} FROM {} WHERE retired_by IS NULL "
        "AND key IN ('B1', 'B2', 'K3', 'R2', 'sub_B', 'T3') ORDER BY key"
    )
    before = [told.rows(theirs.format(columns, kind)) for kind, columns in kinds.items()]
    assert all(before)
    assert told.cs("accounts", "forget", "ZYX-000777", "--yes").code == 3
    assert [told.rows(theirs.format(columns, kind)) for kind, columns in kinds.items()] == before
    assert told.rows("SELECT note FROM touch WHERE note LIKE 'knows%'") + told.rows(
        "SELECT text FROM note WHERE text LIKE 'knows%'"
    ) == [("knows [forgotten] well",)]


def test_those_forgotten_are_not_missed_in_the_next_export(desk: Desk) -> None:
    rows = [f"F{n},Firm {n},firm{n}.example,Ann" for n in range(20)]
    assert desk.cs("import", desk.file("crm.csv", text("account_id,name,domain,owner", *rows))).code == 0
    for n in range(6):
        assert desk.cs("accounts", "forget", f"F{n}", "--yes", "--files").code == 0
    changed = [row.replace("Ann", "Bob") for row in rows]
    answer = desk.cs("import", desk.file("crm.csv", text("account_id,name,domain,owner", *changed)))
    assert answer.code == 0, answer.err
    assert "6 rows are of accounts or people that were forgotten" in answer.err
    assert "3 known ones not in this file" in answer.err  # those of the seed
    # and who is left is missed as ever
    few = desk.cs("import", desk.file("crm.csv", text("account_id,name,domain,owner", *changed[6:12])))
    assert few.code == 15
    assert "Firm 1" in few.err
    assert "forgotten" not in few.err.split("value", 1)[1].split("expected")[0]


def test_what_is_kept_is_named_by_columns_that_there_are() -> None:
    """Text is emptied unless it is named here, so a misspelt name would lose words that are meant to stay."""
    from cs_cli.store.forget import DELETED, KEPT, SHARED
    from cs_cli.store.kinds import KINDS

    for kind, columns in SHARED.items():
        assert set(columns) <= set(KINDS[kind])
    assert set(DELETED) <= set(KINDS)
    assert {column for columns in KINDS.values() for column in columns} >= KEPT


def test_a_csv_of_the_preview_is_a_table(told: Desk) -> None:
    out = told.cs("accounts", "forget", "ZYX-000777", "--dry-run", "-f", "csv").out
    header, *rows = csv.reader(io.StringIO(out))
    assert header == ["what", "where", "count", "then"]
    assert rows
