"""Answers of 1 to 5 are no NPS: the import asks once on which scale they are, and makes nobody a detractor."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conftest import Cs

FIVE = [5, 4, 5, 3, 5, 4, 4, 5, 2, 5]


@pytest.fixture
def desk(cs: Cs, workspace: Path) -> Path:
    file = workspace / "accounts.csv"
    file.write_text("account_id,name,domain\nA1,Alpha,alpha.example\nB1,Beta,beta.example\n", encoding="utf-8")
    assert cs("-w", workspace, "import", file).code == 0
    return workspace


def answers(folder: Path, scores: list[int], name: str = "nps.csv", day: str = "2026-06-01") -> Path:
    file = folder / name
    rows = [f"p{n}@{'alpha' if n % 2 else 'beta'}.example,{score},{day}" for n, score in enumerate(scores)]
    file.write_text("Email,Score,Date\n" + "\n".join(rows) + "\n", encoding="utf-8")
    return file


def fact(cs: Cs, folder: Path, name: str) -> object:
    shown = cs("-w", folder, "explain", "A1", name, "-f", "json").json
    return shown["sections"]["rows"]["figures"][name]["value"]


def test_ten_answers_of_one_to_five_are_asked_about_and_nothing_changes(cs: Cs, desk: Path) -> None:
    asked = cs("-w", desk, "import", answers(desk, FIVE))
    assert asked.code == 10 and "IMP-117" in asked.err
    assert "the 10 answers lie from 2 to 5" in asked.err and "--scale 5" in asked.err and "scale: 5" in asked.err
    assert [row["source"] for row in cs("-w", desk, "imports", "list", "-f", "json").json] == ["cs_account"]


def test_told_so_they_are_satisfaction_and_that_is_remembered(cs: Cs, desk: Path) -> None:
    assert cs("-w", desk, "import", answers(desk, FIVE), "--scale", "5").code == 0
    assert fact(cs, desk, "nps_latest") is None and fact(cs, desk, "detractors_180d") in (None, 0)
    assert fact(cs, desk, "survey_csat_90d") == pytest.approx(4 / 5)
    later = cs("-w", desk, "import", answers(desk, [1, 5], "later.csv", "2026-06-08"))
    assert later.code == 0 and "as satisfaction (csat), as in import #" in later.err
    assert fact(cs, desk, "nps_latest") is None
    # undone, the scale is asked for again
    again = cs("-w", desk, "imports", "list", "-f", "json").json
    for one in [row["import"] for row in again if row["source"] == "nps_plain"]:
        assert cs("-w", desk, "imports", "undo", str(one)).code == 0
    assert cs("-w", desk, "import", answers(desk, [*FIVE, 4], "new.csv")).code == 10


def test_an_answer_beyond_the_scale_is_set_aside(cs: Cs, desk: Path) -> None:
    done = cs("-w", desk, "import", answers(desk, [*FIVE, 9]), "--scale", "5")
    assert done.code == 3 and "IMP-218" in done.err and "a value from 1 to 5" in done.err


def test_a_company_that_nobody_recommends_says_so_once(cs: Cs, desk: Path) -> None:
    assert cs("-w", desk, "import", answers(desk, FIVE), "--scale", "10").code == 0
    assert fact(cs, desk, "nps_latest") == 3
    assert cs("-w", desk, "import", answers(desk, [*FIVE, 1], "later.csv", "2026-06-08")).code == 0


@pytest.mark.parametrize(
    "scores", [FIVE[:9], [*FIVE, 8], [6, 7, 5, 6, 7, 6, 5, 6, 7, 0]], ids=["nine", "one high", "zero among up to seven"]
)
def test_what_may_well_be_nps_is_taken_as_such(cs: Cs, desk: Path, scores: list[int]) -> None:
    assert cs("-w", desk, "import", answers(desk, scores)).code == 0


def test_answers_of_up_to_seven_are_asked_about_as_well(cs: Cs, desk: Path) -> None:
    scores = [6, 7, 5, 6, 7, 6, 5, 6, 7, 1]
    asked = cs("-w", desk, "import", answers(desk, scores))
    assert asked.code == 10 and "--scale 7" in asked.err
    assert cs("-w", desk, "import", answers(desk, scores), "--scale", "7").code == 0
    assert fact(cs, desk, "nps_latest") is None and fact(cs, desk, "survey_csat_90d") is None


def test_a_few_answers_a_week_are_added_up(cs: Cs, desk: Path) -> None:
    """Six, then five: it is the eleven that tell."""
    assert cs("-w", desk, "import", answers(desk, FIVE[:6])).code == 0
    asked = cs("-w", desk, "import", answers(desk, FIVE[:5], "later.csv", "2026-06-08"))
    assert asked.code == 10 and "the 11 answers, 6 of them imported before lie" in asked.err
    assert "cs imports undo" in asked.err


def test_a_source_may_say_it(cs: Cs, desk: Path) -> None:
    own = desk / "sources" / "stars.yaml"
    own.parent.mkdir(exist_ok=True)
    text = (
        "source: stars\nsystem: stars\nkind: survey\nrole: survey\nabout: Stars of our form.\n"
        "claims: [Who, Stars, Day]\n"
        "key_from: row\naccount:\n  email: [Who]\ncolumns:\n  email: {from: [Who], type: email}\n"
        "  kind: {constant: nps}\n  score: {from: [Stars], type: number}\n  day: {from: [Day], type: day}\n"
        "scale: SCALE\n"
    )
    own.write_text(text.replace("SCALE", "5"), encoding="utf-8")
    file = answers(desk, FIVE)
    file.write_text(file.read_text("utf-8").replace("Email,Score,Date", "Who,Stars,Day"), encoding="utf-8")
    assert cs("-w", desk, "import", file).code == 0
    assert fact(cs, desk, "nps_latest") is None and fact(cs, desk, "survey_csat_90d") == pytest.approx(4 / 5)
    own.write_text(text.replace("SCALE", "6"), encoding="utf-8")
    wrong = cs("-w", desk, "check")
    assert "DEF-015" in wrong.out + wrong.err and "scale" in wrong.out + wrong.err


def test_a_scale_that_there_is_not_is_a_slip(cs: Cs, desk: Path) -> None:
    assert cs("-w", desk, "import", answers(desk, FIVE), "--scale", "6").code == 2
