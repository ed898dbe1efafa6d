"""Columns that a draft would leave unread although a record depends on them: money, ends, statuses."""

from __future__ import annotations

from collections.abc import Sequence

from cs_cli.intake.crm_money import told_of_money
from cs_cli.intake.draft_model import Choice, Doubt, Draft, Option
from cs_cli.intake.header_words import is_id, words_of
from cs_cli.intake.profile import Profile

# money that a customer pays again and again
RECURRING = frozenset([
    "arr", "mrr", "acv", "tcv", "subscription", "contract", "recurring", "monthly", "annual", "yearly",
])
MONEY = frozenset([
    "arr", "mrr", "acv", "tcv", "amount", "price", "revenue", "value", "fee", "charge", "spend", "billing", "billed",
    "payment", "cost",
])
# a company's own figures, which nobody pays
_THEIRS = ({"annual", "revenue"}, {"company", "revenue"}, {"total", "revenue"}, {"market", "value"})
_OVER = {
    "ticket": ("closed_at", frozenset(["closed", "resolved", "solved", "completed", "finished", "done", "fixed"])),
    "subscription": ("ended_on", frozenset([
        "ended", "end", "churn", "churned", "expired", "expire", "terminated", "termination", "deactivated", "closed",
        "stopped", "cancelled", "canceled", "cancel", "cancellation",
    ])),
    "contract": ("end_on", frozenset(["end", "ended", "expire", "expired", "expiry", "renewal", "terminated"])),
}
_DAYS = ("renews_on", "ended_on", "cancelled_on")
_STATUS = frozenset(["status", "state", "churned", "active", "churn", "closed", "resolved", "won", "lost", "outcome"])

# a column of these says whether a row counts at all, or with which sign: paid or not, a credit note, never signed
_TURNS = frozenset([
    "paid", "unpaid", "outstanding", "due", "credit", "cancelled", "canceled", "void", "voided", "signed", "there",
    "ended", "status", "state", "refunded", "churned", "active", "settled", "open", "document", "estado", "bezahlt",
    "payé", "payée", "réglée", "pagado", "pagada", "pago", "paga", "storniert", "annulé", "anulado", "cancelado",
])
_PRICED = ("subscription", "contract", "deal", "invoice")


def say_left(draft: Draft) -> None:
    """Asks about unread columns without which the records would be wrong in silence."""
    taken = {choice.header for choice in draft.columns} | {h for doubt in draft.doubts for h in doubt.headers}
    left = [p for p in draft.unread if p.filled and p.header not in taken and not is_id(p.header)]
    if draft.kind == "account":
        _as_of_a_sheet(draft, left)
        left = [p for p in left if p.header not in draft.money.values()]
    _money(draft, left)
    _ends(draft, left)
    _statuses(draft, left)
    _turns(draft, left)


def _turns(draft: Draft, left: Sequence[Profile]) -> None:
    """A priced list whose unread columns may turn what a row means is never finished in silence."""
    if draft.kind not in _PRICED:
        return
    asked = {header for doubt in draft.doubts for header in doubt.headers}
    for p in left:
        words = words_of(p.header)
        credit = p.list_of_values is not None and any("credit" in words_of(one) for one in p.list_of_values)
        if p.header not in asked and (set(words) & _TURNS or words == ("type",) or credit):
            shown = ", ".join(p.first[:4])
            draft.doubts.append(Doubt(
                p.header, f'"{p.header}" (such as {shown}) may say whether a row counts, and nothing reads it', [
                    Option("every row counts all the same: it is left unread", ("# all rows count: leave it unread",)),
                ], [p.header],
            ))


def _as_of_a_sheet(draft: Draft, left: Sequence[Profile]) -> None:
    """Prices and renewals by the words of a kept sheet, where their cells are amounts and days: read as there."""
    amounts = [p.header for p in left if p.is_("number") and not p.is_("day")]
    days = [p.header for p in left if p.is_("day")]
    draft.money = {
        **{column: header for column, header in told_of_money(amounts).items() if column not in _DAYS},
        **{column: header for column, header in told_of_money(days).items() if column in _DAYS},
    }


def is_money(profile: Profile) -> bool:
    """A column of amounts by its header and its cells."""
    mine = set(words_of(profile.header))
    return bool(mine & MONEY) and not any(one <= mine for one in _THEIRS) and (
        profile.is_("number") and not profile.is_("day")
    )


def _money(draft: Draft, left: Sequence[Profile]) -> None:
    if draft.kind == "account":
        again = RECURRING | {"price", "revenue", "fee"}
        for p in (one for one in left if is_money(one) and set(words_of(one.header)) & again):
            draft.doubts.append(Doubt(
                p.header, f'"{p.header}" holds amounts (such as {p.first[0]}), and an account keeps none: as an '
                "attribute it is text, and in no figure", [
                    Option("read the file as subscriptions: what each customer pays",
                           ("# cs sources new FILE --kind subscription reads it as money",), kind="subscription"),
                    Option("read the file as contracts, with their ends",
                           ("# cs sources new FILE --kind contract reads it as money",), kind="contract"),
                    Option("keep it as an attribute: it counts nowhere",
                           (f"# it stands among the attributes: that is meant for {p.header}",)),
                ], [p.header],
            ))
        return
    if draft.kind in ("subscription", "contract", "deal", "invoice") and not any(
        draft.has(column) for column in ("amount", "mrr", "total")
    ):
        for p in left:
            if is_money(p) and not any(doubt.about == "amount" and doubt.headers for doubt in draft.doubts):
                draft.doubts.append(_pick(draft, "amount", p, "type: money", "holds amounts: are they the amount?"))


def _ends(draft: Draft, left: Sequence[Profile]) -> None:
    column, words = _OVER.get(draft.kind, ("", frozenset()))
    if not column or draft.has(column):
        return
    for p in left:
        if set(words_of(p.header)) & words and p.is_("day"):
            kind = "type: instant" if column == "closed_at" else "type: day"
            draft.doubts.append(_pick(draft, column, p, kind, "holds days, and nothing else says when one is over"))


def _statuses(draft: Draft, left: Sequence[Profile]) -> None:
    over = {"ticket": "closed_at", "subscription": "ended_on", "deal": "stage", "contract": "", "invoice": ""}
    if draft.kind not in over or draft.has("status") or (over[draft.kind] and draft.has(over[draft.kind])):
        return
    for p in left:
        listed = p.list_of_values
        if set(words_of(p.header)) & _STATUS and listed and not p.is_("number") and not p.is_("day"):
            shown = ", ".join(list(listed)[:6])
            draft.doubts.append(_pick(draft, "status", p, "type: choice", f"is it the status? Its words are {shown}"))
    if draft.kind == "ticket" and not any(doubt.about in ("status", "closed_at") for doubt in draft.doubts):
        draft.doubts.append(Doubt("closed_at", "no column says which tickets are closed: all would count as open", [
            Option("all of them are open", ("# status: {constant: open}   # under columns:",),
                   lambda one: one.columns.append(Choice("status", "", ["{constant: open}"], "as you said"))),
            Option("all of them are closed", ("# status: {constant: closed}   # under columns:",),
                   lambda one: one.columns.append(Choice("status", "", ["{constant: closed}"], "as you said"))),
        ]))


def _pick(draft: Draft, column: str, profile: Profile, kind: str, why: str) -> Doubt:
    from cs_cli.intake.draft_columns import quoted

    mapping = f"{{from: [{quoted(profile.header)}], {kind}}}"

    def take(one: Draft) -> None:
        also = (column[:-3] + "_on", "day") if column == "closed_at" else None
        one.columns.append(Choice(column, profile.header, [mapping], "as you said", also))
        one.unread = [other for other in one.unread if other is not profile]

    return Doubt(column, f'"{profile.header}" {why}', [
        Option(f"yes, it is the {column}", (f"#   {column}: {mapping}   # under columns:",), take),
        Option("no: it is left unread", ("# no: leave it unread",)),
    ], [profile.header])
