"""Reminder texts are Jinja templates: their syntax, the names they may use, and what they may not do.

They are filled elsewhere, in a sandbox with a cap on what comes out. What cannot be filled there is
refused here, where file and line are known: calls, powers, repeated texts, loops inside loops.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cs_cli.base.near import did_you_mean
from cs_cli.definitions.yaml_reader import Document, Path_

if TYPE_CHECKING:
    from jinja2 import nodes

    from cs_cli.definitions.conditions import Names

LONGEST = 10_000
# what a text may use besides the account's facts, its segments and its health
CASE_FIELDS = ("case", "playbook", "severity", "because", "due", "day", "today", "company", "currency", "recipient")
FILTERS = ("upper", "lower", "title", "capitalize", "default", "d", "round", "int", "float", "abs", "length", "trim",
           "first", "last", "sort", "join", "truncate", "string")
_CLOSED = ("Include", "Import", "FromImport", "Extends", "Block", "Macro", "CallBlock", "FilterBlock")


def check_template(text: str, document: Document, path: Path_) -> None:
    """Records syntax faults and everything that is not available in reminders."""
    tree = _parsed(text, document, path)
    if tree is not None:
        for what, node, value in _refused(tree):
            _fault(document, path, text, "DEF-023", f"{what} is not available in reminders", node, value)


def check_template_names(text: str, names: Names, document: Document, path: Path_) -> None:
    """Records names that are neither facts nor fields of a case; text that cannot be read has its fault already."""
    from jinja2 import TemplateAssertionError, meta, nodes

    tree = _parsed(text, document, path, quietly=True)
    if tree is None:
        return
    try:
        named = meta.find_undeclared_variables(tree)
    except TemplateAssertionError as error:     # a filter (told before) or a test that Jinja does not have
        if not _refused(tree):
            _fault(document, path, text, "DEF-023", f"the template cannot be read: {error.message}", error, "")
        return
    for name in sorted(named):
        if name in CASE_FIELDS or name in names:
            continue
        hint = did_you_mean(name, [*CASE_FIELDS, *names])
        node = next((one for one in tree.find_all(nodes.Name) if one.name == name), None)
        _fault(document, path, text, "DEF-063", f"there is no {name} to put in" + hint, node,
               name, expected="a fact (cs facts list), a segment, or " + ", ".join(CASE_FIELDS))


def _parsed(text: str, document: Document, path: Path_, *, quietly: bool = False) -> nodes.Template | None:
    from jinja2 import TemplateSyntaxError
    from jinja2.sandbox import SandboxedEnvironment

    try:
        if len(text) <= LONGEST:
            return SandboxedEnvironment(autoescape=False).parse(text)
        what, line = f"the template has {len(text)} characters, at most {LONGEST}", 1
    except TemplateSyntaxError as error:
        what, line = f"the template cannot be read: {error.message}", error.lineno
    except RecursionError:
        what, line = "the template is nested too deeply", 1
    if not quietly:
        document.fault_at("DEF-023", what, *document.spot(path, max(0, line - 1), 0))
    return None


def _refused(tree: nodes.Template) -> list[tuple[str, Any, str]]:
    """(what, node, value) of everything that a reminder's text may not do."""
    from jinja2 import nodes

    found: list[tuple[str, Any, str]] = [
        (kind.lower(), node, kind.lower()) for kind in _CLOSED for node in tree.find_all(getattr(nodes, kind))]
    for access in tree.find_all((nodes.Getattr, nodes.Getitem)):
        name = access.attr if isinstance(access, nodes.Getattr) else getattr(getattr(access, "arg", None), "value", "")
        if isinstance(name, str) and name.startswith("_"):
            found.append((name, access, name))
    for call in tree.find_all(nodes.Call):
        called = getattr(call.node, "name", None) or getattr(call.node, "attr", "")
        found.append((f"{called}()", call, str(called)))
    found += [("a power", node, "**") for node in tree.find_all(nodes.Pow)]
    for product in tree.find_all((nodes.Mul, nodes.Mod)):
        if any(not isinstance(side, nodes.Name | nodes.Filter | nodes.BinExpr | nodes.UnaryExpr)
               and not (isinstance(side, nodes.Const) and isinstance(side.value, int | float))
               for side in (product.left, product.right)):
            found.append(("a text or list times a number", product, product.operator))
    for loop in tree.find_all(nodes.For):
        if next(loop.find_all(nodes.For), None) is not None:
            found.append(("a loop inside a loop", loop, "for"))
    for used in tree.find_all(nodes.Filter):
        if used.name not in FILTERS:
            found.append((f"the filter {used.name}", used, used.name))
    return found


def _fault(document: Document, path: Path_, text: str, ident: str, what: str, node: Any, value: str,
           **more: Any) -> None:
    """At the first place of the value on the node's line: Jinja tells lines only."""
    line = max(0, getattr(node, "lineno", 1) - 1)
    written = text.split("\n")
    at = max(0, written[line].find(value)) if line < len(written) and value else 0
    document.fault_at(ident, what, *document.spot(path, min(line, len(written) - 1), at), value=value, **more)
