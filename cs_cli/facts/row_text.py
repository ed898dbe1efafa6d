"""One record as one line for a person: money in major units, shares in percent, flags as words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cs_cli.base.money import is_currency, show, to_major
from cs_cli.store.kinds import KINDS


def row_text(kind: str, cells: Mapping[str, Any], home: str) -> str:
    """ "plan team, quantity 9, arr 5,292 USD": what is known of a record's columns, in their order.

    cells: column → value as stored. An amount stands with its row's currency, else with home.
    """
    types = KINDS[kind]
    currency = cells.get("currency") or home
    amounts = any(types[name] == "money" and cell is not None for name, cell in cells.items())
    said = []
    for name, cell in cells.items():
        if cell is None or (name == "currency" and amounts):
            continue
        said.append(f"{name} {_shown(types[name], cell, currency)}")
    return ", ".join(said)


def _shown(type_: str, cell: Any, currency: str) -> str:
    if type_ == "money":
        if not is_currency(currency):
            return f"{cell} in the smallest unit of {currency}"
        return f"{show(to_major(cell, currency), currency)} {currency}"
    if type_ == "percent":
        return f"{cell * 100:g}%"
    if type_ == "flag":
        return "yes" if cell == 1 else "no"
    return str(int(cell)) if isinstance(cell, float) and cell.is_integer() else str(cell)
