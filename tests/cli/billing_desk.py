"""A workspace of four accounts for tests of revenue: imports in one line, figures by month."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

from tests.conftest import Result, run_cs

BILLS = "invoice_id,account_id,issued_on,amount,status,service_from,service_to,tax,description,plan\n"
SUBS = "subscription_id,account_id,plan,amount,currency,interval,started_on,ended_on,status\n"
PAPERS = "contract_id,account_id,start,end,auto_renew,amount,currency,uplift\n"
ASKED = "recurring revenue of an invoice not known"
STRIPE = (
    "id,Amount Due,Billing,Closed,Currency,Customer,Date (UTC),Due Date (UTC),Number,Paid,Subscription,Subtotal,"
    "Total Discount Amount,Applied Coupons,Tax,Tax Percent,Total,Amount Paid,Status\n"
)


def stripe(n: int, month: int, subtotal: str, discount: str, tax: str, total: str) -> str:
    return (f"in_{n},{total},charge_automatically,TRUE,usd,A1,2026-0{month}-01 10:00,,AB-{n},TRUE,,{subtotal},"
            f"{discount},,{tax},,{total},{total},paid\n")  # fmt: skip


class Desk:
    """A workspace of a few accounts whose day is 2026-06-30."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.n = 0
        self.load("account_id,name\nA1,Aster\nA2,Birch\nA3,Cedar\nA4,Dill\n")

    def cs(self, *words: object) -> Result:
        return run_cs("-w", self.folder, *words)

    def load(self, text: str, *words: object, name: str = "") -> Result:
        self.n += 1
        path = self.folder / (name or f"f{self.n}.csv")
        path.write_text(text, encoding="utf-8")
        done = self.cs("import", path, *words)
        assert done.code == 0, done.err
        return done

    def bills(self, *rows: str) -> Result:
        """Rows of BILLS, cut short where nothing more is said."""
        short = [9 - len(next(csv.reader([row]))) + 1 for row in rows]
        return self.load(BILLS + "".join(row + "," * more + "\n" for row, more in zip(rows, short, strict=True)))

    def mrr(self, first: str = "2026-01", last: str = "2026-06") -> list[float]:
        return [row["mrr"] for row in self.rows("mrr", first, last)]

    def rows(self, what: str, first: str = "2026-01", last: str = "2026-06") -> list[dict[str, Any]]:
        done = self.cs("metrics", what, "--from", first, "--to", last, "-f", "json")
        assert done.code == 0, done.err
        found: list[dict[str, Any]] = done.json
        return found

    def moved(self, first: str = "2026-01", last: str = "2026-06") -> dict[str, dict[str, float]]:
        """Month → what moved in it, without what did not."""
        kinds = ("new", "expansion", "contraction", "churn", "reactivation")
        found = {
            row["period"]: {kind: row[kind] for kind in kinds if row[kind]}
            for row in self.rows("movements", first, last)
        }
        return {period: some for period, some in found.items() if some}

    def account(self, account: str, *words: object) -> dict[str, Any]:
        rows = self.cs("accounts", "list", "--all", "-f", "json", *words).json
        return next(row for row in rows if row["account_id"] == account)

    def findings(self, check: str) -> list[dict[str, Any]]:
        return [row for row in self.cs("check", "-f", "json").json if row["check"] == check]

    def metrics(self, text: str) -> None:
        (self.folder / "metrics.yaml").write_text(text, encoding="utf-8")
