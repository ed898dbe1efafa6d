"""What a column of numbers decides once: its decimal mark, the scale of percents, what dashes behind the mark mean."""

from __future__ import annotations

import re

from cs_cli.definitions.shapes import SourceColumn
from cs_cli.intake.values.model import BadValue, Decision, MixedFormats, Seen, Undecidable
from cs_cli.intake.values.money import currency_in, has_no_decimals, split_money
from cs_cli.intake.values.numbers import evidence, has_minus_behind, has_no_cents, parse_number, tidy, unsigned

_NO_WHOLE = re.compile(r"-[.,][0-9]{2}")
NUMBERS = ("money", "number", "percent", "hours")


def declared_scale(spec: SourceColumn) -> bool:
    """Is the scale of a percent column said, rather than only what it is where the cells leave it open?"""
    return "auto" not in spec.format and bool({"fraction", "percent"} & set(spec.format))


class Numbers:
    """Looks at the cells of one column of numbers, keeping in `seen` a few of each kind, and decides.

    Kinds: "." and "," can be read with this decimal mark only; "?" with either, "?." and "?," by the mark they hold;
    "no cents" (`50,-`), "minus behind" (`200-`), "no whole" (`-,50`); of percents also "%",
    "zero", "one", "above", "below".
    firm: marks proven by digits behind them or by another mark before them, not by a dash alone.
    """

    def __init__(self, spec: SourceColumn, header: str, seen: dict[str, Seen]) -> None:
        self.spec, self.header, self.seen = spec, header, seen
        self.firm: set[str] = set()

    def look(self, text: str, line: int | None) -> str | None:
        """The kind of one cell, None when it says nothing of the decimal mark."""
        if self.spec.type == "hours" and ":" in text:
            return None
        body = tidy(text)
        if self.spec.type == "percent":
            signed = body.endswith("%")
            body = body.removesuffix("%").strip()
            self._scale(text, body, signed, line)
        elif self.spec.type == "money":
            body = split_money(text)[0].rstrip("kKmM")
            if has_no_decimals(currency_in(text)):
                self.whole(text, line)
        bare = unsigned(tidy(body))[0]
        kind = evidence(bare)
        if kind is None:
            return None
        dash = has_no_cents(tidy(text))
        if dash:
            self._add("no cents", text, line)
        elif has_minus_behind(tidy(text)):
            self._add("minus behind", text, line)
        if _NO_WHOLE.fullmatch(body):
            self._add("no whole", text, line)
        if kind == "?":
            self._add("?." if "." in bare else "?,", text, line)
        elif kind and (not dash or ("." if kind == "," else ",") in bare):
            self.firm.add(kind)
        return kind or None

    def whole(self, text: str, line: int | None) -> None:
        """One amount of a currency without decimals: the one mark of 5,000 yen groups, and the other is the decimal
        mark of the column."""
        number = split_money(text)[0]
        bare = unsigned(number)[0]
        if evidence(bare) == "?" and number[-1].isdigit():
            mark = "," if "." in bare else "."
            self.firm.add(mark)
            self._add(mark, text, line)

    def _add(self, kind: str, text: str, line: int | None) -> None:
        self.seen.setdefault(kind, Seen()).add(line, text)

    def _scale(self, text: str, body: str, signed: bool, line: int | None) -> None:
        if signed:
            kind = "%"
        else:
            try:
                size = abs(parse_number(body, "," if evidence(unsigned(body)[0]) == "," else "."))
            except BadValue:
                return
            kind = "zero" if not size else "one" if size == 1 else "above" if size > 1 else "below"
        self._add(kind, text, line)

    def decide(self, spec: SourceColumn) -> Decision:
        """The decision as the cells and the spec have it; raises Undecidable, MixedFormats."""
        seen = self.seen
        decimal = spec.decimal or self._mark()
        if spec.dashes != "minus" and "no cents" in seen and "no whole" in seen:
            raise MixedFormats(
                "IMP-114", "a dash for no cents, and one before the decimal mark that may be minus, in one column",
                header=self.header, seen={"behind the mark": seen["no cents"], "before it": seen["no whole"]},
                next="write 0 before the decimal mark, with the minus where it is below zero",
            )
        if spec.dashes is None and "no cents" in seen and "minus behind" in seen:
            raise MixedFormats(
                "IMP-114", "dashes that stand for no cents and dashes that may be minus in one column",
                header=self.header, seen={"behind the mark": seen["no cents"], "behind digits": seen["minus behind"]},
                next=f"say `dashes: cents` for {self.header!r} (--dashes cents) when the first are round prices, "
                "`dashes: minus` (--dashes minus) when they are below zero; the second are below zero in both",
            )
        note = f"{self.header!r} read with a decimal comma" if decimal == "," and spec.decimal is None else None
        return Decision(
            decimal=decimal, scale=self._decide_scale(spec), dashes=spec.dashes or "cents", note=note,
            proven=self._proven(),
        )

    def _mark(self) -> str:
        seen, header = self.seen, self.header
        if "." in seen and "," in seen:
            raise MixedFormats(
                "IMP-108",
                "decimal points and decimal commas in one column",
                header=header,
                seen={"point": seen["."], "comma": seen[","]},
                next="export it in one format",
            )
        decimal = "," if "," in seen else "." if "." in seen else None
        # 50.- says that the point is the decimal mark of 50; 1.200 beside it may be a thousand of the same hand
        unsure = seen.get("?" if decimal is None else f"?{decimal}")
        if unsure is not None and (decimal is None or decimal not in self.firm):
            line, sample = unsure.places[0]
            body = unsigned(split_money(sample.rstrip("%"))[0])[0]
            readings = tuple(
                f"{parse_number(body, mark)} (decimal {called})" for mark, called in ((".", "point"), (",", "comma"))
            )
            raise Undecidable(
                "IMP-107",
                "the decimal mark cannot be told",
                header=header,
                sample=sample,
                line=line,
                readings=readings,
                next=f'say `decimal: "."` or `decimal: ","` for {header!r} (--decimal)',
            )
        return decimal or "."

    def _proven(self) -> tuple[tuple[str, str], ...]:
        """What the cells prove, whatever the spec says: the mark where one only fits, percents above 1."""
        marks = [("decimal", mark) for mark in (".", ",") if mark in self.seen]
        scale = [("format", "percent")] if self.spec.type == "percent" and "above" in self.seen else []
        return (*marks, *scale) if len(marks) < 2 else tuple(scale)

    def _decide_scale(self, spec: SourceColumn) -> str:
        if spec.type != "percent":
            return "1"
        if declared_scale(spec):
            return "1" if "fraction" in spec.format else "0.01"
        seen = self.seen
        bare = {kind: seen[kind] for kind in ("above", "below", "one") if kind in seen}
        if "%" in seen and bare:
            raise MixedFormats(
                "IMP-109",
                "percents with and without the sign in one column",
                header=self.header,
                seen={"with %": seen["%"], "without": next(iter(bare.values()))},
                next="export it in one way, or say `format: percent` or `format: fraction` (--percents SCALE)",
            )
        if "above" in bare and "below" in bare:
            raise MixedFormats(
                "IMP-109",
                "percents and fractions in one column",
                header=self.header,
                seen={"above 1": bare["above"], "below 1": bare["below"]},
                next="say `format: percent` or `format: fraction` for it (--percents percent | fraction)",
            )
        if "below" in bare and "fraction" in spec.format:
            return "1"
        if bare and "above" not in bare:
            line, sample = next(iter(bare.values())).places[0]
            raise Undecidable(
                "IMP-109",
                "percents cannot be told from fractions",
                header=self.header,
                sample=sample,
                line=line,
                readings=(f"{sample} %", f"{sample} of 1"),
                next=f"say `format: percent` or `format: fraction` for {self.header!r} (--percents SCALE)",
            )
        return "0.01"
