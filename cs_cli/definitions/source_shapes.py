"""The shapes of sources/*.yaml: how an export's columns become records. Data only; shapes.py has them, too."""

from typing import Any

import msgspec

EMPTY = ("", "-", "N/A", "n/a", "NULL", "null", "None", "(blank)", "(empty)")  # cells that hold nothing


class Shape(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Base of all shapes: immutable, and an unknown key is an error."""


# an alias, because SourceColumn has a field called `list`
Texts = list[str]


class SourceColumn(Shape, frozen=True):
    """One way in which a record column is read from the export's columns.

    from_: header, or headers in order of preference (YAML key `from`).
    type: text | day | instant | money | number | integer | percent | flag | email | domain | choice |
    hours | currency | interval | every
    format: for days e.g. "YYYY-MM-DD HH:MM", "DD-MM-YYYY", "auto" (decided from the whole column)
    """

    from_: Texts = msgspec.field(name="from", default_factory=list)
    type: str = "text"
    format: Texts = []
    decimal: str | None = None      # "." or ","; unset: decided from the whole column
    currency: str | None = None     # a header, or an ISO code with "=" in front: "=EUR"
    dashes: str | None = None       # what `50,-` is: "cents" (50, no cents) or "minus"; unset: cents, where it is sure
    cents: bool = False             # the export writes minor units
    map: dict[str, Any] = {}        # value (case-folded) -> value; "" maps the empty cell
    otherwise: str | None = None    # for choice: what an unknown word becomes; unset: row fault
    empty: Texts = []           # further words that mean empty
    constant: Any = None
    required: bool = False
    when: dict[str, Texts] = {}     # header -> words: read only in rows where that header holds one of them
    less: str | None = None         # a header whose number is taken off
    negate: bool = False            # the export writes with the other sign
    keep: bool = False              # the value first recorded stands; of days the earliest
    combine: str = "first"          # lines of one record: first | last | sum | least | most (with combine: lines)
    list: str | None = None         # the separator when a cell holds a list; the first entry is read
    century: bool = False


# an alias again, because of the field called `list`
Readings = list[SourceColumn]


class SourceField(SourceColumn, frozen=True):
    """How one record column is read: as a SourceColumn, else (where that gives nothing) in the other ways."""

    else_: Readings = msgspec.field(name="else", default_factory=list)


class AccountLink(Shape, frozen=True):
    """How a row names its account; tried in this order."""

    own: bool = False               # the row IS an account of this system, its key the id
    id: list[str] = []              # header(s) holding the id in `system`
    system: str | None = None       # when the id is another system's
    email: list[str] = []
    domain: list[str] = []
    name: list[str] = []
    subscription: list[str] = []    # header(s) holding a subscription id already imported
    list: str = ";"                 # what parts several ids in one cell; the first is read
    merged: Texts = []              # with own: header(s) listing ids of records that became part of this one
    into: Texts = []                # with own: header(s) holding the id of the record that this one became part of
    drop: Texts = []                # regular expressions on what is no part of a name: " \\(deleted\\)$"


class SourcePart(Shape, frozen=True):
    """One more record that is made of each row, with the key of the row's own record.

    name parts the records of one kind that one row makes ("champion", "sponsor") and stands in their keys. needs: its
    columns of which one must be filled for a row to make it; empty: any that is read from a cell. day: its `day` is the
    one that the file speaks for: "each" makes a record of every file's day, "changed" one only where a file says
    something else than the last one before it. since: a column that is the day of the first file with the record, as
    long as no cell says it. soft: a cell that cannot be read loses this record alone, and is said; else its whole row
    is set aside. unknown: a need that a person calls unknown ("tbc") makes the record, too. owed: in a file with one of
    these columns every row has the record, though its cell be empty: what it says is then unknown.
    """

    kind: str
    name: str = ""
    needs: Texts = []
    columns: dict[str, SourceField] = {}
    metrics: Texts = []             # usage: patterns ("~30 days") of headers that are each a metric of its own name
    day: str | None = None
    since: str | None = None
    soft: bool = False
    unknown: bool = False
    owed: Texts = []


class SourceDef(Shape, frozen=True):
    source: str
    system: str
    kind: str                       # a record kind, or "usage"
    claims: list[str]               # headers that must all be there
    role: str = "crm"               # canonical crm billing support product survey book
    about: str = ""
    claims_any: list[str] = []      # headers of which at least one must be there, too
    unless: list[str] = []          # headers whose presence denies the claim
    events: list[str] = []          # headers of what happened: they deny it where none of `states` is there
    states: list[str] = []
    headers: list[str] = []         # the whole usual header line, for messages and near names
    key: list[str] = []             # headers; several are joined; empty: see key_from
    key_else: list[str] = []        # headers whose text is the key where `key` has none: the account's name
    key_from: str | None = None     # "row": the content is the key (surveys without ids)
    repeats: list[str] = []         # sources whose bills or sales these rows tell of once more, known by `number`
    account: AccountLink = AccountLink()
    columns: dict[str, SourceField] = {}
    also: list[SourcePart] = []     # further records that are made of each row
    words: dict[str, Texts] = {}    # "$name" stands for any of these headers, in any case, with any marks in them
    attributes: list[str] = []      # headers kept as account attributes; ["*"]: all unmapped; "~word"
    timezone: str | None = None
    encoding: str | None = None     # of files that are not UTF-8, such as "cp1251"
    ends: str | None = None         # an end is the last_day of service, or the first_free_day; unset: as the file shows
    money: str | None = None        # prices and renewals in columns of one's own of a list of accounts: read | keep
    scale: int | None = None        # the best answer of a survey: 5 (csat), 7 (ces), 10 (nps)
    footer: list[str] = []          # regular expressions on the first cell of a closing row
    skip_when: dict[str, list[str]] = {}    # header -> values that mean "not a record" (deleted, draft)
    without_account: str = "refuse"     # a row that names no account: refuse (set aside) | skip (no customer of ours)
    combine: str = "refuse"         # same key twice: refuse | sum | last | first | lines | items
    wide: bool = False              # usage with one column per metric
    metrics: list[str] = []         # headers that are metrics when wide; empty: all numeric ones
    days_across: list[str] = []     # usage with one column per day: the formats of those headers
    groups: bool = False            # a row with nothing but its first cell heads the rows below: "(group)"
    subtotals: bool = False         # sums of groups stand among the rows, and a group's value in its first row only
    ids: str | None = None          # "salesforce": ids of 15 letters are the 18-letter ones cut short
    empty: list[str] = msgspec.field(default_factory=lambda: list(EMPTY))
    file: str = ""
    at: dict[str, str] = {}
