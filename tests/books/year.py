"""A year of Mondays at the sample company: weekly exports, what goes wrong with them, and books of its own beside.

The truth is read from the shipped exports of June 2026 and shown as it was on each Monday. Accidents (accidents.py)
are generators: what stands before a `yield` happens before a Monday's import; then the books are held against `cs`.

    python -m tests.books.year DIR [--weeks N] [--accident NAME]...    leaves the workspace in DIR, prints the commands
"""

from __future__ import annotations

import argparse
import csv
import io
import re
import sys
from collections.abc import Callable, Generator, Iterable
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from fractions import Fraction
from pathlib import Path
from typing import Any

from tests.books.desk import Desk, accounts_off, off
from tests.books.forms import CANONICAL, canonical, months_on
from tests.books.ledger import Books, Said, month_end, months_between
from tests.conftest import ROOT, Result

SAMPLE = ROOT / "sample_data" / "2026-06"
START = date(2025, 7, 7)
WEEK = timedelta(days=7)
PROSPECTS = ("Dovecote Assurance", "Glasshouse Growers", "Larchmont Hospital", "Waypoint Rentals")
Accident = Callable[["Year"], Generator[None, None, None]]


def read(name: str) -> list[dict[str, str]]:
    with (SAMPLE / f"{name}-2026-06-30.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def day_in(text: str) -> date | None:
    return date.fromisoformat(text[:10]) if text else None


def write(header: Iterable[str], rows: Iterable[dict[str, str]], quoting: int = csv.QUOTE_MINIMAL) -> str:
    out = io.StringIO()
    writer = csv.DictWriter(out, list(header), lineterminator="\n", quoting=quoting)  # type: ignore[arg-type]
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


class Differs(Exception):
    """A Monday on which the numbers are others."""


@dataclass
class Line:
    """One subscription of Stripe as it will have gone by June 2026, and what accidents make of it."""

    row: dict[str, str]
    account: str | None
    ended: date | None
    trial: tuple[date, date] | None
    anchor: date
    changes: list[tuple[date, dict[str, Any]]] = field(default_factory=list)

    @property
    def name(self) -> str:
        return self.row["Customer Name"]

    def change(self, day: date, **values: Any) -> None:
        """From an export's day on it reads otherwise: amount, quantity, currency, ended, trial, anchor, hidden."""
        self.changes.append((day, values))

    def said(self, day: date) -> Said | None:
        """What an export of the day says; None where it has no row."""
        now: dict[str, Any] = {
            "amount": int(float(self.row["Amount"])), "quantity": int(self.row["Quantity"]), "currency": "USD",
            "ended": self.ended if self.ended and self.ended <= day else None, "trial": self.trial,
            "anchor": self.anchor, "hidden": False,
        }  # fmt: skip
        for since, values in self.changes:
            if since <= day:
                now |= values
        started = date.fromisoformat(self.row["Start (UTC)"][:10])
        if started > day or now["hidden"]:
            return None
        trial, ended = now["trial"], now["ended"]
        on_trial = trial is not None and trial[0] <= day < trial[1]
        anchor, months = now["anchor"], 12 if self.row["Interval"] == "year" else 1
        if trial and trial[0] <= day:
            anchor = trial[0] if on_trial else trial[1]
        steps = 0
        while months_on(anchor, (steps + 1) * months) <= min(day, ended or day):
            steps += 1
        shown = trial if trial and trial[0] <= day else (None, None)
        return Said(
            day, started, now["amount"], "ended" if ended else "trial" if on_trial else "running", now["quantity"],
            self.row["Interval"], Fraction(0), now["currency"], self.row["Plan"], ended_on=ended, trial_start=shown[0],
            trial_end=shown[1], period_start=months_on(anchor, steps * months),
        )  # fmt: skip

    def cells(self, said: Said) -> dict[str, str]:
        """The row of Stripe's export."""
        months = 12 if said.interval == "year" else 1
        until = said.trial_end if said.status == "trial" else months_on(said.period_start or said.day, months)

        def midnight(day: date | None) -> str:
            return f"{day} 00:00:00" if day else ""

        asked = day_in(self.row["Canceled At (UTC)"])
        over = said.ended_on or (asked if asked and asked <= said.day and self.ended else None)
        word = {"running": "active", "trial": "trialing", "ended": "canceled"}[said.status]
        return self.row | {
            "Quantity": str(said.quantity), "Currency": said.currency.lower(), "Amount": f"{said.amount}.00",
            "Status": word, "Current Period Start (UTC)": midnight(said.period_start),
            "Current Period End (UTC)": midnight(until), "Trial Start (UTC)": midnight(said.trial_start),
            "Trial End (UTC)": midnight(said.trial_end), "Canceled At (UTC)": midnight(over),
            "Ended At (UTC)": midnight(said.ended_on), "Cancellation Reason": "", "auto_renew (metadata)": "",
        }  # fmt: skip


class Year:
    """The desk of the company, week after week, and the books beside it. wrong: what was told otherwise, by Monday."""

    def __init__(self, starter: Path, folder: Path) -> None:
        self.desk = Desk(starter, folder, today=START)
        self.day, self.wrong = START, list[str]()
        self.companies = read("hubspot-crm-exports-all-companies")
        for row in self.companies:
            if row["Company name"] in PROSPECTS:
                row["Create Date"] = "2025-05-05 09:00"  # known from the beginning
        self.contracts = read("success-contracts")
        of_domain = {row["Company Domain Name"]: row["Record ID"] for row in self.companies}
        self.names = {row["Company name"]: row["Record ID"] for row in self.companies}
        self.lines: list[Line] = []
        for row in read("stripe-subscriptions"):
            start, trial = date.fromisoformat(row["Start (UTC)"][:10]), day_in(row["Trial End (UTC)"])
            account = of_domain.get(row["Customer Email"].split("@")[1])
            ended = day_in(row["Ended At (UTC)"])
            self.lines.append(Line(row, account, ended, (start, trial) if trial else None, start))
        self.own: dict[str, Said] = {}
        self.own_accounts: dict[str, str] = {}
        self.own_sent = False
        # what the exports that are in have said: the books are a function of it
        self.known: dict[tuple[str, str], list[Said]] = {}
        self.rates: dict[str, Fraction] = {}
        self.blurred: set[str] = set()  # months whose kinds of movement nobody can know
        self.doubtful: set[str] = set()  # accounts that are customers or not, but the same in every list
        self.unknown: set[str] = set()  # accounts of which cs said that it does not know what they pay
        self.files: dict[str, str | bytes] = {}
        self.rows: list[tuple[Line, Said]] = []
        self.last = Result(0, "", "")
        self.skip = False
        self.words: list[str] = []
        self.edits: list[Callable[[], None]] = []

    # --- what accidents use --------------------------------------------------

    def line(self, name: str) -> Line:
        """The main subscription of a company."""
        extra = re.compile("addon|extra|audit")
        found = [one for one in self.lines if one.name == name and not extra.search(one.row["Plan"])]
        return found[0]

    def company(self, name: str) -> dict[str, str]:
        (found,) = [row for row in self.companies if row["Company name"] == name]
        return found

    def need(self, right: bool, what: str) -> None:
        """One more thing that must be so, beside the numbers."""
        if not right:
            self.wrong.append(f"{self.day}: {what}\n    the import said: {self.last.out} {self.last.err}")

    def needs_said(self, pattern: str, what: str) -> None:
        """cs must say it in the last import or in `cs check`."""
        text = self.last.out + self.last.err
        if not re.search(pattern, text, re.IGNORECASE):
            checked = self.desk.cs("check", codes=(0, 1))
            text = checked.out + checked.err
        self.need(re.search(pattern, text, re.IGNORECASE) is not None, f"nothing is said of {what} ({pattern})")

    def load(self, *paths: str, codes: Iterable[int] = (0,), words: Iterable[str] = ()) -> Result:
        """Import; an exit code that is not wanted is a difference like any other."""
        self.last = self.desk.cs("import", *paths, *words, codes=range(256))
        self.need(
            self.last.code in codes, f"import of {', '.join(paths)}: exit {self.last.code}, wanted {tuple(codes)}"
        )
        return self.last

    def note_rows(self) -> None:
        """The subscriptions of this week's export are in now."""
        for line, said in self.rows:
            if line.account:
                self.known.setdefault((line.account, line.row["id"]), []).append(said)

    def note_own(self) -> None:
        for key, said in self.own.items() if self.own_sent else ():
            self.known.setdefault((self.own_accounts[key], key), []).append(replace(said, day=self.day))

    # --- a week --------------------------------------------------------------

    def stripe(self) -> str:
        return write(self.lines[0].row, (line.cells(said) for line, said in self.rows))

    def crm(self) -> str:
        rows = [row for row in self.companies if row["Create Date"][:10] <= self.day.isoformat()]
        header = list(dict.fromkeys(name for row in rows for name in row))
        return write(header, [dict.fromkeys(header, "") | row for row in rows], csv.QUOTE_ALL)

    def sheet(self) -> str:
        """The company's own list of deals outside Stripe."""
        rows = [(self.own_accounts[key], key, replace(said, day=self.day)) for key, said in sorted(self.own.items())]
        return canonical(rows, [name for name in CANONICAL if name in ("discount", "cancelled_on")])

    def paper(self) -> str:
        rows = [row for row in self.contracts if row["start"] <= self.day.isoformat()]
        header = list(dict.fromkeys(name for row in rows for name in row))
        return write(header, [dict.fromkeys(header, "") | row for row in rows])

    def week(self, running: list[Generator[None, None, None]]) -> None:
        """One Monday: what happened, the exports, their import, and the numbers against the books."""
        settings = self.desk.folder / "cs.yaml"
        text = re.sub(r'^today: "[\d-]+"$', f'today: "{self.day}"', settings.read_text("utf-8"), flags=re.MULTILINE)
        settings.write_text(text, "utf-8")
        self.desk.story.append(f"# Monday {self.day}")
        self.skip, self.words, self.edits = False, [], []
        for accident in list(running):
            if next(accident, "over") == "over":
                running.remove(accident)
        self.rows = [(line, said) for line in self.lines if (said := line.said(self.day))]
        self.rows.sort(key=lambda pair: (pair[1].started_on, pair[0].row["id"]), reverse=True)
        stamp = self.day.isoformat()
        self.files = {f"hubspot-crm-exports-all-companies-{stamp}.csv": self.crm()}
        if self.own_sent:
            self.files[f"own-deals-{stamp}.csv"] = self.sheet()
        self.files[f"stripe-subscriptions-{stamp}.csv"] = self.stripe()
        if (self.day - START).days % 28 == 0:
            self.files[f"success-contracts-{stamp}.csv"] = self.paper()
        for edit in self.edits:
            edit()
        folder = f"exports/{stamp}"
        for name, content in self.files.items():
            self.desk.write(f"{folder}/{name}", content)
            self.desk.story[-1] = f"# writes {folder}/{name}"
        if not self.skip:
            self.load(folder, words=self.words)
            self.note_rows()
            self.note_own()
        self.compare()

    def compare(self) -> None:
        """ARR, customers and every month since the beginning, as cs tells them on this Monday."""
        books = Books(self.known, self.rates)
        day, found = self.day, list[str]()
        told = self.desk.on(day)
        if off(told["arr"], books.total(day)):
            found.append(f"ARR: told {told['arr']}, right {float(books.total(day)):.2f}")
        if off(told["mrr"], books.total(day) / 12):
            found.append(f"MRR: told {told['mrr']}, right {float(books.total(day) / 12):.4f}")
        no_amount = {one for one in books.accounts if books.arr(one, day) is None} | self.unknown
        unknown = no_amount | self.doubtful
        sure = len(books.customers(day) - unknown)
        if not sure <= told["customers"] <= sure + len(unknown):
            found.append(f"customers: told {told['customers']}, right {sure}, and {len(unknown)} in doubt")
        accounts = self.desk.accounts(day)
        listed = [one for one in accounts.values() if one["status"] == "customer"]
        if not 0 <= len(listed) - told["customers"] <= len(no_amount):
            found.append(f"customers: metrics mrr says {told['customers']}, accounts list {len(listed)}")
        first = date(2025, 3, 1)
        rows = self.desk.movements(first, day)
        for end in months_between(first, day):
            row = rows[f"{end:%Y-%m}"]
            wanted = books.movement(month_end(end.year, end.month - 1), min(end, day))
            names = {"start": "start_mrr", "end": "end_mrr"}
            kinds = ["start", "end"]
            if row["period"] not in self.blurred:
                kinds += ["new", "expansion", "contraction", "churn", "reactivation"]
            for kind in kinds:
                if off(row[names.get(kind, kind)], getattr(wanted, kind)):
                    right = float(getattr(wanted, kind))
                    found.append(f"{row['period']} {kind}: told {row[names.get(kind, kind)]}, right {right:.4f}")
        if found:
            single = [one for one in accounts_off(self.desk, books, day) if one.split()[1].strip(":") not in unknown]
            ids = {value: key for key, value in self.names.items()}
            single = [re.sub(r"\d{10}", lambda match: ids.get(match[0], match[0]), one) for one in single]
            self.wrong += [f"{day}: {one}" for one in [*found[:6], *single[:6]]]
            # the same difference is not told again on each later Monday
            raise Differs


def live(starter: Path, folder: Path, weeks: int, accidents: dict[int, list[Accident]], first: int = 0) -> list[str]:
    """The weeks with their accidents (week → what begins then); gives what was told otherwise, and the story."""
    year = Year(starter, folder)
    running: list[Generator[None, None, None]] = []
    for n in range(first, first + weeks):
        year.day = START + WEEK * n
        running += [accident(year) for accident in accidents.get(n, ())]
        try:
            year.week(running)
        except Differs:
            break
    return [*year.wrong, year.desk.told()] if year.wrong else []


def main() -> None:
    from tests.books.accidents import ACCIDENTS, WHEN
    from tests.conftest import new_workspace

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("dir", type=Path)
    parser.add_argument("--weeks", type=int, default=52)
    parser.add_argument("--accident", action="append", choices=sorted(ACCIDENTS))
    options = parser.parse_args()
    options.dir.mkdir(parents=True)
    starter = new_workspace(options.dir / "starter")
    chosen: dict[int, list[Accident]] = {}
    for name in options.accident if options.accident is not None else ACCIDENTS:
        chosen.setdefault(WHEN[name], []).append(ACCIDENTS[name])
    told = live(starter, options.dir / "desk", options.weeks, chosen)
    print("\n".join(told) or "0 differences")
    sys.exit(bool(told))


if __name__ == "__main__":
    main()
