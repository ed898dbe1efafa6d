"""One playbook's conditions on one subject's facts: the verdict that the step works with."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING, Any

from cs_cli.cases.grammar import DATES
from cs_cli.cases.model import Verdict
from cs_cli.cases.ran_out import ran_out

if TYPE_CHECKING:
    from cs_cli.cases.rules import Rule

Facts = Mapping[str, Any]


def verdict(rule: Rule, facts: Facts, subject: str, account: int) -> Verdict:
    """What the rule says of these facts; a fact that is absent or None is unknown."""
    applies = True if rule.applies is None else rule.applies.evaluate(facts)
    fires = rule.when.evaluate(facts)
    severity, sure = _severity(rule, facts)
    if rule.lost is not None:
        lost = rule.lost.evaluate(facts)
    else:
        lost = applies is False and facts.get("status") == "churned"
    holds = _both(applies, fires)
    return Verdict(
        subject=subject,
        account=account,
        holds=holds,
        stays=_stays(rule, applies, facts),
        applies=applies,
        severity=severity,
        severity_sure=sure,
        done=rule.done.evaluate(facts) if rule.done else False,
        lost=lost,
        because=_because(rule, facts, severity),
        ran_out=holds is False and ran_out(rule, facts),
        term=_term(facts),
        arr=facts.get("arr"),
        dates={name: _day(facts[name]) for name in DATES if facts.get(name) is not None},
        tasks_done=frozenset(
            task.source.id
            for task in rule.tasks
            if task.done_when is not None and task.done_when.evaluate(facts)
        ),
        tasks_unwanted=frozenset(
            task.source.id
            for task in rule.tasks
            if task.when is not None and task.when.evaluate(facts) is not True
        ),
        reminders_unwanted=frozenset(
            reminder.id
            for reminder in rule.reminders
            if reminder.when is not None and reminder.when.evaluate(facts) is not True
        ),
    )


def _stays(rule: Rule, applies: bool | None, facts: Facts) -> bool | None:
    """Whether an open case goes on though its condition fails; who is no longer meant has no case."""
    if rule.cleared is None or applies is False:
        return False
    over = rule.cleared.evaluate(facts)
    return None if over is None else not over


def _term(facts: Facts) -> str | None:
    """Which term it is: the contract and the how-manieth, because a subscription renews under one id."""
    contract, ordinal = facts.get("contract"), facts.get("term_ordinal")
    if contract is None:
        day: str | None = facts.get("renewal_date")
        return day
    return f"{contract} #{ordinal}" if ordinal is not None else str(contract)


def _both(one: bool | None, other: bool | None) -> bool | None:
    if one is False or other is False:
        return False
    return None if one is None or other is None else True


def _severity(rule: Rule, facts: Facts) -> tuple[str, bool]:
    """The first severity that holds, and whether no worse one is unknown."""
    sure = True
    for word, condition in rule.severities:
        truth = True if condition is None else condition.evaluate(facts)
        if truth:
            return word, sure
        sure = sure and truth is not None
    return rule.severities[-1][0], False


def _because(rule: Rule, facts: Facts, severity: str) -> str:
    """Why it fires, and why with this severity: where both speak of a fact, the severity's word counts."""
    fires = rule.when.because(facts)
    worse = next((condition for word, condition in rule.severities if word == severity), None)
    if worse is None or not worse.evaluate(facts):
        return fires
    said = worse.reasons(facts)
    spoken = {name for name, _ in said}
    kept = [one for one in rule.when.reasons(facts) if one[0] not in spoken]
    return "; ".join(text for _, text in [*kept, *said])


def _day(value: Any) -> date:
    return value if isinstance(value, date) else date.fromisoformat(str(value))
