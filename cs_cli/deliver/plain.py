"""A message as plain text: stdout, files, and the text part of an e-mail."""

from __future__ import annotations

from cs_cli.base.safe_text import safe_text
from cs_cli.deliver.model import Message, Part


def plain(message: Message) -> str:
    """Ends in one newline; every line of data has its controls made visible."""
    if message.text:
        return message.text if message.text.endswith("\n") else message.text + "\n"
    if alone(message):
        out = _part(message.parts[0], "")
    else:
        out = [safe_text(heading(message)), ""]
        for number, part in enumerate(message.parts, start=1):
            out += _part(part, f"{number}. ")
    if message.missed:
        out.append("Was due meanwhile and is not true any more:")
        out += [f"- {safe_text(part.title)} ({safe_text(part.note)})" for part in message.missed]
        out.append("")
    out += [safe_text(line) for line in foot(message)]
    return "\n".join(out).rstrip("\n") + "\n"


def alone(message: Message) -> bool:
    """Whether the message is one reminder, whose title is the heading."""
    return len(message.parts) == 1 and not message.missed


def heading(message: Message) -> str:
    """The first line: for whom and for which day; a single message and a report lead with their own subject."""
    to = f" for {message.recipient}" if message.recipient else ""
    if alone(message) or message.text:
        return message.subject
    what = message.headline or "reminders"
    return f"{message.company}: {what}{to}, {message.day.isoformat()}".removeprefix(": ")


def when(part: Part) -> str:
    """Said of what was due on an earlier day."""
    return f"was due {part.due.isoformat()}" if part.due else ""


def foot(message: Message) -> list[str]:
    ref = f"ref {message.ref}"
    return [*message.foot, f"may be a repeat · {ref}" if message.repeat else ref]


def _part(part: Part, mark: str) -> list[str]:
    indent = " " * len(mark)
    late = when(part)
    lines = [f"{mark}{safe_text(part.title)}" + (f" ({late})" if late else "")]
    lines += [f"{indent}{safe_text(line)}" for line in part.text.splitlines() if line.strip()]
    if part.note:
        lines.append(f"{indent}{safe_text(part.note)}")
    return [*lines, ""]
