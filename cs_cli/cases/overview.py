"""The playbooks as rows: what is written, and how many cases are open or pending."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    import sqlite3
    from datetime import date

    from cs_cli.definitions.workspace import Definitions


def playbook_rows(conn: sqlite3.Connection, definitions: Definitions) -> list[dict[str, Any]]:
    """One row per playbook: what is written, open and pending cases; enabled ones first."""
    open_now = dict(
        conn.execute(
            "SELECT playbook, COUNT(*) FROM cs_case WHERE state <> 'closed' AND control = 0 GROUP BY playbook"
        )
    )
    pending = dict(
        conn.execute(
            "SELECT playbook, COUNT(*) FROM playbook_memory m WHERE held IS NOT NULL AND NOT EXISTS "
            "(SELECT 1 FROM cs_case c WHERE c.playbook = m.playbook AND c.subject = m.subject "
            "AND c.state <> 'closed') GROUP BY playbook"
        )
    )
    rows = [
        {
            "playbook": book.playbook,
            "kind": book.kind,
            "enabled": book.enabled,
            "subject": book.subject,
            "owner": book.owner,
            "decides": book.decides,
            "for": book.hold_for,
            "again": book.again,
            "limit": book.limit,
            "open": open_now.get(book.playbook, 0),
            "pending": pending.get(book.playbook, 0),
            "examples": len(book.examples),
            "about": book.about,
        }
        for book in definitions.playbooks
    ]
    return sorted(rows, key=lambda row: (not row["enabled"], row["playbook"]))


INHIBITED = "inhibited by "


class Pending(NamedTuple):
    """What holds and has no open case. held: days; contract: where it is about one; closed_on: its last case."""

    playbook: str
    account_id: str | None
    name: str | None
    contract: str | None
    arr: float | None
    held: int
    waits: str
    closed_on: str | None


def pending_rows(
    conn: sqlite3.Connection, definitions: Definitions, day: date, only: str | None = None
) -> list[Pending]:
    """What holds and has no open case, as of the last run, with what it waits for. only: of one playbook.

    What was inhibited by a case that a person closed since waits for the next run. So it says what `again: never` or a
    cooling-off time keeps back, what is inhibited, and what has not held for long.
    """
    from cs_cli.cases.lists import account_rows

    books = {book.playbook: book for book in definitions.playbooks if book.enabled and only in (None, book.playbook)}
    found = [
        row for row in conn.execute(
            "SELECT m.playbook, m.subject, m.held, m.waits, m.closed_on, (SELECT max(c.account) FROM cs_case c "
            "WHERE c.playbook = m.playbook AND c.subject = m.subject), "
            "(SELECT max(t.account) FROM term_seen t WHERE t.subject = m.subject) FROM playbook_memory m "
            "WHERE m.held IS NOT NULL AND NOT EXISTS (SELECT 1 FROM cs_case c WHERE c.playbook = m.playbook "
            "AND c.subject = m.subject AND c.state <> 'closed') ORDER BY m.playbook, m.held DESC, m.subject"
        ) if row[0] in books
    ]  # fmt: skip
    # a contract's account is known from the terms of the last run, or from a case that it had
    on_contracts = {name for name, book in books.items() if book.subject == "contract"}
    of = [(here or had) if name in on_contracts else int(subject) for name, subject, *_, had, here in found]
    inhibiting = set(conn.execute("SELECT playbook, account FROM cs_case WHERE state <> 'closed' AND control = 0"))
    named = account_rows(conn, definitions, day, [one for one in of if one is not None])
    rows = []
    for (playbook, subject, held, waits, closed_on, _, _), account in zip(found, of, strict=True):
        if waits and waits.startswith(INHIBITED) and (waits.removeprefix(INHIBITED), account) not in inhibiting:
            waits = None
        about = named.get(account, {})
        contract = subject if playbook in on_contracts else None
        rows.append(Pending(
            playbook, about.get("account_id"), about.get("name"), contract, about.get("arr"), held,
            waits or "the next run", closed_on,
        ))  # fmt: skip
    return rows
