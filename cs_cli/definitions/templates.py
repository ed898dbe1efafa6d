"""Reminder texts are Jinja templates: their syntax, and what they may not do."""

from __future__ import annotations

from cs_cli.definitions.yaml_reader import Document, Path_

LONGEST = 10_000
_CLOSED = ("Include", "Import", "FromImport", "Extends", "Block", "Macro", "CallBlock")


def check_template(text: str, document: Document, path: Path_) -> None:
    """Records syntax faults, files that are drawn in, and names with a leading underscore."""
    from jinja2 import TemplateSyntaxError, nodes
    from jinja2.sandbox import SandboxedEnvironment

    if len(text) > LONGEST:
        document.fault("DEF-023", f"the template has {len(text)} characters, at most {LONGEST}", path)
        return
    try:
        tree = SandboxedEnvironment(autoescape=False).parse(text)
    except TemplateSyntaxError as error:
        line, column = document.spot(path, max(0, error.lineno - 1), 0)
        document.fault_at("DEF-023", f"the template cannot be read: {error.message}", line, column)
        return
    except RecursionError:
        document.fault("DEF-023", "the template is nested too deeply", path)
        return
    for kind in _CLOSED:
        if next(tree.find_all(getattr(nodes, kind)), None) is not None:
            document.fault("DEF-023", f"{kind.lower()} is not available in reminders", path)
    for access in tree.find_all((nodes.Getattr, nodes.Getitem)):
        name = access.attr if isinstance(access, nodes.Getattr) else getattr(
            getattr(access, "arg", None), "value", "")
        if isinstance(name, str) and name.startswith("_"):
            document.fault("DEF-023", f"{name} is not available in reminders", path, value=name)
    for call in tree.find_all(nodes.Call):
        if isinstance(call.node, nodes.Name) and call.node.name in ("range", "lipsum", "cycler", "joiner"):
            document.fault("DEF-023", f"{call.node.name} is not available in reminders", path,
                           value=call.node.name)
