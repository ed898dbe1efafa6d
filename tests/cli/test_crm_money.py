"""Lists of accounts out of a CRM with columns of one's own for what customers pay and when they renew: never left out
in silence, read once a person has said so, and never counted beside what billing or a kept sheet says."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Cs

HUBSPOT = (
    "Record ID,Company name,Company Domain Name,Company owner,Lifecycle Stage,Annual Revenue,ARR,Renewal Date\n"
    '101,Norden Fisk,norden.example,Ann Lee,Customer,9000000,48000,2027-03-31\n'
    '102,Papeterie Lune,lune.example,Bob Roe,Customer,,"12,600",2027-01-15 00:00\n'
    "103,Lead Co,lead.example,Bob Roe,Opportunity,,20000,\n"
    "104,Odd Co,odd.example,Bob Roe,Customer,,lots,2027-02-01\n"
    "105,Blank Co,blank.example,Bob Roe,Customer,,,\n"
    "106,Free Co,free.example,Bob Roe,Customer,,0,\n"
    "107,Other Lead,other.example,Bob Roe,Lead,,,\n"
)
# every shipped list of accounts: a header line that it claims, a row, and two columns of one's own
LISTS = {
    "hubspot_companies": ("Record ID,Company name,Company owner", "101,Alpha,Ann", "ARR", "Renewal Date"),
    "hubspot_companies in German": (
        "Datensatz-ID,Unternehmensname,Zuständiger Mitarbeiter", "101,Alpha,Ann", "Jahreswert", "Vertragsende"),
    "salesforce_accounts": (
        "Id,Name,Industry,OwnerId", "0015g00000AbCdEAAV,Alpha,Food,005x", "ARR__c", "Renewal_Date__c"),
    "salesforce_accounts_report": (
        "Account ID,Account Name,Account Owner", "0015g00000AbCdE,Alpha,Ann", "Annual Contract Value",
        "Contract End Date"),
    "zoho_accounts": ("Record Id,Account Name,Account Owner", "zcrm_1,Alpha,Ann", "MRR", "Contract Expiry"),
    "pipedrive_organizations": (
        "Organization - ID,Organization - Name,Organization - Owner", "7,Alpha,Ann", "Organization - ARR",
        "Organization - Renewal date"),
    "attio_companies": ("Entry ID,Record,Domains", "e-1,Alpha,alpha.example", "ARR", "Renewal date"),
    "close_leads": ("id,display_name,status_label", "lead_1,Alpha,Customer", "custom.ARR", "custom.Renewal Date"),
    "copper_companies": ("Copper ID,Name,Contact Type,Owned By", "9,Alpha,Customer,Ann", "ARR", "Renewal Date"),
    "chargebee_customers": ("Customer ID,Auto Collection,Company", "c1,Alpha,Alpha", "cf_arr", "cf_renewal_date"),
    "recurly_accounts": (
        "account_code,account_state,account_created_at,account_email,account_company_name",
        "a1,active,2025-01-01,ann@alpha.example,Alpha", "arr", "renewal_date"),
    "stripe_customers": (
        "id,Email,Name,Created (UTC),Total Spend,Payment Count",
        "cus_1,ann@alpha.example,Alpha,2025-01-01 10:00,0.00,0", "ARR (metadata)", "renewal_date (metadata)"),
}  # fmt: skip


def put(desk: Path, text: str, name: str = "companies.csv") -> str:
    (desk / name).write_text(text, encoding="utf-8")
    return name


def arrs(cs: Cs, desk: Path) -> dict[str, Any]:
    return {one["name"]: one["arr"] for one in cs("accounts", "list", "--all", "-f", "json", cwd=desk).json}


def renewals(cs: Cs, desk: Path) -> dict[str, Any]:
    rows = cs("renewals", "list", "--within", "500", "-f", "json", cwd=desk).json
    return {one["name"]: one["renewal_date"] for one in rows}


def commands(text: str) -> list[list[str]]:
    return [shlex.split(found)[1:] for found in re.findall(r"cs import \S+ --money \w+", text)]


@pytest.mark.parametrize("name", LISTS)
def test_no_list_of_accounts_leaves_prices_and_renewals_out_in_silence(cs: Cs, workspace: Path, name: str) -> None:
    head, row, price, renewal = LISTS[name]
    put(workspace, f"{head},{price},{renewal}\n{row},1200,2027-03-31\n")
    done = cs("import", "companies.csv", cwd=workspace)
    assert done.code == 0, done.err
    assert name.split()[0] in done.err and f"'{price}' (a " in done.err and f"'{renewal}' (the renewal)" in done.err
    assert "in no figure" in done.err
    read, _ = commands(done.err)
    told = cs(*read, cwd=workspace)
    assert told.code == 0 and "in no figure" not in told.err, told.err
    assert arrs(cs, workspace) == {"Alpha": 14400 if price == "MRR" else 1200}
    assert renewals(cs, workspace) == {"Alpha": "2027-03-31"}


def test_what_is_read_is_right_or_unknown_and_said(cs: Cs, workspace: Path) -> None:
    assert arrs_after(cs, workspace, HUBSPOT, "--money", "read") == {
        "Norden Fisk": 48000, "Papeterie Lune": 12600, "Lead Co": 0, "Odd Co": None, "Blank Co": None, "Free Co": 0,
        "Other Lead": 0,
    }
    assert renewals(cs, workspace) == {
        "Norden Fisk": "2027-03-31", "Papeterie Lune": "2027-01-15", "Odd Co": "2027-02-01"}


def arrs_after(cs: Cs, desk: Path, text: str, *words: str, name: str = "companies.csv") -> dict[str, Any]:
    done = cs("import", put(desk, text, name), *words, cwd=desk)
    assert done.code == 0, done.err
    return arrs(cs, desk)


def test_what_does_not_count_is_named(cs: Cs, workspace: Path) -> None:
    done = cs("import", put(workspace, HUBSPOT), "--money", "read", cwd=workspace)
    assert "'ARR' cannot be read in 'lots' (line 5)" in done.err
    assert "'Lifecycle Stage' says that they are no customers in line 4" in done.err
    assert "no price is there, so ARR unknown: Blank Co" in done.err
    assert "Annual Revenue" not in done.err


def test_the_answer_is_remembered_until_its_import_is_undone(cs: Cs, workspace: Path) -> None:
    cs("import", put(workspace, HUBSPOT), "--money", "read", cwd=workspace)
    assert arrs_after(cs, workspace, HUBSPOT.replace("48000", "50000"), name="later.csv")["Norden Fisk"] == 50000
    assert "money" in cs("sources", "show", "hubspot_companies", cwd=workspace).out
    for number in (2, 1):
        assert cs("imports", "undo", number, cwd=workspace).code == 0
    assert "in no figure" in cs("import", "later.csv", cwd=workspace).err


def test_what_is_kept_is_not_asked_about_again(cs: Cs, workspace: Path) -> None:
    assert cs("import", put(workspace, HUBSPOT), "--money", "keep", cwd=workspace).code == 0
    done = cs("import", put(workspace, HUBSPOT.replace("48000", "50000"), "later.csv"), cwd=workspace)
    assert done.code == 0 and "in no figure" not in done.err, done.err
    assert set(arrs(cs, workspace).values()) == {None}


@pytest.mark.parametrize("first", ["billing", "list"])
def test_billing_counts_where_it_knows_the_customer_and_nothing_twice(cs: Cs, workspace: Path, first: str) -> None:
    put(workspace, "account_id,name,domain\nA1,Norden Fisk,norden.example\n", "accounts.csv")
    put(workspace, "subscription_id,account_id,plan,amount,currency,interval,started_on,status\n"
        "S1,A1,team,4200.00,USD,month,2026-01-01,active\n", "subs.csv")  # fmt: skip
    billing, own = ("accounts.csv", "subs.csv"), (put(workspace, HUBSPOT), "--money", "read")
    for words in (billing, own) if first == "billing" else (own, billing):
        assert cs("import", *words, cwd=workspace).code == 0
    found = arrs(cs, workspace)
    assert (found["Norden Fisk"], found["Papeterie Lune"], found["Odd Co"]) == (50400, 12600, None)


@pytest.mark.parametrize("first", ["book", "list"])
def test_a_kept_sheet_goes_before_the_list_of_a_crm(cs: Cs, workspace: Path, first: str) -> None:
    put(workspace, "Customer,Website,ARR,Renewal date\nNorden Fisk,norden.example,50000,2027-05-31\n", "book.csv")
    book, own = ("book.csv",), (put(workspace, HUBSPOT), "--money", "read")
    for words in (book, own) if first == "book" else (own, book):
        assert cs("import", *words, cwd=workspace).code == 0
    found = arrs(cs, workspace)
    assert (found["Norden Fisk"], found["Papeterie Lune"]) == (50000, 12600)
    assert renewals(cs, workspace)["Norden Fisk"] == "2027-05-31"


def test_a_list_with_renewals_and_no_prices_leaves_what_is_known_of_money(cs: Cs, workspace: Path) -> None:
    text = "Record ID,Company name,Company Domain Name,Company owner,Renewal Date\n101,Alpha,a.example,Ann,2027-03-31\n"
    contracts = "contract_id,account_id,start,end,amount,currency\nC1,A1,2026-01-01,2026-12-31,1200,USD\n"
    put(workspace, contracts, "contracts.csv")
    put(workspace, "account_id,name,domain\nA1,Alpha,a.example\n", "accounts.csv")
    cs("import", "accounts.csv", "contracts.csv", cwd=workspace)
    assert arrs_after(cs, workspace, text, "--money", "read")["Alpha"] == 1200


def test_a_company_that_became_part_of_another_is_paid_for_once(cs: Cs, workspace: Path) -> None:
    head = "Record ID,Company name,Company Domain Name,Company owner,ARR,Merged Company IDs\n"
    rest = "".join(f"3{n},Firm {n},f{n}.example,Ann,90000,\n" for n in range(3))
    first = f"{head}101,Norden Fisk,norden.example,Ann,48000,\n102,Norden Fish,nf.example,Ann,10000,\n{rest}"
    cs("import", put(workspace, first), "--money", "read", "--as-of", "2026-06-01", cwd=workspace)
    later = put(workspace, f"{head}201,Norden Fisk,norden.example,Ann,50000,101;102\n{rest}", "later.csv")
    done = cs("import", later, "--as-of", "2026-06-20", cwd=workspace)
    assert done.code == 0 and "2 prices end on 2026-06-20" in done.err, done.err
    assert arrs(cs, workspace)["Norden Fisk"] == 50000 and sum(arrs(cs, workspace).values()) == 320000
    assert cs("imports", "undo", 2, cwd=workspace).code == 0
    assert sum(arrs(cs, workspace).values()) == 328000


@pytest.mark.parametrize("header", ["Organization - Currency of MRR", "Organization - MRR currency", "Currency"])
def test_the_currency_beside_a_price_is_the_price_s(cs: Cs, workspace: Path, header: str) -> None:
    text = (
        f"Organization - ID,Organization - Name,Organization - Owner,Organization - MRR,{header}\n"
        "7,Alpha,Ann,100,EUR\n8,Beta,Ann,50,USD\n"
    )
    done = cs("import", put(workspace, text), "--money", "read", cwd=workspace)
    assert done.code == 0 and "MRR EUR: 0 → 100, without a rate" in done.err, done.err
    assert arrs(cs, workspace) == {"Alpha": None, "Beta": 600}


def test_deals_with_prices_a_year_say_that_they_are_in_no_figure(cs: Cs, workspace: Path) -> None:
    text = (
        "Record ID,Deal Name,Deal Stage,Amount,Associated Company IDs,ARR,Contract End Date,Annual contract value\n"
        "1,Norden 2026,Closed won,48000,101,48000,2027-03-31,\n"
    )
    done = cs("import", put(workspace, text, "deals.csv"), cwd=workspace)
    assert done.code == 0 and "'ARR' (a year's price), 'Contract End Date' (the renewal) of deals" in done.err, done.err
    assert "cs sources new deals.csv --kind contract --save" in done.err
    assert "annual contract value" not in done.err.split("not read")[0].casefold()     # an empty column says nothing
    kept = cs("import", put(workspace, text.replace("2026,", "2027,"), "d2.csv"), "--money", "keep", cwd=workspace)
    assert kept.code == 0 and "of deals" not in kept.err


def test_a_way_that_is_none(cs: Cs, workspace: Path) -> None:
    done = cs("import", put(workspace, HUBSPOT), "--money", "maybe", cwd=workspace)
    assert done.code == 2 and "IMP-240" in done.err and "keep (they stay attributes)" in done.err


# --- drafts --------------------------------------------------------------------------

TABLE = (
    "workspace_ref,workspace_name,contract_value_annual,renewal_at,sector,website\n"
    "w_1,Alpha,12000.00,2027-03-31,Food,alpha.example\nw_2,Beta,8400.00,2027-01-15,Steel,beta.example\n"
    "w_3,Gamma,4800.00,2026-12-31,Food,gamma.example\nw_4,Delta,4900.00,2026-11-30,Steel,delta.example\n"
)


def test_a_draft_of_a_list_of_customers_reads_its_prices_and_renewals(cs: Cs, workspace: Path) -> None:
    put(workspace, TABLE, "workspaces.csv")
    made = cs("sources", "new", "workspaces.csv", "--kind", "account", "--save", cwd=workspace)
    assert made.code == 0 and "nothing left open" in made.err, made.err
    text = (workspace / "sources" / "workspaces.yaml").read_text()
    assert "money: read   # contract_value_annual: a year's price; renewal_at: the renewal" in text, text
    done = cs("import", "workspaces.csv", "--source", "workspaces", cwd=workspace)
    assert done.code == 0 and "subscription: 4 added" in done.err, done.err
    assert arrs(cs, workspace)["Alpha"] == 12000 and renewals(cs, workspace)["Delta"] == "2026-11-30"


def test_a_file_with_the_words_of_a_sheet_needs_no_draft(cs: Cs, workspace: Path) -> None:
    done = cs("import", put(workspace, TABLE, "workspaces.csv"), cwd=workspace)
    assert done.code == 0 and "customer_book" in done.err, done.err
    assert arrs(cs, workspace)["Beta"] == 8400 and renewals(cs, workspace)["Alpha"] == "2027-03-31"


def test_repairs_of_several_files_are_one_command(cs: Cs, workspace: Path) -> None:
    put(workspace, "account_id,name\nA1,Alpha\n", "accounts.csv")
    put(workspace, "contract_id,account_id,start,end,amount,currency\nC1,A1,soon,2026-12-31,1,USD\n"
        "C2,A1,2026-01-01,2026-12-31,1,USD\n", "contracts.csv")  # fmt: skip
    put(workspace, "subscription_id,account_id,plan,amount,currency,interval,started_on,status\n"
        "S1,A1,t,much,USD,month,2026-01-01,active\nS2,A1,t,2.00,USD,month,2026-01-01,active\n", "subs.csv")  # fmt: skip
    done = cs("import", "accounts.csv", "contracts.csv", "subs.csv", cwd=workspace)
    (told,) = re.findall(r"run: (cs import .+)", done.err)
    files = shlex.split(told)[2:]
    assert done.code == 3 and sorted(Path(one).name for one in files) == ["2.csv", "3.csv"], done.err


def test_files_that_wait_for_an_answer_are_one_command(cs: Cs, workspace: Path) -> None:
    (workspace / "in").mkdir()
    for name, head in (("a", "Customer;ARR;Renewal"), ("b", "contract_id;account_id;start;end;amount;currency")):
        cells = ("A;1200;03/04/2027", "B;900;05/06/2027") if name == "a" else (
            "C1;A1;03/04/2026;03/04/2027;10.00;USD", "C2;A1;05/06/2026;05/06/2027;10.00;USD")  # fmt: skip
        put(workspace, "\n".join([head, *cells]) + "\n", f"in/{name}.csv")
    put(workspace, "account_id,name\nA1,Alpha\n", "in/accounts.csv")
    done = cs("import", "in", cwd=workspace)
    assert done.code == 3 and "take them again: cs import in/a.csv in/b.csv" in done.err, done.err
    assert cs("import", "in/a.csv", "in/b.csv", "--dates", "dmy", cwd=workspace).code == 0


# --- under a name that nobody knows --------------------------------------------------


@pytest.mark.parametrize(("header", "named"), [
    ("ARR_FY26__c", "ARR"), ("Jahresumsatz (ARR)", "ARR"), ("MRR per 30 June", "MRR"),
    ("Contract value at signing", "ARR"),
])  # fmt: skip
def test_a_price_of_a_strange_name_is_said_with_the_command_that_reads_it(
    cs: Cs, workspace: Path, header: str, named: str
) -> None:
    text = f"Record ID,Company name,Company owner,{header}\n101,Alpha,Ann,1200\n102,Beta,Ann,900\n"
    done = cs("import", put(workspace, text), cwd=workspace)
    assert done.code == 0 and f"{header!r} looks like what a customer pays, and is in no figure" in done.err, done.err
    command = re.search(r"(cs import .+) reads it so", done.err)
    assert command is not None
    assert cs(*shlex.split(command[1])[1:], cwd=workspace).code == 0
    assert arrs(cs, workspace)["Alpha"] == (14400 if named == "MRR" else 1200)


@pytest.mark.parametrize("header", [
    "Annual Revenue", "Total Revenue", "Recent Deal Amount", "Total open deal value", "Upsell potential (ARR)",
    "Days to Close", "Number of Employees", "ARR last year",
])  # fmt: skip
def test_a_company_s_own_turnover_and_a_deal_s_amount_are_no_price(cs: Cs, workspace: Path, header: str) -> None:
    text = f"Record ID,Company name,Company owner,{header}\n101,Alpha,Ann,1200\n102,Beta,Ann,900\n"
    done = cs("import", put(workspace, text), cwd=workspace)
    assert done.code == 0 and "in no figure" not in done.err, done.err


# --- not decided yet, and contradictory ------------------------------------------------


def undecided(cs: Cs, desk: Path) -> list[dict[str, Any]]:
    rows = cs("check", "-f", "json", cwd=desk).json
    return [one for one in rows if one["check"] == "columns of money not decided on"]


def test_what_nobody_decided_is_a_finding_until_somebody_does(cs: Cs, workspace: Path) -> None:
    cs("import", put(workspace, HUBSPOT), cwd=workspace)
    (found,) = undecided(cs, workspace)
    assert found["subject"] == "hubspot_companies" and "'ARR' (a year's price)" in found["finding"]
    read = re.search(r"cs import \S+ --money read", found["next"])
    assert read is not None and cs(*shlex.split(read[0])[1:], cwd=workspace).code == 0
    assert undecided(cs, workspace) == [] and arrs(cs, workspace)["Norden Fisk"] == 48000


def test_money_of_deals_is_a_finding_with_its_own_way_out(cs: Cs, workspace: Path) -> None:
    text = (
        "Record ID,Deal Name,Deal Stage,Amount,Associated Company IDs,ARR,Contract End Date\n"
        "1,Norden 2026,Closed won,48000,101,48000,2027-03-31\n"
    )
    cs("import", put(workspace, text, "deals.csv"), cwd=workspace)
    (found,) = undecided(cs, workspace)
    assert "cs sources new deals.csv --kind contract --save" in found["next"], found
    assert cs("import", "deals.csv", "--money", "keep", cwd=workspace).code == 0
    assert undecided(cs, workspace) == []


def test_columns_that_are_gone_are_no_finding_any_more(cs: Cs, workspace: Path) -> None:
    cs("import", put(workspace, HUBSPOT), cwd=workspace)
    later = "Record ID,Company name,Company Domain Name,Company owner\n" + "".join(
        f"10{n},Firm {n},f{n}.example,Ann\n" for n in range(1, 8))
    assert cs("import", put(workspace, later, "later.csv"), "--yes", cwd=workspace).code == 0
    assert undecided(cs, workspace) == []


def test_two_prices_that_contradict_leave_the_account_and_its_renewal(cs: Cs, workspace: Path) -> None:
    text = (
        "Record ID,Company name,Company owner,ARR,MRR,Renewal Date\n"
        "1,Alpha,Ann,12000,1000,2027-03-31\n2,Beta,Ann,12000,5000,2027-01-15\n"
    )
    done = cs("import", put(workspace, text), "--money", "read", cwd=workspace)
    said = "'MRR' is not a twelfth of 'ARR' in line 3: what they pay is unknown"
    assert done.code == 0 and said in done.err, done.err
    assert arrs(cs, workspace) == {"Alpha": 12000, "Beta": None}
    assert renewals(cs, workspace)["Beta"] == "2027-01-15"
    rows = cs("check", "-f", "json", cwd=workspace).json
    assert any(one["check"] == "amount not known" for one in rows), rows


def test_a_crm_s_csm_health_and_nps_are_said_to_be_attributes(cs: Cs, workspace: Path) -> None:
    text = "Record ID,Company name,Company owner,CSM__c,Health,NPS,Rating\n1,Alpha,Ann,Tom,green,9,hot\n"
    done = cs("import", put(workspace, text), cwd=workspace)
    assert done.code == 0, done.err
    said = "'CSM__c' (who looks after the customer), 'Health' (how it is), 'NPS' (its NPS): kept as attributes"
    assert said in done.err and "cs sources copy hubspot_companies" in done.err, done.err
    again = cs("import", put(workspace, text.replace("hot", "cold"), "later.csv"), cwd=workspace)
    assert again.code == 0 and "kept as attributes" not in again.err, again.err


DEALS = (
    "Record ID,Deal Name,Deal Stage,Amount,Associated Company IDs,ARR,Contract Start Date,Contract End Date\n"
    "1,Norden,Closed won,96000,101,48000,2025-04-01,2027-03-31\n"
    "2,Lune,Closed lost,12000,102,12000,2026-01-01,2026-12-31\n"
    "3,Gamma,Contract sent,12000,103,12000,2026-01-01,2026-12-31\n"
)


def test_deals_read_as_contracts_count_only_what_is_won(cs: Cs, workspace: Path) -> None:
    companies = "Record ID,Company name,Company owner\n101,Norden,Ann\n102,Lune,Ann\n103,Gamma,Ann\n"
    cs("import", put(workspace, companies), cwd=workspace)
    put(workspace, DEALS, "deals.csv")
    made = cs("sources", "new", "deals.csv", "--kind", "contract", "--system", "hubspot", "--save", cwd=workspace)
    assert made.code == 0 and "nothing to settle; not proved: ARR looks like money" in made.err, made.err
    assert cs("import", "deals.csv", "--source", "deals", cwd=workspace).code == 0
    assert arrs(cs, workspace) == {"Norden": 48000, "Lune": 0, "Gamma": 0}


def test_stages_of_which_none_is_known_as_won_are_asked_about(cs: Cs, workspace: Path) -> None:
    put(workspace, DEALS.replace("Closed won", "Signed off").replace("Closed lost", "No go"), "deals.csv")
    made = cs("sources", "new", "deals.csv", "--kind", "contract", "--save", cwd=workspace)
    assert "# DECIDE status: only what is won is paid" in (workspace / "sources" / "deals.yaml").read_text(), made.err
