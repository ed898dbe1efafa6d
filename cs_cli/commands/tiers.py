"""Tier limits from a company's own ARR: proposed, shown as YAML, put into segments.yaml when a person says so."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from cs_cli.base.errors import UsageError
from cs_cli.commands import desk as desks
from cs_cli.commands.desk import Desk, say

if TYPE_CHECKING:
    from pathlib import Path

ENOUGH = 5  # customers; of fewer a half of ARR says nothing
# accounts and bills above which the ARR of everybody takes longer than an import should say nothing for
MOST_ACCOUNTS, MOST_BILLS = 2_000, 20_000
_NUMBER = re.compile(r"(?<![\w.])\d[\d_]*(?:\.\d+)?(?![\w.%])")
_FROM = re.compile(r"\barr\s*>=\s*(\d[\d_]*(?:\.\d+)?)")


class Limits(NamedTuple):
    """A from, B from, in the reporting currency, and the ARR of every customer that has one."""

    a: float
    b: float
    arrs: tuple[float, ...]

    def share(self, low: float, high: float | None, currency: str) -> str:
        """The customers with an ARR from low to below high (None: no end), in words."""
        from cs_cli.base.money import show as money

        inside = [arr for arr in self.arrs if arr >= low and (high is None or arr < high)]
        count = f"{len(inside)} customer{'' if len(inside) == 1 else 's'}"
        return f"{count}, {money(sum(inside), currency)}, {sum(inside) / sum(self.arrs):.0%} of ARR"


def proposed(desk: Desk) -> Limits | None:
    """What the base's own ARR proposes; None without any ARR."""
    from cs_cli.scoring.desk import build_desk
    from cs_cli.scoring.lists import propose_tiers

    build_desk(desk.conn, desk.definitions, desk.day, desk.known_at, need={"arr", "status"})
    found = desk.conn.execute("SELECT arr FROM account_facts WHERE status = 'customer' AND arr > 0 ORDER BY account")
    arrs = tuple(arr for (arr,) in found)
    limits = propose_tiers(arrs)
    return None if limits is None else Limits(*limits, arrs)


def limits_in(text: str) -> tuple[float, float] | None:
    """The limits (A from, B from) that the tier list of a segments.yaml has; None where it is not of that form."""
    lines = _tier_lines(text.splitlines())
    found = {name: match for name, at in lines.items() if (match := _FROM.search(text.splitlines()[at]))}
    if not {"A", "B"} <= found.keys():
        return None
    return float(found["A"].group(1).replace("_", "")), float(found["B"].group(1).replace("_", ""))


def with_limits(text: str, a: float, b: float) -> str | None:
    """The text of segments.yaml with other limits in the lines of its tiers A and B, every other byte as it was.

    Where a limit stands again in one of the two lines (a smaller company with many people), it changes as well.
    None where the tiers are not told by `arr >= NUMBER`.
    """
    old = limits_in(text)
    if old is None:
        return None
    new = {old[0]: a, old[1]: b}
    lines = text.splitlines(keepends=True)
    for name, at in _tier_lines(lines).items():
        if name in ("A", "B"):
            rule, mark, comment = lines[at].partition("#")
            lines[at] = _NUMBER.sub(lambda found: _written(found, new), rule) + mark + comment
    return "".join(lines)


def _written(found: re.Match[str], new: dict[float, float]) -> str:
    number = float(found.group().replace("_", ""))
    return f"{new[number]:_.10g}" if number in new else found.group()


def _tier_lines(lines: list[str]) -> dict[str, int]:
    """name → the place of its line, in the list of the dimension `tier`."""
    found: dict[str, int] = {}
    depth = None
    for at, line in enumerate(lines):
        bare = line.strip()
        if depth is None:
            if bare.split("#")[0].strip() == "tier:":
                depth = len(line) - len(line.lstrip())
        elif bare and not bare.startswith("#") and len(line) - len(line.lstrip()) <= depth:
            break
        elif item := re.match(r"\s*-\s*(\w+)\s*:", line):
            found.setdefault(item.group(1), at)
    return found


def _starter() -> tuple[float, float] | None:
    """The limits that `cs init` writes: a judgement about no company in particular."""
    from importlib.resources import files

    return limits_in((files("cs_cli") / "starter" / "segments.yaml").read_text(encoding="utf-8"))


def accept(desk: Desk, limits: Limits) -> Path:
    """Write the limits into segments.yaml. Raises UsageError SCO-016 where the tiers are not of that form, and SCO-017
    where there is one tier."""
    from cs_cli.base.files import write_whole

    path = desk.ws.root / "segments.yaml"
    if limits.a <= limits.b:
        raise UsageError.of(
            "SCO-017", "every customer pays the same, so ARR makes no tiers",
            next="write tiers by another fact into segments.yaml",
        )
    text = with_limits(path.read_text(encoding="utf-8"), limits.a, limits.b) if path.exists() else None
    if text is None:
        raise UsageError.of(
            "SCO-016", "the tiers of segments.yaml are not told by `arr >= NUMBER`", file="segments.yaml",
            expected="lines `- A: arr >= …` and `- B: arr >= …` under `tier:`",
            next="cs segments propose prints them to paste",
        )
    write_whole(path, text.encode())
    return path


def say_or_ask(desk: Desk) -> None:
    """After an import before the first run: where the limits of segments.yaml are not those of the own ARR."""
    path = desk.ws.root / "segments.yaml"
    if desks.GLOBALS.quiet or not path.exists():
        return
    accounts, bills = desk.conn.execute(
        "SELECT (SELECT count(*) FROM account_registry), (SELECT count(*) FROM invoice)"
    ).fetchone()
    if not ENOUGH <= accounts <= MOST_ACCOUNTS or bills > MOST_BILLS:
        return
    now = limits_in(path.read_text(encoding="utf-8"))
    if now is None or now != _starter():
        return  # somebody has decided already
    limits = proposed(desk)
    if limits is None or len(limits.arrs) < ENOUGH or limits.a <= limits.b or now == (limits.a, limits.b):
        return
    for whose, (a, b) in (("of segments.yaml", now), ("by your own ARR", (limits.a, limits.b))):
        say(f"tiers {whose}: A from {a:,.10g} ({limits.share(a, None, desk.currency)}), B from {b:,.10g}")
    from cs_cli.commands.ask import prompter

    who = prompter()
    if who is not None and who.choose("Which limits?", ["your own", "those of segments.yaml"]) == 0:
        say(f"written into {accept(desk, limits).name}")
    elif who is None:
        say("next: cs segments propose --accept")
