"""Likely pairs for a person to accept or refuse: references without an account, and accounts twice."""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Iterable
from itertools import combinations

import msgspec

from cs_cli.intake.likeness import Company, name_of, same_family, weigh
from cs_cli.intake.links import SUBSCRIPTION, refused_pairs
from cs_cli.intake.names import company_domain, mail_domain, plain_address
from cs_cli.intake.reviews import reviews
from cs_cli.intake.unmatched import list_unmatched

CHOICES = 3  # accounts proposed for one reference
SURE = 90  # of what would be a link were there none
CROWD = 60  # a word or beginning that more companies share tells nothing
_PLACES = {
    "phone": "telephone", "telephone": "telephone", "vat": "VAT number", "street": "address", "address": "address",
    "tax": "tax number",
}


class Pair(msgspec.Struct, frozen=True):
    """One proposal. key names it for good ("ref 12 account 5", "account 3 account 5"); ref is set for a
    reference without an account, with its rows (elsewhere: it has one, and points at another now); other for a
    second account (keep is the one to keep: the one that more systems know, else the older)."""

    key: str
    score: int
    keep: int
    account_id: str
    account: str
    evidence: str
    rows: int | None
    ref: int | None = None
    other: int | None = None
    called: str = ""
    name: str = ""
    elsewhere: bool = False


class Proposals(msgspec.Struct, frozen=True):
    """pairs: best first. alone: references with rows that nothing comes near, as (called, name, rows)."""

    pairs: list[Pair]
    alone: list[tuple[str, str, int]]


def propose(conn: sqlite3.Connection, least: int) -> Proposals:
    """Every likely pair of a score of `least` (0–100) and more that nobody refused, in stable order."""
    accounts = _accounts(conn)
    loose = _loose(conn)
    ids = dict(conn.execute("SELECT account, account_id FROM account_registry").fetchall())
    refused = refused_pairs(conn)
    every = [*accounts.values(), *loose]
    holders = _count(key for one in accounts.values() for key in {*one.domains, *one.learnt, *one.places})
    words = _count(word for one in every for word in {w for name in one.names for w in name.split()})
    blocks: dict[str, list[Company]] = defaultdict(list)
    for one in accounts.values():
        for key in _keys(one):
            blocks[key].append(one)
    pairs: list[Pair] = []
    for one in loose:
        near = {two.account: two for key in _keys(one) for two in _block(blocks, key)}
        found_here: list[Pair] = []
        for two in near.values():
            key = f"ref {one.ref} account {two.account}"
            score, said = weigh(one, two, holders, words)
            if score >= least and key not in refused and two.account is not None:
                found_here.append(Pair(key, score, two.account, ids[two.account], two.name, "; ".join(said), one.rows,
                                       ref=one.ref, called=one.label, name=one.name))
        pairs += sorted(found_here, key=lambda p: (-p.score, p.account_id))[:CHOICES]
    met: set[tuple[int, int]] = set()
    for key in blocks:
        for one, two in combinations(_block(blocks, key), 2):
            first, second = sorted((one, two), key=lambda c: (-c.rows, c.account or 0))
            low, high = sorted((first.account or 0, second.account or 0))
            name = f"account {low} account {high}"
            if low == high or (low, high) in met or name in refused:
                continue
            met.add((low, high))
            score, said = (0, []) if same_family(one, two) else weigh(one, two, holders, words)
            if score >= least and first.account is not None and second.account is not None:
                pairs.append(Pair(name, score, first.account, ids[first.account], first.name, "; ".join(said),
                                  None, other=second.account, called=ids[second.account], name=second.name))
    pairs += _elsewhere(conn, accounts, ids) if least <= SURE else []
    found = {pair.ref for pair in pairs}
    alone = [(one.label, one.name, one.rows) for one in loose if one.ref not in found]
    return Proposals(sorted(pairs, key=lambda p: (-p.score, p.called, p.account_id)), alone)


def _elsewhere(conn: sqlite3.Connection, accounts: dict[int, Company], ids: dict[int, str]) -> list[Pair]:
    """Links that stand although the files point at another account by now."""
    return [
        Pair(
            f"ref {one.ref.number} account {one.other}", SURE, one.other, ids[one.other], accounts[one.other].name,
            f"{one.evidence} is {ids[one.other]}; it stands with {ids[one.account]}", None, ref=one.ref.number,
            called=f"{one.ref.system}:{one.ref.external_id}", name=one.ref.name or "", elsewhere=True,
        )
        for one in reviews(conn) if one.other in accounts
    ]


def _block(blocks: dict[str, list[Company]], key: str) -> list[Company]:
    found = blocks.get(key, [])
    return found if len(found) <= CROWD else []


def _count(keys: Iterable[str]) -> dict[str, int]:
    counts: dict[str, int] = defaultdict(int)
    for key in keys:
        counts[key] += 1
    return counts


def _keys(one: Company) -> set[str]:
    """What two records must have one of in common to be compared at all."""
    keys = {f"d {domain}" for domain in one.domains | one.learnt}
    keys |= {f"d {domain.split('.', 1)[1]}" for domain in one.domains if domain.count(".") > 1}
    keys |= {f"m {email}" for email in one.emails} | {f"p {place}" for place in one.places}
    for name in (*one.names, *one.past):
        joined = name.replace(" ", "")
        words = name.split()
        keys |= {f"w {word}" for word in words if len(word) > 2} | {f"b {joined[:3]}", f"n {joined}"}
        # where many names begin alike, how they end tells them apart
        keys.add(f"e {words[0][:3]} {words[-1][:3]} {len(words)}")
    keys |= {f"n {domain.split('.', 1)[0].replace('-', '')}" for domain in one.domains}
    return keys


def _accounts(conn: sqlite3.Connection) -> dict[int, Company]:
    owner: dict[int, int] = dict(conn.execute(
        "SELECT ref, account FROM identity WHERE source = 'match' AND retired_by IS NULL AND account IS NOT NULL "
        "ORDER BY id"
    ).fetchall())
    found: dict[int, Company] = {}
    for account, called in conn.execute(
        "SELECT i.account, r.account_id FROM identity AS i JOIN account_registry AS r ON r.account = i.account "
        "WHERE i.source = 'match' AND i.retired_by IS NULL ORDER BY i.account, i.ref"
    ):
        one = found.setdefault(account, Company(called, account=account, family={called.casefold()}))
        one.rows += 1
    _describe(conn, {ref: found[account] for ref, account in owner.items() if account in found})
    for ref, email in conn.execute(
        "SELECT ref, email FROM contact WHERE retired_by IS NULL AND email IS NOT NULL AND ref IS NOT NULL"
    ):
        if (company := found.get(owner.get(ref, 0))) is not None:
            company.emails.add(plain_address(email))
            if domain := mail_domain(email):
                company.learnt.add(domain)
    for one in found.values():
        one.learnt -= one.domains
    return found


def _describe(conn: sqlite3.Connection, by_ref: dict[int, Company]) -> None:
    """Names (also earlier ones), domains, countries, parents and places from the account records."""
    for ref, name, domain, email, country, parent, key, retired in conn.execute(
        "SELECT a.ref, a.name, a.domain, a.email, a.country, a.parent, a.key, a.retired_by FROM account AS a "
        "LEFT JOIN source AS s ON s.name = a.source WHERE a.ref IS NOT NULL "
        "ORDER BY a.retired_by IS NOT NULL, coalesce(s.rank, 99), a.id"
    ):
        one = by_ref.get(ref)
        if one is None:
            continue
        if name and (plain := name_of(name)) and plain not in one.names:
            (one.names if retired is None else one.past)[plain] = name
        if retired is not None:
            continue
        one.family |= {text.casefold() for text in (key, name) if text}
        if host := (company_domain(domain) if domain else None) or (mail_domain(email) if email else None):
            one.domains.add(host)
        if email:
            one.emails.add(plain_address(email))
        if country:
            one.countries.add(country)
        if parent:
            one.parents.add(parent.casefold())
    for ref, name, value in conn.execute(
        "SELECT ref, name, value FROM attribute WHERE retired_by IS NULL AND value IS NOT NULL AND ref IS NOT NULL"
    ):
        kind = next((called for word, called in _PLACES.items() if word in name.casefold().split()), None)
        bare = "".join(c for c in value.casefold() if c.isalnum())
        if kind and len(bare) >= 6 and ref in by_ref:
            by_ref[ref].places[f"{kind}:{bare}"] = value


def _loose(conn: sqlite3.Connection) -> list[Company]:
    """References that hold rows and have no account."""
    found: dict[int, Company] = {}
    for one in list_unmatched(conn):
        if one.external_id.startswith(SUBSCRIPTION):
            continue
        text = one.external_id
        company = Company(f"{one.system}:{text}", ref=one.ref, rows=one.rows)
        name = one.name or (text[5:] if text.startswith("name:") else None)
        if name and (plain := name_of(name)):
            company.names[plain] = name
        domain = company_domain(one.domain or (text[1:] if text.startswith("@") else ""))
        if "@" in text and not text.startswith("@"):
            company.emails.add(plain_address(text))
            domain = domain or mail_domain(text)
        if domain:
            company.domains.add(domain)
        found[one.ref] = company
    _describe(conn, found)
    return list(found.values())
