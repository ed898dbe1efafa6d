"""Lists with a row per training, order, ticket or answer: no sheet of customers, and no draft says nothing is open."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conftest import Cs

BOOK = "Customer,ARR,CSM\nNorden,1000,Ann\nLune,2000,Ann\nOrt,3000,Bob\n"
# each customer once, by chance: nothing but the columns tells that it is no sheet of customers
LISTS = {
    "trainings": "account,month,topic,attendees,owner\nNorden,2026-05,Basics,12,Ann\nLune,2026-06,Admin,4,Bob\n",
    "trainings with ends": "Customer,Topic,Start date,End date,CSM\nNorden,A,2026-05-01,2026-05-02,Ann\n"
                           "Lune,B,2026-06-01,2026-06-02,Bob\n",
    "schulungen": "Kunde;Datum;Thema;Teilnehmer;Betreuer\nNorden;01.05.2026;A;3;Ann\nLune;02.05.2026;B;4;Bob\n",
    "formations": "Client;Mois;Formation;Responsable\nNorden;2026-05;A;Ann\nLune;2026-06;B;Bob\n",
    "qbr calendar": "Account,Quarter,QBR date,CSM\nNorden,Q1 2026,2026-01-15,Ann\nLune,Q1 2026,2026-02-15,Bob\n",
    "nps answers": "Customer,NPS,Date,Comment\nNorden,9,2026-05-01,good\nLune,3,2026-06-01,\n",
    "orders": "Customer,Order No,Order Date,Product,Amount,Owner\nNorden,O1,2026-05-01,T,100,Ann\n"
              "Lune,O2,2026-06-01,S,30,Ann\n",
    "bestellungen": "Kunde;Bestellnummer;Betrag;Betreuer\nNorden;B1;100;Ann\nLune;B2;200;Ann\n",
    "commandes": "Client;N° de commande;Montant;Responsable\nNorden;B1;100;Ann\nLune;B2;200;Ann\n",
    "pedidos": "Cliente;Nº pedido;Importe;Responsable\nNorden;B1;100;Ann\nLune;B2;200;Ann\n",
    "ordini": "Cliente;Numero ordine;Importo;Responsabile\nNorden;B1;100;Ann\nLune;B2;200;Ann\n",
    "invoices": "Customer,Invoice No,Value,CSM\nNorden,I1,100,Ann\nLune,I2,200,Ann\n",
    "tickets": "Customer,Ticket No,Opened,Status,Owner\nNorden,7,2026-05-01,Closed,Ann\nLune,8,2026-06-01,Open,Ann\n",
    "licences": "Company,Licence key,Product,Seats,Valid until\nNorden,K1,T,3,2027-01-31\nLune,K2,T,4,2027-02-28\n",
    "partners": "Partner name,Region,CSM,Tier,Commission %\nNorden,DACH,Ann,Gold,10\nLune,UK,Ann,Gold,12\n",
    "prospects": "Company,Owner,Stage,Amount,Expected close\nNorden,Ann,Demo,100,2027-01-01\n"
                 "Lune,Ann,Demo,200,2027-01-01\n",
}  # fmt: skip


@pytest.mark.parametrize("name", LISTS)
def test_they_are_no_sheet_of_customers(cs: Cs, workspace: Path, name: str) -> None:
    (workspace / "list.csv").write_text(LISTS[name], encoding="utf-8")
    refused = cs("import", "list.csv", cwd=workspace)
    assert refused.code == 10 and "IMP-202" in refused.err and "cs sources new list.csv" in refused.err, refused.err
    if name == "trainings":
        assert "all the same, --source customer_book reads it so" in refused.err
        assert cs("import", "list.csv", "--source", "customer_book", cwd=workspace).code == 0


@pytest.mark.parametrize("name", [name for name in LISTS if name not in ("nps answers", "tickets", "partners")])
def test_a_draft_of_them_as_customers_is_never_said_to_be_whole(cs: Cs, workspace: Path, name: str) -> None:
    (workspace / "book.csv").write_text(BOOK)
    assert cs("import", "book.csv", cwd=workspace).code == 0
    (workspace / "list.csv").write_text(LISTS[name], encoding="utf-8")
    made = cs("sources", "new", "list.csv", cwd=workspace)
    assert made.code == 0, made.err
    kind = next(line for line in made.out.splitlines() if line.startswith("kind: "))
    assert "Nothing was left open" not in made.out or "account" not in kind, made.out


def test_a_list_of_trainings_is_touches_on_the_first_of_their_months(cs: Cs, workspace: Path) -> None:
    (workspace / "book.csv").write_text(BOOK)
    assert cs("import", "book.csv", cwd=workspace).code == 0
    (workspace / "trainings.csv").write_text(LISTS["trainings"])
    made = cs("sources", "new", "trainings.csv", "--save", cwd=workspace)
    assert made.code == 0 and "kind of record: touch; nothing left open" in made.err, made.err
    assert "day: {from: [month], type: day, format: written}" in (workspace / "sources" / "trainings.yaml").read_text()
    assert cs("import", "trainings.csv", cwd=workspace).code == 0
    shown = cs("accounts", "show", "Norden", "-f", "json", cwd=workspace)
    assert "2026-05-01" in shown.out, shown.out


@pytest.mark.parametrize(("cell", "first"), [
    ("2026-W21", "2026-05-18"), ("May 2026", "2026-05-01"), ("05/2026", "2026-05-01"),
])  # fmt: skip
def test_weeks_and_months_are_days(cs: Cs, workspace: Path, cell: str, first: str) -> None:
    (workspace / "book.csv").write_text(BOOK)
    assert cs("import", "book.csv", cwd=workspace).code == 0
    (workspace / "sessions.csv").write_text(f"account,week,topic\nNorden,{cell},A\nLune,{cell},B\n")
    made = cs("sources", "new", "sessions.csv", "--save", cwd=workspace)
    assert made.code == 0 and "nothing left open" in made.err, made.err
    assert cs("import", "sessions.csv", cwd=workspace).code == 0
    assert first in cs("accounts", "show", "Norden", "-f", "json", cwd=workspace).out


def test_quarters_are_asked_about(cs: Cs, workspace: Path) -> None:
    """Of which year a quarter is, the calendar's or the company's, nobody says."""
    (workspace / "book.csv").write_text(BOOK)
    assert cs("import", "book.csv", cwd=workspace).code == 0
    (workspace / "visits.csv").write_text("account,quarter,topic\nNorden,Q1 2026,A\nLune,Q2 2026,B\n")
    made = cs("sources", "new", "visits.csv", "-o", "sources/visits.yaml", cwd=workspace)
    text = (workspace / "sources" / "visits.yaml").read_text()
    assert made.code == 0 and "DECIDE day: quarters" in text, text
    text = text.replace('  # day: {from: [quarter]', '  day: {from: [quarter]').replace("# DECIDE", "#")
    (workspace / "sources" / "visits.yaml").write_text(text)
    done = cs("import", "visits.csv", cwd=workspace)
    assert done.code == 0, done.err
    assert "2026-04-01" in cs("accounts", "show", "Lune", "-f", "json", cwd=workspace).out


def test_money_that_a_draft_reads_as_nothing_is_no_nothing_left_open(cs: Cs, workspace: Path) -> None:
    (workspace / "book.csv").write_text(BOOK)
    assert cs("import", "book.csv", cwd=workspace).code == 0
    (workspace / "orders.csv").write_text(LISTS["orders"])
    made = cs("sources", "new", "orders.csv", "--kind", "touch", cwd=workspace)
    assert made.code == 0 and "not proved: Amount looks like money and is in no figure" in made.err, made.err
    (workspace / "visits.csv").write_text("account,visit date,topic\nNorden,2099-01-01,A\nLune,2026-01-01,B\n")
    ahead = cs("sources", "new", "visits.csv", cwd=workspace)
    assert "1 of 2 days are after" in ahead.err, ahead.err


@pytest.mark.parametrize("text", [
    "Customer,ARR,Renewal date,CSM,Priority,Month\nNorden,1000,2027-03-31,Ann,high,May\n",
    "Customer,Renewal date,CSM,Date,Notes\nNorden,2027-03-31,Ann,2026-05-01,x\n",
    "Customer,Health,CSM,Score\nNorden,green,Ann,7\n",
])  # fmt: skip
def test_a_sheet_that_says_how_customers_stand_stays_one(cs: Cs, workspace: Path, text: str) -> None:
    (workspace / "book.csv").write_text(text)
    done = cs("import", "book.csv", cwd=workspace)
    assert done.code == 0 and "customer_book" in done.err, done.err


@pytest.mark.parametrize(("name", "text", "said"), [
    ("adoption", "account,week,logins,exports\nNorden,2026-W20,120,4\nNorden,2026-W21,100,5\nOrt,2026-W20,20,1\n"
                 "Ort,2026-W21,10,1\n", "kind of record: usage; nothing left open"),
    ("goals", "Customer,Goal,Due,Owner,Done\nNorden,Roll out,2026-12-31,Ann,no\nOrt,Train,2026-10-31,Bob,yes\n",
     "to settle"),
    ("spend", "customer,month,amount\nNorden,2026-05,4000\nNorden,2026-06,4000\nOrt,2026-05,700\n", "to settle"),
    ("papers", "Contract,Customer,Start,End,Value\nK1,Norden,2026-01-01,2026-12-31,48000\n"
               "K2,Ort,2026-03-01,2027-02-28,9000\n",
     "kind of record: contract; nothing left open"),
])  # fmt: skip
def test_what_a_draft_says_of_further_lists(cs: Cs, workspace: Path, name: str, text: str, said: str) -> None:
    (workspace / "book.csv").write_text(BOOK)
    assert cs("import", "book.csv", cwd=workspace).code == 0
    (workspace / f"{name}.csv").write_text(text)
    made = cs("sources", "new", f"{name}.csv", cwd=workspace)
    assert made.code == 0 and said in made.err, made.err
    if name == "papers":
        assert "key: [Contract]" in made.out, made.out


def test_amounts_are_no_use(cs: Cs, workspace: Path) -> None:
    (workspace / "book.csv").write_text(BOOK)
    assert cs("import", "book.csv", cwd=workspace).code == 0
    (workspace / "spend.csv").write_text("customer,month,amount\nNorden,2026-05,4000\nOrt,2026-05,700\n")
    made = cs("sources", "new", "spend.csv", "--kind", "usage", cwd=workspace)
    assert made.code == 0 and "not proved: amount looks like money and is in no figure" in made.err, made.err
