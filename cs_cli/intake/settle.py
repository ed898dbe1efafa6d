"""What a person says on the command line about how cells are read, laid over the source's columns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeVar

import msgspec

from cs_cli.base.errors import UsageError
from cs_cli.base.near import did_you_mean
from cs_cli.definitions.shapes import SourceColumn, SourceDef, SourceField
from cs_cli.definitions.sources import SCALES
from cs_cli.intake.loose import unit_of
from cs_cli.intake.recognise import fold_header
from cs_cli.intake.results import ImportOptions
from cs_cli.intake.values.days import compiled
from cs_cli.intake.values.decide_numbers import NUMBERS, declared_scale

Spec = TypeVar("Spec", bound=SourceColumn)
DAYS = ("day", "instant")
# the options that say how cells are read
OF_CELLS = ("dates", "decimal", "excel_dates", "century", "percents", "dashes", "scale")
ORDERS = ("dmy", "mdy", "ymd", "iso", "unix", "unix_ms")


def check_options(options: ImportOptions) -> None:
    """Refuses options of reading that say nothing or two things: UsageError IMP-240."""
    if options.dates is not None and options.dates not in ORDERS:
        try:
            compiled(options.dates)
        except ValueError as error:
            raise UsageError.of(
                "IMP-240", f"--dates {options.dates}: {error}",
                expected='dmy, mdy, ymd, or a form such as "MMM D, YYYY"',
            ) from error
    if options.decimal not in (None, ".", ","):
        raise UsageError.of("IMP-240", f"--decimal {options.decimal}: this is no decimal mark", expected='"." or ","')
    if options.percents not in (None, "percent", "fraction"):
        raise UsageError.of(
            "IMP-240", f"--percents {options.percents}: percents are not written so", expected="percent or fraction"
        )
    if options.dashes not in (None, "cents", "minus"):
        raise UsageError.of(
            "IMP-240", f"--dashes {options.dashes}: a dash behind the decimal mark is not that",
            expected="cents (50,- is 50) or minus (it is -50)",
        )
    if options.scale not in (None, *SCALES):
        raise UsageError.of(
            "IMP-240", f"--scale {options.scale}: no survey is answered so", expected=(
                "the best answer: 5 (1 to 5, satisfaction), 7 (1 to 7, effort), 10 (0 to 10, NPS) or 100"
            ),
        )
    if options.ends not in (None, "last_day", "first_free_day"):
        raise UsageError.of(
            "IMP-240", f"--ends {options.ends}: an end is not that", expected="last_day or first_free_day"
        )
    if options.money not in (None, "read", "keep"):
        raise UsageError.of(
            "IMP-240", f"--money {options.money}: what a list of accounts says of money is not read so", expected=(
                "read (they are what customers pay and when they renew) or keep (they stay attributes)"
            ),
        )
    if options.quote is not None and (len(options.quote) != 1 or options.quote in "\r\n"):
        raise UsageError.of("IMP-240", f"--quote {options.quote}: this is no quote", expected="one character")
    for name, number, least, unit in (
        ("--skip", options.skip, 0, "lines"), ("--max-file-mb", options.max_file_mb, 1, "megabytes"),
    ):
        if number is not None and number < least:
            raise UsageError.of("IMP-240", f"{name} {number}: this cannot be", expected=f"{least} {unit} or more")


def settle(source: SourceDef, options: ImportOptions) -> SourceDef:
    """The source with the options in its columns. A format that the source declares itself stands."""
    if options.money is not None:
        source = msgspec.structs.replace(source, money=options.money)
    if options.ends is not None:
        source = msgspec.structs.replace(source, ends=options.ends)
    if options.scale is not None and (source.kind in ("survey", "ticket") or source.role == "book"):
        source = msgspec.structs.replace(source, scale=options.scale)
    if not any(getattr(options, name) for name in OF_CELLS):
        return source
    also = [msgspec.structs.replace(part, columns=_all_settled(part.columns, options)) for part in source.also]
    return msgspec.structs.replace(source, columns=_all_settled(source.columns, options), also=also)


def _all_settled(columns: Mapping[str, SourceField], options: ImportOptions) -> dict[str, SourceField]:
    return {
        name: msgspec.structs.replace(_settled(spec, options), else_=[_settled(one, options) for one in spec.else_])
        for name, spec in columns.items()
    }


def _settled(spec: Spec, options: ImportOptions) -> Spec:
    changes: dict[str, object] = {}
    if spec.type in DAYS and (not spec.format or {"auto", "written"} & set(spec.format)):
        forms = [options.dates] * bool(options.dates) + ["excel"] * options.excel_dates
        if forms:
            declared = [form for form in spec.format if form != "auto"]
            changes["format"] = list(dict.fromkeys(["iso", "ymd", *declared, *forms]))
        changes["century"] = spec.century or options.century
    if spec.type in NUMBERS and spec.decimal is None and options.decimal:
        changes["decimal"] = options.decimal
    if spec.type in NUMBERS and spec.dashes is None and options.dashes:
        changes["dashes"] = options.dashes
    if spec.type == "percent" and options.percents and not declared_scale(spec):
        changes["format"] = [options.percents]
    return msgspec.structs.replace(spec, **changes) if changes else spec


def renamed(headers: Sequence[str], renames: Sequence[str], file: str) -> list[str]:
    """The headers with every `NEW=OLD` of --rename applied. UsageError IMP-241 when NEW is not there."""
    found = list(headers)
    for text in renames:
        new, mark, old = text.partition("=")
        at = next((n for n, header in enumerate(headers) if fold_header(header) == fold_header(new)), None)
        if not mark or not old.strip() or at is None:
            what = "it does not say which name the column had before"
            if at is None:
                what = f'the file has no column "{new}"' + did_you_mean(new, list(headers))
            raise UsageError.of(
                "IMP-241", f"--rename {text}: {what}", file=file,
                expected='the header in the file, "=", and the name it had before',
            )
        found[at] = renamed_to(old.strip(), new)
    return found


def renamed_to(old: str, header: str) -> str:
    """The name that a column had before, with what its amounts are written in: "Turnover (k€)" is "ARR (k€)"."""
    return old if unit_of(old) else old + unit_of(header)
