"""A list of tickets is drafted as tickets in any of the languages, and never as accounts."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conftest import Cs

HEADS = {
    "Number,Subject,Customer,Opened,Closed,Priority,Status": ("Open", "Closed"),
    "Ticket ID,Subject,Company,Created,Resolved,Priority,Status": ("Open", "Resolved"),
    "Número;Asunto;Cliente;Creado;Cerrado;Prioridad;Estado": ("Abierto", "Cerrado"),
    "Nummer;Betreff;Kunde;Erstellt;Geschlossen;Priorität;Status": ("Offen", "Geschlossen"),
    "Numéro;Sujet;Client;Créé le;Fermé le;Priorité;Statut": ("Ouvert", "Fermé"),
    "Número;Assunto;Cliente;Criado em;Fechado em;Prioridade;Estado": ("Aberto", "Fechado"),
    "Nummer;Onderwerp;Klant;Aangemaakt;Gesloten;Prioriteit;Status": ("Open", "Gesloten"),
    "Numero;Oggetto;Cliente;Creato;Chiuso;Priorità;Stato": ("Aperto", "Chiuso"),
}


@pytest.mark.parametrize("head", HEADS, ids=lambda head: head.split(";")[-1] + head[:6])
def test_tickets_of_any_language_are_tickets(cs: Cs, workspace: Path, tmp_path: Path, head: str) -> None:
    names = "".join(f"A{n},Empresa {n}\n" for n in range(1, 9))
    (tmp_path / "a.csv").write_text(f"account_id,name\n{names}")
    assert cs("-w", workspace, "import", tmp_path / "a.csv", "--yes").code == 0
    sep = ";" if ";" in head else ","
    rows = [
        sep.join([str(n + 100), f"No {n}", f"Empresa {n % 8 + 1}", f"2026-04-{n + 10}",
                  f"2026-05-{n + 10}" if n % 2 else "", "High", HEADS[head][n % 2]])
        for n in range(12)
    ]  # fmt: skip
    file = tmp_path / "file7.csv"
    file.write_text("\n".join([head, *rows]) + "\n", encoding="utf-8")
    made = cs("-w", workspace, "sources", "new", file)
    assert made.code == 0, made.err
    lines = made.out.splitlines()
    assert any(line.startswith("kind: ticket") for line in lines), made.out
    read = {line.split(":")[0].strip() for line in lines if line.startswith("  ")}
    assert {"opened_at", "closed_at", "priority", "subject"} <= read, made.out
    # a word for a state that is not known is asked about, and never left out
    assert "status" in read or "DECIDE status" in made.out, made.out
    name = head.split(sep)[2]
    assert any(name in line for line in lines if "name:" in line or "account" in line), made.out
