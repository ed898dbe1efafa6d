"""sources/*.yaml: how an export's columns become records."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from pathlib import Path

from cs_cli.base.near import did_you_mean
from cs_cli.definitions.loading import check_id, load
from cs_cli.definitions.records import column_type, source_columns
from cs_cli.definitions.shape_reader import day
from cs_cli.definitions.shapes import SourceColumn, SourceDef, SourcePart
from cs_cli.definitions.yaml_reader import Document, Path_

SCALES = (5, 7, 10, 100)     # the best answers of a survey


def read_source(path: Path | bytes, name: str | None = None) -> tuple[SourceDef | None, Document]:
    """One sources/*.yaml file, or its text, as SourceDef, with its document for the checks that follow."""
    source, document = load(SourceDef, path, name or (path.name if isinstance(path, Path) else "text"))
    if source is not None:
        check_id(document, ("source",), source.source, "the name of a source")
        check_id(document, ("system",), source.system, "the name of a system")
        if not source.claims:
            document.fault("DEF-013", "claims must name at least one header", ("claims",))
        _check_columns(source, document)
        _check_also(source, document)
        _check_words(source, document)
        _check_headers(source, document)
        _check_patterns(source, document)
        _check_encoding(source, document)
        if source.scale not in (None, *SCALES):
            document.fault("DEF-015", "is no scale of answers", ("scale",), value=str(source.scale),
                           expected="5 (1 to 5, satisfaction), 7 (1 to 7, effort), 10 (0 to 10, NPS) or 100")
    return (None if document.faults else source), document


def _every(source: SourceDef) -> list[tuple[SourceDef | SourcePart, Path_]]:
    """What a row of the source becomes, each with its place in the document."""
    return [(source, ()), *((part, ("also", at)) for at, part in enumerate(source.also))]


def _readings(of: SourceDef | SourcePart, at: Path_) -> list[tuple[str, SourceColumn, Path_]]:
    """(column, one way in which it is read, its place) of all columns."""
    found: list[tuple[str, SourceColumn, Path_]] = []
    for column, spec in of.columns.items():
        found.append((column, spec, (*at, "columns", column)))
        found += [(column, one, (*at, "columns", column, "else", i)) for i, one in enumerate(spec.else_)]
    return found


def _check_columns(source: SourceDef, document: Document) -> None:
    for of, at in _every(source):
        known = source_columns(of.kind)
        for column in of.columns:
            if column not in known:
                document.fault("DEF-012", f'a {of.kind} has no column "{column}"' + did_you_mean(column, known),
                               (*at, "columns", column), key=True, name=column, expected=", ".join(known))


def _check_also(source: SourceDef, document: Document) -> None:
    """Further records need a row of their own with a key that theirs can begin with."""
    if not source.also:
        return
    if source.kind == "usage" or not (source.key or source.key_else) or source.wide or source.days_across:
        document.fault("DEF-015", "only rows of records with a key can make further ones", ("also",),
                       expected="a kind other than usage, and a key")
    if source.combine in ("lines", "items", "sum"):
        document.fault("DEF-015", f"rows that are put together (combine: {source.combine}) cannot make further records",
                       ("combine",), value=source.combine, expected="refuse, first or last")
    seen: set[tuple[str, str]] = set()
    for at, part in enumerate(source.also):
        if part.kind != "usage" and (part.kind, part.name) in seen:
            document.fault("DEF-015", f"a row makes two records {part.kind} of one name", ("also", at), name="name",
                           value=part.name, expected="a name for each: they part their keys")
        seen.add((part.kind, part.name))
        if part.kind == source.kind and not part.name:
            document.fault("DEF-015", f"it would be the {part.kind} of the row itself", ("also", at), name="name",
                           expected="a name, which stands in its key")
        known = source_columns(part.kind)
        for column in [*part.needs, *part.owed, *([part.since] if part.since else []), *(["day"] if part.day else [])]:
            if column not in known:
                document.fault("DEF-012", f'a {part.kind} has no column "{column}"' + did_you_mean(column, known),
                               ("also", at), name=column, expected=", ".join(known))


def _check_words(source: SourceDef, document: Document) -> None:
    """Where there are words, $name stands for the headers under words.name."""
    if not source.words:
        return
    used = [*source.claims, *source.claims_any, *source.unless, *source.events, *source.states,
            *source.key, *source.key_else, *source.skip_when,
            *source.account.id, *source.account.email, *source.account.domain, *source.account.name, *source.attributes]
    for of, at in _every(source):
        for _, one, _ in _readings(of, at):
            used += [*one.from_, *one.when, *([one.currency] if one.currency else [])]
    for header in dict.fromkeys(part for one in used for part in one.split(" + ")):
        if header.startswith("$") and header[1:] not in source.words:
            document.fault("DEF-021", f"{header} is none of the words" + did_you_mean(header[1:], source.words),
                           ("words",), value=header)


def _check_headers(source: SourceDef, document: Document) -> None:
    """With `headers` given, every header that is used must be one of them."""
    for of, place in _every(source):
        for column, one, at in _readings(of, place):
            if not one.from_ and one.constant is None:
                document.fault("DEF-014", f"{column} needs from (a header) or constant", at,
                               key=at[-2] == "columns", name=column)
    _check_constants(source, document)
    if not source.headers:
        return
    # a|b: one header in two spellings, and any one of them will do
    known = {one.strip().casefold() for header in source.headers for one in header.split("|")}
    for claim in source.claims:
        if source.words and claim.startswith("$"):
            continue
        if known.isdisjoint(one.strip().casefold() for one in claim.split("|")):
            hint = did_you_mean(claim, source.headers)
            document.fault("DEF-021", f"{claim} is none of the headers" + hint,
                           ("claims",), value=claim)


_FLAGS = ("0", "1", "true", "false", "yes", "no")
_EXPECTED = {
    "money": "an amount in units of the currency, such as 50 or 49.90", "number": "a number, such as 1.5",
    "integer": "a whole number", "percent": "a fraction such as 0.2, or \"20%\"", "day": "a day as 2026-01-31",
    "flag": "true or false",
}  # fmt: skip


def _check_constants(source: SourceDef, document: Document) -> None:
    """A constant must be what its column holds: it is read once, and no row could say what is wrong with it."""
    for of, place in _every(source):
        for column, one, at in _readings(of, place):
            if column not in source_columns(of.kind):
                continue
            kind = column_type(of.kind, column)
            if one.constant is not None and not _is_a(kind, str(one.constant).strip().casefold(), one):
                document.fault("DEF-015", f'{column} cannot be "{one.constant}"', (*at, "constant"), name=column,
                               value=str(one.constant), expected=_EXPECTED[kind])


def _is_a(kind: str, text: str, spec: SourceColumn) -> bool:
    if kind == "flag":
        return text in _FLAGS
    if kind == "day":
        return day(text) is not None
    if kind == "text":
        return True
    number = text.removesuffix("%") if kind == "percent" else text
    try:
        value = Decimal(number)
    except InvalidOperation:
        return False
    if kind == "integer":
        return value.is_finite() and value == value.to_integral_value()
    # 20 may be 20 % or twenty times: the format says it, or the sign does
    clear = kind != "percent" or number != text or abs(value) <= 1 or "percent" in spec.format
    return value.is_finite() and "e" not in text and clear


def _check_encoding(source: SourceDef, document: Document) -> None:
    encoding = source.encoding or "utf-8"
    try:
        known = "a,1\n".encode(encoding).decode(encoding) == "a,1\n"
    except (LookupError, UnicodeError):
        known = False
    if not known:
        document.fault("DEF-015", "is the name of no encoding", ("encoding",), value=source.encoding,
                       expected="cp1252, cp1251, iso8859-2, utf-16, shift-jis…")


def _check_patterns(source: SourceDef, document: Document) -> None:
    import re

    for at, patterns in ((("footer",), source.footer), (("account", "drop"), source.account.drop)):
        for pattern in patterns:
            try:
                re.compile(f"(?:{pattern})")    # as it stands beside others: a flag counts within it
            except re.error as error:
                document.fault("DEF-015", f"is not a pattern: {error}", at, value=pattern)
