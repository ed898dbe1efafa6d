"""One word, one meaning: every list of status words stands in definitions/words.py, and everybody asks it."""

from __future__ import annotations

import ast
import re
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from cs_cli.definitions.words import SCORES, WORDS, means, plain
from cs_cli.intake.catalogue import shipped_sources
from cs_cli.intake.synonyms import KNOWN
from cs_cli.store.dialect import expand
from cs_cli.store.functions import fold
from tests.conftest import ROOT

HOME = ROOT / "cs_cli" / "definitions" / "words.py"
# our own states, which no export delivers: of accounts, cases, tasks, deliveries, metrics, sources; interval units
OURS = (
    {"customer", "churned", "trial", "prospect"}, {"open", "waiting", "done"}, {"sent", "missed"}, {"missing", "stale"},
    {"volume", "active_users", "seats_used", "last_seen", "key_actions", "features", "agents"}, {"crm", "canonical"},
    {"year", "half_year", "quarter"},
    # of a subscription's steps, of where MRR comes from, of how a link was made
    {"paused", "pending"}, {"subscriptions", "events", "contracts", "invoices"}, {"hand", "merged"},
    # roles of a contact: a closed list, into which every source maps its own words
    {"decision_maker", "champion"},
)  # fmt: skip
# offered to people who write a source, and mixed: what calls for nothing special is among them
ORDINARY = {
    ("subscription", "status"): {"active"}, ("invoice", "status"): {"open", "overdue", "unpaid", "partial"},
    ("ticket", "status"): {"new", "open", "pending", "hold"},
    ("ticket", "priority"): {"low", "normal", "medium"}, ("contract", "status"): {"active", "signed"},
    ("deal", "status"): {"open"},
}  # fmt: skip
# outcomes of a renewal as `cs renewals close` takes them; currencies; nouns in headers and names of files
OTHER_WORDS = {"entries.py", "money.py", "synonyms.py"}
LIST = re.compile(r"([\w.]+(?:\([^()]*\))?(?:, ''\))?)\s+(?:NOT\s+)?IN\s*\(\s*('[^)]*)\)", re.IGNORECASE)
RAW = re.compile(
    r"fold\(\w+\.(?:status|kind|priority|category|stage|decision|name|value)\)[^=<>]{0,8}(?:=|<>)\s*'(\w+)'"
)


def sql_texts() -> Iterator[tuple[str, str]]:
    """(file, text) of every SQL file, and of every string in Python."""
    for path in sorted((ROOT / "cs_cli").rglob("*.sql")):
        yield path.name, "\n".join(line.split("--")[0] for line in path.read_text("utf-8").splitlines())
    for path in python_files():
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                yield path.name, node.value


def python_files() -> list[Path]:
    return [path for path in sorted((ROOT / "cs_cli").rglob("*.py")) if path != HOME]


def test_no_other_sql_holds_a_list_of_words() -> None:
    found = []
    for name, text in sql_texts():
        for match in LIST.finditer(text):
            words = set(re.findall(r"'([^']*)'", match[2]))
            if not any(words <= one for one in OURS):
                found.append(f"{name}: {match[0]}")
        found += [f"{name}: {match[0]}" for match in RAW.finditer(text) if any(means(one, match[1]) for one in WORDS)]
    assert not found


def test_the_check_sees_a_list() -> None:
    assert LIST.search("coalesce(@fold(i.status), '') NOT IN ('void', 'draft')")
    assert LIST.search("WHERE p.status IN ('paid', 'open')") and RAW.search("@fold(i.status) = 'paid'")


def test_no_python_holds_a_list_of_words() -> None:
    """Two words and more of one meaning in one list, set or tuple."""
    found = []
    for path in python_files():
        if path.name in OTHER_WORDS:
            continue
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Tuple | ast.List | ast.Set):
                words = {one.value for one in node.elts if isinstance(one, ast.Constant) and isinstance(one.value, str)}
                if len(words) > 1 and len(words) == len(node.elts):
                    found += [f"{path.name}:{node.lineno}: {name}" for name, one in WORDS.items()
                              if {plain(word) for word in words} <= one.words]  # fmt: skip
    assert not found


@pytest.mark.parametrize("name", WORDS)
def test_sql_and_python_say_the_same(name: str) -> None:
    conn = sqlite3.connect(":memory:")
    conn.create_function("fold", 1, fold, deterministic=True)
    sql = expand(f"SELECT @is_{name}(?)")
    for word in (None, "", "something else", *sorted(set().union(*(one.words for one in WORDS.values())))):
        split = "" if word is None else f" {word[:2]}_{word[2:4]}-{word[4:]}"
        for spelling in [None] if word is None else [word, word.upper(), split]:
            assert bool(conn.execute(sql, [spelling]).fetchone()[0]) == means(name, spelling), spelling
            (other,) = conn.execute(sql.replace("SELECT", "SELECT NOT"), [spelling]).fetchone()
            assert bool(other) != means(name, spelling)  # NOT of an unknown word is true, never NULL


def test_words_are_plain_and_a_macro_without_meaning_is_an_error() -> None:
    assert all(plain(word) == word for one in WORDS.values() for word in one.words)
    assert not set(WORDS) & set(SCORES)
    for sql in ("@is_no_such_word(x)", "@is_gone_bill(x, y)"):
        with pytest.raises(ValueError, match=r"macro|argument"):
            expand(sql)


def test_what_drafts_offer_is_known() -> None:
    for (kind, column), offered in KNOWN.items():
        if kind == "mrr_event":
            continue
        mine = [one for one in WORDS.values() if (one.kind, one.column) == (kind, column)]
        odd = {word for word in offered if not any(plain(word) in one.words for one in mine)}
        assert odd <= ORDINARY.get((kind, column), {"ces"}), (kind, column)


def test_no_shipped_source_turns_a_word_into_one_of_another_meaning() -> None:
    found = []
    for source in shipped_sources():
        for column, spec in source.columns.items():
            for name, meaning in WORDS.items():
                if (meaning.kind, meaning.column) == (source.kind, column):
                    found += [f"{source.source}: {word} → {value}, {name}" for word, value in (spec.map or {}).items()
                              if means(name, str(word)) and not means(name, str(value))]  # fmt: skip
    # Recurly and Lemon Squeezy call canceled what still runs to its end, and expired what is over; Recurly's failed
    # invoices are those that were given up after their dunning
    assert found == [
        "lemonsqueezy_subscriptions: cancelled → non_renewing, over_subscription",
        "lemonsqueezy_subscriptions: canceled → non_renewing, over_subscription",
        "recurly_invoices: failed → uncollectible, failed_bill",
        "recurly_subscriptions: canceled → non_renewing, over_subscription",
    ]


def test_the_template_takes_every_word_of_a_subscription() -> None:
    (source,) = (one for one in shipped_sources() if one.source == "cs_subscription")
    taken = {plain(str(word)) for word in source.columns["status"].map or {}}
    assert not {word for one in WORDS.values() if one.kind == "subscription" for word in one.words} - taken


def test_the_docs_list_every_word() -> None:
    page = (ROOT / "docs" / "words.md").read_text("utf-8")
    rows = [
        f"| `{name}` | {one.kind}.{one.column} | {one.about} | {', '.join(sorted(one.words))} |"
        for name, one in WORDS.items()
    ]
    assert [line for line in page.splitlines() if line.startswith("| `")] == rows
