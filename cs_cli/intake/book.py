"""The sheet that a person keeps, one row per customer: what its cells say that no export's do.

Two people in one cell, a judgement in words or colours, a price told twice, ids that only number the rows.
"""

from __future__ import annotations

import re
import sqlite3
import unicodedata
from dataclasses import replace
from typing import TYPE_CHECKING

import msgspec

from cs_cli.base.command_line import as_typed
from cs_cli.base.errors import InputRefused
from cs_cli.base.money import is_currency
from cs_cli.definitions.shapes import Settings, SourceDef
from cs_cli.intake.book_columns import say_beside, say_columns
from cs_cli.intake.book_money import price_once, say_unpriced, tells_money
from cs_cli.intake.book_people import settle_contacts
from cs_cli.intake.book_states import read_states
from cs_cli.intake.crm_stages import say_unpaid, settle_stages
from cs_cli.intake.plan import OWN, Plan, make_plan
from cs_cli.intake.reader import Table
from cs_cli.intake.scales import lay_on_five, leave_out_of_five, scale_of
from cs_cli.intake.subscriptions import add_columns
from cs_cli.intake.values import BadValue, currency_in
from cs_cli.intake.values.written import plain_amount, written_number

if TYPE_CHECKING:
    from cs_cli.intake.stage import Staged

SHOWN = 3
REPEATED = 0.2      # of the rows; from there on it is no sheet with one row per customer
REPEATED_LEAST = 3
# the judgement that a word or colour stands for, 1 to 5
_JUDGEMENTS = {
    5: "green, grün, gruen, vert, verte, verde, groen, healthy, good, great, excellent, happy, strong, low risk, gut, "
    "sehr gut, gesund, bon, bonne, excellente, bueno, buena, bom, boa, saudável, sano, goed, gezond, buono, ottimo, g, "
    "🟢, 💚, 😀, 😃, 🙂, 😊, 👍, ✅, ☀, ensoleillé",
    3: "yellow, amber, oranje, naranja, laranja, arancione, gelb, "
    "jaune, amarillo, amarilla, amarelo, amarela, geel, giallo, orange, neutral, neutre, "
    "neutro, neutraal, okay, ok, medium, mittel, moyen, moyenne, medio, média, médio, gemiddeld, fair, watch, monitor, "
    "medium risk, y, 🟡, 🟠, 💛, 😐, ⛅, 🌤, nuageux, regular, mittelmäßig",
    2: "at risk, at-risk, gefährdet, à risque, en riesgo, em risco, risico, a rischio, concern, worried",
    1: "red, rot, rouge, rojo, roja, vermelho, vermelha, rood, rosso, poor, bad, critical, unhealthy, high risk, "
    "schlecht, kritisch, mauvais, mauvaise, critique, malo, mala, crítico, crítica, ruim, slecht, kritiek, cattivo, "
    "critico, r, 🔴, 😟, 😡, 👎, ❌, 🌧, ⛈, 🌩, orageux, pluvieux",
}
_WORDS = {word: score for score, words in _JUDGEMENTS.items() for word in words.split(", ")}
_SIGNS = [word for word in _WORDS if unicodedata.category(word[0]) == "So"]
_JUDGED = re.compile(r"([^-–—:;,(/]+?)\s*[-–—:;,(]")
_AND = re.compile(r"\s*(?:[/;&+|\n]|\s(?:and|und|et|y|e|en|ed)\s|,(?=\s*\S+@))\s*", re.IGNORECASE)


def is_book(staged: Staged) -> bool:
    return staged.source.role == "book"


def settle_key(table: Table, plan: Plan) -> list[str]:
    """Ids that only number the rows (1, 2, 3 … in their order) are none: the next sheet is sorted otherwise. Gives what
    is to be said of them."""
    if plan.source.role != "book" or not plan.key or not plan.key_else:
        return []
    at = plan.key[0]
    cells = [cells[at].strip() for _, _, cells in table.rows()]
    numbers = [int(cell) for cell in cells if cell.isascii() and cell.isdigit()]
    if 1 < len(cells) == len(numbers) and numbers == list(range(numbers[0], numbers[0] + len(numbers))):
        plan.key.clear()
        plan.ignored.append(table.headers[at])
        return [f"{table.headers[at]!r} only numbers the rows: customers are known by their names"]
    return []


def currencies(table: Table, source: SourceDef) -> set[str]:
    """Every currency that the sheet's amounts name."""
    return _named_in(table, make_plan(source, table.headers, table.name))


def _named_in(table: Table, plan: Plan) -> set[str]:
    named: set[int] = set()
    found: set[str] = set()
    for f in plan.readings():
        if f.column == "currency" or f.spec.type == "money":
            named.update(f.cells)
        if f.spec.type == "money" and (f.spec.currency or "").startswith("="):
            found.add(str(f.spec.currency)[1:])
    for _, _, cells in table.rows():
        for at in named:
            text = cells[at].strip()
            code = currency_in(plain_amount(text)) if any(letter.isdigit() for letter in text) else text.upper()
            if code and is_currency(code):
                found.add(code)
    return found


def settle_currency(table: Table, plan: Plan) -> list[str]:
    """Amounts whose currency neither a column nor a header says: all in the one that some of them name; where they name
    several, each in its own. Gives what is to be said of it."""
    if not tells_money(plan.source):
        return []
    found = _named_in(table, plan)
    if not found:
        return []
    code = f"={found.copy().pop()}" if len(found) == 1 else OWN
    said = []
    for one in plan.also:
        for at, f in enumerate(one.fields):
            if f.spec.type == "money" and not f.spec.currency:
                one.fields[at] = replace(f, spec=msgspec.structs.replace(f.spec, currency=code))
                if code == OWN:
                    said.append(f"{f.header!r} names {', '.join(sorted(found))}: each amount is in its own currency")
    return said


def settle_book(conn: sqlite3.Connection, staged: Staged, settings: Settings) -> None:
    """What the cells of a sheet mean together, before they are checked."""
    if not is_book(staged):
        for child in staged.also:
            if child.source.kind == "subscription" and tells_money(child.source):
                price_once(conn, child, whole=False)
                settle_stages(conn, staged, child)
        return
    _name_owners(conn, staged)
    settle_contacts(conn, staged, settings)
    for child in staged.also:
        kind = child.source.kind
        if kind == "pulse":
            _judge(conn, child, settings.me)
        elif kind == "subscription":
            price_once(conn, child)
            read_states(conn, staged, child)
            say_unpaid(conn, child, gone=False)
            say_beside(conn, child)
        elif kind == "survey":
            _leave_out_beyond(conn, staged, child)
    say_unpriced(conn, staged)
    say_columns(conn, staged)


def check_one_row_each(staged: Staged) -> None:
    """Raises InputRefused IMP-260 for a table with several rows for a customer: it is a list of something else."""
    twice = [row for row in staged.set_aside if row.ident == "IMP-215"]
    if is_book(staged) and len(twice) >= REPEATED_LEAST and len(twice) > REPEATED * staged.rows:
        names = list(dict.fromkeys(str(row.value) for row in twice))
        raise InputRefused.of(
            "IMP-260", f"{len(names):,} names stand on several rows: this is not one row per customer",
            file=staged.table.name, line=twice[0].line, name=twice[0].name, value=", ".join(names[:SHOWN]),
            next=f"cs sources new {as_typed(staged.table.name)} --save drafts a source for it; "
            "or put each customer into one row",
        )


def _name_owners(conn: sqlite3.Connection, staged: Staged) -> None:
    """Two people in the cell of one owner: the first is taken, and both are said."""
    if "owner" not in staged.delivered:
        return
    header = next(f.header for f in staged.plan.fields if f.column == "owner")
    alone = {name for (name,) in conn.execute(f"SELECT DISTINCT owner FROM {staged.stage} WHERE owner IS NOT NULL")}
    several = []
    for n, line, text in conn.execute(
        f"SELECT n, line, owner FROM {staged.stage} WHERE owner IS NOT NULL ORDER BY n"
    ).fetchall():
        people = split_people(text, alone)
        if len(people) < 2:
            continue
        several.append(f"{text!r} (line {line})")
        conn.execute(f"UPDATE {staged.stage} SET owner = ? WHERE n = ?", (people[0], n))
        for child in staged.also:
            if "who" in child.delivered:
                conn.execute(f"UPDATE {child.stage} SET who = ? WHERE line = ? AND who = ?", (people[0], line, text))
    if several:
        more = f" and {len(several) - SHOWN:,} more" * bool(several[SHOWN:])
        staged.notes.append(f"{header!r} names two people in {', '.join(several[:SHOWN])}{more}: the first owns it")


def split_people(text: str, alone: set[str]) -> list[str]:
    """The people that a cell names. "Bond, James" is one; "Ann, Bob" are two where one stands alone elsewhere."""
    people = [part.strip() for part in _AND.split(text) if part.strip()]
    if len(people) == 1 and "," in text:
        parts = [part.strip() for part in text.split(",") if part.strip()]
        if len(parts) > 1 and (not alone.isdisjoint(parts) or all(" " in part for part in parts)):
            return parts
    return people


def _judge(conn: sqlite3.Connection, child: Staged, me: str | None) -> None:
    """Words, colours and numbers as 1 to 5: of 0 to 100 the bands, 70 and more is good and below 50 bad."""
    if "word" not in child.delivered:
        return
    add_columns(conn, child, [("score", "INTEGER"), ("reason", "TEXT"), ("who", "TEXT")])
    rows = conn.execute(f"SELECT n, line, word, reason FROM {child.stage} ORDER BY n").fetchall()
    numbers = {n: value for n, _, word, _ in rows if (value := _number(word)) is not None}
    shares = {n for n, value in numbers.items() if 0 < value < 1}
    if shares and max(numbers.values()) <= 1:
        # 0.85 beside 1: shares of the whole, as a workbook keeps 85 %; a 1 among them is no one of five
        numbers, shares = {n: 100 * value for n, value in numbers.items()}, set()
        child.notes.append("health from 0 to 1 is read as a share of 100")
    top = max(numbers.values(), default=0.0)
    unread = []
    for n, line, word, reason in rows:
        score = judgement_of(word) if n not in numbers else None if n in shares else _of_number(numbers[n], top)
        if score is None:
            conn.execute(f"DELETE FROM {child.stage} WHERE n = ?", (n,))
            unread.append(f"{word!r} (line {line})")
            continue
        conn.execute(
            f"UPDATE {child.stage} SET score = ?, reason = ?, who = coalesce(who, ?) WHERE n = ?",
            (score, reason or word, me or child.source.source, n),
        )
    if unread:
        header = next(f.header for f in child.plan.fields if f.column == "word")
        more = f" and {len(unread) - SHOWN:,} more" if unread[SHOWN:] else ""
        child.notes.append(
            f"{header!r} is no word, colour, 1 to 5 or 0 to 100 in {', '.join(unread[:SHOWN])}{more}: no pulse there"
        )


def judgement_of(word: str) -> int | None:
    """1 to 5 for a word or a colour, or both where they say the same: "🟢 Healthy"."""
    scores = {_WORDS[sign] for sign in _SIGNS if sign in word}
    text = "".join(" " if unicodedata.category(c) in ("So", "Sk", "Cf", "Mn") else c for c in word)
    said = _WORDS.get(_bare(text))
    if said is not None:
        scores.add(said)
    return scores.pop() if len(scores) == 1 else None


def _bare(word: str) -> str:
    """The judgement without what is said behind it: green of "Green - renews in May"."""
    text = " ".join(word.split()).casefold().strip(".!")
    found = _JUDGED.match(text)
    return text if text in _WORDS or found is None else found[1].strip()


def _number(word: str) -> float | None:
    text = word.strip().removesuffix("%").removesuffix("/5").removesuffix("/100").strip()
    try:
        return float(written_number(text))
    except BadValue:
        return None


def _of_number(value: float, top: float) -> int | None:
    """1 to 5 as it is, where the whole column is; else 0 to 100. Up to 10 may be either: nothing says it."""
    if top <= 5:
        return int(value) if value in (1, 2, 3, 4, 5) else None
    if top <= 10 or not 0 <= value <= 100:
        return None
    return 1 if value < 30 else 2 if value < 50 else 3 if value < 70 else 4 if value < 85 else 5


def _leave_out_beyond(conn: sqlite3.Connection, staged: Staged, child: Staged) -> None:
    """A score beyond its scale (NPS -20, CSAT 92 %) is no answer of a person. Where no scale is said of CSAT, and where
    most of the NPS lie beyond, what lies within is of the other scale as well."""
    best = scale_of(staged.plan)
    if best is not None:
        lay_on_five(conn, child, "score", best, "kind = 'csat'")
    for kind, least, most in (("nps", 0, 10), ("csat", 1, 5)):
        beyond = conn.execute(
            f"SELECT line, score FROM {child.stage} WHERE kind = ? AND NOT score BETWEEN ? AND ? ORDER BY n",
            (kind, least, most),
        ).fetchall()
        if not beyond:
            continue
        (every,) = conn.execute(f"SELECT count(*) FROM {child.stage} WHERE kind = ?", (kind,)).fetchone()
        whole = best is None if kind == "csat" else 2 * len(beyond) > every
        within = "" if whole else f" AND NOT score BETWEEN {least} AND {most}"
        conn.execute(f"DELETE FROM {child.stage} WHERE kind = ?{within}", (kind,))
        shown = ", ".join(f"{score:g} (line {line})" for line, score in beyond[:SHOWN])
        where = "all of it is left out" if whole else "is left out there"
        told = ": --scale says of how many the best is (5, 7, 10 or 100)" if kind == "csat" and whole else ""
        child.notes.append(f"{kind.upper()} is not from {least} to {most} in {shown}, and {where}{told}")
    leave_out_of_five(conn, child)
