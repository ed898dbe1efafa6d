"""The account's page before a call: deals and seller, who said what last, which role is silent, what they expect."""

from __future__ import annotations

from typing import Any

from tests.cli.test_import_templates import Desk, desk  # noqa: F401

DAY = "2026-06-30"
CONTACTS = "contact_id,account_id,name,email,role,left_on,title,last_activity_on\n"
DEALS = "deal_id,account_id,name,kind,stage,amount,currency,close_on,owner,status,created_on\n"


def known(desk: Desk) -> None:  # noqa: F811
    assert desk.load("accounts.csv", "account_id,name,owner\nA1,Aster,Am Eve\nA2,Birch,Am Eve\n").code == 0


def load(desk: Desk, name: str, text: str, *words: str) -> None:  # noqa: F811
    done = desk.load(name, text, *words)
    assert done.code == 0, done.err


def asked(desk: Desk, day: str, *words: str) -> Any:  # noqa: F811
    done = desk.cs("-w", desk.folder, *words, "--as-of", day, "-f", "json")
    assert done.code == 0, done.err
    return done.json


def sections(desk: Desk, day: str = DAY) -> dict[str, Any]:  # noqa: F811
    return dict(asked(desk, day, "show", "A1")["sections"])


def test_last_heard_is_the_newest_of_answer_ticket_and_crm_with_what_it_was(desk: Desk) -> None:  # noqa: F811
    known(desk)
    load(desk, "contacts.csv", CONTACTS
         + "p1,A1,Ann,ann@aster.example,decision_maker,,CFO,\n"
           "p2,A1,Ben,ben@aster.example,champion,,Head of Planning,2026-06-29\n"
           "p3,A1,Cleo,cleo@aster.example,user,,Clerk,2026-01-01\n"
           "p4,A1,Dee,dee@aster.example,user,,System Administrator,\n"
           "p5,A1,Gus,gus@aster.example,champion,2026-03-01,,\n")  # fmt: skip
    load(desk, "surveys.csv", "response_id,account_id,email,kind,score,day\n"
         "s1,A1,ANN@aster.example,nps,10,2026-05-21\ns2,A1,ben@aster.example,nps,7,2026-05-01\n"
         "s3,A1,gus@aster.example,nps,0,2026-02-01\ns4,A1,eve@aster.example,nps,4,2026-06-29\n"
         "s5,A1,ann@aster.example,nps,2,2025-05-21\ns6,A1,ann@aster.example,nps,1,2026-07-05\n")  # fmt: skip
    load(desk, "tickets.csv", "ticket_id,account_id,requester_email,opened_at,subject\n"
         "t1,A1,cleo@aster.example,2026-06-30,Cannot log in\nt2,A1,ann@aster.example,2026-05-20,Old one\n")  # fmt: skip
    found = sections(desk)
    people = {row["email"].split("@")[0]: row for row in found["people"]["rows"]}
    heard = {name: (row["heard_on"], row["heard"], row["nps"]) for name, row in people.items()}
    assert heard == {
        "ann": ("2026-05-21", "NPS 10, 40 days ago", 10), "ben": ("2026-06-29", "CRM activity, yesterday", 7),
        "cleo": ("2026-06-30", "ticket: Cannot log in, today", None), "dee": (None, None, None),
        "eve": ("2026-06-29", "NPS 4, yesterday", 4), "gus": ("2026-02-01", "NPS 0, 149 days ago", 0),
    }  # fmt: skip
    assert people["eve"]["title"] == "not among the contacts"
    # whoever left lies last and is no voice of today: the lowest is the 4 of somebody whom the CRM does not know
    assert [row["email"].split("@")[0] for row in found["people"]["rows"]][-1] == "gus"
    assert found["people"]["text"] == "Lowest voice: NPS 4, yesterday, eve@aster.example"
    roles = {row["role"]: (row["who"], row["heard"]) for row in found["roles"]["rows"]}
    assert roles == {
        "Decision maker": ("Ann", "NPS 10, 40 days ago"), "Champion": ("Ben", "CRM activity, yesterday"),
        "User": ("Cleo, Dee", "ticket: Cannot log in, today"), "IT": ("Dee, a guess by title", "never heard"),
    }  # fmt: skip


def test_a_role_that_nobody_holds_is_missing_and_a_fact(desk: Desk) -> None:  # noqa: F811
    known(desk)
    load(desk, "contacts.csv", CONTACTS + "p1,A1,Ann,ann@aster.example,user,,IT Manager,\n"
                                          "p2,A2,Bo,bo@birch.example,user,2026-06-30,sysadmin,\n"
                                          "p3,A2,Cy,cy@birch.example,it,2026-07-01,,\n")  # fmt: skip
    roles = {row["role"]: row["who"] for row in sections(desk)["roles"]["rows"]}
    assert roles == {"Decision maker": "missing", "Champion": "missing", "User": "Ann", "IT": "Ann, a guess by title"}
    for fact, wanted in (("user_known", {"A1": 1, "A2": 0}), ("it_known", {"A1": 1, "A2": 1})):
        assert {row["account_id"]: row[fact] for row in desk.json("facts", "show", fact)} == wanted
    told = desk.cs("-w", desk.folder, "explain", "A2", "it_known", "--as-of", DAY).out
    assert "title sysadmin" in told and "role it" in told


def test_without_roles_and_titles_nobody_can_tell(desk: Desk) -> None:  # noqa: F811
    known(desk)
    load(desk, "contacts.csv", CONTACTS + "p1,A1,Ann,ann@aster.example,,,,\n")
    for fact in ("user_known", "it_known"):
        assert {row[fact] for row in desk.json("facts", "show", fact)} == {None}


def test_deals_open_and_past_with_days_in_stage(desk: Desk) -> None:  # noqa: F811
    known(desk)
    first = ("d1,A1,Aster new,new,Closed won,12000,USD,2025-01-10,Am Eve,won,2024-11-01\n"
             "d2,A1,More seats,expansion,Proposal,3000,USD,2026-08-01,Am Eve,open,2026-04-01\n"
             "d3,A1,Second site,expansion,Talks,9000,EUR,2026-09-01,Am Tom,open,2026-04-01\n"
             "d4,A1,Gone,expansion,Closed lost,500,USD,2026-03-01,Am Eve,lost,2026-01-01\n")  # fmt: skip
    for day, text in (("2026-06-01", first), ("2026-06-20", first.replace("Proposal", "Signature"))):
        done = desk.cs("-w", desk.folder, "import", write(desk, f"deals-{day}.csv", DEALS + text), "--as-of", day)
        assert done.code == 0, done.err
    keys = ("deal", "status", "amount", "currency", "owner", "days_in_stage")
    told = [tuple(row[key] for key in keys) for row in sections(desk)["deals"]["rows"]]
    assert told == [
        ("More seats", "open", 3000.0, "USD", "Am Eve", 10), ("Second site", "open", 9000.0, "EUR", "Am Tom", None),
        ("Gone", "lost", 500.0, "USD", "Am Eve", None), ("Aster new", "won", 12000.0, "USD", "Am Eve", None),
    ]  # fmt: skip
    # on an earlier day the deal that was lost later was open
    early = {row["deal"]: row["status"] for row in sections(desk, "2026-02-01")["deals"]["rows"]}
    assert early == {"Gone": "open", "Aster new": "won"}


def write(desk: Desk, name: str, text: str) -> str:  # noqa: F811
    file = desk.folder / "exports" / name
    file.write_text(text, encoding="utf-8")
    return str(file)


def test_what_they_expect_is_one_block(desk: Desk) -> None:  # noqa: F811
    known(desk)
    for words in (
        ("log", "A1", "goal", "weekly logins", "--target", "50", "--due", "2026-07-20"),
        ("log", "A1", "request", "20 % off", "--kind", "discount", "--due", "2026-06-20"),
        ("note", "A1", "asked about SSO", "--call", "--next", "send the deck", "--by", "2026-07-01"),
    ):
        done = desk.cs("-w", desk.folder, *words)
        assert done.code == 0, done.err
    found = [(row["what"], row["text"], row["due_on"], row["late"]) for row in sections(desk)["expects"]["rows"]]
    assert found == [
        ("request", "20 % off", "2026-06-20", 1), ("promise", "send the deck", "2026-07-01", 0),
        ("goal", "weekly logins", "2026-07-20", 0),
    ]  # fmt: skip


def seller(desk: Desk, day: str = DAY) -> Any:  # noqa: F811
    return {row["account_id"]: row["sold_by"] for row in asked(desk, day, "facts", "show", "sold_by")}["A1"]


def test_the_seller_is_the_owner_of_the_earliest_won_new_deal(desk: Desk) -> None:  # noqa: F811
    known(desk)
    load(desk, "deals.csv", DEALS
         + "d1,A1,Trial,new,Lost,1,USD,2024-01-01,Lost Lou,lost,2023-11-01\n"
           "d2,A1,Renewal,renewal,Won,1,USD,2024-02-01,Renewal Rue,won,2023-11-01\n"
           "d3,A1,New,new,Won,1,USD,2025-01-10,seller sue,won,2024-11-01\n"
           "d4,A1,New again,new,Won,1,USD,2025-06-10,Later Lee,won,2025-05-01\n"
           "d5,A2,Open,new,Talks,1,USD,2026-08-01,Seller Sue,open,2026-05-01\n"
           "d6,A2,Open,new,Talks,1,USD,2026-08-01,Seller Sue,open,2026-05-01\n")  # fmt: skip
    assert seller(desk) == "Seller Sue"
    assert seller(desk, "2025-01-09") is None
    assert seller(desk, "2025-01-10") == "Seller Sue"
    told = desk.cs("-w", desk.folder, "explain", "A1", "sold_by", "--as-of", DAY).out
    assert "name New," in told and "owner seller sue" in told
    assert "Later Lee" not in told and "Lost Lou" not in told


def test_a_column_that_names_the_seller_wins(desk: Desk) -> None:  # noqa: F811
    load(desk, "accounts.csv", "account_id,name,sold_by\nA1,Aster,Column Cora\nA2,Birch,\n")
    load(desk, "deals.csv", DEALS + "d3,A1,New,new,Won,1,USD,2025-01-10,Seller Sue,won,2024-11-01\n")
    assert seller(desk) == "Column Cora"
    told = desk.cs("-w", desk.folder, "explain", "A1", "sold_by", "--as-of", DAY).out
    assert "Column Cora" in told and "Seller Sue" not in told


def test_a_deal_of_no_kind_counts_until_90_days_after_the_start(desk: Desk) -> None:  # noqa: F811
    known(desk)
    load(desk, "contracts.csv", "contract_id,account_id,start,end,amount,currency\n"
                                "K1,A1,2025-01-01,2026-12-31,2400,USD\n")  # fmt: skip
    for close, wanted in (("2025-03-31", "Seller Sue"), ("2025-04-01", "Seller Sue"), ("2025-04-02", None)):
        load(desk, f"deals-{close}.csv", DEALS + f"d1,A1,Aster,,Won,1,USD,{close},Seller Sue,won,2024-11-01\n")
        assert seller(desk) == wanted, close


def test_a_sale_without_an_owner_is_nobodys(desk: Desk) -> None:  # noqa: F811
    known(desk)
    load(desk, "deals.csv", DEALS + "d1,A1,First,new,Won,1,USD,2025-01-10,,won,2024-11-01\n"
                                    "d2,A1,Second,new,Won,1,USD,2025-02-10,Later Lee,won,2024-11-01\n")  # fmt: skip
    assert seller(desk) is None
