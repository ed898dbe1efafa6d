"""A small made-up company, written straight into a fresh database."""

from __future__ import annotations

import sqlite3
import tempfile
from datetime import date
from pathlib import Path
from typing import Any

from cs_cli.definitions.shapes import Settings
from cs_cli.facts.compute import build_account_facts, build_contract_facts
from cs_cli.store.change_sets import append_row, begin_change_set
from cs_cli.store.clock import set_clock
from cs_cli.store.connection import open_database, rows, transaction
from tests.registry import metric_of, ref_of, register_account

# an import long after every as-of day of the tests: rows are judged by their own days
LONG_AFTER = "2030-01-01"


class World:
    """Rows as an import or a hand would leave them; facts as a command would read them."""

    def __init__(self, folder: Path | None = None) -> None:
        self.temp = tempfile.TemporaryDirectory() if folder is None else None
        folder = folder or Path(self.temp.name if self.temp else ".")
        self.conn: sqlite3.Connection = open_database(folder / "cs.db", write=True, create=True)
        self.conn.execute("PRAGMA synchronous=OFF")
        self.n = 0
        self.lines: dict[int, int] = {}
        self.change = self.import_("test.csv")

    def close(self) -> None:
        self.conn.close()
        if self.temp is not None:
            self.temp.cleanup()

    def import_(
        self, file: str, day: str = LONG_AFTER, columns: list[str] | None = None, kind: str | None = None
    ) -> int:
        with transaction(self.conn):
            self.change = begin_change_set(
                self.conn,
                kind="import",
                day=day,
                at="2030-01-01T00:00:00Z",
                source="test",
                file=file,
                columns=columns,
                record_kind=kind,
            )
        return self.change

    def account(self, name: str, system: str = "test", **values: Any) -> int:
        with transaction(self.conn):
            ref = ref_of(self.conn, system, name)
            number = register_account(self.conn, name, self.change)
            append_row(self.conn, "identity", self.change, "match", str(ref), ref, {"account": number, "how": "own"})
            append_row(self.conn, "account", self.change, "test", name, ref, {"name": name, **values}, 2)
        return number

    def ref(self, name: str, system: str = "test") -> int:
        return ref_of(self.conn, system, name)

    def put(
        self, kind: str, account: str | None, /, *, source: str = "test", key: str | None = None, **values: Any
    ) -> str:
        self.n += 1
        key = key or f"{kind}-{self.n}"
        self.lines[self.change] = self.lines.get(self.change, 1) + 1
        with transaction(self.conn):
            ref = None if account is None else self.ref(account)
            append_row(self.conn, kind, self.change, source, key, ref, values, self.lines[self.change])
        return key

    def use(self, account: str, metric: str, day: date | str, value: float, system: str = "test") -> None:
        with transaction(self.conn):
            number = metric_of(self.conn, metric)
            self.conn.execute(
                "INSERT OR REPLACE INTO usage VALUES (?, ?, ?, ?, ?, ?)",
                (self.ref(account, system), number, str(day), value, self.change, 7),
            )

    def facts(
        self, day: date | str, settings: Settings | None = None, names: set[str] | None = None, mrr_from: str = "auto"
    ) -> dict[str, dict[str, Any]]:
        on = date.fromisoformat(day) if isinstance(day, str) else day
        set_clock(self.conn, on)
        build_account_facts(self.conn, settings or Settings(), on, names, mrr_from=mrr_from)
        return {row["account_id"]: row for row in rows(self.conn, "SELECT * FROM account_facts ORDER BY account")}

    def contracts(self, day: date | str, settings: Settings | None = None) -> dict[str, dict[str, Any]]:
        on = date.fromisoformat(day) if isinstance(day, str) else day
        self.facts(on, settings)
        build_contract_facts(self.conn, settings or Settings(), on)
        return {row["contract"]: row for row in rows(self.conn, "SELECT * FROM contract_facts ORDER BY contract")}
