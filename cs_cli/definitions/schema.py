"""The JSON Schema of a playbook, for editors: the shapes, with what is written differently told from surface.py.

An editor sees keys, words and forms; names of facts, people and other playbooks are for `cs playbooks check`.
"""

from __future__ import annotations

from typing import Any

from cs_cli.definitions.shapes import Playbook
from cs_cli.definitions.surface import CHOICES, KEYS, RANGES, SEVERITIES, SPECIAL, limit_of, text_of

URL = "https://json-schema.org/draft/2020-12/schema"
_SPAN = r"^\d{1,5}[dw]$"
_DUE = r"^[a-zA-Z_][a-zA-Z0-9_-]*( [+-] \d{1,5}(bd|d|w))?$"
_PERCENT = r"^\d+(\.\d+)?%$"
_ID = r"^[a-z0-9_-]{1,60}$"
# (shape, key as written) -> pattern and what it means
_FORMS: dict[tuple[str, str], tuple[str, str]] = {
    ("Playbook", "playbook"): (_ID, "its name: small letters, digits, - and _"),
    ("Playbook", "for"): (_SPAN, "must hold so long before a case opens: 7d or 2w"),
    ("Playbook", "clear_after"): (_SPAN, "must fail so long before a case closes: 7d or 2w"),
    ("Playbook", "expires_after"): (_SPAN, "closed by the data so long after it opened: expired, not resolved"),
    ("Playbook", "again"): (r"^(never|each_term|after \d{1,5}[dw])$", "never, each_term, or after 30d"),
    ("Playbook", "limit"): (r"^\d+%?$", "the brake: 30 cases or 40% of the customers"),
    ("PlaybookTask", "id"): (_ID, "its name: small letters, digits, - and _"),
    ("PlaybookTask", "due"): (_DUE, "opened + 2bd, renewal_date - 75d, notice_date - 10bd, or a task + 1w"),
    ("Control", "outcome"): (r"^.*\S.*$", "what is looked at afterwards: activated within 30d; churned within 90d"),
    ("Reminder", "id"): (_ID, "its name: small letters, digits, - and _"),
    ("Reminder", "at"): (_DUE, "opened + 2bd, renewal_date - 75d, notice_date - 10bd, or a task + 1w"),
}
_CONDITION = {"type": ["string", "boolean"],
              "description": "a condition over facts: overdue_days >= 15 and tier == \"A\""}
_UNWRITTEN = {"Playbook": ("file", "at")}


def playbook_schema() -> dict[str, Any]:
    """The schema as one mapping; the same each time."""
    import msgspec

    (_, made) = msgspec.json.schema_components([Playbook], ref_template="#/$defs/{name}")
    shapes = {name: _surface(name, shape) for name, shape in sorted(made.items()) if name != "Severity"}
    top = shapes.pop("Playbook")
    top["properties"]["severity"] = _severity()
    top["properties"]["sla"] = _sla()
    share = shapes["Control"]["properties"]["share"]
    top["properties"]["control"] = {"anyOf": [*share["anyOf"], {"$ref": "#/$defs/Control"}]}
    return {"$schema": URL, "title": "cs playbook", **top, "$defs": shapes}


def schema_text() -> str:
    """The schema as `cs playbooks schema` prints it and `cs init` writes it beside the playbooks."""
    import json

    return json.dumps(playbook_schema(), indent=2, ensure_ascii=False) + "\n"


def _surface(name: str, shape: dict[str, Any]) -> dict[str, Any]:
    keys = KEYS.get(name, {})
    properties: dict[str, Any] = {}
    for field, found in shape["properties"].items():
        if field in _UNWRITTEN.get(name, ()):
            continue
        key = keys.get(field, field)
        properties[key] = _value(name, field, key, found)
        if field in shape.get("required", ()) and properties[key].get("type") == "string":
            properties[key]["minLength"] = 1
    return {
        "type": "object",
        "description": shape.get("description", "").split("\n")[0],
        "properties": properties,
        "required": [keys.get(field, field) for field in shape.get("required", [])],
        "additionalProperties": False,
    }


def _value(name: str, field: str, key: str, found: dict[str, Any]) -> dict[str, Any]:
    if SPECIAL.get((name, field)) is text_of:
        return dict(_CONDITION)
    if (form := _FORMS.get((name, key))) is not None:
        if SPECIAL.get((name, field)) is limit_of:
            return {"type": ["string", "integer"], "pattern": form[0], "minimum": 0, "description": form[1]}
        return {"type": "string", "pattern": form[0], "description": form[1]}
    if (words := CHOICES.get((name, field))) is not None:
        return {"enum": list(words)}
    kept = {one: value for one, value in found.items() if one != "default"}
    # null stands for a key that is left out; nobody writes it
    if "anyOf" in kept:
        kept["anyOf"] = [one for one in kept["anyOf"] if one.get("type") != "null"]
        if len(kept["anyOf"]) == 1:
            kept = dict(kept["anyOf"][0])
    if kept.get("type") == "array" and kept.get("items") == {"type": "string"}:
        return {"anyOf": [{"type": "string"}, kept]}
    if (limits := RANGES.get((name, field))) is not None:
        kept |= {"minimum": limits[0], "maximum": limits[1]}
    if kept.get("type") == "number":
        return {"anyOf": [kept, {"type": "string", "pattern": _PERCENT}]}
    return kept


def _severity() -> dict[str, Any]:
    """A word, or a list of one word and its condition each."""
    entry = {"type": "object", "properties": dict.fromkeys(SEVERITIES, _CONDITION), "additionalProperties": False,
             "minProperties": 1, "maxProperties": 1}
    return {"anyOf": [{"enum": list(SEVERITIES)}, {"type": "array", "items": entry, "minItems": 1}]}


def _sla() -> dict[str, Any]:
    """Clocks for every severity, or for each its own."""
    clocks = {"$ref": "#/$defs/Clocks"}
    return {"anyOf": [clocks, {"type": "object", "properties": dict.fromkeys(SEVERITIES, clocks),
                               "additionalProperties": False}]}
