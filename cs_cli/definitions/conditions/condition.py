"""The condition language's front door: parse, check, and what a parsed condition can do."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from cs_cli.base.errors import Fault
from cs_cli.definitions.conditions.checker import Checker
from cs_cli.definitions.conditions.evaluate import Facts, value_of
from cs_cli.definitions.conditions.explain import Atom, atoms, because, reasons
from cs_cli.definitions.conditions.lint import possible
from cs_cli.definitions.conditions.names import Names
from cs_cli.definitions.conditions.nodes import Every, Node, Not
from cs_cli.definitions.conditions.ranges import impossible
from cs_cli.definitions.conditions.source import ConditionFault, Source, Spot
from cs_cli.definitions.conditions.sql import Params, quoted, to_sql


@dataclass(frozen=True)
class Expression:
    """A checked expression of any type. names: the facts it uses; type: see NameType."""

    text: str
    node: Node
    names: frozenset[str]

    @property
    def type(self) -> str:
        return self.node.type

    def sql(self, params: Params, column: Callable[[str], str] = quoted) -> str:
        """The SQL expression, values bound through params; NULL is unknown."""
        return to_sql(self.node, params, column)

    def evaluate(self, facts: Facts) -> Any:
        """The value on one account's facts; None is unknown. A fact that is absent is unknown."""
        return value_of(self.node, facts)


@dataclass(frozen=True)
class Condition(Expression):
    """A checked yes-or-no condition; sql() gives 1, 0 or NULL and evaluate() True, False or None."""

    def evaluate(self, facts: Facts) -> bool | None:
        truth = value_of(self.node, facts)
        assert truth is None or isinstance(truth, bool)
        return truth

    def atoms(self, facts: Facts) -> list[Atom]:
        """Every indivisible part with its fact's value and its truth, in the order written."""
        return atoms(self.node, facts)

    def because(self, facts: Facts) -> str:
        """One line of the parts that decided, such as `overdue 34 days (more than 30); tier A`."""
        return because(self.node, facts)

    def reasons(self, facts: Facts) -> list[tuple[str, str]]:
        """The parts that decided as (first fact, words)."""
        return reasons(self.node, facts)

    @property
    def always_true(self) -> bool:
        """Whether it holds whatever the facts are, as far as that can be seen cheaply."""
        return possible(self.node, self.names) == frozenset({True})

    @property
    def never_true(self) -> bool:
        """Whether it can never hold whatever the facts are, as far as that can be seen cheaply."""
        return True not in possible(self.node, self.names) or impossible(self.node)

    @property
    def always_true_when_known(self) -> bool:
        """Whether it is false for no values at all: true, or unknown where a fact is missing."""
        return self.always_true or (bool(self.names) and impossible(self.node, turned=True))

    def never_true_with(self, *others: Condition) -> bool:
        """Whether they can never all hold together, as far as that can be seen cheaply."""
        return impossible(Every("", "flag", parts=(self.node, *(one.node for one in others))))

    def covered_by(self, others: Iterable[Condition]) -> bool:
        """Whether one of the others holds wherever it holds, as far as that can be seen cheaply."""
        return impossible(Every("", "flag", parts=(self.node, *_opposites(others))))

    def opposite_covered_by(self, others: Iterable[Condition]) -> bool:
        """Whether one of the others holds wherever it is false: together they leave nothing out but the unknown."""
        return impossible(Every("", "flag", parts=(*_opposites([self]), *_opposites(others))))


def _opposites(conditions: Iterable[Condition]) -> list[Node]:
    return [Not("", "flag", of=one.node) for one in conditions]


def parse(text: str, names: Names, *, file: str | None = None, line: int = 1, column: int = 1,
          spot: Spot | None = None) -> Condition:
    """The condition written as text. file, line, column: where its first character stands.

    Raises ConditionFault (a DefinitionInvalid) with every fault found.
    """
    source = Source(text, file, line, column, spot)
    checker = Checker(source, names)
    node = checker.condition()
    if node is None:
        raise ConditionFault(source.faults)
    return Condition(text, node, frozenset(checker.used))


def parse_expression(text: str, names: Names, *, file: str | None = None, line: int = 1, column: int = 1,
                     spot: Spot | None = None) -> Expression:
    """An expression such as `arr * 10%`, of any type. Raises ConditionFault."""
    source = Source(text, file, line, column, spot)
    checker = Checker(source, names)
    node = checker.expression()
    if node is None:
        raise ConditionFault(source.faults)
    return Expression(text, node, frozenset(checker.used))


def check(text: str, names: Names, *, file: str | None = None, line: int = 1, column: int = 1,
          spot: Spot | None = None) -> list[Fault]:
    """Every fault of a condition; [] when parse would take it."""
    source = Source(text, file, line, column, spot)
    Checker(source, names).condition()
    return source.faults
