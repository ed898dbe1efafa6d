"""Who fills a role on an account: cs.yaml's roles, people and the account's owners, with fallbacks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import TYPE_CHECKING, Any

from cs_cli.definitions.roles import FALLBACK, RENEWAL_LEAD, renewal_lead

if TYPE_CHECKING:
    from cs_cli.definitions.shapes import Settings


class People:
    """Resolves roles; one per command, because a list asks for the same roles again and again."""

    def __init__(self, settings: Settings, day: date | None = None) -> None:
        """day: who is away on it is stood in for; None: nobody is."""
        self.settings = settings
        self.day = day
        self.by_name: dict[str, str] = {}
        for person in settings.people:
            for name in (person.name, person.email, person.slack):
                if name:
                    self.by_name[name.casefold()] = person.name
        first = settings.people[0].name if settings.people else None
        self.me = self._person(settings.me) if settings.me else first

    def who(self, role: str | None, account: Mapping[str, Any] | None = None) -> str | None:
        """The person's name for a role (or a person's own name); None when nobody is known at all.

        account: the facts owner, csm and sold_by of the account, and for renewal_lead those of its expansion, as far as
        they are known.
        Whoever is away on the day is stood in for.
        """
        holder = self.holder(role, account)
        return holder if holder is None or self.day is None else self.stand_in(holder, self.day)

    def holder(self, role: str | None, account: Mapping[str, Any] | None = None) -> str | None:
        """Who holds the role, away or not."""
        if role is None:
            return None
        if role == RENEWAL_LEAD:
            role = renewal_lead(account or {})
        for one in _chain(role):
            found = self._filled(one, account or {})
            if found is not None:
                return found
        return self.me if role in FALLBACK or role == "me" else self._person(role)

    def next_up(self, role: str | None, decides: str | None) -> str | None:
        """The role to turn to when the role's clock has run out: who decides, else who stands in for it, else exec."""
        stands_in = FALLBACK.get("renewal_manager" if role == RENEWAL_LEAD else role or "", ())
        candidates = [decides, *stands_in, "exec"]
        return next((one for one in candidates if one is not None and one != role), None)

    def stand_in(self, person: str, day: date) -> str:
        """Who takes over while the person is away; the person when nobody is named or nobody is away."""
        for away in self.settings.away:
            if self._is(away.who, person) and away.to and away.start <= day.isoformat() <= away.end:
                return self._named(away.to)
        return person

    def days_away(self, person: str, start: date, end: date) -> list[tuple[date, date]]:
        """The stretches of [start, end] in which the person is away and nobody stands in."""
        found = []
        for away in self.settings.away:
            first, last = max(date.fromisoformat(away.start), start), min(date.fromisoformat(away.end), end)
            if self._is(away.who, person) and not away.to and first <= last:
                found.append((first, last))
        return found

    def knows(self, person: str) -> bool:
        """Whether cs.yaml has the person, and so a way to reach them."""
        return person.casefold() in self.by_name

    def _is(self, written: str, person: str) -> bool:
        return self._named(written).casefold() == person.casefold()

    def _named(self, written: str) -> str:
        return (self.me or written) if written == "me" else self._person(written)

    def _filled(self, role: str, account: Mapping[str, Any]) -> str | None:
        written = self.settings.roles.get(role)
        if written is not None:
            if written == "me":
                return self.me
            if written.startswith("account."):
                owner = account.get(written.removeprefix("account."))
                # a CRM's owner who is nobody in `people` reads nothing here; whom a list calls the CSM is the CSM, also
                # where cs.yaml knows no such person: then I get what is sent. cs check names both.
                if owner and (written == "account.csm" or str(owner).casefold() in self.by_name):
                    return self._person(str(owner))
                if written != "account.csm":
                    return None
            else:
                return self._person(written)
        return next((person.name for person in self.settings.people if role in person.roles), None)

    def _person(self, text: str) -> str:
        return self.by_name.get(text.casefold(), text)


def _chain(role: str) -> Iterator[str]:
    """The role and whoever stands in for it, nearest first."""
    seen: list[str] = []
    waiting = [role]
    while waiting:
        one = waiting.pop(0)
        if one not in seen:
            seen.append(one)
            yield one
            waiting.extend(FALLBACK.get(one, ()))
