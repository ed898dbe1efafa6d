"""What people get wrong in definition files: each input is refused with ident, line and column."""

from __future__ import annotations

import pytest

from cs_cli.base.error_catalogue import catalogue
from cs_cli.base.errors import DefinitionInvalid, GuardStopped
from cs_cli.definitions.workspace import Workspace, load_definitions

from .conftest import HEALTH, PLAYBOOK, SEGMENTS, provide

BOOK, CARD, PARTS = "playbooks/overdue.yaml", "health.yaml", "segments.yaml"

# file, what is replaced, by what ("" and text: the whole file), ident, line, column, words
CASES: list[tuple[str, str, str | bytes, str, int, int, str]] = [
    (BOOK, "for: 7d\n", "for: 7d\nfor: 8d\n", "DEF-005", 5, 1, "first in line 4"),
    (BOOK, "about: Somebody has to call", "about: NO", "DEF-008", 2, 8, "read as false"),
    (BOOK, "about: Somebody has to call", "about: on", "DEF-008", 2, 8, "read as true"),
    (BOOK, "about: Somebody has to call", "about: 012", "DEF-008", 2, 8, "base 8"),
    (BOOK, "about: Somebody has to call", "about: 12:30", "DEF-008", 2, 8, "base 60"),
    (BOOK, "about: Somebody has to call", "about: 1e3", "DEF-008", 2, 8, "number"),
    (BOOK, "about: Somebody has to call", "about: ~", "DEF-008", 2, 8, "nothing"),
    (BOOK, "sla: {acknowledge: 1, resolve: 5}", "sla:\n\tacknowledge: 1", "DEF-004", 10, 1, "tab"),
    (BOOK, "owner: csm", " owner: csm", "DEF-004", 10, 2, "indented"),
    (BOOK, 'limit: "40%"', 'limit: "40%', "DEF-004", 11, 8, "quotation mark"),
    (BOOK, "owner: csm", "owner: &a csm", "DEF-006", 10, 8, "&a"),
    (BOOK, "owner: csm", "owner: *a", "DEF-006", 10, 8, "*a"),
    (BOOK, "owner: csm", "<<: {owner: csm}", "DEF-006", 10, 1, "merges"),
    (BOOK, "owner: csm", "owner: !!python/object:os.system csm", "DEF-007", 10, 8, "tag"),
    (BOOK, "owner: csm", "owner: " + "[" * 2000, "DEF-009", 10, 71, "64 deep"),
    (BOOK, "", "# nothing\n" + "#" * 1_000_000, "DEF-003", 1, 1, "1 MB"),
    (BOOK, "", b"playbook: a\0b", "DEF-002", 1, 12, "U+0000"),
    (BOOK, "", PLAYBOOK.encode("utf-16"), "DEF-002", 1, 1, "UTF-16"),
    (BOOK, "", b"about: \xff", "DEF-002", 1, 1, "not UTF-8"),
    (BOOK, "", "", "DEF-010", 1, 1, "empty"),
    (BOOK, "", "# only a comment\n", "DEF-010", 1, 1, "empty"),
    (BOOK, "", "- a\n", "DEF-010", 1, 1, "must be a mapping"),
    (BOOK, "", PLAYBOOK + "---\na: 1\n", "DEF-010", 21, 1, "second document"),
    (CARD, "weight: 10", "wieght: 10", "DEF-012", 9, 9, 'did you mean "weight"'),
    (CARD, "weight: 10", "weight: ten", "DEF-013", 9, 17, "must be a number"),
    (CARD, "weight: 10", "weight: -3", "DEF-015", 9, 17, "0 to 1000"),
    (CARD, "weight: 10", "weight:", "DEF-013", 9, 16, "not nothing"),
    (CARD, "kind: lags", "kind: leeds", "DEF-015", 8, 15, 'did you mean "leads"'),
    (CARD, "[[0, 100], [15, 0]]", "[[0, 100], [0, 0]]", "DEF-018", 11, 51, "low to high"),
    (CARD, "[[0, 100], [15, 0]]", "[[0, 100], [15, 0], [30, 50]]", "DEF-018", 11, 40, "rise and fall"),
    (CARD, "[[0, 100], [15, 0]]", "[[0, 100], [15, 120]]", "DEF-018", 11, 51, "0 to 100"),
    (CARD, "[[0, 100], [15, 0]]", "[[0, 100]]", "DEF-018", 11, 40, "two points"),
    (CARD, "overdue_days > 60, at", "overdue_days > 60, ta", "DEF-014", 14, 9, "at_most"),
    (CARD, "fact: overdue_days", "fact: overdue_dayz", "DEF-041", 6, 15, 'did you mean "overdue_days"'),
    (PARTS, "arr >= 30_000", "arr >= nps", "DEF-043", 3, 17, "cannot be compared"),
    (PARTS, 'tier == "A"', 'tier == "D"', "DEF-044", 7, 23, "never"),
    (PARTS, 'tier == "A"', 'need == "pain"', "DEF-041", 7, 15, "no fact called need"),
    (PARTS, "- B: otherwise", "- B: otherwise\n    - C: arr > 3", "DEF-025", 4, 10, "closes the list"),
    (PARTS, "- B: otherwise", "- A: otherwise", "DEF-017", 4, 7, "stands twice"),
    (PARTS, "unknown: low", "unknown: lov", "DEF-021", 9, 14, 'did you mean "low"'),
    (PARTS, "  need:", "  arr:", "DEF-017", 10, 3, "already a fact"),
    (BOOK, "playbook: overdue-invoice", "playbook: Überfällig 💥", "DEF-016", 1, 11, "small letters"),
    (BOOK, "for: 7d", "for: a week", "DEF-022", 4, 6, "no time"),
    (BOOK, "for: 7d", "for: 7bd", "DEF-022", 4, 6, "no time"),
    (BOOK, "again: after 30d", "again: every 30d", "DEF-022", 5, 8, "again"),
    (BOOK, 'limit: "40%"', 'limit: "140%"', "DEF-022", 11, 8, "limit"),
    (BOOK, "due: opened + 2bd", "due: opend + 2bd", "DEF-021", 13, 31, 'did you mean "opened"'),
    (BOOK, "due: opened + 2bd", "due: opened + two", "DEF-022", 13, 31, "no day"),
    (BOOK, "due: opened + 2bd", "due: mail + 1d", "DEF-020", 13, 3, "call → mail → call"),
    (BOOK, "after: call", "after: cal", "DEF-021", 14, 49, 'did you mean "call"'),
    (BOOK, "- red: overdue_days", "- crimson: overdue_days", "DEF-015", 7, 5, "crimson"),
    (BOOK, "owner: csm", "owner: cms", "DEF-021", 10, 8, 'did you mean "csm"'),
    (BOOK, "via: stdout", "via: slack", "DEF-021", 16, 34, "no channel slack"),
    (BOOK, "{{ playbook }}", "{{ playbook", "DEF-023", 16, 0, "template"),
    (BOOK, "{{ playbook }}", "{{ name | uper }}", "DEF-023", 16, 0, "filter uper"),
    (BOOK, "{{ playbook }}", "{{ name is odder }}", "DEF-023", 16, 0, "odder"),
    (BOOK, "{{ playbook }}", "{% include '/etc/passwd' %}", "DEF-023", 16, 0, "include"),
    (BOOK, "{{ playbook }}", "{{ ''.__class__ }}", "DEF-023", 16, 0, "__class__"),
    (BOOK, "{{ playbook }}", "{{ range(10**9) }}", "DEF-023", 16, 0, "range"),
    (BOOK, "state: open", "state: opne", "DEF-015", 20, 21, 'did you mean "open"'),
    (BOOK, "tasks: [call]", "tasks: [cal]", "DEF-021", 20, 49, 'did you mean "call"'),
    (
        BOOK,
        "facts: {overdue_days: 34, band: red}",
        'today: "2026-02-30"',
        "DEF-024",
        18,
        5,
        "facts or a timeline",
    ),
    (BOOK, "about: Somebody has to call\n", "", "DEF-014", 1, 1, '"about" is missing'),
    (BOOK, 'limit: "40%"', "limit: -4", "DEF-022", 11, 8, "limit"),
    (BOOK, "for: 7d", "for:7d", "DEF-004", 4, 5, "a space is missing"),
    (BOOK, "owner: csm", "1: csm", "DEF-011", 10, 1, "must be text"),
    (BOOK, "owner: csm", "null: csm", "DEF-011", 10, 1, "must be text"),
    (BOOK, "owner: csm", "[a, b]: csm", "DEF-011", 10, 1, "must be text"),
    ("cs.yaml", 'timezone: "Europe/Amsterdam"', "timezone: Mars/Base", "CFG-010", 9, 11, "time zone"),
    ("cs.yaml", 'currency: "EUR"', "currency: EURO", "CFG-003", 8, 11, "no currency"),
    ("cs.yaml", "  csm: account.csm", "  csm: Dana", "CFG-004", 0, 8, "not among the people"),
    ("cs.yaml", "  csm: account.csm", "  cms: me", "DEF-021", 0, 3, 'did you mean "csm"'),
    ("cs.yaml", "  usage: 10 ", "  usage: 0 ", "DEF-015", 0, 10, "1 to 3650"),
    ("cs.yaml", "  usage: 10 ", "  usaeg: 10 ", "DEF-012", 0, 3, 'did you mean "usage"'),
    ("cs.yaml", "  usage: 10 ", "  tickets: 10 ", "DEF-017", 0, 3, "ticket stands twice"),
    ("cs.yaml", "    amber: {", "    ambre: {", "DEF-012", 0, 5, 'did you mean "amber"'),
    ("cs.yaml", "# playbooks:\n", "playbooks: {enabeld: []}\n", "DEF-012", 0, 13, 'did you mean "enabled"'),
    ("cs.yaml", "# channels:\n", "channels: {team: {kind: fiel}}\n", "CFG-008", 0, 18, 'did you mean "file"'),
    ("cs.yaml", '"sam@example.com"', "sam at example", "CFG-005", 0, 12, "e-mail"),
    ("cs.yaml", "holidays: []", "holidays: [Holland]", "CFG-006", 0, 12, "neither"),
    ("cs.yaml", "format: 1", "format: 2", "DEF-015", 5, 9, "1 to 1"),
    ("metrics.yaml", "mrr_from: auto", "mrr_from: autos", "DEF-015", 0, 15, 'did you mean "auto"'),
    ("sources/own.yaml", "kind: account", "kind: acount", "DEF-015", 3, 7, 'did you mean "account"'),
    ("sources/own.yaml", "columns:\n  name:", "columns:\n  naem:", "DEF-012", 0, 3, 'did you mean "name"'),
    ("sources/own.yaml", "kind: account", "kindd: account", "DEF-012", 3, 1, 'did you mean "kind"'),
]


@pytest.mark.parametrize(("file", "old", "new", "ident", "line", "column", "words"), CASES)
def test_refused(
    ws: Workspace, file: str, old: str, new: str | bytes, ident: str, line: int, column: int, words: str
) -> None:
    path = ws.root / file
    if old:
        assert isinstance(new, str)
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new, 1), encoding="utf-8")
    else:
        path.write_bytes(new if isinstance(new, bytes) else new.encode())
    with pytest.raises(DefinitionInvalid) as caught:
        load_definitions(ws, provide)
    assert caught.value.code == 12
    found = [fault for fault in caught.value.faults if fault.ident == ident]
    assert found, [(f.ident, f.what, f.line, f.column) for f in caught.value.faults]
    fault = found[0]
    assert words in fault.what + str(fault.expected), fault
    assert fault.file == file
    assert not line or fault.line == line, fault
    assert not column or fault.column == column, fault
    assert fault.ident in catalogue()


def test_the_same_name_in_two_files_names_both(ws: Workspace) -> None:
    (ws.root / "playbooks" / "twin.yaml").write_text(PLAYBOOK)
    with pytest.raises(DefinitionInvalid) as caught:
        load_definitions(ws, provide)
    assert [(fault.ident, fault.file) for fault in caught.value.faults] == [
        ("DEF-017", "playbooks/overdue.yaml"),
        ("DEF-017", "playbooks/twin.yaml"),
    ]
    assert "playbooks/twin.yaml, line 1" in caught.value.faults[0].what


def test_playbooks_that_hold_each_other_back(ws: Workspace) -> None:
    first = ws.root / BOOK
    first.write_text(PLAYBOOK + "inhibited_by: other\n")
    (ws.root / "playbooks" / "other.yaml").write_text(
        PLAYBOOK.replace("overdue-invoice", "other") + "inhibited_by: [overdue-invoice]\n"
    )
    with pytest.raises(DefinitionInvalid) as caught:
        load_definitions(ws, provide)
    (fault,) = caught.value.faults
    assert (fault.ident, fault.what.split(": ")[1]) == ("DEF-020", "other → overdue-invoice → other")


def test_all_faults_of_all_files_at_once(ws: Workspace) -> None:
    (ws.root / PARTS).write_text(SEGMENTS.replace("arr", "arrr").replace("unknown: low", "unknwon: low"))
    (ws.root / CARD).write_text(
        HEALTH.replace("family: fiscal", "family: money").replace("at_most: 40", "at_most: 400")
    )
    (ws.root / BOOK).write_text(PLAYBOOK.replace("for: 7d", "for: 7").replace("about:", "abuot:"))
    with pytest.raises(DefinitionInvalid) as caught:
        load_definitions(ws, provide)
    assert [(fault.file, fault.ident) for fault in caught.value.faults] == [
        (CARD, "DEF-015"),
        (CARD, "DEF-015"),
        (BOOK, "DEF-014"),
        (BOOK, "DEF-012"),
        (BOOK, "DEF-013"),
        (PARTS, "DEF-012"),
    ]


def test_a_condition_over_several_lines_is_found_in_its_file(ws: Workspace) -> None:
    (ws.root / BOOK).write_text(
        PLAYBOOK.replace(
            'when: overdue_days > 15 and band != "green"',
            'when: >-\n  overdue_days > 15\n  and bandd != "green"',
        )
    )
    with pytest.raises(DefinitionInvalid) as caught:
        load_definitions(ws, provide)
    (fault,) = caught.value.faults
    assert (fault.ident, fault.line, fault.column) == ("DEF-041", 5, 7)


def test_bom_is_fine(ws: Workspace) -> None:
    (ws.root / BOOK).write_bytes(b"\xef\xbb\xbf" + PLAYBOOK.encode())
    assert load_definitions(ws, provide).playbooks[0].playbook == "overdue-invoice"


def test_link_out_of_the_workspace_and_file_that_anybody_may_write(ws: Workspace) -> None:
    book = ws.root / BOOK
    outside = ws.root.parent / "outside.yaml"
    outside.write_text(PLAYBOOK)
    book.unlink()
    book.symlink_to(outside)
    with pytest.raises(DefinitionInvalid, match="outside the workspace"):
        load_definitions(ws, provide)
    book.unlink()
    book.write_text(PLAYBOOK)
    book.chmod(0o666)
    with pytest.raises(GuardStopped) as caught:
        load_definitions(ws, provide)
    assert caught.value.faults[0].ident == "DEF-027"


FACTS = "{overdue_days: 34, band: red}"


def test_faults_of_all_stages_in_one_playbook_are_told_at_once(ws: Workspace) -> None:
    (ws.root / BOOK).write_text(
        PLAYBOOK.replace("overdue_days", "overdue_dayz", 1).replace("about:", "enabled: NO\nabuot: x\nabout:", 1)
.replace("owner: csm", "owner: cms\ninhibited_by: [overdue]", 1)
    )
    with pytest.raises(DefinitionInvalid) as caught:
        load_definitions(ws, provide)
    assert [fault.ident for fault in caught.value.faults] == ["DEF-008", "DEF-012", "DEF-041", "DEF-021", "DEF-021"]


def test_a_broken_playbook_is_not_missing_from_the_others(ws: Workspace) -> None:
    (ws.root / "playbooks" / "other.yaml").write_text(
        PLAYBOOK.replace("overdue-invoice", "other") + "inhibited_by: [overdue-invoice]\n"
    )
    for broken, ident in ((PLAYBOOK.replace("for: 7d", "fro: 7d"), "DEF-012"), ("playbook: [", "DEF-004")):
        (ws.root / BOOK).write_text(broken)
        with pytest.raises(DefinitionInvalid) as caught:
            load_definitions(ws, provide)
        assert [(fault.file, fault.ident) for fault in caught.value.faults] == [(BOOK, ident)]


@pytest.mark.parametrize(("facts", "ident", "column"), [
    ("{overdue_dayz: 20}", "DEF-041", 13), ("{overdue_days: ten}", "DEF-013", 27),
    ("{overdue_days: 20%}", "DEF-013", 27), ("{overdue_days: [20]}", "DEF-013", 27),
    ("{overdue_days: true}", "DEF-013", 27), ("{band: blue}", "DEF-013", 19),
])
def test_examples_give_facts_that_exist_and_values_they_can_have(
    ws: Workspace, facts: str, ident: str, column: int
) -> None:
    (ws.root / BOOK).write_text(PLAYBOOK.replace(FACTS, facts))
    with pytest.raises(DefinitionInvalid) as caught:
        load_definitions(ws, provide)
    (fault,) = caught.value.faults
    assert (fault.ident, fault.line, fault.column) == (ident, PLAYBOOK.split(FACTS)[0].count("\n") + 1, column)


@pytest.mark.parametrize(("expect", "ident"), [
    ("expect: {reminders: [nobody]}", "DEF-021"), ("expect: {tasks: nothing}", "DEF-021"),
    ("timeline: [{day: 0}, {day: 1_000_000_000}]\n    expect: {state: quiet}", "DEF-024"),
])
def test_examples_expect_what_can_be(ws: Workspace, expect: str, ident: str) -> None:
    facts = "" if expect.startswith("timeline") else "facts: {overdue_days: 20}\n    "
    (ws.root / BOOK).write_text(f"{PLAYBOOK.split('examples:')[0]}examples:\n  - name: one\n    {facts}{expect}\n")
    with pytest.raises(DefinitionInvalid) as caught:
        load_definitions(ws, provide)
    assert [fault.ident for fault in caught.value.faults] == [ident]


def test_what_must_be_filled_in_is_not_empty(ws: Workspace) -> None:
    (ws.root / BOOK).write_text(PLAYBOOK.split("about:")[0] + 'about: " "\nwhen: "true"\n')
    with pytest.raises(DefinitionInvalid) as caught:
        load_definitions(ws, provide)
    assert [(fault.ident, fault.what) for fault in caught.value.faults] == [("DEF-014", "about is empty")]
