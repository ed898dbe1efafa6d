"""What people enter about an account: touches, pulses, goals… checked, and made into records.

Each method gives the Record that `store.hand.write` keeps. A record by hand that exists already gets a new
version of its chain; on one from an import the hand's word lies on top. What is left out stays as it is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from cs_cli.base.errors import UsageError
from cs_cli.base.near import did_you_mean
from cs_cli.store.hand import SOURCE, TITLES, Record, entry_record, named_record, on_top, own_ref

if TYPE_CHECKING:
    import sqlite3

    from cs_cli.definitions.shapes import Settings
    from cs_cli.store.refs import FoundAccount

TOUCHES = ("call", "email", "meeting", "qbr")
MOODS = ("good", "neutral", "bad")
# who decides where cs.yaml says nothing: whoever feels the pain if the decision fails
DECIDES = {"discount": "am", "feature": "product", "terms": "finance"}
SEVERITIES = ("red", "amber", "info")
DECISIONS = ("approved", "declined", "withdrawn")
FEEDBACK = ("raised", "planned", "shipped", "told", "declined")
GOALS = ("open", "met", "done", "missed", "dropped")
# why customers leave, unless cs.yaml declares churn_reasons; a short list that can be counted
REASONS = (
    "price", "budget", "poor_fit", "missing_feature", "quality", "support", "no_value", "not_adopted",
    "sponsor_left", "competitor", "acquired", "business_closed", "other",
)  # fmt: skip
PULSE_DAYS = 45


@dataclass(frozen=True)
class Hand:
    """One person's entries about one account on a day. who: the author; by default whoever works here."""

    conn: sqlite3.Connection
    settings: Settings
    account: FoundAccount
    day: date
    who: str

    def pulse(self, score: int, reason: str, expires: date | None = None) -> Record:
        """A 1 to 5 with an author and a reason; one per author and day, so a second one corrects the first."""
        if not 1 <= score <= 5:
            raise UsageError.of(
                "LOG-002", f"a pulse is 1 to 5, not {score}", name="--score", expected="1, 2, 3, 4 or 5"
            )
        until = expires or self.day + timedelta(days=PULSE_DAYS)
        if until <= self.day:
            raise UsageError.of("LOG-003", f"{until} is not after {self.day}", name="--expires")
        values = {
            "day": self.day, "who": self.who, "score": score, "reason": needed(reason, "--reason"), "expires_on": until,
        }  # fmt: skip
        return self._record("pulse", values, f"{self.account.account_id}/{self.who.casefold()}/{self.day}")

    def touch(
        self, kind: str = "call", mood: str | None = None, note: str = "", person: str | None = None,
        step: str | None = None, step_by: date | None = None,
    ) -> Record:  # fmt: skip
        """A call, e-mail, meeting or business review. person: whom we spoke to; step: what comes next."""
        said = " ".join(note.split())
        if person:
            said = f"with {person.strip()}: {said}" if said else f"with {person.strip()}"
        values = {
            "day": self.day, "kind": one_of(kind, TOUCHES, "--kind"), "who": self.who,
            "sentiment": None if mood is None else one_of(mood, MOODS, "--mood"), "note": said or None,
            "next_step": step, "next_step_by": step_by,
        }  # fmt: skip
        return self._record("touch", values, f"{self.account.account_id}/touch/#")

    def note(self, text: str) -> Record:
        values = {"day": self.day, "who": self.who, "text": needed(text, "TEXT")}
        return self._record("note", values, f"{self.account.account_id}/note/#")

    def goal(
        self, objective: str, *, status: str = "open", measure: str | None = None, target: float | None = None,
        due: date | None = None,
    ) -> Record:  # fmt: skip
        """A line of the success plan; one of the same words (or a unique part of them) is taken further."""
        # part of the words names a goal that ends; a new one may well share words with another
        words = needed(objective, "OBJECTIVE")
        known = named_record(self.conn, "goal", self.account.account, words, whole=status == "open")
        values: dict[str, Any] = given(measure=measure, target=target, due_on=due)
        if known is None:
            values |= {"objective": objective.strip(), "created_on": self.day, "status": status}
        if known is None or status != "open":
            values |= {"status": status, "done_on": None if status == "open" else self.day}
        return self._put("goal", known, values)

    def milestone(self, name: str, *, due: date | None = None, done: bool = False) -> Record:
        """A step of onboarding: planned for a day, or reached."""
        if due is None and not done:
            raise UsageError.of("LOG-006", "a milestone is either due or done", expected="--due DAY, or --done")
        word = "_".join(needed(name, "NAME").casefold().replace("-", " ").split())
        known = named_record(self.conn, "milestone", self.account.account, word, whole=True)
        values = given(due_on=due, done_on=self.day if done else None)
        if known is None:
            return self._record("milestone", {"name": word, **values}, f"{self.account.account_id}/{word}")
        return self._put("milestone", known, values)

    def request(
        self, text: str, *, change: Record | None = None, kind: str | None = None, severity: str | None = None,
        cost: int | None = None, decider: str | None = None, decision: str | None = None, reason: str | None = None,
        due: date | None = None, until: date | None = None, settled: bool = False,
    ) -> Record:  # fmt: skip
        """An exception that was asked for or promised: what, at what cost (minor units), who decides, until when."""
        words, whole = needed(text, "TEXT"), decision is None and not settled
        known = change or named_record(self.conn, "request", self.account.account, words, whole=whole)
        values: dict[str, Any] = given(cost=cost, decider=decider, reason=reason, due_on=due, until=until)
        if kind is not None or known is None:
            values["kind"] = one_of(kind or "other", self.request_kinds(), "--kind")
        if severity is not None or known is None:
            values["severity"] = one_of(severity or "amber", SEVERITIES, "--severity")
        if cost is not None:
            values["currency"] = self.settings.currency
        if decision is not None:
            if not (reason or (known and known.values["reason"])):
                raise UsageError.of("LOG-007", "a decision needs its reason", next='add --reason "…"')
            values |= {"decision": one_of(decision, DECISIONS, "--decision"), "decided_on": self.day}
        if settled:
            values["status"] = "done"
        if known is None:
            values |= {"text": text.strip(), "asked_on": self.day}
            values.setdefault("status", "open")
            values.setdefault("decider", self._policy_decider(values["kind"]))
        return self._put("request", known, values)

    def _policy_decider(self, kind: str) -> str:
        """The role that cs.yaml's `requests: decides:` names for a kind; whoever feels the pain if it fails."""
        return (self.settings.requests.decides or DECIDES).get(kind, "csm")

    def request_kinds(self) -> Sequence[str]:
        """Kinds of the `requests:` policy in cs.yaml, else the usual ones."""
        return self.settings.requests.kinds

    def feedback(
        self, quote: str, *, change: Record | None = None, theme: str | None = None, area: str | None = None,
        status: str | None = None,
    ) -> Record:  # fmt: skip
        """What a customer says about the product, and how far the answer has come: raised → … → told."""
        words, whole = needed(quote, "QUOTE"), status in (None, "raised")
        known = change or named_record(self.conn, "feedback", self.account.account, words, whole=whole)
        values: dict[str, Any] = given(theme=theme, area=area)
        if status is not None:
            values["status"] = one_of(status, FEEDBACK, "--status")
        if known is None:
            values |= {"quote": quote.strip(), "day": self.day, "status": values.get("status", "raised")}
        return self._put("feedback", known, values)

    def churn(
        self, reason: str, *, voluntary: bool | None = None, competitor: str | None = None, note: str | None = None
    ) -> Record:
        """Why the customer left, from the declared list. voluntary: they decided, not a failed card."""
        declared = tuple(self.settings.churn_reasons) or REASONS
        values = {"day": self.day, "reason": one_of(reason, declared, "--reason")}
        values |= given(voluntary=voluntary, competitor=competitor, note=note)
        return self._record("churn", values, f"{self.account.account_id}/{self.day}")

    def entry(self, kind: str, number: int) -> Record:
        """The record of entry #number, to be changed."""
        return entry_record(self.conn, kind, self.account.account, number)

    def _record(self, kind: str, values: dict[str, Any], key: str) -> Record:
        return Record(kind, SOURCE, key, own_ref(self.conn, self.account.account), values)

    def _put(self, kind: str, known: Record | None, values: dict[str, Any]) -> Record:
        if known is None:
            return self._record(kind, values, f"{self.account.account_id}/{kind}/#")
        if not values:
            raise UsageError.of(
                "LOG-008",
                f"this {kind} is there already: {known.values[TITLES[kind]]}",
                expected="something that changes it",
            )
        if known.source != SOURCE:
            # on top of the import's own record: the next export may say what it likes
            return Record(kind, SOURCE, on_top(known), known.ref, values)
        return Record(kind, known.source, known.key, known.ref, values)


def given(**values: Any) -> dict[str, Any]:
    """Only what was said."""
    return {name: value for name, value in values.items() if value is not None}


def needed(text: str, name: str) -> str:
    """The text without its edges. UsageError LOG-009 when nothing is left."""
    if not text.strip():
        raise UsageError.of("LOG-009", f"{name} is empty", name=name, expected="a few words")
    return text.strip()


def one_of(word: str, words: Sequence[str], name: str) -> str:
    """The declared spelling of a word; "_", "-" and capitals do not count. UsageError LOG-010 for any other."""
    wanted = word.strip().casefold().replace("-", "_").replace(" ", "_")
    for one in words:
        if one.casefold().replace("-", "_").replace(" ", "_") == wanted:
            return one
    raise UsageError.of(
        "LOG-010", f'"{word}" is not one of {name}{did_you_mean(word, words)}', name=name, expected=", ".join(words)
    )
