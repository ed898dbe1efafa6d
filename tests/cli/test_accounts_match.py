"""`cs accounts match|link|unlink|merge`: proposals with evidence, decisions that last and can be undone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Cs, Result

ACCOUNTS = (
    "account_id,name,domain,country\nA1,Acme Inc,acme.com,US\nA2,Globex GmbH,globex.com,DE\nA3,Initech,initech.com,US\n"
)
STRIPE = "id,Description,Email,Name,Created (UTC),Card ID,Total Spend,Payment Count,Refunded Volume,Dispute Losses\n"


def customer(key: str, email: str, name: str) -> str:
    return f"{key},,{email},{name},2026-01-01 10:00,,0.00,0,0.00,0.00\n"


class Desk:
    """A workspace and `cs` in it."""

    def __init__(self, cs: Cs, root: Path) -> None:
        self.cs, self.root = cs, root

    def __call__(self, *words: object) -> Result:
        return self.cs("-w", self.root, *words)

    def load(self, name: str, text: str, *words: str) -> Result:
        path = self.root / "exports" / name
        path.write_text(text)
        return self("import", path, *words)

    def good(self, name: str, text: str, *words: str) -> Result:
        done = self.load(name, text, *words)
        assert done.code == 0, done.err
        return done

    def pairs(self, *words: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self("accounts", "match", "-f", "json", *words).json
        return found

    def ids(self) -> list[str]:
        return sorted(row["account_id"] for row in self("accounts", "list", "--all", "-f", "json").json)

    def owner_of(self, ref: str) -> str | None:
        """The account id that a reference belongs to, asked of the store."""
        import sqlite3

        conn = sqlite3.connect(f"file:{self.root / 'cs.db'}?mode=ro", uri=True)
        try:
            row = conn.execute(
                "SELECT g.account_id FROM ref r LEFT JOIN identity i ON i.ref = r.id AND i.retired_by IS NULL "
                "LEFT JOIN account_registry g ON g.account = i.account WHERE r.system || ':' || r.external_id = ?",
                (ref,),
            ).fetchone()
        finally:
            conn.close()
        assert row is not None, ref
        return row[0] if row[0] is None else str(row[0])


@pytest.fixture
def desk(cs: Cs, workspace: Path) -> Desk:
    made = Desk(cs, workspace)
    made.good("accounts.csv", ACCOUNTS)
    return made


# --- proposals ------------------------------------------------------------------


def test_the_demo_pair_is_found_with_its_evidence(cs: Cs, demo_once: Path) -> None:
    found = cs("-w", demo_once, "accounts", "match", "-f", "json")
    assert found.code == 0
    assert [(one["kind"], one["name"], one["account"]) for one in found.json] == [
        ("twice", "Kestrel Mobility GmbH", "Kestrel Mobility")
    ]
    assert "the same name but for its form" in found.json[0]["evidence"]
    assert "kestrel-mobility.example" in found.json[0]["evidence"]
    assert "Orchard Nine Collective" in found.err
    again = cs("-w", demo_once, "accounts", "match", "-f", "json")
    assert again.out == found.out


def test_a_likely_name_is_proposed_and_never_matched(desk: Desk) -> None:
    desk.good(
        "c.csv",
        STRIPE
        + customer("cus_1", "pay@else.where.example", "Globx GmbH")
        + customer("cus_2", "x@far.example", "Nothing Alike Ltd"),
    )
    assert desk.owner_of("stripe:cus_1") is None
    found = desk.pairs("--min", "60")
    assert [(one["called"], one["account_id"], one["kind"]) for one in found] == [("stripe:cus_1", "A2", "no account")]
    assert "names alike by" in found[0]["evidence"]
    assert found[0]["next"] == "cs accounts link stripe:cus_1 A2"
    assert desk.pairs("--min", "100") == []


def test_a_shared_domain_is_weak_evidence_and_said(desk: Desk) -> None:
    many = "".join(
        f"B{n},Client {word},agency.example,US\n" for n, word in enumerate(["Oak", "Elm", "Fir", "Ash", "Yew"])
    )
    desk.good("more.csv", "account_id,name,domain,country\n" + many)
    desk.good("c.csv", STRIPE + customer("cus_1", "pay@agency.example", "Some Studio"))
    assert desk.owner_of("stripe:cus_1") is None
    assert desk.pairs("--min", "50") == []
    weak = desk.pairs("--min", "5")
    assert any("which 5 share" in one["evidence"] for one in weak if one["called"] == "stripe:cus_1")


def test_parent_and_subsidiary_are_no_pair(desk: Desk) -> None:
    head = "account_id,name,domain,parent_id\n"
    desk.good(
        "p.csv",
        head + "P1,Hooli,hooli.example,\nP2,Hooli Inc,hooli.example,P1\nP3,Hooli Ltd,hooli.example,P1\n",
        "--complete",
    )
    assert desk.pairs() == []


def test_an_earlier_name_is_evidence(desk: Desk) -> None:
    desk.good("renamed.csv", ACCOUNTS.replace("Initech", "Initrode Systems"))
    assert desk.ids() == ["A1", "A2", "A3"]
    desk.good("c.csv", STRIPE + customer("cus_1", "pay@gmail.com", "Initech"))
    found = desk.pairs()
    assert [(one["called"], one["account_id"]) for one in found] == [("stripe:cus_1", "A3")]
    assert "its earlier name" in found[0]["evidence"]


def test_numbers_stay_when_others_are_settled(desk: Desk) -> None:
    desk.good(
        "c.csv", STRIPE + customer("cus_1", "a@gmail.com", "Globx GmbH") + customer("cus_2", "b@gmail.com", "Acmee Inc")
    )
    before = {one["called"]: one["number"] for one in desk.pairs("--min", "40")}
    assert sorted(before.values()) == [1, 2]
    first = next(name for name, number in before.items() if number == 1)
    other = next(name for name, number in before.items() if number == 2)
    assert desk("accounts", "match", "--refuse", "1").code == 0
    assert {one["called"]: one["number"] for one in desk.pairs("--min", "40")} == {other: 2}
    gone = desk("accounts", "match", "--refuse", "1")
    assert gone.code == 2
    assert "IMP-255" in gone.err
    desk.good(
        "again.csv",
        STRIPE
        + customer("cus_1", "a@gmail.com", "Globx GmbH")
        + customer("cus_2", "b@gmail.com", "Acmee Inc")
        + customer("cus_3", "c@gmail.com", "Unlike"),
    )
    assert first not in {one["called"] for one in desk.pairs("--min", "40")}
    assert desk("verify").code == 0


def test_a_refused_pair_is_not_matched_by_a_later_domain(desk: Desk) -> None:
    desk.good("c.csv", STRIPE + customer("cus_1", "a@gmail.com", "Globx GmbH"))
    number = desk.pairs("--min", "40")[0]["number"]
    assert desk("accounts", "match", "--refuse", number).code == 0
    desk.good("d.csv", STRIPE + customer("cus_1", "a@globex.com", "Globx GmbH"))
    assert desk.owner_of("stripe:cus_1") is None
    last = desk("log", "list").code  # any read command works with a refusal in the store
    assert last in (0, 2)


def test_accept_links_or_merges(desk: Desk) -> None:
    desk.good("c.csv", STRIPE + customer("cus_1", "a@gmail.com", "Globx GmbH"))
    number = desk.pairs("--min", "40")[0]["number"]
    assert desk("accounts", "match", "--accept", number).code == 0
    assert desk.owner_of("stripe:cus_1") == "A2"
    desk.good("twin.csv", "account_id,name,domain\nA9,ACME,\n", "--complete")
    pair = desk.pairs()[0]
    assert (pair["kind"], pair["account_id"], pair["called"]) == ("twice", "A1", "A9")
    assert desk("accounts", "match", "--accept", pair["number"]).code == 0
    assert desk.ids() == ["A1", "A2", "A3"]


# --- decisions -------------------------------------------------------------------


def test_link_lasts_through_imports_and_is_undone(desk: Desk) -> None:
    rows = STRIPE + customer("cus_1", "a@odd.example", "Odd Name")
    desk.good("c.csv", rows)
    linked = desk("accounts", "link", "stripe:cus_1", "Initech")
    assert linked.code == 0, linked.err
    assert desk.owner_of("stripe:cus_1") == "A3"
    number = linked.err.split("cs imports undo ")[1].split()[0]
    # other rows that point elsewhere do not overrule a person
    desk.good("c2.csv", STRIPE + customer("cus_1", "a@acme.com", "Acme Inc"))
    assert desk.owner_of("stripe:cus_1") == "A3"
    assert "already belongs" in desk("accounts", "link", "cus_1", "A3").err
    assert desk("imports", "undo", number).code == 0
    assert desk.owner_of("stripe:cus_1") == "A1"


def test_what_was_linked_teaches_its_domain(desk: Desk) -> None:
    desk.good("c.csv", STRIPE + customer("cus_1", "a@odd.example", "Odd Name"))
    assert desk("accounts", "link", "Odd Name", "A3").code == 0
    desk.good("t.csv", "ticket_id,requester_email,opened_at\nT1,zoe@odd.example,2026-01-01\n")
    assert desk.owner_of("cs:zoe@odd.example") == "A3"


def test_unlink_leaves_without_account_until_linked_again(desk: Desk) -> None:
    desk.good("c.csv", STRIPE + customer("cus_1", "a@acme.com", "Acme Inc"))
    assert desk.owner_of("stripe:cus_1") == "A1"
    assert desk("accounts", "unlink", "stripe:cus_1").code == 0
    assert desk.owner_of("stripe:cus_1") is None
    desk.good("c2.csv", STRIPE + customer("cus_1", "b@acme.com", "Acme Inc"))
    assert desk.owner_of("stripe:cus_1") is None
    assert desk("accounts", "unlink", "stripe:cus_1").code == 2
    assert desk("accounts", "link", "stripe:cus_1", "A2").code == 0
    assert desk.owner_of("stripe:cus_1") == "A2"


def test_merge_moves_everything_keeps_the_id_and_is_undone(desk: Desk) -> None:
    head = "subscription_id,account_id,amount,currency,interval,started_on\n"
    desk.good("s.csv", head + "S1,A1,10.00,USD,month,2026-01-01\nS2,A3,5.00,USD,month,2026-01-01\n")
    merged = desk("accounts", "merge", "A1", "Initech")
    assert merged.code == 0, merged.err
    rows = {row["account_id"]: row for row in desk("accounts", "list", "--all", "-f", "json").json}
    assert sorted(rows) == ["A1", "A2"]
    assert rows["A1"]["mrr"] == 15
    assert rows["A1"]["name"] == "Acme Inc"
    for called in ("Initech", "initech.com", "A3"):
        assert "Acme Inc" in desk("show", called).out, called
    # what comes later for the merged one finds the kept one, by id, domain and name
    desk.good(
        "more.csv", "ticket_id,account_id,requester_email,opened_at\nT1,A3,,2026-02-01\nT2,,q@initech.com,2026-02-01\n"
    )
    assert desk.owner_of("cs:q@initech.com") == "A1"
    desk.good("again.csv", ACCOUNTS.replace("Initech", "Initech AG"))
    assert desk.ids() == ["A1", "A2"]
    assert desk("verify").code == 0
    number = merged.err.split("cs imports undo ")[1].split()[0]
    assert desk("imports", "undo", number).code == 0
    assert desk.ids() == ["A1", "A2", "A3"]
    assert desk.owner_of("cs:q@initech.com") == "A3"


def test_unlink_takes_one_record_out_of_a_merge(desk: Desk) -> None:
    assert desk("accounts", "merge", "A1", "A3").code == 0
    taken = desk("accounts", "unlink", "cs:A3")
    assert taken.code == 0, taken.err
    assert "belongs to A3 now" in taken.err
    assert desk.ids() == ["A1", "A2", "A3"]


def test_a_merge_of_the_kept_name_wins_whatever_the_order_of_ids(desk: Desk) -> None:
    assert desk("accounts", "merge", "A3", "A1").code == 0
    rows = {row["account_id"]: row["name"] for row in desk("accounts", "list", "--all", "-f", "json").json}
    assert rows == {"A2": "Globex GmbH", "A3": "Initech"}


def test_an_import_under_a_link_or_merge_is_not_undone(desk: Desk) -> None:
    desk.good("c.csv", STRIPE + customer("cus_1", "a@odd.example", "Odd Name"))
    assert desk("accounts", "link", "stripe:cus_1", "A3").code == 0
    for number in (1, 2):
        stopped = desk("imports", "undo", number)
        assert stopped.code == 15, number
        assert "linked or merged its accounts" in stopped.err
    assert desk("imports", "undo", "3").code == 0
    assert desk("accounts", "merge", "A1", "A2").code == 0
    assert desk("imports", "undo", "1").code == 15
    assert desk.ids() == ["A1", "A3"]


@pytest.mark.parametrize(
    ("words", "ident"),
    [
        (("link", "nothing-like-it", "A1"), "IMP-250"),
        (("link", "cs:A2", "A1"), "IMP-253"),
        (("unlink", "cs:A2"), "IMP-253"),
        (("merge", "A1", "acme.com"), "IMP-254"),
        (("match", "--accept", "7"), "IMP-255"),
        (("link", "same", "A1"), "IMP-251"),
        (("merge", "A1", "Nobody"), "USE-010"),
    ],
)
def test_what_cannot_be_is_refused_and_changes_nothing(desk: Desk, words: tuple[str, ...], ident: str) -> None:
    desk.good(
        "c.csv", STRIPE + customer("cus_1", "a@odd.example", "same") + customer("cus_2", "b@odd2.example", "same")
    )
    before = (desk.root / "cs.db").read_bytes()
    refused = desk("accounts", *words)
    assert refused.code == 2
    assert ident in refused.err
    assert (desk.root / "cs.db").read_bytes() == before


# --- ids used again ------------------------------------------------------------------


def test_an_id_with_another_name_and_domain_stops(desk: Desk) -> None:
    swapped = ACCOUNTS.replace("A3,Initech,initech.com", "A3,Umbrella,umbrella.example")
    stopped = desk.load("swapped.csv", swapped)
    assert stopped.code == 15
    assert "IMP-237" in stopped.err
    assert "Initech" in stopped.err and "Umbrella" in stopped.err
    assert desk("show", "Initech").code == 0
    assert desk.load("swapped.csv", swapped, "--yes").code == 0
    assert desk("show", "Umbrella").code == 0


def test_a_renamed_company_keeps_its_account(desk: Desk) -> None:
    desk.good("renamed.csv", ACCOUNTS.replace("Initech,", "Initrode,"))
    desk.good("moved.csv", ACCOUNTS.replace("Initech,initech.com", "Initrode,initrode.example"))
    assert desk.ids() == ["A1", "A2", "A3"]
    assert "Initrode" in desk("show", "A3").out


def test_a_customer_with_a_contact_s_free_mail_address_is_that_account(desk: Desk) -> None:
    """The address itself is evidence where its domain is none; one that two accounts share is not."""
    desk.good("k.csv", "contact_id,account_id,name,email\nK1,A3,Bob,Bob.Ray@gmail.com\n"
              "K2,A1,Ann,ann@gmail.com\nK3,A2,Ann,ann@gmail.com\n")
    desk.good("c.csv", STRIPE + customer("cus_1", "bob.ray@gmail.com", "Ray & Sons")
              + customer("cus_2", "ann@gmail.com", "Ann Doe") + customer("cus_3", "zed@gmail.com", "Zed"))
    assert [desk.owner_of(f"stripe:cus_{n}") for n in (1, 2, 3)] == ["A3", None, None]


def test_a_part_of_a_domain_is_proposed_and_not_matched(desk: Desk) -> None:
    others = customer("cus_2", "x@notacme.com", "X")
    desk.good("c.csv", STRIPE + customer("cus_1", "pay@eu.acme.com", "Payables") + others)
    assert desk.owner_of("stripe:cus_1") is None
    (pair,) = desk.pairs("--min", "50")
    assert (pair["called"], pair["account_id"]) == ("stripe:cus_1", "A1")
    assert "eu.acme.com is part of acme.com" in pair["evidence"]


def test_a_lead_with_free_mail_has_no_domain_and_is_found_by_the_address(desk: Desk) -> None:
    leads = (
        "id,display_name,status_label,url,primary_contact_primary_email\n"
        "lead_1,Ray & Sons,Customer,,bob.ray@gmail.com\nlead_2,Cato,Customer,,ann@cato.example\n"
    )
    desk.good("close.csv", leads)
    desk.good("c.csv", STRIPE + customer("cus_1", "Bob.Ray@gmail.com", "R") + customer("cus_2", "zed@gmail.com", "Z"))
    owner = desk.owner_of("stripe:cus_1")
    assert owner == "lead_1" and desk.owner_of("stripe:cus_2") is None
    value = desk("explain", "lead_1", "domain", "-f", "json").json["sections"]["rows"]["figures"]["domain"]["value"]
    other = desk("explain", "lead_2", "domain", "-f", "json").json["sections"]["rows"]["figures"]["domain"]["value"]
    assert (value, other) == (None, "cato.example")
