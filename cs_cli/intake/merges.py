"""Merges that a CRM reports of itself: "Merged Company IDs" of HubSpot, "MasterRecordId" of Salesforce.

Each is kept as an identity row of source 'merged', so that files may come in any order and an undo takes it back.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping

import msgspec

from cs_cli.intake.links import BILLING_KINDS, MERGED, Link, Ref, crm_merges
from cs_cli.store.change_sets import append_row
from cs_cli.store.refs import account_names


class Followed(msgspec.Struct, frozen=True):
    """The record `went` of a system became part of `stays`: what belonged to `account` belongs to `keep` now; both are
    one where a new record takes over the account of the one that went."""

    system: str
    went: str
    stays: str
    account: int
    keep: int


class Twin(msgspec.Struct, frozen=True):
    """A new record of a system that looks like an account which the system knows by another record."""

    ref: Ref
    account: int
    evidence: str


def note_merges(conn: sqlite3.Connection, change_set: int, system: str, pairs: Mapping[str, str]) -> bool:
    """Keep what a file says of merges: id that went → id that stays. True when it says something new."""
    new = False
    for went, stays in sorted(pairs.items()):
        if went == stays:
            continue
        values = {"account": None, "how": "merged", "evidence": stays}
        new |= append_row(conn, "identity", change_set, MERGED, f"{system}:{went}", None, values) != "unchanged"
    return new


def tell_merges(conn: sqlite3.Connection, change_set: int, followed: Iterable[Followed]) -> list[str]:
    """What a person reads of the merges that were followed."""
    found = list(followed)
    if not found:
        return []
    names = account_names(conn, {account for one in found for account in (one.account, one.keep)})
    ids = dict(conn.execute("SELECT account, account_id FROM account_registry").fetchall())
    said = [
        f"{one.system} merged {one.went} into {one.stays}: {_became(one, ids)} the account "
        f"{ids[one.keep]} {names.get(one.keep, '')}".rstrip()
        for one in found
    ]
    apart = [f", or cs accounts unlink {one.system}:{one.went}" for one in found if one.account != one.keep]
    return [*said, f"to take that back: cs imports undo {change_set}{''.join(apart[:1])}"]


def _became(one: Followed, ids: dict[int, str]) -> str:
    return "it is now the record of" if one.account == one.keep else f"all of {ids[one.account]} belongs to"


def tell_twins(conn: sqlite3.Connection, stage: str, twins: Iterable[Twin]) -> list[str]:
    """A new record looks like an account whose own record is not in the file: a merge that nobody said?"""
    ids = dict(conn.execute("SELECT account, account_id FROM account_registry").fetchall())
    said = []
    for twin in twins:
        now = conn.execute(
            "SELECT i.account FROM identity AS i WHERE i.source = 'match' AND i.key = ? AND i.retired_by IS NULL",
            (str(twin.ref.number),),
        ).fetchone()
        there = conn.execute(
            "SELECT 1 FROM identity AS i JOIN ref AS r ON r.id = i.ref WHERE i.account = ? AND i.retired_by IS NULL "
            f"AND r.system = ? AND r.external_id IN (SELECT key FROM {stage})", (twin.account, twin.ref.system),
        ).fetchone()
        if now is not None and now[0] != twin.account and there is None:
            said.append(
                f"{twin.ref.system} {twin.ref.external_id} is new and looks like the account {ids[twin.account]} "
                f"({twin.evidence}), which is not in this file. If these are one: "
                f"cs accounts merge {ids[twin.account]} {ids[now[0]]}"
            )
    return said


def follow(
    conn: sqlite3.Connection, refs: dict[int, Ref], before: dict[int, Link], links: dict[int, Link],
    made: dict[int, int], refused: set[str],
) -> list[Followed]:
    """Put the references of a merged record, and all that hung on its account, on the account that stays.

    Writes into links; what a person linked or refused stands. A record that is new takes over the account of
    the one that it swallowed (of several, one that is paid for), so that no account_id changes.
    """
    merges = crm_merges(conn)
    if not merges:
        return []
    number_of = {(ref.system, ref.external_id): number for number, ref in refs.items()}
    groups: dict[tuple[str, str], list[int]] = {}
    for (system, went), stays in merges.items():
        number = number_of.get((system, went))
        if number is not None:
            groups.setdefault((system, _last(merges, system, stays)), []).append(number)
    found: list[Followed] = []
    for (system, stays), gone in sorted(groups.items()):
        survivor = number_of.get((system, stays))
        if survivor is None:
            continue

        def account_of(number: int) -> int | None:
            link = links.get(number) or before.get(number)
            return None if link is None else link.account

        keep = account_of(survivor)
        if keep is None:
            if survivor in links:  # taken away by hand
                continue
            keep = _dearest(conn, refs, before, links, {one for one in map(account_of, gone) if one is not None})
            if keep is None:
                continue
            went = next(refs[number].external_id for number in gone if account_of(number) == keep)
            links[survivor] = Link(keep, "same_id", f"{system} {went} became part of it")
            found.append(Followed(system, went, stays, keep, keep))
        for number in sorted(gone):
            account, link = account_of(number), links.get(number)
            once = made.get(number, account)
            if link is not None and link.how in ("hand", "merged"):
                continue
            if account == keep:  # its record is history, and the other one leads
                links[number] = Link(keep, "merged", f"{system} {refs[number].external_id} became part of {stays}")
                continue
            if once is not None and f"account {min(once, keep)} account {max(once, keep)}" in refused:
                continue
            went = refs[number].external_id
            why = f"{system} {went} became part of {stays}"
            links[number] = Link(keep, "merged", why)
            if account is None:
                continue
            for other, its in {**before, **links}.items():
                if its.account == account:
                    links[other] = Link(keep, "hand" if its.how == "hand" else "merged", why)
            found.append(Followed(system, went, stays, account, keep))
    return found


def _last(merges: dict[tuple[str, str], str], system: str, stays: str) -> str:
    """The end of a chain of merges."""
    seen = {stays}
    while (further := merges.get((system, stays))) is not None and further not in seen:
        seen.add(further)
        stays = further
    return stays


def _dearest(
    conn: sqlite3.Connection, refs: dict[int, Ref], before: dict[int, Link], links: dict[int, Link],
    accounts: set[int],
) -> int | None:
    """The account that billing records hang on, the oldest of several."""
    if len(accounts) < 2:
        return next(iter(accounts), None)
    paid = {
        its.account for number, its in {**before, **links}.items() if its.account in accounts and any(
            conn.execute(f"SELECT 1 FROM {kind} WHERE ref = ? AND retired_by IS NULL LIMIT 1", (number,)).fetchone()
            for kind in BILLING_KINDS
        )
    }
    return min(paid & accounts or accounts)
