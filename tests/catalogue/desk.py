"""How a row of the bad-input catalogue becomes a test: a file, the command, and everything that must hold after it."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from tests.conftest import Result, run_cs

SEED = {
    "accounts.csv": b"account_id,name,domain,employees\nA1,Acme,acme.com,40\nA2,Globex,globex.com,900\nA3,Initech,,7\n",
    "subscriptions.csv": (
        b"subscription_id,account_id,plan,quantity,amount,currency,interval,started_on,renews_on,status\n"
        b"S1,A1,pro,10,50.00,EUR,month,2025-01-15,2027-01-15,active\n"
        b"S2,A2,pro,1,1200.00,EUR,year,2025-01-20,2027-01-20,active\n"
    ),
}
KINDS = ("account", "contact", "contract", "subscription", "invoice", "ticket", "survey", "deal", "touch", "identity")


@dataclass(frozen=True)
class Desk:
    """A workspace and the command line in it."""

    root: Path

    def cs(self, *words: object, stdin: str | bytes | None = None) -> Result:
        return run_cs("-w", self.root, *words, stdin=stdin)

    def file(self, name: str, content: bytes) -> Path:
        path = self.root / "exports" / name
        path.write_bytes(content)
        return path

    def rows(self, sql: str, *values: object) -> list[tuple[object, ...]]:
        conn = sqlite3.connect(f"file:{self.root / 'cs.db'}?mode=ro", uri=True)
        try:
            return conn.execute(sql, values).fetchall()
        finally:
            conn.close()

    def dump(self) -> list[str]:
        """The whole database as SQL text, and what lies beside it: equal dumps, nothing has changed.

        Without the times of files that were read, which are remembered so that a folder's old ones are not read again.
        """
        conn = sqlite3.connect(f"file:{self.root / 'cs.db'}?mode=ro", uri=True)
        try:
            files = sorted(
                str(p.relative_to(self.root))
                for p in self.root.rglob("*")
                if p.is_file() and p.parent.name in ("rejects", "reports")
            )
            return [*(line for line in conn.iterdump() if not line.startswith('INSERT INTO "export_file"')), *files]
        finally:
            conn.close()

    def facts(self) -> list[tuple[object, ...]]:
        """Every current record without when and from which file it came."""
        found: list[tuple[object, ...]] = []
        for kind in KINDS:
            names = [row[1] for row in self.rows(f"PRAGMA table_info({kind})")]
            kept = ", ".join(
                f'"{n}"'
                for n in names
                if n not in ("id", "import_id", "line", "origin_import", "origin_line", "retired_by")
            )
            found += [
                (kind, *row)
                for row in self.rows(f"SELECT {kept} FROM {kind} WHERE retired_by IS NULL ORDER BY source, key")
            ]
        return found + self.rows("SELECT ref, metric, day, value FROM usage ORDER BY 1, 2, 3")

    def keys(self, kind: str) -> set[object]:
        return {row[0] for row in self.rows(f"SELECT key FROM {kind} WHERE retired_by IS NULL")}

    def last_import(self) -> int:
        return int(str(self.rows("SELECT max(id) FROM change_set WHERE kind = 'import'")[0][0]))


@dataclass(frozen=True)
class Case:
    """One row of the catalogue.

    data: the file's bytes, or what makes the path to import. code, ident: of the answer. at: what the
    message says of the place after the file's name, such as `:3 · record 2 · column "name" (2)`.
    value: the value shown. says: more that must be in the answer. way: the options that the message
    names; with them the same file must be taken. keys: of `kind`, that are in afterwards (with those
    of the seed). raw: the set-aside records, byte for byte. before: files imported first.
    """

    id: str
    data: bytes | Callable[[Path], Path]
    code: int
    ident: str = ""
    at: str = ""
    value: str = ""
    says: tuple[str, ...] = ()
    way: tuple[str, ...] = ()
    keys: tuple[str, ...] = ()
    kind: str = "account"
    raw: tuple[bytes, ...] = ()
    name: str = "new.csv"
    options: tuple[str, ...] = ()
    before: tuple[tuple[str, bytes], ...] = ()
    holds: tuple[tuple[str, object], ...] = field(default=())


def check(case: Case, desk: Desk) -> None:
    """Runs the command and holds the answer, the message, the way out and the database against the case."""
    for name, content in case.before:
        loaded = desk.cs("import", desk.file(name, content))
        assert loaded.code == 0, loaded.err
    path = case.data(desk.root / "exports") if callable(case.data) else desk.file(case.name, case.data)
    before, facts = desk.dump(), desk.facts()
    answer = desk.cs("import", *case.options, "--", path)
    told = answer.out + answer.err
    assert answer.code == case.code, f"{case.id}: {answer.code}\n{told}"
    assert "\x1b" not in told
    if case.ident:
        assert f"error[{case.ident}]" in told, told
    if case.at:
        assert f"{path}{case.at}" in told, told
    if case.value:
        assert f'value    "{case.value}"' in told, told
    for text in case.says:
        assert text in told, f"{text!r} is not in\n{told}"
    if case.code in (2, 10, 15):
        assert desk.dump() == before, case.id
        assert "nothing was changed" in told, told
        assert "  next     " in told or case.ident == "IMP-011", told
    if case.code == 3:
        _check_rejects(case, desk, told)
    if case.way:
        for option in case.way:
            if option.startswith("--"):
                assert option in told, f"{option} is not named in\n{told}"
        again = desk.cs("import", *case.options, *case.way, path)
        assert again.code in (0, 3), again.err
    if case.keys:
        known = {row[1 + 1] for row in facts if row[0] == case.kind}
        assert desk.keys(case.kind) - known == set(case.keys), told
    for sql, wanted in case.holds:
        assert desk.rows(sql) == wanted, sql


def _check_rejects(case: Case, desk: Desk, told: str) -> None:
    number = desk.last_import()
    path = desk.root / "rejects" / f"{number}.csv"
    assert f"cs import {path}" in told, told
    if case.raw:
        written = path.read_bytes()
        assert all(one in written for one in case.raw), written
        # the header, then the records exactly as they stood
        assert written.endswith(b"".join(one if one.endswith((b"\n", b"\r")) else one + b"\n" for one in case.raw))
    told_again = desk.cs("imports", "rejects", number, "-f", "json").json
    assert len(told_again) >= max(len(case.raw), 1)
    for row in told_again:
        assert row["line"] and row["error"] and row["what"]
        if case.ident:
            assert row["error"] == case.ident
    if case.value:
        assert any(row["value"][:50].startswith(case.value[:20]) for row in told_again), told_again


def ids(cases: list[Case]) -> list[str]:
    """Names of the cases for pytest, numbered where an id stands several times."""
    seen: dict[str, int] = {}
    names = []
    for case in cases:
        seen[case.id] = seen.get(case.id, 0) + 1
        names.append(f"{case.id}-{seen[case.id]}")
    return names


def plain(text: str) -> str:
    """Text with runs of blanks as one."""
    return re.sub(r"\s+", " ", text)
