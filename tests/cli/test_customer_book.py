"""The sheet that a person keeps of its customers: books in several languages with the values people write."""

from __future__ import annotations

import re
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Cs

SHEET = """Account Name,ARR,Renewal Date,CSM,Health,Auto Renew,Product,Next Step,Notes
Norden Fisk,"48,000",2027-03-31,Ann,yellow,no,Team,Send deck,Two champions left
Papeterie Lune,"12 600",2027-01-15,Ann,green,yes,Solo,,
"""

# name → (the sheet, {customer: (ARR, renewal date, owner)}, {line: what is said of the row that is set aside},
# what else is said). Made by hand for these tests.
BOOKS: dict[str, tuple[str, dict[str, tuple[float | None, str | None, str | None]], dict[int, str], list[str]]] = {
    "english, three kinds of dates, k and M": (
        "customer_name,arr_usd,renewal_date,csm_email,health_score,auto_renew,seats_bought,seats_used,"
        "Logins last 30 days\n"
        "Harbor Freight Lines,48k,2027-03-31,ann@us.example,82,y,50,41,1204\n"
        'Quill & Pine,"$12,600",31 Jan 2027,bob@us.example,45,n,10,9,88\n'
        "Ostrava Steel,1.2M,\"March 5, 2027\",ann@us.example,12,n,400,120,\n"
        "Tiny Desk,n/a,tbc,ann@us.example,,,3,3,5\n",
        {"Harbor Freight Lines": (48000, "2027-03-31", "ann@us.example"),
         "Quill & Pine": (12600, "2027-01-31", "bob@us.example"),
         "Ostrava Steel": (1200000, "2027-03-05", "ann@us.example"), "Tiny Desk": (None, None, "ann@us.example")},
        {}, ["no price, so ARR unknown: Tiny Desk"],
    ),
    "english, a title, grouped headers, a total and a row that cannot be": (
        "Customer overview Q2,,,,,\n,,,,,\nCustomer,,Contract,,Team,\n"
        "Company,Segment,Annual value,Contract end,Account Manager,Comments\n"
        'Bluebird Foods,Mid,"24,000.00",12/31/2026,Ann / Bob,renewal talk booked\n'
        'Copper Kettle,SMB,"6,500.00",01/15/2027,Bob,\nDockside,SMB,lots,02/01/2027,Bob,\n'
        "Evergreen,SMB,9k,someday,Bob,\n"
        'Total,,"39,500.00",,,\n',
        {"Bluebird Foods": (24000, "2026-12-31", "Ann"), "Copper Kettle": (6500, "2027-01-15", "Bob")},
        {7: "Annual value not a number", 8: "Contract end not a day"},
        ["names two people in 'Ann / Bob' (line 5): the first owns it", "'Segment': the account's tags",
         "a closing line"],
    ),
    "german": (
        "Kunde/Firma;Jahreswert;Vertragsende;Betreuer;Ampel;Automatische Verlängerung;Kündigungsfrist;NPS;Bemerkungen\n"
        "Müller Fördertechnik GmbH;€ 12.600;31.03.2027;Anna;gelb;ja;3 Monate;9;zwei Fürsprecher weg\n"
        "Schäfer AG;12k;15. Jan. 2027;Bernd und Anna;grün;nein;90 Tage;;\n"
        "Ölmühle Nord;1,2 Mio €;2027-06-30;k.A.;rot - kündigt vielleicht;nein;;6;\n"
        "Bäckerei Huber;noch offen;offen;Anna;;;;;\n"
        "Summe;€ 1.224.600;;;;;;;\n",
        {"Müller Fördertechnik GmbH": (12600, "2027-03-31", "Anna"), "Schäfer AG": (12000, "2027-01-15", "Bernd"),
         "Ölmühle Nord": (1200000, "2027-06-30", None), "Bäckerei Huber": (None, None, "Anna")},
        {}, ["no price, so ARR unknown: Bäckerei Huber"],
    ),
    "french, monthly": (
        "Nom du client;Mensualité (€);Échéance;Responsable;Santé;Tacite reconduction;Prochaine étape\n"
        "Papeterie Lune;1 050;15/01/2027;Zoé;vert;oui;envoyer le devis\n"
        "Garage Aubert;250,50;28/02/2027;Zoé & Marc;orange;non;\n"
        "Les Halles;à définir;1er mars 2027;Marc;rouge;;\n",
        {"Papeterie Lune": (12600, "2027-01-15", "Zoé"), "Garage Aubert": (3006, "2027-02-28", "Zoé"),
         "Les Halles": (None, "2027-03-01", "Marc")},
        {}, ["no price, so ARR unknown: Les Halles"],
    ),
    "spanish": (
        "Empresa,Valor anual,Fecha de renovación,Responsable de cuenta,Semáforo,Licencias,Licencias en uso,Etapa\n"
        '"Aceites Sol, S.A.","€ 36.000",30/09/2026,Lucía,verde,120,80,Cliente\n'
        'Bodega Norte,"7.250,75 €",15 de octubre de 2026,Lucía y Pablo,amarillo,20,20,Cliente\n'
        "Casa Vieja,€ 5.000,01.12.2026,Pablo,rojo,10,1,Perdido\n",
        {"Aceites Sol, S.A.": (36000, "2026-09-30", "Lucía"), "Bodega Norte": (7250.75, "2026-10-15", "Lucía"),
         "Casa Vieja": (0, None, "Pablo")},
        {}, [],
    ),
    "portuguese, the value of a contract of two years": (
        "Cliente;Valor do contrato;Prazo (meses);Data de renovação;Responsável;Saúde;Renovação automática\n"
        "Padaria Central;24.000,00;24;10/02/2027;João;4;sim\n"
        "Oficina Lima;9.600;12;2027-05-31;Rita;2;não\n"
        "Mercado Vila;4.800;;15/08/2026;João;5;não\n",
        {"Padaria Central": (12000, "2027-02-10", "João"), "Oficina Lima": (9600, "2027-05-31", "Rita"),
         "Mercado Vila": (4800, "2026-08-15", "João")},
        {}, [],
    ),
    "dutch, ids and two rows of one customer": (
        "Klantnummer;Klant;ARR (EUR);Einddatum;Accountmanager;Opzegtermijn;Opmerkingen\n"
        "K-104;Fietsen van Dam;18.000;31-12-2026;Sanne;1 maand;\n"
        "K-207;Bakkerij Jansen;3.600,-;2027-02-01;Sanne;;belt nooit terug\n"
        "K-207;Bakkerij Jansen;4.200,-;2027-02-01;Sanne;;\n",
        {"Fietsen van Dam": (18000, "2026-12-31", "Sanne")},
        {3: "the same key with different values", 4: "the same key with different values"}, [],
    ),
    "italian, numbered rows and one price told twice": (
        "ID,Azienda,Canone annuo,Canone mensile,Scadenza contratto,Responsabile,Salute,Rinnovo automatico\n"
        "1,Caffè Torino,12.000 €,1.000 €,30/11/2026,Giulia,🟢,sì\n"
        "2,Officina Rossi,6.000 €,900 €,31/10/2026,Giulia,🔴,no\n"
        "3,Libreria Verdi,8.400 €,700 €,15 gen 2027,Marco,🟡,no\n",
        {"Caffè Torino": (12000, "2026-11-30", "Giulia"), "Libreria Verdi": (8400, "2027-01-15", "Marco")},
        {3: "Canone mensile is not a twelfth of Canone annuo"},
        ["'ID' only numbers the rows: customers are known by their names"],
    ),
}


@pytest.fixture(params=list(BOOKS))
def book(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def ask(desk: Path, sql: str) -> list[Any]:
    with sqlite3.connect(desk / "cs.db") as conn:
        return conn.execute(sql).fetchall()


def euros(workspace: Path) -> Path:
    settings = workspace / "cs.yaml"
    settings.write_text(settings.read_text().replace('currency: "USD"', 'currency: "EUR"'))
    return workspace


def put(desk: Path, text: str, name: str = "book.csv") -> str:
    (desk / name).write_text(text, encoding="utf-8")
    return name


def test_price_renewal_and_owner_of_every_row_are_right_or_it_is_set_aside(cs: Cs, workspace: Path, book: str) -> None:
    text, expected, aside, said = BOOKS[book]
    desk = workspace if "english" in book else euros(workspace)
    done = cs("import", put(desk, text), cwd=desk)
    assert done.code == (3 if aside else 0), done.err
    for line, why in aside.items():
        assert f"book.csv:{line} " in done.err and why in done.err, done.err
    for note in said:
        assert note in done.err, done.err
    rows = cs("accounts", "list", "--all", "-f", "json", cwd=desk).json
    renewals = {one["name"]: one for one in cs("renewals", "list", "--within", "500", "-f", "json", cwd=desk).json}
    found = {one["name"]: (one["arr"], renewals.get(one["name"], {}).get("renewal_date"), one["owner"]) for one in rows}
    assert found == expected
    for name, one in renewals.items():
        assert one["owner"] == (expected[name][2] or "Robin Vale")
    assert "/" not in cs("check", cwd=desk).err


def test_three_commands_from_the_sheet_to_the_weekly_report(cs: Cs, tmp_path: Path) -> None:
    (tmp_path / "book.csv").write_text(SHEET)
    desk = tmp_path / "desk"
    assert cs("init", desk, "--currency", "EUR", "--zone", "UTC", "--name", "Robin", cwd=tmp_path).code == 0
    with (desk / "cs.yaml").open("a") as file:
        file.write('\ntoday: "2026-12-10"\n')
    done = cs("import", "../book.csv", cwd=desk)
    assert done.code == 0, done.err
    assert "ARR EUR: 0 → 60,600" in done.err
    assert "nothing says since when 2 of the subscriptions run: they count from 2026-" in done.err
    week = cs("report", "weekly", "-f", "json", cwd=desk).json
    assert '"arr": 60600' in str(week).replace("'", '"') or "60600" in str(week)
    assert "Papeterie Lune" in str(week) and "2027-01-15" in str(week) and "Ann" in str(week)
    shown = cs("show", "Norden", cwd=desk).out
    for text in ("48,000", "2027-03-31", "Ann", "Two champions left", "Send deck"):
        assert text in shown, text
    pulse = ask(desk, "SELECT score, who, reason FROM pulse ORDER BY key")[0]
    assert pulse == (3, "Ann", "Two champions left")


def test_what_stands_in_a_list_is_no_conversation(cs: Cs, workspace: Path) -> None:
    cs("import", put(workspace, SHEET), cwd=workspace)
    assert not re.search(r"^Last touch +[0-9]+ day", cs("show", "Norden", cwd=workspace).out, re.MULTILINE)
    spoken = SHEET.replace("Notes\n", "Notes,Last contact\n").replace("left\n", "left,2026-06-20\n")
    cs("import", put(workspace, spoken.replace("Solo,,\n", "Solo,,,\n"), "b.csv"), cwd=workspace)
    assert re.search(r"^Last touch +10 days", cs("show", "Norden", cwd=workspace).out, re.MULTILINE)


def test_init_makes_the_desk_and_imports_at_once(cs: Cs, tmp_path: Path) -> None:
    (tmp_path / "kunden.csv").write_text(BOOKS["german"][0], encoding="utf-8")
    done = cs("init", "desk", "--from", "kunden.csv", "--name", "Robin", "--zone", "UTC", cwd=tmp_path)
    assert done.code == 0, done.err
    assert "customer_book (account) #1: 4 added" in done.err and "cs report weekly" in done.err
    assert 'currency: "EUR"' in (tmp_path / "desk" / "cs.yaml").read_text()


def test_init_from_a_file_that_is_refused_leaves_nothing(cs: Cs, tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text(SHEET.replace("48,000", "plenty").replace("12 600", "much") * 1)
    (tmp_path / "tickets.csv").write_text("a,b\n1,2\n")
    assert cs("init", "desk", "--from", "tickets.csv", cwd=tmp_path).code == 10
    assert not (tmp_path / "desk").exists()
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "keep.txt").write_text("mine")
    twice = SHEET + "".join(f"Norden Fisk,{n},2027-03-31,Ann,,,,,\n" for n in range(1, 5))
    (tmp_path / "rows.csv").write_text(twice)
    refused = cs("init", "mine", "--from", "rows.csv", cwd=tmp_path)
    assert refused.code == 10 and "IMP-260" in refused.err, refused.err
    assert [path.name for path in (tmp_path / "mine").iterdir()] == ["keep.txt"]


def test_a_template_prints_a_header_that_is_read_as_a_book(cs: Cs, workspace: Path) -> None:
    line = cs("import", "--template", "book", cwd=workspace).out.strip()
    width = line.count(",")
    done = cs("import", put(workspace, f"{line}\nAcme,A-1,acme.example,1200{',' * (width - 3)}\n"), cwd=workspace)
    assert done.code == 0 and "customer_book (account) #1: 1 added" in done.err, done.err
    assert "kept as attributes" not in done.err and "not read" not in done.err


def test_a_renamed_customer_is_asked_about_once_and_never_counted_twice(cs: Cs, workspace: Path) -> None:
    cs("import", put(workspace, SHEET), "--as-of", "2026-05-01", cwd=workspace)
    new = put(workspace, SHEET.replace("Norden Fisk", "Norden Seafood"), "new.csv")
    asked = cs("import", new, "--as-of", "2026-06-01", cwd=workspace)
    assert asked.code == 15 and 'is "Norden Seafood" the new name of "Norden Fisk"?' in asked.err
    # each command is whole: the file, and the day that was said before
    for answer in ("'Norden Seafood=Norden Fisk'", "none"):
        assert f"cs import new.csv --as-of 2026-06-01 --renamed {answer}" in asked.err, asked.err
    told = cs("import", new, "--as-of", "2026-06-01", "--renamed", "Norden Seafood=Norden Fisk", cwd=workspace)
    assert told.code == 0, told.err
    again = put(workspace, SHEET.replace("Norden Fisk", "NORDEN  seafood").replace("48,000", "50,000"), "again.csv")
    assert cs("import", again, "--as-of", "2026-06-20", cwd=workspace).code == 0
    rows = cs("accounts", "list", "--all", "-f", "json", cwd=workspace).json
    assert [(one["account_id"], one["name"], one["arr"]) for one in rows] == [
        ("Norden Fisk", "NORDEN  seafood", 50000), ("Papeterie Lune", "Papeterie Lune", 12600)]


def test_one_left_and_one_came(cs: Cs, workspace: Path) -> None:
    cs("import", put(workspace, SHEET), "--as-of", "2026-05-01", cwd=workspace)
    new = put(workspace, SHEET.replace("Norden Fisk", "Quite Another").replace("48,000", "900"), "new.csv")
    done = cs("import", new, "--as-of", "2026-06-01", "--renamed", "none", cwd=workspace)
    assert done.code == 0, done.err
    assert "1 subscription, 4,000 USD MRR, is not in this file: still counted" in done.err
    # who was gone before is not asked about again
    later = SHEET.replace("Norden Fisk", "Quite Another").replace("48,000", "900") + "Third,1,2027-01-01,Ann,,,,,\n"
    put(workspace, later, "later.csv")
    assert cs("import", "later.csv", "--as-of", "2026-06-20", cwd=workspace).code == 0


@pytest.mark.parametrize(("answer", "said"), [
    ("Norden", 'is no customer that is new in the file'), ("Quite Another=Norden Fsk", 'did you mean "Norden Fisk"?'),
])  # fmt: skip
def test_an_answer_that_names_nobody(cs: Cs, workspace: Path, answer: str, said: str) -> None:
    cs("import", put(workspace, SHEET), "--as-of", "2026-05-01", cwd=workspace)
    new = put(workspace, SHEET.replace("Norden Fisk", "Quite Another"), "new.csv")
    done = cs("import", new, "--as-of", "2026-06-01", "--renamed", answer, cwd=workspace)
    assert done.code == 2 and "IMP-262" in done.err and said in done.err


def test_a_sheet_of_every_week_builds_history(cs: Cs, workspace: Path) -> None:
    for day, price, word in (("2026-04-30", "48,000", "green"), ("2026-05-31", "48,000", "yellow"),
                             ("2026-06-15", "54,000", "yellow")):
        text = SHEET.replace("48,000", price).replace("yellow", word)
        assert cs("import", put(workspace, text, f"book {day}.csv"), cwd=workspace).code == 0
    moved = cs("metrics", "movements", "--from", "2026-04", "--to", "2026-06", "-f", "json", cwd=workspace).json
    assert [(one["new"], one["expansion"]) for one in moved] == [(5050, 0), (0, 0), (0, 500)]
    pulses = ask(workspace, "SELECT day, score FROM pulse WHERE key LIKE 'Norden%' ORDER BY day")
    assert pulses == [("2026-04-30", 5), ("2026-05-31", 3), ("2026-06-15", 3)]
    assert ask(workspace, "SELECT count(*) FROM note") == [(1,)]


def test_where_billing_knows_a_customer_its_price_counts_once(cs: Cs, workspace: Path) -> None:
    cs("import", put(workspace, SHEET), cwd=workspace)
    billing = ("subscription_id,account_id,plan,amount,currency,interval,started_on,status\n"
               "S1,A1,team,4200.00,USD,month,2026-01-01,active\n")  # fmt: skip
    accounts = "account_id,name\nA1,Norden Fisk\n"
    put(workspace, billing, "subs.csv")
    put(workspace, accounts, "accounts.csv")
    done = cs("import", "accounts.csv", "subs.csv", "--yes", cwd=workspace)
    assert done.code == 0, done.err
    rows = {one["name"]: one["arr"] for one in cs("accounts", "list", "-f", "json", cwd=workspace).json}
    assert rows == {"Norden Fisk": 50400, "Papeterie Lune": 12600}


def test_a_renewal_that_has_passed_is_overdue_until_somebody_decides(cs: Cs, workspace: Path) -> None:
    text = SHEET.replace("2027-03-31", "2026-06-10").replace("no,Team", ",Team")
    cs("import", put(workspace, text), cwd=workspace)
    first = cs("renewals", "list", "--within", "400", "-f", "json", cwd=workspace).json[0]
    assert (first["name"], first["renewal_date"], first["days_to_renewal"]) == ("Norden Fisk", "2026-06-10", -20)


def test_a_renewal_next_month_is_no_next_bill(cs: Cs, workspace: Path) -> None:
    text = "Customer,MRR,Term,Renewal date\nAcme,1000,24 months,2026-07-20\n"
    cs("import", put(workspace, text), cwd=workspace)
    (one,) = cs("renewals", "list", "--within", "90", "-f", "json", cwd=workspace).json
    assert (one["renewal_date"], one["arr"]) == ("2026-07-20", 12000)


def test_a_renewal_of_the_year_after_next_stands_as_it_is_written(cs: Cs, workspace: Path) -> None:
    text = "Customer,ARR,Renewal date,Auto renew\nAcme,12000,2028-06-30,no\nBeta,6000,2026-05-31,yes\n"
    cs("import", put(workspace, text), cwd=workspace)
    rows = cs("renewals", "list", "--within", "900", "-f", "json", cwd=workspace).json
    assert {one["name"]: one["renewal_date"] for one in rows} == {"Acme": "2028-06-30", "Beta": "2027-05-31"}


def test_whoever_gave_notice_runs_to_the_end_and_no_further(cs: Cs, workspace: Path) -> None:
    text = "Customer,ARR,Contract end,Status\nAcme,12000,2026-09-30,gave notice\nBeta,6000,2027-01-31,Active\n"
    cs("import", put(workspace, text), cwd=workspace)
    now = {one["name"]: one["arr"] for one in cs("accounts", "list", "--all", "-f", "json", cwd=workspace).json}
    later = cs("accounts", "list", "--all", "--as-of", "2026-10-15", "-f", "json", cwd=workspace).json
    assert now == {"Acme": 12000, "Beta": 6000}
    assert {one["name"]: one["arr"] for one in later} == {"Acme": 0, "Beta": 6000}


def test_a_workbook_is_read_where_it_reads_as_a_book(cs: Cs, workspace: Path) -> None:
    xlsxwriter = pytest.importorskip("xlsxwriter")
    path = workspace / "customers.xlsx"
    book = xlsxwriter.Workbook(str(path))
    for name, rows in (
        ("Read me", [["How to use this workbook"], ["Edit the second sheet"]]),
        ("Customers", [["Customer", "ARR", "Renewal date", "CSM"], ["Acme", 12000, "2027-01-31", "Ann"],
                       ["Beta", 6000.5, "2026-12-15", "Bob"]]),
        ("Old customers", [["Customer", "ARR", "Renewal date", "CSM"], ["Gone", 1, "2020-01-31", "Ann"]]),
    ):  # fmt: skip
        sheet = book.add_worksheet(name)
        for at, row in enumerate(rows):
            sheet.write_row(at, 0, row)
    book.close()
    asked = cs("import", "customers.xlsx", cwd=workspace)
    assert asked.code == 10 and "--sheet 'Customers'" in asked.err, asked.err
    done = cs("import", "customers.xlsx", "--sheet", "customers", cwd=workspace)
    assert done.code == 0 and "sheet 'Customers'; not read: 'Read me', 'Old customers'" in done.err, done.err
    wrong = cs("import", "customers.xlsx", "--sheet", "Custmers", cwd=workspace)
    assert wrong.code == 10 and 'did you mean "Customers"?' in wrong.err
    rows = {one["name"]: one["arr"] for one in cs("accounts", "list", "-f", "json", cwd=workspace).json}
    assert rows == {"Acme": 12000, "Beta": 6000.5}


NO_BOOKS = {
    "a contact list": "Company,First name,Last name,Owner\nAcme,Ann,Lee,Bob\n",
    "invoices": "Customer,Invoice number,Amount,Due date\nAcme,1,10,2026-01-01\n",
    "a name alone": "Customer,Shoe size\nAcme,44\n",
}


@pytest.mark.parametrize("case", NO_BOOKS)
def test_what_is_no_book_is_not_taken_for_one(cs: Cs, workspace: Path, case: str) -> None:
    done = cs("import", put(workspace, NO_BOOKS[case]), cwd=workspace)
    assert done.code == 10 and "IMP-202" in done.err, done.err


def test_a_table_with_several_rows_for_most_customers_is_refused(cs: Cs, workspace: Path) -> None:
    rows = "".join(f"{name},Ann,{n}\n" for name in ("Acme", "Beta", "Gamma") for n in (1, 2))
    done = cs("import", put(workspace, "Customer,CSM,Notes\n" + rows + "Delta,Ann,1\n"), cwd=workspace)
    assert done.code == 10 and "IMP-260" in done.err and "this is not one row per customer" in done.err


def test_judgements_that_say_nothing_are_left_out_and_said(cs: Cs, workspace: Path) -> None:
    text = "Customer,ARR,Health\nA,1000,so la la\nB,2000,Green - happy\nC,3000,🔴\n"
    done = cs("import", put(workspace, text), cwd=workspace)
    assert done.code == 0
    assert "'Health' is no word, colour, 1 to 5 or 0 to 100 in 'so la la' (line 2): no pulse there" in done.err
    assert ask(workspace, "SELECT substr(key, 1, 1), score FROM pulse ORDER BY key") == [("B", 5), ("C", 1)]
    unsure = "Customer,ARR,Health\nA,1000,7\nB,2000,9\n"
    told = cs("import", put(workspace, unsure, "b.csv"), "--renamed", "none", cwd=workspace)
    assert "in '7' (line 2), '9' (line 3): no pulse there" in told.err


def test_an_nps_of_a_whole_company_is_no_answer(cs: Cs, workspace: Path) -> None:
    done = cs("import", put(workspace, "Customer,ARR,NPS\nA,1000,45\nB,2000,9\n"), cwd=workspace)
    assert done.code == 0 and "NPS is not from 0 to 10 in 45 (line 2)" in done.err
    assert ask(workspace, "SELECT score FROM survey") == [(9.0,)]


def test_days_that_read_two_ways_are_asked_about(cs: Cs, workspace: Path) -> None:
    text = "Customer,ARR,Renewal date\nA,1000,03/04/2027\nB,2000,05/06/2027\n"
    done = cs("import", put(workspace, text), cwd=workspace)
    assert done.code == 10 and "IMP-101" in done.err and "--dates dmy" in done.err
    assert cs("import", "book.csv", "--dates", "mdy", cwd=workspace).code == 0
    assert ask(workspace, "SELECT renews_on FROM subscription ORDER BY key") == [("2027-03-04",), ("2027-05-06",)]


def test_an_amount_in_another_currency_than_its_row(cs: Cs, workspace: Path) -> None:
    text = "Customer,ARR,Renewal date\nA,€ 12.600,2027-01-01\nB,\"5,000\",2027-01-01\n"
    done = cs("import", put(workspace, text), "--dry-run", cwd=workspace)
    assert done.code == 0 and "EUR" in done.err, done.err
    mixed = text + "C,£7k,2027-01-01\n"
    done = cs("import", put(workspace, mixed), cwd=workspace)
    assert done.code == 0 and "'ARR' names EUR, GBP: each amount is in its own currency" in done.err, done.err
    assert ask(workspace, "SELECT currency, arr FROM subscription ORDER BY key") == [
        ("EUR", 1260000), ("USD", 500000), ("GBP", 700000)]


def test_an_owner_of_two_words_with_a_comma_is_one_person(cs: Cs, workspace: Path) -> None:
    text = 'Customer,ARR,CSM\nA,1000,"Bond, James"\nB,2000,"Ann, Bob"\nC,3000,Ann\n'
    cs("import", put(workspace, text), cwd=workspace)
    assert ask(workspace, "SELECT owner FROM account WHERE retired_by IS NULL ORDER BY key") == [
        ("Bond, James",), ("Ann",), ("Ann",)]


def test_figures_of_thirty_days_are_never_added_up(cs: Cs, workspace: Path) -> None:
    head = "Customer,ARR,Logins last 30 days,Tickets (90 days),Seats,Seats used\n"
    for day, logins in (("2026-06-15", 120), ("2026-06-22", 130), ("2026-06-24", 140)):
        put(workspace, f"{head}Acme,12000,{logins},4,10,8\nBeta,6000,n/a,,5,\n", f"book {day}.csv")
        assert cs("import", f"book {day}.csv", cwd=workspace).code == 0
    told = cs("explain", "Acme", "usage_28d__logins_last_30_days", cwd=workspace)
    assert told.code == 0 and re.search(r"usage_28d__logins_last_30_days +140 ", told.out), told.out
    told = cs("explain", "Beta", "usage_28d__logins_last_30_days", cwd=workspace)
    assert re.search(r"usage_28d__logins_last_30_days +– ", told.out), told.out
    told = cs("explain", "Acme", "usage_28d", cwd=workspace).out
    assert re.search(r"^usage_28d +– ", told, re.MULTILINE), told
    told = cs("explain", "Acme", "seat_utilisation", cwd=workspace).out
    assert re.search(r"^seat_utilisation +80", told, re.MULTILINE), told


def test_a_price_column_that_is_not_known_any_more_is_said(cs: Cs, workspace: Path) -> None:
    cs("import", put(workspace, SHEET), "--as-of", "2026-05-01", cwd=workspace)
    asked = ("import", put(workspace, SHEET.replace("ARR", "Dues"), "b.csv"), "--as-of", "2026-06-01")
    done = cs(*asked, cwd=workspace)
    assert done.code == 15 and 'is it "Dues"?' in done.err, done.err
    done = cs(*asked, "--yes", cwd=workspace)
    assert done.code == 0, done.err
    assert "kept as attributes: Dues" in done.err and "ARR stays as it was" in done.err
    rows = {one["name"]: one["arr"] for one in cs("accounts", "list", "-f", "json", cwd=workspace).json}
    assert rows == {"Norden Fisk": 48000, "Papeterie Lune": 12600}


def test_a_price_is_for_the_time_that_the_row_names(cs: Cs, workspace: Path) -> None:
    sheet = (
        "Customer,Plan,Price,Billing,Seats,Since\n"
        "Alpha,Pro,$99,monthly,,2025-01-13\nBeta,Pro,$990,annual,1,2025-02-01\nGamma,Pro,$300,quarterly,,2025-02-01\n"
        "Delta,Pro,$50,,,2025-02-01\nEps,Pro,$50,monthly,20,2025-02-01\nZeta,Pro,,,,2025-02-01\n"
    )
    done = cs("import", put(workspace, sheet), cwd=workspace)
    assert done.code == 0, done.err
    assert "'Price' is for no time that the row names" in done.err
    assert "in lines 5, 6: what they pay a year is not known" in done.err
    found = dict(ask(workspace, "SELECT key, arr FROM subscription ORDER BY key"))
    assert found == {"Alpha": 118800, "Beta": 99000, "Gamma": 120000, "Delta": None, "Eps": None, "Zeta": None}


@pytest.mark.parametrize(("cell", "arr", "status"), [
    ("", None, "customer"), ("-", None, "customer"), ("?", None, "customer"), ("??", None, "customer"),
    ("tbc", None, "customer"), ("0", 0, "prospect"), ("€0", 0, "prospect"), ("free", 0, "prospect"),
    ("Gratuit", 0, "prospect"), ("kostenlos", 0, "prospect"),
])  # fmt: skip
def test_a_price_that_is_not_there_is_unknown_and_one_of_nothing_is_nothing(
    cs: Cs, workspace: Path, cell: str, arr: float | None, status: str
) -> None:
    text = f"Customer;ARR (€);CSM\nAlpha;1200;Ann\nBeta;{cell};Ann\n"
    done = cs("import", put(workspace, text), cwd=euros(workspace))
    assert done.code == 0, done.err
    assert ("no price, so ARR unknown: Beta" in done.err) == (arr is None), done.err
    rows = {one["name"]: one for one in cs("accounts", "list", "--all", "-f", "json", cwd=workspace).json}
    assert (rows["Beta"]["arr"], rows["Beta"]["status"]) == (arr, status)
    asked = cs("check", "-f", "json", cwd=workspace).json
    assert any("Beta" in str(row) for row in asked) == (arr is None), asked


def test_a_renewal_in_the_sheet_holds_for_who_is_billed_by_invoice(cs: Cs, workspace: Path) -> None:
    put(workspace, "account_id,name\nA1,Alpha\n", "accounts.csv")
    bill = "invoice_id,account_id,issued_on,amount,currency,status,service_from,service_to\n"
    put(workspace, bill + "I1,A1,2026-01-01,1200.00,USD,paid,2026-01-01,2026-12-31\n", "invoices.csv")
    put(workspace, "Customer,Renewal date,CSM\nAlpha,2027-03-31,Ann\nBeta,2027-01-15,Bob\n")
    assert cs("import", "accounts.csv", "invoices.csv", cwd=workspace).code == 0
    assert cs("import", "book.csv", cwd=workspace).code == 0
    rows = cs("renewals", "list", "--within", "500", "-f", "json", cwd=workspace).json
    assert {one["name"]: (one["renewal_date"], one["arr"]) for one in rows} == {
        "Alpha": ("2027-03-31", 1200), "Beta": ("2027-01-15", None)}
    told = cs("explain", "Alpha", "days_to_renewal", cwd=workspace).out
    assert re.search(r"book\.csv +2 ", told), told


def test_a_colour_and_a_word_are_one_judgement_where_they_agree(cs: Cs, workspace: Path) -> None:
    rows = ("Alpha,100,🟢 Healthy", "Beta,100,🔴 Critical", "Gamma,100,🟢 Critical", "Delta,100,Green 🟢")
    sheet = "Customer,ARR,Health\n" + "".join(f"{row}\n" for row in rows)
    done = cs("import", put(workspace, sheet), cwd=workspace)
    assert dict(ask(workspace, "SELECT substr(key, 1, instr(key, '|') - 1), score FROM pulse")) == {
        "Alpha": 5, "Beta": 1, "Delta": 5,
    }
    assert "'🟢 Critical' (line 4)" in done.err


def test_what_is_said_of_a_sheet_is_said_once(cs: Cs, workspace: Path) -> None:
    sheet = "No,Customer,ARR,Contract value,Term\n1,Alpha,,1200,\n2,Beta,,2400,24\n3,Gamma,600,700,\n"
    done = cs("import", put(workspace, sheet.replace("No,", "ID,")), cwd=workspace)
    assert done.code == 0, done.err
    assert done.err.count("only numbers the rows") == 1
    assert "'Contract value' is read as a year's in line 2, which tells no term" in done.err
    assert dict(ask(workspace, "SELECT key, arr FROM subscription")) == {
        "Alpha": 120000, "Beta": 120000, "Gamma": 60000,
    }


@pytest.mark.parametrize(("interval", "written", "said"), [
    ("year", "2027-01-10", False), ("year", "2027-02-28", True), ("year", "2026-02-28", False),
    ("month", "2027-02-28", False),
])
def test_a_renewal_day_that_billing_says_otherwise_is_a_finding(
    cs: Cs, workspace: Path, interval: str, written: str, said: bool
) -> None:
    """Billed by the month there is no other day; by the year billing's stands, and both lines are shown."""
    bills = (
        "subscription_id,account_id,amount,currency,interval,started_on,renews_on,status\n"
        f"S1,A1,100.00,USD,{interval},2026-01-01,2027-01-01,active\n"
    )
    for name, text in (("accounts.csv", "account_id,name\nA1,Alpha\n"), ("bills.csv", bills),
                       ("book.csv", f"Customer,CSM,Renewal\nAlpha,Ann,{written}\n")):
        done = cs("import", put(workspace, text, name), "--as-of", "2026-06-30", cwd=workspace)
        assert done.code == 0, done.err
    found = [row for row in cs("check", "--as-of", "2026-06-30", "-f", "json", cwd=workspace).json
             if row["check"] == "billing and the kept sheet say different renewal days"]
    assert bool(found) is said
    if said:
        assert f"{written} in the sheet (" in found[0]["finding"]
        assert "2027-01-01 by subscription S1" in found[0]["finding"]
    terms = cs("renewals", "list", "--within", "400", "--as-of", "2026-06-30", "-f", "json", cwd=workspace).json
    assert [row["renewal_date"] for row in terms] == ["2027-01-01" if interval == "year" else written]


def test_whom_billing_lost_and_the_sheet_still_has_is_a_finding(cs: Cs, workspace: Path) -> None:
    bills = (
        "subscription_id,account_id,amount,currency,interval,started_on,ended_on,status\n"
        "S1,A1,100.00,USD,month,2025-01-01,2026-03-01,canceled\nS2,A2,100.00,USD,month,2025-01-01,,active\n"
    )
    for name, text in (("accounts.csv", "account_id,name\nA1,Alpha\nA2,Beta\n"), ("bills.csv", bills),
                       ("book.csv", "Customer,CSM,ARR\nAlpha,Ann,12000\nBeta,Ann,1200\nGamma,Ann,600\n")):
        done = cs("import", put(workspace, text, name), "--as-of", "2026-06-30", "--yes", cwd=workspace)
        assert done.code == 0, done.err
    found = [row["finding"] for row in cs("check", "--as-of", "2026-06-30", "-f", "json", cwd=workspace).json
             if row["check"] == "billing ended, the kept sheet goes on"]
    assert len(found) == 1 and found[0].startswith("Alpha stands in the sheet (")


def test_one_person_in_several_spellings_is_one_owner(cs: Cs, workspace: Path) -> None:
    """By the name, whatever its case; of the people of cs.yaml by their address, too."""
    text = (
        "Customer,ARR,Renewal date,CSM\nA,1000,2026-08-01,Tom\nB,2000,2026-08-02,tom\nC,3000,2026-08-03,Tom\n"
        "D,4000,2026-08-04,ROBIN@testco.example\nE,5000,2026-08-05,robin vale\n"
    )
    assert cs("import", put(workspace, text), cwd=workspace).code == 0
    rows = cs("accounts", "list", "--all", "-f", "json", cwd=workspace).json
    assert {one["name"]: one["owner"] for one in rows} == {
        "A": "Tom", "B": "Tom", "C": "Tom", "D": "Robin Vale", "E": "Robin Vale"}
    groups = cs("renewals", "list", "--within", "90", "--by", "owner", "-f", "json", cwd=workspace).json
    assert {one["owner"] for one in groups} == {"Robin Vale", "Tom"}, groups


def test_segments_tiers_and_logins_of_a_sheet_are_somewhere_and_that_is_said(cs: Cs, workspace: Path) -> None:
    text = "Customer,ARR,Segment,Tier,Logins\nAlpha,1000,Mid-market,Gold,12\nBeta,2000,SMB,,3\n"
    done = cs("import", put(workspace, text), cwd=workspace)
    assert done.code == 0 and "'Segment' and 'Tier': the account's tags, which conditions read" in done.err, done.err
    assert "'Logins' says for no time how many" in done.err and "kept as attributes: Logins" in done.err
    assert "Mid-market Gold" in cs("explain", "Alpha", "tags", cwd=workspace).out
    told = cs("import", "book.csv", "--rename", "Logins=Logins last 30 days", cwd=workspace)
    assert told.code == 0 and "usage: 2 added" in told.err and "says for no time" not in told.err, told.err
