"""A source drafted from a file: what each column seems to be, with the proof, and what could not be told.

Nothing is guessed in silence: a column that reads two ways stands there both ways, commented out,
under a line that begins with DECIDE; `draft_proof` then reads the file by the draft.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date

from cs_cli.base.command_line import as_typed
from cs_cli.base.errors import UsageError
from cs_cli.definitions.records import HELPERS
from cs_cli.intake.annual import intervals_a_year
from cs_cli.intake.draft_columns import Facts, quoted, read_column, won_and_lost
from cs_cli.intake.draft_kind import Kind, can_be_drafted, find_kind
from cs_cli.intake.draft_known import Known
from cs_cli.intake.draft_left import say_left
from cs_cli.intake.draft_links import LEAST, Cells, find_key, is_account_name, not_the_customers, one_for_all
from cs_cli.intake.draft_model import Choice, Doubt, Draft, Option
from cs_cli.intake.draft_terms import say_terms, say_won
from cs_cli.intake.draft_whose import foreign_addresses, say_own_system, say_whose
from cs_cli.intake.header_words import whose
from cs_cli.intake.profile import Profile
from cs_cli.intake.synonyms import COLUMNS, NEEDED, NOUNS, best_fit, is_id, question, words_of
from cs_cli.intake.values import BadValue
from cs_cli.intake.values.choice import flag
from cs_cli.store.kinds import KINDS, USAGE_COLUMNS

FITS = {
    "day": ("day", "unix", "unix_ms", "period"), "money": ("number",), "number": ("number",), "integer": ("whole",),
            "percent": ("percent",),
    "flag": ("flag",), "email": ("email",), "domain": ("domain",),
}
# columns whose cells are of another type than the record keeps
SPECIAL = {
    "email": "email", "requester_email": "email", "domain": "domain", "opened_at": "day", "closed_at": "day",
    "first_response_hours": "text",
}


def make_draft(
    profiles: Sequence[Profile], cells: Cells, known: Known, *, file: str, stem: str, kind: str | None,
    system: str | None, day: date, currency: str, own: Collection[str] = (), path: str = "",
) -> Draft:
    """Draft a source. stem: the file's name without ending; own: domains of one's own people; path: the file as a
    command names it. Raises UsageError IMP-245 when the file has no name, id, address or domain at all."""
    if kind is None and not can_be_drafted(profiles):
        raise UsageError.of(
            "IMP-245", "no column of this file is a name, an id, an e-mail address or a domain", file=path or file,
            value=", ".join(p.header for p in profiles)[:200], expected="a column that says which customer a row is of",
            next=f"cs sources new {as_typed(path or file)} --kind account drafts it all the same, or --kind "
            + ", ".join(sorted({*COLUMNS} - {"account"})) + "; better add such a column to the file",
        )
    chosen = Kind(kind, "as asked for") if kind else find_kind(profiles, stem, cells)
    slug = source_name(stem)
    draft = Draft(
        file, slug, system or _system(slug), chosen.kind, chosen.why, profiles[0].rows, len(profiles),
        headers=[p.header for p in profiles],
    )
    if not chosen.sure:
        _say_kind(draft, chosen)
    _say_key(draft, profiles, cells)
    used = set(draft.key) if draft.kind != "account" or not _is_name(draft.key, profiles) else set()
    if draft.kind == "contact":
        used -= {p.header for p in profiles if p.is_("email")}
    barred: set[str] = set()
    if draft.kind == "account":
        say_own_system(draft, profiles, cells, known, given=system)
        barred = foreign_addresses(draft, profiles, cells, own)
    else:
        used |= say_whose(draft, profiles, cells, known, own, given=system)
    facts = Facts(draft.kind, day, currency, profiles)
    if draft.kind == "contact":
        barred |= _beside_staff(profiles, cells, own)
    assigned = assign(draft.kind, profiles, used | barred)
    if draft.kind == "contact":
        assigned = _person(assigned, draft, profiles, barred)
    for column, profile in {**assigned, **_only_day(draft.kind, assigned, profiles, used | barred)}.items():
        used.add(profile.header)
        draft.columns.append(read_column(column, profile, facts))
    if draft.has("interval_count"):
        for choice in draft.columns:
            choice.also = None if choice.column == "interval" else choice.also
    say_terms(draft, profiles, cells, day)
    say_won(draft, profiles, used)
    _say_deleted(draft, profiles, used)
    if draft.kind == "usage":
        _usage(draft, profiles, used, facts)
    if draft.kind == "survey":
        _survey_kind(draft, profiles)
    if draft.kind == "contact" and not draft.has("name"):
        _first_and_last(draft, profiles, used)
    if draft.kind == "deal" and draft.has("stage") and not draft.has("status"):
        stage = next(one.header for one in draft.columns if one.column == "stage")
        if (status := won_and_lost(next(p for p in profiles if p.header == stage))) is not None:
            draft.columns.append(status)
    used |= set(draft.key)
    draft.unread = [profile for profile in profiles if profile.header not in used]
    say_left(draft)
    _say_needed(draft)
    draft.assumed.extend(facts.assumed)
    return draft


def _beside_staff(profiles: Sequence[Profile], cells: Cells, own: Collection[str]) -> set[str]:
    """The names of one's own people: "User Name" where "User Email" holds addresses of one's own."""
    theirs = {
        frozenset(words_of(p.header)) - {"email"} for p in profiles
        if p.is_("email") and not_the_customers(p, None, cells, own) is not None
    }
    return {p.header for p in profiles if frozenset(words_of(p.header)) - {"name"} in theirs}


def _person(
    assigned: dict[str, Profile], draft: Draft, profiles: Sequence[Profile], barred: Collection[str]
) -> dict[str, Profile]:
    """The address by which a contact is known is its e-mail, whatever it is called, and the name beside it its name."""
    addresses = [header for word, headers, _ in draft.link if word == "email" for header in headers]
    mails = [p for p in profiles if p.is_("email") and p.header in {*draft.key, *addresses}]
    if "email" not in assigned and len(mails) == 1:
        assigned = {**assigned, "email": mails[0]}
    beside = frozenset(words_of(assigned["email"].header)) - {"email"} if "email" in assigned else frozenset()
    found = [p for p in profiles if p.filled and p.header not in barred and beside
             and frozenset(words_of(p.header)) == beside | {"name"}]
    return {**assigned, "name": found[0]} if len(found) == 1 and "name" not in assigned else assigned


def _only_day(
    kind: str, assigned: Mapping[str, Profile], profiles: Sequence[Profile], used: Collection[str]
) -> dict[str, Profile]:
    """A conversation in a file with one column of days was on that day, whatever the column is called."""
    if kind != "touch" or "day" in assigned:
        return {}
    days = [p for p in profiles if p.header not in used and p.filled and (p.is_("day") or p.is_("period"))]
    return {"day": days[0]} if len(days) == 1 and days[0] not in assigned.values() else {}


def _say_kind(draft: Draft, chosen: Kind) -> None:
    options = [Option(f"{draft.kind}: as drafted", (f"# {draft.kind}: take the line with DECIDE out",))]
    options += [Option(one, (f"# {one}: cs sources new FILE --kind {one} --save",), kind=one) for one in chosen.others]
    others = f", or {' or '.join(chosen.others)}" if chosen.others else ""
    draft.doubts.append(Doubt("kind", f"is a row of this file of kind {draft.kind}{others}? The headers do not tell",
                              options))


def _is_name(key: Sequence[str], profiles: Sequence[Profile]) -> bool:
    return any(p.header in key and is_account_name(p, "account") for p in profiles)


def source_name(text: str) -> str:
    """A name for a source from that of a file; never one that YAML reads as a number or as yes."""
    slug = "".join(c if c.isascii() and (c.isalnum() or c in "-_") else "_" for c in text.casefold()).strip("_-")[:60]
    if not slug[:1].isalpha() or slug in ("yes", "no", "on", "off", "true", "false", "null", "y", "n"):
        slug = f"own_{slug}".rstrip("_")
    return slug


def _system(slug: str) -> str:
    """The name of the system in a file name such as acme_subscriptions; else "own"."""
    nouns = {words_of(noun)[0] for kind in NOUNS for noun in NOUNS[kind]} | {"plan"}
    words = [word for word in slug.split("_") if word and not word.isdigit() and not set(words_of(word)) & nouns]
    return words[0] if words and words[0][0].isalpha() else "own"


def assign(kind: str, profiles: Sequence[Profile], used: Collection[str]) -> dict[str, Profile]:
    """Record column → file column: the best fitting header whose cells are of the column's type."""
    types = {**(USAGE_COLUMNS if kind == "usage" else KINDS[kind]), **HELPERS.get(kind, {})}
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
        wanted = SPECIAL.get(column, types[column])
        if wanted in FITS and not any(profile.is_(one) for one in FITS[wanted]):
            continue
        if _is_another(kind, column, profile, wanted):
            continue
        found[column] = profile
        taken.add(profile.header)
    if "mrr" in found:
        found.pop("total", None)
    order = list(COLUMNS[kind])
    return {column: found[column] for column in sorted(found, key=order.index)}


def _is_another(kind: str, column: str, profile: Profile, wanted: str) -> bool:
    """Does the header fit by its words and mean something else all the same?"""
    words = set(words_of(profile.header))
    if column == "amount" and words & ({"mrr", "paid", "month", "monthly"} | (
        {"arr", "annual", "annually", "acv", "yearly"} if kind != "contract" else set()
    )):
        return True
    if column in ("started_on", "renews_on", "ended_on") and "trial" in words:
        return True
    if column == "interval" and profile.sample and all(intervals_a_year(one, None) is None for one in profile.sample):
        return True
    if wanted == "domain" and one_for_all(profile):
        return True
    if wanted == "email" and whose(profile.header) == "staff":
        return True
    if column == "name" and kind == "account":
        return not is_account_name(profile, kind)
    if column == "name" and kind == "contact":
        return whose(profile.header) in ("staff", "thing", "account") or bool(words & {"first", "last", "given",
        "family"})
    # a lifecycle of people or e-mails, an id: no word of a list that people read
    return column in ("stage", "status", "priority", "category", "plan") and (
        profile.is_("day") or profile.is_("email") or (column != "plan" and is_id(profile.header))
    )


def _say_key(draft: Draft, profiles: Sequence[Profile], cells: Cells) -> None:
    if draft.kind == "usage":
        draft.key_why = "usage needs no key: account, metric and day tell values apart"
        return
    draft.key, draft.key_why, draft.key_from = find_key(draft.kind, profiles, cells)
    if draft.key or draft.key_from:
        return
    said = []
    for profile in profiles:
        if is_id(profile.header) and profile.twice is not None:
            value, first, second = profile.twice
            said.append(f'"{profile.header}" is no key: "{value}" stands on lines {first} and {second}')
        elif is_id(profile.header) and profile.filled < profile.rows:
            said.append(f'"{profile.header}" is no key: {profile.rows - profile.filled:,} rows lack it')
    why = "no column is in every row and different in each. " + "; ".join(said)
    unique = [p for p in profiles if p.is_key and not p.is_("number")][:4]

    def keyed(headers: list[str]) -> Option:
        def take(one: Draft) -> None:
            one.key, one.key_why = headers, "as you said"

        return Option(f"the column {headers[0]}", (), take)

    def whole(one: Draft) -> None:
        one.key_from, one.key_why = "row", "as you said: the whole row is the key"

    options = [keyed([p.header]) for p in unique]
    options.append(Option(
        "the whole row: rows that are equal in all columns are one",
        ("# key: [HEADER, HEADER]   # columns that are different together",
        "# key_from: row   # the whole row is the key"),
        whole,
    ))
    draft.doubts.append(Doubt("key", why, options))


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


def _first_and_last(draft: Draft, profiles: Sequence[Profile], used: set[str]) -> None:
    """A person's name in two columns is one."""
    def part(*called: str) -> Profile | None:
        return next((p for p in profiles if p.filled and p.header not in used and p.header not in draft.key
                     and set(called) & set(words_of(p.header)) and "name" in words_of(p.header)), None)

    first, last = part("first", "given"), part("last", "family")
    if first is not None and last is not None:
        draft.columns.append(Choice("name", first.header, [f"{{from: [{quoted(f'{first.header} + {last.header}')}]}}"],
                                    "first and last name together"))
        used |= {first.header, last.header}


def _flag(word: str) -> bool | None:
    try:
        return bool(flag(word))
    except BadValue:
        return None


def _usage(draft: Draft, profiles: Sequence[Profile], used: set[str], facts: Facts) -> None:
    """A usage table is long (metric and value), narrow (one value) or wide (a column for each metric)."""
    have = {choice.column for choice in draft.columns}
    numeric = [
        p for p in profiles if p.header not in used and p.is_("number") and not is_id(p.header) and not p.is_("day")
    ]
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
    if "value" not in have and not numeric and not draft.metrics:
        if "metric" in have:  # a log: each row is one of what happened
            draft.columns.append(Choice("value", "", ["{constant: 1}"], "each row counts as one"))
        else:
            draft.doubts.append(Doubt("value", "no column of numbers seems to be the value"))
    draft.assumed.append("values of the same account, metric and day are added up (combine: sum)")


def _survey_kind(draft: Draft, profiles: Sequence[Profile]) -> None:
    """An answer's scale: said by a column, by the score's header, or by a person."""
    if draft.has("kind"):
        return
    score = next((c for c in draft.columns if c.column == "score"), None)
    said = {"nps", "csat", "ces"} & set(words_of(score.header if score else ""))
    if score is not None and (asked := question(score.header)) is not None:
        said = {asked}
    said = said or {"nps", "csat", "ces"} & set(words_of(draft.source))
    options = [f"{{constant: {word}}}" for word in sorted(said) or ("nps", "csat", "ces")]
    why = "by the header" if len(said) == 1 else "which question was asked?"
    answers = next((p for p in profiles if score is not None and p.header == score.header), None)
    if said == {"nps"} and answers is not None and _of_five(answers):
        options, why = ["{constant: nps}", "{constant: csat}"], "every answer is from 1 to 5: is it NPS, of 0 to 10?"
    draft.columns.append(Choice("kind", "", options, why, decided=len(options) == 1, labels=[
        _QUESTIONS[option.removeprefix("{constant: ").removesuffix("}")] for option in options
    ]))


_QUESTIONS = {
    "nps": "nps: would you recommend us, 0 to 10", "csat": "csat: how satisfied are you", "ces": "ces: how easy was it",
}


def _of_five(profile: Profile) -> bool:
    """Ten answers or more, all of them 1, 2, 3, 4 or 5: hardly on a scale of 0 to 10."""
    return profile.filled >= 10 and set(profile.sample) <= {"1", "2", "3", "4", "5"}


def _say_needed(draft: Draft) -> None:
    have = {choice.column for choice in draft.columns}
    asked = {doubt.about for doubt in draft.doubts}
    if draft.kind == "subscription" and not have & {"amount", "mrr", "total"}:
        draft.doubts.append(Doubt(
            "amount", "map `mrr` (all units, a month), or `amount` (of one, an interval) and `interval`"
        ))
    if draft.kind == "subscription" and have & {"amount", "total"} and not have & {"interval", "mrr"}:
        draft.doubts.append(_interval())
    for column in NEEDED.get(draft.kind, ()):
        if not have & set(column.split("|")) and column not in asked and column != "amount|mrr|total":
            why = f"no column seems to be it, and a {draft.kind} says little without it"
            like = next((p for p in draft.unread if p.filled and any(
                best_fit(draft.kind, one, p.header) >= LEAST for one in column.split("|"))), None)
            why += f'; "{like.header}" is called so, but holds {like.first[0]}' if like is not None else ""
            draft.doubts.append(Doubt(column.replace("|", " or "), why))


def _interval() -> Doubt:
    def take(word: str) -> Option:
        line = f"{{constant: {word}}}"
        return Option(f"a {word}", (f"#   interval: {line}",), lambda draft: draft.columns.append(
            Choice("interval", "", [line], "as you said")))

    return Doubt(
        "interval",
        "no column seems to be it; without one each amount is for a month, else write for example interval: "
        "{constant: year}", [take(word) for word in ("month", "quarter", "year")],
    )
