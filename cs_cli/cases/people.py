"""Who fills a role on an account: cs.yaml's roles, people and the account's owners, with fallbacks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cs_cli.definitions.shapes import Settings

ROLES = (
    "sdr",
    "ae",
    "am",
    "support",
    "implementation",
    "csm",
    "renewal_manager",
    "product",
    "finance",
    "exec",
)

# who does it where nobody holds the role: in a small company one person holds several
FALLBACK: dict[str, tuple[str, ...]] = {
    "sdr": ("ae",),
    "ae": ("am",),
    "am": ("csm",),
    "support": ("csm",),
    "implementation": ("csm",),
    "csm": ("am",),
    "renewal_manager": ("am", "csm"),
    "product": ("exec",),
    "finance": ("exec",),
    "exec": (),
}


class People:
    """Resolves roles; one per command, because a list asks for the same roles again and again."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.by_name: dict[str, str] = {}
        for person in settings.people:
            for name in (person.name, person.email, person.slack):
                if name:
                    self.by_name[name.casefold()] = person.name
        first = settings.people[0].name if settings.people else None
        self.me = self._person(settings.me) if settings.me else first

    def who(self, role: str | None, account: Mapping[str, Any] | None = None) -> str | None:
        """The person's name for a role (or a person's own name); None when nobody is known at all.

        account: the facts owner and sold_by of the account, as far as they are known.
        """
        if role is None:
            return None
        for one in _chain(role):
            found = self._filled(one, account or {})
            if found is not None:
                return found
        return self.me if role in FALLBACK or role == "me" else self._person(role)

    def _filled(self, role: str, account: Mapping[str, Any]) -> str | None:
        written = self.settings.roles.get(role)
        if written is not None:
            if written == "me":
                return self.me
            if written.startswith("account."):
                owner = account.get(written.removeprefix("account."))
                return self._person(str(owner)) if owner else None
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
