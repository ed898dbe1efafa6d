"""A draft settled by questions: the next one, the values that help to answer it, what an answer makes of the draft."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from cs_cli.intake.draft_columns import Facts, quoted, read_column
from cs_cli.intake.draft_model import Choice, Doubt, Draft
from cs_cli.intake.profile import Profile
from cs_cli.store.kinds import KINDS, USAGE_COLUMNS

VALUES = 5
WITHOUT = "none of these: go on without it"


@dataclass(frozen=True)
class Question:
    """text; values: header → its first cells; options: what may be answered; answer: takes the number of the option and
    gives the kind of record for which the draft is to be made anew, else None."""

    text: str
    values: dict[str, list[str]]
    options: list[str]
    answer: Callable[[int], str | None]


def next_question(draft: Draft, profiles: Sequence[Profile], facts: Facts) -> Question | None:
    """The first thing that is open in the draft; None when it is settled."""
    by_header = {p.header: p for p in profiles}
    if draft.doubts:
        return _of_doubt(draft, draft.doubts[0], by_header, facts)
    for choice in draft.columns:
        if not choice.decided:
            return _of_word(choice, by_header) if choice.odd else _of_choice(draft, choice, by_header)
    if draft.ends is not None and draft.ends[0] is None:
        return _of_ends(draft)
    return None


def _cells(headers: Sequence[str], by_header: dict[str, Profile]) -> dict[str, list[str]]:
    return {h: by_header[h].sample[:VALUES] for h in headers if h in by_header and by_header[h].sample}


def _of_doubt(draft: Draft, doubt: Doubt, by_header: dict[str, Profile], facts: Facts) -> Question:
    if not doubt.options:
        return _of_missing(draft, doubt, by_header, facts)

    def answer(number: int) -> str | None:
        chosen = doubt.options[number]
        if chosen.kind is None:
            draft.doubts.remove(doubt)
            chosen.take(draft)
        return chosen.kind

    why = f"{doubt.about}: {doubt.why}" if len(doubt.about.split()) < 2 and doubt.about not in doubt.why else doubt.why
    return Question(why, _cells(doubt.headers, by_header), [one.label for one in doubt.options], answer)


def _of_missing(draft: Draft, doubt: Doubt, by_header: dict[str, Profile], facts: Facts) -> Question:
    """A record column that nothing was found for: one of the columns that are left, of its type."""
    column = doubt.about.split(" or ")[0]
    kind = (USAGE_COLUMNS if draft.kind == "usage" else KINDS[draft.kind]).get(column, "text")
    fits = {"day": ("day", "unix", "unix_ms"), "money": ("number",), "number": ("number",), "integer": ("whole",)}
    if column in ("opened_at", "closed_at"):
        kind = "day"
    found = [p for p in draft.unread if p.filled and (kind not in fits or any(p.is_(one) for one in fits[kind]))]

    def answer(number: int) -> str | None:
        draft.doubts.remove(doubt)
        if number < len(found):
            draft.columns.append(read_column(column, found[number], facts))
            draft.unread = [one for one in draft.unread if one is not found[number]]
        return None

    options = [f'"{p.header}", such as {", ".join(p.sample[:3])}' for p in found]
    return Question(str(doubt), {}, [*options, WITHOUT], answer)


def _of_word(choice: Choice, by_header: dict[str, Profile]) -> Question:
    word = choice.odd[0]

    def answer(number: int) -> str | None:
        mark = f"{json.dumps(word, ensure_ascii=False)}: ?"
        choice.options = [choice.options[0].replace(mark, mark[:-1] + quoted(choice.known[number]))]
        choice.odd = choice.odd[1:]
        choice.decided, choice.why = not choice.odd, "words as you said"
        return None

    count = (by_header[choice.header].values or {}).get(word, 0) if choice.header in by_header else 0
    text = f'"{choice.header}": which {choice.column} is "{word}" (in {count:,} rows)?'
    return Question(text, _cells([choice.header], by_header), list(choice.known), answer)


def _of_choice(draft: Draft, choice: Choice, by_header: dict[str, Profile]) -> Question:
    labels = choice.labels or [option.split("], ", 1)[-1].rstrip("}") for option in choice.options]

    def answer(number: int) -> str | None:
        at = next(n for n, one in enumerate(draft.columns) if one is choice)
        if number >= len(choice.options):
            draft.columns.pop(at)
            return None
        option = choice.options[number]
        column = choice.column
        if option.startswith("renews_on: "):
            column, option = "renews_on", option.removeprefix("renews_on: ")
        draft.columns[at] = replace(choice, column=column, options=[option], decided=True, why="as you said")
        return None

    called = f'{choice.column}, from "{choice.header}"' if choice.header else choice.column
    text = f"{called}: {choice.why}"
    return Question(text, _cells([choice.header], by_header), [*labels, "leave the column out"], answer)


def _of_ends(draft: Draft) -> Question:
    assert draft.ends is not None
    why = draft.ends[1]

    def answer(number: int) -> str | None:
        draft.ends = ("last_day", "first_free_day")[number], "as you said"
        return None

    return Question(
        f"An end of 31 May: is that the last day of service, or the first day without? {why}", {},
        ["the last day of service: the next term begins on 1 June", "the first day without: the next begins that day"],
        answer,
    )
