"""What matching works on: references, accounts of their own, links, and the index of what is known."""

from __future__ import annotations

import sqlite3
from collections import defaultdict

import msgspec

from cs_cli.intake.names import company_domain, core_name, mail_domain, plain_address, plain_name

BILLING_KINDS = ("subscription", "contract", "invoice", "mrr_event")
SUBSCRIPTION = "subscription:"
# identity rows of this source are a CRM's own word for a merge: key "hubspot:101", evidence the id that stays
MERGED = "merged"
# so many customers of different names at one address in one file: a seller's or a bookkeeper's, which is no link
MANY = 3
# identity rows of this source say which pairs a person refused: key "ref 12 account 5", no ref, no account
REFUSED = "refused"


class Ref(msgspec.Struct, frozen=True):
    number: int
    system: str
    external_id: str
    domain: str | None
    name: str | None

    @property
    def is_id(self) -> bool:
        """Is it an id of the system, rather than an address or a name standing in for one?"""
        text = self.external_id
        return not ("@" in text or text.startswith(("name:", SUBSCRIPTION)))


class Own(msgspec.Struct, frozen=True):
    """A reference whose system exports it as an account of its own."""

    ref: Ref
    rank: int
    billing: bool
    name: str | None
    domain: str | None
    email: str | None = None


class Link(msgspec.Struct, frozen=True):
    """The answer for one reference: account None with how 'hand' is a refused match."""

    account: int | None
    how: str
    evidence: str


class Index(msgspec.Struct):
    """What is known of the accounts while references are being matched; values are sets of accounts."""

    ids: dict[str, set[int]] = msgspec.field(default_factory=lambda: defaultdict(set))
    own: dict[tuple[str, str], int] = msgspec.field(default_factory=dict)
    domains: dict[str, set[int]] = msgspec.field(default_factory=lambda: defaultdict(set))
    learnt: dict[str, set[int]] = msgspec.field(default_factory=lambda: defaultdict(set))
    names: dict[str, set[int]] = msgspec.field(default_factory=lambda: defaultdict(set))
    emails: dict[str, set[int]] = msgspec.field(default_factory=lambda: defaultdict(set))
    systems: dict[int, set[str]] = msgspec.field(default_factory=lambda: defaultdict(set))

    def learn(self, own: Own, account: int) -> None:
        self.ids[own.ref.external_id].add(account)
        self.own[(own.ref.system, own.ref.external_id)] = account
        self.systems[account].add(own.ref.system)
        if own.domain:
            self.domains[own.domain].add(account)
        if own.email:
            self.emails[plain_address(own.email)].add(account)
        if own.name and (name := plain_name(own.name)):
            self.names[name].add(account)


def refused_pairs(conn: sqlite3.Connection) -> set[str]:
    """The pairs that a person refused: "ref 12 account 5" (numbers of the store) or "account 3 account 5"."""
    return {row[0] for row in conn.execute(
        "SELECT key FROM identity WHERE source = ? AND retired_by IS NULL", (REFUSED,)
    )}


def own_refs(conn: sqlite3.Connection, refs: dict[int, Ref]) -> list[Own]:
    """Every reference with an account record of its own, in order of rank, system and id."""
    owns: dict[int, Own] = {}
    rows = conn.execute(
        "SELECT a.ref, s.name, s.rank, s.role, a.name, a.domain, a.email, a.key FROM account AS a JOIN source AS s "
        "ON s.name = a.source WHERE a.retired_by IS NULL AND a.ref IS NOT NULL ORDER BY s.rank, s.name, a.id"
    ).fetchall()
    named: dict[tuple[str, str], set[str]] = defaultdict(set)
    for _, source, _, _, name, _, email, key in rows:
        if email:
            named[source, plain_address(email)].add((name and core_name(name)) or key)
    for number, source, rank, role, name, domain, email, _ in rows:
        if email and len(named[source, plain_address(email)]) >= MANY:
            email = None
        host = (company_domain(domain) if domain else None) or (mail_domain(email) if email else None)
        old = owns.get(number)
        if old is None:
            owns[number] = Own(refs[number], rank, role == "billing", name, host, email)
        else:
            owns[number] = Own(
                old.ref, old.rank, old.billing and role == "billing", old.name or name, old.domain or host,
                old.email or email,
            )
    return sorted(owns.values(), key=lambda own: (own.rank, own.ref.system, own.ref.external_id))


def crm_merges(conn: sqlite3.Connection) -> dict[tuple[str, str], str]:
    """(system, id that went) → the id it became part of, as the CRM says."""
    found: dict[tuple[str, str], str] = {}
    for key, stays in conn.execute(
        "SELECT key, evidence FROM identity WHERE source = ? AND retired_by IS NULL ORDER BY key", (MERGED,)
    ):
        system, _, went = key.partition(":")
        found[system, went] = stays
    return found


def subscription_holders(conn: sqlite3.Connection) -> dict[tuple[str, str], set[int]]:
    """(system, subscription id) → the references that hold it; the system "" stands for any."""
    holders: dict[tuple[str, str], set[int]] = defaultdict(set)
    for system, key, ref in conn.execute(
        "SELECT source.system, s.key, s.ref FROM subscription AS s JOIN source ON source.name = s.source "
        "WHERE s.retired_by IS NULL AND s.ref IS NOT NULL"
    ):
        holders[(system, key)].add(ref)
        holders[("", key)].add(ref)
    return holders


def split_subscriptions(conn: sqlite3.Connection) -> set[tuple[str, str]]:
    """(system, subscription id) of those that a person linked to an account of their own."""
    return {
        (system, text.removeprefix(SUBSCRIPTION)) for system, text in conn.execute(
            "SELECT r.system, r.external_id FROM identity AS i JOIN ref AS r ON r.id = i.ref "
            "WHERE i.source = 'match' AND i.how = 'hand' AND i.account IS NOT NULL AND i.retired_by IS NULL "
            "AND substr(r.external_id, 1, 13) = ?", (SUBSCRIPTION,),
        )
    }


def billing_refs(conn: sqlite3.Connection) -> set[int]:
    union = " UNION ".join(
        f"SELECT DISTINCT ref FROM {kind} WHERE retired_by IS NULL AND ref IS NOT NULL" for kind in BILLING_KINDS
    )
    return {row[0] for row in conn.execute(union)}
