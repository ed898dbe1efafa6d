"""The options that every command shares, declared once."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperOption

from cs_cli.commands import desk

WorkspaceOption = Annotated[
    Path | None,
    typer.Option(
        "-w", "--workspace", metavar="DIR", help="The workspace; else the nearest one upwards, or CS_WORKSPACE."
    ),
]
AsOfOption = Annotated[
    str | None,
    typer.Option("--as-of", metavar="DAY", help="See the data as of DAY: 2026-01-31, today, 30d or 4w (ago)."),
]
KnownAtOption = Annotated[
    str | None,
    typer.Option("--known-at", metavar="DAY", help="Use only what had been imported by DAY."),
]
FormatOption = Annotated[
    str | None,
    typer.Option(
        "-f", "--format", metavar="FORMAT", help="table, json, csv, md, html or xlsx; else by the output's ending."
    ),
]
OutputOption = Annotated[
    Path | None, typer.Option("-o", "--output", metavar="FILE", help="Write here instead of to the terminal.")
]
YesOption = Annotated[bool, typer.Option("--yes", help="Do it without asking.")]
# how a file is read, where its bytes leave it open
EncodingOption = Annotated[str | None, typer.Option("--encoding", help="Such as cp1252 or utf-16; else found.")]
DelimiterOption = Annotated[str | None, typer.Option("--delimiter", help='Such as ";" or tab; else found.')]
QuoteOption = Annotated[
    str | None, typer.Option("--quote", help="The character around cells; else the double quote.")
]
SkipOption = Annotated[
    int | None,
    typer.Option("--skip", metavar="N", help="Lines above the header that are not data.", show_default=False),
]

# --- what may stand before the command, after it as well --------------------------

FLAGS = (
    (["-q", "--quiet"], "quiet", True, "No talk on stderr."),
    (["-v", "--verbose"], "verbose", True, "More talk on stderr."),
    (["--no-color"], "colour", False, "No colours."),
)
DAYS = ((["--as-of"], "as_of"), (["--known-at"], "known_at"))


def add_shared(command: Any) -> None:
    """Gives a command, or the verbs of a group, the common options that it does not declare itself.

    A command of a workspace takes --as-of and --known-at although it has no use for them, as it does
    before its name; its help lists them only where it declares them. A group's example is its first verb's.
    """
    verbs = list(getattr(command, "commands", {}).values())
    for verb in verbs:
        add_shared(verb)
    if verbs and not command.epilog:
        command.epilog = verbs[0].epilog
    if verbs and not command.invoke_without_command:
        return
    taken = {name for param in command.params for name in param.opts}
    for names, field, value, help in FLAGS:
        if not taken.intersection(names):
            option = TyperOption(
                param_decls=names, is_flag=True, default=False, expose_value=False, callback=_setter(field, value),
                help=help,
            )  # fmt: skip
            command.params.append(option)
    if "--workspace" in taken:
        for names, field in DAYS:
            if not taken.intersection(names):
                option = TyperOption(
                    param_decls=names, metavar="DAY", expose_value=False, callback=_setter(field), hidden=True
                )
                command.params.append(option)


def _setter(field: str, value: object = None) -> Any:
    """A callback that notes what was given: value, or without one the text itself."""

    def note(ctx: Any, param: Any, given: Any) -> None:
        if given:
            setattr(desk.GLOBALS, field, given if value is None else value)

    return note
