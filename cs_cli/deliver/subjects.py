"""The facts that reminders speak of, read once and only for the accounts that are asked for."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import TYPE_CHECKING, Any

from cs_cli.cases.people import People
from cs_cli.store.connection import rows

if TYPE_CHECKING:
    import sqlite3

    from cs_cli.definitions.workspace import Definitions


class Subjects:
    """account_facts and contract_facts of some accounts on a day. Nothing is computed before somebody asks."""

    def __init__(
        self, conn: sqlite3.Connection, definitions: Definitions, day: date, known_at: date | None = None
    ) -> None:
        self.conn, self.definitions, self.day, self.known_at = conn, definitions, day, known_at
        self.people = People(definitions.settings, day)
        self.accounts: dict[int, dict[str, Any]] = {}
        self.contracts: dict[str, dict[str, Any]] = {}
        self.names: dict[str, Any] = {}

    def want(self, subjects: Iterable[tuple[int, str]]) -> None:
        """Read the facts of these (account, subject); those that are there already are not read again."""
        missing = {account for account, _ in subjects} - self.accounts.keys()
        if not missing:
            return
        from cs_cli.facts.contracts import build_contract_facts
        from cs_cli.scoring.desk import build_desk

        wanted = sorted(missing | self.accounts.keys())
        build_desk(self.conn, self.definitions, self.day, self.known_at, wanted, "all")
        self.conn.execute("DROP TABLE IF EXISTS temp.term")  # of the walk back of the bands
        build_contract_facts(self.conn, self.definitions.settings, self.day, mrr_from=self.definitions.metrics.mrr_from)
        for row in rows(self.conn, "SELECT * FROM temp.account_facts"):
            self.accounts[row["account"]] = row
        for account in missing:
            self.accounts.setdefault(account, {})
        for row in rows(self.conn, "SELECT * FROM temp.contract_facts"):
            self.contracts[row["contract"]] = row

    def facts(self, account: int, subject: str) -> dict[str, Any]:
        """The contract's facts, else the account's; every known name is there, unknown ones as None."""
        if not self.names:
            from cs_cli.cases.run import playbook_names

            self.names = dict.fromkeys(playbook_names(self.definitions))
        return {**self.names, **(self.contracts.get(subject) or self.accounts.get(account, {}))}
