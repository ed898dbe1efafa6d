"""Which source a file belongs to, by its headers: exactly one may claim it."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from functools import lru_cache

from cs_cli.base.errors import Fault, InputRefused, UsageError
from cs_cli.base.near import did_you_mean, near
from cs_cli.definitions.shapes import SourceDef
from cs_cli.intake.again import quoted


@lru_cache(maxsize=8192)
def fold_header(header: str) -> str:
    """A header as it is compared: NFC, one space between words, no case, no asterisk at its ends.

    An asterisk marks a required column ("*ContactName", "Organization - Name*").
    """
    text = " ".join(unicodedata.normalize("NFC", header).split())
    return (text.strip("*").strip() or text).casefold()


def alternatives(header: str) -> list[str]:
    """The spellings of one declared header: "Record ID|ID de registro" is two."""
    return [fold_header(part) for part in header.split("|")]


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


def there(header: str, headers: frozenset[str]) -> bool:
    """Is a declared header, in one of its spellings, among the folded headers?"""
    return any(
        any(is_like(word, one) for one in headers) if word.startswith("~") else word in headers
        for word in alternatives(header)
    )


def claims(source: SourceDef, headers: frozenset[str]) -> bool:
    """Does the source claim a file with these folded headers?

    Every claimed header is there in one of its spellings and no header of `unless` is. A
    canonical template also knows its whole header line: at least half of the file's headers
    must belong to it (a wide usage table names its metrics freely).
    """
    if not all(there(claim, headers) for claim in source.claims):
        return False
    if any(there(header, headers) for header in source.unless):
        return False
    if source.days_across:
        return sum(header_day(header, source.days_across) is not None for header in headers) >= 2
    if source.role == "canonical" and not source.wide:
        own = _own(source)
        return 2 * sum(header in own for header in headers) >= len(headers)
    return not source.wide or len(headers) > len(source.claims)


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
    return frozenset(word for header in source.headers for word in alternatives(header))


def recognise(headers: Sequence[str], sources: Iterable[SourceDef], wanted: str | None, file: str) -> SourceDef:
    """The one source that claims the file, or the wanted one if its claims hold.

    Raises UsageError IMP-201 (no such source), InputRefused IMP-202 (nobody claims it),
    IMP-203 (several do), IMP-204 (the wanted source misses headers).
    """
    every = list(sources)
    folded = frozenset(fold_header(header) for header in headers if header)
    if wanted is not None:
        return _wanted(wanted, every, folded, headers, file)
    found = [source for source in every if claims(source, folded)]
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
            next=" or ".join(f"cs import --source {source.source} {quoted(file)}" for source in found[:3]),
        )
    raise InputRefused.of(
        "IMP-202", "no source knows these headers", file=file, line=None,
        value=", ".join(headers)[:200], expected=_nearest(every, folded, headers),
        next=f"cs sources new {file} drafts a source from its headers and values; or rename its columns to those of "
        "cs import --template KIND; cs sources list shows what is known",
    )


def _wanted(
    wanted: str, every: list[SourceDef], folded: frozenset[str], headers: Sequence[str], file: str
) -> SourceDef:
    source = next((s for s in every if s.source == wanted), None)
    if source is None:
        raise UsageError.of(
            "IMP-201", f'there is no source "{wanted}"{did_you_mean(wanted, [s.source for s in every])}',
            next="cs sources list",
        )
    missing = [c for c in source.claims if not there(c, folded)]
    if missing:
        claimed = [s.source for s in every if claims(s, folded)]
        looks = f"this looks like {' or '.join(claimed[:2])}: leave --source away; or " if claimed else ""
        raise InputRefused(
            [_missing(claim, headers, source, file) for claim in missing],
            next=f"{looks}cs sources show {source.source} tells where to get this export",
        )
    return source


def _missing(claim: str, headers: Sequence[str], source: SourceDef, file: str) -> Fault:
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

    best = max(sources, key=share, default=None)
    if best is None or share(best) < 0.5:
        return None
    if sum(there(c, folded) for c in best.claims) < 2 and not _own(best) & folded:
        return None  # a lone word such as "Segment" is in many files
    missing = [c for c in best.claims if not there(c, folded)]
    if missing:
        hints = [f'"{m}"' + "".join(f' (there is "{one}")' for one in near(m, headers, 1)) for m in missing]
        return f"{best.source} comes nearest and misses {', '.join(hints)}"
    return f"{best.source} comes nearest, but most columns are not in its template"
