"""What names a row of an unknown file, and what says whose it is: never a seller's address, a person, a product."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from itertools import combinations

from cs_cli.intake.header_words import ACCOUNT_WORDS, ID_WORDS, PLAIN, is_id, whose, words_of
from cs_cli.intake.names import core_name, mail_domain
from cs_cli.intake.profile import EMPTY, Profile
from cs_cli.intake.reader import Table
from cs_cli.intake.synonyms import NOUNS, best_fit, is_bare_id, names, nouns_of

LEAST = 0.5
ENOUGH = 3  # cells from which a value that is the same in all of them says something
LOOKED_AT = 20_000  # rows in which columns are held against each other
SHARED = 0.2
# rows of these kinds are events that nobody changes later: what they say is what they are
EVENTS = ("survey", "touch", "churn", "mrr_event")
_MORE = frozenset([
    "external", "crm", "hubspot", "salesforce", "sfdc", "stripe", "zendesk", "intercom", "chargebee", "billing", "name",
    "main", "master", "internal", "unique",
])


class Cells:
    """The first rows of a table by header, cells that say nothing as ""."""

    def __init__(self, table: Table) -> None:
        self._at = {header: at for at, header in enumerate(table.headers) if header}
        self._rows: list[Sequence[str]] = []
        for _, _, cells in table.rows():
            self._rows.append(list(cells))
            if len(self._rows) == LOOKED_AT:
                break

    def column(self, header: str) -> list[str]:
        at = self._at[header]
        return ["" if (text := row[at].strip()).casefold() in EMPTY else text for row in self._rows]

    def together(self, one: str, other: str) -> dict[str, set[str]]:
        """Value of the one → the values of the other beside it."""
        found: dict[str, set[str]] = defaultdict(set)
        for left, right in zip(self.column(one), self.column(other), strict=True):
            if left and right:
                found[left.casefold()].add(core_name(right) or right)
        return found

    def unique(self, headers: Sequence[str]) -> bool:
        """Is no row without one of these, and no two alike in all of them?"""
        rows = list(zip(*(self.column(header) for header in headers), strict=True))
        return bool(rows) and all(any(row) for row in rows) and len(set(rows)) == len(rows)


def is_account_id(profile: Profile) -> bool:
    """Does the column hold the id of the customer: by its header, or by its cells under a header such as "Customer"?"""
    if not profile.filled or whose(profile.header) != "account":
        return False
    words = set(words_of(profile.header))
    if is_id(profile.header):
        # "payable account id" may be a ledger's, "bill to customer id" somebody else's: asked about
        return not words - ACCOUNT_WORDS - ID_WORDS - _MORE - PLAIN
    return not words - ACCOUNT_WORDS and _like_ids(profile.sample)


def _like_ids(sample: Sequence[str]) -> bool:
    """Every cell has a digit and no space: cus_1A, 4711; "Company_0" and "Acme" are names."""
    plain = [text for text in sample if any(c.isdigit() for c in text) and " " not in text and "@" not in text]
    return bool(sample) and len(plain) == len(sample) and not all("company" in text.casefold() for text in sample)


def is_account_name(profile: Profile, kind: str) -> bool:
    """Is it the customer's name? Never a person's,
    a seller's or a product's; a bare "Name" only where rows are customers."""
    header = profile.header
    if kind != "account":
        header = " ".join(word for word in words_of(header) if word not in nouns_of(kind)) or header
    if not profile.filled or best_fit("account", "name", header) < LEAST:
        return False
    of = whose(header)
    if of not in ("account", None) or (of is None and kind != "account"):
        return False
    if is_id(header) and "name" not in words_of(header):
        return False
    return not (is_account_id(profile) or any(profile.is_(one) for one in ("email", "number", "day", "flag")))


def account_ids(profiles: Sequence[Profile]) -> list[Profile]:
    """Columns of the customer's id, the plainest header first."""
    found = [p for p in profiles if is_account_id(p)]

    def order(p: Profile) -> tuple[int, int]:
        return len(set(words_of(p.header)) - ACCOUNT_WORDS - ID_WORDS), -p.filled

    return sorted(found, key=order)


def one_for_all(profile: Profile) -> bool:
    """One address, or one domain, in every row is the system's or one's own and tells no two accounts apart."""
    if profile.filled < ENOUGH or not (profile.is_("email") or profile.is_("domain")):
        return False
    return profile.tested == 1 or (profile.is_("domain") and len(set(map(_host, profile.sample))) == 1)


def _host(text: str) -> str:
    from cs_cli.intake.values import BadValue
    from cs_cli.intake.values.email import domain_of

    try:
        return domain_of(text) or text
    except BadValue:
        return text


def not_the_customers(
    profile: Profile, customer: Profile | None, cells: Cells, own: Collection[str]
) -> str | None:
    """Why a column of addresses is not the customer's: its header names a seller, the addresses are one's own, one of
    them stands beside several customers. None when nothing speaks against it."""
    if whose(profile.header) == "staff":
        return "its header names one's own people"
    hosts = [mail_domain(text) for text in profile.sample]
    if hosts and sum(host in own for host in hosts) > HALF * len(hosts):
        return "most of its addresses are of your own domain"
    if customer is not None and customer is not profile:
        beside = cells.together(profile.header, customer.header)
        several = {text: len(found) for text, found in beside.items() if len(found) > 1}
        if several and sum(len(found) for text, found in beside.items() if text in several) > SHARED * sum(
            len(found) for found in beside.values()
        ):
            most = max(sorted(several), key=lambda text: several[text])
            return f'{most} stands beside {several[most]:,} different values of "{customer.header}"'
    return None


HALF = 0.5


def find_key(kind: str, profiles: Sequence[Profile], cells: Cells) -> tuple[list[str], str, str | None]:
    """(headers of the key, the proof, key_from); no headers and no key_from where nothing tells rows apart."""
    one = id_key(kind, profiles)
    if one is not None:
        return [one.header], f"in all {one.rows:,} rows, no two the same", None
    ids = [p for p in profiles if is_id(p.header) and p.filled and (
        names(kind, p.header) or is_bare_id(kind, p.header) or (kind in EVENTS and "event" in words_of(p.header))
    )]
    if kind in ("account", "contact", "subscription", "contract") and not ids:
        for p in _natural(kind, profiles):
            if p.is_key:
                told = {"email": "an address", "name": "a name"}["email" if p.is_("email") else "name"]
                why = f"{told} in all {p.rows:,} rows, no two the same; one that changes is a new record"
                return [p.header], why, None
    if kind in EVENTS and not ids:
        return [], "no column names a row: the whole row is the key", "row"
    if kind in ("subscription", "contract", "deal", "ticket") and not ids:
        for headers in _pairs(kind, profiles):
            if cells.unique(headers):
                return list(headers), "together in every row, and different in each", None
    return [], "", None


def id_key(kind: str, profiles: Sequence[Profile]) -> Profile | None:
    """The column that names a row: an id that every row has and no two share."""
    found = [p for p in profiles if p.is_key and (is_id(p.header) or _named_as(kind, p))
             and not (p.is_("day") and p.timed)]
    if kind == "account":
        found = [p for p in found if is_account_id(p) or whose(p.header) is None]
    else:
        # an account's id is a row's key only where rows have no id of their own
        found = [p for p in found if not names("account", p.header)] or [
            p for p in found if kind != "contact" and not any(
                {"id", "uuid", "guid", "key"} & set(words_of(o.header)) and not names("account", o.header)
                for o in profiles
            )
        ]

    def order(profile: Profile) -> tuple[bool, bool, bool, int]:
        other = any(names(one, profile.header) for one in NOUNS if one != kind)
        bare = is_bare_id(kind, profile.header)
        return not (bare and names(kind, profile.header)), not bare, other, list(profiles).index(profile)

    best = min(found, key=order, default=None)
    # the id of another thing that happens to be different in each row is no proof
    if best is not None and not is_bare_id(kind, best.header) and (
        whose(best.header) in ("staff", "thing") and not names(kind, best.header)
    ):
        return None
    return best


def _named_as(kind: str, profile: Profile) -> bool:
    """Ids under the bare name of what a row is: "Contract" of K-1, K-2."""
    words = set(words_of(profile.header))
    return kind != "account" and bool(words) and words <= nouns_of(kind) and _like_ids(profile.sample)


def _natural(kind: str, profiles: Sequence[Profile]) -> Iterator[Profile]:
    """Columns that name a row where it has no id: a contact by its address, a customer by id, name or address."""
    if kind == "contact":
        yield from (p for p in profiles if p.is_("email") and whose(p.header) != "staff")
        return
    yield from (p for p in profiles if is_account_id(p))
    yield from (p for p in profiles if is_account_name(p, kind))
    yield from (p for p in profiles if p.is_("email") and whose(p.header) in ("account", None))


def _pairs(kind: str, profiles: Sequence[Profile]) -> Iterator[tuple[str, ...]]:
    """Columns that may name a row together: the customer with what it has, or since when."""
    whom = [p for p in profiles if is_account_id(p) or is_account_name(p, kind)]
    what = [p for p in profiles if p.filled and any(
        best_fit(kind, column, p.header) >= LEAST for column in ("plan", "product", "started_on", "start_on", "name",
        "opened_at")
    ) and p not in whom]
    for size in (1, 2):
        for one in whom:
            for more in combinations(what, size):
                yield (one.header, *(p.header for p in more))
