"""The clocks of what people escalate: cs.yaml's `requests:` policy, else the built-in ones."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cs_cli.cases.rules import DEFAULT_CLOCKS

if TYPE_CHECKING:
    from cs_cli.definitions.shapes import Settings


def hand_clocks(settings: Settings, severity: str, kind: str = "other") -> tuple[int | None, int | None, int | None]:
    """Working days to acknowledge, to the next step and to resolve: those of the kind, else of every kind."""
    policy = settings.requests
    chosen = policy.clocks_by_kind.get(kind, {}).get(severity) or policy.clocks.get(severity)
    if chosen is None:
        return DEFAULT_CLOCKS.get(severity, (None, None, None))
    return chosen.acknowledge, chosen.next_step, chosen.resolve
