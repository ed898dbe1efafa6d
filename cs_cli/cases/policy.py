"""The clocks of what people escalate: cs.yaml's `requests:` policy, else the built-in ones."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cs_cli.cases.rules import DEFAULT_CLOCKS

if TYPE_CHECKING:
    from cs_cli.definitions.shapes import Settings


def hand_clocks(settings: Settings, severity: str) -> tuple[int | None, int | None, int | None]:
    """Working days to acknowledge, to the next step and to resolve, for an escalation by hand."""
    written = settings.requests.get("clocks")
    chosen = written.get(severity) if isinstance(written, dict) else None
    if not isinstance(chosen, dict):
        return DEFAULT_CLOCKS.get(severity, (None, None, None))
    return chosen.get("acknowledge"), chosen.get("next_step"), chosen.get("resolve")
