"""Which account a reference belongs to: by link, id, e-mail, domain or unique name; never by likeness.

A link that stands stays: `refresh` looks for accounts only for references that have none. What moves a
link is a person (how = 'hand'), the CRM's own word for a merge, and an undo. Where the files point elsewhere by now,
`intake.reviews` says so.
"""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Collection, Iterator

import msgspec
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
from cs_cli.intake.merges import Followed, Twin, follow
from cs_cli.intake.names import company_domain
from cs_cli.intake.proofs import Doubt, Proofs, single


class Matches(msgspec.Struct):
    """What a refresh changed and left open. open: ref → why it has no account. followed: merges of a CRM.
    twins: new records of a system that look like an account which the system knows as another record."""

    accounts_added: list[int]
    linked: int
    open: dict[int, str]
    followed: list[Followed]
    twins: list[Twin]


def refresh(
    conn: sqlite3.Connection, change_set: int, accounts_from: str | None, *, anew: Collection[int] = ()
) -> Matches:
    """Find the account of every reference without one, and write the links as identity rows of this change set.

    accounts_from: crm | billing | both; None makes accounts of billing customers as long as
    no CRM or canonical account is in. anew: references whose links are thought over, because of an undo.
    """
    matcher = _Matcher(conn, change_set, known_refs(conn), standing(conn), refused_pairs(conn), anew)
    followed = matcher.run(accounts_from)
    linked = _write(conn, change_set, matcher.before, matcher.links)
    return Matches(matcher.created, linked, matcher.open, followed, matcher.twins)


def standing(conn: sqlite3.Connection) -> dict[int, Link]:
    """Reference → its link as it stands; account None where a person took it away."""
    return {
        int(row[0]): Link(row[1], row[2], row[3])
        for row in conn.execute(
            "SELECT key, account, how, evidence FROM identity WHERE source = 'match' AND retired_by IS NULL"
        )
    }


def known_refs(conn: sqlite3.Connection) -> dict[int, Ref]:
    """Every reference; the domain of a provider tells nothing and is left out."""
    return {
        number: Ref(number, system, text, company_domain(domain) if domain else None, name)
        for number, system, text, domain, name in conn.execute(
            "SELECT id, system, external_id, hint_domain, hint_name FROM ref ORDER BY id"
        )
    }


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


def described(ref: Ref, own: Own | None) -> Own:
    """A reference with all it is known by: its own record, else what the rows that name it say."""
    known = own or Own(ref, 20, True, None, None)
    return structs.replace(known, name=known.name or ref.name, domain=known.domain or ref.domain)


class _Matcher:
    def __init__(
        self, conn: sqlite3.Connection, change_set: int, refs: dict[int, Ref], before: dict[int, Link],
        refused: set[str], anew: Collection[int],
    ) -> None:
        self.conn = conn
        self.change_set = change_set
        self.refs = refs
        self.before = before
        self.refused = refused
        self.anew = anew
        self.billing_refs = billing_refs(conn)
        self.links = {number: link for number, link in before.items() if link.how == "hand"}
        self.proofs = Proofs(conn, refs)
        self.index = self.proofs.index
        self.made_from_billing = Index()
        self.created: list[int] = []
        self.twins: list[Twin] = []
        self.apart: dict[str, set[int]] = defaultdict(set)
        for number, link in self.links.items():
            if link.account is not None and refs[number].external_id.startswith(SUBSCRIPTION):
                self.apart[refs[number].external_id].add(link.account)
        self.open: dict[int, str] = {}
        # the account that was once made for a reference is used again, so numbers stay
        self.made: dict[int, int] = dict(
            conn.execute("SELECT ref, min(account) FROM identity WHERE how = 'own' GROUP BY ref").fetchall()
        )

    def run(self, accounts_from: str | None) -> list[Followed]:
        owns = own_refs(self.conn, self.refs)
        crm = [own for own in owns if not own.billing]
        billing = [own for own in owns if own.billing]
        creates = accounts_from in ("billing", "both") or (accounts_from is None and not crm)
        if accounts_from == "billing":
            crm, billing = billing, crm  # accounts come from billing; a CRM's own rows are matched to them
        followed = follow(self.conn, self.refs, self.before, self.links, self.made, self.refused)
        self._remember_made(billing)
        self._settle_owns(crm)
        followed += follow(self.conn, self.refs, self.before, self.links, self.made, self.refused)
        self._keep_made(billing, creates)
        self._keep()
        self._learn_merged()
        self._learn_by_hand(billing)
        self.proofs.learn_contacts(self.conn, self.links)
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
        return followed

    def _remember_made(self, billing: list[Own]) -> None:
        """Accounts that were made from billing keep their number when a CRM comes to know them."""
        for own, account in self._once_made(billing):
            self.made_from_billing.learn(own, account)

    def _once_made(self, billing: list[Own]) -> Iterator[tuple[Own, int]]:
        by_ref = {own.ref.number: own for own in billing}
        for number in sorted(by_ref.keys() | self.billing_refs):
            link = self.before.get(number)
            if link is not None and link.how == "own" and link.account is not None:
                ref = self.refs[number]
                yield by_ref.get(number) or Own(ref, 20, True, ref.name, ref.domain), link.account

    def _keep_made(self, billing: list[Own], creates: bool) -> None:
        """An account made from billing stays while it is paid for, while billing makes accounts, or once a CRM
        knows it; without any of these the customer is only somebody that a CRM may still come to know."""
        for own, account in self._once_made(billing):
            number = own.ref.number
            if number not in self.links and (
                creates or number in self.billing_refs or account in self.index.systems
            ):
                self.links[number] = self.before[number]
                if not creates:
                    self.index.learn(own, account)

    def _keep(self) -> None:
        """Every other link stands as long as its account does."""
        there = {link.account for link in self.links.values() if link.account is not None}
        for number, link in self.before.items():
            if (
                number not in self.links and link.how != "own" and link.account in there
                and number not in self.anew and not self._is_refused(number, link)
                # those that name a subscription go where it goes
                and not self.refs[number].external_id.startswith(SUBSCRIPTION)
            ):
                self.links[number] = link

    def _is_refused(self, number: int, link: Link) -> bool:
        return f"ref {number} account {link.account}" in self.refused

    def _learn_merged(self) -> None:
        """What is called by the id of an account that became part of another one belongs to that one."""
        for number, account in self.made.items():
            link = self.links.get(number)
            if link is not None and link.account not in (None, account) and link.how in ("hand", "merged"):
                assert link.account is not None
                self.proofs.merged[account] = link.account

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
        answers = [self.proofs.answer(own), self.proofs.answer(own, self.made_from_billing)]
        links = [one for one in answers if isinstance(one, Link) and not self._is_refused(own.ref.number, one)]
        if any(isinstance(one, Doubt) and one.question for one in answers) or len({one.account for one in links}) != 1:
            return None
        link = links[0]
        if link.account is not None and own.ref.system in self.index.systems[link.account]:
            self.twins.append(Twin(own.ref, link.account, link.evidence))
            return None
        return link

    def _make(self, ref: Ref) -> int:
        """The account number for a new account; its id is the system's id, or system:id on a clash."""
        if ref.number in self.made:
            return self.made[ref.number]
        registry = self.proofs.registry
        wanted = ref.external_id.removeprefix("name:").removeprefix("@")
        if wanted in registry:
            wanted = f"{ref.system}:{wanted}"
        if wanted in registry:
            return registry[wanted]
        cursor = self.conn.execute(
            "INSERT INTO account_registry (account_id, created_by) VALUES (?, ?)", (wanted, self.change_set)
        )
        number = int(cursor.lastrowid or 0)
        registry[wanted] = number
        self.created.append(number)
        return number

    def _learn_by_hand(self, billing: list[Own]) -> None:
        """What was linked by hand tells whose domain it is."""
        for own in billing:
            link = self.links.get(own.ref.number)
            if link is not None and link.how == "hand" and link.account is not None and own.domain:
                self.index.learnt[own.domain].add(link.account)

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
                if known.account is not None:
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
        link, old = self._find(described(ref, own)), self.before.get(ref.number)
        if link is None and old is not None and ref.number in self.anew and old.account in self.index.systems:
            link = old  # thought over, and nobody else answers to it
        if link is not None:
            self.links[ref.number] = link
            self.open.pop(ref.number, None)

    def _find(self, own: Own) -> Link | None:
        """The account that answers to a reference, and how; None with the reason kept in `open`."""
        answer = self.proofs.answer(own)
        if isinstance(answer, Doubt):
            self.open[own.ref.number] = answer.why
            return None
        if self._is_refused(own.ref.number, answer):
            self.open[own.ref.number] = "refused by hand"
            return None
        return answer

    def _by_subscription(self, ref: Ref, holders: dict[tuple[str, str], set[int]]) -> None:
        key = ref.external_id.removeprefix(SUBSCRIPTION)
        # one that a person linked by itself takes with it what canonical files say of it
        if ref.system == "cs" and (apart := single(self.apart.get(ref.external_id))) is not None:
            self.links[ref.number] = Link(apart, "subscription", key)
            return
        # a canonical file may name any system's subscription
        found = holders.get((ref.system if ref.system != "cs" else "", key), set())
        link = self.links.get(next(iter(found))) if len(found) == 1 else None
        if link is not None and link.account is not None:
            self.links[ref.number] = Link(link.account, "subscription", key)
        else:
            self.open[ref.number] = "no such subscription" if not found else "its subscription has no account"


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
