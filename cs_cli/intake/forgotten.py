"""Rows of accounts and people that were forgotten do not come back with the next export (E16)."""

from __future__ import annotations

import re
import sqlite3
from typing import TYPE_CHECKING

from cs_cli.base.domains import plain_address, spellings
from cs_cli.intake.names import plain_domain
from cs_cli.store.forget import hasher

if TYPE_CHECKING:
    from cs_cli.intake.stage import Staged

_ADDRESSES = ("email", "requester_email")
_CUT = re.compile(r'[,;\t|"\r\n]+')


def skip_forgotten(conn: sqlite3.Connection, staged: Staged) -> int:
    """Takes the staged rows of those who were forgotten away and counts them as skipped; gives the number of rows.

    A row is theirs by its account reference, its e-mail address, its domain, or the name that
    stands for the reference. One SELECT where nobody was ever forgotten.
    """
    of = hasher(conn)
    if of is None:
        return 0
    gone = {row[0] for row in conn.execute("SELECT hash FROM main.forgotten")}
    stage, system = staged.stage, staged.plan.system

    def ref(text: str) -> bool:
        return (
            any(of(f"ref {system}", one) in gone for one in spellings(text))
            or (text.startswith("name:") and of("name", text[5:]) in gone)
            or (text.startswith("@") and domain(text[1:]))
            or ("@" in text and email(text))
        )

    def email(text: str) -> bool:
        known = any(of("email", one) in gone for one in spellings(plain_address(text)))
        return known or domain(text.rpartition("@")[2])

    def domain(text: str) -> bool:
        return any(of("domain", one) in gone for one in spellings(plain_domain(text) or text))

    tests = {"ext": ref, "hint_domain": domain}
    tests |= {column: email for column in _ADDRESSES if column in staged.delivered}
    if "domain" in staged.delivered:
        tests["domain"] = domain
    lines: set[int] = set()
    for column, test in tests.items():
        values = conn.execute(f'SELECT DISTINCT "{column}" FROM {stage} WHERE "{column}" IS NOT NULL').fetchall()
        found = [value for (value,) in values if test(value)]
        for value in found:
            rows = conn.execute(f'SELECT line FROM {stage} WHERE "{column}" = ?', (value,)).fetchall()
            lines.update(row[0] for row in rows)
    staged.merges = {went: stays for went, stays in staged.merges.items() if not (ref(went) or ref(stays))}
    known = len(staged.set_aside)
    # a row that cannot be read would lie in rejects/ as it stood
    encoding = staged.table.encoding
    staged.set_aside = [
        row for row in staged.set_aside
        if not any(ref(cell) for cell in _CUT.split(row.raw.decode(encoding, "replace")))
    ]
    count = len(lines) + known - len(staged.set_aside)
    if not count:
        return 0
    for table in (stage, staged.attributes):
        if table:
            conn.executemany(f"DELETE FROM {table} WHERE line = ?", ((line,) for line in lines))
    staged.skipped += count
    whose = "row is" if count == 1 else "rows are"
    staged.notes.append(f"{count:,} {whose} of accounts or people that were forgotten: skipped")
    return count
