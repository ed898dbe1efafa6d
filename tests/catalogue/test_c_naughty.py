"""C35: naughty strings in every text column of every kind come back as they went in, byte for byte."""

from __future__ import annotations

import csv
import io

import pytest

from cs_cli.definitions.shapes import SourceDef
from cs_cli.intake.catalogue import shipped_sources
from tests.catalogue.desk import Desk
from tests.catalogue.naughty import EMPTY, NAUGHTY, OURS

ALL = [text for texts in NAUGHTY.values() for text in texts]
# a currency and an interval are words of a list, a parent is an account
NO_FREE_TEXT = {"currency", "interval", "parent", "subscription"}


def texts(source: SourceDef) -> dict[str, str]:
    """Header → column of what a person may write freely."""
    return {
        str(spec.from_[0]): name
        for name, spec in source.columns.items()
        if spec.type == "text" and spec.from_ and name not in NO_FREE_TEXT and spec.from_[0] not in source.key
    }


WITH_TEXT = {
    one.source: one for one in shipped_sources() if one.source.startswith("cs_") and one.kind != "usage" and texts(one)
}


def as_csv(rows: list[list[str]]) -> bytes:
    out = io.StringIO(newline="")
    csv.writer(out, lineterminator="\n").writerows(rows)
    return out.getvalue().encode()


def test_the_kinds_with_free_text_are_these() -> None:
    assert set(WITH_TEXT) >= {
        "cs_account", "cs_contact", "cs_deal", "cs_feedback", "cs_goal", "cs_note", "cs_request", "cs_survey",
        "cs_ticket", "cs_touch", "cs_attribute", "cs_churn", "cs_subscription",
    }  # fmt: skip
    assert len(ALL) >= 300


@pytest.mark.parametrize("name", sorted(WITH_TEXT))
def test_c35_every_text_column_gives_back_what_it_was_given(desk: Desk, name: str) -> None:
    source = WITH_TEXT[name]
    columns = texts(source)
    claims = [claim.split("|")[0] for claim in source.claims]
    required = [str(spec.from_[0]) for spec in source.columns.values() if spec.required and spec.from_]
    needed = [header for header in dict.fromkeys([*source.key, *claims, *required]) if header not in columns]
    kinds = {str(spec.from_[0]): spec.type for spec in source.columns.values() if spec.from_}
    rows = [[*needed, *columns]]
    for number, text in enumerate(ALL):
        cells = {"day": "2026-01-05", "integer": "3", "number": "3"}
        rows.append([*(cells.get(kinds.get(header, ""), f"N{number:03}") for header in needed), *[text] * len(columns)])
    answer = desk.cs("import", "--yes", "--source", name, desk.file("new.csv", as_csv(rows)))
    assert answer.code == 0, answer.err
    assert "\x1b" not in answer.err
    wanted = [None if text in EMPTY else OURS.get(text, text) for text in ALL]
    for column in columns.values():
        kept = desk.rows(
            f'SELECT "{column}" FROM {source.kind} WHERE retired_by IS NULL '
            "AND key >= 'N0' AND key < 'O' ORDER BY key"
        )
        assert [row[0] for row in kept] == wanted, column


def test_c35_what_is_shown_of_them_does_nothing(desk: Desk) -> None:
    """The same strings as names, listed in every format that a terminal may get."""
    rows = [["account_id", "name"], *([f"N{n:03}", text] for n, text in enumerate(ALL))]
    assert desk.cs("import", desk.file("new.csv", as_csv(rows))).code == 0
    for form in ("table", "md", "html", "json"):
        shown = desk.cs("accounts", "list", "--all", "-f", form)
        assert shown.code == 0
        odd = {char for char in shown.out if ord(char) < 32 or 127 <= ord(char) < 160} - {"\n"}
        assert not odd, f"{form}: {odd!r}"
        assert not set("\u202a\u202b\u202e\u2066\u2067\u2069") & set(shown.out), form
