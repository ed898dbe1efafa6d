"""Who stands in for a role that nobody fills, as cs.yaml tells it."""

from __future__ import annotations

import re

from cs_cli.base.shipped import shipped
from cs_cli.cases.people import People
from cs_cli.definitions.roles import FALLBACK
from cs_cli.definitions.shapes import Person, Settings

TOLD = re.findall(r"\w+(?: → \w+)+", shipped("cs.yaml").read_text(encoding="utf-8"))


def test_the_list_in_cs_yaml_is_the_one_that_runs() -> None:
    chains = {chain[0]: chain[1:] for chain in (text.split(" → ") for text in TOLD)}
    assert set(chains) == {role for role, after in FALLBACK.items() if after}
    for role, after in chains.items():
        for n, stand_in in enumerate(after):
            people = [Person(name="Me"), *(Person(name=one, roles=[one]) for one in after[n:])]
            assert People(Settings(me="Me", people=people)).who(role) == stand_in
        assert People(Settings(me="Me", people=[Person(name="Me")])).who(role) == "Me"
