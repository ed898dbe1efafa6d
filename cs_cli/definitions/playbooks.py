"""playbooks/*.yaml: one playbook in each file, checked as far as that needs no database."""

from __future__ import annotations

from pathlib import Path

from cs_cli.base.near import did_you_mean
from cs_cli.definitions.conditions import Names
from cs_cli.definitions.examples import check_examples, check_facts
from cs_cli.definitions.grammar import ANCHORS, CHURNED, parse_again, parse_due, parse_limit, parse_outcome, parse_span
from cs_cli.definitions.loading import check_condition, check_id, find_cycle, load
from cs_cli.definitions.settings import check_who
from cs_cli.definitions.shape_reader import salvage
from cs_cli.definitions.shapes import Playbook, Settings
from cs_cli.definitions.yaml_reader import Document, Path_

APPLIES = {"customers": 'status == "customer"', "all": "true"}


def read_playbook(path: Path, name: str | None = None) -> tuple[Playbook | None, Document]:
    """One file and its faults, which the document holds; names, people and other playbooks are checked later.

    With faults, the playbook is what can be read of it, so that the checks that follow tell theirs as well;
    None when not even its name and condition can be.
    """
    playbook, document = load(Playbook, path, name or path.name)
    if playbook is not None:
        check_id(document, ("playbook",), playbook.playbook, "the name of a playbook")
        _check_forms(playbook, document)
        _check_tasks(playbook, document)
        _check_reminders(playbook, document)
        check_examples(playbook, document)
        return playbook, document
    if document.data is not None:
        playbook = salvage(document, Playbook)
        if playbook is not None:
            _check_forms(playbook, document)
    return playbook, document


def applies_condition(playbook: Playbook) -> str:
    """`applies_to` as a condition: customers and all are short for one."""
    return APPLIES.get(playbook.applies_to, playbook.applies_to)


def _check_forms(playbook: Playbook, document: Document) -> None:
    for key, text in (
        ("for", playbook.hold_for), ("clear_after", playbook.clear_after), ("expires_after", playbook.expires_after)
    ):
        if text is not None and parse_span(text) is None:
            document.fault("DEF-022", f"{text} is no time", (key,), name=key, value=text, expected="7d or 2w")
    if parse_again(playbook.again) is None:
        document.fault("DEF-022", f"{playbook.again} is none of the forms of again", ("again",), name="again",
                       value=playbook.again, expected="never, each_term, or after 30d")
    if parse_outcome(playbook.control.outcome) is None:
        document.fault("DEF-022", f"{playbook.control.outcome} is no outcome", ("control", "outcome"), name="outcome",
                       value=playbook.control.outcome, expected="a condition and a time: activated within 30d")
    if playbook.limit is not None and parse_limit(playbook.limit) is None:
        document.fault("DEF-022", f"{playbook.limit} is no limit", ("limit",), name="limit",
                       value=playbook.limit, expected="30 (cases) or 40% (of the customers)")


def _check_tasks(playbook: Playbook, document: Document) -> None:
    ids = [task.id for task in playbook.tasks]
    for i, task in enumerate(playbook.tasks):
        at: Path_ = ("tasks", i)
        check_id(document, (*at, "id"), task.id, "the id of a task")
        if task.id in ids[:i]:
            document.fault("DEF-017", f"the task {task.id} stands twice", (*at, "id"), value=task.id)
        if task.id in ANCHORS:
            document.fault("DEF-016", f"a task cannot be called {task.id}", (*at, "id"), value=task.id)
        for after in task.after:
            if after not in ids:
                hint = did_you_mean(after, ids)
                document.fault("DEF-021", f"there is no task {after}" + hint,
                               (*at, "after"), value=after, expected=", ".join(ids))
        _check_due(task.due, document, (*at, "due"), ids)
    waits: dict[str, list[str]] = {}
    for task in playbook.tasks:
        due = parse_due(task.due)
        waits[task.id] = [*task.after, *([due.anchor] if due is not None and due.anchor in ids else [])]
    cycle = find_cycle(waits)
    if cycle:
        document.fault("DEF-020", "these tasks wait for each other: " + " → ".join(cycle), ("tasks",),
                       value=cycle[0])


def _check_due(text: str, document: Document, path: Path_, tasks: list[str]) -> None:
    due = parse_due(text)
    if due is None:
        document.fault("DEF-022", f"{text} is no day", path, name=str(path[-1]), value=text,
                       expected="opened + 2bd, renewal_date - 75d, notice_date - 10bd, or a task + 1w")
    elif due.anchor not in ANCHORS and due.anchor not in tasks:
        hint = did_you_mean(due.anchor, [*ANCHORS, *tasks])
        document.fault("DEF-021", f"{due.anchor} is no day to count from" + hint,
                       path, name=str(path[-1]), value=due.anchor, expected=", ".join([*ANCHORS, *tasks]))


def _check_reminders(playbook: Playbook, document: Document) -> None:
    tasks = [task.id for task in playbook.tasks]
    seen: list[str] = []
    for i, reminder in enumerate(playbook.reminders):
        at: Path_ = ("reminders", i)
        _check_due(reminder.at, document, (*at, "at"), tasks)
        if reminder.id is not None:
            check_id(document, (*at, "id"), reminder.id, "the id of a reminder")
            if reminder.id in seen:
                document.fault("DEF-017", f"the reminder {reminder.id} stands twice", (*at, "id"),
                               value=reminder.id)
            seen.append(reminder.id)
        for key in ("subject", "text"):
            template = getattr(reminder, key)
            if "{" in template:
                from cs_cli.definitions.templates import check_template

                check_template(template, document, (*at, key))


def check_playbook(playbook: Playbook, document: Document, names: Names, settings: Settings) -> None:
    """Conditions, roles, people and channels; faults go to the document."""
    if playbook.applies_to not in APPLIES:
        check_condition(document, ("applies_to",), playbook.applies_to, names)
    for key in ("when", "clear_when", "done_when", "lost_when"):
        text = getattr(playbook, key)
        if text is not None:
            check_condition(document, (key,), text, names)
    outcome = parse_outcome(playbook.control.outcome)
    if outcome is not None and outcome[0] != CHURNED:
        check_condition(document, ("control", "outcome"), outcome[0], names)
    by = playbook.control.by
    texts = [name for name, kind in names.items() if kind.type == "text"]
    if by is not None and by not in texts:
        document.fault("DEF-021", f"there is no segment {by}" + did_you_mean(by, texts), ("control", "by"), value=by,
                       expected="a dimension of segments.yaml, as tier")
    if isinstance(document.data.get("severity"), list):
        for i, one in enumerate(playbook.severity):
            if one.when.strip() != "otherwise":
                check_condition(document, ("severity", i, one.severity), one.when, names)
    check_who(document, ("owner",), playbook.owner, settings)
    if playbook.decides is not None:
        check_who(document, ("decides",), playbook.decides, settings)
    for i, task in enumerate(playbook.tasks):
        at: Path_ = ("tasks", i)
        for key in ("when", "done_when"):
            text = getattr(task, key)
            if text is not None:
                check_condition(document, (*at, key), text, names)
        if task.owner is not None:
            check_who(document, (*at, "owner"), task.owner, settings)
        if task.handoff is not None:
            check_who(document, (*at, "handoff", "to"), task.handoff.to, settings)
    for i, reminder in enumerate(playbook.reminders):
        if reminder.when is not None:
            check_condition(document, ("reminders", i, "when"), reminder.when, names)
        for key in ("subject", "text"):
            template = getattr(reminder, key)
            if "{" in template:
                from cs_cli.definitions.templates import check_template_names

                check_template_names(template, names, document, ("reminders", i, key))
    check_facts(playbook, document, names)
    channels = ["stdout", *settings.channels]
    for i, reminder in enumerate(playbook.reminders):
        for to in reminder.to:
            check_who(document, ("reminders", i, "to"), to, settings, more=("owner", "decides"))
        for via in reminder.via:
            if via not in channels:
                hint = did_you_mean(via, channels)
                document.fault("DEF-021",
                               f"there is no channel {via} in cs.yaml" + hint,
                               ("reminders", i, "via"), value=via, expected=", ".join(channels))


def check_together(read: list[tuple[Playbook, Document]], *, every: bool = True) -> None:
    """Names across files: no two alike, inhibition to playbooks that exist and without a ring.

    every=False: a file could not be read at all, so a name that is in no other may be its own.
    """
    first: dict[str, Document] = {}
    for playbook, document in read:
        other = first.setdefault(playbook.playbook, document)
        if other is not document:
            line = other.place(("playbook",))[0]
            document.fault("DEF-017",
                           f"the playbook {playbook.playbook} is also in {other.name}, line {line}",
                           ("playbook",), value=playbook.playbook)
            other.fault("DEF-017", f"the playbook {playbook.playbook} is also in {document.name}, line "
                        f"{document.place(('playbook',))[0]}", ("playbook",), value=playbook.playbook)
    for playbook, document in read:
        for other_name in playbook.inhibited_by:
            if other_name not in first and every:
                hint = did_you_mean(other_name, first)
                document.fault("DEF-021", f"there is no playbook {other_name}" + hint,
                               ("inhibited_by",), value=other_name,
                               next="cs playbooks list shows their names")
    cycle = find_cycle({playbook.playbook: list(playbook.inhibited_by) for playbook, _ in read})
    if cycle:
        first[cycle[0]].fault("DEF-020", "these playbooks hold each other back: " + " → ".join(cycle),
                              ("inhibited_by",), value=cycle[0])
