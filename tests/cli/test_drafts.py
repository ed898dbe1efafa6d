"""Drafts of unknown files: whose rows are, what a row is,
and that "nothing left open" is said of proved drafts only."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import Cs, Result

FIRMS = ("Norden Fisk", "Papeterie Lune", "Alpha Ltd", "Beta AG", "Gamma SA", "Delta BV", "Epsilon Oy", "Zeta Inc")
PEOPLE = ("Ann Smith", "Bob Ray", "Cara Li", "Dan Oz", "Eve Stone", "Finn Aho", "Gus Berg", "Hal Dee")
HOSTS = tuple(f"{firm.split()[0].lower()}.example" for firm in FIRMS)
ACCOUNTS = "account_id,name,domain\n" + "".join(
    f"K{n},{firm},{host}\n" for n, (firm, host) in enumerate(zip(FIRMS, HOSTS, strict=True))
)


class Desk:
    def __init__(self, cs: Cs, root: Path) -> None:
        self.cs, self.root = cs, root

    def __call__(self, *words: object) -> Result:
        return self.cs("-w", self.root, *words)

    def file(self, name: str, header: str, row: Callable[[int], str], rows: int = 8) -> Path:
        path = self.root / "exports" / name
        path.write_text(header + "\n" + "".join(row(n) + "\n" for n in range(rows)), encoding="utf-8")
        return path

    def draft(self, *words: object) -> tuple[str, str]:
        made = self("sources", "new", *words)
        assert made.code == 0, made.err
        return made.out, made.err

    def know(self) -> None:
        path = self.root / "exports" / "known.csv"
        path.write_text(ACCOUNTS)
        assert self("import", path).code == 0


@pytest.fixture
def desk(cs: Cs, workspace: Path) -> Desk:
    return Desk(cs, workspace)


# --- whose a row is ------------------------------------------------------------------


@pytest.mark.parametrize(
    "header", ["Account Manager Email", "Owner Email", "Created By", "Deal Owner", "CSM Email", "Assigned To",
    "Rep email"]
)
def test_an_address_of_a_seller_is_no_customers(desk: Desk, header: str) -> None:
    path = desk.file("deals.csv", f"Deal ID,Company,{header},Stage,Amount,Close Date", lambda n: (
        f"D{n},{FIRMS[n]},rep{n}@seller.example,{('Closed Won', 'Closed Lost')[n % 2]},{n}00.50,2026-03-1{n}"
    ))
    text, _ = desk.draft(path)
    link = text.split("account:")[1].split("columns:")[0]
    assert "name: [Company]" in link and header not in link


def test_one_address_beside_several_customers_is_not_theirs(desk: Desk) -> None:
    path = desk.file("calls.csv", "Call ID,Company,Email,Call Date", lambda n: (
        f"C{n},{FIRMS[n]},{('rita', 'sam')[n % 2]}@seller.example,2026-03-1{n}"
    ))
    text, _ = desk.draft(path)
    assert "email:" not in text.split("account:")[1].split("columns:")[0]
    assert 'assumed: "Email" is not the customer\'s: rita@seller.example stands beside 4 different values' in text


def test_addresses_of_ones_own_domain_are_not_the_customers(desk: Desk) -> None:
    path = desk.file("calls.csv", "Call ID,Email,Call Date", lambda n: f"C{n},p{n}@testco.example,2026-03-1{n}")
    text, _ = desk.draft(path, "--kind", "touch")
    assert "most of its addresses are of your own domain" in text and "# DECIDE account:" in text


@pytest.mark.parametrize(
    ("header", "cells", "name"),
    [
        ("account_code,account_first_name,account_last_name,account_company_name", "{p}", "account_company_name"),
        ("account_code,account_company_name,product_name,plan_name", "{f},Solo,Solo", "account_company_name"),
        ("Customer Id,First Name,Last Name,Company", "{p}", "Company"),
        ("client no,Contact name,Client", "{c}", "Client"),
        ("tenant_id,tenant,plan_id", "{f},9001", "tenant"),
    ],
)
def test_a_person_or_a_product_is_no_accounts_name(desk: Desk, header: str, cells: str, name: str) -> None:
    def row(n: int) -> str:
        first, last = PEOPLE[n].split()
        return f"A{n}," + {
            "{p}": f"{first},{last},{FIRMS[n]}", "{c}": f"{PEOPLE[n]},{FIRMS[n]}",
        }.get(cells, cells.replace("{f}", FIRMS[n]))

    text, _ = desk.draft(desk.file("recurly_accounts.csv", header, row), "--kind", "account")
    assert f'\n  name: {{from: ["{name}"]}}'.replace('"', "") in text.replace('"', "")


def test_a_product_name_is_not_whose_a_subscription_is(desk: Desk) -> None:
    path = desk.file("lemon_subscriptions.csv",
    "id,product_name,variant_name,user_email,status,renews_at,created_at,mrr",
                     lambda n: f"{n + 10},Solo,Pro,p{n}@{HOSTS[n]},active,2027-01-1{n},2026-01-1{n},{n + 9}.50")
    text, _ = desk.draft(path)
    assert "email: [user_email]" in text
    assert "name:" not in text.split("account:")[1].split("columns:")[0]


def test_a_plan_is_no_subscription_that_says_whose_a_row_is(desk: Desk) -> None:
    path = desk.file("paddle_subs.csv", "subscription_id,plan_id,customer_email,state,currency,next_payment_amount,"
                     "next_payment_date,signup_date,billing_type,billing_period", lambda n: (
        f"{n + 500},9001,p@{HOSTS[n]},active,EUR,{n + 9}.50,2027-01-1{n},2026-01-1{n},month,3"
    ))
    text, _ = desk.draft(path)
    assert "subscription: [plan_id]" not in text and "plan: {from: [plan_id]}" in text
    # every three months, and not every month
    assert "interval: {from: [billing_type], type: interval}" in text
    assert "interval_count: {from: [billing_period], type: integer}" in text


# --- systems -------------------------------------------------------------------------


def _pipedrive(desk: Desk) -> None:
    path = desk.file("orgs.csv", "Organization - ID,Organization - Name,Organization - Owner", lambda n: (
        f"{n + 1},{FIRMS[n]},Ann"
    ), 4)
    assert desk("import", path).code == 0


def _bills(desk: Desk, *, named: Callable[[int], str] | None = None) -> Path:
    """Bills with the ids of customers that pipedrive has too, and the customers' names where they are told."""
    beside = ",customer name" if named else ""
    return desk.file("bills.csv", f"invoice id,customer id{beside},invoice date,amount", lambda n: (
        f"I{n},{n + 1}{',' + named(n) if named else ''},2026-03-1{n},{n + 9}.50"
    ), 4)


def test_ids_that_coincide_while_names_differ_are_another_systems(desk: Desk) -> None:
    _pipedrive(desk)
    text, _ = desk.draft(_bills(desk, named=lambda n: f"Other {PEOPLE[n]}"))
    assert "system: pipedrive" not in text
    assert "4 ids are known in pipedrive too, but of 4 names or addresses beside them 4 are of other companies" in text


def test_ids_whose_names_agree_are_the_systems(desk: Desk) -> None:
    _pipedrive(desk)
    text, err = desk.draft(_bills(desk, named=lambda n: FIRMS[n]))
    assert "system: pipedrive " in text and "4 of 4 customers are known (100%)" in text
    assert "nothing left open" in err


def test_short_numbers_with_nothing_beside_them_are_asked_about(desk: Desk) -> None:
    _pipedrive(desk)
    text, err = desk.draft(_bills(desk))
    assert "# DECIDE system: 4 of 4 ids are known in pipedrive, but short numbers are in every system" in text
    assert "# system: pipedrive" in text and "nothing left open" not in err


# --- what a row is, and what its columns are ----------------------------------------


@pytest.mark.parametrize(
    ("name", "header", "row", "kind", "reads"),
    [
        ("events.csv", "event_timestamp,event_name,workspace_id", "2026-03-1{n} 10:00:00,login,W{m}", "usage",
         ("day: {from: [event_timestamp]", "metric: {from: [event_name]", "value: {constant: 1}")),
        ("use.csv", "tenant,month,active_users,api_calls", "T{m},2026-0{k}-01,{n},{n}7", "usage",
         ("day: {from: [month]", "metrics: [active_users, api_calls]")),
        ("use.csv", "workspace,week,feature,events", "W{m},2026-03-1{n},export,{n}", "usage",
         ("day: {from: [week]", "value: {from: [events]")),
        ("answers.csv", "Timestamp,Email Address,How likely are you to recommend us?", "2026-03-1{n},p{n}@{h},{n}",
        "survey",
         ("day: {from: [Timestamp]", "kind: {constant: nps}", "score: {from: [\"How likely")),
        ("help.csv", "ticket_id,customer,created_date,resolved_date,severity", "T{n},{f},2026-03-1{n},2026-04-1{n},low",
         "ticket", ("closed_at: {from: [resolved_date]", "opened_at: {from: [created_date]")),
        ("pipeline.csv", "opportunity_id,sales_agent,account,deal_stage,engage_date,close_date,close_value",
         "O{n},Rita,{f},{w},2026-01-1{n},2026-03-1{n},{n}00.50", "deal",
         ("amount: {from: [close_value]", "close_on: {from: [close_date]",
          "status: {from: [deal_stage], type: choice")),
        ("crm.csv", "Record,Company,Website,Create Date,Owner", "R{n},{f},{h},2026-01-1{n},Rita", "account",
         ("created_on: {from: [\"Create Date\"]", "domain: {from: [Website]", "owner: {from: [Owner]")),
        ("accounts.csv", "Company,Industry,signup_date", "{f},Retail,2026-01-1{n}", "account",
         ("key: [Company]", "created_on: {from: [signup_date]")),
        ("list.csv", "name,email,job title", "{p},{q}@{h},CTO", "contact", ("key: [email]", "name: {from: [name]")),
        ("paper.csv", "contract_no,company,contract_value_annual,start,ends_at",
        "P{n},{f},{n}000.50,2026-01-1{n},2027-01-1{n}",
         "contract", ("amount: {from: [contract_value_annual]", "end_on: {from: [ends_at]")),
        ("subs.csv", "Customer,Plan,ARR,Contract Start,Renewal Date", "{f},Pro,{n}000.50,2026-01-1{n},2027-01-1{n}",
         "subscription", ("total: {from: [ARR], type: money", "interval: {constant: year}", "renews_on:")),
    ],
)
def test_ordinary_words_are_read(
    desk: Desk, name: str, header: str, row: str, kind: str, reads: tuple[str, ...]
) -> None:
    def cells(n: int) -> str:
        return row.format(n=n, m=n % 3, k=n % 6 + 1, f=FIRMS[n], h=HOSTS[n], p=PEOPLE[n],
        q=PEOPLE[n].split()[0].lower(),
                          w=("Won", "Lost", "Engaging")[n % 3])

    text, _ = desk.draft(desk.file(name, header, cells), *(("--kind", kind) if kind == "subscription" else ()))
    assert f"kind: {kind} " in text
    for one in reads:
        assert one in text, text


def test_recurring_money_of_an_account_is_asked_about(desk: Desk) -> None:
    path = desk.file("crm_companies.csv", "Company,Industry,Recurring amount,Owner",
    lambda n: f"{FIRMS[n]},Retail,{n + 1}000.50,Rita")
    text, err = desk.draft(path)
    assert '# DECIDE Recurring amount: "Recurring amount" holds amounts (such as 1000.50), and an account keeps' in text
    assert "--kind subscription reads it as money" in text and "nothing left open" not in err


def test_the_arr_of_an_account_is_read_as_a_sheet_s(desk: Desk) -> None:
    path = desk.file("crm_companies.csv", "Company,Industry,ARR,Owner",
    lambda n: f"{FIRMS[n]},Retail,{n + 1}000.50,Rita")
    text, err = desk.draft(path)
    assert "money: read   # ARR: a year's price" in text and "nothing left open" in err, text


def test_the_money_of_other_companies_is_no_arr(desk: Desk) -> None:
    path = desk.file("crm_companies.csv", "Company,Industry,Annual Revenue,Owner",
    lambda n: f"{FIRMS[n]},Retail,{n}000.50,Rita")
    text, _ = desk.draft(path)
    assert "DECIDE" not in text and '"Annual Revenue"' in text.split("attributes:")[1]


@pytest.mark.parametrize("years", [1, 3])
def test_a_years_worth_is_a_contracts_amount_only_where_terms_are_years(desk: Desk, years: int) -> None:
    path = desk.file("contracts.csv", "Contract No,Company,ACV,Start,End", lambda n: (
        f"C{n},{FIRMS[n]},{n}000.50,2026-01-1{n},{2026 + years}-01-1{n}"
    ))
    text, _ = desk.draft(path)
    asked = "# DECIDE amount: \"ACV\" is a year's worth by its header" in text
    assert asked is (years == 3)
    assert ("\n  amount: {from: [ACV]" in text) is (years == 1)


@pytest.mark.parametrize(
    ("price", "says", "reads"),
    [
        (lambda seats: seats * 10, '"price" is the price of all: it grows with "seats"', "total: {from: [price]"),
        (lambda seats: 10, '"price" is the price of one: it is the same whatever "seats" is', "amount: {from: [price]"),
        (lambda seats: 100 + seats % 3, '# DECIDE units: is "price" the price of one, or of all "seats" together?', ""),
    ],
)
def test_a_price_of_one_is_not_that_of_all(desk: Desk, price: Callable[[int], int], says: str, reads: str) -> None:
    path = desk.file("subs.csv", "subscription id,customer id,plan,seats,price,interval,start", lambda n: (
        f"S{n},K{n},Pro,{n + 1},{price(n + 1)}.50,month,2026-01-1{n}".replace(".50", ".00")
    ))
    text, _ = desk.draft(path)
    assert says in text and reads in text


def test_whole_numbers_beside_small_letters_may_be_cents(desk: Desk) -> None:
    desk.know()
    path = desk.file("api.csv", BILLS + ",currency", lambda n: f"I{n},K{n},2026-03-1{n},{n}900,usd")
    text, err = desk.draft(path)
    assert "# DECIDE cents: amount: whole numbers beside currencies in small letters" in text
    assert "nothing left open" not in err


def test_one_address_on_several_accounts_is_none_of_theirs(desk: Desk) -> None:
    who = ("rita@x.example", "sam@x.example")
    path = desk.file("crm.csv", "Company,Industry,Email", lambda n: f"{FIRMS[n]},Retail,{who[n % 2]}")
    text, _ = desk.draft(path)
    assert "email: {from:" not in text and "rita@x.example stands beside 4 different values" in text


def test_a_name_in_two_columns_is_one(desk: Desk) -> None:
    desk.know()
    path = desk.file("people.csv", "Person ID,First Name,Last Name,Email", lambda n: (
        f"R{n},{PEOPLE[n].replace(' ', ',')},p{n}@{HOSTS[n]}"
    ))
    saved = desk("sources", "new", path, "--save")
    assert saved.code == 0 and "kind of record: contact; nothing left open" in saved.err
    assert desk("import", path).code == 0
    assert "Ann Smith" in desk("contacts", "list", "norden", "-f", "json").out


def test_accounts_without_a_name_are_no_proof(desk: Desk) -> None:
    path = desk.file("customers.csv", "id,company_name,created", lambda n: (
        f"{n},{FIRMS[n] if n < 6 else ''},2026-01-1{n}"
    ))
    text, err = desk.draft(path)
    assert "not proved: 2 rows have no name" in text and "nothing left open" not in err


def test_rows_of_other_things_are_no_accounts_for_certain(desk: Desk) -> None:
    for name, head in (("product_data.csv", "name"), ("account_history.csv", "name"), ("crm_leads.csv", "full name"),
                       ("customer_type_data.csv", "name")):
        path = desk.file(name, f"id,{head},email", lambda n: f"p{n},Solo {n},a@solo{n}.example")
        text, err = desk.draft(path)
        assert "# DECIDE kind:" in text and "nothing left open" not in err


def test_tickets_that_nobody_closes_are_asked_about(desk: Desk) -> None:
    path = desk.file("tickets.csv", "Ticket ID,Company,Created,Finalised date", lambda n: (
        f"T{n},{FIRMS[n]},2026-03-1{n},2026-04-1{n}"
    ))
    text, _ = desk.draft(path)
    assert "# DECIDE closed_at: no column says which tickets are closed: all would count as open" in text


def test_the_status_of_something_else_is_not_the_records(desk: Desk) -> None:
    path = desk.file("bills.csv", "invoice id,customer id,invoice date,amount,email status,print status", lambda n: (
        f"I{n},K{n},2026-03-1{n},{n}00.50,EmailSent,NeedToPrint"
    ))
    text, _ = desk.draft(path)
    assert "status:" not in text.split("columns:")[1].split("#")[0]


# --- proof ---------------------------------------------------------------------------

BILLS = "invoice id,customer id,invoice date,amount"


def _bill(n: int) -> str:
    return f"I{n},K{n},2026-03-1{n},{n}00.50"


def test_nothing_is_left_open_only_of_a_draft_that_its_file_proves(desk: Desk) -> None:
    path = desk.file("bills.csv", BILLS, _bill)
    text, err = desk.draft(path)
    assert "Nothing was left open" not in text and "nothing left open" not in err
    assert "not proved: no account is known yet" in text and "this file names 8" in text
    desk.know()
    text, err = desk.draft(path)
    assert "# Nothing was left open" in text and "nothing left open" in err
    assert "# proved: 8 of 8 rows are read" in text and "8 of 8 customers are known (100%), with 8 of 8 rows" in text


def test_a_share_of_unknown_customers_is_said(desk: Desk) -> None:
    desk.know()
    path = desk.file("bills.csv", BILLS, lambda n: _bill(n).replace("K", "K" if n < 2 else "Z"))
    text, err = desk.draft(path)
    assert "not proved: 2 of 8 customers are known (25%)" in text
    assert "nothing left open" not in err


def test_rows_that_cannot_be_read_are_no_proof(desk: Desk) -> None:
    desk.know()
    path = desk.file("bills.csv", BILLS, lambda n: f"I{n},{'' if n == 5 else f'K{n % 8}'},2026-03-1{n % 9},{n}00.50",
    60)
    text, err = desk.draft(path)
    assert "1 of 60 rows would be set aside, the first on line 7: the row names no account" in text
    assert "nothing left open" not in err


def test_every_draft_claims_headers(desk: Desk) -> None:
    text, _ = desk.draft(desk.file("x.csv", "lead_id,colour,size", lambda n: f"L{n},red,{n}"))
    assert "claims: [" in text and "claims: []" not in text and "DECIDE" in text


def test_saved_drafts_import_and_never_take_a_shipped_sources_place(desk: Desk) -> None:
    desk.know()
    path = desk.file("stripe_invoices.csv", BILLS, _bill)
    made = desk("sources", "new", path, "--save")
    assert made.code == 0 and f"then: cs import {path}" in made.err
    assert (desk.root / "sources" / "stripe_invoices_own.yaml").exists()
    done = desk("import", path)
    assert done.code == 0 and "stripe_invoices_own (invoice) #2: 8 added" in done.err
    again = desk("sources", "new", path, "--save")
    assert again.code == 2 and "IMP-246" in again.err
    both = desk("sources", "new", path, "--save", "-o", "x.yaml")
    assert both.code == 2


@pytest.mark.parametrize("name", ["2026-06.csv", "no.csv", "1e5.csv", "Ünï çødé.csv", "- x.csv", "Mai (1).csv"])
def test_a_file_of_any_name_makes_a_source(desk: Desk, name: str) -> None:
    desk.know()
    path = desk.file(name, BILLS, _bill)
    made = desk("sources", "new", path, "--save")
    assert made.code == 0 and "nothing left open" in made.err, made.err
    done = desk("import", path)
    assert done.code == 0 and "(invoice) #2: 8 added" in done.err, done.err


def test_a_draft_with_places_to_settle_imports_nothing(desk: Desk) -> None:
    path = desk.file("bills.csv", BILLS + ",status", lambda n: _bill(n) + ",odd")
    assert desk("sources", "new", path, "--save").code == 0
    refused = desk("import", path)
    assert refused.code == 10 and "IMP-272" in refused.err and "1 to settle: status" in refused.err
    saved = desk.root / "sources" / "bills.yaml"
    saved.write_text(saved.read_text().replace("# status: ", "status: ").replace('"odd": ?', '"odd": open'))
    assert desk("import", path).code == 0
