"""What a staged file is held against before it is merged: its own totals, and sense between its cells."""

from __future__ import annotations

import re
import sqlite3
from decimal import Decimal

from cs_cli.base.errors import Fault, InputRefused, UsageError
from cs_cli.base.money import exponent
from cs_cli.base.near import did_you_mean, near
from cs_cli.intake.again import again
from cs_cli.intake.forgotten import skip_forgotten
from cs_cli.intake.negative import say_negative
from cs_cli.intake.plan import Field
from cs_cli.intake.reader import SetAside
from cs_cli.intake.recognise import alternatives, fold_header
from cs_cli.intake.results import ImportOptions
from cs_cli.intake.scales import check_satisfaction, check_scale
from cs_cli.intake.stage import Staged
from cs_cli.intake.values import BadValue
from cs_cli.intake.values.alphabets import looks_like
from cs_cli.intake.values.money import split_money, written_amount
from cs_cli.intake.values.numbers import parse_number
from cs_cli.intake.values.written import WRITTEN, unit_in_format

# (begins, ends) columns of which the second may not lie before the first
ORDERED = {
    "subscription": (("started_on", "ended_on"), ("started_on", "renews_on")),
    "contract": (("start_on", "end_on"),),
    "invoice": (("service_from", "service_to"),),
}
# record kind → column, least, most, and the `kind` of the rows it is for (None: all); values beyond are slips or
# another scale
BOUNDS: dict[str, tuple[tuple[str, int, int, str | None], ...]] = {
    "survey": (("score", 0, 10, "nps"), ("score", 1, 5, "csat"), ("score", 1, 7, "ces")),
    "pulse": (("score", 1, 5, None),),
    "subscription": (("discount", 0, 1, None),),
}
LONGEST = 500  # characters of a name that are kept
FAR = 20  # years ahead of the import that a day may lie before it is said


def check_staged(conn: sqlite3.Connection, staged: Staged, options: ImportOptions, day: str) -> None:
    """Totals first (they speak of all rows); then who was forgotten is left out, and rows whose days
    contradict each other, or whose values lie beyond their scale, are set aside.

    Raises InputRefused IMP-221, UsageError IMP-242.
    """
    _check_totals(conn, staged, options)
    skip_forgotten(conn, staged)
    _set_aside_reversed(conn, staged)
    check_satisfaction(conn, staged, options)
    _set_aside_beyond(conn, staged)
    check_scale(conn, staged, options)
    _say_far_days(conn, staged, day)
    say_negative(conn, staged)
    if "name" in staged.delivered and staged.source.kind in ("account", "contact"):
        _tidy_names(conn, staged)


def _check_totals(conn: sqlite3.Connection, staged: Staged, options: ImportOptions) -> None:
    """R13: closing lines and what a person expects, to the row and to the cent."""
    table, file = staged.table, staged.table.name
    wanted = {name: text for name, text in table.controls.items() if name != "rows"}
    claimed = table.controls.get("rows")
    for count, who in ((claimed, "the closing line says"), (options.expect_rows, "--expect-rows says")):
        if count is not None and int(count) != staged.rows:
            raise InputRefused.of(
                "IMP-221", f"{who} {int(count):,} rows, the file has {staged.rows:,}", file=file,
                next="export it again: rows are missing, or were added",
            )
    # a number that is worked out from several cells adds up to no column of the file
    by_header = {
        fold_header(f.header): f for f in staged.plan.fields
        if f.spec.type in ("money", "number", "integer") and not (f.less or f.when or f.others or f.spec.negate)
    }
    asked = [text.rpartition("=")[::2] for text in options.expect_sum]
    for (header, _), text in zip(asked, options.expect_sum, strict=True):
        if fold_header(header) not in by_header:
            columns = [f.header for f in by_header.values()]
            called = f'no column of numbers is called "{header}"{did_you_mean(header, columns)}'
            raise UsageError.of(
                "IMP-242", f"--expect-sum {text}: {called if header else 'it names no column'}", file=file,
                expected=f"a column and its sum, such as {columns[0]}=12345.00" if columns else "a file with numbers",
                next=f"columns of numbers: {', '.join(columns)}" if columns else "leave --expect-sum away",
            )
    for (header, text), sure in [*((pair, False) for pair in wanted.items()), *((pair, True) for pair in asked)]:
        field = by_header.get(fold_header(header))
        if field is None or staged.source.kind in ("usage", "survey"):
            continue
        told = _compare(conn, staged, field, text, sure)
        if told:
            staged.notes.append(told)


def _compare(conn: sqlite3.Connection, staged: Staged, field: Field, text: str, sure: bool) -> str | None:
    """Raises when the column does not add up to the text; a note when it cannot be said."""
    file, stage = staged.table.name, staged.stage
    total = _number(text, written=WRITTEN in field.spec.format)
    if total is not None:
        total *= unit_in_format(field.spec.format)
    if staged.set_aside or staged.skipped or total is None:
        if sure and total is None:
            raise UsageError.of(
                "IMP-242", f'--expect-sum: "{text}" is no number', file=file, name=field.header,
                expected="a number such as 12345.00",
            )
        return f"the total of {field.header!r} ({text}) was not compared: not every row was read"
    factor = 0
    if field.spec.type == "money":
        if "currency" in staged.delivered:
            codes = [row[0] for row in conn.execute(f"SELECT DISTINCT currency FROM {stage}")]
            if len(codes) > 1:
                return f"the total of {field.header!r} ({text}) was not compared: several currencies"
            factor = exponent(codes[0]) if codes and codes[0] else 2
        else:
            factor = 2
    found = conn.execute(f'SELECT coalesce(sum("{field.column}"), 0) FROM {stage}').fetchone()[0]
    have = Decimal(str(found)).scaleb(-factor)
    if abs(have - total) > (Decimal(0) if field.spec.type != "number" else abs(total) * Decimal("1e-9")):
        who = "--expect-sum says" if sure else "the closing line says"
        raise InputRefused.of(
            "IMP-221", f"{field.header}: {who} {total:,f}, the rows add up to {have:,f}", file=file, name=field.header,
            value=text, expected=f"{have:,f}", next="export it again: rows are missing, or were read wrongly",
        )
    return None


def _number(text: str, *, written: bool = False) -> Decimal | None:
    """The number; written: as a person writes it, who means thousands by 12.600."""
    if written:
        try:
            return written_amount(text)[0]
        except BadValue:
            return None
    body = split_money(text)[0]
    for mark in (".", ","):
        try:
            return parse_number(body, mark)
        except BadValue:
            continue
    return None


def _set_aside_reversed(conn: sqlite3.Connection, staged: Staged) -> None:
    """C9: rows that end, or renew, before they start."""
    stage, given = staged.stage, set(staged.delivered)
    found: dict[int, tuple[int, str, str, Field, str, str]] = {}
    for begins, ends in ORDERED.get(staged.source.kind, ()):
        if not {begins, ends} <= given:
            continue
        field = next(f for f in staged.plan.fields if f.column == ends)
        for n, line, first, last in conn.execute(
            f'SELECT n, line, "{begins}", "{ends}" FROM {stage} WHERE "{ends}" < "{begins}" ORDER BY n'
        ):
            found.setdefault(n, (line, "IMP-216", "lies before the beginning", field, last, f"a day from {first} on"))
    _put_aside(conn, staged, found)


def _set_aside_beyond(conn: sqlite3.Connection, staged: Staged) -> None:
    """An NPS answer of 11, a discount of 150 %: no such value is on the scale."""
    found: dict[int, tuple[int, str, str, Field, str, str]] = {}
    for column, least, most, only in BOUNDS.get(staged.source.kind, ()):
        field = next((f for f in staged.plan.fields if f.column == column), None)
        if field is None or (only is not None and "kind" not in staged.delivered):
            continue
        which = "TRUE" if only is None else f"kind = '{only}'"
        for n, line, value in conn.execute(
            f'SELECT n, line, "{column}" FROM {staged.stage} '
            f'WHERE ("{column}" < ? OR "{column}" > ?) AND {which} ORDER BY n', (least, most),
        ):
            found[n] = (line, "IMP-218", "is beyond its scale", field, f"{value:g}", f"a value from {least} to {most}")
    _put_aside(conn, staged, found)


def _put_aside(
    conn: sqlite3.Connection, staged: Staged, found: dict[int, tuple[int, str, str, Field, str, str]]
) -> None:
    """Take rows out of the stage: n → (line, id of the fault, what is wrong, field, value, what was expected)."""
    if not found:
        return
    places = staged.table.records_at([line for line, *_ in found.values()])
    for line, ident, what, field, value, expected in found.values():
        column = field.cells[0] + 1 if field.cells else None
        staged.set_aside.append(SetAside(
            line, *places.get(line, (0, b"")), ident, f"{field.header} {what}", column, field.header, value, expected,
        ))
    conn.executemany(f"DELETE FROM {staged.stage} WHERE n = ?", ((n,) for n in found))


def _say_far_days(conn: sqlite3.Connection, staged: Staged, day: str) -> None:
    """C9, E12: days so far ahead that a slip of the pen is likely, and usage that has not happened yet."""
    limit = day if staged.source.kind == "usage" else f"{int(day[:4]) + FAR}{day[4:]}"
    fields = [
        f for f in staged.plan.fields if f.spec.type == "day" and f.cells and f.column in staged.delivered
    ]
    if not fields or (staged.latest is not None and all(day <= limit for day in staged.latest.values())):
        return
    columns = ", ".join(f'max("{f.column}")' for f in fields)
    latest = conn.execute(f"SELECT {columns} FROM {staged.stage}").fetchone()
    for f, value in zip(fields, latest, strict=True):
        if value is None or value <= limit:
            continue
        count, line = conn.execute(
            f'SELECT count(*), min(line) FROM {staged.stage} WHERE "{f.column}" > ?', (limit,)
        ).fetchone()
        if staged.source.kind == "usage":
            staged.notes.append(
                f"{count:,} values are of days after {day} (from line {line}, up to {value}): not counted until then"
            )
        else:
            staged.notes.append(f"{f.header!r} lies far ahead in {count:,} rows, from line {line}: {value}")


def _tidy_names(conn: sqlite3.Connection, staged: Staged) -> None:
    """C26, C29: names longer than any company's are cut; names that mix alphabets are said."""
    stage = staged.stage
    cut = conn.execute(
        f"UPDATE {stage} SET name = substr(name, 1, {LONGEST}) WHERE length(name) > {LONGEST}"
    ).rowcount
    if cut:
        staged.notes.append(f"{cut:,} name{'s' * (cut > 1)} cut to {LONGEST} characters")
    alike = []
    for (name,) in conn.execute(f"SELECT name FROM {stage} WHERE length(name) < length(CAST(name AS BLOB)) ORDER BY n"):
        if (plain := looks_like(name)) is not None:
            alike.append(f"{name!r} looks like {plain}")
    if alike:
        more = f", and {len(alike) - 3:,} more" if len(alike) > 3 else ""
        staged.notes.append(f"letters of two alphabets in one name: {', '.join(alike[:3])}{more}")


def check_renamed(conn: sqlite3.Connection, staged: Staged, options: ImportOptions) -> None:
    """B25: a column of the last export is gone and a new one is called much like it: InputRefused IMP-222."""
    if options.yes or options.rename:
        return
    row = conn.execute(
        "SELECT columns FROM change_set WHERE kind = 'import' AND source = ? AND fixes IS NULL "
        "AND id NOT IN (SELECT undoes FROM change_set WHERE undoes IS NOT NULL) ORDER BY id DESC LIMIT 1",
        (staged.source.source,),
    ).fetchone()
    if row is None or not row[0] or not staged.plan.ignored:
        return
    import json

    lost = [c for c in json.loads(row[0]) if c not in staged.delivered and c in staged.source.columns]
    faults = []
    for column in lost:
        declared = [word for header in staged.source.columns[column].from_ for word in alternatives(header)]
        guess = next((new for new in staged.plan.ignored if _alike(fold_header(new), declared)), None)
        if guess is not None:
            faults.append((guess, declared[0], Fault(
                "IMP-222", f'the column "{declared[0]}" is gone: is "{guess}" its new name?', file=staged.table.name,
                line=staged.table.header_line, name=guess,
            )))
    if faults:
        words = [f'--rename "{new}={old}"' for new, old, _ in faults]
        raise InputRefused(
            [fault for *_, fault in faults],
            next=f"{again(options, staged.table.name, *words)}; or --yes to go on without it (known values stay)",
        )


def _alike(new: str, declared: list[str]) -> bool:
    """Near by letters, or every word of the one among the words of the other; a plural is the same word."""
    mine = _words(new)
    for old in declared:
        theirs = _words(old)
        if near(old, [new]) or (mine and theirs and (mine <= theirs or theirs <= mine)):
            return True
    return False


def _words(header: str) -> set[str]:
    return {word.removesuffix("s") for word in re.split(r"[\W_]+", header) if word}
