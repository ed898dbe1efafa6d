"""A draft that still has places to settle reads no file: what it leaves out would be wrong in silence."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from cs_cli.base.errors import InputRefused
from cs_cli.definitions.shapes import SourceDef

if TYPE_CHECKING:
    from cs_cli.definitions.workspace import Workspace

_MARK = re.compile(r"^(?P<indent>[ \t]*)# DECIDE (?P<about>[^:\n]+):", re.MULTILINE)
# read otherwise than by a column of this name
_ALSO = {"amount": ("mrr", "total"), "interval": ("mrr",), "closed_at": ("closed_on",), "started_on": ("renews_on",)}


def open_places(text: str, source: SourceDef) -> list[str]:
    """What is marked DECIDE in the text of a source and neither settled by a line of it nor taken out."""
    link = source.account
    settled = {*source.columns}
    settled |= {"key"} if source.key or source.key_from else set()
    settled |= {"ends"} if source.ends else set()
    if link.own or link.id or link.email or link.domain or link.name or link.subscription:
        settled.add("account")
    found = []
    for match in _MARK.finditer(text):
        about = match["about"].strip()
        names = about.split(" or ")
        if about == "kind" and not match["indent"]:
            # of the record: a column of that name settles nothing, and nor does the line that every draft has
            found.append(about)
            continue
        if not settled.intersection([*names, *(more for name in names for more in _ALSO.get(name, ()))]):
            found.append(about)
    return found


def check_settled(ws: Workspace, source: SourceDef, file: str) -> None:
    """Raises InputRefused IMP-272 when the source is a draft of this workspace with places left to settle."""
    for path in sorted((ws.root / "sources").glob("*.yaml")):
        text = path.read_text(encoding="utf-8", errors="replace")
        if "# DECIDE " not in text or not re.search(rf"(?m)^source: *{re.escape(source.source)} *(#.*)?$", text):
            continue
        if places := open_places(text, source):
            raise InputRefused.of(
                "IMP-272", f"{source.source} is a draft with {len(places)} to settle: {', '.join(places)}", file=file,
                expected=f"no line of sources/{path.name} that begins with # DECIDE and is not settled",
                next=f"edit sources/{path.name}: uncomment a line below each DECIDE, or take the DECIDE out where the "
                "draft is right without one; cs sources check shows how it reads",
            )
