"""Whose the people of a kept sheet are: a contact is the customer's, never one's own colleague.

Own are the people of cs.yaml, every address at their company's domain, the owners that the sheet itself names, and who
stands beside several customers.
"""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cs_cli.base.command_line import as_typed
from cs_cli.definitions.shapes import Settings, SourceDef
from cs_cli.intake.book_money import lines_of
from cs_cli.intake.loose import loose_header
from cs_cli.intake.names import core_name, mail_domain, plain_address, plain_name
from cs_cli.intake.people import is_person
from cs_cli.intake.reader import Table
from cs_cli.intake.recognise import spellings
from cs_cli.intake.subscriptions import column_of

if TYPE_CHECKING:
    from cs_cli.intake.stage import Staged

SHARED = 0.2    # of the names in a column: from there on those of several customers are no contacts
SEVERAL = 3     # customers beside one name, from which on it is none of theirs
MOST = 0.5


@dataclass(frozen=True)
class Own:
    """One's own people: names (folded), addresses, and the domains of these."""

    names: frozenset[str]
    emails: frozenset[str]
    hosts: frozenset[str]

    def has(self, name: str | None, email: str | None) -> bool:
        """Is it one of them, by the address where there is one?"""
        if email is not None and "@" in email:
            return plain_address(email) in self.emails or mail_domain(email) in self.hosts
        return name is not None and plain_name(name) in self.names


def own_people(settings: Settings, owners: Iterable[str] = ()) -> Own:
    """The people of cs.yaml, and the owners that a sheet names: by address, or by first and last name."""
    emails = {plain_address(p.email) for p in settings.people if p.email}
    named = {plain_name(p.name) for p in settings.people if p.name and p.name != "Me"}
    for one in owners:
        if "@" in one:
            emails.add(plain_address(one))
        elif " " in one.strip():
            named.add(plain_name(one))
    hosts = {host for p in settings.people if p.email and (host := mail_domain(p.email))}
    return Own(frozenset(named), frozenset(emails), frozenset(hosts))


def settle_whose(table: Table, source: SourceDef, settings: Settings) -> list[str]:
    """Gives a column that may be of one's own person or of the customer's ("Referente") the name under which it is
    read, where its cells tell; else it stays, and is asked about. And tells which of two columns of names ("Cliente"
    and "Account") names the customer. Gives what is to be said."""
    if source.role != "book":
        return []
    cells: dict[int, list[str]] = {at: [] for at, header in enumerate(table.headers) if header}
    for _, _, row in table.rows():
        for at, column in cells.items():
            column.append(row[at].strip())
    said = _one_name(table, source, cells)
    here = {loose_header(header): at for at, header in enumerate(table.headers) if header}

    def place(word: str) -> int | None:
        return next((here[one] for one in spellings(source, word) if one in here), None)

    owner = place("$csm")
    for word in spellings(source, "$either"):
        at = here.get(word, -1)
        if at < 0:
            continue
        own = own_people(settings, cells[owner] if owner is not None else ())
        mail = place("$contact_email")
        pairs = [(name, cells[mail][row] if mail is not None else "") for row, name in enumerate(cells[at]) if name]
        ours = sum(own.has(name, None) for name, _ in pairs)
        theirs = sum(is_person(name, email) and not own.has(None, email) for name, email in pairs if "@" in email)
        if pairs and ours > MOST * len(pairs) and owner is None:
            as_what, why = "CSM", "these are your own people"
        elif pairs and not ours and place("$contact") is None and (owner is not None or theirs > MOST * len(pairs)):
            as_what, why = "Contact", "the owner is told beside it" if owner is not None else "the addresses are theirs"
        else:
            continue
        said.append(f"{table.headers[at]!r} is read as {as_what}: {why}")
        table.headers[at] = as_what
    return said


def _one_name(table: Table, source: SourceDef, cells: dict[int, list[str]]) -> list[str]:
    """Of "Account" beside "Cliente" the one that is different in each row names the customer, else the latter."""
    words = spellings(source, "$name")
    named = [at for at in cells if loose_header(table.headers[at]) in words]
    vague = [at for at in named if loose_header(table.headers[at]) in ("account", "konto", "compte", "cuenta", "conta")]
    if len(vague) != 1 or len(named) < 2:
        return []
    at = vague[0]
    rest = [one for one in named if one != at]

    def unique(one: int) -> bool:
        filled = [cell for cell in cells[one] if cell]
        return len(set(filled)) == len(filled)

    if unique(at) and not any(map(unique, rest)):
        return []
    best = next(filter(unique, rest), rest[0])
    said = [f"{table.headers[best]!r} names the customers, {table.headers[at]!r} does not"]
    table.headers[best] = "Account name"    # the first word for it
    return said


def settle_contacts(conn: sqlite3.Connection, staged: Staged, settings: Settings) -> None:
    """Takes one's own people out of the contacts, and says it; staged.ours gets the columns that name mostly these."""
    child = next((one for one in staged.also if one.source.kind == "contact"), None)
    if child is None:
        return
    owners = [] if "owner" not in staged.delivered else [
        name for (name,) in conn.execute(f"SELECT DISTINCT owner FROM {staged.stage} WHERE owner IS NOT NULL")
    ]
    own = own_people(settings, owners)
    has = {column: column in child.delivered for column in ("name", "email")}
    told = f"{'c.name' if has['name'] else 'NULL'}, {'c.email' if has['email'] else 'NULL'}"
    rows = conn.execute(
        f"SELECT c.n, c.line, c.part, {told}, "
        f"s.name, {column_of(staged, 's', 'parent')} FROM {child.stage} AS c JOIN {staged.stage} AS s "
        "ON s.line = c.line ORDER BY c.n"
    ).fetchall()
    headers = {
        (at, f.column): f.header for at, one in enumerate(staged.plan.also) if one.part.kind == "contact"
        for f in one.fields if f.cells
    }
    shared = _shared(rows)
    taken: dict[str, list[tuple[str, int]]] = defaultdict(list)
    filled: dict[str, int] = defaultdict(int)
    for n, line, part, name, email, customer, _ in rows:
        for column, value in (("name", name), ("email", email)):
            filled[headers.get((part, column), "")] += value is not None
        not_mail = email is not None and (
            own.has(None, email) or (plain_address(email) in shared and not _at_home(email, customer))
        )
        not_name = name is not None and (own.has(name, None) or (
            (part, plain_name(name)) in shared and not (email and _at_home(email, customer))
        ))
        if not_mail and name is not None:
            not_name = not_name or is_person(name, email)
        if name is not None and not_name and email is not None and not not_mail and is_person(name, email):
            not_name = False        # a customer's person who is called as one's own
        if not_mail:
            taken[headers[part, "email"]].append((email, line))
        if not_name:
            taken[headers[part, "name"]].append((name, line))
        if (name is None or not_name) and (email is None or not_mail):
            conn.execute(f"DELETE FROM {child.stage} WHERE n = ?", (n,))
        else:
            gone = [column for column, out in (("name", not_name), ("email", not_mail)) if out]
            for column in gone:
                conn.execute(f"UPDATE {child.stage} SET {column} = NULL WHERE n = ?", (n,))
    for header, found in taken.items():
        names = list(dict.fromkeys(value for value, _ in found))
        shown = ", ".join(names[:3]) + (f" and {len(names) - 3:,} more" if len(names) > 3 else "")
        note = f"{header!r} names your own people, or one beside several customers: {shown} "
        note += f"({lines_of([str(line) for _, line in found])}): no contacts of customers"
        if "owner" not in staged.delivered:
            note += f"; if they own these customers: --rename {as_typed(f'{header}=CSM')}"
        staged.notes.append(note)
        if len(found) > MOST * filled[header]:
            staged.ours[header] = names


def _at_home(email: str, customer: str) -> bool:
    """Is the address at a domain of the customer's name?"""
    host = (mail_domain(email) or "").split(".", 1)[0].replace("-", "")
    called = core_name(customer).replace(" ", "")
    return len(host) > 2 and (host in called or called in host)


def _shared(
    rows: Iterable[tuple[int, int, int, str | None, str | None, str, str | None]]
) -> set[str | tuple[int, str]]:
    """Addresses, and (part, name), that stand beside several customers; those of one parent are one."""
    mails: dict[str, set[str]] = defaultdict(set)
    called: dict[tuple[int, str], dict[str, str | None]] = defaultdict(dict)
    many: dict[int, int] = defaultdict(int)
    for _, _, part, name, email, customer, parent in rows:
        which = core_name(parent or customer) or customer
        if email is not None and "@" in email:
            mails[plain_address(email)].add(which)
        if name is not None:
            many[part] += 1
            called[part, plain_name(name)][which] = email
    found: set[str | tuple[int, str]] = {one for one, customers in mails.items() if len(customers) > 1}
    twice = {one: beside for one, beside in called.items() if len(beside) > 1}
    for (part, name), beside in twice.items():
        # two people of one name, each at an address of the name
        if all(email is not None and is_person(name, email) for email in beside.values()):
            continue
        rows_of = sum(len(other) for (at, _), other in twice.items() if at == part)
        if len(beside) >= SEVERAL or rows_of > SHARED * many[part]:
            found.add((part, name))
    return found
