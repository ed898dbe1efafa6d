"""How the data close a case: lost, done, resolved, or expired where nobody can tell. Pure."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from cs_cli.cases.going_on import ACCOUNT_GONE, ACCOUNT_LOST, CEASED, MOVED_ON, NOT_FOR_IT, TERM_OVER, WINDOW_OVER

if TYPE_CHECKING:
    from cs_cli.cases.model import Case, Tracker, Verdict
    from cs_cli.cases.rules import Rule


def ending(rule: Rule, case: Case, verdict: Verdict, tracker: Tracker, day: date) -> tuple[str, str] | None:
    """(outcome, reason) when the data close the case on the day; None while it goes on."""
    if verdict.lost:
        return "lost", ACCOUNT_LOST
    if verdict.done:
        return "done", "done by the data"
    if verdict.gone:
        return "resolved", TERM_OVER if rule.subject == "contract" else ACCOUNT_GONE
    if tracker.cleared is None or verdict.holds is None or verdict.stays is None or tracker.cleared < rule.clear:
        return None
    if verdict.ran_out:
        return "expired", WINDOW_OVER  # nobody settled anything: only days have passed
    if verdict.applies is False:
        return "resolved", NOT_FOR_IT
    if rule.expires is not None and (day - case.opened_on).days >= rule.expires:
        return "expired", MOVED_ON
    return "resolved", CEASED
