"""A source definition laid over the headers of one file: which cell feeds which record column."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from cs_cli.base.errors import Fault, InputRefused
from cs_cli.definitions.shapes import SourceColumn, SourceDef
from cs_cli.intake.recognise import alternatives, fold_header

# columns a source may map that are no record columns but feed one
HELPERS = {"subscription": {"mrr": "money"}}


@dataclass(frozen=True)
class Field:
    """One record column and the cells it is read from: the first group that is not empty, joined."""

    column: str
    spec: SourceColumn
    groups: tuple[tuple[int, ...], ...]
    header: str

    @property
    def cells(self) -> tuple[int, ...]:
        return tuple(at for group in self.groups for at in group)


@dataclass
class Plan:
    """How the rows of one file are read. Numbers are cell positions from 0."""

    source: SourceDef
    fields: list[Field] = field(default_factory=list)
    key: list[int] = field(default_factory=list)
    ids: list[int] = field(default_factory=list)
    emails: list[int] = field(default_factory=list)
    domains: list[int] = field(default_factory=list)
    names: list[int] = field(default_factory=list)
    subscriptions: list[int] = field(default_factory=list)
    skip: list[tuple[int, frozenset[str]]] = field(default_factory=list)
    metrics: list[tuple[int, str]] = field(default_factory=list)
    attributes: list[tuple[int, str]] = field(default_factory=list)
    ignored: list[str] = field(default_factory=list)

    @property
    def system(self) -> str:
        """The system whose ids name the accounts."""
        return self.source.account.system or self.source.system

    @property
    def has_link(self) -> bool:
        return self.source.account.own or bool(
            self.ids or self.emails or self.domains or self.names or self.subscriptions
        )

    def delivered(self) -> list[str]:
        return [f.column for f in self.fields]


def make_plan(source: SourceDef, headers: Sequence[str], file: str) -> Plan:
    """Lay the source over the headers. Raises InputRefused IMP-205 (a key or required column is
    missing) and IMP-206 (a mapped header stands twice)."""
    places: dict[str, list[int]] = {}
    for at, header in enumerate(headers):
        if header:
            places.setdefault(fold_header(header), []).append(at)
    used: set[int] = set()
    faults: list[Fault] = []

    def find(header: str) -> int | None:
        for word in [fold_header(header), *alternatives(header)]:
            found = places.get(word)
            if found:
                if len(found) > 1:
                    twice = " and ".join(str(at + 1) for at in found)
                    faults.append(Fault(
                        "IMP-206", f"the column stands twice: {twice}", file=file, name=headers[found[0]],
                        expected="one column of this name",
                    ))
                used.add(found[0])
                return found[0]
        return None

    def several(wanted: Sequence[str]) -> list[int]:
        return [at for at in map(find, wanted) if at is not None]

    def together(header: str) -> tuple[int, ...]:
        """One column, or several whose cells are joined: "First Name + Last Name"."""
        at = find(header)
        return (at,) if at is not None else tuple(several(header.split(" + "))) if " + " in header else ()

    plan = Plan(source)
    for header in source.key:
        if (place := find(header)) is None:
            faults.append(Fault("IMP-205", "the key column is missing", file=file, name=header))
        else:
            plan.key.append(place)
    link = source.account
    plan.ids, plan.emails, plan.domains = several(link.id), several(link.email), several(link.domain)
    plan.names, plan.subscriptions = several(link.name), several(link.subscription)
    for column, spec in source.columns.items():
        groups = [group for header in spec.from_ if (group := together(header))]
        if spec.currency and not spec.currency.startswith("="):
            find(spec.currency)
        if groups or spec.constant is not None:
            plan.fields.append(Field(column, spec, tuple(groups), headers[groups[0][0]] if groups else column))
        elif spec.required:
            faults.append(Fault("IMP-205", "a required column is missing", file=file, name=" or ".join(spec.from_)))
    for header, values in source.skip_when.items():
        if (place := find(header)) is not None:
            plan.skip.append((place, frozenset(value.casefold() for value in values)))
    if source.wide:
        wanted = source.metrics or [h for at, h in enumerate(headers) if h and at not in used]
        plan.metrics = [(at, headers[at].strip()) for at in several(wanted)]
    keep_all = source.attributes == ["*"]
    rest = [h for at, h in enumerate(headers) if h and at not in used]
    plan.attributes = [(at, headers[at]) for at in several(rest if keep_all else source.attributes)]
    plan.ignored = [h for at, h in enumerate(headers) if h and at not in used]
    if faults:
        raise InputRefused(faults, next=f"cs sources show {source.source}")
    return plan
