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


# --- satisfaction beyond 1 to 5 ------------------------------------------------------

HEAD = "response_id,account_id,email,kind,score,day"


def satisfaction(folder: Path, scores: list[float], name: str = "csat.csv") -> Path:
    rows = [f"r{n},A1,p{n}@alpha.example,csat,{score},2026-06-01" for n, score in enumerate(scores)]
    (folder / name).write_text("\n".join([HEAD, *rows]) + "\n", encoding="utf-8")
    return folder / name


@pytest.mark.parametrize(("scores", "best", "satisfied"), [
    ([9, 4, 8, 3, 10], 10, 3 / 5), ([92, 40, 100, 5], 100, 2 / 4), ([7, 6, 5, 4], 7, 2 / 4), ([0, 5, 8], 10, 1 / 3),
])  # fmt: skip
def test_satisfaction_beyond_five_is_asked_about_once_and_counted_right(
    cs: Cs, desk: Path, scores: list[float], best: int, satisfied: float
) -> None:
    asked = cs("-w", desk, "import", satisfaction(desk, scores))
    assert asked.code == 10 and "IMP-118" in asked.err and f"--scale {best} if {best} is the best" in asked.err
    assert fact(cs, desk, "survey_csat_90d") is None
    told = cs("-w", desk, "import", desk / "csat.csv", "--scale", best)
    assert told.code == 0 and "is laid on 1 to 5, where 4 and more is satisfied" in told.err, told.err
    assert "NPS" not in told.err and "effort" not in told.err
    assert fact(cs, desk, "survey_csat_90d") == pytest.approx(satisfied)
    assert fact(cs, desk, "nps_latest") is None
    # remembered: a quiet file of the next week, in which nothing is above 5
    (desk / "later.csv").write_text(f"{HEAD}\nq1,A1,q@alpha.example,csat,4,2026-06-08\n")
    assert cs("-w", desk, "import", desk / "later.csv").code == 0
    count = len(scores)
    assert fact(cs, desk, "survey_csat_90d") == pytest.approx(satisfied * count / (count + 1))


def test_the_satisfaction_of_tickets_has_a_scale_too(cs: Cs, desk: Path) -> None:
    (desk / "t.csv").write_text(
        "ticket_id,account_id,opened_at,closed_at,csat\nT1,A1,2026-06-01,2026-06-02,9\nT2,A1,2026-06-01,2026-06-02,4\n"
    )
    asked = cs("-w", desk, "import", desk / "t.csv")
    assert asked.code == 10 and "IMP-118" in asked.err, asked.err
    assert cs("-w", desk, "import", desk / "t.csv", "--scale", "10").code == 0
    assert fact(cs, desk, "ticket_csat_90d") == pytest.approx(1 / 2)


def test_the_satisfaction_in_a_kept_sheet_is_left_out_whole_until_its_scale_is_said(cs: Cs, workspace: Path) -> None:
    (workspace / "book.csv").write_text("Customer,ARR,CSAT\nAlpha,1000,9\nBeta,2000,4\n")
    done = cs("import", "book.csv", cwd=workspace)
    assert done.code == 0 and "CSAT is not from 1 to 5 in 9 (line 2), and all of it is left out: --scale" in done.err
    assert "survey:" not in done.err
    told = cs("import", "book.csv", "--scale", "10", cwd=workspace)
    assert told.code == 0 and "survey: 2 added" in told.err, told.err
    later = (workspace / "book.csv").read_text().replace("Beta,2000,4", "Beta,2000,3").replace("1000,9", "1000,2")
    (workspace / "b.csv").write_text(later)
    done = cs("import", "b.csv", cwd=workspace)
    assert done.code == 0 and "is laid on 1 to 5" in done.err, done.err
    assert cs("explain", "Beta", "survey_csat_90d", cwd=workspace).code == 0


@pytest.mark.parametrize(("rows", "top", "kept"), [(9, 5, 9), (10, 5, 0), (10, 6, 10)])
def test_a_sheets_nps_that_nobody_answers_above_five_is_none(
    cs: Cs, workspace: Path, rows: int, top: int, kept: int
) -> None:
    path = workspace / "exports" / "book.csv"
    answers = [1 + n % 5 for n in range(rows - 1)] + [top]
    lines = [f"C{n},1200,2027-01-01,{answer}" for n, answer in enumerate(answers)]
    path.write_text("\n".join(["Customer,ARR,Renewal date,NPS", *lines]) + "\n")
    done = cs("-w", workspace, "import", path)
    assert done.code == 0, done.err
    assert (f"survey: {kept} added" in done.err) is (kept > 0)
    assert ("all of it is left out; is it satisfaction of 1 to 5?" in done.err) is (kept == 0)
