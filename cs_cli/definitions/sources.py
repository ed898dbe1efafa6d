"""sources/*.yaml: how an export's columns become records."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from pathlib import Path

from cs_cli.base.near import did_you_mean
from cs_cli.definitions.loading import check_id, load
from cs_cli.definitions.records import column_type, source_columns
from cs_cli.definitions.shape_reader import day
from cs_cli.definitions.shapes import SourceColumn, SourceDef
from cs_cli.definitions.yaml_reader import Document

SCALES = (5, 7, 10)     # the best answers of a survey


def read_source(path: Path | bytes, name: str | None = None) -> tuple[SourceDef | None, Document]:
    """One sources/*.yaml file, or its text, as SourceDef, with its document for the checks that follow."""
    source, document = load(SourceDef, path, name or (path.name if isinstance(path, Path) else "text"))
    if source is not None:
        check_id(document, ("source",), source.source, "the name of a source")
        check_id(document, ("system",), source.system, "the name of a system")
        if not source.claims:
            document.fault("DEF-013", "claims must name at least one header", ("claims",))
        _check_columns(source, document)
        _check_headers(source, document)
        _check_patterns(source, document)
        _check_encoding(source, document)
        if source.scale not in (None, *SCALES):
            document.fault("DEF-015", "is no scale of answers", ("scale",), value=str(source.scale),
                           expected="5 (1 to 5, satisfaction), 7 (1 to 7, effort) or 10 (0 to 10, NPS)")
    return (None if document.faults else source), document


def _check_columns(source: SourceDef, document: Document) -> None:
    known = source_columns(source.kind)
    for column in source.columns:
        if column not in known:
            document.fault("DEF-012", f'a {source.kind} has no column "{column}"' + did_you_mean(column, known),
                           ("columns", column), key=True, name=column, expected=", ".join(known))


def _check_headers(source: SourceDef, document: Document) -> None:
    """With `headers` given, every header that is used must be one of them."""
    for column, spec in source.columns.items():
        for one, at in [(spec, ("columns", column)), *((other, ("columns", column, "else", i))
                                                       for i, other in enumerate(spec.else_))]:
            if not one.from_ and one.constant is None:
                document.fault("DEF-014", f"{column} needs from (a header) or constant", at,
                               key=len(at) == 2, name=column)
    _check_constants(source, document)
    if not source.headers:
        return
    # a|b: one header in two spellings, and any one of them will do
    known = {one.strip().casefold() for header in source.headers for one in header.split("|")}
    for claim in source.claims:
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
    for column, spec in source.columns.items():
        if column not in source_columns(source.kind):
            continue
        kind = column_type(source.kind, column)
        for one, at in [(spec, ("columns", column)), *((other, ("columns", column, "else", i))
                                                       for i, other in enumerate(spec.else_))]:
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
