"""A made-up company whose churn is known: with a planted signal, or with none at all. Same seed, same bytes.

With the signal, whoever leaves uses the product less and less over the twelve weeks before (and some
who stay do so for a while as well). Without it, leaving has nothing to do with any number.
"""

from __future__ import annotations

import random
from datetime import date, timedelta
from pathlib import Path

LAST = date(2026, 6, 30)
FADE = 84  # days over which use falls before a planted churn


def write_company(
    folder: Path, accounts: int, *, seed: int = 20261101, signal: bool = True, days: int = 540, every: int = 1,
    churn: float = 0.3,
) -> list[Path]:  # fmt: skip
    """Canonical exports: accounts, subscriptions, usage (a row each `every` days), surveys, tickets, invoices."""
    rnd = random.Random(seed)
    first = LAST - timedelta(days=days)
    lines: dict[str, list[str]] = {
        "accounts": ["account_id,name,domain,industry,employees,created_on"],
        "subscriptions": [
            "subscription_id,account_id,plan,quantity,amount,currency,interval,started_on,ended_on,status"
        ],
        "usage": ["account_id,day,metric,value"],
        "surveys": ["response_id,account_id,email,kind,score,day,comment"],
        "tickets": ["ticket_id,account_id,requester_email,opened_at,closed_at,priority,status,category,subject"],
        "invoices": ["invoice_id,account_id,issued_on,due_on,paid_on,amount,currency,status"],
    }
    for n in range(accounts):
        name = f"A{n:05d}"
        start = first - timedelta(days=rnd.randrange(400))
        seats = rnd.choice((3, 5, 10, 20, 50, 120))
        gone = rnd.random() < churn
        end = LAST - timedelta(days=rnd.randrange(5, days - 200)) if gone else None
        # every fifth who stays has a slump as well: no sign is perfect
        slump = LAST - timedelta(days=rnd.randrange(days - 200)) if not gone and rnd.random() < 0.2 else None
        lines["accounts"].append(f"{name},Company {n},company{n}.example,Software,{seats * 10},{start}")
        lines["subscriptions"].append(
            f"S{n:05d},{name},team,{seats},{seats * 30},USD,month,{start},{end or ''},{'canceled' if end else 'active'}"
        )
        fades = (end or slump) if signal else None
        _use(lines["usage"], rnd, name, seats, max(first, start), end or LAST, fades, every)
        _voices(lines, rnd, name, n, first, end or LAST, seats)
    paths = []
    for kind, listed in lines.items():
        path = folder / f"{kind}.csv"
        path.write_text("\n".join(listed) + "\n", encoding="utf-8")
        paths.append(path)
    return paths


def _use(
    out: list[str], rnd: random.Random, name: str, seats: int, start: date, end: date, fades: date | None, every: int
) -> None:  # fmt: skip
    day = start + timedelta(days=-start.toordinal() % every)  # the same days for everybody
    while day <= end:
        left = 1.0 if fades is None else min(1.0, max(0.05, abs((fades - day).days) / FADE))
        users = max(0, round(seats * 0.7 * left * rnd.uniform(0.85, 1.15)))
        out.append(f"{name},{day},active_users,{users}")
        out.append(f"{name},{day},key_actions,{round(users * rnd.uniform(3, 5))}")
        day += timedelta(days=every)


def _voices(
    lines: dict[str, list[str]], rnd: random.Random, name: str, n: int, first: date, end: date, seats: int
) -> None:  # fmt: skip
    span = max((end - first).days, 1)
    for k in range(rnd.randrange(4)):
        day = first + timedelta(days=rnd.randrange(span))
        lines["surveys"].append(f"R{n:05d}{k},{name},u{k}@company{n}.example,nps,{rnd.randrange(11)},{day},")
    for k in range(rnd.randrange(6)):
        day = first + timedelta(days=rnd.randrange(span))
        closed = day + timedelta(days=rnd.randrange(1, 9))
        lines["tickets"].append(
            f"T{n:05d}{k},{name},u{k}@company{n}.example,{day}T09:00:00Z,{closed}T09:00:00Z,normal,closed,question,Help"
        )
    day = first
    while day < end:
        due, paid = day + timedelta(days=30), day + timedelta(days=rnd.randrange(10, 34))
        lines["invoices"].append(f"I{n:05d}-{day},{name},{day},{due},{paid},{seats * 30},USD,paid")
        day += timedelta(days=30)
