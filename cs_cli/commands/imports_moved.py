"""The last lines of `cs import`: what moved, as the reports count it, and what has no account."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cs_cli.commands.desk import say

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cs_cli.intake.moved import Moved, Mover
    from cs_cli.intake.results import Unmatched

SHOWN = 5


def tell_moved(moved: Moved) -> None:
    """MRR and ARR before → after; the accounts that changed most; who is no customer any more; money without one."""
    from cs_cli.base.money import show, to_major, twelfth

    def amount(minor: int) -> str:
        return show(to_major(minor, moved.currency), moved.currency)

    if moved.before != moved.after or moved.movers:
        was, now = (amount(twelfth(arr)) for arr in (moved.before, moved.after))
        say(f"MRR {moved.currency}: {was} → {now}, as the reports count it")
        say(f"ARR {moved.currency}: {amount(moved.before)} → {amount(moved.after)}")
    if moved.before:  # of a first import every account is new
        for one in moved.movers[:SHOWN]:
            say(f"  {_called(one)}: {amount(one.before)} → {'unknown' if one.unclear else amount(one.after)}")
        if len(moved.movers) > SHOWN:
            say(f"  … and {len(moved.movers) - SHOWN:,} more accounts moved")
    if left := moved.left:
        arr = amount(sum(one.before for one in left))
        whose = "account pays" if len(left) == 1 else "accounts pay"
        say(f"{len(left):,} {whose} nothing any more, {arr} ARR: {_listed(left)}")
    if several := len(moved.loose):
        arr = amount(sum(one.after for one in moved.loose))
        say(f"{several:,} customer{'s' * (several > 1)}, {arr} ARR, {'have' if several > 1 else 'has'} no account")
    for currency, both in moved.unrated.items():
        mrr = " → ".join(dict.fromkeys(show(to_major(twelfth(one), currency), currency) for one in both))
        say(f"MRR {currency}: {mrr}, without a rate: in no sum, nor what its accounts pay besides, until fx in cs.yaml "
            "or an imported rate says what it is")
    if moved.unknown:
        lines = "line has" if moved.unknown == 1 else "lines have"
        say(f"{moved.unknown:,} {lines} no known amount, in no sum: cs check")


def tell_unmatched(unmatched: Sequence[Unmatched], moved: Moved | None) -> None:
    """The references without an account, those that money hangs on first."""
    from cs_cli.base.money import show, to_major

    loose = {} if moved is None else {one.called: one for one in moved.loose}

    def paid(one: Unmatched) -> int:
        found = loose.get(f"{one.system}:{one.external_id}")
        return 0 if found is None else found.after

    whose = "reference has no account; its" if len(unmatched) == 1 else "references have no account; their"
    say(f"{len(unmatched):,} {whose} rows count in no figure:")
    for one in sorted(unmatched, key=paid, reverse=True)[:SHOWN]:
        rows = f"{one.rows:,} row{'s' * (one.rows != 1)}"
        if moved is not None and paid(one):
            rows += f", {show(to_major(paid(one), moved.currency), moved.currency)} ARR"
        say(f"  {one.system} {one.external_id} {one.name or one.domain or ''}: {rows}, {one.why}")
    if len(unmatched) > SHOWN:
        say(f"  … and {len(unmatched) - SHOWN:,} more")
    say("cs accounts match lists the accounts that they are likely to be; cs accounts link REF ACCOUNT settles one")


def _called(one: Mover) -> str:
    return f"{one.called} {one.name}" if one.name and one.name != one.called else one.called


def _listed(several: Sequence[Mover]) -> str:
    more = f" and {len(several) - SHOWN:,} more" if len(several) > SHOWN else ""
    return ", ".join(one.name or one.called for one in several[:SHOWN]) + more
