"""Three hundred broken playbooks: each key dropped, misspelt, mistyped, each value broken, from a seed.

Every mutant is refused with the right line, or is harmless: it loads, and means the same or is a valid
playbook of its own (a task fewer, another number). Nothing that is wrong may pass as something else.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from cs_cli.base.errors import DefinitionInvalid, Fault
from cs_cli.base.shipped import PACKAGE
from cs_cli.definitions.shapes import Playbook
from cs_cli.definitions.starter import fill_starter
from cs_cli.definitions.workspace import Workspace, load_definitions
from cs_cli.facts.catalogue import names
from tests.conftest import ROOT

from .conftest import ANSWERS

SEED, MUTANTS = 20260630, 300
SOURCES = ("usage-drop", "renewal-runway", "overdue-invoice", "notice-deadline", "onboarding", "red-health")
INHIBITS = {"usage-drop": ("cancel-requested",),
            "red-health": ("cancel-requested", "usage-drop", "overdue-invoice", "urgent-ticket")}
LIST_OR_TEXT = {"when", "about", "do", "subject", "text", "name", "passes", "applies_to", "done_when"}


class Mutant(NamedTuple):
    kind: str
    source: str
    text: str
    line: int       # where the message must point, from 1
    top: bool       # a key of the playbook itself, not of a task or reminder


class Line(NamedTuple):
    at: int         # from 0
    indent: str     # with the dash of a list entry
    key: str
    value: str


def keyed(text: str) -> list[Line]:
    """The lines `key: value` of the playbook proper: examples are tests, and are mutated by hand below."""
    found = []
    for at, line in enumerate(text.split("\n")):
        if line.startswith("examples:"):
            break
        body = line.lstrip(" -")
        key, colon, value = body.partition(":")
        if colon and key.isidentifier():
            found.append(Line(at, line[: len(line) - len(body)], key, value.split("  #")[0].strip()))
    return found


def replaced(text: str, at: int, *lines: str) -> str:
    every = text.split("\n")
    return "\n".join([*every[:at], *lines, *every[at + 1:]])


def mutants_of(source: str, text: str) -> Iterator[Mutant]:
    for line in keyed(text):
        def made(kind: str, new: str, line: Line = line) -> Mutant:
            return Mutant(f"{kind} {line.key}", source, replaced(text, line.at, new), line.at + 1, not line.indent)

        yield made("misspelt", f"{line.indent}{line.key[:-1]}{line.key[-1] * 2}x: {line.value}")
        yield made("swapped", f"{line.indent}{line.key[1:] + line.key[:1]}q: {line.value}")
        yield made("upper", f"{line.indent}{line.key.upper()}: {line.value}")
        yield made("nothing", f"{line.indent}{line.key}: ~")
        yield made("tag", f"{line.indent}{line.key}: !!python/name:os.system {line.value or 'x'}")
        yield made("no colon", f"{line.indent}{line.key} {line.value}")
        if line.value:
            yield made("dropped", f"{line.indent}# {line.key}" if "-" not in line.indent else f"{line.indent}x_: 1")
            yield made("number", f"{line.indent}{line.key}: 12:30")
            yield made("boolean", f"{line.indent}{line.key}: NO")
            yield made("mapping", f"{line.indent}{line.key}: {{a: {{b: 1}}}}")
            twice = f"{line.key}: {line.value}"
            yield made("doubled", f"{line.indent}{twice}\n{' ' * len(line.indent)}{twice}")
            yield made("garbage", f'{line.indent}{line.key}: "%&§ ))"')
            yield made("unclosed", f'{line.indent}{line.key}: "{line.value.strip(chr(34))}')
        if any(sign in line.value for sign in ("<", ">")) and line.key in ("when", "red", "amber"):
            yield made("operator", f"{line.indent}{line.key}: {line.value.replace('<', '<<').replace('>', '>>')}")
            yield made("name", f"{line.indent}{line.key}: {line.value.replace('_', '-z', 1)}")
            if " " in line.value:  # the head of a folded text (when: >-) has nothing to cut
                yield made("cut", f"{line.indent}{line.key}: {line.value.rsplit(' ', 1)[0]}")


def all_mutants() -> list[Mutant]:
    found = [mutant for name in SOURCES
             for mutant in mutants_of(name, (ROOT / "playbooks" / f"{name}.yaml").read_text(encoding="utf-8"))]
    return random.Random(SEED).sample(found, MUTANTS)


@pytest.fixture(scope="module")
def desks(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Workspace]:
    """A workspace for each playbook with only what it speaks of, so that reading it is quick."""
    starter = PACKAGE / "starter"
    made = {}
    for source in SOURCES:
        root = tmp_path_factory.mktemp("mutants")
        (root / "playbooks").mkdir()
        (root / "cs.yaml").write_text(fill_starter((starter / "cs.yaml").read_text(encoding="utf-8"), ANSWERS))
        for name in ("segments.yaml", "health.yaml"):
            (root / name).write_bytes((starter / name).read_bytes())
        write(root, source, (ROOT / "playbooks" / f"{source}.yaml").read_text(encoding="utf-8"))
        for other in INHIBITS.get(source, ()):
            write(root, other, f"playbook: {other}\nabout: Holds the other back\nwhen: 'true'\n")
        made[source] = Workspace(root)
    return made


def write(root: Path, name: str, text: str) -> None:
    path = root / "playbooks" / f"{name}.yaml"
    path.write_text(text, encoding="utf-8")
    path.chmod(0o600)


def tried(desk: Workspace, mutant: Mutant) -> list[Fault] | list[Playbook]:
    """The faults, or the playbooks that were read."""
    path = desk.root / "playbooks" / f"{mutant.source}.yaml"
    before = path.read_text(encoding="utf-8")
    write(desk.root, mutant.source, mutant.text)
    try:
        return load_definitions(desk, names).playbooks
    except DefinitionInvalid as invalid:
        return invalid.faults
    finally:
        write(desk.root, mutant.source, before)


def harmless(mutant: Mutant, read: list[Playbook]) -> bool:
    """What may be left out has a default; what people read may hold anything; all else is a fault that passed."""
    kind, key = mutant.kind.split(" ")[-2:] if mutant.kind.count(" ") == 1 else ("no", mutant.kind.split(" ")[-1])
    if kind == "dropped":
        return key not in ("playbook", "about", "id", "do", "at") and not (key == "when" and mutant.top)
    return kind == "garbage" and key in LIST_OR_TEXT - {"when", "applies_to", "done_when"} and bool(read)


def test_three_hundred_mutants(desks: dict[str, Workspace]) -> None:
    for desk in desks.values():
        assert load_definitions(desk, names).playbooks      # whole, before they are broken
    mutants = all_mutants()
    assert len({mutant.text for mutant in mutants}) == MUTANTS
    refused = right = 0
    passed, elsewhere = [], []
    for mutant in mutants:
        result = tried(desks[mutant.source], mutant)
        if result and isinstance(result[0], Fault):
            refused += 1
            own = [one for one in result if isinstance(one, Fault) and one.file == f"playbooks/{mutant.source}.yaml"]
            assert own, mutant.kind
            # a key that is gone is missed at the mapping that should hold it
            if any(one.line is not None and abs(one.line - mutant.line) <= (1 if "doubled" in mutant.kind else 0)
                   for one in own) or (mutant.kind.startswith("dropped") and mutant.kind.split()[1] in str(own)):
                right += 1
            else:
                elsewhere.append((mutant.kind, mutant.line, [(one.line, one.what) for one in own]))
        elif not harmless(mutant, [one for one in result if isinstance(one, Playbook)]):
            passed.append((mutant.source, mutant.kind, mutant.line))
    assert passed == []
    assert refused >= 250
    assert right >= 0.95 * refused, elsewhere
