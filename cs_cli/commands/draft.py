"""`cs draft`: a customer e-mail to look at, to stdout or as .eml; never sent."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated

import typer

from cs_cli.base.safe_text import safe_text
from cs_cli.commands.desk import Desk, deliver_payload, open_desk, say, write_stdout
from cs_cli.commands.options import AsOfOption, OutputOption, WorkspaceOption

if TYPE_CHECKING:
    from cs_cli.deliver.draft import Draft

app = typer.Typer(add_completion=False)


@app.command(epilog="Example: cs draft c12 · cs draft ACME --template renewal -o acme.eml")
def draft(
    about: Annotated[
        str, typer.Argument(metavar="CASE|ACCOUNT|TASK", help="A case such as c12, an account, a colleague's task t57.")
    ],
    template: Annotated[str | None, typer.Option(metavar="NAME", help="A text file of drafts/.")] = None,
    workspace: WorkspaceOption = None,
    as_of: AsOfOption = None,
    output: OutputOption = None,
) -> None:
    """Draft a customer e-mail from a template of drafts/ and the account's facts. It is never sent.

    For an account with open escalations the mail is about the worst of them. Where no text would be true there is none
    (15); in the customer's language where a CRM field says it and drafts/NAME.de.txt is there.
    """
    from cs_cli.deliver.draft import as_eml, make_draft

    with open_desk(workspace, as_of) as desk:
        if re.fullmatch(r"t[0-9]{1,9}", about):
            made = _to_colleague(desk, int(about[1:]))
        else:
            account, subject, playbook = _about(desk, about, template)
            made = make_draft(
                desk.conn, desk.definitions, desk.day, desk.ws.root / "drafts", account, subject, template, playbook
            )
        if output is not None:
            people = {person.name: person.email for person in desk.settings.people}
            deliver_payload(as_eml(made, people.get(desk.settings.me or "")), output)
            return
    to = f"{made.to_name or ''} <{made.to_email}>".strip() if made.to_email else "nobody known with an address"
    write_stdout(f"To: {safe_text(to)}\nSubject: {safe_text(made.subject)}\n\n{safe_text(made.text, newlines=True)}")
    say(f"template drafts/{made.template}.txt · not sent" if made.template else "not sent")


def _to_colleague(desk: Desk, number: int) -> Draft:
    """The mail about a task that is somebody else's. Raises UsageError CAS-042."""
    from cs_cli.base.errors import UsageError
    from cs_cli.deliver.draft import Draft
    from cs_cli.deliver.passed import message_about
    from cs_cli.deliver.subjects import Subjects

    subjects = Subjects(desk.conn, desk.definitions, desk.day, desk.known_at)
    found = message_about(desk.conn, desk.settings, desk.day, subjects, number)
    if found is None:
        raise UsageError.of("CAS-042", f"t{number} is no open task of a colleague", next="cs tasks passed --waiting")
    person, title, text = found
    address = next((one.email for one in desk.settings.people if one.name == person), None)
    return Draft(subject=title, text=text, to_name=person, to_email=address, template="")


def _about(desk: Desk, text: str, template: str | None) -> tuple[int, str, str | None]:
    """Account number, subject and playbook of a case, or of an account's worst escalation. Raises UsageError."""
    from cs_cli.cases.memory import load_cases
    from cs_cli.cases.model import WORSE

    if re.fullmatch(r"c[0-9]{1,9}", text):
        from cs_cli.base.errors import UsageError

        found = load_cases(desk.conn, "number = ?", [int(text[1:])])
        if not found:
            raise UsageError.of("CAS-020", f"there is no case {text}", next="cs cases list --closed")
        case = next(iter(found.values()))
        return case.account, case.subject, case.playbook
    from cs_cli.commands.accounts import find_number

    number = find_number(desk, text)
    if template is not None:
        return number, str(number), None
    wrong = "account = ? AND state <> 'closed' AND control = 0 AND severity <> 'info' AND kind <> 'renewal'"
    cases = load_cases(desk.conn, wrong, [number])
    if not cases:
        return number, str(number), None
    case = min(cases.values(), key=lambda one: (WORSE[one.severity], one.opened_on, one.number))
    say(f"about c{case.number}: {case.playbook}, {case.severity} since {case.opened_on}")
    return number, case.subject, case.playbook
