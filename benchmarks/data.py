"""Files for the benchmarks, made from a seed: the same bytes on every machine."""

from __future__ import annotations

import random
from datetime import date, timedelta
from pathlib import Path

SEED = 20261101
INVOICE_HEADER = "invoice_id,account_id,issued_on,due_on,paid_on,amount,currency,status"
FIRST = date(2024, 1, 1)


def write_invoices(path: Path, rows: int, accounts: int = 20_000, seed: int = SEED) -> None:
    """A canonical invoice export: `rows` invoices of `accounts` accounts over two years, 8 columns.

    Ids rise as a billing system gives them out; a tenth is unpaid; amounts have cents; no row is bad.
    """
    rnd = random.Random(seed)
    days = [(FIRST + timedelta(days=n)).isoformat() for n in range(800)]
    with path.open("w", encoding="utf-8", newline="\n") as out:
        out.write(INVOICE_HEADER + "\n")
        block: list[str] = []
        for n in range(rows):
            issued = n * 730 // rows
            amount = rnd.randrange(900, 2_000_000)
            paid = "" if rnd.random() < 0.1 else days[issued + rnd.randrange(40)]
            status = "paid" if paid else ("open" if rnd.random() < 0.8 else "void")
            block.append(
                f"INV-{n:07d},ACC-{rnd.randrange(accounts):05d},{days[issued]},{days[issued + 30]},{paid},"
                f"{amount // 100}.{amount % 100:02d},{'USD' if rnd.random() < 0.7 else 'EUR'},{status}\n"
            )
            if len(block) == 10_000:
                out.write("".join(block))
                block.clear()
        out.write("".join(block))


def write_accounts(path: Path, accounts: int = 20_000, seed: int = SEED) -> None:
    """A canonical account export that the invoices hang on."""
    rnd = random.Random(seed + 1)
    trades = ("Retail", "Software", "Logistics", "Health", "Media")
    with path.open("w", encoding="utf-8", newline="\n") as out:
        out.write("account_id,name,domain,industry,employees\n")
        for n in range(accounts):
            out.write(f"ACC-{n:05d},Company {n},company{n}.example,{rnd.choice(trades)},{rnd.randrange(5, 900)}\n")
