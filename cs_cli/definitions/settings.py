"""cs.yaml: who we are, who does what, how long data stays fresh."""

from __future__ import annotations

import os
from pathlib import Path

from cs_cli.base.errors import Fault
from cs_cli.base.near import did_you_mean
from cs_cli.definitions.loading import check_today, load
from cs_cli.definitions.roles import RENEWAL_LEAD, ROLES
from cs_cli.definitions.shape_reader import day
from cs_cli.definitions.shapes import Settings
from cs_cli.definitions.yaml_reader import Document, Path_

ACCOUNT_FIELDS = ("account.owner", "account.sold_by", "account.csm")


def load_settings(path: Path, name: str = "cs.yaml") -> tuple[Settings | None, list[Fault]]:
    """cs.yaml as Settings and its faults: every check that needs no other file."""
    settings, document = read_settings(path, name)
    return settings, document.faults


def read_settings(path: Path, name: str = "cs.yaml") -> tuple[Settings | None, Document]:
    """As load_settings, with the document for the checks that follow."""
    settings, document = load(Settings, path, name)
    if settings is not None:
        _check_where(settings, document)
        _check_people(settings, document)
        _check_days(settings, document)
        _check_numbers(settings, document)
        if document.faults:
            return None, document
    return settings, document


def _check_where(settings: Settings, document: Document) -> None:
    from cs_cli.base.money import is_currency

    if not is_currency(settings.currency):
        document.fault("CFG-003", f"{settings.currency} is no currency", ("currency",), name="currency",
                       value=settings.currency, expected="an ISO 4217 code such as EUR, USD or GBP")
    for code in settings.fx:
        if not is_currency(code):
            document.fault("CFG-003", f"{code} is no currency", ("fx", code), key=True, name="fx", value=code)
    from zoneinfo import ZoneInfo

    try:
        ZoneInfo(settings.timezone)
    except (KeyError, ValueError, OSError):
        document.fault("CFG-010", f'"{settings.timezone}" is not a time zone', ("timezone",), name="timezone",
                       value=settings.timezone,
                       expected="an IANA name such as Europe/Amsterdam or America/New_York")


def _check_people(settings: Settings, document: Document) -> None:
    names: dict[str, int] = {}
    for i, person in enumerate(settings.people):
        at: Path_ = ("people", i)
        first = names.setdefault(person.name.casefold(), i)
        if first != i:
            line = document.place(("people", first))[0]
            document.fault("DEF-017", f"{person.name} stands twice among the people; first in line {line}",
                           (*at, "name"), value=person.name)
        for j, role in enumerate(person.roles):
            _role(document, (*at, "roles", j), role)
        if person.email is not None and not _is_email(person.email):
            document.fault("CFG-005", f"{person.email} is not an e-mail address", (*at, "email"),
                           name="email", value=person.email)
    known = [person.name for person in settings.people]
    if settings.me is not None:
        person_exists(settings, document, ("me",), settings.me)
    for role, filled in settings.roles.items():
        _role(document, ("roles", role), role, key=True)
        if filled.startswith("account."):
            if filled not in ACCOUNT_FIELDS:
                hint = did_you_mean(filled, ACCOUNT_FIELDS)
                document.fault("CFG-004",
                               f"a role cannot be filled from {filled}" + hint,
                               ("roles", role), name=role, value=filled, expected=", ".join(ACCOUNT_FIELDS))
        elif filled == "me":
            if settings.me is None and len(known) != 1:
                document.fault("CFG-004", f"{role} is filled by me, but cs.yaml does not say who that is",
                               ("roles", role), name=role, next="add the line  me: your name")
        else:
            person_exists(settings, document, ("roles", role), filled)
    for kind, decider in settings.requests.decides.items():
        check_who(document, ("requests", "decides", kind), decider, settings)
    kinds = settings.requests.kinds
    for kind in settings.requests.clocks_by_kind:
        if kind not in kinds:
            document.fault("DEF-012", f'there is no kind of request called "{kind}"' + did_you_mean(kind, kinds),
                           ("requests", "clocks_by_kind", kind), key=True, name=kind, expected=", ".join(kinds),
                           next="kinds are those of requests: decides:")
    for i, away in enumerate(settings.away):
        person_exists(settings, document, ("away", i, "who"), away.who)
        if away.to is not None:
            person_exists(settings, document, ("away", i, "to"), away.to)


def _is_email(text: str) -> bool:
    name, at, domain = text.partition("@")
    return bool(at and name and "." in domain.strip(".") and text.isprintable()
                and not any(char in text for char in " ,;<>") and "@" not in domain)


def _role(document: Document, path: Path_, role: str, *, key: bool = False) -> None:
    if role not in ROLES:
        hint = did_you_mean(role, ROLES)
        document.fault("DEF-021", f'there is no role "{role}"' + hint, path, key=key,
                       value=role, expected=", ".join(ROLES))


def person_exists(settings: Settings, document: Document, path: Path_, name: str) -> None:
    """Records a fault unless name is `me` or a person of cs.yaml."""
    known = [person.name for person in settings.people]
    if name != "me" and name.casefold() not in {one.casefold() for one in known}:
        hint = did_you_mean(name, known)
        document.fault("CFG-004", f"{name} is not among the people of cs.yaml" + hint,
                       path, value=name, expected=", ".join(known) or "add them under people")


def check_who(document: Document, path: Path_, who: str, settings: Settings, more: tuple[str, ...] = ()) -> None:
    """Records a fault unless who is a role, one of the people, `me`, or one of the words in more."""
    people = [person.name for person in settings.people]
    known = [*ROLES, RENEWAL_LEAD, *people, *more, "me"]
    if who.casefold() not in {one.casefold() for one in known}:
        hint = did_you_mean(who, known)
        document.fault("DEF-021", f"{who} is neither a role nor one of the people of cs.yaml"
                       + hint, path, value=who, expected=", ".join([*ROLES, *people]))


def _check_days(settings: Settings, document: Document) -> None:
    check_today(document, ("today",), settings.today)
    for i, away in enumerate(settings.away):
        start, end = day(away.start), day(away.end)
        if start is None:
            _no_day(document, ("away", i, "start"), away.start)
        if end is None:
            _no_day(document, ("away", i, "end"), away.end)
        if start is not None and end is not None and end < start:
            document.fault("DEF-026", f"{away.who} is back before leaving", ("away", i, "end"),
                           value=away.end, expected=f"a day from {away.start} on")
    for i, holiday in enumerate(settings.holidays):
        if holiday[:1].isdigit():
            if day(holiday) is None:
                _no_day(document, ("holidays", i), holiday)
        elif not _is_region(holiday):
            document.fault("CFG-006", f"{holiday} is neither a day nor a country", ("holidays", i),
                           value=holiday, expected='"2026-12-24", "NL" or "DE-BY"')
    if not settings.working_days:
        document.fault("CFG-007", "at least one day must be a working day", ("working_days",),
                       expected="[mon, tue, wed, thu, fri]")


def _is_region(text: str) -> bool:
    """Two capital letters, perhaps a dash and a part of the country."""
    country, dash, part = text.partition("-")
    return len(country) == 2 and country.isascii() and country.isalpha() and country.isupper() \
        and (not dash or part.isalnum())


def _no_day(document: Document, path: Path_, value: str) -> None:
    document.fault("DEF-026", f"{value} is not a day", path, value=value, expected="a day as 2026-01-31")


def deliveries() -> list[str]:
    """The kinds of channels: one file each in deliver/channels, found by being there, not imported here."""
    names = os.listdir(Path(__file__).parents[1] / "deliver" / "channels")
    return sorted(name[:-3] for name in names if name.endswith(".py") and not name.startswith("_"))


def _check_numbers(settings: Settings, document: Document) -> None:
    for code, rate in settings.fx.items():
        if not 0 < rate < 1e9:
            document.fault("DEF-015", f"the rate of {code} must be more than 0", ("fx", code), name="fx",
                           value=str(rate))
    for name, channel in settings.channels.items():
        kind = channel.get("kind", channel.get("type", name))
        if not isinstance(kind, str) or kind not in deliveries():
            document.fault("CFG-008", f"the channel {name} has an unknown kind" + did_you_mean(str(kind), deliveries()),
                           ("channels", name), name=name, value=str(kind)[:40], expected=", ".join(deliveries()))
