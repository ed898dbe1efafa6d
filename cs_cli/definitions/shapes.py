"""The shapes of everything people write in YAML. Data only: no reading, no checking.

Conditions and expressions are kept as the text a person wrote; `definitions.conditions` turns them into SQL.
`at` maps a dotted path inside the definition (such as "measures.2.scale") to "line:column", the place of a fault.
Annotations are real types here, not postponed text: reading text back costs each command 3 ms.
"""

from typing import Any

import msgspec

from cs_cli.definitions.roles import REQUESTS
from cs_cli.definitions.source_shapes import EMPTY as EMPTY
from cs_cli.definitions.source_shapes import AccountLink as AccountLink
from cs_cli.definitions.source_shapes import Shape as Shape
from cs_cli.definitions.source_shapes import SourceColumn as SourceColumn
from cs_cli.definitions.source_shapes import SourceDef as SourceDef
from cs_cli.definitions.source_shapes import SourceField as SourceField
from cs_cli.definitions.source_shapes import SourcePart as SourcePart

# --- cs.yaml -----------------------------------------------------------------

class Person(Shape, frozen=True):
    name: str
    email: str | None = None
    slack: str | None = None
    roles: list[str] = []


class Usage(Shape, frozen=True):
    """Which metric means what. Unset roles are looked for by their usual names."""

    volume: list[str] = []          # what "usage" counts
    active_users: str | None = None
    seats_used: str | None = None
    key_actions: list[str] = []
    features: list[str] = []        # metrics or "prefix*": one metric per feature
    last_seen: str | None = None
    agents: list[str] = []          # what programs do, not people
    no_rows: str = "unknown"        # an account without a single row while others have some: unknown | zero


class Clocks(Shape, frozen=True):
    """Working days until each step is overdue."""

    acknowledge: int | None = None
    next_step: int | None = None
    resolve: int | None = None


class Requests(Shape, frozen=True):
    """The policy for what customers ask and people escalate: who decides a kind, and by when."""

    decides: dict[str, str] = {}        # kind -> role or person; unset: the usual ones
    clocks: dict[str, Clocks] = {}      # severity -> clocks; a flat mapping counts for every severity
    clocks_by_kind: dict[str, dict[str, Clocks]] = {}   # kind -> clocks as above; unset severities: those of `clocks`

    @property
    def kinds(self) -> tuple[str, ...]:
        """The kinds of requests that somebody decides."""
        return tuple(self.decides) or REQUESTS


class Away(Shape, frozen=True):
    who: str
    start: str
    end: str
    to: str | None = None


class InvoiceRules(Shape, frozen=True):
    """What metrics.yaml says of invoices. one_off: further words of lines that do not recur. periods: what an invoice
    is for, by plan, number or source in small letters ("*": every one): a word such as "year", or "one_off"."""

    one_off: list[str] = []
    periods: dict[str, str] = {}


class Settings(Shape, frozen=True):
    """cs.yaml. Days are ISO text; money in thresholds is in major units of `currency`."""

    format: int = 1
    company: str = "My company"
    currency: str = "USD"
    timezone: str = "UTC"
    today: str | None = None
    week_start: str = "monday"
    working_days: list[str] = msgspec.field(default_factory=lambda: ["mon", "tue", "wed", "thu", "fri"])
    holidays: list[str] = []        # ISO days, or country codes such as "NL" or "DE-BY"
    accounts_from: str | None = None    # crm | billing | both; unset: crm once a CRM file is in
    me: str | None = None
    people: list[Person] = []
    roles: dict[str, str] = {}      # role -> person | "me" | "account.owner" | "account.sold_by"
    channels: dict[str, dict[str, Any]] = {}
    freshness: dict[str, int] = {}  # record kind -> days after which its facts are unknown
    rhythm: dict[str, str] = {}     # record kind -> daily, weekly, monthly, weekly_by_end …; unset: learnt
    fx: dict[str, float] = {}       # currency -> units of the reporting currency for one unit
    usage: Usage = Usage()
    requests: Requests = Requests()
    churn_reasons: list[str] = []   # what `cs log ACCOUNT churn --reason` accepts; empty: the usual list
    away: list[Away] = []
    thresholds: dict[str, float] = {}
    playbooks: dict[str, Any] = {}  # enabled: [names] / disabled: [names]
    invoices: InvoiceRules = InvoiceRules()     # of metrics.yaml; not written in cs.yaml


# --- segments.yaml -----------------------------------------------------------

class Entry(Shape, frozen=True):
    """`name: condition`, the condition as text; "otherwise" closes a list."""

    name: str
    when: str
    about: str | None = None


class Dimension(Shape, frozen=True):
    name: str
    entries: list[Entry]
    any: bool = False               # overlapping tags instead of the first match
    unknown: str | None = None      # the name when an earlier entry is unknown
    about: str | None = None
    at: dict[str, str] = {}


class Segments(Shape, frozen=True):
    """Written as `dimensions: {tier: [{A: "arr >= 50_000"}, …, {C: otherwise}]}`."""

    dimensions: list[Dimension] = []


# --- health.yaml -------------------------------------------------------------

class When(Shape, frozen=True):
    """`if` a condition then a fixed score or a scale."""

    condition: str
    score: float | None = None
    scale: list[tuple[float, float]] | None = None


class Measure(Shape, frozen=True):
    name: str
    fact: str
    family: str                     # fiscal satisfaction usage adoption sentiment relationship
    weight: float
    kind: str = "leads"             # leads | lags
    scale: list[tuple[float, float]] | None = None      # fact value -> score, piecewise linear
    values: dict[str, float] | None = None              # text or flag value -> score
    when: list[When] | None = None
    missing: str | float = "skip"   # skip (share the weight out) | unknown | a score
    stale_after: int | None = None  # days
    about: str | None = None
    monotone: bool = True


class Cap(Shape, frozen=True):
    """`if` the condition is true the score is at most `at_most`."""

    name: str
    condition: str
    at_most: float
    about: str | None = None


class Bands(Shape, frozen=True):
    green: float = 70
    red: float = 50
    hysteresis: float = 3


class Scorecard(Shape, frozen=True):
    name: str
    applies: str = "otherwise"
    measures: list[Measure] = []
    caps: list[Cap] = []
    bands: Bands = Bands()
    min_known_share: float = 0.5
    about: str | None = None
    at: dict[str, str] = {}


class Health(Shape, frozen=True):
    scorecards: list[Scorecard] = []


# --- metrics.yaml ------------------------------------------------------------

class Target(Shape, frozen=True):
    metric: str
    target: float
    baseline: float | None = None
    by: str | None = None
    about: str | None = None


class MetricSet(Shape, frozen=True):
    """One way of counting; the switches of the definitions. Defaults are the plain ones."""

    name: str = "default"
    mrr_from: str = "auto"          # auto (per account, in this order) | subscriptions | events | contracts | invoices
    one_off: list[str] = []         # words of invoice lines that do not recur, besides the usual ones
    invoice_period: dict[str, str] = {}     # source, plan or invoice number -> month, quarter, year … or one_off
    ends: str = "first_free_day"    # how ends are read of sources that do not say: first_free_day | last_day
    churn_day: str = "ended_on"     # ended_on | cancelled_on
    reactivation_gap_days: int = 0
    past_due_is_churn_after: int | None = None
    about: str | None = None


class Metrics(Shape, frozen=True):
    sets: list[MetricSet] = msgspec.field(default_factory=lambda: [MetricSet()])
    targets: list[Target] = []
    one_off: list[str] = []
    invoice_period: dict[str, str] = {}

    @property
    def invoices(self) -> InvoiceRules:
        """What counts for invoices: what stands for all sets, and the first set over it."""
        first = self.sets[0] if self.sets else MetricSet()
        return InvoiceRules([*self.one_off, *first.one_off], {**self.invoice_period, **first.invoice_period})

    @property
    def mrr_from(self) -> str:
        """Where facts and figures take MRR from: what the first set says."""
        return self.sets[0].mrr_from if self.sets else "auto"

    @property
    def ends(self) -> str:
        """How ends are read of sources that do not say: what the first set says."""
        return self.sets[0].ends if self.sets else "first_free_day"


# --- playbooks/*.yaml --------------------------------------------------------

class Severity(Shape, frozen=True):
    severity: str                   # red | amber | info
    when: str = "otherwise"


class Handoff(Shape, frozen=True):
    to: str
    passes: str = ""


class PlaybookTask(Shape, frozen=True):
    id: str
    do: str
    owner: str | None = None
    due: str = "opened + 1bd"       # opened|renewal_date|notice_date|decide_by|<task id> ± N(bd|d|w)
    after: list[str] = []
    done_when: str | None = None
    when: str | None = None
    handoff: Handoff | None = None


class Reminder(Shape, frozen=True):
    at: str
    to: list[str] = []
    via: list[str] = []
    subject: str = ""
    text: str = ""
    mode: str = "digest"            # digest | single
    when: str | None = None
    id: str | None = None


def reminder_id(reminder: Reminder, at: int) -> str:
    """What the reminder at a place (from 0) of its playbook is remembered by."""
    return reminder.id or f"reminder-{at + 1}"


class Control(Shape, frozen=True):
    """The part of the subjects that is left alone, and what is looked at afterwards."""

    share: float = 0.0              # of all, up to a half
    outcome: str = "churned"        # a condition, and `within 30d`; churned: stopped paying
    by: str | None = None           # a dimension of segments.yaml: compared within each segment


class Example(Shape, frozen=True):
    """Facts (or a timeline of days → facts) and what is expected of the playbook."""

    name: str
    expect: dict[str, Any]
    facts: dict[str, Any] = {}
    timeline: list[dict[str, Any]] = []     # {day: ISO or offset, facts: {...}, expect: {...}}
    today: str | None = None


class Playbook(Shape, frozen=True):
    playbook: str
    about: str
    when: str
    kind: str = "escalation"        # escalation renewal onboarding adoption expansion advocacy voice
    subject: str = "account"        # account | contract
    enabled: bool = True
    applies_to: str = "customers"   # customers | all | a condition
    hold_for: str | None = None     # YAML key `for`: "7d" — must hold so long
    clear_after: str | None = None  # must fail so long
    clear_when: str | None = None   # and this must hold as long: where `when` fails by its window alone
    expires_after: str | None = None    # closed by the data so long after it opened: expired, not resolved
    again: str = "after 0d"         # never | each_term | after 30d
    severity: list[Severity] = msgspec.field(default_factory=lambda: [Severity("amber")])
    owner: str = "csm"
    decides: str | None = None
    sla: dict[str, Clocks] = {}     # severity -> clocks; a flat mapping counts for every severity
    inhibited_by: list[str] = []
    limit: str | None = None        # "30" or "40%"; unset: more than 20 and more than 25 %
    tasks: list[PlaybookTask] = []
    reminders: list[Reminder] = []
    done_when: str | None = None
    lost_when: str | None = None
    control: Control = Control()
    examples: list[Example] = []
    draft: str | None = None        # the template of its customer mail; none: nobody is written to; unset: its own name
    was: str | None = None
    file: str = ""
    at: dict[str, str] = {}
