"""One column of a draft: its mapping line, or the lines to choose from, and why."""

from __future__ import annotations

import json
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date

from cs_cli.base.money import is_currency
from cs_cli.definitions.records import HELPERS
from cs_cli.definitions.words import means
from cs_cli.intake.annual import PER_YEAR, intervals_a_year
from cs_cli.intake.draft_model import Choice
from cs_cli.intake.profile import Profile
from cs_cli.intake.synonyms import KNOWN, words_of
from cs_cli.intake.values import BadValue, Decision, MixedFormats, Undecidable, currency_in
from cs_cli.intake.values.choice import choice as as_choice
from cs_cli.intake.values.days import day_converter, example, parse
from cs_cli.store.kinds import KINDS, USAGE_COLUMNS

WORDED = ("MMM D, YYYY", "D MMM YYYY", "MMM D YYYY", "D-MMM-YYYY", "MMMM D, YYYY", "D MMMM YYYY")


@dataclass
class Facts:
    """What the readings of all columns share: the day, the workspace's currency, the other columns."""

    kind: str
    day: date
    currency: str
    profiles: Sequence[Profile]
    assumed: list[str] = field(default_factory=list)

    def assume(self, text: str) -> None:
        if text not in self.assumed:
            self.assumed.append(text)


def read_column(column: str, profile: Profile, facts: Facts) -> Choice:
    """How this file column is read as that record column."""
    kinds = {**(USAGE_COLUMNS if facts.kind == "usage" else KINDS[facts.kind]), **HELPERS.get(facts.kind, {})}
    kind = "day" if column in ("opened_at", "closed_at") else kinds[column]
    if column == "first_response_hours":
        return _hours(column, profile)
    if kind == "day":
        return _ended(_day(column, profile, facts), profile, facts)
    if kind in ("money", "number", "percent"):
        return _number(column, profile, facts, kind)
    if kind in ("integer", "flag"):
        return Choice(column, profile.header, [_map(profile, f"type: {kind}")], _listed(profile))
    if column in ("email", "requester_email"):
        return Choice(column, profile.header, [_map(profile, "type: email")], "")
    if facts.kind == "deal" and column == "stage":
        return Choice(column, profile.header, [_map(profile)], _listed(profile))
    if column == "domain":
        return Choice(column, profile.header, [_map(profile, "type: domain")], "")
    return _text(column, profile, facts)


def _map(profile: Profile, *parts: str) -> str:
    """The flow mapping: {from: ["Start"], type: day}."""
    return "{" + ", ".join([f"from: [{quoted(profile.header)}]", *(part for part in parts if part)]) + "}"


def quoted(text: str) -> str:
    """Text as YAML takes it for certain: in double quotes unless it is one plain word."""
    plain = text.isascii() and text.replace("_", "").isalpha() and text.casefold() not in (
        "yes", "no", "on", "off", "true", "false", "null", "y", "n"
    )
    return text if plain else json.dumps(text, ensure_ascii=False)


def _listed(profile: Profile) -> str:
    found = profile.list_of_values
    if not found:
        return ""
    shown = [f"{value} ({count:,})" for value, count in list(found.items())[:12]]
    return "values: " + ", ".join(shown) + (f" and {len(found) - 12} more" if len(found) > 12 else "")


def _day(column: str, profile: Profile, facts: Facts) -> Choice:
    also = (column[:-3] + "_on", "day") if column in ("opened_at", "closed_at") else None
    kind = "type: instant" if also else "type: day"
    found = profile.days
    for form in ("unix", "unix_ms"):
        if found is None and profile.is_(form):
            return Choice(column, profile.header, [_map(profile, kind, f"format: {form}")],
                          f"seconds since 1970, such as {profile.first[0]}", also)
    if profile.is_("period"):
        return _period(column, profile, kind, also)
    if profile.timed and not any("Z" in text or "+" in text[10:] for text in profile.first):
        facts.assume("times carry no zone and are taken in the workspace's; add `timezone: Area/City` for another")
    if isinstance(found, Decision):
        order = next((form for form in found.formats if form in ("dmy", "mdy")), None)
        if order is None:
            return Choice(column, profile.header, [_map(profile, kind)], f"days such as {profile.first[0]}", also)
        proof = profile.seen[order].places[0] if order in profile.seen else (None, profile.first[0])
        called = "day" if order == "dmy" else "month"
        where = f" on line {proof[0]}" if proof[0] else ""
        return Choice(column, profile.header, [_map(profile, kind, f"format: {order}")],
                      f'{called} first: "{proof[1]}"{where} cannot be read otherwise', also)
    assert isinstance(found, Undecidable)
    why = f"{found.what}: \"{found.sample}\"" + (f" is {' or '.join(found.readings)}" if found.readings else "")
    options: list[str] = []
    if found.ident == "IMP-101":
        options = [_map(profile, kind, f"format: {form}") for form in ("dmy", "mdy")]
    elif found.ident == "IMP-104":
        options = [_map(profile, kind, f"format: {form}", "century: true") for form in ("dmy", "mdy")]
    elif found.ident == "IMP-106":
        fitting = [form for form in WORDED if all(_reads(text, form) for text in profile.sample)]
        if len(fitting) == 1 or (fitting and len({parse(profile.first[0], f) for f in fitting}) == 1):
            return Choice(column, profile.header, [_map(profile, kind, f"format: {quoted(fitting[0])}")],
                          f"days such as {example(fitting[0])}", also)
    elif isinstance(found, MixedFormats):
        why = f"{found.what}: {'; '.join(found.readings)}"
    return Choice(column, profile.header, options, why, also, decided=False)


def _period(column: str, profile: Profile, kind: str, also: tuple[str, str] | None) -> Choice:
    """A column of months or weeks is read as their first days; of quarters nobody says of which year."""
    if not profile.is_("quarter"):
        called = "months" if profile.is_("month") else "weeks"
        return Choice(column, profile.header, [_map(profile, "type: day", "format: written")],
                      f"{called}, each as its first day, such as {profile.first[0]}")
    options = [_map(profile, "type: day", "format: [written, quarters]")]
    why = f"quarters, such as {profile.first[0]}: of the calendar year, each as its first day?"
    return Choice(column, profile.header, options, why, also, decided=False)


def _reads(text: str, form: str) -> bool:
    try:
        return parse(text, form) is not None
    except BadValue:
        return False


def _ended(made: Choice, profile: Profile, facts: Facts) -> Choice:
    """ "End date" may be the day it ended or the day it will be renewed: the cells must tell."""
    if made.column != "ended_on" or facts.kind != "subscription" or not made.decided:
        return made
    if {"ended", "churn", "churned", "expired"} & set(words_of(profile.header)):
        return made
    found = profile.days
    later = 0
    if isinstance(found, Decision):
        read = day_converter(found.formats, century=False, timezone=None, workspace_tz="UTC")
        for text in profile.sample:
            with suppress(BadValue):
                later += read(text) > facts.day.isoformat()
    share = f"filled in {profile.filled:,} of {profile.rows:,} rows"
    if not later and profile.filled < 0.9 * profile.rows:
        made.why = f"{share}, none after {facts.day}: the day it ended; {made.why}"
        return made
    text = made.options[0]
    return Choice(
        made.column, made.header, [text, f"renews_on: {text}"],
        f"the day it ended, or the day it will be renewed? {share}, {later:,} after {facts.day}", decided=False,
    )


def _number(column: str, profile: Profile, facts: Facts, kind: str) -> Choice:
    found = profile.percents if kind == "percent" else profile.numbers
    parts = [f"type: {kind}"]
    if kind == "money":
        parts.append(_currency(profile, facts))
    if isinstance(found, Undecidable):
        readings = f" is {' or '.join(found.readings)}" if found.readings else ""
        why = f'{found.what}: "{found.sample}"{readings}'
        more = {"IMP-107": ('decimal: "."', 'decimal: ","'), "IMP-109": ("format: percent", "format: fraction")}
        options = [_map(profile, *parts, one) for one in more.get(found.ident, ())]
        return Choice(column, profile.header, options, why, decided=False)
    why = f"such as {profile.first[0]}"
    if kind == "money" and profile.is_("whole"):
        if {"cent", "minor"} & set(words_of(profile.header)):
            parts.append("cents: true")
            why = f"in cents, by the header: {why}"
        else:
            told = "holds whole numbers only: whole units; if they are cents, add cents: true"
            facts.assume(f'"{profile.header}" {told}')
    if isinstance(found, Decision) and found.decimal == ",":
        parts.append('decimal: ","')
        place = profile.seen[","].places[0] if "," in profile.seen else (None, profile.first[0])
        why = f'a decimal comma: "{place[1]}"' + (f" on line {place[0]}" if place[0] else "")
    return Choice(column, profile.header, [_map(profile, *parts)], why)


def _currency(profile: Profile, facts: Facts) -> str:
    for word in words_of(profile.header):
        if len(word) == 3 and is_currency(word.upper()):
            return f"currency: {quoted('=' + word.upper())}"
    column = next((p for p in facts.profiles if "currency" in words_of(p.header) and p.filled), None)
    if column is not None:
        return f"currency: {quoted(column.header)}"
    for text in profile.sample:
        with suppress(BadValue):
            if code := currency_in(text):
                return f"currency: {quoted('=' + code)}"
    facts.assume(f"no currency is in the file: amounts are taken as {facts.currency}; else write currency: \"=XXX\"")
    return ""


def _hours(column: str, profile: Profile) -> Choice:
    words = set(words_of(profile.header))
    if profile.is_("number"):
        if words & {"minute", "min"}:
            text = _map(profile, "type: number", "format: minutes")
            return Choice(column, profile.header, [text], "minutes, by the header")
        if words & {"hour", "hr", "h"}:
            return Choice(column, profile.header, [_map(profile, "type: number")], "hours, by the header")
        options = [_map(profile, "type: number"), _map(profile, "type: number", "format: minutes")]
        return Choice(column, profile.header, options, "hours (the first line) or minutes (the second)?", decided=False)
    return Choice(column, profile.header, [_map(profile, "type: hours")], f"such as {profile.first[0]}")


def _text(column: str, profile: Profile, facts: Facts) -> Choice:
    known, listed = KNOWN.get((facts.kind, column)), profile.values
    if column == "interval":
        odd = [value for value in listed or () if intervals_a_year(value, None) is None]
        return _mapped(column, profile, odd, "type: interval", ", ".join(PER_YEAR)) if odd else Choice(
            column, profile.header, [_map(profile, "type: interval")], _listed(profile), ("interval_count", "every"))
    if known is None:
        return Choice(column, profile.header, [_map(profile)], _listed(profile))
    if listed is None:
        return Choice(column, profile.header, [], "too many different words for a list such as this", decided=False)
    odd = [value for value in listed if as_choice(value, {}, None) not in known]
    if not odd:
        return Choice(column, profile.header, [_map(profile, "type: choice")], _listed(profile))
    return _mapped(column, profile, odd, "type: choice", ", ".join(sorted(known)))


def _mapped(column: str, profile: Profile, odd: list[str], kind: str, words: str) -> Choice:
    """Words that cs does not know: each needs one that it does."""
    known = [value for value in profile.values or () if value not in odd]
    pairs = [f"{json.dumps(v, ensure_ascii=False)}: ?" for v in odd]
    if kind == "type: choice":  # a list of words is the whole of it
        pairs += [f"{json.dumps(v, ensure_ascii=False)}: {as_choice(v, {}, None)}" for v in known]
    counts = ", ".join(f'"{value}" ({(profile.values or {}).get(value, 0):,})' for value in odd[:12])
    return Choice(
        column, profile.header, [_map(profile, kind, "map: {" + ", ".join(pairs) + "}")],
        f"write for each ? which of {words} it is; unknown words are {counts}", decided=False, odd=odd,
        known=words.split(", "),
    )


def won_and_lost(profile: Profile) -> Choice | None:
    """The status of deals by their stage, where its words say which are won and which lost; else each is asked about.
    None when the stages are no short list."""
    if profile.values is None:
        return None
    pairs = {word: "won" if means("won_deal", word) else "lost" for word in profile.values
             if means("closed_deal", word)}
    if len(set(pairs.values())) < 2:
        return _mapped("status", profile, [word for word in profile.values if word not in pairs], "type: choice",
                       "open, won, lost")
    told = ", ".join(f"{json.dumps(word, ensure_ascii=False)}: {what}" for word, what in pairs.items())
    rest = ", ".join(word for word in profile.values if word not in pairs)
    why = f"any other stage is open: {rest}" if rest else ""
    return Choice("status", profile.header, [_map(profile, "type: choice", f"map: {{{told}}}", "otherwise: open")], why)
