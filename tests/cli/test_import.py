"""`cs import` as a person uses it: same files, worse files, the same files again."""

from __future__ import annotations

import gzip
import json
import sqlite3
from pathlib import Path

import pytest

from cs_cli.app import run

ACCOUNTS = "account_id,name,domain\nA1,Acme Inc,acme.com\nA2,Globex GmbH,globex.com\nA3,Initech,initech.com\n"
SUBSCRIPTIONS = (
    "subscription_id,account_id,plan,quantity,amount,currency,interval,discount,started_on,status\n"
    "S1,A1,pro,10,50.00,EUR,month,10%,2026-01-15,active\n"
    "S2,A2,pro,1,1200.00,EUR,year,,2026-01-20,active\n"
    "S3,A3,team,4,30.00,EUR,quarter,,2026-02-01,paused\n"
)


class Desk:
    """A workspace in a temporary folder, and `cs` in it."""

    def __init__(self, root: Path, capfd: pytest.CaptureFixture[str]) -> None:
        self.root, self.capfd = root, capfd
        self.out = self.err = ""
        answers = ["--company", "X", "--currency", "EUR", "--zone", "UTC", "--name", "Me", "--email", "me@x.example"]
        assert self.cs("init", str(root), *answers) == 0

    def cs(self, *words: str) -> int:
        self.capfd.readouterr()
        code = run(list(words))
        self.out, self.err = self.capfd.readouterr()
        return code

    def run(self, *words: str) -> int:
        return self.cs("-w", str(self.root), *words)

    def file(self, name: str, content: str | bytes) -> str:
        path = self.root / "exports" / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return str(path)

    def load(self, name: str, content: str | bytes, *words: str) -> int:
        return self.run("import", self.file(name, content), "--as-of", "2026-06-30", *words)

    def rows(self, sql: str, *values: object) -> list[tuple[object, ...]]:
        conn = sqlite3.connect(f"file:{self.root / 'cs.db'}?mode=ro", uri=True)
        try:
            return conn.execute(sql, values).fetchall()
        finally:
            conn.close()

    def dump(self) -> list[str]:
        """Every record version without when and from where it came."""
        found = []
        for kind in ("account", "contact", "subscription", "subscription_step", "invoice", "ticket", "identity"):
            found += [kind + repr(row) for row in self.rows(f"SELECT * FROM {kind} ORDER BY id")]
        return found + [repr(row) for row in self.rows("SELECT * FROM usage ORDER BY 1, 2, 3")]

    def accounts_of(self, kind: str) -> list[tuple[object, ...]]:
        return self.rows(
            f"SELECT k.key, r.account_id, i.how FROM {kind} k LEFT JOIN identity i ON i.ref = k.ref "
            "AND i.retired_by IS NULL LEFT JOIN account_registry r ON r.account = i.account "
            "WHERE k.retired_by IS NULL ORDER BY k.key"
        )


@pytest.fixture
def desk(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> Desk:
    return Desk(tmp_path / "ws", capfd)


@pytest.fixture
def full(desk: Desk) -> Desk:
    assert desk.load("accounts.csv", ACCOUNTS) == 0
    assert desk.load("subscriptions.csv", SUBSCRIPTIONS) == 0
    return desk


def test_annual_amounts_are_exact(full: Desk) -> None:
    assert full.rows("SELECT key, arr FROM subscription ORDER BY key") == [("S1", 540000), ("S2", 120000), ("S3", 0)]
    assert "MRR EUR: 0 → 550" in full.err


def test_the_same_file_again_is_said_and_changes_nothing(full: Desk) -> None:
    before = full.dump()
    assert full.load("subscriptions.csv", SUBSCRIPTIONS) == 0
    assert "already imported as #2" in full.err
    assert full.dump() == before


def test_other_order_encoding_and_line_ends_change_nothing(full: Desk) -> None:
    before = full.dump()
    head, *rows = SUBSCRIPTIONS.splitlines()
    shuffled = "\r\n".join([head, *reversed(rows)]) + "\r\n"
    variants = {
        "crlf.csv": shuffled.encode(),
        "bom.csv": b"\xef\xbb\xbf" + SUBSCRIPTIONS.encode(),
        "utf16.csv": SUBSCRIPTIONS.encode("utf-16"),
        "semicolon.csv": SUBSCRIPTIONS.replace(",", ";").encode(),
        "packed.csv.gz": gzip.compress(SUBSCRIPTIONS.encode(), mtime=0),
        "days.csv": SUBSCRIPTIONS.replace("2026-01-15", "15-01-2026").replace("2026-01-20", "20-01-2026")
        .replace("2026-02-01", "01-02-2026").encode(),
    }
    for name, content in variants.items():
        assert full.load(name, content) == 0, name
        assert "0 added, 0 changed, 3 unchanged" in full.err, name
    assert full.dump() == before


def test_files_in_any_order_give_the_same_links(desk: Desk, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    head = "ticket_id,account_id,requester_email,opened_at\n"
    tickets = head + "T1,,bob@acme.com,2026-03-01 10:00\nT2,A2,,2026-03-02 10:00\n"
    files = {"accounts.csv": ACCOUNTS, "subscriptions.csv": SUBSCRIPTIONS, "tickets.csv": tickets}
    for name, content in files.items():
        assert desk.load(name, content) == 0
    other = Desk(tmp_path / "other", capfd)
    for name, content in reversed(files.items()):
        assert other.load(name, content) == 0
    for kind in ("account", "subscription", "ticket"):
        ours = [row[:2] for row in desk.accounts_of(kind)]
        assert ours == [row[:2] for row in other.accounts_of(kind)]
        assert all(account is not None for _, account in ours)


def test_a_changed_price_of_a_running_subscription_becomes_a_dated_step(full: Desk) -> None:
    path = full.file("later.csv", SUBSCRIPTIONS.replace("S1,A1,pro,10", "S1,A1,pro,12"))
    assert full.run("import", path, "--as-of", "2026-07-31") == 0
    steps = full.rows("SELECT subscription, from_on, quantity, arr FROM subscription_step ORDER BY from_on")
    assert steps == [("S1", "2026-01-15", 10, 540000), ("S1", "2026-07-31", 12, 648000)]


def test_correct_rewrites_instead(full: Desk) -> None:
    path = full.file("later.csv", SUBSCRIPTIONS.replace("S1,A1,pro,10", "S1,A1,pro,12"))
    assert full.run("import", path, "--as-of", "2026-07-31", "--correct") == 0
    assert full.rows("SELECT count(*) FROM subscription_step") == [(0,)]
    assert full.rows("SELECT arr FROM subscription WHERE key = 'S1' AND retired_by IS NULL") == [(648000,)]


def test_columns_that_are_absent_keep_what_is_known(full: Desk) -> None:
    assert full.load("ends.csv", "subscription_id,account_id,ended_on\nS2,A2,2026-05-01\n", "--complete") == 0
    row = full.rows("SELECT plan, amount, arr, ended_on FROM subscription WHERE key = 'S2' AND retired_by IS NULL")
    assert row == [("pro", 120000, 120000, "2026-05-01")]


def test_dry_run_shows_the_difference_and_changes_no_byte(full: Desk) -> None:
    before = (full.root / "cs.db").read_bytes()
    changed = SUBSCRIPTIONS.replace("S1,A1,pro,10", "S1,A1,pro,12")
    assert full.load("later.csv", changed, "--dry-run") == 0
    assert "0 added, 1 changed, 2 unchanged" in full.err
    changed_rows = [line.split() for line in full.out.splitlines() if "quantity" in line]
    assert [(words[2], words[-2:]) for words in changed_rows] == [("S1", ["10", "12"])]
    assert "MRR EUR: 550 → 640" in full.err
    assert (full.root / "cs.db").read_bytes() == before
    assert not (full.root / "rejects").exists()


def test_bad_rows_are_set_aside_repaired_and_imported(full: Desk) -> None:
    bad = SUBSCRIPTIONS + "S4,A1,addon,many,10.00,EUR,month,,2026-03-01,active\n"
    assert full.load("more.csv", bad) == 3
    assert "quantity" in full.err
    assert "more.csv:5" in full.err
    assert 'value    "many"' in full.err
    rejects = full.root / "rejects" / "3.csv"
    assert rejects.stat().st_mode & 0o777 == 0o600
    head = SUBSCRIPTIONS.splitlines()[0]
    assert rejects.read_text() == head + "\nS4,A1,addon,many,10.00,EUR,month,,2026-03-01,active\n"
    assert full.run("imports", "rejects", "3", "-f", "json") == 0
    assert json.loads(full.out)[0]["value"] == "many"
    rejects.write_text(rejects.read_text().replace("many", "3"))
    assert full.run("import", str(rejects)) == 0, full.err
    assert "repairs rows of #3" in full.err
    assert full.rows("SELECT arr FROM subscription WHERE key = 'S4'") == [(36000,)]
    assert full.rows("SELECT fixes FROM change_set WHERE id = 4") == [(3,)]
    assert full.run("imports", "rejects", "4") == 0
    assert "set no row aside" in full.out
    for path in rejects.parent.iterdir():
        path.unlink()
    assert full.run("imports", "rejects", "3") == 0
    assert "set 1 aside, but rejects/3.reasons.csv is no longer there" in full.out
    assert full.run("imports", "rejects", "99") == 2
    assert "error[USE-012] there is no import or entry #99" in full.err


def test_too_many_bad_rows_or_strict_change_nothing(full: Desk) -> None:
    before = full.dump()
    rows = "".join(f"X{n},A1,pro,nothing,1.00,EUR,month,,2026-03-01,active\n" for n in range(21))
    assert full.load("bad.csv", SUBSCRIPTIONS + rows) == 10
    assert "IMP-220" in full.err
    one = SUBSCRIPTIONS + "S4,A1,addon,many,10.00,EUR,month,,2026-03-01,active\n"
    assert full.load("one.csv", one, "--strict") == 10
    assert full.dump() == before


def test_the_same_key_twice(full: Desk) -> None:
    head = "ticket_id,account_id,opened_at,subject\n"
    assert full.load("same.csv", head + "T1,A1,2026-03-01,Help\n" * 2) == 0
    assert full.load("two.csv", head + "T2,A1,2026-03-01,Help\nT2,A1,2026-03-01,Other\nT3,A1,2026-03-01,x\n") == 3
    assert "IMP-215" in full.err
    assert "lines 2 and 3" in full.err
    assert full.rows("SELECT key FROM ticket ORDER BY key") == [("T1",), ("T3",)]


# --- guards -------------------------------------------------------------------


def many(n: int, start: int = 0, **more: str) -> str:
    industry = more.get("industry", "Retail")
    rows = "".join(f"B{i},Company {i},company{i}.com,{industry}\n" for i in range(start, start + n))
    return "account_id,name,domain,industry\n" + rows


@pytest.mark.parametrize(
    ("content", "ident", "override"),
    [
        (many(12), "IMP-231", "--complete"),
        (many(20, industry=""), "IMP-233", "--yes"),
        (many(20, start=500), "IMP-234", "--yes"),
        (many(20).replace("B3,", "1.2346E+15,"), "IMP-230", "--yes"),
    ],
)
def test_guards_stop_and_name_what_overrides_them(desk: Desk, content: str, ident: str, override: str) -> None:
    assert desk.load("first.csv", many(20)) == 0
    before = desk.dump()
    assert desk.load("second.csv", content) == 15
    assert ident in desk.err
    assert override in desk.err
    assert desk.dump() == before
    assert desk.load("second.csv", content, override) == 0


def test_guard_on_mrr(full: Desk) -> None:
    cents = SUBSCRIPTIONS.replace("50.00", "5000.00").replace("1200.00", "120000.00")
    assert full.load("cents.csv", cents) == 15
    assert "IMP-235" in full.err
    assert "--yes" in full.err
    assert full.load("cents.csv", cents, "--yes") == 0


def test_an_older_export_leaves_today_as_it_is(desk: Desk) -> None:
    assert desk.load("companies-2026-06-30.csv", ACCOUNTS) == 0
    older = ACCOUNTS.replace("Initech", "Initrode") + "A4,Umbrella,umbrella.example\n"
    assert desk.run("import", desk.file("companies-2026-05-31.csv", older)) == 0
    assert "speaks for 2026-05-31, before #1 (2026-06-30): 3 rows that newer files have left today as it is" in desk.err
    names = desk.rows("SELECT name FROM account WHERE retired_by IS NULL ORDER BY key")
    assert names == [("Acme Inc",), ("Globex GmbH",), ("Initech",), ("Umbrella",)]


# --- recognising ---------------------------------------------------------------


def test_unknown_headers_say_what_comes_nearest(desk: Desk) -> None:
    assert desk.load("odd.csv", "subscription_id,acount_id,plan,amount\nS1,A1,pro,5\n") == 10
    assert "IMP-202" in desk.err
    assert "cs_subscription comes nearest" in desk.err
    assert desk.load("foo.csv", "foo,bar\n1,2\n") == 10
    assert desk.load("a.csv", ACCOUNTS, "--source", "cs_acount") == 2
    assert 'did you mean "cs_account"' in desk.err


def test_two_sources_claiming_a_file(desk: Desk) -> None:
    mine = (
        "source: mine\nsystem: mine\nkind: survey\nrole: survey\nclaims: [id, person, survey_type, score, created_at]\n"
        "key: id\naccount: {email: person}\ncolumns:\n  score: {from: score, type: number}\n"
    )
    (desk.root / "sources" / "mine.yaml").write_text(mine)
    answers = "id,person,survey_type,score,created_at\n1,a@acme.com,nps,9,1736516910\n"
    assert desk.load("nps.csv", answers) == 10
    assert "IMP-203" in desk.err
    assert "delighted and mine" in desk.err
    assert desk.load("nps.csv", answers, "--source", "mine") == 0


def test_templates_are_printed_and_read_back(desk: Desk) -> None:
    assert desk.run("import", "--template", "subscription") == 0
    assert desk.out == (
        "subscription_id,account_id,plan,quantity,amount,currency,interval,discount,mrr,started_on,renews_on,"
        "term_months,auto_renew,notice_days,cancelled_on,ended_on,status,trial,product,trial_ends_on,"
        "renewal_term_months,trial_starts_on,paused_on,resumed_on,period_starts_on\n"
    )
    assert desk.run("import", "--template", "subscriptions") == 2
    assert 'did you mean "subscription"' in desk.err


def test_every_template_is_claimed_by_its_source_alone() -> None:
    from cs_cli.intake.catalogue import shipped_sources
    from cs_cli.intake.recognise import recognise
    from cs_cli.intake.templates import templates

    for kind, headers in templates().items():
        line = [*headers, "logins"] if kind == "usage_wide" else headers
        source = "customer_book" if kind == "book" else f"cs_{kind}"
        assert recognise(line, shipped_sources(), None, "x.csv").source == source


# --- accounts -------------------------------------------------------------------

STRIPE = "id,Description,Email,Name,Created (UTC),Card ID,Total Spend,Payment Count,Refunded Volume,Dispute Losses\n"
CUSTOMERS = (
    STRIPE
    + "cus_1,,billing@acme.com,Acme,2026-01-01 10:00,,0.00,0,0.00,0.00\n"
    + "cus_2,,ann@gmail.com,\"GLOBEX,  GmbH.\",2026-01-01 10:00,,0.00,0,0.00,0.00\n"
    + "cus_3,,who@nowhere.com,Nowhere,2026-01-01 10:00,,0.00,0,0.00,0.00\n"
    + ",,guest@x.com,Guest,2026-01-01 10:00,,5.00,1,0.00,0.00\n"
)


def test_billing_is_matched_by_domain_then_name_and_else_set_apart(desk: Desk) -> None:
    assert desk.load("accounts.csv", ACCOUNTS) == 0
    assert desk.load("customers.csv", CUSTOMERS) == 0
    assert "1 skipped" in desk.err
    assert "cus_3 Nowhere" in desk.err
    assert [row for row in desk.accounts_of("account") if str(row[0]).startswith("cus")] == [
        ("cus_1", "A1", "domain"), ("cus_2", "A2", "name"), ("cus_3", None, None),
    ]


def test_a_workspace_with_billing_only_makes_its_accounts_from_it(desk: Desk) -> None:
    assert desk.load("customers.csv", CUSTOMERS) == 0
    assert [row[1] for row in desk.accounts_of("account")] == ["cus_1", "cus_2", "cus_3"]
    # with a CRM, what it does not know is set apart; what it knows keeps its number
    assert desk.load("accounts.csv", ACCOUNTS) == 0
    assert {row[0]: row[1] for row in desk.accounts_of("account")} == {
        "A1": "cus_1", "A2": "cus_2", "A3": "A3", "cus_1": "cus_1", "cus_2": "cus_2", "cus_3": None,
    }


def test_a_shared_domain_matches_none_and_a_contact_teaches_one(desk: Desk) -> None:
    assert desk.load("accounts.csv", "account_id,name,domain\nA1,One,same.com\nA2,Two,same.com\nA3,Three,\n") == 0
    contacts = "contact_id,account_id,name,email\nC1,A3,Ann,ann@three.com\nC2,A3,Bob,bob@gmail.com\n"
    assert desk.load("contacts.csv", contacts) == 0
    tickets = (
        "ticket_id,requester_email,opened_at\nT1,x@same.com,2026-01-01\nT2,y@three.com,2026-01-01\n"
        "T3,z@gmail.com,2026-01-01\nT4,bob@gmail.com,2026-01-01\n"
    )
    assert desk.load("tickets.csv", tickets) == 0
    assert [row[1] for row in desk.accounts_of("ticket")] == [None, "A3", None, "A3"]
    assert "same.com is shared by 2 accounts" in desk.err


def test_usage_rows_that_are_added_up_are_said(full: Desk) -> None:
    head, row = "account_id,day,metric,value\n", "A1,2026-06-01,logins,4\n"
    assert full.load("usage.csv", head + row * 2 + row.replace("06-01", "06-02")) == 0
    assert "1 row added to another of the same account, metric and day" in full.err
    assert full.rows("SELECT value FROM usage ORDER BY day") == [(8,), (4,)]


def test_usage_long_and_wide(full: Desk) -> None:
    long = "account_id,day,metric,value\nA1,2026-03-01,logins,5\nA1,2026-03-01,logins,2\nA2,2026-03-01,logins,1\n"
    assert full.load("usage.csv", long) == 0
    assert full.load("wide.csv", "account_id,day,exports,seats used\nA1,2026-03-01,5,3\nA2,2026-03-02,,4\n") == 0
    found = full.rows("SELECT m.name, u.day, u.value FROM usage u JOIN metric m ON m.id = u.metric ORDER BY 1, 2, 3")
    assert found == [
        ("exports", "2026-03-01", 5), ("logins", "2026-03-01", 1), ("logins", "2026-03-01", 7),
        ("seats used", "2026-03-01", 3), ("seats used", "2026-03-02", 4),
    ]
    assert full.load("again.csv", long + "A2,2026-03-02,logins,9\n") == 0
    assert "1 added, 0 changed, 2 unchanged" in full.err


def test_undo_puts_back_what_was_and_lets_the_file_in_again(full: Desk) -> None:
    changed = SUBSCRIPTIONS.replace("S1,A1,pro,10", "S1,A1,pro,12") + "S9,A1,x,1,1.00,EUR,month,,2026-01-01,active\n"
    assert full.load("later.csv", changed) == 0
    assert full.run("imports", "undo", "3") == 0, full.err
    current = "SELECT key, quantity FROM subscription WHERE retired_by IS NULL ORDER BY key"
    assert full.rows(current) == [("S1", 10), ("S2", 1), ("S3", 4)]
    assert full.rows("SELECT count(*) FROM subscription_step WHERE retired_by IS NULL") == [(0,)]
    assert full.load("later.csv", changed) == 0
    assert "already" not in full.err
    assert full.rows(current) == [("S1", 12), ("S2", 1), ("S3", 4), ("S9", 1)]
    assert full.run("imports", "list", "-f", "json") == 0
    listed = json.loads(full.out)
    assert [one["import"] for one in listed] == [5, 3, 2, 1]
    assert set(listed[0]) >= {"import", "source", "file", "rows", "added", "changed", "unchanged", "set_aside", "at"}


def test_one_refused_file_of_several_changes_nothing(full: Desk) -> None:
    before = full.dump()
    good = full.file("good.csv", "contact_id,account_id,email\nC1,A1,a@acme.com\n")
    bad = full.file("bad.csv", "foo,bar\n1,2\n")
    assert full.run("import", good, bad) == 10
    assert full.dump() == before


def test_a_folder_imports_what_is_new_and_a_missing_file_is_said(full: Desk) -> None:
    full.file("contacts.csv", "contact_id,account_id,email\nC1,A1,a@acme.com\n")
    assert full.run("import", str(full.root / "exports")) == 0
    assert full.err.count("already imported") == 2
    assert "cs_contact" in full.err
    assert full.run("import", str(full.root / "exports" / "contact.csv")) == 10
    assert "contacts.csv" in full.err
