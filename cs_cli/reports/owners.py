"""Findings about who looks after whom: owners who are nobody in cs.yaml's people, and accounts of nobody."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from cs_cli.cases.people import People

if TYPE_CHECKING:
    import sqlite3

    from cs_cli.definitions.shapes import Settings

NOBODY, NONE = "owner who is nobody in people", "customers without an owner"
SAID = 5  # accounts that one line names
# what the starter reads where a kept sheet says it, so its absence everywhere is no slip
OPTIONAL = "csm"

_NAMES = """
SELECT {0} AS person, count(*) AS accounts, min(account_id) AS first FROM account_facts
WHERE status = 'customer' AND {0} IS NOT NULL GROUP BY {0} ORDER BY {0}
"""
_EMPTY = """
SELECT account_id, name FROM account_facts WHERE status = 'customer' AND {0} IS NULL ORDER BY arr IS NULL, arr DESC,
account_id
"""


def owner_findings(conn: sqlite3.Connection, settings: Settings) -> Iterator[dict[str, Any]]:
    """{check, subject, finding, next, same, content} for each field of an account that a role of cs.yaml reads.

    One row per name that is nobody, one row for all customers where the field is empty. Call after build_desk.
    """
    people = People(settings)
    there = {name for (name,) in conn.execute("SELECT name FROM pragma_table_info('account_facts')")}
    roles: dict[str, list[str]] = {}
    for role, written in settings.roles.items():
        if written.startswith("account.") and written.removeprefix("account.") in there:
            roles.setdefault(written.removeprefix("account."), []).append(role)
    for field, mine in roles.items():
        said = conn.execute(_NAMES.format(field)).fetchall()
        for person, accounts, first in said:
            if str(person).casefold() not in people.by_name:
                yield _nobody(people, field, mine[0], person, accounts, first)
        empty = conn.execute(_EMPTY.format(field)).fetchall()
        if empty and (said or field != OPTIONAL):
            yield _none(people, field, mine[0], empty, sum(row[1] for row in said) + len(empty))


def _nobody(people: People, field: str, role: str, person: str, accounts: int, first: str) -> dict[str, Any]:
    of = f"{field} of {accounts} customers, such as {first}" if accounts > 1 else f"{field} of {first}"
    return {
        "check": NOBODY, "subject": person,
        "finding": f"{of}, and nobody of that name in people: " + (
            "it stands as theirs, and what is sent goes to " + (people.me or "nobody") if field == OPTIONAL
            else f"what is theirs goes to {_goes_to(people, role)}"
        ),
        "next": "add the person under people: in cs.yaml, or correct it in the export's system and import again",
        "same": f"{field} {person}", "content": field,
    }  # fmt: skip


def _none(people: People, field: str, role: str, empty: list[tuple[str, str]], total: int) -> dict[str, Any]:
    named = ", ".join(f"{account} {name or ''}".rstrip() for account, name in empty[:SAID])
    more = f" and {len(empty) - SAID} more" if len(empty) > SAID else ""
    return {
        "check": NONE, "subject": f"{len(empty)} of {total} customers",
        "finding": f"{field} is empty: {named}{more}; what is theirs goes to {_goes_to(people, role)}",
        "next": f"fill in {field} in the system that exports it, and import again",
        "same": field, "content": " ".join(sorted(account for account, _ in empty)),
    }  # fmt: skip


def _goes_to(people: People, role: str) -> str:
    return people.who(role, {}) or "nobody"
