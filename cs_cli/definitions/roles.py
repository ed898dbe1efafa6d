"""The roles of a customer's team, and who stands in where nobody holds one. Light to load: lists resolve roles too."""

from __future__ import annotations

ROLES = (
    "sdr", "ae", "am", "support", "implementation", "csm", "renewal_manager", "product", "finance", "exec",
)

# kinds of requests where cs.yaml declares none
REQUESTS = ("discount", "feature", "terms", "other")

# who does it where nobody holds the role, and who does it for them: in a small company one person holds several
FALLBACK: dict[str, tuple[str, ...]] = {
    "sdr": ("ae",), "ae": ("am",), "am": ("csm",), "support": ("csm",), "implementation": ("csm",), "csm": ("am",),
    "renewal_manager": ("am", "csm"), "product": ("exec",), "finance": ("exec",), "exec": (),
}
