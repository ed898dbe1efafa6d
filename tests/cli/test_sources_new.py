"""`cs sources new`: a draft says how it reads each column and what it cannot tell; settled, it passes check."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.conftest import Cs, Result


class Desk:
    def __init__(self, cs: Cs, root: Path) -> None:
        self.cs, self.root = cs, root

    def __call__(self, *words: object) -> Result:
        return self.cs("-w", self.root, *words)

    def file(self, name: str, text: str) -> Path:
        path = self.root / "exports" / name
        path.write_text(text)
        return path

    def draft(self, name: str, text: str, *words: str) -> tuple[str, Path]:
        path = self.file(name, text)
        made = self("sources", "new", path, *words)
        assert made.code == 0, made.err
        return made.out, path


@pytest.fixture
def desk(cs: Cs, workspace: Path) -> Desk:
    return Desk(cs, workspace)


def days(n: int, shift: int = 0) -> str:
    """Days of 2025 as dd-mm-yyyy, some of which can only be read day first."""
    return f"{(n * 7 + shift) % 28 + 1:02}-{n % 12 + 1:02}-2025"


ACCOUNTS = "client_id,client_name,sector,signup_date,plan_tier,is_trial\n" + "".join(
    f"K{n},Client {n},{('Retail', 'Energy')[n % 2]},{days(n)},{('Basic', 'Pro')[n % 2]},FALSE\n" for n in range(40)
)
SUBSCRIPTIONS = (
    "subscription_id,client_id,start_date,end_date,plan_tier,seats,mrr_amount,is_trial,billing_frequency,auto_renew_flag\n"
    + "".join(
        f"U{n},K{n % 40},{days(n)},{days(n, 3) if n % 9 == 0 else ''},Pro,{n % 7 + 1},{100 + n},FALSE,"
        f"{('monthly', 'annual')[n % 2]},TRUE\n"
        for n in range(60)
    )
)
USAGE = "usage_id,subscription_id,usage_date,feature_name,usage_count,error_count\n" + "".join(
    f"E{n % 58},U{n % 60},{days(n)},feature_{n % 4},{n % 11},0\n" for n in range(90)
)
TICKETS = (
    "ticket_id,client_id,submitted_at,closed_at,priority,first_response_time_minutes,satisfaction_score\n"
    + "".join(
        f"T{n},K{n % 40},{days(n)},{days(n, 1)} 03:00,{('low', 'high', 'urgent')[n % 3]},{n + 5},{n % 5 + 1}\n"
        for n in range(30)
    )
)
TABLES = {
    "shop_clients.csv": (ACCOUNTS, "account"),
    "shop_subscriptions.csv": (SUBSCRIPTIONS, "subscription"),
    "shop_feature_usage.csv": (USAGE, "usage"),
    "shop_tickets.csv": (TICKETS, "ticket"),
}


def test_five_tables_of_one_system_are_drafted_checked_and_imported(desk: Desk) -> None:
    for name, (text, kind) in TABLES.items():
        path = desk.file(name, text)
        target = desk.root / "sources" / f"{name.removesuffix('.csv')}.yaml"
        made = desk("sources", "new", path, "-o", target)
        assert made.code == 0, made.err
        drafted = target.read_text()
        assert f"kind: {kind} " in drafted
        assert "system: shop " in drafted
        assert "DECIDE" not in drafted, drafted
        checked = desk("sources", "check", path, "-f", "json")
        assert checked.code == 0, checked.err
        assert checked.json["sections"]["claims"]["rows"][0]["reads_it"] is True
    done = desk("import", desk.root / "exports")
    assert done.code == 0, done.err
    rows = desk("accounts", "list", "--all", "-f", "json").json
    assert len(rows) == 40
    assert "no account" not in done.err


def test_evidence_is_written_beside_what_it_proves(desk: Desk) -> None:
    text, _ = desk.draft("shop_subscriptions.csv", SUBSCRIPTIONS)
    assert 'key: ["subscription_id"]' in text or "key: [subscription_id]   # in all 60 rows, no two the same" in text
    order = re.search(r"started_on: .*format: dmy.*# day first: \"(\d\d)-\d\d-2025\" on line \d+", text)
    assert order is not None and int(order[1]) > 12
    assert "filled in 7 of 60 rows, none after 2026-06-30: the day it ended" in text
    assert "values: annual (30), monthly (30)" in text
    assert "none is known yet" in text
    assert "no currency is in the file: amounts are taken as USD" in text


def test_account_ids_are_looked_up_in_what_is_known(desk: Desk) -> None:
    assert (
        desk("import", desk.file("a.csv", "account_id,name\n" + "".join(f"K{n},Client {n}\n" for n in range(40)))).code
        == 0
    )
    text, _ = desk.draft("shop_subscriptions.csv", SUBSCRIPTIONS)
    assert "system: cs " in text
    assert "of 40 different ones looked at 40 are known in cs" in text


UNSURE = "sub id;customer id;start date;renewal date;price;state;period\n" + "".join(
    f"S{n};C{n % 5};0{n % 9 + 1}/0{n % 7 + 2}/2025;{n % 27 + 1}.12.2026;1.{n:03};{('Live', 'Stopped')[n % 2]};monthly\n"
    for n in range(1, 20)
)


def test_what_cannot_be_told_is_left_open_and_passes_once_settled(desk: Desk) -> None:
    path = desk.file("billing.csv", UNSURE)
    target = desk.root / "sources" / "billing.yaml"
    made = desk("sources", "new", path, "--kind", "subscription", "-o", target)
    assert made.code == 0, made.err
    text = target.read_text()
    opened = {line.split()[2].rstrip(":") for line in text.splitlines() if line.strip().startswith("# DECIDE")}
    assert opened == {"started_on", "amount", "status"}
    assert "3 to settle" in made.err
    assert "To settle: 3." in text
    assert "2025-" in text and "day first" in text and "month first" in text
    # nothing was guessed: none of the three is read as long as it is open
    checked = desk("sources", "check", path, "-f", "json")
    assert checked.code == 0, checked.err
    becomes = {row["column"] for row in checked.json["sections"]["columns"]["rows"]}
    assert not becomes & {"started_on", "amount", "status"}
    settled = text
    for wanted in ("started_on: .*format: dmy", r"amount: .*decimal: \",\"", "status: "):
        settled = re.sub(rf"(?m)^  # ({wanted})", r"  \1", settled)
    settled = settled.replace('"Live": ?', '"Live": active').replace('"Stopped": ?', '"Stopped": canceled')
    target.write_text(settled)
    checked = desk("sources", "check", path, "-f", "json")
    assert checked.code == 0, checked.err
    rows = {row["column"]: row for row in checked.json["sections"]["columns"]["rows"]}
    assert rows["started_on"]["stored"] == "2025-03-02"
    assert rows["amount"]["stored"] == 1001
    assert rows["status"]["stored"] == "canceled"


def test_no_key_is_proved_and_left_open(desk: Desk) -> None:
    text, _ = desk.draft(
        "events.csv",
        "event id,customer id,churn date,reason\n1,C1,2026-01-05,price\n1,C2,2026-01-06,price\n2,C3,2026-01-07,bug\n",
        "--kind",
        "churn",
    )
    assert (
        'DECIDE key: no column is in every row and different in each. "event id" is no key: "1" stands on lines 2 and 3'
        in text
    )
    assert "# key_from: row" in text


def test_wide_usage_and_month_names(desk: Desk) -> None:
    wide = "customer_id,date,logins,exports\n" + "".join(f"C{n},2026-05-{n:02},{n},{n * 2}\n" for n in range(1, 9))
    text, _ = desk.draft("activity.csv", wide, "--kind", "usage")
    assert "wide: true" in text
    assert "metrics: [logins, exports]" in text
    named = "ticket id,email,created at\n" + "".join(f"T{n},p{n}@acme.example,{n} Mar 2026\n" for n in range(1, 9))
    text, _ = desk.draft("tickets.csv", named)
    assert "days such as 1 Mar 2026" in text    # which need no format
    assert "email: [email]" in text


def test_a_survey_asks_which_question(desk: Desk) -> None:
    rows = "response_id,customer_id,score,day\n" + "".join(f"R{n},C{n},{n % 10},2026-05-{n:02}\n" for n in range(1, 12))
    text, _ = desk.draft("answers.csv", rows, "--kind", "survey")
    assert text.count("# kind: {constant:") == 3
    text, _ = desk.draft("nps_answers.csv", rows)
    assert "kind: {constant: nps}" in text


@pytest.mark.parametrize(
    ("words", "ident"),
    [(("--kind", "subscripton"), "IMP-247"), ((), "IMP-245"), (("--kind", "touch", "-o", "cs.yaml"), "IMP-246")],
)
def test_refusals(desk: Desk, words: tuple[str, ...], ident: str) -> None:
    path = desk.file("leads.csv", "colour,size\nred,4\nblue,5\n")
    given = tuple(str(desk.root / word) if word == "cs.yaml" else word for word in words)
    before = (desk.root / "cs.yaml").read_bytes()
    refused = desk("sources", "new", path, *given)
    assert refused.code == 2
    assert ident in refused.err
    assert (desk.root / "cs.yaml").read_bytes() == before


def test_a_draft_of_hostile_text_is_still_a_source(desk: Desk) -> None:
    head = '"id","customer # id","start: ""date""","mrr"\n'
    rows = "".join(f'"S{n}","C{n}","2026-01-{n:02}","{n}.50"\n' for n in range(1, 6))
    text, path = desk.draft("weird.csv", head + rows, "--kind", "subscription")
    (desk.root / "sources" / "weird.yaml").write_text(text)
    checked = desk("sources", "check", path, "-f", "json")
    assert checked.code == 0, checked.err + text


# --- check -------------------------------------------------------------------------


def test_check_says_why_others_do_not_read_it(desk: Desk) -> None:
    path = desk.file("s.csv", "subscription_id,account_id,amount,currency,started_on\nS1,A1,1234.50,EUR,2026-01-31\n")
    found = desk("sources", "check", path, "-f", "json").json["sections"]
    assert found["claims"]["rows"][0]["source"] == "cs_subscription"
    others = {row["source"]: row["why"] for row in found["claims"]["rows"][1:]}
    assert others and all(others.values())
    columns = {row["column"]: row for row in found["columns"]["rows"]}
    assert columns["amount"]["raw"] == "1234.50"
    assert columns["amount"]["stored"] == 1234.5
    assert found["rows"]["rows"][0]["amount"] == 1234.5
    assert columns["(key)"]["header"] == "subscription_id"
    unknown = desk("sources", "check", desk.file("x.csv", "foo,bar\n1,2\n"))
    assert unknown.code == 10


def test_own_sources_with_spellings_in_claims_and_headers_load(desk: Desk) -> None:
    (desk.root / "sources" / "mine.yaml").write_text(
        'source: mine\nsystem: mine\nkind: account\nclaims: ["Firm|Firma", "Firm ID|Firma ID"]\n'
        'headers: ["Firm|Firma", "Firm ID|Firma ID", Land]\nkey: "Firm ID|Firma ID"\naccount: {own: true}\n'
        'columns:\n  name: {from: "Firm|Firma"}\n  country: {from: Land}\n'
    )
    done = desk("import", desk.file("f.csv", "Firma,Firma ID,Land\nAcme,1,DE\n"))
    assert done.code == 0, done.err
    assert "mine (account)" in done.err


def test_shipped_sources_are_kept_compiled_and_the_cache_is_only_a_cache(desk: Desk) -> None:
    path = desk.file("a.csv", "account_id,name\nA1,Acme\n")
    assert desk("sources", "check", path).code == 0
    kept = desk.root / ".cs" / "sources.json"
    assert kept.stat().st_mode & 0o777 == 0o600
    from cs_cli.intake.catalogue import shipped_sources

    plain = shipped_sources(None)
    shipped_sources.cache_clear()
    assert shipped_sources(desk.root / ".cs") == plain
    kept.write_bytes(b"{not json")
    shipped_sources.cache_clear()
    assert shipped_sources(desk.root / ".cs") == plain


def test_each_line_to_choose_from_reads_the_instant_and_its_day(desk: Desk) -> None:
    rows = "ticket id,email,created at,priority\n" + "".join(
        f"T{n},p{n}@acme.example,0{n}/0{n + 1}/2026 10:00,low\n" for n in range(1, 8)
    )
    text, path = desk.draft("tickets.csv", rows)
    settled = re.sub(r"(?m)^  # (opened_(?:at|on): .*format: dmy)", r"  \1", text)
    (desk.root / "sources" / "tickets.yaml").write_text(settled)
    checked = desk("sources", "check", path, "-f", "json")
    assert checked.code == 0, checked.err + text
    first = checked.json["sections"]["rows"]["rows"][0]
    assert (first["opened_at"], first["opened_on"]) == ("2026-02-01T10:00:00Z", "2026-02-01")


@pytest.mark.parametrize(
    ("words", "line"),
    [(("Monthly", "every 3 months"), '  interval_count: {from: ["billing period"], type: every}'),
     (("monthly", "per cycle"), "  # DECIDE interval: write for each ? which of year, quarter, month")],
)
def test_intervals_are_read_in_their_own_words(desk: Desk, words: tuple[str, ...], line: str) -> None:
    rows = "".join(f"S{n},C{n},2026-01-{n:02},9.00,{words[n % 2]}\n" for n in range(1, 9))
    head = "subscription_id,customer_id,start,price,billing period\n"
    text, _ = desk.draft("ledger.csv", head + rows, "--kind", "subscription")
    assert line in text


def test_a_price_without_an_interval_is_asked_about(desk: Desk) -> None:
    rows = "".join(f"S{n},C{n},2026-01-{n:02},9.00\n" for n in range(1, 9))
    text, _ = desk.draft("ledger.csv", "subscription_id,customer_id,start,price\n" + rows, "--kind", "subscription")
    assert "# DECIDE interval: no column seems to be it; without one each amount is for a month" in text


GERMAN = (
    "subscription_id;customer_id;customer_name;start;mrr\n"
    "S1;K1;Müller;01.02.2024;1.200,50\nS2;K2;Bolt;13.05.2025;99,00\nS3;K3;Cato;14.05.2025;12,00\n"
)


def test_a_semicolon_file_with_one_decimal_comma_a_row_is_no_riddle(desk: Desk) -> None:
    text, _ = desk.draft("mrr.csv", GERMAN)
    assert 'mrr: {from: [mrr], type: money, decimal: ","}' in text
    assert 'started_on: {from: [start], type: day, format: dmy}' in text


def test_what_the_bytes_leave_open_can_be_said(desk: Desk) -> None:
    """The refusal of a file names options; draft and check take them as the import does."""
    path = desk.root / "exports" / "mrr.csv"
    path.write_bytes(b"made by hand\n" + GERMAN.encode("cp1252"))
    for word in ("new", "check"):
        refused = desk("sources", word, path)
        assert refused.code == 10 and "--encoding cp1252" in refused.err
    said = ("--encoding", "cp1252", "--delimiter", ";", "--skip", "1")
    made = desk("sources", "new", path, *said, "-o", desk.root / "sources" / "mrr.yaml")
    assert made.code == 0, made.err
    checked = desk("sources", "check", path, *said, "-f", "json")
    assert checked.code == 0, checked.err
    assert checked.json["sections"]["rows"]["rows"][0]["mrr"] == 1200.5
    assert desk("import", path, *said).code == 0


def test_a_file_that_names_no_account_says_where_to_write_it(desk: Desk) -> None:
    rows = "subscription_id,start,mrr\nS1,2026-01-01,5\nS2,2026-02-01,6\n"
    text, _ = desk.draft("x.csv", rows, "--kind", "subscription")
    assert "# DECIDE account: no column seems to hold" in text and "# account: {name: [HEADER]}   # or id, " in text


def test_a_currency_in_a_header_and_a_number_for_an_id_are_understood(desk: Desk) -> None:
    text, _ = desk.draft(
        "contracts.csv",
        "Contract No,Account Name,Start,End,ACV (USD),Notice (days)\n"
        'C1,Acme,02/01/2024,02/01/2027,"$12,000",60\nC2,Bolt,03/15/2025,03/15/2026,"$1,250.50",30\n',
    )
    assert 'key: ["Contract No"]' in text
    assert 'amount: {from: ["ACV (USD)"], type: money, currency: "=USD"}' in text


def test_an_answer_without_a_day_is_asked_about(desk: Desk) -> None:
    rows = "".join(f"p{n}@acme.example,{n % 10},2026-05-{n:02} 10:00\n" for n in range(1, 9))
    text, _ = desk.draft("nps.csv", "Email,Rating,Submitted\n" + rows)
    assert "day: {from: [Submitted], type: day}" in text
    text, _ = desk.draft("nps.csv", "Email,Rating,Sent\n" + rows, "--kind", "survey")
    assert "# DECIDE day: no column seems to be it, and a survey says little without it" in text


def test_what_is_deleted_in_its_system_is_no_account(desk: Desk) -> None:
    """A table of a warehouse marks its deleted rows; a draft that passed over the mark would bring them back."""
    text = "id,name,signup_date,_fivetran_deleted\n" + "".join(
        f"K{n},Client {n},{days(n)},{'TRUE' if n % 10 == 0 else 'FALSE'}\n" for n in range(40)
    )
    _, path = desk.draft("crm_clients.csv", text, "-o", str(desk.root / "sources" / "crm_clients.yaml"))
    drafted = (desk.root / "sources" / "crm_clients.yaml").read_text()
    assert '_fivetran_deleted: ["TRUE"]   # deleted: 4 of 40 rows' in drafted
    result = desk("import", path)
    assert result.code == 0
    assert "36 added" in result.err
    assert "4 rows are left out: _fivetran_deleted is TRUE" in result.err


def test_the_id_of_a_type_is_no_id_of_a_customer(desk: Desk) -> None:
    text = "customer_type_id,id,company_name,created_at\n" + "".join(
        f"{n + 70},{n},Client {n},2025-01-{n + 10}\n" for n in range(9)
    )
    out, _ = desk.draft("customers.csv", text)
    assert "\nkey: [id] " in out


def test_one_address_in_every_row_tells_no_accounts_apart(desk: Desk) -> None:
    """The help desk's own address and its links stand in every ticket and say nothing of whose the ticket is."""
    text = "id,organization_id,recipient,requester_email,url,created_at,status\n" + "".join(
        f"{n},K{n % 3},help@own.example,p{n % 4}@client{n % 4}.example,https://desk.example/api/{n}.json,"
        f"2025-03-{n + 10} 10:00,open\n" for n in range(9)
    )
    out, _ = desk.draft("tickets.csv", text)
    assert "\n  email: [requester_email] " in out
    assert "\n  domain:" not in out
    orgs = "id,name,url,created_at\n" + "".join(
        f"K{n},Client {n},https://desk.example/org/{n}.json,2025-03-{n + 10}\n" for n in range(9)
    )
    out, _ = desk.draft("organizations.csv", orgs)
    assert "\n  domain:" not in out


def test_a_trial_begins_no_subscription(desk: Desk) -> None:
    text = "id,account_id,activated_at,trial_started_at,trial_ends_at,plan,mrr,state\n" + "".join(
        f"U{n},K{n % 40},2025-02-{n + 10},{'2025-01-05' if n < 3 else ''},{'2025-02-04' if n < 3 else ''},Pro,{n + 50},"
        "active\n" for n in range(15)
    )
    out, _ = desk.draft("subscriptions.csv", text)
    assert "started_on: {from: [activated_at]" in out


def test_whole_numbers_may_be_cents(desk: Desk) -> None:
    rows = "".join(f"in_{n},A{n},2026-05-0{n},{n}900,usd\n" for n in range(1, 6))
    rows = "id,customer_id,invoice_date,AMOUNT,currency\n" + rows
    text, _ = desk.draft("stripe_api.csv", rows.replace("AMOUNT", "amount_due"), "--kind", "invoice")
    assert '# assumed: "amount_due" holds whole numbers only: whole units; if they are cents, add cents: true' in text
    text, _ = desk.draft("cents.csv", rows.replace("AMOUNT", "amount_cents"), "--kind", "invoice")
    assert "amount: {from: [amount_cents], type: money, currency: currency, cents: true}   # in cents, by the h" in text
    assert "whole numbers only" not in text
    text, _ = desk.draft("units.csv", rows.replace("AMOUNT", "amount").replace("900,", "9.50,"), "--kind", "invoice")
    assert "cents" not in text.split("columns:")[1]
