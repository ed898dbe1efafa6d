"""A workspace where reminders become due: a playbook that opens on new customers, and channels to choose from."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml

PLAYBOOK = """
playbook: welcome
about: A customer is new.
when: arr > 0 and arr < 50000
severity: amber
limit: "1000"
again: never
reminders:
  - {id: call, at: opened, to: [csm], via: VIA, mode: MODE,
     subject: "{{ name }}: call", text: "Call {{ name }}, ARR {{ arr }}."}
  - {id: check, at: opened + 7d, to: [csm], via: VIA, mode: MODE,
     subject: "{{ name }}: a week in", text: "Ask {{ name }}."}
"""
START = "2026-06-29"  # a Monday
DAY = "2026-06-30"


def settings(folder: Path, **changes: Any) -> None:
    """Changes keys of cs.yaml."""
    path = folder / "cs.yaml"
    path.write_text(yaml.safe_dump({**yaml.safe_load(path.read_text()), **changes}, sort_keys=False), encoding="utf-8")


def build(
    folder: Path,
    cs: Callable[..., Any],
    *,
    names: tuple[str, ...] = ("Alder Works",),
    mode: str = "single",
    channels: dict[str, Any] | None = None,
    first: bool = True,
) -> Path:
    """After this, `cs remind --as-of DAY` has one reminder per name due. channels: cs.yaml's; all of them are used.

    first: the first run ever has been on START, so that what is due on DAY is no first digest.
    """
    for playbook in (folder / "playbooks").glob("*.yaml"):
        playbook.unlink()
    via = [name for name in channels or {} if name != "heartbeat"] or ["stdout"]
    text = PLAYBOOK.replace("VIA", str(via).replace("'", "")).replace("MODE", mode)
    (folder / "playbooks" / "welcome.yaml").write_text(text, encoding="utf-8")
    settings(folder, channels=channels or {}, today=DAY, currency="USD")
    # somebody to look at on the first run, too large for the playbook
    customers(folder, cs, ("Old Oak",), start=0, day=START, amount="9000.00")
    if first:
        done = cs("-w", folder, "remind", "-q", "--as-of", START)
    else:
        done = cs("-w", folder, "run", "-q", "--as-of", START)
    assert (done.code, done.out) == (0, ""), done.err
    customers(folder, cs, names)
    return folder


def customers(
    folder: Path, cs: Callable[..., Any], names: tuple[str, ...], start: int = 1, day: str = DAY, amount: str = "100.00"
) -> None:
    """New customers, known from `day` on."""
    rows = list(enumerate(names, start=start))
    lines = [
        "account_id,name,domain",
        *(f'a{n},"{name.replace(chr(34), chr(34) * 2)}",a{n}.example' for n, name in rows),
    ]
    (folder / "exports" / f"accounts-{start}.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    lines = ["subscription_id,account_id,plan,quantity,amount,currency,interval,started_on,status"]
    lines += [f"s{n},a{n},Pro,1,{amount},USD,month,2026-06-01,active" for n, _ in rows]
    (folder / "exports" / f"subscriptions-{start}.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    for kind in ("accounts", "subscriptions"):
        done = cs("-w", folder, "import", folder / "exports" / f"{kind}-{start}.csv", "--as-of", day, "--yes")
        assert done.code == 0, done.err


def ledger(folder: Path, *columns: str) -> list[tuple[Any, ...]]:
    import sqlite3

    conn = sqlite3.connect(folder / "cs.db")
    try:
        return conn.execute(f"SELECT {', '.join(columns)} FROM delivery ORDER BY id").fetchall()
    finally:
        conn.close()
