"""The canonical templates: one header line for every kind of record."""

from __future__ import annotations

from cs_cli.base.errors import UsageError
from cs_cli.base.near import did_you_mean
from cs_cli.intake.catalogue import shipped_sources


def templates() -> dict[str, list[str]]:
    """Kind of record → the headers of its template, in order."""
    return {
        "book" if s.role == "book" else s.source.removeprefix("cs_"): s.headers
        for s in shipped_sources() if s.role in ("canonical", "book")
    }


def template_line(kind: str) -> str:
    """The header line for a kind, without line end. UsageError IMP-208 for an unknown kind."""
    known = templates()
    if kind not in known:
        raise UsageError.of(
            "IMP-208", f'there is no template "{kind}"{did_you_mean(kind, known)}', expected=", ".join(sorted(known))
        )
    return ",".join(known[kind])
