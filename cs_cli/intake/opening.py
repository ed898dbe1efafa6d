"""One export opened by the source that claims it: its encoding, closing lines, group headings, virtual columns."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from cs_cli.base.errors import InputRefused, UsageError
from cs_cli.definitions.shapes import SourceDef
from cs_cli.intake.reader import ReadOptions, Source, Table, read_table
from cs_cli.intake.reader.encoding import choose_by_eye, codec_of, high_sample, show_candidates
from cs_cli.intake.reader.model import refused
from cs_cli.intake.recognise import expected, expected_best, fold_header, recognise
from cs_cli.intake.reshape import reshape
from cs_cli.intake.settle import renamed, renamed_to

# faults of a file that may be whole in another encoding
_OTHER_ENCODING = ("IMP-012", "IMP-020")


@dataclass(frozen=True)
class Known:
    """The encoding that a source's files had; since: where that was said, in words (import #3, its file)."""

    encoding: str
    since: str


@dataclass(frozen=True)
class Named:
    """The name that a column of a source's files had before; since: where that was said, in words."""

    former: str
    since: str


def open_export(
    path: Path | None,
    name: str,
    sources: Sequence[SourceDef],
    wanted: str | None,
    options: ReadOptions,
    day: date | str,
    renames: Sequence[str] = (),
    remembered: Callable[[], Mapping[str, Known]] = dict,
    names: Callable[[], Mapping[str, Mapping[str, Named]]] = dict,
) -> tuple[Table, SourceDef]:
    """(the table as its source reads it, the source). path None is stdin; day: the day of the import.
    renames: "header in the file=its former name"; remembered: source → the encoding that a person confirmed for it,
    asked for only when the file is not UTF-8 and nothing is said. names: source → header → its former name, as a person
    said for an earlier file.

    Raises InputRefused for every fault of the file and when no source, or more than one, claims it.
    """
    options = replace(
        options, expect_headers=tuple(expected(s) for s in sources),
        expect_best=tuple(expected_best(s) for s in sources if s.words and s.states),
    )
    file = Source(path, name, None, options)

    def opened(encoding: str | None) -> tuple[Table, SourceDef]:
        table = read_table(file, replace(options, encoding=encoding))
        if renames:
            table.headers = renamed(table.headers, renames, name)
        elif (source := _as_named(table, sources, wanted, names(), name)) is not None:
            return table, source
        return table, recognise(table.headers, sources, wanted, name)

    try:
        table, source = opened(options.encoding)
    except InputRefused as refusal:
        if options.encoding is not None or refusal.faults[0].ident not in _OTHER_ENCODING:
            raise
        found = _as_known(opened, sources, remembered())
        if found is None:
            raise
        table, source, known = found
        _check_remembered(file, source, known)
        table.notes.append(f"{known.encoding}, as {known.since}")
    else:
        if source.encoding and options.encoding is None and table.beyond_ascii and table.encoding == "utf-8":
            table.notes.append(f"read as UTF-8, not as {source.encoding}: all of its bytes are valid UTF-8")
    return reshape(table, source, day), source


def _as_named(
    table: Table, sources: Sequence[SourceDef], wanted: str | None, names: Mapping[str, Mapping[str, Named]], file: str
) -> SourceDef | None:
    """The one source that reads the file once its columns have the names that were said for its earlier files; the
    headers are then those. None where nothing was said of them."""
    here = {fold_header(header) for header in table.headers}
    for one, said in names.items():
        told = {
            at: said[text] for at, header in enumerate(table.headers)
            if (text := fold_header(header)) in said and fold_header(said[text].former) not in here
        }
        headers = [renamed_to(told[at].former, header) if at in told else header
                   for at, header in enumerate(table.headers)]
        with suppress(InputRefused, UsageError):
            if told and (source := recognise(headers, sources, wanted, file)).source == one:
                table.notes += [f"{table.headers[at]!r} is {named.former}, as said {named.since}"
                                for at, named in told.items()]
                table.headers = headers
                return source
    return None


def _as_known(
    opened: Callable[[str | None], tuple[Table, SourceDef]], sources: Sequence[SourceDef],
    remembered: Mapping[str, Known],
) -> tuple[Table, SourceDef, Known] | None:
    """The file in the encoding of the source that then claims it; None when there is not exactly one."""
    declared = {
        one.source: Known(one.encoding, f"its source {one.source} says") for one in sources if one.encoding
    }
    by_source = {**remembered, **declared}
    found = []
    for encoding in dict.fromkeys(known.encoding for known in by_source.values()):
        with suppress(InputRefused, UsageError):
            table, source = opened(encoding)
            known = by_source.get(source.source)
            if known is not None and codec_of(known.encoding) == codec_of(encoding):
                found.append((table, source, known))
    return found[0] if len(found) == 1 else None


def _check_remembered(file: Source, source: SourceDef, known: Known) -> None:
    """Raises InputRefused IMP-115 when the text reads far better in another encoding than in the remembered one."""
    from cs_cli.intake.reader.candidates import LIKELY, rank, score_of

    if source.encoding is not None or file.kind != "text":
        return
    sample, encoding = high_sample(file), codec_of(known.encoding) or known.encoding
    likely, score = rank(sample), score_of(sample, encoding)
    if not likely or score is None or any(encoding in one.names for one in likely):
        return
    if likely[0].score - score > LIKELY:
        raise refused(
            "IMP-115", f"until now the files of {source.source} were {known.encoding} ({known.since}): this one reads "
            "better otherwise", file=file.name, excerpt=show_candidates(likely), next=choose_by_eye(likely),
        )
