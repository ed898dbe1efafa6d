"""What a person writes about contracts: terms by hand, and how a renewal ended. Each entry is one change set.

A hand row has the id of the contract or subscription that it speaks of, and only the columns that were said; the
terms put hand over CRM over billing, column by column (facts/sql/terms.sql). So an entry can be taken back whole.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from cs_cli.base.days import add_months
from cs_cli.base.errors import Fault, UsageError
from cs_cli.base.money import exponent, is_currency, show, to_minor
from cs_cli.store.change_sets import append_row, begin_change_set, finish_change_set
from cs_cli.store.connection import rows, transaction

if TYPE_CHECKING:
    import sqlite3

    from cs_cli.definitions.shapes import Settings

OUTCOMES = ("renewed", "expanded", "contracted", "churned")
MOST_MONTHS = 240
SAME_END_DAYS = 15  # half a month: the known end has the length that is said
SAME_SHARE = 0.005  # a difference of half a percent is rounding, neither expansion nor contraction

PARTS = """
SELECT l.part, l.contract, l.line, l.source, l.first_on, l.start_on, l.end_on, l.term_months, l.renewal_months,
       l.said_renewal, l.arr_minor,
       l.notice_days, l.auto_renew, l.uplift, l.rolling, l.origin, l.decided
FROM term_line l WHERE l.account = :account ORDER BY l.rolling, l.end_on, l.line <> l.part, l.first_on, l.part
"""


@dataclass(frozen=True)
class Entry:
    """A change set written by hand, and what it says in one line."""

    change_set: int
    text: str


class Writer:
    """Writes entries for one account on a day. The terms (`build_contract_facts`) must stand for it.

    at: the instant written down, UTC ISO; who: the person.
    """

    def __init__(self, conn: sqlite3.Connection, settings: Settings, day: date, at: str, who: str | None) -> None:
        self.conn, self.settings, self.day, self.at, self.who = conn, settings, day, at, who

    def parts(self, account: int) -> list[dict[str, Any]]:
        """The account's terms before co-termed ones are put together, those that must be decided first."""
        return rows(self.conn, PARTS, {"account": account})

    def set_contract(self, account: int, contract: str | None, values: dict[str, Any]) -> Entry:
        """Write columns of a contract: any of start_on, end_on, term_months, renewal_term_months, notice_days,
        auto_renew, amount (Decimal, of the whole term, major units) with currency, uplift (fraction). contract:
        the id; None: the account's only term. A length that the known days do not have moves the end.

        Raises UsageError REV-001, REV-003 to REV-008.
        """
        if not values:
            raise UsageError.of("REV-003", "nothing was said about the contract", next="cs contracts set --help")
        _check(values)
        parts = self.parts(account)
        named = self._named(account, parts, contract)
        part = next((one for one in parts if one["contract"] == named), None)
        known = part is not None or self._known(account, named)
        whole = "end_on" in values or {"start_on", "term_months"} <= values.keys()
        if not known and not whole:
            raise UsageError.of(
                "REV-007", f'nothing is known of a contract "{named}" yet',
                expected="--ends DAY, or --starts DAY with --term-months N",
            )  # fmt: skip
        written = values | self._moved_end(account, named, values)
        began = part["start_on"] if part is not None else None
        if "start_on" not in written and began is not None and str(written.get("end_on") or "") > began:
            # said of the term that runs now: without its start it would seem to have run from the very first day
            written["start_on"] = began
        start, end = str(written.get("start_on") or ""), str(written.get("end_on") or "")
        if not end and start and part is not None:
            end = part["end_on"] or ""
        first = start or str(part["first_on"] or "" if part is not None else "")
        if first and end and end <= first:
            raise UsageError.of("REV-004", f"the term would start on {first} and end on {end}")
        written |= self._money(account, named, written)
        told = {*values, "end_on"} & written.keys()
        with transaction(self.conn):
            ref = self._ref(account, named)
            change = self._begin("contract set by hand")
            what = append_row(self.conn, "contract", change, "hand", named, ref, written)
            self._finish(change, what)
        said = ", ".join(f"{name} {value}" for name, value in {**values, **written}.items() if name in told)
        return Entry(change, f"{named}: {said}")

    def close(
        self,
        account: int,
        account_id: str,
        line: str,
        outcome: str,
        *,
        amount: Decimal | None = None,
        currency: str | None = None,
        months: int | None = None,
        reason: str | None = None,
    ) -> Entry:
        """Say how a renewal ended: a new term beside the old one, or none. line: the id of the renewal.

        amount: of the whole new term, major units; months: its length, else as before. Parts of a co-termed renewal
        share the amount in the proportion of what they are worth. Raises UsageError REV-002, REV-009, REV-010.
        """
        parts = [one for one in self.parts(account) if one["line"] == line and not one["rolling"]]
        if not parts:
            raise UsageError.of("REV-002", f'the account has no renewal "{line}" to close', next="cs contracts list")
        _check({"amount": amount} if amount is not None else {})
        if outcome == "churned" and not (reason or "").strip():
            raise UsageError.of("REV-010", "a lost renewal needs a reason", expected='--reason "too expensive"')
        if outcome in ("expanded", "contracted") and amount is None:
            raise UsageError.of(
                "REV-010", f"a renewal that was {outcome} needs the new amount", expected="--amount 24000"
            )
        code = _code(currency or self.settings.currency)
        with transaction(self.conn):
            change = self._begin(f"renewal {outcome}" + (f": {reason}" if reason else ""))
            written = 0
            if outcome == "churned":
                written += self._lose(change, account, account_id, parts, reason or "")
            else:
                written += self._renew(change, account, parts, outcome, amount, code, months)
            finish_change_set(self.conn, change, written, written, 0, 0, 0)
        return Entry(change, f"{line} {outcome}")

    # --- a renewal's end ------------------------------------------------------

    def _lose(self, change: int, account: int, account_id: str, parts: list[dict[str, Any]], reason: str) -> int:
        for part in parts:
            self._status(change, account, part, "churned")
        left = [one for one in self.parts(account) if one["line"] != parts[0]["line"] and one["decided"] is None]
        if not left:  # nothing else runs: the account leaves on that day
            end = max(part["end_on"] for part in parts)
            key = f"{account_id}|{end}"
            append_row(
                self.conn,
                "churn",
                change,
                "hand",
                key,
                self._ref(account, key, "churn"),
                {"day": end, "reason": reason},
            )
        return len(parts) + (not left)

    def _renew(
        self,
        change: int,
        account: int,
        parts: list[dict[str, Any]],
        outcome: str,
        amount: Decimal | None,
        code: str,
        months: int | None,
    ) -> int:
        length = months or max(part["renewal_months"] or part["term_months"] for part in parts)
        total = None if amount is None else to_minor(amount, code)
        worth = [part["arr_minor"] for part in parts]
        known = all(one is not None for one in worth)
        if total is not None and known and code == self.settings.currency:
            self._agree(outcome, total * 12.0 / length, float(sum(worth)))
        shares = _shares(total, worth if known else [1] * len(parts))
        for part, share in zip(parts, shares, strict=True):
            end = date.fromisoformat(part["end_on"])
            values: dict[str, Any] = {
                "start_on": end,
                "end_on": add_months(end, length),
                "term_months": length,
                "renewal_term_months": part["said_renewal"],
                "notice_days": part["notice_days"],
                "auto_renew": part["auto_renew"],
                "uplift": part["uplift"],
            }
            if share is None and part["arr_minor"] is not None:
                share, code = round(part["arr_minor"] * length / 12.0), self.settings.currency
            if share is not None:
                values |= {"amount": share, "currency": code}
            base = str(part["contract"]).partition("+")[0]
            key = f"{base}+{part['end_on']}"
            append_row(self.conn, "contract", change, "hand", key, self._ref(account, key), values)
            self._status(change, account, part, outcome)
        return 2 * len(parts)

    def _agree(self, outcome: str, new: float, old: float) -> None:
        said = "renewed" if abs(new - old) <= SAME_SHARE * max(old, 1.0) else "expanded" if new > old else "contracted"
        if outcome != said and not (outcome == "renewed" and new > old):
            places = exponent(self.settings.currency)
            figures = [show(round(one / 10**places, places), self.settings.currency) for one in (old, new)]
            raise UsageError.of(
                "REV-009",
                f"{figures[0]} a year become {figures[1]} a year, which is {said}, not {outcome}",
                next="the amount is for the whole new term; --term-months says how long that is",
            )

    def _status(self, change: int, account: int, part: dict[str, Any], status: str) -> None:
        key = str(part["contract"])
        append_row(self.conn, "contract", change, "hand", key, self._ref(account, key), {"status": status})

    def _moved_end(self, account: int, key: str, values: dict[str, Any]) -> dict[str, Any]:
        """The end that a first term of so many months has, where the known days say another length.

        Renewals that the known end already counts leave it: 36 months and then by 12 end after 36, 48, 60 … months.
        """
        months = values.get("term_months")
        if months is None or "end_on" in values:
            return {}
        row = self.conn.execute(
            "SELECT start_on, end_on, renewal_months FROM term_paper WHERE account = ? AND key = ?", (account, key)
        ).fetchone() or (None, None, None)
        began, known_end = values.get("start_on") or row[0], row[1]
        if began is None or (known_end is None and "start_on" not in values):
            return {}
        start = date.fromisoformat(str(began))
        end = add_months(start, months)
        if known_end is None:
            return {"end_on": end}
        renewal = values.get("renewal_term_months") or row[2] or 12
        last = date.fromisoformat(known_end)
        if last.day == (start - timedelta(days=1)).day or (last + timedelta(days=1)).day == start.day:
            end -= timedelta(days=1)  # this contract names its last day
        candidates = [end]
        while candidates[-1] < last:
            candidates.append(add_months(end, renewal * len(candidates)))
        if any(abs((one - last).days) <= SAME_END_DAYS for one in candidates):
            return {}
        return {"start_on": start, "end_on": end}

    # --- which contract, which account ----------------------------------------

    def _named(self, account: int, parts: Sequence[dict[str, Any]], contract: str | None) -> str:
        if contract is not None:
            return contract
        open_parts = [one for one in parts if one["decided"] is None]
        if len(open_parts) == 1:
            return str(open_parts[0]["contract"])
        if open_parts:
            shown = "\n".join(
                f"{n:2}  {one['contract']}  {'ends ' + one['end_on'] if one['end_on'] else 'rolls'}  ({one['source']})"
                for n, one in enumerate(open_parts, 1)
            )
            raise UsageError(
                [Fault("REV-001", f"the account has {len(open_parts)} terms", excerpt=shown)],
                next="add --contract with one of the ids",
            )
        (account_id,) = self.conn.execute(
            "SELECT account_id FROM account_registry WHERE account = ?", (account,)
        ).fetchone()
        return f"hand-{account_id}"

    def _known(self, account: int, key: str) -> bool:
        return any(
            self.conn.execute(
                f"SELECT 1 FROM known_{kind} r JOIN account_of a ON a.ref = r.ref WHERE a.account = ? AND r.key = ?",
                (account, key),
            ).fetchone()
            for kind in ("contract", "subscription")
        )

    def _ref(self, account: int, key: str, kind: str = "contract") -> int:
        """The ref that a hand row hangs on: the one it has. UsageError REV-008 when that is another account's."""
        there = self.conn.execute(
            f"SELECT r.ref, a.account FROM main.{kind} r LEFT JOIN account_of a ON a.ref = r.ref "
            "WHERE r.source = 'hand' AND r.key = ? AND r.retired_by IS NULL",
            (key,),
        ).fetchone()
        if there is not None:
            if there[1] != account:
                raise UsageError.of("REV-008", f'"{key}" was written by hand for another account')
            return int(there[0])
        (ref,) = self.conn.execute("SELECT MIN(ref) FROM account_of WHERE account = ?", (account,)).fetchone()
        return int(ref)

    def _money(self, account: int, key: str, values: dict[str, Any]) -> dict[str, Any]:
        if "amount" not in values:
            if "currency" in values:
                raise UsageError.of("REV-006", "a currency needs its amount", expected="--amount 24000 --currency EUR")
            return {}
        code = values.get("currency")
        if code is None:
            found = self.conn.execute(
                "SELECT r.currency FROM known_contract r JOIN account_of a ON a.ref = r.ref "
                "WHERE a.account = ? AND r.key = ? AND r.currency IS NOT NULL ORDER BY r.source = 'hand' DESC",
                (account, key),
            ).fetchone()
            code = found[0] if found else self.settings.currency
        code = _code(code)
        return {"amount": to_minor(values["amount"], code), "currency": code}

    def _begin(self, note: str) -> int:
        return begin_change_set(
            self.conn, kind="hand", day=self.day, at=self.at, by=self.who, note=note, record_kind="contract"
        )

    def _finish(self, change: int, what: str) -> None:
        finish_change_set(self.conn, change, 1, what == "added", what == "changed", what == "unchanged", 0)


def _code(currency: str) -> str:
    code = currency.upper()
    if not is_currency(code):
        raise UsageError.of("REV-006", f'"{currency}" is not a currency', expected="a code of ISO 4217 such as EUR")
    return code


def _check(values: dict[str, Any]) -> None:
    for name in ("term_months", "renewal_term_months"):
        if values.get(name) is not None and not 1 <= values[name] <= MOST_MONTHS:
            raise UsageError.of(
                "REV-005", "a term of so many months cannot be", value=str(values[name]), expected=f"1 to {MOST_MONTHS}"
            )
    days = values.get("notice_days")
    if days is not None and not 0 <= days <= 3660:
        raise UsageError.of(
            "REV-005", "a notice period of so many days cannot be", value=str(days), expected="0 to 3660"
        )
    amount = values.get("amount")
    if amount is not None and (not amount.is_finite() or amount < 0):
        raise UsageError.of("REV-005", "this cannot be the amount of a term", value=str(amount), expected="0 or more")
    uplift = values.get("uplift")
    if uplift is not None and not -1 < uplift <= 1:
        raise UsageError.of("REV-005", "an uplift of so much cannot be", value=f"{uplift:.0%}", expected="-99% to 100%")


def _shares(total: int | None, worth: Sequence[float]) -> list[int | None]:
    """The total split in the proportion of worth, in whole minor units that add up to it."""
    if total is None:
        return [None] * len(worth)
    whole = sum(worth)
    if whole <= 0:
        worth, whole = [1] * len(worth), len(worth)
    found: list[int | None] = []
    given = 0
    for one in worth[:-1]:
        share = int(total * one / whole)
        given += share
        found.append(share)
    return [*found, total - given]
