"""What proves whose a reference is: its id, an address of a contact, its domain, its name. Never likeness."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping

import msgspec

from cs_cli.intake.links import Index, Link, Own, Ref
from cs_cli.intake.names import company_domain, mail_domain, plain_address, plain_name


class Doubt(msgspec.Struct, frozen=True):
    """Why no account answers. question: proofs point at different accounts, so that a person decides."""

    why: str
    question: bool = False


class Proof(msgspec.Struct, frozen=True):
    """One sign and the accounts that bear it. how: the word kept with the link; evidence: the sign itself."""

    how: str
    evidence: str
    accounts: frozenset[int]
    says: str
    domain: bool = False


class Proofs:
    """What is known of the accounts, and what it proves."""

    def __init__(self, conn: sqlite3.Connection, refs: Mapping[int, Ref]) -> None:
        self.refs = refs
        self.index = Index()
        self.registry: dict[str, int] = {
            row[1]: row[0] for row in conn.execute("SELECT account, account_id FROM account_registry")
        }
        # accounts that became part of another one → that one
        self.merged: dict[int, int] = {}

    def learn_contacts(self, conn: sqlite3.Connection, links: Mapping[int, Link]) -> None:
        """Domains and addresses from contacts whose account is certain (named by its id or by hand)."""
        for number, email in conn.execute(
            "SELECT ref, email FROM contact WHERE retired_by IS NULL AND email IS NOT NULL AND ref IS NOT NULL "
            "ORDER BY id"
        ).fetchall():
            ref = self.refs[number]
            account = self.index.own.get((ref.system, ref.external_id))
            if account is None and (link := links.get(number)) is not None and link.how in ("hand", "merged"):
                account = link.account
            if account is None and ref.is_id and ref.system == "cs":
                account = single(self.index.ids.get(ref.external_id))
            if account is None:
                continue
            self.index.emails[plain_address(email)].add(account)
            if domain := mail_domain(email):
                self.index.learnt[domain].add(account)

    def answer(self, own: Own, index: Index | None = None) -> Link | Doubt:
        """The account that a reference belongs to, or why none is. Two proofs that differ are a question."""
        index = index or self.index
        ref, text = own.ref, own.ref.external_id
        account = index.own.get((ref.system, text))
        if account is not None:
            return Link(account, "same_id", f"{ref.system} {text}")
        if ref.is_id and ref.system == "cs" and (account := self._by_account_id(text, index)) is not None:
            return Link(account, "same_id", f"the id {text} in another system")
        proofs = list(self._proofs(own, index))
        # a shared domain tells nothing, and a name beside it is no better; an address that several know is no sign
        strong = [one for one in proofs if one.how != "name" and (one.domain or len(one.accounts) == 1)]
        weighed = strong or proofs
        chosen = next((one for one in weighed if len(one.accounts) == 1), None)
        if chosen is None:
            return Doubt(weighed[-1].says if weighed else "no account")
        against = next((one for one in proofs if not chosen.accounts <= one.accounts), None)
        if against is not None:
            return Doubt(f"{self._said(chosen)}, but {self._said(against)}: two proofs that differ", question=True)
        return Link(next(iter(chosen.accounts)), chosen.how, chosen.evidence)

    def _proofs(self, own: Own, index: Index) -> Iterable[Proof]:
        """Every sign that some account bears, the strongest first."""
        ref, name, domain, text = own.ref, own.name, own.domain, own.ref.external_id
        if ref.is_id and (account := self._by_id(ref, index)) is not None:
            evidence = f"the id {text} in another system"
            yield Proof("same_id", evidence, frozenset([account]), evidence)
        if text.startswith("@"):
            domain = domain or company_domain(text[1:])
        elif address := plain_address(own.email or (text if "@" in text else "")):
            if found := index.emails.get(address):
                says = f"{address} is a contact of {len(found)} accounts"
                yield Proof("domain", f"contact {address}", frozenset(found), says)
            domain = domain or mail_domain(address)
        # the account that says it owns the domain, before those that only know people there
        if domain and (found := index.domains.get(domain) or index.learnt.get(domain)):
            yield Proof("domain", domain, frozenset(found), f"{domain} is shared by {len(found)} accounts", True)
        name = name or (text[5:] if text.startswith("name:") else None)
        if name and (found := index.names.get(plain_name(name))):
            yield Proof("name", name, frozenset(found), f'the name "{name}" belongs to {len(found)} accounts')

    def _by_id(self, ref: Ref, index: Index) -> int | None:
        """The same id in another system. Short plain numbers are no evidence except for canonical files,
        whose account_id is meant to be the account's id."""
        text = ref.external_id
        if ref.system != "cs" and text.isdigit() and len(text) < 8:
            return index.own.get(("cs", text))
        return single(index.ids.get(text))

    def _by_account_id(self, text: str, index: Index) -> int | None:
        account = self.registry.get(text)
        if account is not None:
            account = self.merged.get(account, account)
        return account if account in index.systems else None

    def _said(self, proof: Proof) -> str:
        ids = {number: account_id for account_id, number in self.registry.items()}
        whose = " or ".join(sorted(ids.get(one, str(one)) for one in proof.accounts))
        return f"{proof.evidence} is {whose}"


def single(accounts: set[int] | None) -> int | None:
    """The one account of a set of one."""
    return next(iter(accounts)) if accounts is not None and len(accounts) == 1 else None

