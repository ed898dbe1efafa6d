"""The people and deals of an account's page: who said what last, which role is silent or missing, who sold what."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from cs_cli.base.domains import plain_address
from cs_cli.base.money import to_major
from cs_cli.definitions.words import means
from cs_cli.reports.account_parts import day_columns, of_account, only
from cs_cli.reports.model import Column, Section
from cs_cli.revenue.contacts import ROLES
from cs_cli.store.connection import rows
from cs_cli.store.dialect import expand

if TYPE_CHECKING:
    import sqlite3

    from cs_cli.definitions.shapes import Settings

PEOPLE = f"""
SELECT r.name, r.role, r.title, r.email, CASE WHEN r.left_on <= :day THEN r.left_on END AS left_on,
  CASE WHEN r.last_activity_on <= :day THEN r.last_activity_on END AS active_on
FROM {of_account("contact")} AND (r.created_on IS NULL OR r.created_on <= :day)
ORDER BY CASE WHEN r.left_on <= :day THEN 1 ELSE 0 END,
  CASE r.role WHEN 'decision_maker' THEN 0 WHEN 'champion' THEN 1 WHEN 'user' THEN 2 WHEN 'it' THEN 3
    WHEN 'billing' THEN 4 ELSE 5 END, r.name, r.id
"""
# what a person of theirs said or asked for, each person's newest first; an answer says more than a ticket of its day
VOICES = expand(f"""
SELECT @address(email) AS who, email, day, said, nps FROM (
  SELECT r.email, r.day, CASE WHEN @is_nps_survey(r.kind) THEN 'NPS' WHEN @is_csat_survey(r.kind) THEN 'CSAT'
      ELSE COALESCE(r.kind, 'answer') END || COALESCE(' ' || CAST(ROUND(r.score, 1) AS TEXT), '') AS said,
    CASE WHEN @is_nps_survey(r.kind) THEN r.score END AS nps, 0 AS place, r.id
  FROM {of_account("survey")} AND r.day <= :day AND r.email IS NOT NULL
  UNION ALL
  SELECT r.requester_email, r.opened_on, 'ticket: ' || COALESCE(r.subject, r.category, r.key), NULL, 1, r.id
  FROM {of_account("ticket")} AND r.opened_on <= :day AND r.requester_email IS NOT NULL
) said ORDER BY day DESC, place, id DESC
""")
DEALS = expand(f"""
SELECT r.name, r.kind, r.stage, r.status, r.amount, r.currency, r.close_on, r.owner, r.source, r.key,
  CASE WHEN @is_closed_deal(r.status) AND r.close_on <= :day THEN 0 ELSE 1 END AS open
FROM {of_account("deal")} AND NOT @is_gone_deal(r.status) AND (r.created_on IS NULL OR r.created_on <= :day)
ORDER BY open DESC, CASE WHEN @is_closed_deal(r.status) AND r.close_on <= :day THEN r.close_on END DESC,
  r.close_on, r.id
""")
# what is open between us: what the latest touch promised (facts/sql/moments.sql), what they asked for, their goals
EXPECTS = expand(f"""
SELECT what, text, due_on, who, more, target FROM (
  SELECT 'promise' AS what, COALESCE(r.next_step, r.note) AS text, r.next_step_by AS due_on, r.who AS who,
    NULL AS more, NULL AS target, 0 AS place, r.id AS id
  FROM {of_account("touch")} AND r.next_step_by IS NOT NULL AND r.day = (
    SELECT max(t.day) FROM account_of b CROSS JOIN known_touch t ON t.ref = b.ref WHERE b.account = :account
      AND t.day <= :day AND NOT (@is_planned_touch(t.kind) AND t.next_step_by IS NULL))
  UNION ALL
  SELECT 'request', r.text, r.due_on, r.decider, COALESCE(r.severity || ' ', '') || COALESCE(r.kind, ''), NULL, 1, r.id
  FROM {of_account("request")} AND (r.asked_on IS NULL OR r.asked_on <= :day) AND (r.decided_on > :day
    OR (NOT @is_settled_request(r.status) AND NOT @is_refused_request(r.decision)))
  UNION ALL
  SELECT 'goal', r.objective, r.due_on, NULL, r.measure, r.target, 2, r.id
  FROM {of_account("goal")} AND (r.created_on IS NULL OR r.created_on <= :day)
    AND (r.done_on > :day OR (r.done_on IS NULL AND NOT @is_over_goal(r.status)))
) open ORDER BY CASE WHEN due_on IS NULL THEN 1 ELSE 0 END, due_on, place, id
""")
# every version of a deal with the day that its import speaks for, oldest first
STAGES = """
SELECT d.stage, COALESCE(c.speaks_for, c.day) AS day FROM main.deal d JOIN main.change_set c ON c.id = d.import_id
CROSS JOIN temp.clock k
WHERE d.source = :source AND d.key = :key AND COALESCE(c.speaks_for, c.day) <= :day
  AND (k.known IS NULL OR c.id <= k.known)
  AND NOT EXISTS (SELECT 1 FROM main.change_set u WHERE u.undoes = c.id AND (k.known IS NULL OR u.id <= k.known))
ORDER BY d.import_id
"""


def people_sections(conn: sqlite3.Connection, values: dict[str, Any], settings: Settings) -> list[Section]:
    """`expects`, `deals`, `people` with who was last heard and how, `roles` that are known, silent or missing.

    values: account number, day. Call after set_clock.
    """
    day = date.fromisoformat(values["day"])
    spoken = rows(conn, VOICES, only(VOICES, values))
    people = _people(rows(conn, PEOPLE, only(PEOPLE, values)), spoken, day)
    columns = (
        Column("name", "Name"), Column("role", "Role"), Column("title", "Title"), Column("email", "E-mail"),
        *day_columns(("heard_on", "Last heard")), Column("heard", "With"),
        Column("nps", "NPS", "number", hidden=all(one["nps"] is None for one in people)),
        *day_columns(("left_on", "Left")),
    )  # fmt: skip
    return [
        _expects(conn, values),
        _deals(conn, values, settings),
        Section("people", "People", columns, tuple(people), text=_lowest(people, spoken, day)),
        _roles(people),
    ]


def _expects(conn: sqlite3.Connection, values: dict[str, Any]) -> Section:
    """Promises, open requests and open goals in one block, what is due first on top."""
    found = []
    for one in rows(conn, EXPECTS, only(EXPECTS, values)):
        target = one.pop("target")
        if target is not None:
            one["more"] = f"{one['more'] or ''} to {target:g}".strip()
        found.append(one | {"late": int(bool(one["due_on"] and one["due_on"] < values["day"]))})
    columns = (
        Column("what", "What"), Column("text", "Of us"), *day_columns(("due_on", "Due")),
        Column("late", "Late", "flag", hidden=not any(one["late"] for one in found)), Column("who", "Who"),
        Column("more", "More"),
    )  # fmt: skip
    return Section("expects", "What they expect", columns, tuple(found))


def _people(known: list[dict[str, Any]], spoken: list[dict[str, Any]], day: date) -> list[dict[str, Any]]:
    """{name, role, title, email, heard_on, heard, nps, left_on}: the contacts, then who spoke and is no contact.

    Last heard is the newest of an answer, a ticket and the CRM's activity, with what it was.
    """
    newest: dict[str, dict[str, Any]] = {}
    nps: dict[str, float] = {}
    for one in spoken:
        newest.setdefault(one["who"], one)
        if one["nps"] is not None:
            nps.setdefault(one["who"], one["nps"])
    found = []
    for person in known:
        who = plain_address(person["email"] or "")
        said = newest.get(who)
        on, what = (said["day"], said["said"]) if said else (None, None)
        if person["active_on"] and (on is None or person["active_on"] > on):
            on, what = person["active_on"], "CRM activity"
        person |= {"heard_on": on, "heard": _ago(what, on, day), "nps": nps.get(who)}
        del person["active_on"]
        found.append(person)
    contacts = {plain_address(person["email"]) for person in known if person["email"]}
    strangers = [
        {"name": None, "role": None, "title": "not among the contacts", "email": one["email"], "left_on": None,
         "heard_on": one["day"], "heard": _ago(one["said"], one["day"], day), "nps": nps.get(who)}
        for who, one in newest.items() if who not in contacts
    ]  # fmt: skip
    gone = next((n for n, person in enumerate(found) if person["left_on"]), len(found))
    return [*found[:gone], *strangers, *found[gone:]]


def _ago(what: str | None, on: str | None, day: date) -> str | None:
    if what is None or on is None:
        return None
    days = (day - date.fromisoformat(on)).days
    return f"{what.removesuffix('.0')}, {'today' if not days else f'{days} days ago' if days > 1 else 'yesterday'}"


def _lowest(people: list[dict[str, Any]], spoken: list[dict[str, Any]], day: date) -> str:
    """The lowest of everybody's newest NPS answers; "" without one. Of those who left only if nobody else answered."""
    latest: dict[str, dict[str, Any]] = {}
    for one in spoken:
        if one["nps"] is not None:
            latest.setdefault(one["who"], one)
    named = {plain_address(one["email"]): one for one in people if one["email"]}
    here = [one for who, one in latest.items() if not named.get(who, {}).get("left_on")] or list(latest.values())
    if not here:
        return ""
    low = min(here, key=lambda one: (one["nps"], one["day"]))
    who = named.get(low["who"], {}).get("name") or low["email"]
    return f"Lowest voice: {_ago(low['said'], low['day'], day)}, {who}"


def _roles(people: list[dict[str, Any]]) -> Section:
    """One row for each role that counts: who holds it (a guess by title says so), and when one of them was heard."""
    found = []
    for role in ROLES:
        if role == "billing":
            continue  # whoever pays the invoices decides nothing
        held = [one for one in people if not one["left_on"] and one["role"] == role]
        guessed = [] if held or role != "it" else [
            one for one in people if not one["left_on"] and means("it_title", one["title"])
        ]
        last = max((one for one in held or guessed if one["heard_on"]), key=lambda one: one["heard_on"], default=None)
        names = ", ".join(one["name"] or one["email"] or "no name" for one in held or guessed)
        found.append({
            "role": "IT" if role == "it" else role.replace("_", " ").capitalize(), "known": int(bool(held or guessed)),
            "who": names + (", a guess by title" if guessed else "") if names else "missing",
            "heard_on": last["heard_on"] if last else None,
            "heard": last["heard"] if last else "never heard" if names else None,
        })  # fmt: skip
    columns = (Column("role", "Role"), Column("who", "Who"), Column("known", "Known", "flag", hidden=True),
               *day_columns(("heard_on", "Last heard")), Column("heard", "With"))  # fmt: skip
    # without any contact or voice there is nothing to hold the roles against
    return Section("roles", "Roles: known, heard, missing", columns, tuple(found) if people else ())


def _deals(conn: sqlite3.Connection, values: dict[str, Any], settings: Settings) -> Section:
    """Open deals by their day, then the past from the newest: stage, amount, owner, and days in the stage if known."""
    found = []
    day = date.fromisoformat(values["day"])
    for one in rows(conn, DEALS, only(DEALS, values)):
        currency = one["currency"] or settings.currency
        since = _stage_since(conn, one, values["day"]) if one["open"] else None
        found.append({
            "deal": one["name"], "kind": one["kind"], "stage": one["stage"],
            "status": "open" if one["open"] else one["status"],
            "amount": None if one["amount"] is None else to_major(int(one["amount"]), currency),
            "currency": currency, "close_on": one["close_on"], "owner": one["owner"],
            "days_in_stage": (day - date.fromisoformat(since)).days if since else None,
        })  # fmt: skip
    foreign = any(one["currency"] != settings.currency for one in found)
    columns = (
        Column("deal", "Deal"), Column("kind", "Kind"), Column("stage", "Stage"), Column("status", "Status"),
        Column("amount", "Amount", "money"), Column("currency", "Currency", hidden=not foreign),
        *day_columns(("close_on", "Closes / closed")), Column("owner", "Owner"),
        Column("days_in_stage", "Days in stage", "days", hidden=all(one["days_in_stage"] is None for one in found)),
    )  # fmt: skip
    return Section("deals", "Deals, open and past", columns, tuple(found))


def _stage_since(conn: sqlite3.Connection, deal: dict[str, Any], day: str) -> str | None:
    """The day of the first import that told the stage of now; None where no import ever told another."""
    since, told_another = None, False
    for one in rows(conn, STAGES, {"source": deal["source"], "key": deal["key"], "day": day}):
        if one["stage"] != deal["stage"]:
            since, told_another = None, True
        elif since is None:
            since = one["day"]
    return since if told_another else None
