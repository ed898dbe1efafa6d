"""Cells → values: whole-column decisions first, then one converter per column."""

from cs_cli.intake.values.converters import make_converter
from cs_cli.intake.values.decide import Observer, decide, make_observer, needs_decision
from cs_cli.intake.values.model import BadValue, Decision, MixedFormats, Undecidable
from cs_cli.intake.values.money import currency_code, currency_in
from cs_cli.intake.values.text import clean_key, damaged_id, key_changed

__all__ = [
    "BadValue",
    "Decision",
    "MixedFormats",
    "Observer",
    "Undecidable",
    "clean_key",
    "currency_code",
    "currency_in",
    "damaged_id",
    "decide",
    "key_changed",
    "make_converter",
    "make_observer",
    "needs_decision",
]
