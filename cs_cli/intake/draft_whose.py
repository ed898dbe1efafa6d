"""The account of each row of a draft: which columns name it, and in whose system its ids are."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from cs_cli.intake.draft_columns import quoted
from cs_cli.intake.draft_known import Known, Match, Row
from cs_cli.intake.draft_links import (
    Cells,
    account_ids,
    is_account_name,
    not_the_customers,
    one_for_all,
)
from cs_cli.intake.draft_model import Doubt, Draft, Option
from cs_cli.intake.header_words import is_id, whose, words_of
from cs_cli.intake.profile import Profile
from cs_cli.intake.synonyms import best_fit, names

LEAST = 0.5
SEVERAL = 0.2
KNOWN_SHARE = 0.8
KNOWN_LEAST = 2


def say_own_system(draft: Draft, profiles: Sequence[Profile], cells: Cells, known: Known, *, given: str | None) -> None:
    """Rows that are accounts: their ids are their own system's, or those of a system that knows the same companies."""
    draft.link.append(("own", [], "each row is an account, its key the id"))
    if not draft.key or given is not None:
        return
    by_header = {p.header: p for p in profiles}
    key = by_header[draft.key[0]]
    if is_account_name(key, "account"):
        return
    match = next((one for one in known.systems(_rows(key, profiles, cells)) if one.system == draft.system), None)
    if match is not None and match.refuted:
        draft.system = draft.source
        draft.assumed.append(f"{_coincide(match)}: these ids are of a system of their own")


def foreign_addresses(
    draft: Draft, profiles: Sequence[Profile], cells: Cells, own: Collection[str]
) -> set[str]:
    """Columns of addresses in a list of accounts that are not the accounts' own, as their cells show."""
    name = next((p for p in profiles if is_account_name(p, "account")), None)
    found = set()
    for profile in profiles:
        if profile.is_("email") and whose(profile.header) != "staff":
            against = not_the_customers(profile, name, cells, own)
            if against is not None:
                draft.assumed.append(f'"{profile.header}" is not the customer\'s: {against}')
                found.add(profile.header)
    return found


def say_whose(
    draft: Draft, profiles: Sequence[Profile], cells: Cells, known: Known, own: Collection[str], *, given: str | None
) -> set[str]:
    """Fill draft.link and draft.system; gives the headers that name the account and are read as nothing else."""
    used: set[str] = set()
    ids = account_ids(profiles)
    link_id = _best_id(draft, ids)
    called = [p for p in profiles if is_account_name(p, draft.kind)]
    customer = next(iter(called), None)
    if link_id is not None and customer is not None and _of_another(customer, link_id, cells):
        draft.doubts.append(_one_of(link_id, customer))
        used |= {link_id.header, *(p.header for p in called)}
        link_id, called = None, []
    elif link_id is not None and (other := _ledger_s(link_id, draft.kind, profiles, cells)) is not None:
        draft.doubts.append(_one_of(link_id, other))
        used |= {link_id.header, other.header}
        link_id = None
    match = None
    if link_id is not None:
        used.add(link_id.header)
        matches = known.systems(_rows(link_id, profiles, cells))
        match = _say_system(draft, matches, given)
        proof = f"in {link_id.filled:,} of {link_id.rows:,} rows"
        proof += (f"; of {match.asked:,} different ones looked at {match.known:,} are known in {match.system}" if match
                  else "; none is known yet: import the accounts first, or see `system`")
        draft.link.append(("id", [link_id.header], proof))
    for profile in profiles:
        if profile is link_id or (profile.header in draft.key and profile not in called and not profile.is_("email")):
            continue
        if not profile.filled:
            continue
        share = f"in {profile.filled:,} of {profile.rows:,} rows"
        if names("subscription", profile.header) and is_id(profile.header) and draft.kind != "subscription":
            if link_id is None:
                draft.link.append(("subscription", [profile.header], share + "; the account is the subscription's"))
                used.add(profile.header)
        elif profile.is_("email"):
            beside = customer or (link_id if whose(profile.header) is None else None)
            against = not_the_customers(profile, beside, cells, own)
            others = link_id is not None or bool(called)
            if against is None and not (others and one_for_all(profile)):
                draft.link.append(("email", [profile.header], share))
            elif against is not None:
                draft.assumed.append(f'"{profile.header}" is not the customer\'s: {against}')
                if whose(profile.header) != "staff":
                    used.add(profile.header)
        elif profile.is_("domain") and best_fit("account", "domain", profile.header) >= LEAST:
            if not one_for_all(profile):
                draft.link.append(("domain", [profile.header], share))
        elif profile in called:
            draft.link.append(("name", [profile.header], share))
            used.add(profile.header)
    if not draft.link and (found := _known_names(draft, profiles, cells, known)) is not None:
        draft.link.append(found)
        used.update(found[1])
    if not draft.link and not any(doubt.about == "account" for doubt in draft.doubts):
        draft.doubts.append(_ask(profiles, draft))
    return used


def _known_names(
    draft: Draft, profiles: Sequence[Profile], cells: Cells, known: Known
) -> tuple[str, list[str], str] | None:
    """The one column whose cells are names of known accounts, whatever it is called."""
    found = []
    for p in profiles:
        if not p.filled or p.header in draft.key or any(p.is_(one) for one in ("day", "flag", "email", "number")):
            continue
        values = {value for value in cells.column(p.header) if value}
        named = known.called(values)
        if named >= KNOWN_LEAST and named >= KNOWN_SHARE * len(values):
            found.append(("name", [p.header], f"{named:,} of {len(values):,} are names of known accounts"))
    return found[0] if len(found) == 1 else None


def _best_id(draft: Draft, ids: Sequence[Profile]) -> Profile | None:
    return ids[0] if ids else None


def _rows(key: Profile, profiles: Sequence[Profile], cells: Cells) -> list[Row]:
    """What each row says of its customer beside the id."""
    def one(found: Sequence[Profile]) -> list[str]:
        return cells.column(found[0].header) if found else []

    ids = cells.column(key.header)
    name = one([p for p in profiles if p is not key and is_account_name(p, "account")])
    email = one([p for p in profiles if p.is_("email") and whose(p.header) != "staff"])
    domain = one([p for p in profiles if p.is_("domain") and best_fit("account", "domain", p.header) >= LEAST])
    empty = [""] * len(ids)
    return [Row(*row) for row in zip(ids, name or empty, email or empty, domain or empty, strict=True)]


def _coincide(match: Match) -> str:
    return (f"{match.known:,} ids are known in {match.system} too, but of {match.compared:,} names or addresses beside "
            f"them {match.compared - match.agree:,} are of other companies")


def _say_system(draft: Draft, matches: Sequence[Match], given: str | None) -> Match | None:
    """The system whose ids these are, where the rest of the rows agrees; else what is to be said or asked."""
    for match in matches:
        if given is not None and match.system != given:
            continue
        if match.proved:
            draft.system = match.system
            return match
    if given is not None:
        return None
    for match in matches:
        if match.refuted:
            draft.assumed.append(f"{_coincide(match)}: system is not {match.system}")
            if draft.system == match.system:
                draft.system = draft.source
    open_ones = [one for one in matches if 2 * one.known >= one.asked and not one.refuted and one.short]
    if open_ones:
        draft.doubts.append(Doubt(
            "system", f"{open_ones[0].known:,} of {open_ones[0].asked:,} ids are known in {open_ones[0].system}, but "
            "short numbers are in every system, and the file has no name or address that would agree",
            [_system(one.system) for one in open_ones] + [_system(draft.source)],
        ))
    return None


def _system(name: str) -> Option:
    def take(draft: Draft) -> None:
        draft.system = name

    return Option(f"the ids are those of {name}", (f"# system: {name}",), take)


def _of_another(profile: Profile, link_id: Profile, cells: Cells) -> bool:
    """Has one id several names?"""
    beside = cells.together(link_id.header, profile.header)
    return bool(beside) and sum(len(found) > 1 for found in beside.values()) > SEVERAL * len(beside)


def _ledger_s(
    link_id: Profile, kind: str, profiles: Sequence[Profile], cells: Cells
) -> Profile | None:
    """The names beside an id that is the same in every row, as the code of an account in a ledger is; else None."""
    if link_id.tested > 1 or kind in ("contact", "ticket", "survey", "usage", "touch"):
        return None
    return next((
        p for p in profiles if p is not link_id and p.filled and "name" in words_of(p.header)
        and whose(p.header) not in ("staff", "thing") and _of_another(p, link_id, cells)
    ), None)


def _one_of(link_id: Profile, name: Profile) -> Doubt:
    """Both headers are a customer's, and one id has several names: one of them is another's, such as a ledger's."""
    def option(word: str, profile: Profile) -> Option:
        def take(draft: Draft) -> None:
            draft.link.insert(0, (word, [profile.header], "as you said"))

        return Option(f'"{profile.header}", such as {profile.first[0]}',
                      (f"# account: {{{word}: [{quoted(profile.header)}]}}",), take)

    return Doubt("account", f'"{link_id.header}" and "{name.header}" cannot both be the customer\'s: one id has '
                 "several names", [option("id", link_id), option("name", name)], [link_id.header, name.header])


def _ask(profiles: Sequence[Profile], draft: Draft) -> Doubt:
    found = [
        p for p in profiles if p.filled and p.header not in draft.key and whose(p.header) not in ("staff", "person")
        and not any(p.is_(one) for one in ("day", "flag", "email"))
        and (is_id(p.header) or not p.is_("number"))
    ][:6]

    def option(p: Profile) -> Option:
        word = "id" if is_id(p.header) or p.is_("number") else "name"

        def take(one: Draft) -> None:
            one.link.append((word, [p.header], "as you said"))

        return Option(f'"{p.header}" is the customer\'s {word}, such as {p.first[0]}', (), take)

    options = [option(p) for p in found]
    options.append(Option(
        "none of them: write it into the file",
        ("# account: {name: [HEADER]}   # or id, email, domain, subscription",),
    ))
    return Doubt("account", "no column seems to hold an account's id, e-mail address, domain or name", options)
