"""No draft is ever saved that does not load, and one that lies there broken can be replaced."""

from __future__ import annotations

from pathlib import Path

from tests.conftest import Cs

TICKETS = "Número;Asunto;Cliente;Creado;Cerrado;Prioridad;Estado\n" + "".join(
    f"{n};No funciona;Empresa {n};{n + 12:02}/04/2026;;Alta;Abierto\n" for n in range(1, 7)
)
BROKEN = "source: tickets_es\nsystem: own\nkind: ticket\nrole: full\nclaims: []\ncolumns:\n"


def test_whatever_a_draft_lacks_the_workspace_loads_afterwards(cs: Cs, workspace: Path, tmp_path: Path) -> None:
    file = tmp_path / "tickets_es.csv"
    file.write_text(TICKETS)
    made = cs("-w", workspace, "sources", "new", file, "--save")
    saved = workspace / "sources" / "tickets_es.yaml"
    assert made.code in (0, 12)
    assert saved.exists() is (made.code == 0)
    assert saved.with_name("tickets_es.draft").exists() is (made.code == 12)
    assert cs("-w", workspace, "sources", "list").code == 0


def test_yes_replaces_a_broken_draft_and_only_that(cs: Cs, workspace: Path, tmp_path: Path) -> None:
    file = tmp_path / "clients.csv"
    file.write_text("client_id,client_name\n" + "".join(f"K{n},Client {n}\n" for n in range(9)))
    folder = workspace / "sources"
    folder.mkdir(exist_ok=True)
    (folder / "clients.yaml").write_text(BROKEN)
    assert cs("-w", workspace, "sources", "list").code == 12
    made = cs("-w", workspace, "sources", "new", file, "--save", "--yes")
    assert made.code == 0, made.err
    assert cs("-w", workspace, "sources", "list").code == 0
    (folder / "other.yaml").write_text(BROKEN)
    assert cs("-w", workspace, "sources", "new", file, "--save", "--yes").code == 12
