"""A column that its cells leave open, decided as the earlier imports of its source were; and proofs that turn."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from cs_cli.base.errors import Fault, GuardStopped
from cs_cli.definitions.shapes import SourceColumn
from cs_cli.intake.again import quoted
from cs_cli.intake.plan import Remembered
from cs_cli.intake.values import Decision, MixedFormats, Observer, Undecidable
from cs_cli.intake.values.decide_numbers import declared_scale

_ORDERS = ("dmy", "mdy")
# the word of a mapping that settles a question about a column
_SETTLES = {
    "IMP-101": "format", "IMP-102": "format", "IMP-104": "century", "IMP-105": "format", "IMP-106": "format",
    "IMP-107": "decimal", "IMP-109": "format", "IMP-114": "dashes",
}
_FLAGS = {"decimal": "--decimal", "dashes": "--dashes"}
_CALLED = {
    "dmy": "day first", "mdy": "month first", ",": "with a decimal comma", ".": "with a decimal point",
    "percent": "as percents", "fraction": "as fractions", "cents": "with dashes for no cents",
    "minus": "with dashes for minus",
}


def decide_with(observer: Observer, known: Mapping[str, Remembered]) -> tuple[Decision, list[str]]:
    """(the decision, the remembered words that it needed). Raises Undecidable where neither cells nor memory tell.

    Cells that contradict each other are asked about again unless a person has answered before.
    """
    spec, used = observer.spec, list[str]()
    if _left_open(observer, known):
        spec, used = msgspec.structs.replace(spec, format=[known["format"].value]), ["format"]
    while True:
        try:
            return observer.decide(spec), used
        except Undecidable as doubt:
            word = _SETTLES.get(doubt.ident, "")
            one = known.get(word)
            if one is None or word in used or (isinstance(doubt, MixedFormats) and not one.said):
                raise
            changes = _laid(spec, doubt.ident, word, one)
            if changes is None:
                raise
            spec = msgspec.structs.replace(spec, **changes)
            used.append(word)


def _left_open(observer: Observer, known: Mapping[str, Remembered]) -> bool:
    """Percents below 1 that the source takes for fractions unless something says otherwise: memory does."""
    spec, seen = observer.spec, observer.seen
    return spec.type == "percent" and "auto" in spec.format and "format" in known and "below" in seen and (
        "above" not in seen and "%" not in seen
    )


def _laid(spec: SourceColumn, ident: str, word: str, one: Remembered) -> dict[str, Any] | None:
    """The changes to a spec that lay what is remembered over it; None when that answers another question."""
    if word in ("decimal", "dashes"):
        return {word: one.value}
    if word == "century":
        return {"century": True}
    if spec.type == "percent":
        return {"format": [one.value]}
    forms = forms_of(one.value)
    if ident in ("IMP-101", "IMP-102"):
        forms = [form for form in forms if form in _ORDERS]
    else:
        forms = [form for form in forms if form not in _ORDERS]
    declared = [form for form in spec.format if form != "auto"]
    return {"format": list(dict.fromkeys(["iso", "ymd", *declared, *forms]))} if forms else None


def forms_of(value: str) -> list[str]:
    """The day formats that a remembered value names: one order that was proven, or those that were said."""
    return [str(form) for form in msgspec.json.decode(value)] if value.startswith("[") else [value]


def agrees(spec: SourceColumn, word: str, known: Remembered, value: str) -> bool:
    """Does what the cells prove fit what is remembered? What the source or a person says now is not asked about."""
    if word == "decimal":
        return spec.decimal is not None or known.value == value
    if spec.type == "percent":
        return declared_scale(spec) or known.value == value
    orders = [form for form in forms_of(known.value) if form in _ORDERS]
    return not orders or value in orders


def in_words(header: str, word: str, known: Remembered) -> str:
    """'Start' read day first, as in import #3 (subscriptions.csv)."""
    if word == "century":
        return f"{header!r} read with years of two digits, as in {known.since}"
    called = " or ".join(_CALLED.get(form, f"as {form}") for form in forms_of(known.value))
    return f"{header!r} read {called}, as in {known.since}"


@dataclass(frozen=True)
class Turned:
    """A column that was read one way (known), and the proof of this file that it is `value` now."""

    header: str
    word: str
    known: Remembered
    value: str
    proof: str
    line: int | None = None

    @property
    def option(self) -> str:
        """What settles it on the command line."""
        flag = _FLAGS.get(self.word) or ("--percents" if self.value in ("percent", "fraction") else "--dates")
        return f"{flag} {self.value}"


def stopped(file: str, columns: Sequence[Turned]) -> GuardStopped:
    """What the source's columns were, and what this file proves them to be: IMP-116, with what settles it."""
    faults = []
    for one in columns:
        was = " or ".join(_CALLED.get(form, form) for form in forms_of(one.known.value))
        now = _CALLED.get(one.value, one.value)
        faults.append(Fault(
            "IMP-116", f"{one.header} was read {was} ({one.known.since}), but {one.proof} can only be read {now}",
            file=file, line=one.line, name=one.header, expected=f"the column as it was until now: {was}",
        ))
    options = " ".join(dict.fromkeys(one.option for one in columns))
    words = " and ".join(dict.fromkeys(f"`{one.word}: {json.dumps(one.value)}`" for one in columns))
    return GuardStopped(
        faults, next=f"if the export has changed: cs import {quoted(file)} {options}, which is remembered from "
        f"then on; or write {words} in the source",
    )
