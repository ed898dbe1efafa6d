"""A source drafted from a file: what each column seems to be, with the proof, and what could not be told.

Nothing is guessed in silence: a column that reads two ways stands there both ways, commented out,
under a line that begins with DECIDE.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date

from cs_cli.base.errors import UsageError
from cs_cli.intake.draft_columns import Choice, Facts, read_column
from cs_cli.intake.profile import Profile
from cs_cli.intake.synonyms import COLUMNS, NEEDED, NOUNS, best_fit, is_bare_id, is_id, names, words_of
from cs_cli.intake.values import BadValue
from cs_cli.intake.values.choice import flag
from cs_cli.intake.values.email import domain_of
from cs_cli.store.kinds import KINDS, USAGE_COLUMNS

LEAST = 0.5
MARGIN = 1.0
ENOUGH = 3  # cells from which a value that is the same in all of them says something
ROLES = {
    "subscription": "billing", "invoice": "billing", "mrr_event": "billing", "contract": "billing",
    "ticket": "support", "survey": "survey", "usage": "product",
}
FITS = {
    "day": ("day",), "money": ("number",), "number": ("number",), "integer": ("whole",), "percent": ("percent",),
    "flag": ("flag",), "email": ("email",), "domain": ("domain",),
}
# columns whose cells are of another type than the record keeps
SPECIAL = {
    "email": "email", "requester_email": "email", "domain": "domain", "opened_at": "day", "closed_at": "day",
    "first_response_hours": "text",
}


@dataclass
class Draft:
    """What `draft_text.write` turns into a commented YAML file.

    key: headers, with the proof; link: lines of `account:` as (word, headers, proof); doubts: what
    nobody can tell from the file, apart from the columns' own; metrics: headers of a wide usage table; skip: marks of
    deleted rows as (header, words, proof); encoding: in which the file was read, when that is not UTF-8; ends: (what an
    end is, or None to be decided, the proof), see draft_ends.py.
    """

    file: str
    source: str
    system: str
    kind: str
    why: str
    rows: int
    width: int
    key: list[str] = field(default_factory=list)
    key_why: str = ""
    link: list[tuple[str, list[str], str]] = field(default_factory=list)
    columns: list[Choice] = field(default_factory=list)
    doubts: list[str] = field(default_factory=list)
    assumed: list[str] = field(default_factory=list)
    unread: list[Profile] = field(default_factory=list)
    metrics: list[str] = field(default_factory=list)
    skip: list[tuple[str, list[str], str]] = field(default_factory=list)
    ends: tuple[str | None, str] | None = None
    encoding: str | None = None

    @property
    def role(self) -> str:
        return ROLES.get(self.kind, "crm")

    @property
    def undecided(self) -> int:
        """How many places a person has to settle."""
        asked = self.ends is not None and self.ends[0] is None
        return len(self.doubts) + sum(not choice.decided for choice in self.columns) + asked


def make_draft(
    profiles: Sequence[Profile], *, file: str, stem: str, kind: str | None, system: str | None, day: date,
    currency: str, systems_of: Callable[[Sequence[str]], tuple[str, int] | None],
) -> Draft:
    """Draft a source. stem: the file's name without ending; systems_of: ids → (system that knows most of
    them, how many). Raises UsageError IMP-245 when the kind of record cannot be told and none is given."""
    chosen, why = (kind, "as asked for") if kind else _kind(profiles, stem)
    key, link_id = _key(chosen, profiles, stem), None
    if chosen != "account":
        link_id = _account_id(profiles)
    known = systems_of(link_id.sample) if link_id is not None else None
    slug = "".join(c if c.isascii() and c.isalnum() else "_" for c in stem.casefold()).strip("_") or "own"
    draft = Draft(
        file, slug[:60], system or (known[0] if known else _system(slug)), chosen, why, profiles[0].rows, len(profiles)
    )
    used = {profile.header for profile in (key, link_id) if profile is not None}
    _say_key(draft, key, profiles)
    _say_link(draft, key, link_id, known, profiles, used)
    facts = Facts(chosen, day, currency, profiles)
    for column, profile in _assign(chosen, profiles, used).items():
        used.add(profile.header)
        draft.columns.append(read_column(column, profile, facts))
    _say_deleted(draft, profiles, used)
    if chosen == "usage":
        _usage(draft, profiles, used, facts)
    if chosen == "survey":
        _survey_kind(draft)
    _say_needed(draft)
    draft.assumed.extend(facts.assumed)
    draft.unread = [profile for profile in profiles if profile.header not in used]
    return draft


def _kind(profiles: Sequence[Profile], stem: str) -> tuple[str, str]:
    scores: dict[str, float] = {}
    for kind in COLUMNS:
        key = _key(kind, profiles, stem)
        used = {key.header} if key is not None else set()
        found = _assign(kind, profiles, used)
        score = sum(best_fit(kind, column, profile.header) for column, profile in found.items())
        score += 2.0 * (key is not None and names(kind, key.header)) + 2.0 * names(kind, stem)
        missing = [column for column in NEEDED.get(kind, ()) if column not in found]
        linked = kind == "account" or any(
            p is not key and (names("account", p.header) or p.is_("email") or names("subscription", p.header))
            for p in profiles
        )
        scores[kind] = score - 2.5 * (len(missing) + (not linked))
    ranked = sorted(scores, key=lambda kind: (-scores[kind], kind))
    best, second = ranked[0], ranked[1]
    if scores[best] < 2 or scores[best] - scores[second] < MARGIN:
        raise UsageError.of(
            "IMP-245", "what a row of this file is cannot be told from its headers",
            expected=", ".join(kind for kind in ranked[:4] if scores[kind] > 0) or ", ".join(sorted(COLUMNS)),
            next=f"cs sources new FILE --kind {best}, or another kind of cs import --template",
        )
    return best, "by its headers and its name" if names(best, stem) else "by its headers"


def _key(kind: str, profiles: Sequence[Profile], stem: str) -> Profile | None:
    """The column that names a row: an id that every row has and no two share."""
    found = [p for p in profiles if p.is_key and is_id(p.header)]
    if kind == "account":
        found = [p for p in found if names("account", p.header) or len(words_of(p.header)) <= 2]
    else:
        # an account's id is a row's key only where rows have no id of their own
        found = [p for p in found if not names("account", p.header)] or [
            p for p in found if not any(
                {"id", "uuid", "guid", "key"} & set(words_of(o.header)) and not names("account", o.header)
                for o in profiles
            )
        ]

    def order(profile: Profile) -> tuple[bool, bool, bool, int]:
        other = any(names(one, profile.header) for one in NOUNS if one != kind)
        bare = is_bare_id(kind, profile.header)
        return not (bare and names(kind, profile.header)), not bare, other, list(profiles).index(profile)

    return min(found, key=order, default=None)


def _one_for_all(profile: Profile) -> bool:
    """One address, or one domain, in every row is the system's or one's own and tells no two accounts apart."""
    if profile.filled < ENOUGH or not (profile.is_("email") or profile.is_("domain")):
        return False
    return profile.tested == 1 or (profile.is_("domain") and len(set(map(_domain, profile.sample))) == 1)


def _domain(text: str) -> str | None:
    try:
        return domain_of(text)
    except BadValue:
        return text


def _account_id(profiles: Sequence[Profile]) -> Profile | None:
    found = [p for p in profiles if p.filled and names("account", p.header) and is_id(p.header)]
    return max(found, key=lambda p: p.filled, default=None)


def _system(slug: str) -> str:
    """The name of the system in a file name such as acme_subscriptions; else "own"."""
    nouns = {words_of(noun)[0] for kind in NOUNS for noun in NOUNS[kind]}
    words = [word for word in slug.split("_") if word and not word.isdigit() and not set(words_of(word)) & nouns]
    return words[0] if words else "own"


def _assign(kind: str, profiles: Sequence[Profile], used: set[str]) -> dict[str, Profile]:
    """Record column → file column: the best fitting header whose cells are of the column's type."""
    types = {**(USAGE_COLUMNS if kind == "usage" else KINDS[kind])}
    if kind == "subscription":
        types["mrr"] = "money"
    ranked = sorted(
        ((best_fit(kind, column, p.header), column, p) for column in COLUMNS[kind] for p in profiles
         if p.header not in used and p.filled),
        key=lambda one: (-one[0], list(COLUMNS[kind]).index(one[1])),
    )
    found: dict[str, Profile] = {}
    taken: set[str] = set()
    for score, column, profile in ranked:
        if score < LEAST or column in found or profile.header in taken:
            continue
        if column == "amount" and {"arr", "mrr", "annual", "paid"} & set(words_of(profile.header)):
            continue
        wanted = SPECIAL.get(column, types[column])
        if wanted in FITS and not any(profile.is_(one) for one in FITS[wanted]):
            continue
        if wanted == "domain" and _one_for_all(profile):
            continue
        if column == "started_on" and "trial" in words_of(profile.header):
            continue
        found[column] = profile
        taken.add(profile.header)
    order = list(COLUMNS[kind])
    return {column: found[column] for column in sorted(found, key=order.index)}


def _say_key(draft: Draft, key: Profile | None, profiles: Sequence[Profile]) -> None:
    if draft.kind == "usage":
        draft.key_why = "usage needs no key: account, metric and day tell values apart"
        return
    if key is not None:
        draft.key, draft.key_why = [key.header], f"in all {key.rows:,} rows, no two the same"
        return
    said = []
    for profile in profiles:
        if is_id(profile.header) and profile.twice is not None:
            value, first, second = profile.twice
            said.append(f'"{profile.header}" is no key: "{value}" stands on lines {first} and {second}')
        elif is_id(profile.header) and profile.filled < profile.rows:
            said.append(f'"{profile.header}" is no key: {profile.rows - profile.filled:,} rows lack it')
    draft.doubts.append("key: no column is in every row and different in each. " + "; ".join(said))


def _say_link(
    draft: Draft, key: Profile | None, link_id: Profile | None, known: tuple[str, int] | None,
    profiles: Sequence[Profile], used: set[str],
) -> None:
    if draft.kind == "account":
        draft.link.append(("own", [], "each row is an account, its key the id"))
        return
    if link_id is not None:
        proof = f"in {link_id.filled:,} of {link_id.rows:,} rows"
        proof += (f"; of {len(link_id.sample):,} different ones looked at {known[1]:,} are known in {known[0]}" if known
                  else "; none is known yet: import the accounts first, or see `system`")
        draft.link.append(("id", [link_id.header], proof))
    for profile in profiles:
        if profile is key or profile is link_id or not profile.filled:
            continue
        share = f"in {profile.filled:,} of {profile.rows:,} rows"
        if names("subscription", profile.header) and is_id(profile.header) and link_id is None:
            draft.link.append(("subscription", [profile.header], share + "; the account is the subscription's"))
            used.add(profile.header)
        elif link_id is not None and _one_for_all(profile):
            continue
        elif profile.is_("email"):
            draft.link.append(("email", [profile.header], share))
        elif profile.is_("domain") and best_fit("account", "domain", profile.header) >= LEAST:
            draft.link.append(("domain", [profile.header], share))
        elif best_fit("account", "name", profile.header) >= 0.9 and len(words_of(profile.header)) > 1:
            draft.link.append(("name", [profile.header], share))
            used.add(profile.header)
    if not draft.link:
        draft.doubts.append("account: no column seems to hold an account's id, e-mail address, domain or name")


def _say_deleted(draft: Draft, profiles: Sequence[Profile], used: set[str]) -> None:
    """Rows that their system has deleted are no records: they would stand there as if they lived."""
    for profile in profiles:
        if profile.header in used or not profile.is_("flag") or profile.values is None:
            continue
        words = words_of(profile.header)
        if words[-1:] != ("deleted",) and words != ("fivetran", "active"):
            continue
        gone = words[-1] == "deleted"
        marks = [word for word in profile.values if _flag(word) is gone] or [str(gone).lower()]
        count = sum(profile.values.get(word, 0) for word in marks)
        draft.skip.append((profile.header, marks, f"deleted: {count:,} of {profile.rows:,} rows"))
        used.add(profile.header)


def _flag(word: str) -> bool | None:
    try:
        return bool(flag(word))
    except BadValue:
        return None


def _usage(draft: Draft, profiles: Sequence[Profile], used: set[str], facts: Facts) -> None:
    """A usage table is long (metric and value), narrow (one value) or wide (a column for each metric)."""
    have = {choice.column for choice in draft.columns}
    numeric = [p for p in profiles if p.header not in used and p.is_("number") and not is_id(p.header)]
    values = [c for c in draft.columns if c.column == "value"]
    if "metric" not in have and len(numeric) + len(values) > 1:
        draft.columns = [c for c in draft.columns if c.column != "value"]
        draft.metrics = [p.header for p in profiles if p in numeric or p.header in {c.header for c in values}]
        used.update(draft.metrics)
    elif "value" not in have and len(numeric) == 1:
        used.add(numeric[0].header)
        draft.columns.append(read_column("value", numeric[0], facts))
    one = next((c for c in draft.columns if c.column == "value"), None)
    if "metric" not in have and not draft.metrics and one is not None:
        name = "_".join(words_of(one.header))
        draft.columns.append(Choice("metric", one.header, [f"{{constant: {name}}}"], f'all of "{one.header}"'))
    if "value" not in have and not numeric:
        draft.doubts.append("value: no column of numbers seems to be the value")
    draft.assumed.append("values of the same account, metric and day are added up (combine: sum)")


def _survey_kind(draft: Draft) -> None:
    """An answer's scale: said by a column, by the score's header, or by a person."""
    if "kind" in {choice.column for choice in draft.columns}:
        return
    score = next((c for c in draft.columns if c.column == "score"), None)
    said = {"nps", "csat", "ces"} & set(words_of(score.header if score else "") + words_of(draft.source))
    options = [f"{{constant: {word}}}" for word in sorted(said) or ("nps", "csat", "ces")]
    why = "by the header" if len(said) == 1 else "which question was asked?"
    draft.columns.append(Choice("kind", "", options, why, decided=len(said) == 1))


def _say_needed(draft: Draft) -> None:
    have = {choice.column for choice in draft.columns}
    if draft.kind == "subscription" and not have & {"amount", "mrr"}:
        draft.doubts.append("amount: map `mrr` (all units, a month), or `amount` (of one, an interval) and `interval`")
    if draft.kind == "subscription" and "amount" in have and not have & {"interval", "mrr"}:
        draft.doubts.append("interval: no column seems to be it; without one each amount is for a month, else write "
                            "for example interval: {constant: year}")
    for column in NEEDED.get(draft.kind, ()):
        if column not in have:
            draft.doubts.append(f"{column}: no column seems to be it, and a {draft.kind} says little without it")
