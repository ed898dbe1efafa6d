"""A message as an HTML page for e-mail: one small template, everything escaped, nothing loaded from anywhere."""

from __future__ import annotations

import os
from functools import cache
from typing import TYPE_CHECKING

from cs_cli.base.safe_text import safe_text
from cs_cli.deliver.plain import alone, foot, heading, when

if TYPE_CHECKING:
    import jinja2

    from cs_cli.deliver.model import Message, Part


@cache
def _template() -> jinja2.Template:
    from jinja2 import Environment, StrictUndefined

    path = os.path.join(os.path.dirname(__file__), "message.html.j2")
    with open(path, encoding="utf-8") as file:
        text = file.read()
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    return environment.from_string(text)


def page(message: Message) -> str:
    """The whole page; data is text in it, never a tag, a link or an attribute."""
    return _template().render(
        heading=safe_text(heading(message)),
        parts=[_part(part, not alone(message)) for part in message.parts],
        missed=[_part(part) for part in message.missed],
        foot=[safe_text(line) for line in foot(message)],
    )


def _part(part: Part, title: bool = True) -> dict[str, object]:
    return {
        "title": safe_text(part.title) if title else "",
        "late": when(part),
        "lines": [safe_text(line) for line in part.text.splitlines() if line.strip()],
        "note": safe_text(part.note),
    }
