"""Which account a reference belongs to: by link, id, e-mail, domain or unique name; never by likeness.

`refresh` computes every identity anew from the current records and writes only the differences,
so the order in which files came in does not matter. What a person said (how = 'hand') stands.
"""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from dataclasses import dataclass

from msgspec import structs

from cs_cli.intake.links import (
    SUBSCRIPTION,
    Index,
    Link,
    Own,
    Ref,
    billing_refs,
    own_refs,
    refused_pairs,
    subscription_holders,
)
from cs_cli.intake.names import mail_domain, plain_domain, plain_name


@dataclass
class Matches:
    """What a refresh changed and left open. open: ref → why it has no account."""

    accounts_added: list[int]
    linked: int
    open: dict[int, str]


def refresh(conn: sqlite3.Connection, change_set: int, accounts_from: str | None) -> Matches:
    """Match every reference again and write the differences as identity rows of this change set.

    accounts_from: crm | billing | both; None makes accounts of billing customers as long as
    no CRM or canonical account is in.
    """
    refs = {
        row[0]: Ref(*row)
        for row in conn.execute("SELECT id, system, external_id, hint_domain, hint_name FROM ref ORDER BY id")
    }
    before = {
        int(row[0]): Link(row[1], row[2], row[3])
        for row in conn.execute(
            "SELECT key, account, how, evidence FROM identity WHERE source = 'match' AND retired_by IS NULL"
        )
    }
    matcher = _Matcher(conn, change_set, refs, before, refused_pairs(conn))
    matcher.run(accounts_from)
    linked = _write(conn, change_set, before, matcher.links)
    return Matches(matcher.created, linked, matcher.open)


# records that say nothing of who an account is, as long as they name references that are known
_SILENT = frozenset([
    "invoice", "ticket", "survey", "touch", "mrr_event", "deal", "usage", "note", "feedback", "attribute",
])


def nothing_to_match(conn: sqlite3.Connection, kind: str, accounts_from: str | None) -> bool:
    """After an import that taught nothing about references: would `refresh` write the links as they stand?

    So it is when every reference has its account and none of these was, or could be, made from billing.
    """
    if kind not in _SILENT or accounts_from in ("billing", "both"):
        return False
    crm, open_ref, billed = conn.execute(
        "SELECT EXISTS (SELECT 1 FROM account AS a JOIN source AS s ON s.name = a.source "
        "WHERE a.retired_by IS NULL AND s.role <> 'billing'), "
        "EXISTS (SELECT 1 FROM ref AS r WHERE NOT EXISTS (SELECT 1 FROM identity AS i "
        "WHERE i.ref = r.id AND i.retired_by IS NULL AND i.account IS NOT NULL)), "
        "EXISTS (SELECT 1 FROM identity WHERE retired_by IS NULL AND evidence LIKE '%, made from billing')"
    ).fetchone()
    return bool(crm and not open_ref and not billed)


class _Matcher:
    def __init__(
        self, conn: sqlite3.Connection, change_set: int, refs: dict[int, Ref], before: dict[int, Link],
        refused: set[str],
    ) -> None:
        self.conn = conn
        self.change_set = change_set
        self.refs = refs
        self.before = before
        self.refused = refused
        self.billing_refs = billing_refs(conn)
        self.links = {number: link for number, link in before.items() if link.how == "hand"}
        self.index = Index()
        self.made_from_billing = Index()
        self.created: list[int] = []
        self.open: dict[int, str] = {}
        self.registry: dict[str, int] = {
            row[1]: row[0] for row in conn.execute("SELECT account, account_id FROM account_registry")
        }
        # the account that was once made for a reference is used again, so numbers stay
        self.made: dict[int, int] = dict(
            conn.execute("SELECT ref, min(account) FROM identity WHERE how = 'own' GROUP BY ref").fetchall()
        )

        # accounts that were merged into another by hand
        self.merged = {
            account: link.account for number, account in self.made.items()
            if (link := self.links.get(number)) is not None and link.account is not None
        }

    def run(self, accounts_from: str | None) -> None:
        owns = own_refs(self.conn, self.refs)
        crm = [own for own in owns if not own.billing]
        billing = [own for own in owns if own.billing]
        creates = accounts_from in ("billing", "both") or (accounts_from is None and not crm)
        if accounts_from == "billing":
            crm, billing = billing, crm  # accounts come from billing; a CRM's own rows are matched to them
        self._remember_made(billing)
        self._settle_owns(crm)
        self._learn_by_hand(billing)
        self._learn_contacts()
        if creates or accounts_from == "billing":
            self._bill(billing if accounts_from != "billing" else [], owns)
        own_data = {own.ref.number: own for own in owns}
        later: list[Ref] = []
        for ref in self.refs.values():
            if ref.number in self.links:
                continue
            if ref.external_id.startswith(SUBSCRIPTION):
                later.append(ref)
                continue
            self._match(ref, own_data.get(ref.number))
        holders = subscription_holders(self.conn) if later else {}
        for ref in later:
            self._by_subscription(ref, holders)

    def _remember_made(self, billing: list[Own]) -> None:
        """Accounts that were made from billing keep their number when a CRM comes to know them."""
        by_ref = {own.ref.number: own for own in billing}
        for number in sorted(by_ref.keys() | self.billing_refs):
            link = self.before.get(number)
            if link is not None and link.how == "own" and link.account is not None:
                ref = self.refs[number]
                self.made_from_billing.learn(
                    by_ref.get(number) or Own(ref, 20, True, ref.name, ref.domain), link.account
                )

    def _settle_owns(self, owns: list[Own]) -> None:
        """Accounts of CRM and canonical sources: keep their account, else join another system's, else make one."""
        fresh: list[Own] = []
        for own in owns:
            link = self.links.get(own.ref.number) or self.before.get(own.ref.number)
            if link is not None and link.account is not None:
                self.links[own.ref.number] = link
                self.index.learn(own, link.account)
            elif link is None or link.how != "hand":
                fresh.append(own)
        for system in dict.fromkeys(own.ref.system for own in fresh):
            batch = [own for own in fresh if own.ref.system == system]
            found = [(own, self._same_company(own)) for own in batch]
            taken: dict[int, int] = defaultdict(int)
            for _, link in found:
                if link is not None and link.account is not None:
                    taken[link.account] += 1
            for own, link in found:
                # two accounts of one system never become one by themselves
                if link is None or link.account is None or taken[link.account] > 1:
                    link = Link(self._make(own.ref), "own", f"{own.ref.system} {own.ref.external_id}")
                self.links[own.ref.number] = link
                assert link.account is not None
                self.index.learn(own, link.account)

    def _same_company(self, own: Own) -> Link | None:
        if own.ref.number in self.made:
            return Link(self.made[own.ref.number], "own", f"{own.ref.system} {own.ref.external_id}")
        link = self._find(own)
        if link is None:
            link = self._find(own, self.made_from_billing)
        if link is not None and link.account is not None and own.ref.system in self.index.systems[link.account]:
            return None
        return link

    def _make(self, ref: Ref) -> int:
        """The account number for a new account; its id is the system's id, or system:id on a clash."""
        if ref.number in self.made:
            return self.made[ref.number]
        wanted = ref.external_id.removeprefix("name:").removeprefix("@")
        if wanted in self.registry:
            wanted = f"{ref.system}:{wanted}"
        if wanted in self.registry:
            return self.registry[wanted]
        cursor = self.conn.execute(
            "INSERT INTO account_registry (account_id, created_by) VALUES (?, ?)", (wanted, self.change_set)
        )
        number = int(cursor.lastrowid or 0)
        self.registry[wanted] = number
        self.created.append(number)
        return number

    def _learn_by_hand(self, billing: list[Own]) -> None:
        """What was linked by hand tells whose domain it is."""
        for own in billing:
            link = self.links.get(own.ref.number)
            if link is not None and link.account is not None and own.domain:
                self.index.learnt[own.domain].add(link.account)

    def _learn_contacts(self) -> None:
        """Domains and addresses from contacts whose account is certain (named by its id or by hand)."""
        rows = self.conn.execute(
            "SELECT ref, email FROM contact WHERE retired_by IS NULL AND email IS NOT NULL AND ref IS NOT NULL "
            "ORDER BY id"
        ).fetchall()
        for number, email in rows:
            ref = self.refs[number]
            account = self.index.own.get((ref.system, ref.external_id))
            if account is None and (link := self.links.get(number)) is not None:
                account = link.account
            if account is None and ref.is_id and ref.system == "cs":
                account = self._single(self.index.ids.get(ref.external_id))
            if account is None:
                continue
            address = email.casefold()
            self.index.emails[address].add(account)
            if domain := mail_domain(address):
                self.index.learnt[domain].add(account)

    def _bill(self, billing: list[Own], owns: list[Own]) -> None:
        """Billing customers become accounts where no account answers to them."""
        by_ref = {own.ref.number: own for own in owns}
        numbers = {own.ref.number for own in billing} | self.billing_refs
        alone = not self.index.own

        def order(number: int) -> tuple[bool, str, str]:
            link = self.before.get(number)
            # accounts that exist come first, so that a system that arrives later joins them
            return link is None or link.how != "own", self.refs[number].system, self.refs[number].external_id

        for number in sorted(numbers, key=order):
            ref = self.refs[number]
            if ref.external_id.startswith(SUBSCRIPTION):
                continue
            own = by_ref.get(number) or Own(ref, 20, True, ref.name, ref.domain)
            known = self.links.get(number)
            if known is not None:
                if known.how == "hand" and known.account is not None:
                    self.index.learn(own, known.account)
                continue
            link = None if alone and not self.index.own else self._find(own)
            if link is not None and link.account is not None and ref.system in self.index.systems[link.account]:
                link = None
            if link is None:
                link = Link(self._make(ref), "own", f"{ref.system} {ref.external_id}, made from billing")
                self.open.pop(number, None)
            self.links[number] = link
            assert link.account is not None
            self.index.learn(own, link.account)

    def _match(self, ref: Ref, own: Own | None) -> None:
        known = own or Own(ref, 20, True, None, None)
        link = self._find(structs.replace(known, name=known.name or ref.name, domain=known.domain or ref.domain))
        if link is not None:
            self.links[ref.number] = link

    def _find(self, own: Own, among: Index | None = None) -> Link | None:
        """The account that answers to a reference, and how; None with the reason kept in `open`."""
        link = self._answer(own, among or self.index)
        if link is not None and f"ref {own.ref.number} account {link.account}" in self.refused:
            self.open[own.ref.number] = "refused by hand"
            return None
        return link

    def _answer(self, own: Own, index: Index) -> Link | None:
        ref, name, domain, text = own.ref, own.name, own.domain, own.ref.external_id
        account = index.own.get((ref.system, text))
        if account is not None:
            return Link(account, "same_id", f"{ref.system} {text}")
        if ref.is_id and (account := self._by_id(ref, index)) is not None:
            return Link(account, "same_id", f"the id {text} in another system")
        why = "no account"
        if text.startswith("@"):
            domain = domain or plain_domain(text[1:])
        elif address := (own.email or (text if "@" in text else "")).casefold():
            if (account := self._single(index.emails.get(address))) is not None:
                return Link(account, "domain", f"contact {address}")
            domain = domain or mail_domain(address)
        if domain:
            # the account that says it owns the domain, before those that only know people there
            found = index.domains.get(domain) or index.learnt.get(domain)
            if (account := self._single(found)) is not None:
                return Link(account, "domain", domain)
            if found:
                why = f"{domain} is shared by {len(found)} accounts"
        name = name or (text[5:] if text.startswith("name:") else None)
        if name and (plain := plain_name(name)) and why == "no account":
            found = index.names.get(plain)
            if (account := self._single(found)) is not None:
                return Link(account, "name", name)
            if found:
                why = f'the name "{name}" belongs to {len(found)} accounts'
        self.open[ref.number] = why
        return None

    def _by_id(self, ref: Ref, index: Index) -> int | None:
        """The same id in another system. Short plain numbers are no evidence except for canonical files,
        whose account_id is meant to be the account's id."""
        text = ref.external_id
        if ref.system == "cs":
            account = self.registry.get(text)
            if account is not None:
                account = self.merged.get(account, account)
            if account is not None and account in index.systems:
                return account
        elif text.isdigit() and len(text) < 8:
            return index.own.get(("cs", text))
        return self._single(index.ids.get(text))

    def _by_subscription(self, ref: Ref, holders: dict[tuple[str, str], set[int]]) -> None:
        key = ref.external_id.removeprefix(SUBSCRIPTION)
        # a canonical file may name any system's subscription
        found = holders.get((ref.system if ref.system != "cs" else "", key), set())
        link = self.links.get(next(iter(found))) if len(found) == 1 else None
        if link is not None and link.account is not None:
            self.links[ref.number] = Link(link.account, "subscription", key)
        else:
            self.open[ref.number] = "no such subscription" if not found else "its subscription has no account"

    @staticmethod
    def _single(accounts: set[int] | None) -> int | None:
        return next(iter(accounts)) if accounts is not None and len(accounts) == 1 else None


def _write(conn: sqlite3.Connection, change_set: int, before: dict[int, Link], after: dict[int, Link]) -> int:
    gone = [str(number) for number, link in before.items() if after.get(number) != link]
    fresh = [(number, link) for number, link in sorted(after.items()) if before.get(number) != link]
    conn.executemany(
        "UPDATE identity SET retired_by = ? WHERE source = 'match' AND key = ? AND retired_by IS NULL",
        ((change_set, key) for key in gone),
    )
    conn.executemany(
        "INSERT INTO identity (source, key, import_id, ref, account, how, evidence) VALUES ('match', ?, ?, ?, ?, ?, ?)",
        ((str(n), change_set, n, link.account, link.how, link.evidence) for n, link in fresh),
    )
    return len(fresh)
