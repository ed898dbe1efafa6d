"""What goes wrong in a year of weekly exports, once each: a generator per accident.

What stands before a `yield` happens before a Monday's import; after the import the numbers are held against the books.
What cannot be known must be said: `needs_said` looks in the import's own words and in `cs check`.
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction

from tests.books.ledger import Said
from tests.books.year import WEEK, Accident, Year

Steps = Generator[None, None, None]


def forgotten_week(year: Year) -> Steps:
    """Nobody imports on this Monday; all goes on a week later."""
    year.skip = True
    yield


def older_file_later(year: Year) -> Steps:
    """A Monday's folder is found two weeks later: it fills in the past. Between, a price went up and down again."""
    line = year.line("Marlowe Publishing")
    line.change(year.day, amount=900)
    line.change(year.day + WEEK, amount=780)
    year.skip = True
    yield
    found_on, rows, own = year.day - WEEK, list(year.rows), dict(year.own) if year.own_sent else {}
    folder = f"exports/{found_on}"
    yield
    after = year.rows
    year.load(folder, codes=(0, 3))
    year.rows = rows
    year.note_rows()
    year.rows = after
    for key, said in own.items():
        year.known[year.own_accounts[key], key].append(replace(said, day=found_on))
    yield


def renamed_download(year: Year) -> Steps:
    """Stripe's file comes as "subscriptions (1).csv" beside last week's "subscriptions.csv", in one command."""
    before = [(line, said) for line in year.lines if (said := line.said(year.day - WEEK))]

    def rename() -> None:
        now = year.rows
        newest = max(said.period_start for _, said in now if said.period_start and said.status == "running")
        assert newest > year.day - WEEK, "the week must prove itself by a period that began in it"
        year.rows = before
        old = year.stripe()
        year.rows = now
        name = f"stripe-subscriptions-{year.day}.csv"
        fresh = year.files.pop(name)
        year.desk.write(f"downloads/{year.day}/subscriptions.csv", old, at=year.day - WEEK)
        year.desk.write(f"downloads/{year.day}/subscriptions (1).csv", fresh, at=year.day)
        # in the order in which a shell lists them
        folder = f"downloads/{year.day}"
        year.load(f"{folder}/subscriptions (1).csv", f"{folder}/subscriptions.csv", codes=(0, 3))

    year.edits.append(rename)
    yield


def filtered_export(year: Year) -> Steps:
    """A page of 25 rows instead of all: stopped, nothing changes. Then the whole file."""

    def cut() -> None:
        whole = year.rows
        year.rows = whole[:25]
        name = f"exports/first-page/stripe-subscriptions-{year.day}.csv"
        year.desk.write(name, year.stripe())
        year.rows = whole
        year.load(name, codes=(15,))

    year.edits.append(cut)
    yield


def three_rows_less(year: Year) -> Steps:
    """A filter that hides three running subscriptions, too few to stop: still counted, and said."""
    names = {"Juniper Road", "Larkspur Law", "Bluefern Cosmetics"}
    hidden: list[str] = []

    def hide() -> None:
        hidden.extend(line.row["id"] for line, said in year.rows if line.name in names and said.status == "running")
        assert len(hidden) == 3
        year.rows = [pair for pair in year.rows if pair[0].row["id"] not in hidden]
        year.files[f"stripe-subscriptions-{year.day}.csv"] = year.stripe()

    year.edits.append(hide)
    yield
    # 16 and 20 seats of 588 a year, 32 of 780: 784 + 980 + 2,080 a month
    year.needs_said(r"\b3 subscriptions\b[^\n]*\b3,844\b", "three running subscriptions that the file lacks")
    checked = year.desk.cs("check", codes=(0, 1))
    year.need("Juniper Road" in checked.out + checked.err, "cs check must name who is not in the newest export")


def merge_in_the_crm(year: Year) -> Steps:
    """HubSpot merges two records into a new one and names the old; the customer, its money and its past go on."""
    old = year.company("Osprey Outdoor")
    merged = old | {"Record ID": "8834509901", "Merged object IDs": old["Record ID"]}
    year.companies = [merged if row is old else row for row in year.companies]
    # either id may be the account's from now on: the numbers are the same, so the books take what cs says
    yield
    told = year.desk.accounts(year.day)
    moved = old["Record ID"] not in told or (told[old["Record ID"]]["arr"] or 0) == 0
    if moved and (told.get("8834509901", {}).get("arr") or 0) > 0:
        for line in year.lines:
            line.account = "8834509901" if line.account == old["Record ID"] else line.account
        for account, key in [pair for pair in year.known if pair[0] == old["Record ID"]]:
            year.known["8834509901", key] = year.known.pop((account, key))
        year.names["Osprey Outdoor"] = "8834509901"


def twin_keeps_the_domain(year: Year) -> Steps:
    """A merge without a word: a new record has name and domain of a paying customer. The money stays where it is."""
    old = year.company("Nettle & Thyme")
    twin = old | {"Record ID": "8834509902", "Company name": "Nettle and Thyme AB", "Create Date": f"{year.day} 09:00"}
    year.companies.append(twin)
    yield


def free_month(year: Year) -> Steps:
    """A free month to keep a customer: a pause."""
    line = year.line("Copperline Studio")
    first = year.day - timedelta(days=3)
    line.change(year.day, trial=(first, first + timedelta(days=31)))
    yield


def currency_switch(year: Year) -> Steps:
    """A customer pays in euros from now on; the rate is declared three weeks later."""
    line = year.line("Millrace Brewing")
    line.change(year.day, currency="EUR")
    assert line.account is not None
    year.blurred |= {f"{year.day + WEEK * n:%Y-%m}" for n in range(4)}
    year.words.append("--yes")
    yield
    year.needs_said("EUR", "an amount without a rate")
    yield
    yield
    year.desk.say("cs.yaml", "fx: {EUR: 1.25}")
    year.rates["EUR"] = Fraction(5, 4)
    year.blurred.clear()
    yield


def late_end(year: Year) -> Steps:
    """Stripe says in this export that a subscription had ended 23 days ago."""
    year.line("Harrowgate Travel").change(year.day, ended=year.day - timedelta(days=23))
    yield


def end_taken_back(year: Year) -> Steps:
    """Ended by mistake, and the same id runs again six weeks later."""
    line = year.line("Redwick Housing Association Ltd")
    line.change(year.day, ended=year.day - timedelta(days=2))
    line.change(year.day + WEEK * 6, ended=None, anchor=year.day + WEEK * 6 - timedelta(days=1))
    yield


def back_to_the_price(year: Year) -> Steps:
    """The sheet of own deals: 100 → 150 → 100, and the last sheet is the first byte by byte."""
    year.own_sent = True
    year.own_accounts["OWN-1"] = year.names["Dovecote Assurance"]
    year.own["OWN-1"] = Said(year.day, year.day - timedelta(days=40), 100, plan="bespoke")
    yield
    year.own["OWN-1"] = Said(year.day, year.own["OWN-1"].started_on, 150, plan="bespoke")
    yield
    yield
    year.own["OWN-1"] = Said(year.day, year.own["OWN-1"].started_on, 100, plan="bespoke")
    yield
    year.own_sent = False  # the sheet is given up; its deal stands


def missing_for_good(year: Year) -> Steps:
    """A customer was deleted in Stripe: still counted and named, until a person ends what is missing."""
    line = year.line("Ravensgate Capital")
    gone, account = year.day, line.account
    assert account is not None
    line.change(gone, hidden=True)
    yield
    year.needs_said(r"\b1 subscription\b[^\n]*\b784\b", "a subscription that is in no export any more")
    yield
    year.last = year.desk.cs("imports", "end-missing", "stripe_subscriptions", codes=range(256))
    year.need(year.last.code in (0, 1, 15), f"the preview of end-missing: exit {year.last.code}")
    year.last = year.desk.cs("imports", "end-missing", "stripe_subscriptions", "--yes", codes=range(256))
    year.need(year.last.code == 0, f"end-missing --yes: exit {year.last.code}")
    rows = year.known[account, line.row["id"]]
    rows.append(Said(year.day, rows[-1].started_on, rows[-1].amount, "ended", rows[-1].quantity, rows[-1].interval,
                     plan=rows[-1].plan, ended_on=gone))  # fmt: skip
    yield


def sheet_undone(year: Year) -> Steps:
    """The contract sheet is undone, cron runs, the same sheet comes again: the runways that were open are open."""

    def sheets() -> list[int]:
        return [row["import"] for row in year.desk.ask("imports", "list") if row["source"] == "cs_contract"]

    def runways() -> set[tuple[str, str]]:
        rows = year.desk.ask("cases", "list", "--kind", "renewal")
        return {(row["playbook"], row["account_id"]) for row in rows}

    name = f"again/success-contracts-{year.day}.csv"
    year.desk.write(name, year.paper())
    year.load(name)
    year.desk.cs("run", codes=(0, 1, 3))
    before = runways()
    assert before, "there must be runways for this to prove anything"
    first = max(sheets())
    year.desk.cs("imports", "undo", first)
    year.desk.cs("run", codes=(0, 1, 3))
    year.load(name)
    year.desk.cs("run", codes=(0, 1, 3))
    year.need(
        runways() == before, f"runways after the sheet was undone and came again: {len(runways())} of {len(before)}"
    )
    yield


def invoice_without_period(year: Year) -> Steps:
    """One yearly invoice of 12,000 to a prospect, no service period: no 144,000 for a month, and it is asked for."""
    account = year.names["Glasshouse Growers"]
    header = "invoice_id,account_id,issued_on,due_on,paid_on,amount,currency,status\n"
    text = (
        f"{header}INV-1,{account},{year.day - timedelta(days=4)},{year.day + timedelta(days=26)},,12000.00,USD,open\n"
    )
    year.desk.write(f"invoices/invoices-{year.day}.csv", text)
    year.load(f"invoices/invoices-{year.day}.csv", words=("--yes",))
    year.needs_said("period", "an invoice whose period is not known")
    year.unknown.add(account)
    yield


def round_prices(year: Year) -> Steps:
    """Two deals in the way of round prices, "1'200.-" and "50.-": they are what they say and nothing negative."""
    account = year.names["Larchmont Hospital"]
    header = "subscription_id,account_id,plan,amount,currency,interval,started_on,status\n"
    rows = (f"RP-1,{account},bespoke,1'200.-,USD,month,{year.day - timedelta(days=9)},active\n"
            f"RP-2,{account},seats,50.-,USD,month,{year.day - timedelta(days=9)},active\n")  # fmt: skip
    year.desk.write(f"rounds/own-deals-more-{year.day}.csv", header + rows)
    year.load(f"rounds/own-deals-more-{year.day}.csv", words=("--yes",))
    for key, amount, plan in (("RP-1", 1200, "bespoke"), ("RP-2", 50, "seats")):
        said = Said(year.day, year.day - timedelta(days=9), amount, plan=plan)
        year.known[account, key] = [said]
    yield


def another_encoding(year: Year) -> Steps:
    """HubSpot's list was saved from a spreadsheet as cp1252: refused with the way out, then read, letters and all."""
    year.company("Waypoint Rentals")["Company name"] = "Wäypoint Rentals"

    def encode() -> None:
        name = f"hubspot-crm-exports-all-companies-{year.day}.csv"
        text = str(year.files.pop(name))
        year.desk.write(f"saved/{name}", text.encode("cp1252"))
        done = year.load(f"saved/{name}", codes=(0, 10))
        if done.code == 10:
            year.need("--encoding" in done.err, "the refusal must name --encoding")
            year.load(f"saved/{name}", words=("--encoding", "cp1252"))
        told = year.desk.accounts(year.day)[year.names["Waypoint Rentals"]]["name"]
        year.need(told == "Wäypoint Rentals", f"the name reads {told}")

    year.edits.append(encode)
    yield


def rename(year: Year) -> Steps:
    """A customer takes another name in the CRM; billing knows the old one."""
    year.company("Fable & Co")["Company name"] = "Story Interactive"
    yield


def leaver_with_a_paper(year: Year) -> Steps:
    """The subscription ended, the hand sheet's contract stands: no money, one count of customers, and a finding."""
    line = year.line("Cobalt Ridge Mining")
    line.change(year.day, ended=year.day - timedelta(days=5))
    assert line.account is not None
    year.doubtful.add(line.account)
    year.words.append("--yes")
    yield
    year.needs_said("Cobalt Ridge|8834501385|CT-1385", "a contract that stands after billing has ended")
    yield
    yield
    left = f"{year.day - timedelta(days=26)}"
    year.contracts = [row for row in year.contracts if row["account_id"] != line.account or row["start"] < left]
    for row in year.contracts:
        if row["account_id"] == line.account and row["end"] > left:
            row["end"] = left
    name = f"papers/success-contracts-{year.day}.csv"
    year.desk.write(name, year.paper())
    year.load(name, words=("--yes",))
    year.doubtful.discard(line.account)
    yield


def first_term_of_years(year: Year) -> Steps:
    """A first term of five years to 28 August 2025 that renews by the year: the next renewal is 28 August 2026."""
    account = year.names["Amberley Pharma"]
    year.contracts.append(dict.fromkeys(year.contracts[0], "") | {
        "contract_id": "CT-FIRST", "account_id": account, "start": "2020-08-28", "end": "2025-08-28",
        "notice_days": "90", "auto_renew": "true", "amount": "226200.00", "currency": "USD", "term_months": "60",
        "renewal_term_months": "12",
    })  # fmt: skip
    name = f"papers/success-contracts-{year.day}.csv"
    year.desk.write(name, year.paper())
    year.load(name, words=("--yes",))
    rows = year.desk.ask("renewals", "list", "--within", "2000", "--as-of", date(2026, 3, 2))
    found = [row["renewal_date"] for row in rows if row["account_id"] == account and row["contract"] == "CT-FIRST"]
    year.need(found == ["2026-08-28"], f"the renewal of CT-FIRST: told {found}, right 2026-08-28")
    yield


def undone_week(year: Year) -> Steps:
    """Last week's export of Stripe is undone and comes again: nothing is different."""
    rows = [row for row in year.desk.ask("imports", "list") if row["source"] == "stripe_subscriptions"]
    before = year.desk.movements(date(2025, 3, 1), year.day)
    year.desk.cs("imports", "undo", max(row["import"] for row in rows))
    year.load(f"exports/{year.day - WEEK}/stripe-subscriptions-{year.day - WEEK}.csv", words=("--yes",))
    year.need(year.desk.movements(date(2025, 3, 1), year.day) == before, "movements differ after undo and import")
    yield


ACCIDENTS: dict[str, Accident] = {
    one.__name__: one
    for one in (
        forgotten_week, older_file_later, renamed_download, filtered_export, three_rows_less, merge_in_the_crm,
        twin_keeps_the_domain, free_month, currency_switch, late_end, end_taken_back, back_to_the_price,
        missing_for_good, sheet_undone, invoice_without_period, round_prices, another_encoding, rename,
        leaver_with_a_paper, first_term_of_years, undone_week,
    )
}  # fmt: skip
# the week of the year in which each begins; weeks of four hold a contract sheet
WHEN = {
    "forgotten_week": 2, "free_month": 4, "rename": 5, "back_to_the_price": 6, "older_file_later": 7,
    "filtered_export": 11, "late_end": 12, "another_encoding": 13, "twin_keeps_the_domain": 14, "currency_switch": 16,
    "renamed_download": 21, "three_rows_less": 23, "merge_in_the_crm": 24, "end_taken_back": 25, "sheet_undone": 27,
    "undone_week": 29, "missing_for_good": 31, "round_prices": 35, "invoice_without_period": 37,
    "leaver_with_a_paper": 40, "first_term_of_years": 45,
}  # fmt: skip
