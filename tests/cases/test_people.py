"""Who fills a role: the fallbacks that cs.yaml tells are those that are used."""

from __future__ import annotations

import re

import pytest

from cs_cli.base.shipped import shipped
from cs_cli.cases.people import People
from cs_cli.definitions.roles import FALLBACKS, ROLES
from cs_cli.definitions.shapes import Person, Settings


def test_the_starter_file_tells_the_fallbacks_as_they_are() -> None:
    told = re.findall(r"(\w+) → ([\w →]+?)(?:  |$)", shipped("cs.yaml").read_text(), flags=re.MULTILINE)
    assert {role: tuple(rest.split(" → ")) for role, rest in told} == {
        role: chain for role, chain in FALLBACKS.items() if chain
    }
    assert set(FALLBACKS) == set(ROLES)


@pytest.mark.parametrize(("role", "holder"), [
    ("finance", "Ada"), ("exec", "Ada"), ("product", "Cas"), ("renewal_manager", "Ada"), ("csm", "Cas"), ("sdr", "Ada"),
])
def test_an_unfilled_role_falls_back(role: str, holder: str) -> None:
    staff = [Person("Eve"), Person("Ada", roles=["am"]), Person("Cas", roles=["csm"])]
    assert People(Settings(me="Eve", people=staff)).who(role) == holder


def test_whoever_is_left_is_me() -> None:
    assert People(Settings(people=[Person("Eve")])).who("exec") == "Eve"
