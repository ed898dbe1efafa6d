"""Messages from plans: the playbook's texts filled with the account's facts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

from cs_cli.base.safe_text import safe_text
from cs_cli.cases.model import STANDING
from cs_cli.deliver.model import Item, Message, Part, Plan, full_ref, ref_of
from cs_cli.deliver.standing import standing
from cs_cli.deliver.template import TemplateFault, fill, one_line

if TYPE_CHECKING:
    from cs_cli.base.days import WorkCalendar
    from cs_cli.definitions.shapes import Person, Settings
    from cs_cli.deliver.due import Due
    from cs_cli.deliver.model import Key
    from cs_cli.deliver.subjects import Subjects

HOST = "cs-desk.invalid"  # the e-mail channel puts the sender's own domain there


class Composer:
    """Writes the messages of one run. faults: what could not be filled, in words for a person."""

    def __init__(
        self, settings: Settings, due: Mapping[Key, Due], subjects: Subjects, day: date,
        foot: Sequence[str] = (),
    ) -> None:
        self.settings, self.due, self.subjects, self.day, self.foot = settings, due, subjects, day, foot
        self.faults: list[str] = []
        self._calendars: dict[int, WorkCalendar] = {}

    def message(self, plan: Plan) -> Message:
        """One message for the plan; the same plan gives the same ref and Message-ID on every try."""
        first = [item for item in plan.items if item.key.step == STANDING and not item.over]
        later = [item for item in plan.items if item not in first]
        stands = sorted((self._standing(item, plan.target.recipient) for item in first), key=lambda one: one[1])
        parts = (*(part for part, _ in stands), *(self._part(item, plan.target.recipient) for item in later))
        missed = tuple(self._part(item) for item in plan.missed)
        uids = tuple(item.uid for item in plan.items)
        people = people_of(self.settings, plan.target.recipient)
        headline = ""
        if len(parts) == 1:
            subject = parts[0].title
        elif stands:
            headline = f"this is where you stand, {len(stands)} open case{'s' * (len(stands) > 1)}"
            subject = f"{self.settings.company}: {headline}, {self.day.isoformat()}"
        else:
            subject = f"{self.settings.company}: {len(parts)} reminders, {self.day.isoformat()}"
        return Message(
            ref=ref_of(uids),
            message_id=f"<{full_ref(uids)[:40]}@{HOST}>",
            channel=plan.target.channel,
            recipient=plan.target.recipient,
            day=self.day,
            subject=one_line(subject),
            parts=parts,
            missed=missed,
            foot=tuple(self.foot),
            email=people[0].email if len(people) == 1 else None,
            slack=tuple(filter(None, (member(person.slack) for person in people))),
            company=safe_text(self.settings.company, 100),
            repeat=plan.repeat,
            headline=headline,
        )

    def _standing(self, item: Item, among: str) -> tuple[Part, tuple[int, str, str]]:
        """The part of a case that is told for the first time, and what it is sorted by."""
        facts, account, name, playbook = self._about(item)
        text, order = standing(self.subjects.conn, self._calendar, item.case or 0, facts, self.day)
        part = Part(
            title=one_line(f"{name}: {playbook}, {facts.get('severity') or 'open'}"),
            text=safe_text(text, 20_000, newlines=True).strip(),
            note=safe_text(f"c{item.case} · {account}" + _for_whom(item, among), 300),
            account_id=account,
            uid=item.uid,
        )
        return part, (*order, part.title)

    def _calendar(self, year: int) -> WorkCalendar:
        """The working days of a year and of the end of the one before."""
        from cs_cli.definitions.calendar import work_calendar

        if year not in self._calendars:
            self._calendars[year] = work_calendar(self.settings, range(year - 1, year + 1))
        return self._calendars[year]

    def _about(self, item: Item) -> tuple[dict[str, Any], str, str, str]:
        """(values of its text, account id, name, playbook) of what an item is about."""
        due = self.due.get(item.key)
        facts = self._values(item, due)
        account = str(facts.get("account_id") or "")
        name = str(facts.get("name") or account or "an account")
        return facts, account, name, due.playbook.playbook if due and due.playbook else item.key.playbook

    def _part(self, item: Item, among: str | None = None) -> Part:
        """One reminder; among: everybody that the message is for, of whom it names its own."""
        facts, account, name, playbook = self._about(item)
        due = self.due.get(item.key)
        title, text = f"{name}: {playbook}", str(facts.get("because") or "")
        if due is not None and due.title is not None:
            title = due.title
        if due is not None and due.reminder is not None:
            title = self._fill(due.reminder.subject, facts, title, playbook)
            text = self._fill(due.reminder.text, facts, text, playbook)
        case = f"c{item.case} · " if item.case else ""
        about = f"{case}{playbook}" + (f" · {account}" if account else "")
        note = item.over or about + _for_whom(item, among)
        return Part(
            title=one_line(title),
            text=safe_text(text, 20_000, newlines=True).strip(),
            note=safe_text(note, 300),
            due=item.due if item.late else None,
            account_id=account,
            uid=item.uid,
        )

    def _values(self, item: Item, due: Due | None) -> dict[str, Any]:
        row = due.row if due is not None else {}
        # the contract may be called otherwise than when the reminder was planned
        about = row.get("about") or item.key.subject
        facts = self.subjects.facts(item.account, about) if item.account is not None else {}
        return {
            **facts,
            "case": f"c{item.case}" if item.case else None,
            "playbook": item.key.playbook,
            "severity": row.get("severity"),
            "because": row.get("because"),
            "due": row.get("meant_for") or item.due.isoformat(),
            "day": self.day.isoformat(),
            "today": self.day.isoformat(),
            "company": self.settings.company,
            "currency": self.settings.currency,
            "recipient": item.target.recipient,
        }

    def _fill(self, template: str, values: dict[str, Any], instead: str, playbook: str) -> str:
        """A text that cannot be filled must not cost the reminder: it goes out in plain words instead."""
        if not template.strip():
            return instead
        try:
            return fill(template, values)
        except TemplateFault as fault:
            told = f"playbook {playbook}: a reminder's text cannot be filled ({fault})"
            if told not in self.faults:
                self.faults.append(told)
            return instead


def people_of(settings: Settings, recipient: str) -> list[Person]:
    """The people of cs.yaml that a message is for; a name may have a comma of its own."""
    return [one for one in settings.people if f", {one.name}, " in f", {recipient}, "]


def _for_whom(item: Item, among: str | None) -> str:
    """Said of a part in a message that is for others as well."""
    return "" if among in (None, item.target.recipient) else f" · for {item.target.recipient}"


def member(slack: str | None) -> str | None:
    """A Slack member id such as U012ABCDEF, the one form that is safe inside `<@…>`; None otherwise."""
    word = (slack or "").strip().removeprefix("@")
    plain = word.isascii() and word.isalnum() and word.upper() == word
    return word if plain and word[:1] in ("U", "W") and 6 <= len(word) <= 20 else None
