"""How likely two records are the same company, with the evidence in words. For proposing, never for matching."""

from __future__ import annotations

import msgspec

from cs_cli.intake.names import core_name

# more companies than this behind one domain, telephone or street: an agency, a group, a switchboard
SHARED = 3


class Company(msgspec.Struct):
    """One account, or one reference without an account, with everything it is known by.

    names: plain name → as written; past: names it had before; domains: its own; learnt: those of
    its people; places: telephone numbers and addresses in one spelling → as written.
    """

    label: str
    account: int | None = None
    ref: int | None = None
    names: dict[str, str] = msgspec.field(default_factory=dict)
    past: dict[str, str] = msgspec.field(default_factory=dict)
    domains: set[str] = msgspec.field(default_factory=set)
    learnt: set[str] = msgspec.field(default_factory=set)
    emails: set[str] = msgspec.field(default_factory=set)
    places: dict[str, str] = msgspec.field(default_factory=dict)
    countries: set[str] = msgspec.field(default_factory=set)
    family: set[str] = msgspec.field(default_factory=set)      # ids and names of itself and of its parent
    parents: set[str] = msgspec.field(default_factory=set)
    rows: int = 0                                      # of a reference: records; of an account: its references

    @property
    def name(self) -> str:
        return next(iter(self.names.values()), self.label)


def same_family(one: Company, two: Company) -> bool:
    """A parent and its subsidiary, or two subsidiaries: related, and not the same."""
    return bool(one.parents & two.family or two.parents & one.family or one.parents & two.parents)


def weigh(one: Company, two: Company, holders: dict[str, int], words: dict[str, int]) -> tuple[int, list[str]]:
    """(0 to 100, the evidence). holders: how many companies share a domain or place; words: how many
    names hold a word. Independent signs add up as 1 − Π(1 − weight); contradictions take away."""
    signs: list[tuple[float, str]] = []
    likeness = _names(one, two, words)
    if likeness is not None:
        signs.append(likeness)
    signs += _domains(one, two, holders)
    if people := sorted(one.emails & two.emails):
        signs.append((0.8, f"the same contact {people[0]}" + (f" and {len(people) - 1} more" if people[1:] else "")))
    for place in sorted(one.places.keys() & two.places.keys()):
        if holders.get(place, 0) <= SHARED:
            signs.append((0.6, f"the same {place.split(':', 1)[0]} {one.places[place]}"))
    if not signs:
        return 0, []
    doubt = 1.0
    for weight, _ in signs:
        doubt *= 1 - weight
    score = 1 - doubt
    said = [text for _, text in signs]
    if one.domains and two.domains and not one.domains & two.domains:
        score *= 0.93
        said.append(f"but different domains {min(one.domains)}, {min(two.domains)}")
    if one.countries and two.countries and not one.countries & two.countries:
        score *= 0.9
        said.append(f"but {min(one.countries)} and {min(two.countries)}")
    return round(100 * score), said


def _names(one: Company, two: Company, words: dict[str, int]) -> tuple[float, str] | None:
    from rapidfuzz import fuzz

    best: tuple[float, str] | None = None
    for mine, theirs, before in (
        (one.names, two.names, ""), (one.past, two.names, " (its earlier name)"),
        (one.names, two.past, " (its earlier name)"),
    ):
        for a, written in mine.items():
            for b, other in theirs.items():
                if a == b:
                    weight, text = (0.88, f'the same name "{written}"') if written == other or before else (
                        0.88, f'the same name but for its form: "{written}", "{other}"')
                else:
                    percent = fuzz.token_sort_ratio(a, b)
                    shared = set(a.split()) & set(b.split())
                    part = fuzz.token_set_ratio(a, b) * 0.93
                    if shared and min(words.get(word, 1) for word in shared) <= 2:
                        # one name within the other counts only where the common word is a rare one
                        percent = max(percent, part)
                    weight = min(max(0.0, (percent - 70) / 25) * 0.88, 0.86)
                    text = f'names alike by {percent:.0f} %: "{written}", "{other}"'
                if weight > 0 and (best is None or weight > best[0]):
                    best = weight, text + before
    return best


def _domains(one: Company, two: Company, holders: dict[str, int]) -> list[tuple[float, str]]:
    signs: list[tuple[float, str]] = []
    for weight, mine, theirs, text in (
        (0.8, one.domains, two.domains, "the same domain {}"),
        (0.7, one.domains, two.learnt, "people of the other at {}"),
        (0.7, one.learnt, two.domains, "people of the other at {}"),
        (0.6, one.learnt, two.learnt, "people of both at {}"),
    ):
        common = sorted(mine & theirs)
        if not common:
            continue
        shared = holders.get(common[0], 0)
        if shared > SHARED:
            return [(0.1, text.format(common[0]) + f", which {shared} share")]
        return [(weight, text.format(common[0]))]
    for left, right in ((one, two), (two, one)):
        for below in sorted(left.domains):
            above = next((d for d in sorted(right.domains | right.learnt) if below.endswith("." + d)), None)
            if above is not None and holders.get(above, 0) <= SHARED:
                return [(0.65, f"{below} is part of {above}")]
    for left, right in ((one, two), (two, one)):
        for domain in sorted(left.domains):
            reads = domain.split(".", 1)[0].replace("-", "")
            if len(reads) >= 5 and reads in {name.replace(" ", "") for name in right.names} - {
                name.replace(" ", "") for name in left.names
            }:
                signs.append((0.7, f"{domain} reads like the name"))
                return signs
    return signs


def name_of(text: str) -> str:
    """The name without its form by which companies are compared."""
    return core_name(text)
