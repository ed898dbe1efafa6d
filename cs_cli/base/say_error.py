"""Errors as people read them, on stderr."""

from __future__ import annotations

from cs_cli.base.errors import CsError, Fault
from cs_cli.base.safe_text import safe_text


def _safe(text: object) -> str:
    return safe_text(text, 200)


def _whole(text: object) -> str:
    """A path or a command: cut, it would be another one."""
    return safe_text(text, 5000)


def describe(error: CsError, whole: bool = False) -> str:
    """The error as a person reads it: what, where, value, expected; then done and next. whole: all of a kind."""
    lines = describe_faults(error, whole)
    if error.done:
        lines.append(f"  done     {_safe(error.done)}")
    if error.next:
        lines.append(f"  next     {_whole(error.next)}")
    return "\n".join(lines)


def describe_faults(error: CsError, whole: bool = False) -> list[str]:
    """What is wrong and where, as lines. Repeats are grouped: three of a kind are shown, or all of them (whole)."""
    lines: list[str] = []
    groups: dict[str, list[Fault]] = {}
    for fault in error.faults:
        groups.setdefault(fault.ident, []).append(fault)
    word = "found" if error.code == 1 else "error"
    for ident, faults in groups.items():
        lines.append(f"{word}[{ident}] {_safe(faults[0].what)}")
        shown = len(faults) if whole else 3
        for n, fault in enumerate(faults[:shown]):
            if n and fault.what != faults[n - 1].what:
                lines.append(f"  also     {_safe(fault.what)}")
            lines.extend(_place(fault))
        if len(faults) > shown:
            files = _other_files(faults)
            lines.append(f"  … and {len(faults) - 3} more like this" + (files or " (-v shows all)"))
        hint = next((fault.next for fault in faults if fault.next), None)
        if hint:
            lines.append(f"  next     {_whole(hint)}")
    return lines


def _other_files(faults: list[Fault]) -> str:
    """The files of those that are not shown, where each of them has one of its own."""
    files = [fault.file for fault in faults if fault.file]
    if len(set(files)) < len(faults):
        return ""
    return ": " + ", ".join(_whole(file) for file in files[3:])


def _place(fault: Fault) -> list[str]:
    lines: list[str] = []
    where = _whole(fault.file) if fault.file else ""
    if fault.line is not None and not fault.file:  # written on the command line
        where = f"line {fault.line}" + (f", column {fault.column}" if fault.column is not None else "")
    elif fault.line is not None:
        where += f":{fault.line}"
        if fault.column is not None and fault.record is None:
            where += f":{fault.column}"
    if fault.record is not None:
        where += f" · record {fault.record}"
    if fault.name:
        number = f" ({fault.column})" if fault.column is not None and fault.record is not None else ""
        where += f' · column "{_safe(fault.name)}"{number}' if fault.record is not None else f" · {_safe(fault.name)}"
    if where:
        lines.append(f"  {where.removeprefix(' · ')}")
    if fault.excerpt:
        lines.extend(f"    {_safe(line)}" for line in fault.excerpt.splitlines())
    if fault.value is not None:
        lines.append(f'  value    "{safe_text(fault.value, 60)}"')
    if fault.expected:
        lines.append(f"  expected {_safe(fault.expected)}")
    return lines
