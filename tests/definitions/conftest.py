"""A small valid workspace to break."""

from __future__ import annotations

from pathlib import Path

import pytest

from cs_cli.base.shipped import PACKAGE
from cs_cli.definitions.conditions import Names, NameType
from cs_cli.definitions.shapes import Settings
from cs_cli.definitions.starter import fill_starter
from cs_cli.definitions.workspace import Workspace

ANSWERS = {
    "company": 'Tulip: "NO"',
    "currency": "EUR",
    "timezone": "Europe/Amsterdam",
    "name": "Sam O'Neil",
    "email": "sam@example.com",
}

SEGMENTS = """\
dimensions:
  tier:
    - A: arr >= 30_000
    - B: otherwise
  touch:
    list:
      - high: tier == "A"
      - low: otherwise
    unknown: low
  need:
    any: true
    list:
      - pain: contains(plan, "pro")
"""

HEALTH = """\
scorecards:
  - name: standard
    measures:
      usage: {fact: usage_change_28d, family: usage, weight: 20, scale: [[-50%, 0], [-20%, 50], [10%, 100]]}
      overdue:
        fact: overdue_days
        family: fiscal
        kind: lags
        weight: 10
        when:
          - {if: 'tier == "A"', scale: [[0, 100], [15, 0]]}
          - {if: otherwise, score: 70}
    caps:
      - {name: overdue, if: overdue_days > 60, at_most: 40}
"""

PLAYBOOK = """\
playbook: overdue-invoice
about: Somebody has to call
when: overdue_days > 15 and band != "green"
for: 7d
again: after 30d
severity:
  - red: overdue_days > 30
  - amber: otherwise
sla: {acknowledge: 1, resolve: 5}
owner: csm
limit: "40%"
tasks:
  - {id: call, do: Call, due: opened + 2bd}
  - {id: mail, do: Mail, due: call + 1w, after: call, owner: finance}
reminders:
  - {at: opened, to: owner, via: stdout, subject: Overdue, text: "{{ playbook }} pays late"}
examples:
  - name: late
    facts: {overdue_days: 34, band: red}
    expect: {state: open, severity: red, tasks: [call]}
"""

SOURCE = """\
source: own-crm
system: own
kind: account
claims: [Id, Name]
account: {own: true}
key: Id
columns:
  name: {from: Name}
  country: {from: [Land, Country], empty: ["NO DATA"]}
"""

NAMES: Names = {
    "arr": NameType("money"),
    "overdue_days": NameType("days"),
    "usage_change_28d": NameType("ratio"),
    "plan": NameType("text"),
    "status": NameType("text", ("prospect", "trial", "customer", "churned")),
    "nps": NameType("number"),
    "auto_renew": NameType("flag"),
}


def provide(_settings: Settings) -> Names:
    return NAMES


@pytest.fixture
def ws(tmp_path: Path) -> Workspace:
    starter = (PACKAGE / "starter" / "cs.yaml").read_text(encoding="utf-8")
    (tmp_path / "playbooks").mkdir()
    (tmp_path / "sources").mkdir()
    for name, text in {
        "cs.yaml": fill_starter(starter, ANSWERS),
        "segments.yaml": SEGMENTS,
        "health.yaml": HEALTH,
        "playbooks/overdue.yaml": PLAYBOOK,
        "sources/own.yaml": SOURCE,
        "metrics.yaml": (PACKAGE / "starter" / "metrics.yaml").read_text(encoding="utf-8"),
    }.items():
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        path.chmod(0o644)
    return Workspace(tmp_path)
