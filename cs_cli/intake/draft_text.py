"""A draft as the commented YAML that a person finishes."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence

from cs_cli.base.command_line import as_typed
from cs_cli.intake.crm_money import called
from cs_cli.intake.draft_columns import quoted
from cs_cli.intake.draft_model import Choice, Draft


def standing(draft: Draft) -> str:
    """Is anything left open? That nothing is may be said only of a draft that its own file proves."""
    if draft.undecided:
        return (f"To settle: {draft.undecided}. Each begins with DECIDE: uncomment one of the lines below it, or write "
                "your own, and take the line with DECIDE out.")
    if draft.unproved:
        return f"Nothing is to be settled here; not proved: {'; '.join(map(_bare, draft.unproved))}."
    return "Nothing was left open; look it over all the same."


def write(draft: Draft, path: str = "") -> str:
    """The file's text; path: of the export, for the command that checks it. Every line to settle follows a comment that
    begins with DECIDE."""
    lines = [
        f"# Drafted by cs sources new from {_bare(draft.file)}: {draft.rows:,} rows, {draft.width} columns.",
        f"# {standing(draft)}",
        f"# Then: cs sources check {_bare(as_typed(path or draft.file))}",
        f"source: {draft.source}",
        f"system: {draft.system}   # files that name accounts by the same ids name the same system",
        f"kind: {draft.kind}   # {draft.why}",
        f"role: {draft.role}",
        'about: "Where to click for this export: write it here for whoever comes after you."',
        f"claims: {_list(_claims(draft))}   # a file with all of these is read so",
    ]
    if draft.encoding:
        lines.append(f"encoding: {draft.encoding}   # of files that are not UTF-8; as this one was read")
    if draft.money:
        told = "; ".join(f"{_bare(header)}: {called(column)}" for column, header in draft.money.items())
        lines.append(f"money: read   # {told}; where billing knows a customer, billing counts; else: keep")
    lines += [f"# proved: {_bare(text)}" for text in draft.proved]
    if draft.undecided:
        lines += [f"# not proved: {_bare(text)}" for text in draft.unproved]
    for doubt in draft.doubts:
        lines.append(f"# DECIDE {_bare(str(doubt))}")
        lines += [_bare(line.replace("sources new FILE", f"sources new {as_typed(path or draft.file)}"))
                  for option in doubt.options for line in option.lines]
    if draft.key_from:
        lines.append(f"key_from: {draft.key_from}   # {draft.key_why}")
    if draft.key:
        lines.append(f"key: {_list(draft.key)}   # {draft.key_why}")
    elif draft.key_why and not draft.key_from:
        lines.append(f"# {draft.key_why}")
    if draft.link:
        lines.append("account:")
        lines += [f"  own: true   # {why}" if word == "own" else f"  {word}: {_list(headers)}   # {_bare(why)}"
                  for word, headers, why in _joined(draft.link)]
    if draft.columns:
        lines.append("columns:" if any(choice.decided for choice in draft.columns) or draft.metrics else
                     "columns:   # uncomment at least one")
        for choice in draft.columns:
            lines += _column(choice)
    if draft.ends is not None:
        reading, why = draft.ends
        if reading is not None:
            lines.append(f"ends: {reading}   # {_bare(why)}")
        else:
            lines += [f"# DECIDE ends: 31 May, is that the last day of service or the first day without? {_bare(why)}",
                      "# ends: last_day   # the next term begins on 1 June",
                      "# ends: first_free_day   # the next term begins on that day"]
    if draft.metrics:
        lines += ["wide: true   # one column for each metric; an empty cell was not measured",
                  f"metrics: {_list(draft.metrics)}"]
    if draft.kind == "usage":
        lines.append("combine: sum")
    if draft.skip:
        lines.append("skip_when:   # rows that are no records")
        lines += [f"  {quoted(header)}: {json.dumps(words)}   # {why}" for header, words, why in draft.skip]
    if draft.kind == "account" and draft.unread:
        lines.append(f"attributes: {_list([one.header for one in draft.unread])}   # kept as they stand")
    lines += [f"# assumed: {_bare(text)}" for text in draft.assumed]
    if draft.kind != "account" and draft.unread:
        shown = ", ".join(f"{one.header} ({one.first[0] if one.first else 'empty'})" for one in draft.unread)
        lines.append(f"# not read: {_bare(shown)}")
    return "\n".join(lines) + "\n"


def _column(choice: Choice) -> list[str]:
    why = _bare(choice.why)
    if choice.decided:
        said = f"   # {why}" if why else ""
        made = [f"  {choice.column}: {choice.options[0]}{said}"]
        if choice.also:
            made.append(f"  {choice.also[0]}: {_retyped(choice.options[0], choice.also[1])}")
        return made
    lines = [f"  # DECIDE {choice.column}: {why}"]
    for option in choice.options:
        lines.append(f"  # {option}" if option.startswith("renews_on") else f"  # {choice.column}: {option}")
        if choice.also:
            lines.append(f"  # {choice.also[0]}: {_retyped(option, choice.also[1])}")
    if not choice.options:
        lines.append(f"  # {choice.column}: {{from: [{quoted(choice.header)}], …}}")
    return lines


def _retyped(option: str, kind: str) -> str:
    """The same cells read as another type."""
    return re.sub(r"type: \w+", f"type: {kind}", option, count=1)


def _claims(draft: Draft) -> list[str]:
    """The headers that make the file this one: its key, its account link and what is read from it."""
    found = [*draft.key, *(header for _, headers, _ in draft.link for header in headers)]
    found += [choice.header for choice in draft.columns if choice.header] + draft.metrics[:2]
    # few headers are in many files: then those that are not read stand for this one as well
    found = list(dict.fromkeys(found))
    return [*found, *(header for header in draft.headers if header not in found)][:max(8, min(len(found), 8))]


def _joined(link: Sequence[tuple[str, list[str], str]]) -> list[tuple[str, list[str], str]]:
    """Two e-mail columns are one line."""
    found: dict[str, tuple[str, list[str], str]] = {}
    for word, headers, why in link:
        before = found.get(word)
        found[word] = (word, [*before[1], *headers], f"{before[2]}; {why}") if before else (word, headers, why)
    return list(found.values())


def _list(headers: Sequence[str]) -> str:
    return "[" + ", ".join(quoted(header) for header in headers) + "]"


def _bare(text: str) -> str:
    """Text that stays on its comment line."""
    return "".join(c if c.isprintable() else " " for c in text)
