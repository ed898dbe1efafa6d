"""The roles of a customer's team, and who stands in where nobody holds one. Light to load: lists resolve roles too."""

from __future__ import annotations

ROLES = (
    "sdr", "ae", "am", "support", "implementation", "csm", "renewal_manager", "product", "finance", "exec",
)

# in a small company one person holds several: where a role falls back to when nobody fills it, nearest first;
# who is left after these is `me`
FALLBACKS: dict[str, tuple[str, ...]] = {
    "sdr": ("ae", "am", "csm"), "ae": ("am", "csm"), "am": ("csm",), "support": ("csm",),
    "implementation": ("csm",), "csm": (), "renewal_manager": ("am", "csm"), "product": ("csm",),
    "finance": ("am", "csm"), "exec": ("am", "csm"),
}
