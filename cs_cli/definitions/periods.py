"""How long one bill is for: words for lengths of time, in the languages that bills are written in."""

from __future__ import annotations

import re

# (unit, how many): months, or days for what is shorter
Period = tuple[str, int]
ONE_OFF = "one_off"

_LENGTHS: dict[Period, str] = {
    ("day", 7): "week weekly wöchentlich wochentlich hebdomadaire",
    ("day", 14): "biweekly fortnight fortnightly vierzehntägig",
    ("month", 1): "month monthly monatlich mensuel mensuelle maandelijks mensual mensile",
    ("month", 2): "bimonthly zweimonatlich bimestriel bimestrielle",
    ("month", 3): "quarter quarterly vierteljährlich quartalsweise quartal trimestriel trimestrielle trimestral",
    (
        "month",
        6,
    ): "half_year halfyear half-year half-yearly halfyearly semi-annual semiannual semi-annually semiannually "
    "biannual biannually halbjährlich halbjahr semestriel semestrielle semestral",
    (
        "month",
        12,
    ): "year yearly annual annually annum jährlich jahr jahres annuel annuelle annuellement anual jaarlijks",
    ("month", 24): "biennial biennially zweijährlich biennal",
}
PERIOD_WORDS: dict[str, Period] = {word: length for length, words in _LENGTHS.items() for word in words.split()}
_UNITS: dict[str, tuple[str, int]] = {
    "day": ("day", 1), "week": ("day", 7), "month": ("month", 1), "mo": ("month", 1), "quarter": ("month", 3),
    "year": ("month", 12), "yr": ("month", 12), "monat": ("month", 1), "monate": ("month", 1), "jahr": ("month", 12),
    "jahre": ("month", 12), "woche": ("day", 7), "wochen": ("day", 7), "mois": ("month", 1), "an": ("month", 12),
    "année": ("month", 12), "semaine": ("day", 7),
}  # fmt: skip
_COUNTED = re.compile(r"([0-9]{1,3})[ -]?([^\W\d_]+?)(?:s|en)?")


def period_of(text: str) -> Period | None:
    """ "month", "yearly", "6 months", "12" (months) as a length; None for anything else."""
    word = " ".join(text.split()).casefold()
    if word in PERIOD_WORDS:
        return PERIOD_WORDS[word]
    if word.isdecimal():
        return ("month", int(word)) if 1 <= int(word) <= 120 else None
    found = _COUNTED.fullmatch(word)
    unit = _UNITS.get(found[2]) if found else None
    if found is None or unit is None or not 1 <= int(found[1]) <= 120:
        return None
    return unit[0], unit[1] * int(found[1])
