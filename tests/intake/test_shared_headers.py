"""Every header line of real exports that is known, one file each in shared_headers/, with invented rows below it.

Each is read right (which source, what lands), or asked about in plain words; of those that no source knows, a draft is
made in one step. NAME.toml holds `rows` (header → cell; the header line is NAME's in headers.json) or the whole `text`;
`source`, the one that reads it, and `lands`, every record that comes of it; `says`, what must be said; or `asked`, the
error and its words.
"""

from __future__ import annotations

import csv
import io
import json
import shutil
import sqlite3
import tomllib
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from cs_cli.base.errors import CsError
from cs_cli.definitions.shapes import Settings
from cs_cli.definitions.workspace import Workspace, settings_only
from cs_cli.intake.importer import import_files
from cs_cli.intake.results import ImportOptions
from cs_cli.store.connection import open_database
from cs_cli.store.kinds import KINDS
from tests.conftest import run_cs

HERE = Path(__file__).parent
CASES = sorted((HERE / "shared_headers").glob("*.toml"))
HEADERS: dict[str, dict[str, Any]] = json.loads((HERE / "samples" / "headers.json").read_text("utf-8"))
DAY = date(2026, 6, 30)


def case(name: str) -> dict[str, Any]:
    return tomllib.loads((HERE / "shared_headers" / f"{name}.toml").read_text("utf-8"))


def text_of(name: str, told: dict[str, Any]) -> str:
    """The file: its own text, or the known header line and the rows below it."""
    if "text" in told:
        return str(told["text"])
    headers, out = HEADERS[name]["headers"], io.StringIO()
    strange = {header for row in told["rows"] for header in row} - {*headers}
    assert not strange, f"{name}: not in its header line: {strange}"
    sheet = csv.writer(out, delimiter=HEADERS[name].get("delimiter", ","), lineterminator="\n")
    sheet.writerow(headers)
    sheet.writerows([row.get(header, "") for header in headers] for row in told["rows"])
    return out.getvalue()


@dataclass
class Desk:
    """A workspace without a process of its own: what the command would do, its records and its words."""

    folder: Path
    conn: sqlite3.Connection
    settings: Settings

    def bring(self, file: str, text: str) -> tuple[str, str]:
        """(source, what was said) of an import."""
        (self.folder / file).write_text(text, encoding="utf-8")
        (done,) = import_files(
            self.conn, Workspace(self.folder), self.settings, [], [self.folder / file], ImportOptions(), day=DAY,
            at="2026-06-30T09:00:00Z",
        )
        said = [*done.notes, f"not read: {', '.join(done.ignored)}", *(fault.what for fault in done.faults)]
        return done.source, "\n".join(said)

    def landed(self) -> list[dict[str, Any]]:
        """Every record of the newest import with the reference that it names, in the order of kinds and keys."""
        rows: list[dict[str, Any]] = []
        self.conn.row_factory = sqlite3.Row
        for kind in [one for one in KINDS if one != "identity"]:
            for row in self.conn.execute(
                f"SELECT k.*, r.external_id AS ext FROM {kind} AS k LEFT JOIN ref AS r ON r.id = k.ref "
                "WHERE k.retired_by IS NULL AND k.import_id = (SELECT max(id) FROM change_set) ORDER BY k.key"
            ):
                known = {column: row[column] for column in KINDS[kind] if row[column] is not None}
                rows.append({"record": kind, "key": row["key"], "account": row["ext"], **known})
        for row in self.conn.execute(
            "SELECT r.external_id, m.name, u.day, u.value FROM usage AS u JOIN ref AS r ON r.id = u.ref "
            "JOIN metric AS m ON m.id = u.metric ORDER BY 1, 2, 3"
        ):
            rows.append({"record": "usage", "account": row[0], "metric": row[1], "day": row[2], "value": row[3]})
        return rows


@pytest.fixture(scope="session")
def empty_desk(workspace_once: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with an empty database, to be copied."""
    folder = tmp_path_factory.mktemp("headers") / "desk"
    shutil.copytree(workspace_once, folder)
    open_database(folder / "cs.db", write=True, create=True, tell=lambda _: None).close()
    return folder


@pytest.fixture
def desk(empty_desk: Path, tmp_path: Path) -> Any:
    folder = tmp_path / "desk"
    shutil.copytree(empty_desk, folder)
    conn = open_database(folder / "cs.db", write=True, tell=lambda _: None)
    yield Desk(folder, conn, settings_only(Workspace(folder)))
    conn.close()


def test_every_known_header_line_has_its_file() -> None:
    assert {one.stem for one in CASES} == set(HEADERS)


@pytest.mark.parametrize("name", [one.stem for one in CASES])
def test_a_header_line_is_read_right_or_asked_about(name: str, desk: Desk) -> None:
    told = case(name)
    text = text_of(name, told)
    if "asked" in told:
        with pytest.raises(CsError) as refused:
            desk.bring(f"{name}.csv", text)
        asked = "\n".join([str(refused.value.next), *(
            f"{one.ident} {one.what} {one.name} {one.expected}" for one in refused.value.faults
        )])
        for words in told["asked"]:
            assert words in asked, asked
        return
    source, said = desk.bring(f"{name}.csv", text)
    assert source == told["source"] == HEADERS[name]["source"]
    assert desk.landed() == told["lands"]
    for words in told.get("says", ()):
        assert words in said, said


# what no source reads → what its draft proposes, and what it leaves to a person; never money on a wrong account
DRAFTED = {
    "xero_sales_invoice_import": (
        ["kind: invoice", "format: dmy", "# DECIDE amount", "# DECIDE account"],
        ['"*AccountCode" and "*ContactName" cannot both be the customer']),
    "qbo_customer_contact_list": (
        ["kind: account", "name: {from: [Customer]", "email: {from: [Email]", "key: [Customer]"],
        ["of kind account, or contact?"]),
    "medallia_agentconnect_responses": (
        ["kind: survey", "score: {from: [star_rating]", "day: {from: [response_received_at]", "key: [request_id]"],
        ["# DECIDE account: no column seems to hold", "# DECIDE kind: which question was asked?"]),
}  # fmt: skip


@pytest.mark.parametrize("name", DRAFTED)
def test_what_no_source_reads_is_drafted_and_asks_for_the_rest(name: str, workspace: Path) -> None:
    (workspace / f"{name}.csv").write_text(text_of(name, case(name)), encoding="utf-8")
    made = run_cs("sources", "new", f"{name}.csv", cwd=workspace)
    assert made.code == 0 and "to settle: look for DECIDE" in made.err, made.err
    proposes, asks = DRAFTED[name]
    for words in (*proposes, *asks):
        assert words in made.out, made.out
