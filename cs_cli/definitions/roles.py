"""The roles of a customer's team, and who stands in where nobody holds one. Light to load: lists resolve roles too."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

ROLES = (
    "sdr", "ae", "am", "support", "implementation", "csm", "renewal_manager", "product", "finance", "exec",
)

# whoever talks about price and term of a renewal: one of two, by what is known of the account
RENEWAL_LEAD = "renewal_lead"

# kinds of requests where cs.yaml declares none
REQUESTS = ("discount", "feature", "terms", "other")

# who does it where nobody holds the role, and who does it for them: in a small company one person holds several
FALLBACK: dict[str, tuple[str, ...]] = {
    "sdr": ("ae",), "ae": ("am",), "am": ("csm",), "support": ("csm",), "implementation": ("csm",), "csm": ("am",),
    "renewal_manager": ("am", "csm"), "product": ("exec",), "finance": ("exec",), "exec": (),
}


def renewal_lead(facts: Mapping[str, Any]) -> str:
    """The AM while an expansion is talked about or agreed, else the renewal manager: a customer hears one voice.

    facts: open_expansion_amount and expansion_agreed_days of the account.
    """
    growing = facts.get("expansion_agreed_days") is not None or (facts.get("open_expansion_amount") or 0) > 0
    return "am" if growing else "renewal_manager"
