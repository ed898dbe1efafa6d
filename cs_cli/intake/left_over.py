"""Columns of a kept sheet that nobody knows and that look like what the desk lives on: what customers pay, the day of
renewal, the owner, the judgement. Kept as attributes they would be in no figure, so a person says once what they are.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cs_cli.base.command_line import as_typed
from cs_cli.base.errors import Fault, GuardStopped
from cs_cli.definitions.words import means
from cs_cli.intake.again import again
from cs_cli.intake.book import is_book, judgement_of
from cs_cli.intake.catalogue import shipped_sources
from cs_cli.intake.crm_money import bare_header, told_of_money
from cs_cli.intake.header_words import whose
from cs_cli.intake.loose import loose_header
from cs_cli.intake.plan import Plan
from cs_cli.intake.recognise import spellings
from cs_cli.intake.results import ImportOptions
from cs_cli.intake.values import BadValue
from cs_cli.intake.values.money import written_amount
from cs_cli.intake.values.written import written_day_converter

if TYPE_CHECKING:
    from cs_cli.intake.stage import Staged

MOST = 0.6      # of a column's filled cells: what it holds
SHOWN = 3
_SAYS_PRICE = re.compile(
    r"\b(?:arr|mrr|acv|abo|fee)\b|revenue|umsatz|revenu|ingreso|facturaci|receita|faturamento|fatturato|omzet|pric(?:e|ing)\b|"
    r"preis|prix|precio|preço|"
    r"prezzo|prijs|value|wert|valeur|valor|amount|betrag|montant|importe|importo|bedrag|"
    r"abonn|subscription|beitrag|jahres|jährl|annual|annuel|anual|annuo|annuale|yearly|jaar|mensual|"
    r"mensal|gebühr|canone|cuota|spend|contract|vertrag|contrat", re.IGNORECASE,
)
_NO_PRICE = re.compile(
    r"upsell|cross|expan|potent|potenz|target|goal|forecast|prognos|"
    r"last year|previous|prior|vorjahr|overdue|outstand|balance|"
    r"expect|estimat|erwart|prévu|previst|attes|verwacht|weighted|propos|quoted|list |listen|"
    r"unpaid|discount|rabatt|remise|descuento|desconto|sconto|credit|budget|pipeline|opportunit|cost|kosten|coût|coste|"
    r"custo|solde|lifetime|ltv|paid|growth|change|churn|lost|risk", re.IGNORECASE,
)
# the price of one of many is not what a customer pays
_OF_ONE = re.compile(
    r"(?:\bper\b|\bje\b|\bpro\b|\bpar\b|\bpor\b|/|\bp\.) ?(?:\w+ )?"
    r"(?:seat|user|licen|unit|head|agent|nutzer|benutzer|lizenz|platz|sitz|stück|einheit|utilisateur|siège|poste|usuario|usuário|asiento|puesto|licencia|licença|gebruiker|utente|posto)|"
    r"\b(?:seat|unit|user|list|licen[cs]e) (?:price|fee|rate)|stückpreis|einzelpreis|lizenzpreis|prix unitaire|"
    r"precio unitario|preço unitário|stuksprijs|prezzo unitario", re.IGNORECASE,
)
# how many, not how much
_COUNTS = re.compile(
    r"user|seat|install|employ|staff|head|people|mitarb|effectif|emplead|login|ticket|page|view|visit|contact|record|"
    r"download|call|api|number|anzahl|nombre|número|nutzer|licen|lizenz|sessions?\b|member|student|patient|order|"
    r"request|row|event|message|mails?\b|size|größe|zip|plz|postal|phone|tel|\bid\b|nr\b|no\b", re.IGNORECASE,
)
_GROUPED = re.compile(r"[0-9](?:[.,'’ \u00a0\u202f][0-9]{3})+\b|[0-9] ?[kKM]\b")
_YEAR = re.compile(r"\b(20[0-9]{2})\b|\bFY ?([0-9]{2})\b")
# in a CRM, where revenue and amounts are a company's own or a deal's
_OWN_PRICE = re.compile(
    r"\b(?:arr|mrr|acv|tcv)\b|recurring|wiederkehr|récurrent|recurrent|recorrente|"
    r"(?:contract|vertrag|contrat|contrato) ?s?(?:value|amount|wert|betrag)|abo(?:preis|betrag)|"
    r"annual (?:fee|price|value|spend)|subscription (?:value|price|amount)",
    re.IGNORECASE,
)
_A_MONTH = re.compile(
    r"\bmrr\b|month|monat|mois|mensu|mensal|mensil|\bmes\b|mês|mese\b|maand|/ ?m\b|p\.?/?m\b",
    re.IGNORECASE,
)
_NO_RENEWAL = re.compile(
    r"step|action|meeting|\bcall|qbr|review|follow|invoice|\bdue\b|schritt|termin\b|aktion|paso|acci|passo|ação|étape|"
    r"birth|training|go.?live|launch|kick|notice|opt.?out|künd|préavis|preaviso|aviso", re.IGNORECASE,
)
_SAYS_RENEWAL = re.compile(
    r"renew|renov|verläng|laufzeit|vertrag|contract|contrat|engagement|échéance|vencim|expir|ablauf|reconduc|verleng|"
    r"rinnov|scaden|\b(?:ends?|ende|fin|fim|fine|einde)\b", re.IGNORECASE,
)
_SAYS_OWNER = re.compile(
    r"^account$|betreu|referent|référent|interlocut|aanspreek|manager|gerente|executiv|beheerder|houder|adviseur|"
    r"consulente|conseill|dono d|dueñ|propriet|respons|gestor|owner|\bcsm?\b|\bkam\b|chargé|ejecutiv|encargad|asesor|"
    r"zuständ|verantw|berater|eigenaar", re.IGNORECASE,
)



@dataclass(frozen=True)
class _Role:
    """What a column may be: read by which record column, asked in which words, named how in the sheet's vocabulary."""

    columns: frozenset[str]
    lacks: str
    holds: str
    named: Callable[[str], str]
    looks: Callable[[str, list[str], str], bool]


def check_left_over(
    conn: sqlite3.Connection, staged: Staged, options: ImportOptions, *, repairs: bool
) -> None:
    """Raises GuardStopped IMP-263 where a sheet has no price, renewal, owner, judgement or status, and a column that
    looks like it is left over. One that was kept as an attribute before is not asked about again."""
    if not is_book(staged):
        _say_of_a_crm(conn, staged, options)
        return
    if options.yes or repairs or not (staged.attributes or staged.ours):
        return
    plan = staged.plan
    read = {f.column for fields in (plan.fields, *(one.fields for one in plan.also)) for f in fields if f.cells}
    known = {name for (name,) in conn.execute(
        "SELECT DISTINCT name FROM attribute WHERE source = ? AND retired_by IS NULL", (staged.source.source,)
    )}
    faults: list[Fault] = []
    words: list[str] = []
    theirs, first = "", not _had_before(conn, staged)
    for role in (*_ROLES, _status_role(staged)):
        if role.columns & read:
            continue
        found = [
            (header, cells) for _, header in staged.plan.attributes if header not in known
            and (cells := _cells(conn, staged, header)) and role.looks(header, cells, staged.spoken.day)
        ]
        if "owner" in role.columns and first:
            found += list(staged.ours.items())
        if not found and "total" in role.columns:
            faults += _prices_of_one(conn, staged, known)
        if not found:
            continue
        found.sort(key=lambda one: -_year_of(one[0]))  # of ARR 2025 and ARR 2026 the newest is today's
        names = ", ".join(f'"{header}"' for header, _ in found[:SHOWN])
        faults.append(Fault(
            "IMP-263", f"no column is known as {role.lacks}; is it {names}?", file=staged.table.name,
            name=found[0][0], value=", ".join(found[0][1][:SHOWN]), expected=role.holds,
        ))
        words.append(f"--rename {as_typed(f'{found[0][0]}={role.named(found[0][0])}')}")
        if "owner" in role.columns and loose_header(found[0][0]) in spellings(staged.source, "$either"):
            theirs = again(options, staged.table.name, f"--rename {as_typed(f'{found[0][0]}=Contact')}")
    if faults and not words:
        raise GuardStopped(
            faults, next="add a column ARR (or MRR) with what each customer pays; or import it without amounts: "
            + again(options, staged.table.name, "--yes"),
        )
    if faults:
        raise GuardStopped(
            faults, next=f"if so, for this file and those to come: {again(options, staged.table.name, *words)}; "
            + (f"if it is the customer's person: {theirs}; " if theirs else "")
            + f"if not, as attributes: {again(options, staged.table.name, '--yes')}",
        )


def _prices_of_one(conn: sqlite3.Connection, staged: Staged, known: Collection[str]) -> list[Fault]:
    """IMP-263 for a column with the price of one seat: for how many, and for how long, is not told by it."""
    for _, header in staged.plan.attributes:
        cells = _cells(conn, staged, header) if header not in known and _OF_ONE.search(header) else []
        if cells and _is_money(header, cells):
            return [Fault(
                "IMP-263", f'no column is known as what a customer pays; "{header}" is the price of one',
                file=staged.table.name, name=header, value=", ".join(cells[:SHOWN]),
                expected="ARR: what it pays a year",
            )]
    return []


def _year_of(header: str) -> int:
    """2026 for "ARR 2026" and "FY26"; 0 for a header without a year."""
    found = _YEAR.search(header)
    return 0 if found is None else int(found[1] or f"20{found[2]}")


def _had_before(conn: sqlite3.Connection, staged: Staged) -> bool:
    """Was there a sheet before this one?"""
    one = "SELECT 1 FROM account WHERE source = ? AND retired_by IS NULL LIMIT 1"
    return conn.execute(one, (staged.source.source,)).fetchone() is not None


def _status_role(staged: Staged) -> _Role:
    """Who left: a column of words for states of which one says that somebody did."""
    known = {
        str(word).casefold(): str(meaning) for part in staged.source.also if "status" in part.columns
        for word, meaning in part.columns["status"].map.items()
    }

    def looks(_: str, cells: list[str], __: str) -> bool:
        found = [known.get(" ".join(cell.split()).casefold().strip(" .!")) for cell in cells]
        gone = any(means("over_subscription", one) for one in found)
        return gone and sum(one is not None for one in found) >= MOST * len(found)

    return _Role(
        frozenset({"status"}), "the status", "Status: who is a customer, and who left (churned, lost, cancelled)",
        lambda _: "Status", looks,
    )


def _say_of_a_crm(conn: sqlite3.Connection, staged: Staged, options: ImportOptions) -> None:
    """Says which own columns of a CRM's list look like prices or renewals under a name that nobody knows. The first
    time only: most of what a CRM keeps is neither. Those of a known name are crm_money's."""
    if staged.source.kind != "account" or not staged.attributes or staged.source.money == "keep":
        return
    plan = staged.plan
    read = {f.column for one in plan.also for f in one.fields if f.cells}
    headers = [header for _, header in plan.attributes]
    told = told_of_money(headers)
    known = {name for (name,) in conn.execute(
        "SELECT DISTINCT name FROM attribute WHERE source = ? AND retired_by IS NULL", (staged.source.source,)
    )}
    staged.notes += _say_of_people(plan, headers, known)
    for role, says in zip(_ROLES[:2], (_OWN_PRICE, _SAYS_RENEWAL), strict=True):
        if role.columns & (read | told.keys()):
            continue
        for header in headers:
            words = bare_header(header).replace("_", " ")
            cells = _cells(conn, staged, header) if header not in known and says.search(words) else []
            if cells and role.looks(words, cells, staged.spoken.day):
                renamed = as_typed(f"{header}={role.named(words)}")
                way = again(options, staged.table.name, "--money read", f"--rename {renamed}")
                staged.notes.append(f"{header!r} looks like {role.lacks}, and is in no figure: {way} reads it so, once "
                                    "and for all")
                break


def _say_of_people(plan: Plan, headers: Sequence[str], known: Collection[str]) -> list[str]:
    """Columns of a CRM by which a kept sheet would know CSM, judgement or NPS, and that are attributes here."""
    book = next(one for one in shipped_sources() if one.role == "book")
    owned = any(f.column == "owner" and f.cells for f in plan.fields)
    told = []
    for word, what in (("csm", "who looks after the customer"), ("health", "how it is"), ("nps", "its NPS")):
        words = {loose_header(one) for one in book.words[word]}
        told += [f"{header!r} ({what})" for header in headers if header not in known
                 and (word != "csm" or owned) and loose_header(bare_header(header)) in words]
    if not told:
        return []
    return [f"{', '.join(told)}: kept as attributes, so that account.csm, pulses and answers do not come from there; a "
            f"sheet of your customers is read so, or a source of your own (cs sources copy {plan.source.source})"]


def _cells(conn: sqlite3.Connection, staged: Staged, header: str) -> list[str]:
    """The filled cells of a column that is left over; words for "not known" are not filled."""
    empty = {word.casefold() for word in staged.source.empty or ()}
    if not staged.attributes:
        return []
    rows = conn.execute(f"SELECT value FROM {staged.attributes} WHERE name = ? ORDER BY line", (header,))
    return [value for (value,) in rows if value and value.casefold() not in empty]


def _share(cells: Sequence[str], holds: Callable[[str], object]) -> float:
    def does(cell: str) -> bool:
        try:
            return holds(cell) not in (None, False)
        except BadValue:
            return False

    return sum(map(does, cells)) / len(cells)


def _is_price(header: str, cells: list[str], _: str) -> bool:
    return not _OF_ONE.search(header) and _is_money(header, cells)


def _is_money(header: str, cells: list[str]) -> bool:
    """By what the header says; under any header where the cells are written as amounts are: € 12.600, 12k, 48,000."""
    if _NO_PRICE.search(header) or _share(cells, lambda cell: written_amount(cell)[0] >= 0) < MOST:
        return False
    if _SAYS_PRICE.search(header) or any(written_amount(cell)[1] for cell in cells if _reads(cell)):
        return True
    return not _COUNTS.search(header) and _share(cells, lambda cell: _GROUPED.search(cell) is not None) >= MOST


def _reads(cell: str) -> bool:
    try:
        written_amount(cell)
    except BadValue:
        return False
    return True


def _is_renewal(header: str, cells: list[str], day: str) -> bool:
    read = written_day_converter(["dmy"])
    if _NO_RENEWAL.search(header) or _share(cells, read) < MOST:
        return False
    return bool(_SAYS_RENEWAL.search(header)) or _share(cells, lambda cell: read(cell) >= day) > MOST


def _is_owner(header: str, cells: list[str], _: str) -> bool:
    if whose(header) != "staff" and not _SAYS_OWNER.search(header):
        return False
    return not any(letter.isdigit() for cell in cells for letter in cell)


def _is_judgement(_: str, cells: list[str], __: str) -> bool:
    return _share(cells, lambda cell: len(cell) > 1 and judgement_of(cell)) >= MOST


_ROLES = (
    _Role(
        frozenset({"total", "mrr", "term_total", "price"}), "what a customer pays",
        "ARR: what it pays a year; MRR: what it pays a month; Contract value: for the whole term",
        lambda header: "MRR" if _A_MONTH.search(header) else "ARR", _is_price,
    ),
    _Role(
        frozenset({"renews_on"}), "the day of renewal", "Renewal date: the end of the term that runs",
        lambda _: "Renewal date", _is_renewal,
    ),
    _Role(frozenset({"owner"}), "the owner", "CSM: who looks after the customer", lambda _: "CSM", _is_owner),
    _Role(
        frozenset({"word"}), "how a customer is", "Health: a word, a colour, 1 to 5 or 0 to 100", lambda _: "Health",
        _is_judgement,
    ),
)
