"""A workspace driven from a test, which remembers what was done as shell commands, and what it answers to the books."""

from __future__ import annotations

import os
import shlex
import shutil
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from fractions import Fraction
from pathlib import Path
from typing import Any

from tests.books.ledger import Books, month_end
from tests.conftest import Result, run_cs

TODAY = date(2026, 6, 30)


class Desk:
    """One workspace of its own in `folder`. starter: a workspace to copy. rates: declared in cs.yaml."""

    def __init__(
        self, starter: Path, folder: Path, rates: Mapping[str, Fraction] | None = None, today: date = TODAY
    ) -> None:
        self.folder = folder
        self.story: list[str] = ["cs init desk && cd desk"]
        shutil.copytree(starter, folder)
        settings = folder / "cs.yaml"
        settings.write_text(settings.read_text("utf-8").replace(f'today: "{TODAY}"', f'today: "{today}"'), "utf-8")
        self.say("cs.yaml", f'today: "{today}"', done=True)
        if rates:
            self.say("cs.yaml", "fx: {" + ", ".join(f"{code}: {float(rate)}" for code, rate in rates.items()) + "}")

    def say(self, file: str, line: str, done: bool = False) -> None:
        """Append a line to a definition."""
        self.story.append(f"echo {shlex.quote(line)} >> {file}")
        if not done:
            with open(self.folder / file, "a", encoding="utf-8") as out:
                out.write(f"\n{line}\n")

    def write(self, name: str, text: str | bytes, at: date | None = None) -> str:
        """A file under the workspace; at: the day of its modification time."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        data = text.encode() if isinstance(text, str) else text
        path.write_bytes(data)
        shown = data.decode("utf-8", "backslashreplace").rstrip("\n")
        self.story.append(
            f"mkdir -p {shlex.quote(str(Path(name).parent))}; cat > {shlex.quote(name)} <<'END'\n{shown}\nEND"
        )
        if at is not None:
            stamp = datetime(at.year, at.month, at.day, 12, tzinfo=UTC).timestamp()
            os.utime(path, (stamp, stamp))
            self.story.append(f"TZ=UTC touch -d '{at} 12:00' {shlex.quote(name)}")
        return name

    def cs(self, *words: object, codes: Iterable[int] = (0,)) -> Result:
        """One command in the workspace; any other exit code fails with the story so far."""
        self.story.append("cs " + " ".join(shlex.quote(str(word)) for word in words))
        done = run_cs(*words, cwd=self.folder)
        if done.code not in codes:
            raise AssertionError(f"exit {done.code}, wanted {tuple(codes)}\n{done.out}{done.err}\n{self.told()}")
        return done

    def load(self, name: str, *words: object, codes: Iterable[int] = (0,)) -> Result:
        """`cs import NAME`, every guard overridden: these tests are about numbers. What it said is in out and err."""
        return self.cs("import", name, *words, "--yes", codes=codes)

    def told(self) -> str:
        """The story as shell commands."""
        return "\n".join(["--- the story:", *self.story])

    def ask(self, *words: object) -> Any:
        """What a reading command answers in JSON; it is no part of the story."""
        done = run_cs(*words, "-f", "json", cwd=self.folder)
        if done.code != 0:
            raise AssertionError(
                f"cs {' '.join(map(str, words))}: exit {done.code}\n{done.out}{done.err}\n{self.told()}"
            )
        return done.json

    def on(self, day: date) -> dict[str, Any]:
        """{mrr, arr, customers} of everybody on a day, seen on that day."""
        month = day.isoformat()[:7]
        (row,) = self.ask("metrics", "mrr", "--from", month, "--to", month, "--as-of", day)
        assert row["day"] == day.isoformat(), (row, day)
        return dict(row)

    def accounts(self, day: date) -> dict[str, dict[str, Any]]:
        """account id → {arr, status} on a day."""
        rows = self.ask("accounts", "list", "--all", "--as-of", day)
        return {row["account_id"]: {"name": row["name"], "arr": row["arr"], "status": row["status"]} for row in rows}

    def movements(self, first: date, last: date, *words: object) -> dict[str, dict[str, Any]]:
        """month → its movements."""
        rows = self.ask("metrics", "movements", "--from", f"{first:%Y-%m}", "--to", f"{last:%Y-%m}", *words)
        return {row["period"]: row for row in rows}

    def months(self, *periods: str) -> list[dict[str, float]]:
        """What each month shows that is not nothing, without its two ends; with customers at its end."""
        first, last = (date.fromisoformat(f"{period}-01") for period in (min(periods), max(periods)))
        rows = self.movements(first, last)
        kinds = ("new", "expansion", "contraction", "churn", "reactivation")
        found = [rows[period] for period in periods]
        return [{**{kind: row[kind] for kind in kinds if row[kind]}, "customers": row["customers"]} for row in found]

    def retention(self, first: date, last: date) -> dict[str, Any]:
        """Of the months from the first to the last, as one period."""
        (row,) = self.ask("metrics", "retention", "--from", f"{first:%Y-%m}", "--to", f"{last:%Y-%m}")
        return dict(row)


def off(told: float | None, wanted: Fraction | None, slack: float = 0.0) -> bool:
    """Whether a number is another. Whole cents must be told as they are; what is none is rounded where it is shown."""
    if told is None or wanted is None:
        return (told is None) != (wanted is None)
    if not slack and (wanted * 100).denominator != 1:
        slack = 0.0101  # parts of a sum are rounded so that they add up: a cent either way
    return abs(told - float(wanted)) > max(slack, 1e-6)


def differences(desk: Desk, books: Books, first: date, last: date, days: Iterable[date]) -> list[str]:
    """What the desk tells otherwise than the books: months from first to last, some days, trailing twelve months."""
    found = []

    def judge(what: str, told: Any, wanted: Any, slack: float = 0.0) -> None:
        if isinstance(wanted, Fraction) and off(told, wanted, slack):
            found.append(f"{what}: told {told}, right {float(wanted):.4f}")
        elif not isinstance(wanted, Fraction) and told != wanted:
            found.append(f"{what}: told {told}, right {wanted}")

    for day in days:
        told = desk.on(day)
        judge(f"ARR on {day}", told["arr"], books.total(day))
        judge(f"MRR on {day}", told["mrr"], books.total(day) / 12)
        judge(f"customers on {day}", told["customers"], len(books.customers(day)))
    for period, row in desk.movements(first, last).items():
        end = month_end(int(period[:4]), int(period[5:]))
        wanted = books.movement(month_end(end.year, end.month - 1), min(end, TODAY))
        names = {"start": "start_mrr", "end": "end_mrr"}
        for kind in ("start", "new", "expansion", "contraction", "churn", "reactivation", "end", "customers"):
            judge(f"{period} {kind}", row[names.get(kind, kind)], getattr(wanted, kind))
    for end in sorted({last, max(first, month_end(last.year, last.month - 5))}):
        begin = month_end(end.year, end.month - 12)
        row = desk.retention(month_end(end.year, end.month - 11), end)
        kept = books.kept(begin, min(end, TODAY))
        judge(f"S of the year to {end}", row["start_mrr"], kept.start)
        for kind in ("nrr", "grr", "logo_churn"):
            judge(f"{kind} of the year to {end}", row[kind], getattr(kept, kind), 1e-5)
        for kind in ("start_customers", "churned_customers"):
            judge(f"{kind} of the year to {end}", row[kind], getattr(kept, kind))
    return found


def accounts_off(desk: Desk, books: Books, day: date) -> list[str]:
    """What `accounts list` tells otherwise than the books, account by account."""
    told = desk.accounts(day)
    found = []
    for account in books.accounts:
        row, wanted = told.get(account), books.arr(account, day)
        if row is None:
            found.append(f"{day} {account}: is in no list")
        elif wanted is None:
            # not known: neither nothing nor a number, and nobody who left
            if row["arr"] is not None or row["status"] == "churned":
                found.append(f"{day} {account}: told {row['arr']}, {row['status']}, right unknown")
        else:
            if off(row["arr"] or 0, wanted):
                found.append(f"{day} {account}: told ARR {row['arr']}, right {float(wanted):.2f}")
            if (row["status"] == "customer") != books.is_customer(account, day):
                found.append(f"{day} {account}: told {row['status']}, customer is {books.is_customer(account, day)}")
    return found
