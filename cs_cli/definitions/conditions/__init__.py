"""The condition language: a Python-like yes-or-no expression over facts, parsed and never evaluated as code.

`health < 50 and arr >= 20_000 and tier in ("A", "B") and not auto_renew` becomes a typed tree that
gives SQL (three-valued, values bound), a verdict on one account's facts, and its reasons.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cs_cli.definitions.conditions.condition import Condition, Expression, check, parse, parse_expression
    from cs_cli.definitions.conditions.explain import Atom
    from cs_cli.definitions.conditions.names import Names, NameType
    from cs_cli.definitions.conditions.source import ConditionFault
    from cs_cli.definitions.conditions.sql import Params

__all__ = [
    "Atom", "Condition", "ConditionFault", "Expression", "NameType", "Names", "Params",
    "check", "parse", "parse_expression",
]
_HOMES = {"Atom": "explain", "ConditionFault": "source", "NameType": "names", "Names": "names", "Params": "sql"}


def __getattr__(name: str) -> Any:
    """Loads what is asked for: who only binds parameters or names facts does not pay for the parser."""
    if name not in __all__:
        raise AttributeError(name)
    found = getattr(import_module(f"{__name__}.{_HOMES.get(name, 'condition')}"), name)
    globals()[name] = found
    return found
