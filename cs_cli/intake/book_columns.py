"""Columns of a kept sheet that stay attributes although they look like what is counted: money, and days of a start."""

from __future__ import annotations

import re
import sqlite3
from typing import TYPE_CHECKING

from cs_cli.base.command_line import as_typed
from cs_cli.intake.book_money import lines_of
from cs_cli.intake.header_words import is_id
from cs_cli.intake.loose import loose_header
from cs_cli.intake.subscriptions import column_of
from cs_cli.intake.values import BadValue, currency_in
from cs_cli.intake.values.money import written_amount
from cs_cli.intake.values.written import plain_amount

if TYPE_CHECKING:
    from cs_cli.intake.stage import Staged

MOST = 0.6      # of a column's filled cells: what it holds
APART = 0.02    # a term's value and so many years of ARR may differ so much
# what a customer pays, the strongest first: what stands in a row beside a stronger one is not counted
_PRICES = ("total", "mrr", "term_total", "price")
_MONEY = re.compile(
    r"\b(?:arr|mrr|acv|tcv|ltv|clv|nrr|abo|fees?|costs?|paid|spend|budget|balance|deposit|canone|cuota)\b|[€$£]|"
    r"pric(?:e|ing)\b|preis|\bprix|precio|preço|prezzo|prijs|amount|betrag|montant|importe?\b|importo|bedrag|\bvalues?\b|"
    r"\bwert|wert\b|valeur|valor|revenue|umsatz|revenu\b|ingreso|factur|faktur|invoic|rechnung|fattur|fatura|receita|omzet|"
    r"gebühr|kosten|coût|\bcoste|custo|payment|zahlung|paiement|\bpago|discount|rabatt|remise|descuento|desconto|sconto|"
    r"upsell|potential|potenzial", re.IGNORECASE,
)
# days on which somebody became a customer, most likely: what is made of them is said
_SIGNED_UP = re.compile(r"sign.?up|signed.?up|join|inscri|\balta\b|adesão|aanmeld|iscrizione", re.IGNORECASE)


def say_columns(conn: sqlite3.Connection, staged: Staged) -> None:
    """Says which columns are kept as attributes; which of them look like money and count nowhere, and what would count
    them; and which hold a day that is no start of what is paid."""
    read = [f for one in staged.plan.also for f in one.fields if f.cells]
    starts = next((f.header for f in read if f.column == "started_on"), "")
    if _SIGNED_UP.search(starts.replace("_", " ")):
        staged.notes.append(f"{starts!r} is taken as the day since when they pay")
    headers = [header for _, header in staged.plan.attributes]
    if not headers:
        return
    staged.notes.append("kept as attributes: " + ", ".join(headers))
    if not staged.attributes:
        return
    money = [header for header in headers if _is_money(header, _cells(conn, staged, header))]
    if money:
        prices = [f.header for one in staged.plan.also for f in one.fields if f.column in _PRICES and f.cells]
        one = len(money) == 1
        note = f"{', '.join(map(repr, money))} look{'s' * one} like money and {'is' if one else 'are'} NOT counted: "
        note += f"what they pay is read from {', '.join(map(repr, prices))}; " if prices else ""
        named = as_typed(f"{money[0]}=ARR")
        note += f"if {'it' if one else 'one of them'} is what they pay: --rename {named} (a year), or =MRR (a month), "
        note += "or ='Contract value' (the whole term)"
        if prices:
            note += f", and {prices[0]!r} under another name"
        staged.notes.append(note)
    words = {loose_header(word) for word in staged.plan.source.words.get("begun", ())}
    begun = [header for header in headers if loose_header(header) in words and _cells(conn, staged, header)]
    if begun and not any(f.column == "started_on" and f.cells for one in staged.plan.also for f in one.fields):
        staged.notes.append(
            f"{', '.join(map(repr, begun))}: a day on which something began, and not since when they pay; if it is "
            f"that: --rename {as_typed(f'{begun[0]}=Customer since')}"
        )


def say_beside(conn: sqlite3.Connection, child: Staged) -> None:
    """Says which prices of a row count nowhere because a stronger one stands beside them, and where they contradict."""
    read = {f.column: f.header for f in child.plan.fields if f.column in _PRICES and f.cells}
    for at, column in enumerate(_PRICES):
        above = [one for one in _PRICES[:at] if one in read]
        if column not in read or not above or column == "mrr":
            continue        # ARR and MRR are held against each other elsewhere
        stronger = f"coalesce({', '.join([*(column_of(child, 's', one) for one in above), 'NULL'])})"
        (rows,) = conn.execute(
            f"SELECT count(*) FROM {child.stage} AS s WHERE {column_of(child, 's', column)} IS NOT NULL "
            f"AND {stronger} IS NOT NULL"
        ).fetchone()
        if rows:
            names = " and ".join(repr(read[one]) for one in above)
            child.notes.append(f"{read[column]!r} is NOT counted where {names} says what they pay ({rows:,} "
                               f"row{'s' * (rows != 1)})")
    if not {"total", "term_total", "term_months"} <= set(child.delivered):
        return
    wrong = [str(line) for (line,) in conn.execute(
        f"SELECT s.line FROM {child.stage} AS s WHERE s.total > 0 AND s.term_total IS NOT NULL AND s.term_months > 0 "
        "AND abs(12.0 * s.term_total / s.term_months - s.total) > ? * s.total ORDER BY s.n", (APART,),
    )]
    if wrong:
        child.notes.append(
            f"{read.get('term_total', 'the value')!r} over its term is not {read.get('total', 'ARR')!r} in "
            f"{lines_of(wrong)}: {read.get('total', 'ARR')!r} counts"
        )


def _cells(conn: sqlite3.Connection, staged: Staged, header: str) -> list[str]:
    """The filled cells of an attribute; words for "not known" are not filled."""
    empty = {word.casefold() for word in staged.plan.source.empty}
    rows = conn.execute(f"SELECT value FROM {staged.attributes} WHERE name = ? ORDER BY line", (header,))
    return [value for (value,) in rows if value and value.casefold() not in empty]


def _is_money(header: str, cells: list[str]) -> bool:
    """Are most cells amounts, by the header or by a currency in them?"""
    amounts = 0
    for cell in cells:
        try:
            written_amount(cell)
        except BadValue:
            continue
        amounts += "%" not in cell
    if not cells or amounts < MOST * len(cells):
        return False
    if any(currency_in(plain_amount(cell)) for cell in cells):
        return True
    return not is_id(header) and bool(_MONEY.search(header.replace("_", " ")))

