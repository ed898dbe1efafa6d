"""Links that stand although the files point elsewhere by now: for a person to look at, never changed by an import."""

from __future__ import annotations

import sqlite3

import msgspec

from cs_cli.intake.links import SUBSCRIPTION, Link, Own, Ref, own_refs, refused_pairs
from cs_cli.intake.match import described, known_refs, standing
from cs_cli.intake.proofs import Doubt, Proofs


class Review(msgspec.Struct, frozen=True):
    """A link that stands although the files now point at another account. evidence: what points there."""

    ref: Ref
    account: int
    other: int
    evidence: str


def reviews(conn: sqlite3.Connection) -> list[Review]:
    """Links that no person made and that would be others if they were looked for today; those refused are left out."""
    refs, links, refused = known_refs(conn), standing(conn), refused_pairs(conn)
    proofs, owns = _known(conn, refs, links)
    found = []
    for number, link in sorted(links.items()):
        ref, mine = refs[number], owns.get(number)
        if link.how not in ("domain", "name") or link.account is None or (mine is not None and not mine.billing):
            continue
        answer = proofs.answer(described(ref, mine))
        if isinstance(answer, Doubt) or answer.account in (None, link.account):
            continue
        assert answer.account is not None
        if f"ref {number} account {answer.account}" not in refused:
            found.append(Review(ref, link.account, answer.account, answer.evidence))
    return found


def doubts(conn: sqlite3.Connection) -> dict[int, str]:
    """Reference without an account → why none answers to it."""
    refs, links = known_refs(conn), standing(conn)
    proofs, owns = _known(conn, refs, links)
    found = {}
    for number, ref in refs.items():
        if number not in links and not ref.external_id.startswith(SUBSCRIPTION):
            answer = proofs.answer(described(ref, owns.get(number)))
            if isinstance(answer, Doubt):
                found[number] = answer.why
    return found


def _known(
    conn: sqlite3.Connection, refs: dict[int, Ref], links: dict[int, Link]
) -> tuple[Proofs, dict[int, Own]]:
    """What the accounts are known by as their links stand, and the records of references that have one."""
    proofs, owns = Proofs(conn, refs), {}
    for own in own_refs(conn, refs):
        owns[own.ref.number] = own
        link = links.get(own.ref.number)
        if link is not None and link.account is not None and not own.billing:
            proofs.index.learn(own, link.account)
    proofs.learn_contacts(conn, links)
    return proofs, owns


def tell_reviews(conn: sqlite3.Connection) -> list[str]:
    """What a person reads of such links, if there are any."""
    count = len(reviews(conn))
    links = "1 link stands" if count == 1 else f"{count:,} links stand"
    return [f"{links} although the files now point at another account: cs accounts match"] if count else []
