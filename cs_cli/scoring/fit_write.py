"""A health.yaml with other weights: only the numbers change, so that a diff shows the proposal and nothing else."""

from __future__ import annotations

import re
from pathlib import Path

from cs_cli.base.errors import UsageError
from cs_cli.base.files import write_whole
from cs_cli.definitions.yaml_reader import read_yaml
from cs_cli.scoring.fit import Fit

_NUMBER = re.compile(r"[0-9][0-9_]*(?:\.[0-9]+)?")


def with_weights(source: Path, found: Fit) -> str:
    """The text of health.yaml with the proposed weights of the card in place of today's."""
    document = read_yaml(source, source.name)
    document.require()
    lines = document.text.splitlines(keepends=True)
    cards = document.data["scorecards"]
    place = next(n for n, card in enumerate(cards) if card["name"] == found.card)
    for line in found.lines:
        row, column = document.place(("scorecards", place, "measures", line.measure, "weight"))
        text = lines[row - 1]
        lines[row - 1] = text[: column - 1] + _NUMBER.sub(f"{line.proposed:g}", text[column - 1 :], count=1)
    return "".join(lines)


def write_proposal(source: Path, target: Path, found: Fit) -> None:
    """Writes the proposal to a file that is not there yet. UsageError SCO-013 when it is."""
    if target.exists() or target.is_symlink():
        raise UsageError.of("SCO-013", f"{target} is there already", next="name a new file and compare: diff")
    write_whole(target, with_weights(source, found).encode())
