"""What customers say: NPS and CSAT by period, each with its numerator, denominator and n.

NPS is the percentage of answers of 9 and 10 minus that of 0 to 6 (Reichheld 2003), of the latest answer of each person
in the period. CSAT is positive answers (4 and 5 of 5) ÷ answers, of surveys and of closed tickets apart.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import sqrt
from typing import TYPE_CHECKING, Any

from cs_cli.revenue.retention import SMALL, Z, interval, rate, wilson

if TYPE_CHECKING:
    import sqlite3

    from cs_cli.revenue.periods import Period

# an answer without an address is one of a person of its own
_NPS = """
SELECT count(CASE WHEN @is_promoter(score) THEN 1 END),
       count(CASE WHEN NOT @is_detractor(score) AND NOT @is_promoter(score) THEN 1 END),
       count(CASE WHEN @is_detractor(score) THEN 1 END)
FROM (
  SELECT s.score, row_number() OVER (
           PARTITION BY coalesce(@address(s.email), s.source || ' ' || s.key)
           ORDER BY s.day DESC, s.score, s.source, s.key) AS n
  FROM known_survey s
  WHERE @is_nps_survey(s.kind) AND s.score IS NOT NULL AND s.day > :after AND s.day <= :until) latest
WHERE n = 1
"""

_CSAT = """
SELECT count(CASE WHEN @is_satisfied(s.score) THEN 1 END), count(*)
FROM known_survey s
WHERE @is_csat_survey(s.kind) AND s.score IS NOT NULL AND s.day > :after AND s.day <= :until
"""

_TICKET = """
SELECT count(CASE WHEN coalesce(t.csat_positive, CASE WHEN @is_satisfied(t.csat) THEN 1 ELSE 0 END) = 1 THEN 1 END),
       count(*)
FROM known_ticket t
WHERE (t.csat_positive IS NOT NULL OR t.csat IS NOT NULL) AND t.closed_on > :after AND t.closed_on <= :until
"""


def voice_rows(conn: sqlite3.Connection, found: Sequence[Period]) -> list[dict[str, Any]]:
    """{period, nps, nps_low, nps_high, nps_answers, promoters, passives, detractors, csat, csat_answers, csat_positive,
    csat_low, csat_high, ticket_csat, ticket_answers, ticket_positive, ticket_low, ticket_high} per period, from the
    newest on.

    nps is from -100 to 100, CSATs are fractions; None without an answer. The intervals (95 %, up to 200 answers) are
    Wilson's, of NPS by the variance of its own answers.
    Call after set_clock.
    """
    from cs_cli.store.dialect import expand

    made = []
    for period in reversed(found):
        window = {"after": period.start.isoformat(), "until": period.end.isoformat()}
        promoters, passives, detractors = conn.execute(expand(_NPS), window).fetchone()
        answers = promoters + passives + detractors
        low, high = nps_interval(promoters, passives, detractors)
        row: dict[str, Any] = {
            "period": period.name, "nps_low": low, "nps_high": high,
            "nps": round(100 * (promoters - detractors) / answers, 1) if answers else None,
            "nps_answers": answers, "promoters": promoters, "passives": passives, "detractors": detractors,
        }  # fmt: skip
        for name, sql in (("csat", _CSAT), ("ticket", _TICKET)):
            positive, n = conn.execute(expand(sql), window).fetchone()
            low, high = interval(positive, n)
            row |= {
                "csat" if name == "csat" else "ticket_csat": rate(positive, n), f"{name}_answers": n,
                f"{name}_positive": positive, f"{name}_low": low, f"{name}_high": high,
            }  # fmt: skip
        made.append(row)
    return made


def nps_interval(promoters: int, passives: int, detractors: int) -> tuple[float, float] | tuple[None, None]:
    """The 95 % interval of an NPS, -100 to 100, of 1 to 200 answers.

    An answer counts 1, 0 or -1; the variance is that of the answers: p + d - (p - d)². Where all say the same it would
    be none, so the share of that answer stands with its Wilson interval instead.
    """
    n = promoters + passives + detractors
    if not 0 < n <= SMALL:
        return None, None
    nps = (promoters - detractors) / n
    if n in (promoters, passives, detractors):
        least = wilson(n, n)[0]
        low, high = {promoters: (2 * least - 1, 1.0), detractors: (-1.0, 1 - 2 * least)}.get(n, (least - 1, 1 - least))
    else:
        half = Z * sqrt(((promoters + detractors) / n - nps * nps) / n)
        low, high = max(nps - half, -1.0), min(nps + half, 1.0)
    return round(100 * low, 1), round(100 * high, 1)
