"""Which source a file belongs to, by its headers: exactly one may claim it."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache

from cs_cli.base.command_line import as_typed
from cs_cli.base.errors import Fault, InputRefused, UsageError
from cs_cli.base.near import did_you_mean, near
from cs_cli.definitions.shapes import SourceDef
from cs_cli.intake.header_words import is_id, whose
from cs_cli.intake.loose import loose_header

BOOK_LEAST = 2      # columns that make a table a sheet of customers, where none is known as their name


@lru_cache(maxsize=8192)
def fold_header(header: str) -> str:
    """A header as it is compared: NFC, one space between words, no case, no asterisk at its ends.

    An asterisk marks a required column ("*ContactName", "Organization - Name*").
    """
    text = " ".join(unicodedata.normalize("NFC", header).replace("\u2019", "'").split())
    return (text.strip("*").strip() or text).casefold()


@lru_cache(maxsize=4096)
def alternatives(header: str) -> tuple[str, ...]:
    """The spellings of one declared header: "Record ID|ID de registro" is two."""
    return tuple(fold_header(part) for part in header.split("|"))


def spellings(source: SourceDef, header: str) -> Sequence[str]:
    """The spellings of a header that a source declares, folded as its headers are: "$arr" is any word for it."""
    if source.words and header.startswith("$"):
        return [word if word.startswith("~") else loose_header(word) for word in source.words.get(header[1:], ())]
    return alternatives(header)


def expected(source: SourceDef) -> tuple[str, ...]:
    """Headers by which a header line of the source is known, each in its spellings."""
    if not source.words:
        return tuple(source.claims)

    def all_of(headers: Iterable[str]) -> str:
        return "|".join(word for header in headers for word in spellings(source, header) if not word.startswith("~"))

    return (*(all_of([claim]) for claim in source.claims), all_of(source.claims_any))


def expected_best(source: SourceDef) -> tuple[str, ...]:
    """Of a source with words: the headers by which a sheet says how customers stand, and not only who they are."""
    return (*expected(source)[:len(source.claims)], "|".join(
        word for header in source.states for word in spellings(source, header) if not word.startswith("~")
    ))


def folds(source: SourceDef) -> Callable[[str], str]:
    """How the headers of a source's files are compared."""
    return loose_header if source.words else fold_header


def is_like(word: str, header: str) -> bool:
    """Does a folded header answer to one declared spelling?

    "~how likely recommend" answers to every header that holds these words in this order: a
    survey's question is its header.
    """
    if not word.startswith("~"):
        return word == header
    at = 0
    for part in word[1:].split():
        at = header.find(part, at)
        if at < 0:
            return False
        at += len(part)
    return True


def there(header: str, headers: frozenset[str], source: SourceDef | None = None) -> bool:
    """Is a declared header, in one of its spellings, among the folded headers?"""
    if source is not None and source.words:
        headers = frozenset(map(loose_header, headers))
    return any(
        any(is_like(word, one) for one in headers) if word.startswith("~") else word in headers
        for word in (alternatives(header) if source is None else spellings(source, header))
    )


def claims(source: SourceDef, headers: frozenset[str]) -> bool:
    """Does the source claim a file with these folded headers?

    Every claimed header is there in one of its spellings and no header of `unless` is. A
    canonical template also knows its whole header line: at least half of the file's headers
    must belong to it (a wide usage table names its metrics freely).
    """
    if not all(there(claim, headers, source) for claim in source.claims):
        return False
    if source.claims_any and not any(there(one, headers, source) for one in source.claims_any):
        return False
    if any(there(header, headers, source) for header in source.unless) or of_events(source, headers):
        return False
    if source.days_across:
        return sum(header_day(header, source.days_across) is not None for header in headers) >= 2
    if source.role == "canonical" and not source.wide:
        own = _own(source)
        return 2 * sum(header in own for header in headers) >= len(headers)
    return not source.wide or bool(source.metrics) or len(headers) > len(source.claims)


def of_events(source: SourceDef, headers: frozenset[str]) -> bool:
    """Do the headers tell of what happened on a day (a training, a meeting), and not how a customer stands?"""
    return any(there(one, headers, source) for one in source.events) and not any(
        there(one, headers, source) for one in source.states
    )


def claimants(sources: Iterable[SourceDef], headers: frozenset[str]) -> list[SourceDef]:
    """The sources that claim a file with these folded headers.

    A sheet that a person keeps is what no export is, nor a template that does not know what makes it one.
    """
    every = [source for source in sources if claims(source, headers)]
    found = [source for source in every if not source.words]
    if any(source.role != "canonical" for source in found):
        return found
    strange = headers.difference(*(_own(source) for source in found))
    return [s for s in every if s.words and any(there(one, strange, s) for one in s.claims_any)] or found


def header_day(header: str, formats: Sequence[str]) -> str | None:
    """The ISO day that a header names in one of the formats, else None."""
    from cs_cli.intake.values import BadValue
    from cs_cli.intake.values.days import parse

    for form in formats:
        try:
            found = parse(header, form)
        except BadValue:
            continue
        if found is not None:
            return found[0].isoformat()
    return None


def _own(source: SourceDef) -> frozenset[str]:
    """The headers of a source's files; a template's with the other names that its columns may have."""
    headers = list(source.headers)
    if source.role == "canonical":
        headers += [header for one in source.columns.values() for header in one.from_]
    return frozenset(word for header in headers for word in alternatives(header))


def recognise(headers: Sequence[str], sources: Iterable[SourceDef], wanted: str | None, file: str) -> SourceDef:
    """The one source that claims the file, or the wanted one if its claims hold.

    Raises UsageError IMP-201 (no such source), InputRefused IMP-202 (nobody claims it),
    IMP-203 (several do), IMP-204 (the wanted source misses headers).
    """
    every = list(sources)
    folded = frozenset(fold_header(header) for header in headers if header)
    if wanted is not None:
        return _wanted(wanted, every, folded, headers, file)
    found = claimants(every, folded)
    if len(found) > 1:
        # a canonical file with nothing but template columns is meant for that template
        whole = [s for s in found if s.role == "canonical" and not s.wide and folded <= _own(s)]
        declared = [s for s in found if s.role != "canonical"]
        found = whole if len(whole) == 1 and not declared else (declared or found)
    if len(found) == 1:
        return found[0]
    if found:
        names = " and ".join(source.source for source in found)
        raise InputRefused.of(
            "IMP-203", f"several sources claim this file: {names}", file=file,
            next=" or ".join(f"cs import --source {source.source} {as_typed(file)}" for source in found[:3]),
        )
    raise InputRefused.of(
        "IMP-202", "no source knows these headers", file=file, line=None,
        value=", ".join(headers)[:200], expected=_nearest(every, folded, headers),
        next=f"{_as_book(every, folded, headers, file)}{_drafts([file])}; {_despite(every, folded, file)}or rename its "
        "columns to those of cs import --template KIND; cs sources list shows what is known",
    )


def _as_book(sources: Sequence[SourceDef], folded: frozenset[str], headers: Sequence[str], file: str) -> str:
    """How a sheet of customers is read whose column of names has a name that nobody knows, in words; else ""."""
    for book in sources:
        if book.role != "book" or file == "-" or any(there(one, folded, book) for one in (*book.claims, *book.unless)):
            continue
        if of_events(book, folded):
            continue
        known = [one for one in book.words if there(f"${one}", folded, book)]
        first = next((
            h for h in headers if h and not is_id(h) and whose(h) != "staff"
            and not any(there(f"${one}", frozenset([h]), book) for one in known)
        ), "")
        if first and len({f"${one}" for one in known} & {*book.claims_any}) >= BOOK_LEAST:
            renamed = as_typed(f"{first}=Customer")
            return f"if it is the sheet of your customers: cs import {as_typed(file)} --rename {renamed}; else "
    return ""


def _despite(sources: Sequence[SourceDef], folded: frozenset[str], file: str) -> str:
    """How a list of what happened is read as a sheet of customers all the same, in words; else ""."""
    for book in sources:
        if book.role == "book" and file != "-" and of_events(book, folded) and all(
            there(one, folded, book) for one in book.claims
        ) and any(there(one, folded, book) for one in book.claims_any):
            return f"if each row is one of your customers all the same, --source {book.source} reads it so; "
    return ""


def _drafts(files: Sequence[str]) -> str:
    """The commands that draft a source for each of these files, in words."""
    if list(files) == ["-"]:
        return "save it as a file: cs sources new FILE drafts a source from its headers and values"
    lines = [f"cs sources new {as_typed(file)} --save" for file in files]
    return "; ".join(lines) + f" drafts a source from {'its' if len(lines) == 1 else 'their'} headers and values"


def all_unknown(refusals: Sequence[InputRefused]) -> InputRefused:
    """Every file that no source knows, in one refusal; one alone stays as it is."""
    if len(refusals) == 1:
        return refusals[0]
    faults = [fault for one in refusals for fault in one.faults]
    return InputRefused(faults, next=_drafts([fault.file for fault in faults if fault.file]))


def draft_them(faults: Sequence[Fault]) -> str:
    """The commands that draft a source for the files among these that only miss one, and "; or " to go on; else ""."""
    files = [fault.file for fault in faults if fault.ident == "IMP-202" and fault.file]
    return f"{_drafts(files)}; or " if files else ""


def _wanted(
    wanted: str, every: list[SourceDef], folded: frozenset[str], headers: Sequence[str], file: str
) -> SourceDef:
    source = next((s for s in every if s.source == wanted), None)
    if source is None:
        raise UsageError.of(
            "IMP-201", f'there is no source "{wanted}"{did_you_mean(wanted, [s.source for s in every])}',
            next="cs sources list",
        )
    missing = [c for c in source.claims if not there(c, folded, source)]
    if missing:
        claimed = [s.source for s in every if claims(s, folded)]
        looks = f"this looks like {' or '.join(claimed[:2])}: leave --source away; or " if claimed else ""
        raise InputRefused(
            [_missing(claim, headers, source, file) for claim in missing],
            next=f"{looks}cs sources show {source.source} tells where to get this export",
        )
    return source


def _missing(claim: str, headers: Sequence[str], source: SourceDef, file: str) -> Fault:
    if claim.startswith("$") and source.words:
        words = source.words.get(claim[1:], ())
        return Fault("IMP-204", f"a column that {source.source} needs is missing", file=file, name=", ".join(words[:3]),
                     expected=f"one of {len(words)} words for it, such as {', '.join(words[:6])}")
    close = near(claim.split("|")[0], headers)
    return Fault(
        "IMP-204", f'a column that {source.source} needs is missing', file=file, name=claim,
        expected=f'"{claim}"' + (f'; the file has "{close[0]}"' if close else ""),
    )


def _nearest(sources: list[SourceDef], folded: frozenset[str], headers: Sequence[str]) -> str | None:
    """The source that is nearest, and what it still misses."""
    def share(source: SourceDef) -> float:
        hits = sum(there(c, folded) for c in source.claims)
        known = _own(source)
        return hits / max(len(source.claims), 1) + 0.5 * len(known & folded) / max(len(folded), 1)

    best = max((source for source in sources if not source.words), key=share, default=None)
    if best is None or share(best) < 0.5:
        return None
    if sum(there(c, folded) for c in best.claims) < 2 and not _own(best) & folded:
        return None  # a lone word such as "Segment" is in many files
    missing = [c for c in best.claims if not there(c, folded)]
    if missing:
        hints = [f'"{m}"' + "".join(f' (there is "{one}")' for one in near(m, headers, 1)) for m in missing]
        return f"{best.source} comes nearest and misses {', '.join(hints)}"
    return f"{best.source} comes nearest, but most columns are not in its template"
