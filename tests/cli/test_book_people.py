"""Whose the people of a kept sheet are: a colleague is no contact of a customer, in any language."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from tests.cli.test_customer_book import ask
from tests.conftest import Cs


def made_for(workspace: Path) -> Path:
    """The workspace of Ann, ann@ours.example, and Bob Berg."""
    settings = workspace / "cs.yaml"
    text = settings.read_text(encoding="utf-8")
    at = text.index("people:")
    end = text.index("\n\n", at) if "\n\n" in text[at:] else len(text)
    people = "".join(f'  - name: "{name}"\n    email: "{email}@ours.example"\n    roles: [csm]\n' for name, email in
                     (("Ann", "ann"), ("Bob Berg", "bob")))
    text = re.sub(r'(?m)^me: .*$', 'me: "Ann"', f"{text[:at]}people:\n{people}{text[end:]}")
    settings.write_text(text, encoding="utf-8")
    return workspace


def contacts(workspace: Path) -> list[tuple[str | None, str | None]]:
    return ask(workspace, "SELECT name, email FROM contact WHERE retired_by IS NULL ORDER BY key")


@pytest.mark.parametrize(("header", "cells"), [
    ("Email", ["ann@ours.example", "bob@ours.example", "new.colleague@ours.example"]),
    ("Contact email", ["ann@ours.example"] * 3), ("Courriel", ["help@partner.example"] * 3),
    ("Contact", ["Bob Berg", "Bob Berg", "Ann"]), ("Ansprechpartner", ["Eva Ort"] * 3),
])  # fmt: skip
def test_a_column_of_colleagues_is_asked_about_as_the_owners(
    cs: Cs, workspace: Path, header: str, cells: list[str]
) -> None:
    made_for(workspace)
    rows = "".join(f"Customer {at},{at}000,2027-03-31,{cell}\n" for at, cell in enumerate(cells, 1))
    (workspace / "book.csv").write_text(f"Customer,ARR,Renewal date,{header}\n{rows}")
    asked = cs("import", "book.csv", cwd=workspace)
    assert asked.code == 15 and f'no column is known as the owner; is it "{header}"?' in asked.err, asked.err
    told = cs("import", "book.csv", "--yes", cwd=workspace)
    assert told.code == 0 and f"'{header}' names your own people" in told.err, told.err
    assert contacts(workspace) == []
    (workspace / "book.csv").write_text(f"Customer,ARR,Renewal date,{header}\n{rows.replace('1000', '1100')}")
    later = cs("import", "book.csv", cwd=workspace)
    assert later.code == 0 and f"'{header}' names your own people" in later.err, later.err


def test_beside_an_owner_colleagues_are_left_out_and_customers_stay(cs: Cs, workspace: Path) -> None:
    made_for(workspace)
    (workspace / "book.csv").write_text(
        "Customer,ARR,CSM,Contact,Email,Champion,Champion email\n"
        "Norden,1000,Ann,Pia Poe,pia.poe@norden.example,Bob Berg,bob@ours.example\n"
        "Lune,2000,Ann,Luc Noir,ann@ours.example,Tom Fox,tom@lune.example\n"
        "Ort,3000,Bob Berg,Bob Berg,info@ort.example,,\n"
    )
    done = cs("import", "book.csv", cwd=workspace)
    assert done.code == 0 and "ann@ours.example (line 3): no contacts of customers" in done.err, done.err
    assert "'Champion' names your own people" in done.err and "'Contact' names your own people" in done.err
    assert contacts(workspace) == [
        ("Tom Fox", "tom@lune.example"), ("Luc Noir", None), ("Pia Poe", "pia.poe@norden.example"),
        (None, "info@ort.example"),
    ]  # fmt: skip


def test_one_address_beside_two_customers_stays_with_whose_domain_it_is(cs: Cs, workspace: Path) -> None:
    (workspace / "book.csv").write_text(
        "Customer,ARR,CSM,Email\nAcme,1000,Ann,pia@acme.example\nBeta,2000,Ann,pia@acme.example\n"
        "Gamma,1,Ann,x@gamma.example\n"
    )
    done = cs("import", "book.csv", cwd=workspace)
    assert done.code == 0 and "pia@acme.example (line 3): no contacts of customers" in done.err, done.err
    assert [email for _, email in contacts(workspace)] == ["pia@acme.example", "x@gamma.example"]


def test_one_address_of_a_group_is_the_contact_of_all_its_companies(cs: Cs, workspace: Path) -> None:
    (workspace / "book.csv").write_text(
        "Customer,Parent,ARR,CSM,Email\nNorth,Acme Group,1000,Ann,pia@corp.example\n"
        "South,Acme Group,2000,Ann,pia@corp.example\n"
    )
    done = cs("import", "book.csv", cwd=workspace)
    assert done.code == 0 and "no contacts" not in done.err, done.err
    assert [email for _, email in contacts(workspace)] == ["pia@corp.example"] * 2


OWNERS = [
    "CSM", "Account Manager", "Client lead", "Assigned CSM", "Kundenmanager", "Betreuerin", "Interner Ansprechpartner",
    "Responsable CS", "Chargée de compte", "Conseiller", "Gerente de cuenta", "Gestor de clientes", "Asesor",
    "Gerente da conta", "Gerente de contas", "Responsável pelo cliente", "Relatiebeheerder", "Accounthouder",
    "Gestore", "Responsabile del cliente", "Referente interno", "Our contact",
]  # fmt: skip


@pytest.mark.parametrize("header", OWNERS)
def test_words_for_the_owner(cs: Cs, workspace: Path, header: str) -> None:
    text = f"Customer;ARR;{header}\nNorden;1000;Ann Ort\nLune;2000;Ann Ort\n"
    (workspace / "book.csv").write_text(text, encoding="utf-8")
    done = cs("import", "book.csv", cwd=workspace)
    assert done.code == 0, done.err
    rows = cs("accounts", "list", "-f", "json", cwd=workspace).json
    assert {one["owner"] for one in rows} == {"Ann Ort"} and contacts(workspace) == []


ROWS = "Alfa Srl;12600;{0}\nBeta Spa;9000;{1}\n"


@pytest.mark.parametrize("header", ["Referente", "Interlocuteur", "Aanspreekpunt", "Référent"])
def test_a_word_for_either_is_asked_about_once(cs: Cs, workspace: Path, header: str) -> None:
    text = f"Cliente;ARR;{header}\n" + ROWS.format("Anna Rossi", "Luca Neri")
    (workspace / "book.csv").write_text(text, encoding="utf-8")
    asked = cs("import", "book.csv", cwd=workspace)
    for answer in ("CSM", "Contact"):
        assert asked.code == 15 and f"--rename {shlex.quote(f'{header}={answer}')}" in asked.err, asked.err
    told = cs("import", "book.csv", "--rename", f"{header}=Contact", cwd=workspace)
    assert told.code == 0 and [name for name, _ in contacts(workspace)] == ["Anna Rossi", "Luca Neri"], told.err


def test_what_the_cells_tell_of_such_a_word_is_not_asked(cs: Cs, workspace: Path) -> None:
    made_for(workspace)
    (workspace / "a.csv").write_text(
        "Cliente;ARR;Referente;Email\nAlfa;12600;Anna Rossi;anna.rossi@alfa.example\n"
        "Beta;9000;Luca Neri;luca@beta.example\n"
    )
    theirs = cs("import", "a.csv", cwd=workspace)
    assert theirs.code == 0 and "'Referente' is read as Contact: the addresses are theirs" in theirs.err, theirs.err
    (workspace / "b.csv").write_text("Cliente;ARR;Referente\nAlfa;12600;Ann\nBeta;9000;Bob Berg\n")
    ours = cs("import", "b.csv", cwd=workspace)
    assert ours.code == 0 and "'Referente' is read as CSM: these are your own people" in ours.err, ours.err


def test_account_beside_the_customer_is_a_person(cs: Cs, workspace: Path) -> None:
    """An Italian sheet calls its salesperson Account; that column names no customers."""
    (workspace / "book.csv").write_text(
        "Cliente;Account;Canone annuo\nAlfa;Anna Rossi;12600\nBeta;Anna Rossi;9000\nGamma;Marco Po;8000\n"
    )
    asked = cs("import", "book.csv", cwd=workspace)
    assert asked.code == 15 and 'is it "Account"?' in asked.err, asked.err
    done = cs("import", "book.csv", "--rename", "Account=CSM", cwd=workspace)
    assert done.code == 0, done.err
    rows = cs("accounts", "list", "-f", "json", cwd=workspace).json
    assert {one["name"]: one["owner"] for one in rows} == {
        "Alfa": "Anna Rossi", "Beta": "Anna Rossi", "Gamma": "Marco Po"}  # fmt: skip
