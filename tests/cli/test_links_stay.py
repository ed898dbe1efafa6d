"""Money stays with its account until a person, or the CRM's own word for a merge, says otherwise."""

from __future__ import annotations

import shutil
import sqlite3
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cs_cli.base import domains
from cs_cli.store.migrations_runner import migrations, statements
from tests.cli.test_accounts_match import STRIPE, Desk, customer
from tests.conftest import Cs, run_cs
from tests.refusals import nothing_changes, refused

HUBSPOT = "Record ID,Company name,Company Domain Name,Country/Region,Lifecycle Stage,Create Date"
SALESFORCE = "ID,ISDELETED,MASTERRECORDID,NAME,WEBSITE,OWNERID\n"
SUBSCRIPTIONS = (
    "id,Customer ID,Customer Email,Customer Name,Plan,Quantity,Amount,Currency,Interval,Status,Start Date (UTC),"
    "Current Period End (UTC)\n"
)
ACCOUNTS = "account_id,name,domain\nA1,Acme,acme.com\nA2,Beta,beta.com\nAG,Agency,agency.com\n"
ACME, TWIN, BETA, NEW = "10000000101", "10000000102", "10000000104", "10000000103"


def company(key: str, name: str, domain: str = "", merged: str | None = None) -> str:
    return f"{key},{name},{domain},US,customer,2025-01-01" + ("" if merged is None else f",{merged}") + "\n"


def sub(key: str, payer: str, mail: str, name: str, amount: str = "100.00", status: str = "active") -> str:
    days = "2025-01-01 00:00,2026-07-01 00:00"
    return f"{key},{payer},{mail},{name},Pro,1,{amount},usd,month,{status},{days}\n"


def arr(desk: Desk) -> dict[str, float]:
    rows = desk("accounts", "list", "--all", "-f", "json").json
    return {row["account_id"]: row["arr"] for row in rows}


@pytest.fixture
def desk(cs: Cs, workspace: Path) -> Desk:
    return Desk(cs, workspace)


@pytest.fixture
def hub(desk: Desk) -> Desk:
    """Acme pays 1,200 a year, Beta 600; a twin of Acme pays nothing."""
    desk.good("hs1.csv", f"{HUBSPOT}\n" + company(ACME, "Acme", "acme.com") + company(TWIN, "Acme Twin")
              + company(BETA, "Beta", "beta.com"))
    desk.good("subs.csv", SUBSCRIPTIONS + sub("sub_1", "cus_1", "ap@acme.com", "Acme")
              + sub("sub_2", "cus_2", "ap@beta.com", "Beta", "50.00"))
    return desk


# --- a link that stood stays ----------------------------------------------------------


def test_a_merge_in_hubspot_takes_no_money_off_its_account(hub: Desk) -> None:
    """The merged company has a new id, and the retired twin keeps the domain in the database."""
    october = ("metrics", "mrr", "--as-of", "2025-10-31", "-f", "json")
    before = hub(*october).json
    said = hub.good("hs2.csv", f"{HUBSPOT}\n" + company(NEW, "Acme", "acme.com") + company(BETA, "Beta", "beta.com"))
    assert arr(hub) == {ACME: 1200, TWIN: 0, BETA: 600, NEW: 0}
    assert hub(*october).json == before
    assert f"hubspot {NEW} is new and looks like the account {ACME} (acme.com)" in said.err
    assert f"cs accounts merge {ACME} {NEW}" in said.err
    assert "no account" not in said.err


def test_a_domain_that_moves_in_the_crm_moves_no_money_and_is_listed(hub: Desk) -> None:
    swapped = f"{HUBSPOT}\n" + company(ACME, "Acme", "acme-old.com") + company(TWIN, "Acme Twin", "acme.com") + company(
        BETA, "Beta", "beta.com")
    said = hub.good("hs2.csv", swapped)
    assert arr(hub) == {ACME: 1200, TWIN: 0, BETA: 600}
    assert "1 link stands although the files now point at another account" not in said.err  # the name still says Acme
    said = hub.good("hs3.csv", swapped.replace(",Acme,", ",Acme Group,").replace("Acme Twin", "Acme Labs"))
    assert arr(hub) == {ACME: 1200, TWIN: 0, BETA: 600}
    assert "1 link stands although the files now point at another account: cs accounts match" in said.err
    (pair,) = [one for one in hub.pairs() if one["kind"] == "elsewhere"]
    assert (pair["called"], pair["account_id"]) == ("stripe:cus_1", TWIN)
    assert pair["evidence"] == f"acme.com is {TWIN}; it stands with {ACME}"
    assert hub("accounts", "match", "--refuse", pair["number"]).code == 0
    assert [one for one in hub.pairs() if one["kind"] == "elsewhere"] == []
    assert "1 link stands" not in hub.good("hs4.csv", swapped.replace(",Acme,", ",Acme AG,")).err


def test_a_link_that_no_longer_fits_is_accepted_by_a_person(hub: Desk) -> None:
    hub.good("hs2.csv", f"{HUBSPOT}\n" + company(ACME, "Old Co", "acme-old.com") + company(TWIN, "Acme", "acme.com")
             + company(BETA, "Beta", "beta.com"), "--yes")
    assert arr(hub)[ACME] == 1200
    (pair,) = [one for one in hub.pairs() if one["kind"] == "elsewhere"]
    assert hub("accounts", "match", "--accept", pair["number"]).code == 0
    assert arr(hub) == {ACME: 0, TWIN: 1200, BETA: 600}


def test_a_crm_that_arrives_takes_no_money_off_accounts_made_from_billing(desk: Desk) -> None:
    desk.good("subs.csv", SUBSCRIPTIONS + sub("sub_1", "cus_1", "ap@acme.com", "Acme")
              + sub("sub_2", "cus_2", "ap@beta.com", "Beta", "50.00"))
    assert arr(desk) == {"cus_1": 1200, "cus_2": 600}
    desk.good("accounts.csv", "account_id,name,domain\nA1,Acme,acme.com\n")
    assert arr(desk) == {"cus_1": 1200, "cus_2": 600}
    assert desk.owner_of("cs:A1") == "cus_1"
    # a week later the CRM knows the other one as well
    desk.good("accounts2.csv", "account_id,name,domain\nA1,Acme,acme.com\nA2,Beta Ltd,beta.com\n")
    assert arr(desk) == {"cus_1": 1200, "cus_2": 600}
    assert desk.owner_of("cs:A2") == "cus_2"


def test_an_undo_thinks_over_what_it_touched_and_nothing_else(hub: Desk) -> None:
    merged = hub("accounts", "merge", ACME, BETA)
    number = merged.err.split("cs imports undo ")[1].split()[0]
    hub.good("t.csv", "ticket_id,requester_email,opened_at\nT1,zoe@beta.com,2026-01-01\n")
    assert hub.owner_of("cs:zoe@beta.com") == ACME
    assert hub("imports", "undo", number).code == 0
    assert arr(hub) == {ACME: 1200, TWIN: 0, BETA: 600}
    assert hub.owner_of("cs:zoe@beta.com") == BETA


def test_an_undo_moves_no_money_whose_evidence_went_elsewhere(hub: Desk) -> None:
    hub.good("t.csv", "ticket_id,requester_email,opened_at\nT1,zoe@acme.com,2026-01-01\n")
    hub.good("hs2.csv", f"{HUBSPOT}\n" + company(ACME, "Old Co", "acme-old.com") + company(TWIN, "Acme", "acme.com")
             + company(BETA, "Beta", "beta.com"), "--yes")
    assert hub("imports", "undo", "3").code == 0
    assert arr(hub) == {ACME: 1200, TWIN: 0, BETA: 600}
    found = [one for one in hub("check", "-f", "json").json if one["check"] == "link that no longer fits"]
    assert [(one["subject"], one["finding"]) for one in found] == [
        ("stripe cus_1 Acme", f"stands with {ACME}, and acme.com is {TWIN}")
    ]


# --- the CRM's own word for a merge -----------------------------------------------------


@pytest.mark.parametrize("header", ["Merged Company IDs", "Merged object IDs", "Merged Record IDs"])
@pytest.mark.parametrize("separator", [";", "; ", ","])
def test_hubspot_says_what_it_merged(hub: Desk, header: str, separator: str) -> None:
    ids = f'"{ACME}{separator}{TWIN}"'
    said = hub.good("hs2.csv", f"{HUBSPOT},{header}\n" + company(NEW, "Acme One", "acme.com", ids)
                    + company(BETA, "Beta", "beta.com", ""))
    rows = {row["account_id"]: row for row in hub("accounts", "list", "--all", "-f", "json").json}
    assert {key: row["arr"] for key, row in rows.items()} == {ACME: 1200, BETA: 600}
    assert rows[ACME]["name"] == "Acme One"  # what the record that stays says leads
    assert hub.owner_of(f"hubspot:{NEW}") == ACME
    assert f"hubspot merged {TWIN} into {NEW}: all of {TWIN} belongs to the account {ACME} Acme One" in said.err
    assert "cs imports undo 3" in said.err
    assert hub("imports", "undo", "3").code == 0
    assert arr(hub) == {ACME: 1200, TWIN: 0, BETA: 600}


def test_a_new_record_that_takes_over_an_account_is_said(hub: Desk) -> None:
    """One of the merged records was never seen, so that no account goes away."""
    words = f"hubspot merged {ACME} into {NEW}: it is now the record of the account {ACME} Acme One"
    acme = f"{HUBSPOT},Merged Company IDs\n" + company(NEW, "Acme One", "", f"{ACME};999")
    said = hub.good("hs2.csv", acme + company(BETA, "Beta", "beta.com", ""))
    assert words in said.err and "cs imports undo 3" in said.err
    assert hub.owner_of(f"hubspot:{NEW}") == ACME
    again = hub.good("hs3.csv", acme + company(BETA, "Beta Inc", "", ""))
    assert words not in again.err
    assert arr(hub) == {ACME: 1200, TWIN: 0, BETA: 600}


def test_a_merge_of_two_that_pay_adds_up_and_the_total_stays(hub: Desk) -> None:
    said = hub.good("hs2.csv", f"{HUBSPOT},Merged Company IDs\n" + company(ACME, "Acme", "acme.com", f"{TWIN};{BETA}"))
    assert arr(hub) == {ACME: 1800}
    assert f"{BETA} Beta: 600 → 0" in said.err
    assert "pays nothing any more" not in said.err
    assert hub("verify").code == 0
    # what a person says stands against the same word of the next file
    assert f"belongs to {BETA} now" in hub("accounts", "unlink", f"hubspot:{BETA}").err
    assert arr(hub) == {ACME: 1200, BETA: 600}
    hub.good("hs3.csv", f"{HUBSPOT},Merged Company IDs\n" + company(ACME, "Acme Inc", "acme.com", f"{TWIN};{BETA}"))
    assert arr(hub) == {ACME: 1200, BETA: 600}


def test_an_older_export_after_the_merge_brings_no_account_back(desk: Desk) -> None:
    desk.good("hs2.csv", f"{HUBSPOT},Merged Company IDs\n" + company(NEW, "Acme", "acme.com", f"{ACME};{TWIN}"))
    desk.good("hs1.csv", f"{HUBSPOT}\n" + company(ACME, "Acme", "acme.com") + company(TWIN, "Acme Twin"), "--yes")
    assert desk.ids() == [NEW]
    assert {desk.owner_of(f"hubspot:{one}") for one in (ACME, TWIN, NEW)} == {NEW}


def test_a_chain_of_merges_ends_at_the_last(hub: Desk) -> None:
    hub.good("hs2.csv", f"{HUBSPOT},Merged Company IDs\n" + company(TWIN, "Acme Twin", "", ACME)
             + company(BETA, "Beta", "beta.com", ""))
    hub.good("hs3.csv", f"{HUBSPOT},Merged Company IDs\n" + company(BETA, "Beta", "beta.com", TWIN))
    assert arr(hub) == {BETA: 1800}


def test_salesforce_says_it_on_the_deleted_row(desk: Desk) -> None:
    one, two = "001000000000001AAA", "001000000000002AAA"
    rows = f"{one},false,,Acme,acme.com,x\n"
    desk.good("sf1.csv", SALESFORCE + rows + f"{two},false,,Acme Two,acme2.com,x\n")
    desk.good("subs.csv", SUBSCRIPTIONS + sub("sub_1", "cus_1", "ap@acme.com", "Acme")
              + sub("sub_2", "cus_2", "ap@acme2.com", "Acme Two", "50.00"))
    # an id of 15 letters is the one of 18
    said = desk.good("sf2.csv", SALESFORCE + rows + f"{two},true,{one[:15]},Acme Two,acme2.com,x\n")
    assert arr(desk) == {one: 1800}
    assert f"salesforce merged {two} into {one}" in said.err
    assert desk("imports", "undo", "3").code == 0
    assert arr(desk) == {one: 1200, two: 600}


def test_who_was_forgotten_comes_back_by_no_merge(hub: Desk) -> None:
    merged = f"{HUBSPOT},Merged Company IDs\n" + company(TWIN, "Acme Twin", "twin.example", "10000000177")
    rest = company(ACME, "Acme", "acme.com", "") + company(BETA, "Beta", "beta.com", "")
    hub.good("hs2.csv", merged + rest)
    assert hub("accounts", "forget", TWIN, "--yes").code == 3  # exports still name it, and it says which
    hub.good("hs3.csv", merged + rest.replace("Beta,", "Beta Inc,"))
    conn = sqlite3.connect(hub.root / "cs.db")
    kept = conn.execute("SELECT key, evidence FROM identity WHERE source = 'merged'").fetchall()
    conn.close()
    assert kept == []


def test_a_source_of_ones_own_can_say_merges(desk: Desk) -> None:
    (desk.root / "sources" / "mine.yaml").write_text(
        "source: mine\nsystem: mine\nkind: account\nrole: crm\nclaims: [org, org name, was]\nkey: org\n"
        "account: {own: true, merged: [was]}\ncolumns:\n  name: {from: org name}\n"
    )
    desk.good("one.csv", "org,org name,was\no1,Acme,\no2,Acme 2,\n")
    desk.good("two.csv", "org,org name,was\no1,Acme,o2\n")
    assert desk.ids() == ["o1"]


# --- what would move or strand money stops ------------------------------------------------


@pytest.fixture
def book(desk: Desk) -> Desk:
    desk.good("a.csv", ACCOUNTS)
    desk.good("s1.csv", SUBSCRIPTIONS + sub("sub_1", "cus_1", "ap@acme.com", "Acme")
              + sub("sub_2", "cus_2", "ap@beta.com", "Beta", "50.00"))
    return desk


def test_a_subscription_that_comes_with_another_customer_stops(book: Desk) -> None:
    rows = SUBSCRIPTIONS + sub("sub_1", "cus_2", "ap@beta.com", "Beta")
    rows += sub("sub_2", "cus_9", "x@gone.example", "Gone", "50.00")
    path = book.root / "exports" / "s2.csv"
    path.write_text(rows)
    with nothing_changes(book.root):
        stopped = book("import", path)
    refused(stopped, "IMP-238", "Acme (A1): 1,200 USD ARR would move to Beta (A2)",
            "Beta (A2): 600 USD ARR would have no account any more", "subscription sub_1", "--yes")
    assert book.load("s2.csv", rows, "--dry-run").code == 15
    done = book.good("s2.csv", rows, "--yes")
    assert arr(book) == {"A1": 0, "A2": 1200, "AG": 0}
    assert "ARR USD: 1,800 → 1,200" in done.err
    assert "A1 Acme: 1,200 → 0" in done.err
    assert "1 account pays nothing any more, 1,200 ARR: Acme" in done.err
    assert "1 customer, 600 ARR, has no account" in done.err
    assert "stripe cus_9 Gone: 1 row, 600 ARR, no account" in done.err


def test_revenue_that_has_ended_is_history_and_stays_too(book: Desk) -> None:
    ended = "sub_3,cus_3,ap@acme.com,Acme,Pro,1,10.00,usd,month,canceled,2024-01-01 00:00,2025-01-01 00:00\n"
    book.good("old.csv", SUBSCRIPTIONS + ended, "--yes")
    stopped = book.load("old2.csv", SUBSCRIPTIONS + ended.replace("cus_3,ap@acme.com,Acme", "cus_4,ap@beta.com,Beta"),
                        "--complete")
    assert stopped.code == 15
    assert "Acme (A1): past revenue (1 record) would move to Beta (A2)" in stopped.err


def test_an_invoice_that_names_another_customer_stops(desk: Desk) -> None:
    desk.good("a.csv", ACCOUNTS)
    head = "invoice_id,account_id,issued_on,amount,currency,status,service_from,service_to\n"
    row = "I1,A1,2026-06-01,100.00,USD,paid,2026-06-01,2026-06-30\n"
    desk.good("i1.csv", head + row)
    stopped = desk.load("i2.csv", head + row.replace("A1", "A2"))
    assert stopped.code == 15
    assert "IMP-238" in stopped.err
    assert "would move to Beta (A2)" in stopped.err


def test_rows_that_say_the_same_of_their_customer_move_freely(book: Desk) -> None:
    """Another customer id of the same account, and a new price, are no reason to stop."""
    done = book.good("s2.csv", SUBSCRIPTIONS + sub("sub_1", "cus_7", "ap@acme.com", "Acme", "110.00")
                     + sub("sub_2", "cus_2", "ap@beta.com", "Beta", "50.00"))
    assert arr(book) == {"A1": 1320, "A2": 600, "AG": 0}
    assert "A1 Acme: 1,200 → 1,320" in done.err
    assert "pays nothing any more" not in done.err


# --- names and proofs ------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["Acme Group", "Acme Holdings", "The Acme Company", "Acme Ltd", "ACME GmbH"])
def test_a_name_of_another_form_is_proposed_and_never_matched(desk: Desk, name: str) -> None:
    desk.good("a.csv", ACCOUNTS)
    desk.good("c.csv", STRIPE + customer("cus_1", "x@gmail.com", name))
    assert desk.owner_of("stripe:cus_1") is None
    assert [(one["called"], one["account_id"]) for one in desk.pairs()] == [("stripe:cus_1", "A1")]


@pytest.mark.parametrize("name", ["acme", " ACME ", "Acmé", "ACMÉ"])
def test_a_name_equal_but_for_case_spaces_and_accents_matches(desk: Desk, name: str) -> None:
    desk.good("a.csv", ACCOUNTS)
    desk.good("c.csv", STRIPE + customer("cus_1", "x@gmail.com", name))
    assert desk.owner_of("stripe:cus_1") == "A1"


def test_names_in_hindi_that_differ_by_a_vowel_are_two(desk: Desk) -> None:
    desk.good("a.csv", "account_id,name\nA1,कमल\nA2,कमाल\n")
    desk.good("c.csv", STRIPE + customer("cus_1", "x@gmail.com", "कमाल") + customer("cus_2", "y@gmail.com", "कमला"))
    assert desk.owner_of("stripe:cus_1") == "A2"
    assert desk.owner_of("stripe:cus_2") is None


def test_a_name_of_one_and_a_domain_of_another_are_a_question(desk: Desk) -> None:
    desk.good("a.csv", ACCOUNTS)
    said = desk.good("s.csv", SUBSCRIPTIONS + sub("sub_1", "cus_1", "ap@acme.com", "Beta"))
    assert desk.owner_of("stripe:cus_1") is None
    assert "acme.com is A1, but Beta is A2: two proofs that differ" in said.err
    assert "1 customer, 1,200 ARR, has no account" in said.err
    assert {one["account_id"] for one in desk.pairs("--min", "70") if one["called"] == "stripe:cus_1"} == {"A1", "A2"}
    assert desk("accounts", "link", "stripe:cus_1", "A2").code == 0
    assert arr(desk) == {"A1": 0, "A2": 1200, "AG": 0}


def test_an_address_of_one_and_a_domain_of_another_are_a_question(desk: Desk) -> None:
    desk.good("a.csv", ACCOUNTS)
    desk.good("k.csv", "contact_id,account_id,name,email\nK1,A1,Kim,kim@agency.com\n")
    desk.good("c.csv", STRIPE + customer("cus_1", "kim@agency.com", "Something"))
    assert desk.owner_of("stripe:cus_1") is None


@pytest.mark.parametrize("domain", ["bigpond.com", "uol.com.br", "ziggo.nl", "virginmedia.com", "att.net", "gmail.com"])
def test_a_provider_is_no_company(desk: Desk, domain: str) -> None:
    desk.good("a.csv", f"account_id,name,domain\nA1,Acme,{domain}\n")
    desk.good("k.csv", f"contact_id,account_id,name,email\nK1,A1,Kim,kim@{domain}\n")
    others = customer("cus_2", f"kim@{domain}", "Kim")
    desk.good("c.csv", STRIPE + customer("cus_1", f"other@{domain}", "Other") + others)
    assert desk.owner_of("stripe:cus_1") is None
    assert desk.owner_of("stripe:cus_2") == "A1"  # the very address is a contact of Acme


def test_an_address_on_many_customers_is_no_link(desk: Desk) -> None:
    desk.good("a.csv", ACCOUNTS)
    clients = "".join(sub(f"sub_{n}", f"cus_{n}", "kim@agency.com", f"Client {n}") for n in range(3))
    said = desk.good("s.csv", SUBSCRIPTIONS + clients + sub("sub_9", "cus_9", "lee@agency.com", "Agency"))
    assert "kim@agency.com stands on rows of 3 customers: nobody is linked by it" in said.err
    assert [desk.owner_of(f"stripe:cus_{n}") for n in (0, 1, 2, 9)] == [None, None, None, "AG"]
    assert arr(desk) == {"A1": 0, "A2": 0, "AG": 1200}


def test_rows_without_an_id_at_a_shared_address_are_known_by_name(desk: Desk) -> None:
    (desk.root / "sources" / "inv.yaml").write_text(
        "source: inv\nsystem: inv\nkind: invoice\nrole: billing\nclaims: [num, payer, mail]\nkey: num\n"
        "account: {email: mail, name: payer}\ncolumns:\n  issued_on: {from: day, type: day}\n"
        "  amount: {from: amount, type: money}\n"
    )
    desk.good("a.csv", ACCOUNTS)
    rows = "".join(f"{n},{name},kim@agency.com,2026-06-01,10.00\n" for n, name in enumerate(["Acme", "Beta", "Else"]))
    desk.good("i.csv", "num,payer,mail,day,amount\n" + rows)
    assert [desk.owner_of(f"inv:name:{name}") for name in ("Acme", "Beta", "Else")] == ["A1", "A2", None]


def test_the_same_address_on_a_company_s_own_customers_is_a_link(desk: Desk) -> None:
    desk.good("a.csv", ACCOUNTS)
    names = ["Acme", "Acme Ltd", "ACME Inc"]  # one company's spellings are one customer
    desk.good("c.csv", STRIPE + "".join(customer(f"cus_{n}", "ap@acme.com", name) for n, name in enumerate(names)))
    assert [desk.owner_of(f"stripe:cus_{n}") for n in range(3)] == ["A1", "A1", "A1"]


# --- domains of other scripts -----------------------------------------------------------------


def test_strasse_is_not_straße(desk: Desk) -> None:
    desk.good("a.csv", "account_id,name,domain\nA1,Eins,strasse.example\nA2,Zwei,straße.example\n")
    desk.good("n.csv", "response_id,email,kind,score,day\nR1,ann@strasse.example,nps,9,2026-06-01\n"
              "R2,bob@straße.example,nps,2,2026-06-01\n")
    assert desk.owner_of("cs:ann@strasse.example") == "A1"
    assert desk.owner_of("cs:bob@xn--strae-oqa.example") == "A2"
    for written in ("straße.example", "https://www.STRAßE.example/", "xn--strae-oqa.example"):
        assert "Zwei" in desk("show", written).out


def test_two_spellings_of_a_domain_are_one(desk: Desk) -> None:
    desk.good("a.csv", "account_id,name,domain\nA1,Eins,bücher.example\nA2,Zwei,xn--kse-qla.example\n")
    other = customer("cus_2", "x@käse.example", "Q")
    desk.good("c.csv", STRIPE + customer("cus_1", "x@xn--bcher-kva.example", "P") + other)
    assert [desk.owner_of(f"stripe:cus_{n}") for n in (1, 2)] == ["A1", "A2"]


def test_a_database_of_before_keeps_its_links(desk: Desk) -> None:
    """References were called as their file spelt them; the upgrade respells those, so that the next file finds them."""
    desk.good("a.csv", "account_id,name,domain\nA1,Eins,bücher.example\n")
    tickets = "ticket_id,requester_email,opened_at\nT1,zoe@bücher.example,2026-01-01\n"
    desk.good("t.csv", tickets)
    conn = sqlite3.connect(desk.root / "cs.db")
    conn.create_function("address", 1, domains.plain_address, deterministic=True)
    conn.create_function("ascii_domain", 1, domains.ascii_domain, deterministic=True)
    (respelling,) = (path for _, path in migrations() if path.endswith("_addresses.sql"))
    with conn:
        conn.execute("UPDATE ref SET external_id = 'zoe@bücher.example' WHERE external_id LIKE 'zoe@%'")
        for statement in statements(Path(respelling).read_text("utf-8")):
            conn.execute(statement)
    conn.close()
    desk.good("t2.csv", tickets + "T2,zoe@xn--bcher-kva.example,2026-02-01\n")
    conn = sqlite3.connect(desk.root / "cs.db")
    refs = conn.execute("SELECT external_id FROM ref WHERE external_id LIKE 'zoe@%'").fetchall()
    conn.close()
    assert refs == [("zoe@xn--bcher-kva.example",)]
    assert desk.owner_of("cs:zoe@xn--bcher-kva.example") == "A1"


# --- a subscription of its own ------------------------------------------------------------------


@pytest.fixture
def agency(desk: Desk) -> Desk:
    desk.good("a.csv", ACCOUNTS)
    desk.good("s1.csv", SUBSCRIPTIONS + sub("sub_1", "cus_1", "ap@agency.com", "Agency")
              + sub("sub_2", "cus_1", "ap@agency.com", "Agency", "50.00"))
    return desk


def test_one_customer_can_pay_for_several_accounts(agency: Desk) -> None:
    done = agency("accounts", "link", "sub_1", "Acme")
    assert done.code == 0, done.err
    assert "stripe:sub_1 belongs to A1 Acme; stripe:cus_1 pays for it" in done.err
    assert arr(agency) == {"A1": 1200, "A2": 0, "AG": 600}
    # history, retention and the next export go with it
    assert agency("metrics", "mrr", "--as-of", "2025-10-31", "-f", "json").code == 0
    again = agency.good("s2.csv", SUBSCRIPTIONS + sub("sub_1", "cus_1", "ap@agency.com", "Agency", "110.00")
                        + sub("sub_2", "cus_1", "ap@agency.com", "Agency", "50.00"))
    assert "A1 Acme: 1,200 → 1,320" in again.err
    assert arr(agency) == {"A1": 1320, "A2": 0, "AG": 600}
    assert "already belongs" in agency("accounts", "link", "stripe:sub_1", "A1").err
    number = done.err.split("cs imports undo ")[1].split()[0]
    assert agency("imports", "undo", number).code == 0
    assert arr(agency) == {"A1": 0, "A2": 0, "AG": 1920}


def test_a_subscription_goes_back_to_its_customer(agency: Desk) -> None:
    assert agency("accounts", "link", "stripe:sub_2", "A2").code == 0
    assert arr(agency) == {"A1": 0, "A2": 600, "AG": 1200}
    assert "stripe:sub_2 belongs to AG now" in agency("accounts", "unlink", "sub_2").err
    assert arr(agency) == {"A1": 0, "A2": 0, "AG": 1800}
    gone = agency("accounts", "unlink", "sub_2")
    assert gone.code == 2
    assert "IMP-252" in gone.err
    assert agency("verify").code == 0


def test_a_split_subscription_is_explained_and_known_on_its_day(agency: Desk) -> None:
    assert agency("accounts", "link", "sub_1", "Acme").code == 0
    told = agency("explain", "Acme", "arr")
    assert told.code == 0, told.err
    assert "linked to this account by hand" in told.out + told.err
    assert "s1.csv" in told.out + told.err


def test_a_customer_without_an_account_is_done_when_its_subscriptions_have_one(desk: Desk) -> None:
    desk.good("a.csv", ACCOUNTS)
    desk.good("s1.csv", SUBSCRIPTIONS + sub("sub_1", "cus_1", "ap@nowhere.example", "Reseller"))
    assert desk("accounts", "link", "sub_1", "Acme").code == 0
    assert "has no account" not in desk.good("s2.csv", SUBSCRIPTIONS + sub(
        "sub_1", "cus_1", "ap@nowhere.example", "Reseller", "120.00")).err


def test_the_invoices_to_who_pays_are_no_second_sale(agency: Desk) -> None:
    for key, account in (("sub_1", "A1"), ("sub_2", "A2")):
        assert agency("accounts", "link", key, account).code == 0
    head = "invoice_id,account_id,issued_on,amount,currency,status,service_from,service_to\n"
    bills = ["I4,AG,2026-04-01,150.00,USD,paid,2026-04-01,2026-04-30\n",
             "I5,AG,2026-05-01,150.00,USD,paid,2026-05-01,2026-05-31\n",
             "I6,AG,2026-06-01,150.00,USD,paid,2026-06-01,2026-06-30\n"]
    agency.good("i.csv", head + "".join(bills))
    assert arr(agency) == {"A1": 1200, "A2": 600, "AG": 0}


def test_a_linked_subscription_stays_when_its_customer_changes(agency: Desk) -> None:
    assert agency("accounts", "link", "sub_1", "Acme").code == 0
    agency.good("s2.csv", SUBSCRIPTIONS + sub("sub_1", "cus_7", "ap@beta.com", "Beta")
                + sub("sub_2", "cus_1", "ap@agency.com", "Agency", "50.00"))
    assert arr(agency) == {"A1": 1200, "A2": 0, "AG": 600}


def test_an_event_that_names_a_split_subscription_goes_with_it(agency: Desk) -> None:
    agency.good("i.csv", "invoice_id,account_id,issued_on,amount,currency\nI1,AG,2026-06-01,10.00,USD\n")
    assert agency("accounts", "link", "sub_1", "Acme").code == 0
    assert agency("accounts", "link", "no-such-subscription", "Acme").code == 2


# --- the last lines -------------------------------------------------------------------------------


def test_the_last_lines_are_those_of_the_report(book: Desk) -> None:
    rows = SUBSCRIPTIONS + sub("sub_1", "cus_1", "ap@acme.com", "Acme", "150.00") + sub(
        "sub_2", "cus_2", "ap@beta.com", "Beta", "50.00", "canceled") + sub("sub_3", "cus_3", "ap@agency.com", "Agency")
    dry = book.load("s2.csv", rows, "--dry-run", "--yes")
    done = book.good("s2.csv", rows, "--yes")
    after = arr(book)
    assert after == {"A1": 1800, "A2": 0, "AG": 1200}
    for said in (dry.err, done.err):
        assert "ARR USD: 1,800 → 3,000" in said
        lines = [line.strip() for line in said.splitlines()]
        at = lines.index("ARR USD: 1,800 → 3,000")
        assert lines[at + 1:at + 4] == ["AG Agency: 0 → 1,200", "A1 Acme: 1,200 → 1,800", "A2 Beta: 600 → 0"]
        assert "1 account pays nothing any more, 600 ARR: Beta" in said


def test_a_file_that_moves_no_money_says_nothing_of_it(book: Desk) -> None:
    said = book.good("t.csv", "ticket_id,requester_email,opened_at\nT1,zoe@acme.com,2026-01-01\n").err
    assert "ARR" not in said
    assert "ARR" not in book.good("a2.csv", ACCOUNTS.replace("Acme", "Acme Inc")).err


# --- the property ------------------------------------------------------------------------------------

NAMES = st.sampled_from(["Acme", "Beta", "Acme Ltd", "Gamma"])
DOMAINS = st.sampled_from(["acme.com", "beta.com", "gamma.com", ""])
IDS = st.integers(1, 4)


@st.composite
def exports(draw: Any) -> tuple[str, str]:
    """One file: (its name, its text), of accounts, subscriptions, contacts or invoices of a small world."""
    kind = draw(st.sampled_from(["hubspot", "subs", "contacts", "invoices"]))
    keys = sorted(draw(st.sets(IDS, min_size=1, max_size=4)))
    if kind == "hubspot":
        rows = [company(f"1000000010{key}", draw(NAMES), draw(DOMAINS)) for key in keys]
        return "hubspot.csv", f"{HUBSPOT}\n" + "".join(rows)
    if kind == "subs":
        rows = []
        for key in keys:
            domain = draw(DOMAINS) or "gmail.com"
            rows.append(sub(f"sub_{key}", f"cus_{draw(IDS)}", f"p@{domain}", draw(NAMES), f"{key}0.00"))
        return "subs.csv", SUBSCRIPTIONS + "".join(rows)
    if kind == "contacts":
        rows = [f"K{key},1000000010{draw(IDS)},K,p@{draw(DOMAINS) or 'gmail.com'}\n" for key in keys]
        return "contacts.csv", "contact_id,account_id,name,email\n" + "".join(rows)
    rows = [f"I{key},{draw(NAMES)},2026-06-01,{key}.00,USD\n" for key in keys]
    return "invoices.csv", "invoice_id,account_id,issued_on,amount,currency\n" + "".join(rows)


def whose_money(database: Path) -> dict[tuple[str, str, str], int]:
    """(kind, source, key) of every money record with an account → that account."""
    if not database.exists():
        return {}
    conn = sqlite3.connect(f"file:{database}?mode=ro", uri=True)
    try:
        found = {}
        for kind, column in (("subscription", "arr"), ("invoice", "amount")):
            for source, key, account in conn.execute(
                f"SELECT k.source, k.key, i.account FROM {kind} k JOIN identity i ON i.ref = k.ref "
                f"AND i.retired_by IS NULL WHERE k.retired_by IS NULL AND i.account IS NOT NULL AND k.{column} <> 0"
            ):
                found[kind, source, key] = account
        return found
    finally:
        conn.close()


@settings(max_examples=25)
@given(files=st.lists(exports(), min_size=2, max_size=6))
def test_no_import_without_a_person_changes_whose_money_it_is(
    files: list[tuple[str, str]], workspace_once: Path
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "desk"
        shutil.copytree(workspace_once, root)
        for name, text in files:
            before = whose_money(root / "cs.db")
            path = root / "exports" / name
            path.write_text(text)
            done = run_cs("-w", root, "import", path)
            assert done.code in (0, 3, 10, 15), done.err
            after = whose_money(root / "cs.db")
            assert {key: after.get(key) for key in before} == before, done.err
