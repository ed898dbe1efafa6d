"""Billing intervals: "month", "Yearly", "3 months", "every 2 weeks" as a unit and how many of it."""

from __future__ import annotations

import re

from cs_cli.intake.values.model import BadValue

_UNITS = {"year": "year", "yr": "year", "annum": "year", "month": "month", "mo": "month", "mth": "month",
          "week": "week", "wk": "week", "day": "day", "quarter": "quarter", "qtr": "quarter"}
_ONE = {
    "yearly": ("year", 1), "annual": ("year", 1), "annually": ("year", 1), "monthly": ("month", 1),
    "weekly": ("week", 1), "daily": ("day", 1), "quarterly": ("quarter", 1), "half yearly": ("month", 6),
    "half-yearly": ("month", 6), "semi-annual": ("month", 6), "semiannual": ("month", 6), "biannual": ("month", 6),
    "half year": ("month", 6), "half_year": ("month", 6), "biennial": ("year", 2), "biennially": ("year", 2),
    "m": ("month", 1), "q": ("quarter", 1), "y": ("year", 1), "a": ("year", 1),
} | {
    word: interval for interval, words in {
        ("month", 1): "monatlich, pro monat, im monat, mtl, mtl., monat, mensuel, mensuelle, par mois, mois, mensual, "
                      "al mes, mes, mensal, por mês, ao mês, mês, maandelijks, "
                      "per maand, maand, mensile, al mese, mese",
        ("quarter", 1): "quartalsweise, vierteljährlich, pro quartal, quartal, trimestriel, trimestrielle, trimestre, "
                        "par trimestre, trimestral, por trimestre, per kwartaal, "
                        "kwartaal, driemaandelijks, trimestrale",
        ("month", 6): "halbjährlich, halbjahr, semestriel, semestrielle, semestre, semestral, halfjaarlijks, "
                      "semestrale",
        ("year", 1): "jährlich, pro jahr, im jahr, p.a., p. a., jahr, annuel, annuelle, par an, an, année, anual, "
                     "al año, año, por ano, ao ano, ano, jaarlijks, per jaar, jaar, annuale, annuo, all'anno, anno",
        ("week", 1): "wöchentlich, hebdomadaire, semanal, wekelijks, settimanale",
    }.items() for word in words.split(", ")
}


def split_interval(text: str) -> tuple[str, int]:
    """(day | week | month | quarter | year, how many). Raises BadValue IMP-153."""
    word = " ".join(text.split()).casefold()
    if word in _ONE:
        return _ONE[word]
    found = re.fullmatch(r"(?:every |per |each )?(?:([0-9]{1,3}) ?)?([a-z]+?)(?:s|\(s\))?", word)
    unit = _UNITS.get(found[2]) if found else None
    if found is None or unit is None or found[1] == "0":
        raise BadValue("IMP-153", "an interval such as month, yearly or 3 months", "not a billing interval")
    return unit, int(found[1] or 1)
