"""The business's words: which word of a status, kind or category means what. SQL and Python ask here and nowhere else.

In SQL `@is_gone_bill(i.status)` is true for the words of `gone_bill`; an unknown or empty word is in no set, so
`NOT @is_gone_bill(i.status)` holds for it (store/dialect.py expands both). In Python: `means("gone_bill", word)`.
Case, blanks, hyphens and underscores do not count: "Past due" is past_due.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple


class Word(NamedTuple):
    """One meaning: the record kind and column that it judges, what follows from it, and the words that have it."""

    kind: str
    column: str
    about: str
    words: frozenset[str]


def _word(kind: str, column: str, about: str, words: str, *more: Word) -> Word:
    """words: separated by blanks, as `plain` leaves them; more: meanings whose words have this one too."""
    return Word(kind, column, about, frozenset(words.split()).union(*(one.words for one in more)))


def _papers() -> dict[str, Word]:
    status = ("contract", "status")
    replaced = _word(*status, "another contract took its place", "superseded replaced")
    broken = _word(*status, "it was broken off", "cancelled canceled terminated")
    dead = _word(
        *status, "it never came to be, was broken off or replaced: no term, no customer, no renewal",
        "draft void voided deleted rejected declined withdrawn inapproval inapprovalprocess unsigned", replaced, broken,
    )  # fmt: skip
    lost = _word(*status, "the customer left at its end", "churned lost")
    ended = _word(
        *status, "over at its end, and does not renew by itself",
        "expired ended closed completed lapsed inactive notrenewed", lost,
    )  # fmt: skip
    decided = _word(*status, "how it went on after its end has been said", "renewed expanded contracted", ended)
    return {
        "dead_paper": dead, "broken_paper": broken, "replaced_paper": replaced, "lost_paper": lost,
        "ended_paper": ended, "decided_paper": decided,
    }  # fmt: skip


def _deals() -> dict[str, Word]:
    won = _word("deal", "status", "won", "won closedwon")
    lost = _word("deal", "status", "lost", "lost closedlost abandoned")
    return {
        "won_deal": won,
        "closed_deal": _word("deal", "status", "won or lost", "", won, lost),
        "gone_deal": _word("deal", "status", "it counts nowhere, on no day", "deleted duplicate archived"),
        "new_deal": _word("deal", "kind", "business with a new customer", "new newbusiness newcustomer newlogo"),
        "expansion_deal": _word(
            "deal", "kind", "more business with a customer", "expansion upsell crosssell upgrade addon existingbusiness"
        ),
        "renewal_deal": _word("deal", "kind", "the next term of a customer", "renewal renew"),
    }


WORDS: dict[str, Word] = {
    "gone_bill": _word(
        "invoice", "status", "nobody owes it and it is no revenue: never sent, taken back, or given up",
        "void voided draft deleted uncollectible writtenoff writeoff baddebt cancelled canceled",
    ),
    "settled_bill": _word(
        "invoice", "status", "nothing of it is owed any more",
        "paid paidinfull fullypaid settled closed deposited refunded credited",
    ),
    "failed_bill": _word("invoice", "status", "a payment failed", "failed paymentfailed pastdue dunning"),
    "over_subscription": _word(
        "subscription", "status", "it has ended",
        "canceled cancelled expired ended churned terminated inactive lapsed closed stopped deactivated lost finished "
        "completed transferred incompleteexpired",
    ),
    "paused_subscription": _word("subscription", "status", "it rests", "paused onhold suspended"),
    "unbegun_subscription": _word(
        "subscription", "status", "it has not begun, and may never",
        "incomplete incompleteexpired draft future pending scheduled upcoming notstarted",
    ),
    "trial_subscription": _word(
        "subscription", "status", "a trial", "trial trialing trialling intrial ontrial freetrial"
    ),
    "dunned_subscription": _word(
        "subscription", "status", "it runs, and a payment is late or failed",
        "pastdue unpaid dunning indunning paymentfailed overdue delinquent",
    ),
    "leaving_subscription": _word(
        "subscription", "status", "cancelled, and runs to its end",
        "nonrenewing pendingcancellation pendingcancel cancelling canceling",
    ),
    **_papers(),
    **_deals(),
    "closed_ticket": _word(
        "ticket", "status", "nobody waits for an answer",
        "closed solved resolved done complete completed fixed cancelled canceled rejected duplicate merged archived "
        "deleted spam",
    ),
    "urgent_ticket": _word(
        "ticket", "priority", "it cannot wait", "urgent critical blocker emergency highest p0 p1 s1 sev1"
    ),
    "key_contact": _word("contact", "role", "decides, or speaks for us there", "decisionmaker champion"),
    "it_title": _word(
        "contact", "title", "of IT, as a guess where no role says so",
        "it itmanager itdirector itlead ithead headofit directorofit itadministrator itadmin itoperations itsupport "
        "itsystemsmanager itinfrastructuremanager vpit vpofit systemadministrator systemsadministrator sysadmin "
        "networkadministrator infrastructuremanager informationtechnologymanager cio chiefinformationofficer "
        "chieftechnologyofficer cto itleiter itleiterin leiterit leiterinit leitungit systemadministratorin "
        "responsableinformatique responsableit directeurinformatique dsi responsabledeti directordeti gerentedeti "
        "responsabileit responsabileinformatico hoofdict ictmanager systeembeheerder",
    ),
    "high_ticket": _word("ticket", "priority", "it matters, and may wait a little", "high major important p2 s2 sev2"),
    "question_ticket": _word(
        "ticket", "category", "how to do or set up something",
        "question howto setup configuration onboarding training access",
    ),
    "payment_ticket": _word(
        "ticket", "category", "bills and payments", "billing payment payments invoice invoices invoicing finance"
    ),
    "nps_survey": _word("survey", "kind", "0 to 10: would you recommend us", "nps"),
    "csat_survey": _word("survey", "kind", "1 to 5: how satisfied are you", "csat"),
    "qbr_touch": _word(
        "touch", "kind", "a business review", "qbr ebr businessreview quarterlybusinessreview executivebusinessreview"
    ),
    "planned_touch": _word(
        "touch", "kind", "what is to be done next: nobody has spoken yet", "nextstep planned"
    ),
    "bad_touch": _word(
        "touch", "sentiment", "it went badly", "bad negative angry unhappy upset furious frustrated poor"
    ),
    "kickoff_milestone": _word(
        "milestone", "name", "the project begins", "kickoff kickoffcall kickoffmeeting projectkickoff"
    ),
    "first_value_milestone": _word(
        "milestone", "name", "the customer got what they bought it for",
        "firstvalue activated activation golive live onboarded onboardingcomplete onboardingcompleted",
    ),
    "ending_event": _word(
        "mrr_event", "kind", "nothing is paid from then on",
        "cancel canceled cancelled cancellation churn churned ended end",
    ),
    "over_goal": _word(
        "goal", "status", "reached or given up",
        "done met achieved reached completed closed dropped missed abandoned cancelled canceled",
    ),
    "failed_goal": _word("goal", "status", "given up", "dropped missed abandoned cancelled canceled"),
    "settled_request": _word(
        "request", "status", "nothing more is to be done", "done closed kept withdrawn rejected declined settled"
    ),
    "kept_request": _word(
        "request", "status", "what was granted or promised has been done", "done closed kept settled"
    ),
    "refused_request": _word(
        "request", "decision", "no, or not wanted any more", "rejected declined denied no refused withdrawn"
    ),
    "granted_request": _word("request", "decision", "yes", "approved granted yes accepted agreed"),
    "answered_feedback": _word("feedback", "status", "the customer has had an answer", "told closed declined"),
    "implementation_field": _word(
        "attribute", "name", "whether help with the start was bought",
        "implementation implementationpackage implementationservices setup setuppackage onboardingpackage "
        "onboardingservices",
    ),
    "declined_field": _word(
        "attribute", "value", "it was not bought", "declined refused no none false 0 notbought self selfservice"
    ),
    "language_field": _word(
        "attribute", "name", "the language to write to them in",
        "language hslanguage preferredlanguage sprache langue idioma taal lingua",
    ),
    "customer_stage": _word("account", "stage", "a customer, by the CRM's word", "customer client evangelist"),
    "churned_stage": _word(
        "account", "stage", "a former customer, by the CRM's word", "churned formercustomer lostcustomer"
    ),
}  # fmt: skip

# answers to surveys as numbers: NPS of Reichheld 2003, 0 to 10; CSAT 1 to 5
DETRACTOR, PROMOTER, SATISFIED = 6, 9, 4
SCORES = {"detractor": f"<= {DETRACTOR}", "promoter": f">= {PROMOTER}", "satisfied": f">= {SATISFIED}"}
_SEPARATORS = " -_"


@lru_cache(maxsize=4096)
def plain(word: str) -> str:
    """The word as sets hold it: without case, blanks, hyphens and underscores."""
    return "".join(letter for letter in word.casefold() if letter not in _SEPARATORS)


def means(name: str, word: str | None) -> bool:
    """Whether a word has this meaning. KeyError for a meaning that there is not."""
    return word is not None and plain(word) in WORDS[name].words


def sql_test(name: str, argument: str) -> str:
    """The SQL condition, never NULL for words, that an expression has the meaning; `@fold` is left to the dialect.

    KeyError for a meaning that there is not.
    """
    if name in SCORES:
        return f"({argument} {SCORES[name]})"
    bare = f"@fold({argument})"
    for mark in _SEPARATORS:
        bare = f"replace({bare}, '{mark}', '')"
    return f"(coalesce({bare}, '') IN ({', '.join(repr(word) for word in sorted(WORDS[name].words))}))"
