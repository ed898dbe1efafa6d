"""Customer e-mails as drafts: a template of the workspace filled with an account's facts. Never sent.

A template is a text file in drafts/: a line "Subject: …", an empty line, the text. It runs in the same
sandbox as reminders; facts are values, never templates.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from cs_cli.base.errors import DefinitionInvalid, UsageError
from cs_cli.base.near import did_you_mean
from cs_cli.deliver.subjects import Subjects
from cs_cli.deliver.template import TemplateFault, fill, one_line
from cs_cli.store.connection import rows

if TYPE_CHECKING:
    import sqlite3

    from cs_cli.definitions.workspace import Definitions

FALLBACK = "check-in"
ALARM = "escalation"  # for an escalation whose playbook has no text of its own: no mail about not having spoken
# whom a mail of a playbook is for, best first; others go to whoever decides
TO_ROLES = {"overdue-invoice": ("billing", "decision_maker"), "onboarding": ("champion", "it", "decision_maker")}
DECIDERS = ("decision_maker", "champion", "user", "billing", "it")

CONTACTS = """
SELECT r.name, r.email, r.role FROM known_contact r JOIN account_of a ON a.ref = r.ref
WHERE a.account = :account AND r.email IS NOT NULL AND (r.left_on IS NULL OR r.left_on > :day)
ORDER BY r.name, r.id
"""


class Draft(NamedTuple):
    """A mail nobody has sent. to_email is None when no contact with an address is known."""

    subject: str
    text: str
    to_name: str | None
    to_email: str | None
    template: str


def templates(folder: Path) -> list[str]:
    """The names of the templates in a workspace's drafts/."""
    return sorted(path.stem for path in folder.glob("*.txt"))


def make_draft(
    conn: sqlite3.Connection,
    definitions: Definitions,
    day: date,
    folder: Path,
    account: int,
    subject: str,
    name: str | None,
    playbook: str | None,
) -> Draft:
    """The mail for one account. subject: the account number or the id of a contract term, as text.

    name: the template; else the one called like the playbook, else the one for its kind.
    Raises UsageError for a template that is not there, DefinitionInvalid for one that cannot be filled.
    """
    known = templates(folder)
    chosen = name or (playbook if playbook in known else _of_kind(definitions, playbook, known)) or FALLBACK
    if chosen not in known:
        raise UsageError.of(
            "INT-060",
            f'there is no draft template "{chosen}"{did_you_mean(chosen, known)}',
            expected=", ".join(known) or "a text file in drafts/",
            file=str(folder),
        )
    path = folder / f"{chosen}.txt"
    head, _, text = path.read_text(encoding="utf-8").partition("\n\n")
    subjects = Subjects(conn, definitions, day)
    subjects.want([(account, subject)])
    found = rows(conn, CONTACTS, {"account": account, "day": day.isoformat()})
    contact = _best(found, TO_ROLES.get(playbook or chosen, DECIDERS))
    values: dict[str, Any] = {
        **subjects.facts(account, subject),
        "me": subjects.people.me or "",
        "company": definitions.settings.company,
        "currency": definitions.settings.currency,
        "contact_name": contact.get("name") or "",
        "first_name": str(contact.get("name") or "there").split()[0],
    }
    try:
        title = one_line(fill(head.removeprefix("Subject:").strip(), values))
        body = fill(text, values)
    except TemplateFault as fault:
        raise DefinitionInvalid.of(
            "INT-061",
            f"the draft template cannot be filled: {fault}",
            file=str(path),
            expected="names of facts (cs facts list), first_name, contact_name, me, company, currency",
        ) from fault
    return Draft(title, body, contact.get("name"), contact.get("email"), chosen)


def _of_kind(definitions: Definitions, playbook: str | None, known: list[str]) -> str | None:
    kind = next((book.kind for book in definitions.playbooks if book.playbook == playbook), None)
    wanted = "renewal" if playbook and "renewal" in playbook else ALARM if kind == "escalation" else None
    return wanted if wanted in known else None


def _best(found: list[dict[str, Any]], roles: tuple[str, ...]) -> dict[str, Any]:
    for role in roles:
        for contact in found:
            if contact["role"] == role:
                return contact
    return found[0] if found else {}


def as_eml(draft: Draft, sender: str | None) -> bytes:
    """The draft as a file that a mail program opens for sending. Addresses are built, never joined as text."""
    from email.headerregistry import Address
    from email.message import EmailMessage
    from email.policy import SMTP

    message = EmailMessage(policy=SMTP)
    message["Subject"] = draft.subject
    message["X-Unsent"] = "1"
    if draft.to_email:
        message["To"] = Address(one_line(draft.to_name or ""), addr_spec=draft.to_email)
    if sender:
        message["From"] = Address(addr_spec=sender)
    message.set_content(draft.text)
    return bytes(message)
