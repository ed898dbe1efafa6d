"""Customer e-mails as drafts: a template of the workspace filled with an account's facts. Never sent.

A template is a text file in drafts/: a line "Subject: …", an empty line, the text. It runs in the same
sandbox as reminders; facts are values, never templates.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from cs_cli.base.errors import DefinitionInvalid, Fault, GuardStopped, UsageError
from cs_cli.base.near import did_you_mean
from cs_cli.base.shipped import shipped
from cs_cli.cases.model import BY_HAND
from cs_cli.definitions.roles import RENEWAL_LEAD
from cs_cli.deliver.subjects import Subjects
from cs_cli.deliver.template import TemplateFault, fill, one_line
from cs_cli.store.connection import rows
from cs_cli.store.dialect import expand

if TYPE_CHECKING:
    import sqlite3

    from cs_cli.definitions.workspace import Definitions

FALLBACK, SILENT = "hello", "check-in"  # for no case: the second one says that nobody has spoken for a while
A_WHILE = 30  # days without a touch that make that sentence true
NOBODY = "none"  # what a playbook's `draft` says where the customer is not written to
ALARM = "escalation"  # for an escalation whose playbook has no text of its own: no mail about not having spoken
# whom a mail of a playbook is for, best first; others go to whoever decides
TO_ROLES = {"overdue-invoice": ("billing", "decision_maker"), "onboarding": ("champion", "it", "decision_maker")}
DECIDERS = ("decision_maker", "champion", "user", "billing", "it")

# what an account's language may be called in a CRM, and how languages are written
LANGUAGE = """
SELECT t.value FROM known_attribute t JOIN account_of a ON a.ref = t.ref
WHERE a.account = :account AND t.value IS NOT NULL
  AND @is_language_field(t.name)
ORDER BY t.source, t.key
"""
LANGUAGES = {
    "en": "english englisch anglais inglés", "de": "german deutsch allemand alemán",
    "fr": "french français französisch", "es": "spanish español spanisch espagnol",
    "nl": "dutch nederlands", "it": "italian italiano", "pt": "portuguese português",
}  # fmt: skip

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
    """The names of the templates in a workspace's drafts/, and of those that come with cs."""
    return sorted({path.stem for place in (folder, shipped("drafts")) for path in place.glob("*.txt")})


def path_of(folder: Path, name: str) -> Path:
    """The workspace's own file, else the one that comes with cs: a workspace of before knows the newer texts too."""
    own = folder / f"{name}.txt"
    return own if own.exists() else shipped("drafts") / f"{name}.txt"


def without_text(definitions: Definitions, folder: Path) -> list[Fault]:
    """DEF-071 for every enabled playbook with tasks for whose cases `cs draft` has no text."""
    known = templates(folder)
    return [
        Fault("DEF-071", f"{book.playbook} has no draft for the customer", file=book.file or None, name="draft",
              expected=f"drafts/{book.draft or book.playbook}.txt, or  draft: none  where nobody is written to")
        for book in definitions.playbooks
        if book.enabled and book.tasks and book.draft != NOBODY and _named(definitions, book.playbook, known) is None
    ]  # fmt: skip


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

    name: the template; else the one that the playbook names or is called like, else the one for its kind; for no
    playbook one that asks how it goes. In the customer's language where it is known and drafts/NAME.LANGUAGE.txt is
    there. Raises UsageError for a template that is not there, DefinitionInvalid for one that cannot be filled,
    GuardStopped where no text would be true.
    """
    known = templates(folder)
    subjects = Subjects(conn, definitions, day)
    subjects.want([(account, subject)])
    facts = subjects.facts(account, subject)
    chosen = name or _true_of(definitions, playbook, known, facts)
    if chosen not in known:
        raise UsageError.of(
            "INT-060",
            f'there is no draft template "{chosen}"{did_you_mean(chosen, known)}',
            expected=", ".join(known) or "a text file in drafts/",
            file=str(folder),
        )
    language = _language(conn, account)
    if language is not None and f"{chosen}.{language}" in known:
        chosen = f"{chosen}.{language}"
    path = path_of(folder, chosen)
    head, _, text = path.read_text(encoding="utf-8").partition("\n\n")
    found = rows(conn, CONTACTS, {"account": account, "day": day.isoformat()})
    contact = _best(found, TO_ROLES.get(playbook or chosen.partition(".")[0], DECIDERS))
    values: dict[str, Any] = {
        **facts,
        "me": subjects.people.me or "",
        "renewal_lead": subjects.people.who(RENEWAL_LEAD, facts) or "",
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
            expected="names of facts (cs facts list), first_name, contact_name, me, renewal_lead, company, currency",
        ) from fault
    return Draft(title, body, contact.get("name"), contact.get("email"), chosen)


def _true_of(definitions: Definitions, playbook: str | None, known: list[str], facts: Mapping[str, Any]) -> str:
    """The template whose sentences hold. Raises GuardStopped INT-062 where there is none."""
    book = next((book for book in definitions.playbooks if book.playbook == playbook), None)
    if playbook is not None and playbook != BY_HAND:
        if book is not None and book.draft == NOBODY:
            raise _no_text(f"{playbook} writes to nobody at the customer")
        named = _named(definitions, playbook, known)
        if named is None:
            raise _no_text(f"{playbook} has no text of its own, and no other would be true")
        return named
    if playbook == BY_HAND and ALARM in known:
        return ALARM
    status, silent = facts.get("status"), facts.get("days_since_touch")
    if status != "customer":
        raise _no_text(f"{facts.get('name') or 'the account'} is {status or 'of unknown status'}, not a customer")
    return SILENT if silent is not None and silent > A_WHILE else FALLBACK


def _no_text(why: str) -> GuardStopped:
    return GuardStopped.of(
        "INT-062", f"no draft: {why}", next="--template NAME writes one all the same; drafts/ holds your own"
    )


def _named(definitions: Definitions, playbook: str, known: list[str]) -> str | None:
    """The template of a playbook: the one it names, its own name's, its kind's."""
    book = next((book for book in definitions.playbooks if book.playbook == playbook), None)
    if book is not None and book.draft is not None:
        return book.draft
    kind = None if book is None else book.kind
    others = ("renewal" if "renewal" in playbook else None, ALARM if kind == "escalation" else None)
    return next((one for one in (playbook, *others) if one in known), None)


def _language(conn: sqlite3.Connection, account: int) -> str | None:
    """The two letters of the language that a CRM's field says; None where none does, or an unknown one."""
    for row in rows(conn, expand(LANGUAGE), {"account": account}):
        word = str(row["value"]).strip().casefold()
        for code, words in LANGUAGES.items():
            if word.partition("-")[0].partition("_")[0] == code or word in words.split():
                return code
    return None


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
