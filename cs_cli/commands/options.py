"""The options that every command shares, declared once."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

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
QuietOption = Annotated[bool, typer.Option("-q", "--quiet", help="No talk on stderr.")]
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
