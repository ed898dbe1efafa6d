"""Writing an absence into the text of cs.yaml, leaving every other line as it is."""

from __future__ import annotations

import json
import re


def with_away(text: str, who: str, start: str, end: str, to: str | None) -> str:
    """The text with one more entry under the top-level `away:`; the key is made when it is not there.

    Names are written as JSON strings, which YAML reads as they stand. Raises ValueError when `away:` is
    written in a form (such as `away: []` on one line with entries) that cannot take a line.
    """
    entry = f"  - {{who: {json.dumps(who, ensure_ascii=False)}, start: {json.dumps(start)}, end: {json.dumps(end)}"
    entry += f", to: {json.dumps(to, ensure_ascii=False)}}}\n" if to else "}\n"
    found = re.search(r"^away:[ \t]*(\[\][ \t]*)?(#.*)?$", text, flags=re.MULTILINE)
    if found:
        line = f"away:  {found.group(2)}" if found.group(2) else "away:"
        return text[: found.start()] + line + "\n" + entry + text[found.end() :].removeprefix("\n")
    if re.search(r"^away:", text, flags=re.MULTILINE):
        raise ValueError("away: is not a list with one entry a line")
    return text.rstrip("\n") + "\n\n# Away: tasks go to the stand-in and clocks wait.\naway:\n" + entry
