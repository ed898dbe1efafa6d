"""What a draft asks of the accounts that are known: whose ids a file holds, and whether its rows find their account."""

from __future__ import annotations

import sqlite3
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from functools import cached_property

import msgspec

from cs_cli.intake.links import SUBSCRIPTION, Link, Own, Ref, own_refs, subscription_holders
from cs_cli.intake.match import known_refs, standing
from cs_cli.intake.names import core_name, mail_domain, plain_domain
from cs_cli.intake.proofs import Proofs

SHORT = 8  # a plain number of fewer digits is in every system and proves nothing
HALF = 0.5
AGREE = 0.8


class Row(msgspec.Struct, frozen=True):
    """What one row of the file says of its customer; "" where it says nothing."""

    id: str
    name: str = ""
    email: str = ""
    domain: str = ""


class Match(msgspec.Struct, frozen=True):
    """Accounts of a system that bear the file's ids. compared: how many could be held against names or addresses;
    agree: how many of these are the same company."""

    system: str
    known: int
    asked: int
    compared: int
    agree: int
    short: bool

    @property
    def proved(self) -> bool:
        """The rest agrees; with nothing to compare, ids that no two systems share by accident."""
        if 2 * self.known < self.asked:
            return False
        if self.compared:
            return self.agree >= AGREE * self.compared
        return not self.short

    @property
    def refuted(self) -> bool:
        return self.compared > 0 and self.agree < AGREE * self.compared


class Known:
    """The accounts of a workspace, read once when something is asked."""

    def __init__(self, conn: sqlite3.Connection) -> None:
        self._conn = conn

    @cached_property
    def _proofs(self) -> Proofs:
        refs = known_refs(self._conn)
        links = standing(self._conn)
        found = Proofs(self._conn, refs)
        for own in own_refs(self._conn, refs):
            link = links.get(own.ref.number)
            if link is not None and link.account is not None:
                found.index.learn(own, link.account)
        found.learn_contacts(self._conn, links)
        self._linked = {
            (refs[number].system, refs[number].external_id): link.account for number, link in links.items()
            if link.account is not None and number in refs
        }
        return found

    @cached_property
    def _holders(self) -> set[str]:
        return {key for _, key in subscription_holders(self._conn)}

    @cached_property
    def count(self) -> int:
        """How many accounts there are."""
        return len(self._proofs.index.systems)

    @cached_property
    def _signs(self) -> dict[int, tuple[set[str], set[str]]]:
        """Account → (names without their form, domains)."""
        found: dict[int, tuple[set[str], set[str]]] = defaultdict(lambda: (set(), set()))
        for name, accounts in self._proofs.index.names.items():
            for one in accounts:
                found[one][0].add(core_name(name))
        for index in (self._proofs.index.domains, self._proofs.index.learnt):
            for domain, accounts in index.items():
                for one in accounts:
                    found[one][1].add(domain)
        return found

    def called(self, values: Iterable[str]) -> int:
        """How many of these are the name of exactly one account."""
        index = self._proofs.index.names
        names = Counter(core_name(name) for name, accounts in index.items() for _ in accounts)
        return sum(names[core_name(value)] == 1 for value in values if core_name(value))

    def systems(self, rows: Sequence[Row]) -> list[Match]:
        """Each system that knows one of the rows' ids, the one that knows most first."""
        self._proofs.index  # noqa: B018  reads `_linked`
        by_id: dict[str, list[Row]] = defaultdict(list)
        for row in rows:
            if row.id:
                by_id[row.id].append(row)
        found: dict[str, list[tuple[int, str]]] = defaultdict(list)
        for (system, text), account in self._linked.items():
            if text in by_id and account is not None:
                found[system].append((account, text))
        matches = []
        for system, pairs in found.items():
            verdicts = Counter(self._same(account, by_id[text]) for account, text in pairs)
            short = all(text.isdigit() and len(text) < SHORT for _, text in pairs)
            matches.append(Match(
                system, len(pairs), len(by_id), verdicts[True] + verdicts[False], verdicts[True], short,
            ))
        return sorted(matches, key=lambda one: (-one.known, one.system))

    def _same(self, account: int, rows: Iterable[Row]) -> bool | None:
        """Do the rows tell of this account? None where they hold nothing to compare."""
        names, domains = self._signs[account]
        verdict = None
        for row in rows:
            host = plain_domain(row.domain) or mail_domain(row.email) if row.domain or row.email else None
            if (row.name and core_name(row.name) in names) or (host and host in domains):
                return True
            if (row.name and names) or (host and domains):
                verdict = False
        return verdict

    def finds(self, system: str, ext: str, domain: str | None, name: str | None) -> bool:
        """Would an import link a row that names its account so?"""
        proofs = self._proofs
        if ext.startswith(SUBSCRIPTION):
            return ext.removeprefix(SUBSCRIPTION) in self._holders
        if (system, ext) in self._linked:
            return True
        own = Own(Ref(0, system, ext, domain, name), 20, True, name, domain)
        return isinstance(proofs.answer(own), Link)
