"""What a row of an unknown file is: by all of its columns, their cells, and the name of the file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from cs_cli.intake.catalogue import shipped_sources
from cs_cli.intake.crm_money import told_of_money
from cs_cli.intake.draft_left import is_money
from cs_cli.intake.draft_links import (
    Cells,
    account_ids,
    find_key,
    is_account_id,
    is_account_name,
)
from cs_cli.intake.header_words import PERSON, STAFF, THINGS, is_id, whose, words_of
from cs_cli.intake.loose import loose_header
from cs_cli.intake.people import are_people
from cs_cli.intake.profile import TESTED, Profile
from cs_cli.intake.recognise import spellings
from cs_cli.intake.synonyms import COLUMNS, NEEDED, STEMS, best_fit, names

MARGIN = 1.0
SURE = 2.0
SEVERAL = 2     # columns of what happened, from which on rows may not be customers
FIELD = 0.8     # of a header's fit: it is that field of an account
OFTEN = 0.8     # different ones of a column's cells: below that a customer stands on several rows
# words of a file's name that say nothing of its rows
_ANY_FILE = frozenset(["data", "export", "list", "file", "all", "report", "table", "default", "full", "csv"])
# what an account has and no other record
_OF_COMPANIES = ("industry", "domain", "employees", "owner", "stage")


_OF_MONEY = ("subscription", "contract", "invoice", "deal", "mrr_event")
_OF_ANYTHING = {"owner", "sold_by", "stage", "tags", "need", "created_on", "last_activity_on"}


@dataclass(frozen=True)
class Kind:
    """kind, and why; others: further kinds that the file may as well be, where it does not tell (sure: False)."""

    kind: str
    why: str
    sure: bool = True
    others: tuple[str, ...] = ()


def can_be_drafted(profiles: Sequence[Profile]) -> bool:
    """Is there a name, an id, an e-mail address or a domain?"""
    return any(
        p.filled and (
            is_id(p.header) or is_account_id(p) or is_account_name(p, "account") or "name" in words_of(p.header)
            or p.is_("email") or (p.is_("domain") and best_fit("account", "domain", p.header) > 0)
        ) for p in profiles
    )


def find_kind(profiles: Sequence[Profile], stem: str, cells: Cells) -> Kind:
    """The kind whose columns the file has; not sure where a second one fits about as well, or hardly any does."""
    from cs_cli.intake.draft import assign

    scores: dict[str, float] = {}
    for kind in COLUMNS:
        key, _, key_from = find_key(kind, profiles, cells)
        found = assign(kind, profiles, set(key))
        score = sum(best_fit(kind, column, p.header) for column, p in found.items())
        score += 2.0 * (bool(key) and names(kind, key[0]) and len(key) == 1) + 2.0 * _by_name(kind, stem)
        have = {*found, *(("name",) if kind == "account" and key and _named(profiles, key) else ())}
        missing = [one for one in NEEDED.get(kind, ()) if not have & set(one.split("|"))]
        score -= 2.5 * len(missing)
        if kind == "touch" and found.keys() <= {"day"}:
            score -= MARGIN     # a day and figures: nothing of a talk
        if kind != "account" and not _linked(kind, profiles, key):
            score -= 2.5
        scores[kind] = score + _by_cells(
            kind, profiles, cells, keyed=bool(key or key_from), named=_by_name(kind, stem)
        )
    ranked = sorted(scores, key=lambda kind: (-scores[kind], kind))
    best, second = ranked[0], ranked[1]
    why = "by its headers and its name" if _by_name(best, stem) else "by its headers"
    sure = scores[best] >= SURE and scores[best] - scores[second] >= MARGIN and not _of_another(best, stem)
    others = tuple(kind for kind in ranked[1:4] if scores[kind] > scores[best] - 2 * MARGIN)
    if best == "account" and (_events(profiles) >= SEVERAL or not (_by_name(best, stem) or (
        _tells_of_customers(profiles, cells) and not _of_a_day(profiles, cells)
    ))):
        counts = any(p.filled and p.is_("number") and not is_id(p.header) for p in profiles)
        first = ("invoice", "deal") if any(map(is_money, profiles)) else ("touch", "usage") if counts else ("touch",)
        sure, others = False, (*first, *(kind for kind in others if kind not in first))
    if not sure and best not in _OF_MONEY and "invoice" not in others and any(map(is_money, profiles)):
        others = ("invoice", *others)
    if best == "account" and not sure and set(words_of(stem)) & PERSON and "contact" not in others:
        others = ("contact", *others)
    if best == "contact" and not sure and "account" not in others:
        others = ("account", *others)
    return Kind(best, why, sure, others)


def _events(profiles: Sequence[Profile]) -> int:
    """How many columns are of what happened (topic, attendees, month), which a list of customers hardly has."""
    book = next(one for one in shipped_sources() if one.role == "book")
    words = set(spellings(book, "$event"))
    return sum(p.filled > 0 and (loose_header(p.header) in words or p.is_("period")) for p in profiles)


def _tells_of_customers(profiles: Sequence[Profile], cells: Cells) -> bool:
    """Is there anything beside the name that a list of customers has and no other list: a field of theirs, an id, money
    that they pay again and again?"""
    from cs_cli.intake.draft import assign

    key, _, _ = find_key("account", profiles, cells)
    found = assign("account", profiles, set(key))
    told = {column for column, p in found.items() if best_fit("account", column, p.header) >= FIELD} - {"name"}
    read = {p.header for p in found.values()} | set(key)
    rest = [p for p in profiles if p.filled and p.header not in read]
    # tasks and talks have an owner, a status and a day as well
    if told - _OF_ANYTHING or len(told) > 1 or (told and not rest):
        return True
    amounts = [p.header for p in profiles if p.is_("number") and not p.is_("day")]
    return bool(account_ids(profiles)) or bool(told_of_money(amounts))


def _of_a_day(profiles: Sequence[Profile], cells: Cells) -> bool:
    """Is there nothing of a customer but the name, and a day? Then a row may as well be what happened on that day."""
    from cs_cli.intake.draft import assign

    key, _, _ = find_key("account", profiles, cells)
    found = assign("account", profiles, set(key))
    days = [p for p in profiles if {"day", "period"} & p.fits.keys() and p.filled and p not in found.values()]
    return bool(days) and not set(found) - {"name"}


def _of_another(kind: str, stem: str) -> bool:
    """Does the file's name say that its rows are other things than customers, or every version of a record?"""
    words = set(words_of(stem))
    things = THINGS | STAFF | PERSON
    # a lead is a person in one system and a company in the next
    if "history" in words or (kind == "contact" and "lead" in words):
        return True
    last = next((word for word in reversed(words_of(stem)) if word.isalpha() and word not in _ANY_FILE), "")
    return kind == "account" and (last in things or (bool(words & things) and not _by_name(kind, stem)))


def _by_name(kind: str, stem: str) -> bool:
    return names(kind, stem) or bool(set(STEMS.get(kind, ())) & set(words_of(stem)))


def _named(profiles: Sequence[Profile], key: Sequence[str]) -> bool:
    return any(p.header in key and is_account_name(p, "account") for p in profiles)


def _linked(kind: str, profiles: Sequence[Profile], key: Sequence[str]) -> bool:
    return any(
        is_account_id(p) or is_account_name(p, kind) or (p.is_("email") and whose(p.header) != "staff")
        or (names("subscription", p.header) and kind != "subscription") for p in profiles
    )


def _by_cells(kind: str, profiles: Sequence[Profile], cells: Cells, *, keyed: bool, named: bool) -> float:
    """What the cells say beyond the headers; named: the file's name says that it is of the kind."""
    ids = account_ids(profiles)
    unique = any(p.is_key for p in ids) or any(p.is_key for p in profiles if is_account_name(p, "account"))
    named_often = [p for p in profiles if is_account_name(p, "usage") and p.tested < OFTEN * min(p.filled, TESTED)]
    repeated = not unique and bool(ids or named_often)
    if kind == "account":
        said = any(best_fit(kind, column, p.header) >= 0.9 for column in _OF_COMPANIES for p in profiles)
        called = any(is_account_name(p, kind) and whose(p.header) == "account" for p in profiles)
        sign = named or said or bool(ids) or called
        return (-3.0 if repeated else 0.0) + (0.0 if sign else -2.0) - (2.0 if _people(profiles, cells) else 0.0)
    if kind == "contact":
        return 1.5 if _people(profiles, cells) else 0.0
    if kind == "usage":
        if unique and not any("day" in p.fits and not p.is_key for p in profiles):
            return -1.5
        # the same customers day after day, each with several counts
        counts = [p for p in profiles if p.filled and not is_id(p.header) and p.is_("number")]
        days = [p for p in profiles if (p.is_("day") or p.is_("period")) and p.filled and p.tested < p.filled]
        told = repeated and len(counts) > 1 and len(days) == 1
        return (1.5 if days[0].is_("period") else 1.0) * MARGIN if told else 0.0
    return 0.0 if keyed else -0.5


def _people(profiles: Sequence[Profile], cells: Cells) -> bool:
    """Are there names that are those of the addresses beside them, or first and last names?"""
    parts = {words_of(p.header)[0] for p in profiles if p.filled and words_of(p.header)[1:] == ("name",)}
    if {"first", "last"} <= parts:
        return True
    called = [p for p in profiles if p.filled and "name" in words_of(p.header) and whose(p.header) in (None, "person")]
    mails = [p for p in profiles if p.is_("email") and whose(p.header) != "staff"]
    return any(
        are_people(zip(cells.column(name.header), cells.column(mail.header), strict=True))
        for name in called for mail in mails
    )
