"""Findings about definitions and data: what would make a number wrong or a rule silent."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from typing import TYPE_CHECKING, Any

from cs_cli.reports.accepted import COLUMNS as ACCEPTED
from cs_cli.reports.accepted import Named, in_words, named, split
from cs_cli.reports.common import freshness_in_short, late_kinds, stale_sources, unsent_lines
from cs_cli.reports.model import Column, Report, Section
from cs_cli.store.dialect import expand

if TYPE_CHECKING:
    import sqlite3

    from cs_cli.definitions.workspace import Definitions

ABOUT = "Definitions and data quality: what would make a number wrong or a rule silent."

COLUMNS = (
    Column("check", "Check"),
    Column("id", "Id"),     # in front, as a narrow terminal drops the last ones
    Column("subject", "Subject"),
    Column("finding", "Finding"),
    Column("next", "Next"),
)
MOST = 20
Finding = dict[str, Any]    # by the keys of COLUMNS

_ROWS = "CASE COUNT(*) WHEN 1 THEN '1 row' ELSE COUNT(*) || ' rows' END"

# name → (SQL giving subject and finding, what to do). Data that is impossible, or that a person must decide on.
RULES: dict[str, tuple[str, str]] = {
    "subscription ends before it starts": (
        "SELECT r.source || ' ' || r.key, 'starts ' || r.started_on || ', ends ' || r.ended_on "
        "FROM known_subscription r WHERE r.ended_on < r.started_on ORDER BY r.source, r.key",
        "correct it in the billing system and import again",
    ),
    "contract ends before it starts": (
        "SELECT r.source || ' ' || r.key, 'starts ' || r.start_on || ', ends ' || r.end_on FROM known_contract r "
        "WHERE r.end_on < r.start_on ORDER BY r.source, r.key",
        "correct the contract and import again",
    ),
    "negative recurring amount": (
        "SELECT r.source || ' ' || r.key, 'its yearly amount is below zero' FROM known_subscription r WHERE r.arr < 0 "
        "ORDER BY r.source, r.key",
        "correct it in the billing system and import again",
    ),
    "usage below zero": (
        f"SELECT m.name, {_ROWS} || ' below zero' FROM known_usage u JOIN metric m ON m.id = u.metric "
        "WHERE u.value < 0 GROUP BY m.name ORDER BY m.name",
        "map the value that means unknown in a source of your own",
    ),
    "usage in the future": (
        f"SELECT m.name, {_ROWS} || ' after the day' FROM known_usage u JOIN metric m ON m.id = u.metric, clock c "
        "WHERE u.day > c.day GROUP BY m.name ORDER BY m.name",
        "check the clock of the system that wrote the export; these rows count for nothing yet",
    ),
    "no rate for a currency": (
        "SELECT m.currency, count(DISTINCT m.account) || "
        "CASE count(DISTINCT m.account) WHEN 1 THEN ' paying account: ' ELSE ' paying accounts: ' END || "
        "CASE WHEN fx.factor IS NULL "
        "THEN 'their money facts are unknown' ELSE 'what they paid from ' || min(m.from_on) || "
        "' until the first rate, of ' || max(m.to_on) || ', is unknown and counts in no figure' END "
        "FROM mrr_span m LEFT JOIN fx ON fx.currency = m.currency "
        "WHERE m.minor <> 0 AND m.arr_minor IS NULL GROUP BY m.currency ORDER BY m.currency",
        "declare it under fx: in cs.yaml, or import the rates of those days",
    ),
    "two rates of one day": (
        "SELECT r.currency || ' ' || r.day, count(DISTINCT r.rate) || ' different rates: that of ' || min(r.source) "
        "|| ' counts' FROM known_fx_rate r, clock c WHERE r.day <= c.day AND r.rate > 0 "
        # what cs.yaml declares holds for all days, whatever is imported
        "AND NOT EXISTS (SELECT 1 FROM fx_period p WHERE p.currency = r.currency AND p.from_on = '0001-01-01') "
        "GROUP BY r.currency, r.day HAVING count(DISTINCT r.rate) > 1 ORDER BY r.currency, r.day",
        "cs imports undo the one that is wrong",
    ),
    "amount not known": (
        "SELECT m.source || ' ' || coalesce(m.record, m.subscription), 'runs from ' || m.from_on || "
        "CASE WHEN m.to_on IS NULL THEN '' ELSE ' to ' || m.to_on END || ' at a price that nobody said: in no figure' "
        "FROM mrr_span m WHERE m.minor IS NULL AND m.origin NOT IN ('invoices', 'contracts') "
        "ORDER BY m.source, m.subscription, m.from_on",
        "add the amount to the export, or map its column: cs sources show",
    ),
    "due since, not known whether paid": (
        "SELECT r.account_id || ' ' || i.source || ' ' || coalesce(i.number, i.key), 'fell due on ' || "
        "coalesce(i.due_on, i.issued_on) || ', after the newest export, of ' || k.day || ': not counted as overdue' "
        "FROM known_invoice i "
        "JOIN temp.looked k ON k.source = i.source AND k.day <= coalesce(i.due_on, i.issued_on) "
        "JOIN account_of a ON a.ref = i.ref JOIN account_registry r ON r.account = a.account, clock c "
        "WHERE coalesce(i.due_on, i.issued_on) < c.day AND i.issued_on <= c.day "
        "AND i.amount > coalesce(i.amount_paid, 0) "
        "AND i.paid_on IS NULL AND NOT @is_settled_bill(i.status) AND NOT @is_gone_bill(i.status) "
        "ORDER BY coalesce(i.due_on, i.issued_on), i.source, i.key",
        "export the invoices anew and import them",
    ),
    "no usage seen": (
        "SELECT f.account_id || ' ' || coalesce(f.name, ''), 'not one row of usage names it, while other accounts "
        "have some: its usage is unknown, not 0' FROM account_facts f WHERE f.status = 'customer' "
        "AND EXISTS (SELECT 1 FROM temp.usage_linked) "
        "AND NOT EXISTS (SELECT 1 FROM temp.usage_linked l WHERE l.account = f.account) ORDER BY f.account_id",
        "cs accounts match, if its id in the product is another; usage: no_rows: zero in cs.yaml, if no row is no use",
    ),
    "usage metric late": (
        "SELECT c.name, 'its rows end on ' || c.covers_to || ', while others go on: scores keep it' "
        "FROM temp.coverage c WHERE c.stale = 1 AND c.metric IN (SELECT m.metric FROM temp.role_metric m) "
        "AND EXISTS (SELECT 1 FROM temp.covered) ORDER BY c.name",
        "is it still exported? usage: in cs.yaml says which metric counts as what",
    ),
    "case that cannot tell": (
        "SELECT 'c' || c.number || ' ' || r.account_id, c.playbook || ': no record has ' || c.subject || ' since ' "
        "|| c.missing_since FROM cs_case c JOIN account_registry r ON r.account = c.account "
        "WHERE c.state <> 'closed' AND c.missing_since IS NOT NULL ORDER BY c.number",
        "import what has it again, or cs cases close CASE --because …",
    ),
}


def build(
    conn: sqlite3.Connection, definitions: Definitions, day: date, *, known_at: date | None = None,
    everything: bool = False, **options: Any,
) -> Report:  # fmt: skip
    """One row per finding that nobody accepted, the same kind at most twenty times.

    everything: all of every kind, those that were accepted as well. Definitions that do not load never get here.
    """
    left, accepted = split(conn, findings(conn, definitions, day, known_at), day)
    listed = tuple([*left, *accepted] if everything else _most(left))
    section = Section(
        "findings", "Findings", (*COLUMNS, *(ACCEPTED if everything and accepted else ())), listed,
        text=in_words(accepted, "" if everything else "cs check --all"),
        empty="Nothing else found." if accepted else "Nothing found.",
    )  # fmt: skip
    return Report(
        "check",
        "Check",
        day.isoformat(),
        definitions.settings.currency,
        definitions.settings.company,
        freshness_in_short(conn, definitions, day),
        sections=(section,),
        flat=True,
    )


def findings(
    conn: sqlite3.Connection, definitions: Definitions, day: date, known_at: date | None = None
) -> list[Named]:
    """Every finding, accepted or not, in the order of the list."""
    from cs_cli.facts.contracts import build_contract_facts
    from cs_cli.facts.coverage import build_coverage
    from cs_cli.facts.ledgers import ledger_findings
    from cs_cli.facts.news import build_looked
    from cs_cli.reports.blind import blind_playbooks
    from cs_cli.reports.owners import owner_findings
    from cs_cli.revenue.lint import check_rows
    from cs_cli.scoring.desk import build_desk

    build_desk(conn, definitions, day, known_at)
    build_contract_facts(conn, definitions.settings, day, mrr_from=definitions.metrics.mrr_from, parts=True)
    build_coverage(conn, definitions.settings, day)
    build_looked(conn, definitions.settings, "invoice")
    found = [
        *_definitions(conn, definitions),
        *_unsent(conn, day),
        *_data(conn),
        *_unknown_worth(conn, definitions, day),
        # its subject is a line of an export, which the next one moves
        *(row | {"same": row["finding"]} for row in ledger_findings(conn, definitions.settings, day)),
        *_ends(conn),
        *_undecided(conn, definitions),
        *check_rows(conn, definitions.settings, day),
        *_contradictions(conn, definitions, day),
        *_unmatched(conn),
        *_links(conn),
        *owner_findings(conn, definitions.settings),
        *_missing(conn, definitions.settings.currency),
        *_stale(conn, definitions, day),
        *blind_playbooks(conn, definitions),
    ]
    return named(found)


def _finding(check: str, subject: object, finding: object, next: str, **named: object) -> Finding:
    """named: `same` and `content`, where subject and finding change by themselves; see accepted.named."""
    return {"check": check, "subject": subject, "finding": finding, "next": next, **named}


def _definitions(conn: sqlite3.Connection, definitions: Definitions) -> Iterator[Finding]:
    """What is allowed and looks wrong, each with its file, line and column; cases whose playbook is gone."""
    from cs_cli.base.error_catalogue import lookup
    from cs_cli.cases.renamed import orphans
    from cs_cli.definitions.list_warnings import list_warnings
    from cs_cli.definitions.warnings import idle_settings, playbook_warnings
    from cs_cli.facts.catalogue import names
    from cs_cli.scoring.desk import names_of

    enabled = [playbook for playbook in definitions.playbooks if playbook.enabled]
    for fault in (
        *list_warnings(definitions.segments, definitions.health, names(definitions.settings)),
        *playbook_warnings(enabled, names_of(definitions), definitions.segments),
        *idle_settings(definitions.settings, definitions.metrics),
        *orphans(conn, definitions.playbooks),
    ):
        text = lookup(fault.ident)
        place = f"{fault.file}:{fault.line}:{fault.column}" if fault.line else fault.file or fault.name
        yield _finding(
            text.title if text else fault.ident, place, fault.what, fault.next or f"cs explain {fault.ident}",
            same=f"{fault.file or ''} {fault.what}",     # a line above moves its place
        )


def _data(conn: sqlite3.Connection) -> Iterator[Finding]:
    for check, (sql, next_step) in RULES.items():
        for subject, finding in conn.execute(expand(sql)).fetchall():
            yield _finding(check, subject, finding, next_step)


def _ends(conn: sqlite3.Connection) -> Iterator[Finding]:
    from cs_cli.intake.ends import suspects

    for source, seen, next_step in suspects(conn):
        yield _finding("ends that may be a day off", source, seen, next_step)


def _unsent(conn: sqlite3.Connection, day: date) -> Iterator[Finding]:
    """What did not go out, or nobody knows whether it arrived, by channel."""
    for line in unsent_lines(conn, day):
        channel = line.partition(":")[0].removeprefix("not settled by ")
        yield _finding("message not settled", channel, line, "cs remind retry REF, or cs remind confirm REF")


def _undecided(conn: sqlite3.Connection, definitions: Definitions) -> Iterator[Finding]:
    """Columns of ARR and renewals in a CRM's lists that are in no figure, since nobody said what they are."""
    from cs_cli.intake.crm_money import undecided_money

    declared = {source.source for source in definitions.own_sources if source.money is not None}
    for source, seen, next_step in undecided_money(conn, declared):
        yield _finding("columns of money not decided on", source, seen, next_step)


def _most(found: Iterable[Finding]) -> Iterator[Finding]:
    """The same kind at most twenty times, and how many more there are."""
    kinds: dict[str, list[Finding]] = {}
    for row in found:
        kinds.setdefault(row["check"], []).append(row)
    for check, mine in kinds.items():
        yield from mine[:MOST]
        if len(mine) > MOST:
            yield _finding(check, "…", f"{len(mine) - MOST} more like this", "cs check --all lists every one")


def _contradictions(
    conn: sqlite3.Connection, definitions: Definitions, day: date
) -> Iterator[Finding]:
    from cs_cli.facts.contracts import build_customers
    from cs_cli.revenue.contradictions import check_rows

    build_customers(conn, definitions.settings, day, definitions.metrics.mrr_from)
    yield from check_rows(conn, day.isoformat())


def _unknown_worth(conn: sqlite3.Connection, definitions: Definitions, day: date) -> Iterator[Finding]:
    """Invoices and contracts of which nobody can tell what they are worth a month; their accounts' MRR is unknown."""
    from cs_cli.facts.invoice_notes import STALE, open_questions, unpriced_contracts

    names = {account: f"{key} {name}" for account, key, name in conn.execute(
        "SELECT account, account_id, coalesce(name, '') FROM account_facts"
    )}  # fmt: skip
    bills = open_questions(conn, definitions.settings.currency)
    for account, _, key, words in bills:
        yield _finding(
            "recurring revenue of an invoice not known", names.get(account, "").rstrip(), words,
            "import the newer invoices" if f": {STALE}" in words else
            f'invoice_period: {{"{key}": year}} in metrics.yaml (month, quarter … or one_off; by plan or source too)',
        )
    papers = unpriced_contracts(conn, day)
    for account, contract, since in papers:
        yield _finding(
            "contract without an amount", names.get(account, "").rstrip(),
            f"{contract} runs since {since}, and nothing says what is paid",
            f"cs contracts set ACCOUNT --contract {contract} --amount N",
        )


def _unmatched(conn: sqlite3.Connection) -> Iterator[Finding]:
    from cs_cli.intake.reviews import doubts
    from cs_cli.intake.unmatched import list_unmatched

    for one in list_unmatched(conn, doubts(conn)):
        named = one.name or one.domain or ""
        yield _finding(
            "belongs to no account",
            f"{one.system} {one.external_id} {named}".rstrip(),
            f"{one.rows} {'row counts' if one.rows == 1 else 'rows count'} nowhere: {one.why}",
            "add the account to the CRM, or its domain",
            content=one.why,    # its rows grow with each export
        )


def _links(conn: sqlite3.Connection) -> list[Finding]:
    from cs_cli.intake.reviews import reviews

    ids = dict(conn.execute("SELECT account, account_id FROM main.account_registry").fetchall())
    return [
        _finding(
            "link that no longer fits",
            f"{one.ref.system} {one.ref.external_id} {one.ref.name or ''}".rstrip(),
            f"stands with {ids[one.account]}, and {one.evidence} is {ids[one.other]}",
            "cs accounts match accepts or refuses it",
        )
        for one in reviews(conn)
    ]


def _missing(conn: sqlite3.Connection, currency: str) -> Iterator[Finding]:
    """Paying subscriptions that the newest whole export of their source does not hold."""
    from cs_cli.base.money import show, to_major
    from cs_cli.intake.missing import missing_paying

    for one in missing_paying(conn):
        money = show(to_major(one.arr, one.currency or currency), one.currency or currency)
        yield _finding(
            "paying and in no export", f"{one.source} {one.subscription} {one.name or ''}".rstrip(),
            f"{money} a year, not in any export since {one.since}: still counted",
            f"cs imports end-missing {one.source}",
        )


def _stale(conn: sqlite3.Connection, definitions: Definitions, day: date) -> Iterator[Finding]:
    from cs_cli.store.stopped import stopped_imports

    for one in stopped_imports(conn, day):
        since = "nothing of it has come in yet" if one.since is None else f"nothing new since {one.since}"
        yield _finding("import stopped", one.source, f"{since}; {one.file}: {one.reason}", "cs imports aside")
    for source, newest, age in stale_sources(conn, definitions.settings, day):
        yield _finding(
            "stale source", source, f"its newest export is of {newest}, {age} days ago", f"cs sources show {source}",
            content=newest,
        )
    for kind, late, missing in late_kinds(conn, definitions, day):
        of = late.partition(",")[0]     # the day; its age grows by itself
        text = f"{late}: {missing}"
        yield _finding("late data", kind, text, "export it anew and import it", content=f"{of} {missing}")
