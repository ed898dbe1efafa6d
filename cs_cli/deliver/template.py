"""Reminder texts from Jinja templates: the playbook's words, the account's facts, nothing else.

The template is the user's own but may be copied from the web, so it runs in a sandbox without a
loader, functions, methods or nested loops, and with a cap on what comes out. Facts are values,
never templates: `{{ 7*7 }}` in a company's name is printed as it stands, its controls made visible.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import cache
from typing import TYPE_CHECKING, Any

from cs_cli.base.safe_text import safe_text

if TYPE_CHECKING:
    from jinja2.sandbox import ImmutableSandboxedEnvironment

LONGEST = 20_000  # characters that come out of one template
_FILTERS = ("upper", "lower", "title", "capitalize", "default", "d", "round", "int", "float", "abs", "length", "trim",
            "first", "last", "sort", "join", "truncate", "string")  # fmt: skip


class TemplateFault(ValueError):
    """The template asks for something that is not there or not allowed; the text says what."""


@cache
def _environment() -> ImmutableSandboxedEnvironment:
    from jinja2 import StrictUndefined
    from jinja2.exceptions import SecurityError
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    class Closed(ImmutableSandboxedEnvironment):
        """No calls at all, and no operator that can make a huge text out of a small one."""

        intercepted_binops = frozenset(["*", "**", "%"])

        def is_safe_callable(self, obj: Any) -> bool:
            return False

        def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:
            numbers = isinstance(left, int | float) and isinstance(right, int | float)
            if not numbers or (operator == "**" and (abs(left) > 1000 or abs(right) > 100)):
                raise SecurityError(f"{operator} works on small numbers only")
            return super().call_binop(context, operator, left, right)

    made = Closed(undefined=StrictUndefined, autoescape=False, finalize=shown, keep_trailing_newline=False)
    made.globals.clear()
    made.filters = {name: made.filters[name] for name in _FILTERS}
    return made


def shown(value: Any) -> Any:
    """A value as people read it: unknown for None, 12,300 for 12300.0, text with its controls visible."""
    if value is None:
        return "unknown"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:,.0f}" if value == round(value) else f"{value:,.2f}"
    if isinstance(value, str):
        return safe_text(value, 500)
    if isinstance(value, date):
        return value.isoformat()
    return value


def fill(template: str, values: Mapping[str, Any]) -> str:
    """The template with these values. Raises TemplateFault; the text is cut at LONGEST characters."""
    if "{" not in template:
        return template
    from jinja2 import TemplateError, nodes

    environment = _environment()
    try:
        tree = environment.parse(template)
        for loop in tree.find_all(nodes.For):
            if next(loop.find_all(nodes.For), None) is not None:  # find_all looks inside, not at the loop itself
                raise TemplateFault("a loop inside a loop is not available in reminders")
        out, size = [], 0
        for piece in environment.from_string(template).generate(dict(values)):
            out.append(piece[: LONGEST - size])
            size += len(out[-1])
            if size >= LONGEST:
                break
    except (TemplateError, TypeError, ValueError, ArithmeticError, RecursionError, LookupError) as error:
        if isinstance(error, TemplateFault):
            raise
        raise TemplateFault(safe_text(str(error), 200) or type(error).__name__) from error
    return "".join(out)


def one_line(text: str, limit: int = 200) -> str:
    """A subject: one line, no control character, not too long."""
    return safe_text(" ".join(text.split()), limit)
