"""`cs import` on a terminal: an unknown file is drafted and settled by questions, never without a terminal."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import typer

from cs_cli.base.errors import InputRefused
from cs_cli.commands.desk import GLOBALS, Desk, open_desk, say
from cs_cli.commands.drafting import Drafted, drafted, prove_again, put_source, saved_name
from cs_cli.intake.reader import ReadOptions


class Prompter(Protocol):
    """Whoever answers: gives the number of the chosen option, from 0."""

    def choose(self, question: str, options: Sequence[str]) -> int: ...


class Terminal:
    """A person at a terminal; Ctrl-C and Ctrl-D leave with nothing changed."""

    def choose(self, question: str, options: Sequence[str]) -> int:
        say("")
        say(question)
        for number, option in enumerate(options, 1):
            say(f"  {number}  {option}")
        while True:
            given = str(typer.prompt("Which", err=True)).strip()
            if given.isascii() and given.isdigit() and 1 <= int(given) <= len(options):
                return int(given) - 1
            say(f"a number from 1 to {len(options)}, please")


def prompter() -> Prompter | None:
    """Who can be asked; None without a terminal, and where no talk is wanted."""
    return Terminal() if sys.stdin.isatty() and sys.stderr.isatty() and not GLOBALS.quiet else None


def settle_refused(workspace: Path | None, refusal: InputRefused, options: ReadOptions) -> bool:
    """After a refusal for nothing but unknown headers: True when a person has settled a source for every file."""
    who = prompter()
    files = [fault.file for fault in refusal.faults if fault.file and fault.file != "-"]
    if who is None or {fault.ident for fault in refusal.faults} != {"IMP-202"} or not files:
        return False
    try:
        return settle_unknown(workspace, files, options, who)
    except typer.Abort:  # Ctrl-C or Ctrl-D at a question
        say("")
        return False


def settle_unknown(workspace: Path | None, files: Sequence[str], options: ReadOptions, who: Prompter) -> bool:
    """Offer to draft a source for each file; True when all were drafted, settled and saved."""
    with open_desk(workspace) as desk:
        for file in files:
            say(f"{file}: no source knows these headers")
            if who.choose("Draft a source for it, and settle it by questions?", ["yes", "no"]) != 0:
                return False
            made = settle(desk, drafted(desk, Path(file), options), Path(file), options, who)
            if not save(desk, made, file, who):
                return False
    return True


def settle(desk: Desk, made: Drafted, file: Path, options: ReadOptions, who: Prompter) -> Drafted:
    """Ask until nothing is open; an answer may make the draft anew for another kind of record."""
    from cs_cli.intake.draft_answers import next_question
    from cs_cli.intake.draft_columns import Facts

    say(f"each row of {file.name} seems to be of kind {made.draft.kind}: {made.draft.why}")
    facts = Facts(made.draft.kind, desk.day, desk.currency, made.profiles)
    while (question := next_question(made.draft, made.profiles, facts)) is not None:
        values = [f'  "{header}": {", ".join(cells)}' for header, cells in question.values.items()]
        number = who.choose("\n".join([question.text, *values]), question.options)
        if (kind := question.answer(number)) is not None:
            made = drafted(desk, file, options, kind=kind)
            facts = Facts(made.draft.kind, desk.day, desk.currency, made.profiles)
    prove_again(desk, made.draft, made.table)
    return made


def save(desk: Desk, made: Drafted, file: str, who: Prompter) -> bool:
    """Show how the file is read by now, and write the source when the person says so."""
    from cs_cli.intake.draft_text import write

    draft = made.draft
    draft.source = saved_name(desk, draft.source)
    say("")
    for choice in draft.columns:
        say(f'  {choice.column} from "{choice.header}"' if choice.header else f"  {choice.column}: {choice.options[0]}")
    for text in draft.proved:
        say(f"  proved: {text}")
    for text in draft.unproved:
        say(f"  not proved: {text}")
    target = desk.ws.root / "sources" / f"{draft.source}.yaml"
    what = f"{target} is there: write over it" if target.exists() else f"Save it as {target}"
    if who.choose(f"{what}, and import?", ["yes", "no"]) != 0:
        return False
    put_source(write(draft, file), target)
    say(f"wrote {target}")
    return True
