"""What an amount of a draft is for: a year's worth, a whole term's, and from when it counts."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from cs_cli.definitions.words import means
from cs_cli.intake.draft_columns import quoted
from cs_cli.intake.draft_links import LEAST, Cells
from cs_cli.intake.draft_model import Choice, Doubt, Draft, Option
from cs_cli.intake.header_words import words_of
from cs_cli.intake.profile import Profile
from cs_cli.intake.synonyms import best_fit
from cs_cli.intake.values import BadValue, Decision
from cs_cli.intake.values.days import day_converter
from cs_cli.intake.values.money import split_money

_YEARLY = frozenset(["arr", "acv", "annual", "annually", "yearly"])
YEAR = (360, 372)  # days of a term of a year, give or take the last day


def say_terms(draft: Draft, profiles: Sequence[Profile], cells: Cells, day: date) -> None:
    """Settles what amounts are for, where headers and days tell; else asks."""
    by_column = {choice.column: choice for choice in draft.columns}
    if draft.kind == "subscription" and "total" in by_column:
        if "amount" in by_column:
            draft.columns = [one for one in draft.columns if one.column != "total"]
        else:
            draft.columns = [one for one in draft.columns if one.column != "interval"]
            why = f'"{by_column["total"].header}" is for a year'
            draft.columns.append(Choice("interval", "", ["{constant: year}"], why))
    if draft.kind == "subscription" and "started_on" in by_column:
        header = by_column["started_on"].header
        if "created" in words_of(header) or words_of(header)[:1] == ("create",):
            draft.assumed.append(f'"{header}" is taken for the day it began: no other column says so')
    if draft.kind == "subscription" and {"amount", "quantity"} <= by_column.keys() and "mrr" not in by_column:
        _say_units(draft, by_column, cells)
    _say_cents(draft, profiles)
    if draft.kind == "contract" and "amount" in by_column:
        _say_contract(draft, by_column, profiles, cells)


def _say_units(draft: Draft, by_column: dict[str, Choice], cells: Cells) -> None:
    """Is an amount the price of one, or of all? Rows of one plan tell: it stays, or grows with the quantity."""
    amount, quantity = by_column["amount"], by_column["quantity"]
    if set(words_of(amount.header)) & {"unit", "per", "each"}:
        return
    of = by_column.get("plan") or by_column.get("product")
    prices, counts = ([_number(text) for text in cells.column(one.header)] for one in (amount, quantity))
    rows = zip(cells.column(of.header) if of else [""] * len(prices), prices, counts, strict=True)
    sure = [(plan, price, many) for plan, price, many in rows if price is not None and many is not None]
    if all(many == 1 for _, _, many in sure):
        return
    plans: dict[str, set[tuple[float, float]]] = {}
    for plan, price, many in sure:
        plans.setdefault(plan, set()).add((price, many))
    several = [found for found in plans.values() if len({many for _, many in found}) > 1]
    if several and all(len({price for price, _ in found}) == 1 for found in several):
        draft.assumed.append(f'"{amount.header}" is the price of one: it is the same whatever "{quantity.header}" is')
        return

    def whole(one: Draft) -> None:
        one.columns = [replace(c, column="total") if c.column == "amount" else c for c in one.columns]

    if several and all(len({round(price / many, 4) for price, many in found if many}) == 1 for found in several):
        whole(draft)
        draft.assumed.append(f'"{amount.header}" is the price of all: it grows with "{quantity.header}"')
        return
    draft.doubts.append(Doubt(
        "units",
        f'is "{amount.header}" the price of one, or of all "{quantity.header}" together? The rows do not tell', [
            Option("of one: it is multiplied by the quantity", ("# of one: take out the DECIDE",)),
            Option("of all: it is taken as it is", ("# of all: write total in place of amount, under columns",), whole),
        ], [amount.header, quantity.header],
    ))


def _number(text: str) -> float | None:
    plain = split_money(text)[0].replace(",", "") if text else ""
    try:
        return float(plain)
    except ValueError:
        return None


def _say_cents(draft: Draft, profiles: Sequence[Profile]) -> None:
    """Whole numbers beside currencies in small letters are how programs write amounts: often in cents."""
    codes = next((p for p in profiles if "currency" in words_of(p.header) and p.filled), None)
    if codes is None or not all(text.islower() for text in codes.sample):
        return
    whole = {p.header for p in profiles if p.is_("whole") and not {"cent", "minor"} & set(words_of(p.header))}
    asked = [one for one in draft.columns if one.header in whole and one.decided and "type: money" in one.options[0]]
    if not asked:
        return

    def cents(draft: Draft) -> None:
        for one in draft.columns:
            if one.header in whole and one.options and "type: money" in one.options[0]:
                one.options = [one.options[0].removesuffix("}") + ", cents: true}"]

    headers = [one.header for one in asked]
    draft.doubts.append(Doubt(
        "cents", f"{', '.join(headers)}: whole numbers beside currencies in small letters, as programs write them: "
        "units, or cents?", [
            Option("units, as they stand", ("# units: take out the DECIDE",)),
            Option("cents: 4900 is 49.00", ("# cents: add cents: true to each of them, under columns",), cents),
        ], headers,
    ))


def _say_contract(draft: Draft, by_column: dict[str, Choice], profiles: Sequence[Profile], cells: Cells) -> None:
    """A contract's amount is for its whole term: a year's worth is that only where terms are of a year."""
    header = by_column["amount"].header
    if not set(words_of(header)) & _YEARLY:
        draft.assumed.append(f'"{header}" is for the whole term of each contract')
        return
    spans = _spans(by_column, profiles, cells)
    yearly = sum(YEAR[0] <= days <= YEAR[1] for days in spans)
    if spans and yearly == len(spans):
        draft.assumed.append(f'"{header}" is a year\'s worth, and so is every term: {yearly:,} of {yearly:,}')
        return
    seen = f"of {len(spans):,} terms {len(spans) - yearly:,} are not of a year" if spans else "no term is told"
    draft.columns = [one for one in draft.columns if one.column != "amount"]
    amount = by_column["amount"]

    def take(one: Draft) -> None:
        one.columns.append(amount)

    draft.doubts.append(Doubt(
        "amount", f'"{header}" is a year\'s worth by its header, a contract\'s amount is for its whole term: {seen}',
        [Option("read the file as subscriptions, priced by the year",
                ("# cs sources new FILE --kind subscription reads it as a price for a year",), kind="subscription"),
         Option("it is the amount of the whole term",
                tuple(f"#   amount: {option}   # under columns:" for option in amount.options[:1]), take)],
        [header],
    ))


def _spans(by_column: dict[str, Choice], profiles: Sequence[Profile], cells: Cells) -> list[int]:
    """Days from start to end of each row that has both."""
    by_header = {p.header: p for p in profiles}
    if not {"start_on", "end_on"} <= by_column.keys():
        return []
    read = []
    for column in ("start_on", "end_on"):
        profile = by_header[by_column[column].header]
        if not isinstance(profile.days, Decision):
            return []
        convert = day_converter(profile.days.formats, century=False, timezone=None, workspace_tz="UTC")
        days = []
        for text in cells.column(profile.header):
            try:
                days.append(date.fromisoformat(convert(text)) if text else None)
            except BadValue:
                days.append(None)
        read.append(days)
    return [(end - start).days for start, end in zip(*read, strict=True) if start and end]


def say_won(draft: Draft, profiles: Sequence[Profile], used: set[str]) -> None:
    """Of deals that are read as contracts or subscriptions only those that are won are paid: any other stage counts for
    nothing, also one that comes later; where no stage is known as won, a person says which."""
    if draft.kind not in ("contract", "subscription") or draft.has("status"):
        return
    for profile in profiles:
        if profile.header in used or not profile.values or best_fit("deal", "stage", profile.header) < LEAST:
            continue
        won = [word for word in profile.values if means("won_deal", word)]
        used.add(profile.header)
        if not won:
            draft.doubts.append(Doubt(
                "status", f'only what is won is paid, and no word of "{profile.header}" is known as that: '
                + ", ".join(list(profile.values)[:6]),
                [Option("status: as the stage says", (
                    f"# status: {{from: [{quoted(profile.header)}], type: choice, map: {{STAGE: active}}, "
                    "otherwise: draft}   # under columns:",
                ))], [profile.header],
            ))
            return
        told = ", ".join(f"{json.dumps(word, ensure_ascii=False)}: active" for word in won)
        rest = ", ".join(word for word in profile.values if word not in won)
        draft.columns.append(Choice(
            "status", profile.header,
            [f"{{from: [{quoted(profile.header)}], type: choice, map: {{{told}}}, otherwise: draft}}"],
            f"only what is won is paid; of no account: {rest}" if rest else "only what is won is paid",
        ))
        return
