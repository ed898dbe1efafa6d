"""What the ends in an unknown file are, for its draft: last days of service, or first free ones."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from cs_cli.intake.draft_model import Draft
from cs_cli.intake.ends import ENDS, Votes, count
from cs_cli.intake.profile import Profile
from cs_cli.intake.reader import Table
from cs_cli.intake.values import BadValue, Decision
from cs_cli.intake.values.days import day_converter


def say_ends(draft: Draft, table: Table, profiles: Sequence[Profile]) -> None:
    """Fill draft.ends for a file of subscriptions with an end: the reading that the rows prove, or None with what is to
    be decided. Where no row gives a sign of last days, what is assumed is said."""
    columns = {choice.column: choice for choice in draft.columns if choice.decided}
    if draft.kind != "subscription" or "ended_on" not in columns:
        return
    by_header = {profile.header: profile for profile in profiles}
    link = next((headers[0] for _, headers, _ in draft.link if headers), None)
    start = columns.get("started_on")
    votes = Votes()
    if link is not None and start is not None:
        votes = count(_rows(table, link, by_header[start.header], by_header[columns["ended_on"].header]))
    if votes.verdict is None and not (votes.last or votes.short):
        draft.assumed.append(
            "an end is the first day without service; if it is the last day of service, ends: last_day"
        )
        return
    reading = votes.verdict if votes.verdict in ENDS else None
    seen = f"of its ends {votes}" if str(votes) else f"{votes.short:,} of {votes.ends:,} lie a day before whole months"
    draft.ends = reading, seen


def _rows(table: Table, link: str, start: Profile, end: Profile) -> Iterator[tuple[str, str | None, str | None]]:
    """(account, first day, end) of every row; a cell that is no day is none."""
    at = [table.headers.index(header) for header in (link, start.header, end.header)]
    read = [
        day_converter(one.days.formats, century=False, timezone=None, workspace_tz="UTC")
        if isinstance(one.days, Decision) else None
        for one in (start, end)
    ]

    def day(number: int, text: str) -> str | None:
        convert = read[number]
        try:
            return None if convert is None or not text.strip() else convert(text)
        except BadValue:
            return None

    for block in table.blocks():
        for cells in block.rows:
            yield cells[at[0]].strip(), day(0, cells[at[1]]), day(1, cells[at[2]])
