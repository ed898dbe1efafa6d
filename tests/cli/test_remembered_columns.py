"""A source remembers how its columns were proven to be read: a quiet file is read the same way, and that is said."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.conftest import Cs, Result
from tests.refusals import nothing_changes, refused

HEAD = "subscription_id;account_id;amount;currency;interval;started_on"
ACCOUNTS = "account_id,name,domain\n" + "".join(f"A{n},Firm {n},firm{n}.example\n" for n in range(1, 6))
LOUD = ["S1;A1;1.200,50;USD;month;13.01.2026", "S2;A2;900,00;USD;month;01.02.2026"]
QUIET = ["S1;A1;1.200;USD;month;13.01.2026", "S2;A2;1.000;USD;month;05.02.2026"]
STILL = ["S1;A1;1.200;USD;month;05.02.2026", "S2;A2;1.000;USD;month;01.02.2026"]


@pytest.fixture
def desk(workspace: Path, cs: Cs) -> Path:
    put(workspace, ACCOUNTS, "accounts.csv")
    assert cs("-w", workspace, "import", workspace / "exports" / "accounts.csv").code == 0
    return workspace


def put(desk: Path, text: str, name: str) -> Path:
    path = desk / "exports" / name
    path.write_text(text, encoding="utf-8")
    return path


def bring(cs: Cs, desk: Path, rows: list[str], name: str, *options: str, head: str = HEAD) -> Result:
    return cs("-w", desk, "import", put(desk, "\n".join([head, *rows, ""]), name), *options)


def stored(desk: Path, what: str, kind: str = "subscription") -> list[object]:
    with closing(sqlite3.connect(desk / "cs.db")) as conn:
        return [row[0] for row in conn.execute(f"SELECT {what} FROM {kind} WHERE retired_by IS NULL ORDER BY key")]


def mrr(cs: Cs, desk: Path) -> float:
    return float(cs("-w", desk, "metrics", "mrr", "-f", "json").json[-1]["mrr"])


def test_a_quiet_file_is_read_as_the_loud_one_before_it(cs: Cs, desk: Path) -> None:
    refused(bring(cs, desk, STILL, "quiet.csv"), "IMP-107", "1.200 (decimal point)", "an option is remembered")
    loud = bring(cs, desk, LOUD, "loud.csv")
    assert loud.code == 0, loud.err
    quiet = bring(cs, desk, STILL, "quiet.csv")
    assert quiet.code == 0, quiet.err
    assert "'amount' read with a decimal comma, as in import #2 (loud.csv)" in quiet.err
    assert "'started_on' read day first, as in import #2 (loud.csv)" in quiet.err
    assert mrr(cs, desk) == 2200
    assert stored(desk, "started_on") == ["2026-02-05", "2026-02-01"]
    checked = cs("-w", desk, "sources", "check", desk / "exports" / "quiet.csv")
    assert checked.code == 0 and "as in import #2" in checked.out
    shown = cs("-w", desk, "sources", "show", "cs_subscription", "-f", "json").json
    assert [(row["headers"], row["type"], row["how"]) for row in shown if row["column"] == "(remembered)"] == [
        ("amount", "decimal", ",, proven in import #2 (loud.csv)"),
        ("started_on", "format", "dmy, proven in import #2 (loud.csv)"),
    ]


def test_undo_forgets_and_undo_of_the_undo_knows_again(cs: Cs, desk: Path) -> None:
    assert bring(cs, desk, LOUD, "loud.csv").code == 0
    assert cs("-w", desk, "imports", "undo", "2").code == 0
    refused(bring(cs, desk, STILL, "quiet.csv"), "IMP-107")
    assert cs("-w", desk, "imports", "undo", "3").code == 0
    assert bring(cs, desk, STILL, "quiet.csv").code == 0


def test_a_dry_run_and_a_stopped_import_prove_nothing(cs: Cs, desk: Path) -> None:
    assert bring(cs, desk, LOUD, "loud.csv", "--dry-run").code == 0
    stopped = bring(cs, desk, [*LOUD, "S3;A3;100,00-;USD;month;14.01.2026"], "loud.csv")
    assert stopped.code == 15, stopped.err
    refused(bring(cs, desk, STILL, "quiet.csv"), "IMP-107")


def test_another_source_has_a_memory_of_its_own(cs: Cs, desk: Path) -> None:
    assert bring(cs, desk, LOUD, "loud.csv").code == 0
    head = "contract_id;account_id;start;end;amount"
    refused(bring(cs, desk, ["K1;A1;05.02.2026;04.02.2027;1.200"], "contracts.csv", head=head), "IMP-107")


@pytest.mark.parametrize(
    ("rows", "says", "options"),
    [
        (["S1;A1;1,200.50;USD;month;13.01.2026"], ("decimal comma", '"1,200.50"', "decimal point"), ("--decimal", ".")),
        (["S1;A1;1.200,50;USD;month;02/28/2026"], ("day first", '"02/28/2026"', "month first"), ("--dates", "mdy")),
    ],
)
def test_a_file_that_proves_the_opposite_is_a_question(
    cs: Cs, desk: Path, rows: list[str], says: tuple[str, ...], options: tuple[str, str]
) -> None:
    assert bring(cs, desk, LOUD, "loud.csv").code == 0
    other = "S2;A2;900;USD;month;" + ("02/02/2026" if options[0] == "--dates" else "02.02.2026")
    path = put(desk, "\n".join([HEAD, *rows, other, ""]), "new.csv")
    with nothing_changes(desk):
        done = cs("-w", desk, "import", path)
        refused(done, "IMP-116", "new.csv:2", *says, " ".join(options), "(import #2 (loud.csv))")
    taken = cs("-w", desk, "import", path, *options)
    assert taken.code == 0, taken.err
    # from now on the answer holds
    again = cs("-w", desk, "import", put(desk, path.read_text().replace("S2;A2;900", "S2;A2;901"), "newer.csv"))
    assert again.code == 0, again.err


def test_both_columns_that_turned_are_named_at_once(cs: Cs, desk: Path) -> None:
    assert bring(cs, desk, LOUD, "loud.csv").code == 0
    done = bring(cs, desk, ["S1;A1;1,200.50;USD;month;02/28/2026"], "new.csv")
    assert done.code == 15
    assert "--decimal . --dates mdy" in done.err and done.err.count("error[IMP-116]") + done.err.count("can only") >= 2


def test_a_neighbour_that_proves_the_opposite_is_a_question_too(cs: Cs, desk: Path) -> None:
    head = HEAD + ";renews_on"
    assert bring(cs, desk, ["S1;A1;10,50;USD;month;13.01.2026;"], "loud.csv", head=head).code == 0
    done = bring(cs, desk, ["S1;A1;10,50;USD;month;05/02/2026;12/31/2026"], "new.csv", head=head)
    refused(done, "IMP-116", "started_on was read day first", "'renews_on' of this file can only be read month first")


def test_what_a_person_said_is_remembered(cs: Cs, desk: Path) -> None:
    said = bring(cs, desk, STILL, "quiet.csv", "--decimal", ",", "--dates", "dmy")
    assert said.code == 0, said.err
    later = bring(cs, desk, [STILL[0].replace("1.200", "1.300"), STILL[1]], "later.csv")
    assert later.code == 0, later.err
    assert "read with a decimal comma, as in import #2 (quiet.csv)" in later.err
    assert mrr(cs, desk) == 2300
    # the first file lies in the folder of cron still: it is that import, though no option says so now
    again = cs("-w", desk, "import", desk / "exports" / "quiet.csv", desk / "exports" / "later.csv")
    assert again.code == 0, again.err
    assert "already imported as #2" in again.err and "already imported as #3" in again.err
    assert mrr(cs, desk) == 2300


@pytest.mark.parametrize(
    ("cell", "options", "stored_as"),
    [
        ("46054", ("--excel-dates",), "2026-02-01"),
        ("2026 1 Feb", ("--dates", "YYYY D MMM"), "2026-02-01"),
        ("01.02.26", ("--dates", "dmy", "--century"), "2026-02-01"),
        ("02/01/26", ("--dates", "mdy", "--century"), "2026-02-01"),
    ],
)
def test_every_option_for_days_is_remembered(
    cs: Cs, desk: Path, cell: str, options: tuple[str, ...], stored_as: str
) -> None:
    assert bring(cs, desk, [f"S1;A1;10.50;USD;month;{cell}"], "one.csv").code == 10
    assert bring(cs, desk, [f"S1;A1;10.50;USD;month;{cell}"], "one.csv", *options).code == 0
    later = bring(cs, desk, [f"S1;A1;11.50;USD;month;{cell}"], "two.csv")
    assert later.code == 0, later.err
    assert "as in import #2 (one.csv)" in later.err
    assert stored(desk, "started_on") == [stored_as] and mrr(cs, desk) == 11.5


def test_percents_and_fractions(cs: Cs, desk: Path) -> None:
    head = "subscription_id;account_id;amount;discount;started_on"
    assert bring(cs, desk, ["S1;A1;100;10;2026-01-01", "S2;A2;100;20;2026-01-01"], "one.csv", head=head).code == 0
    # 0.5 alone is a fraction to this template: the source has been writing percents
    later = bring(cs, desk, ["S1;A1;100;0.5;2026-01-01", "S2;A2;100;0.5;2026-01-01"], "two.csv", head=head)
    assert later.code == 0, later.err
    assert "'discount' read as percents, as in import #2 (one.csv)" in later.err
    assert stored(desk, "discount") == [0.005, 0.005]
    fraction = bring(cs, desk, ["S1;A1;100;0.25;2026-01-01"], "three.csv", "--percents", "fraction", head=head)
    assert fraction.code == 0, fraction.err
    above = bring(cs, desk, ["S1;A1;100;25;2026-01-01"], "four.csv", head=head)
    refused(above, "IMP-116", "as fractions", '"25"', "--percents percent")


def test_the_first_file_written_straight_remembers_and_is_reminded(cs: Cs, desk: Path) -> None:
    """The first invoices of a source go past the stage; after an undo they do so again."""
    head = "invoice_id;account_id;issued_on;amount;currency;status"
    loud = [f"I{n};A1;{n}.05.2026;1.2{n},50;USD;paid" for n in range(10, 20)]
    assert bring(cs, desk, loud, "invoices.csv", head=head).code == 0
    quiet = bring(cs, desk, ["I30;A1;05.06.2026;1.200;USD;paid"], "june.csv", head=head)
    assert quiet.code == 0, quiet.err
    assert "as in import #2 (invoices.csv)" in quiet.err
    assert stored(desk, "amount", "invoice")[-1] == 120_000 and stored(desk, "issued_on", "invoice")[-1] == "2026-06-05"
    with closing(sqlite3.connect(desk / "cs.db")) as conn:
        conn.execute("DELETE FROM invoice")
        conn.commit()
    straight = bring(cs, desk, ["I31;A1;06.06.2026;1.300;USD;paid"], "july.csv", head=head)
    assert straight.code == 0, straight.err
    assert stored(desk, "amount", "invoice") == [130_000] and "as in import #2" in straight.err


def test_files_of_one_command_teach_those_behind_them(cs: Cs, desk: Path) -> None:
    loud = put(desk, "\n".join([HEAD, *LOUD, ""]), "s-2026-06-01.csv")
    quiet = put(desk, "\n".join([HEAD, *STILL, ""]), "s-2026-06-08.csv")
    done = cs("-w", desk, "import", loud, quiet)
    assert done.code == 0, done.err
    assert "'amount' read with a decimal comma, as in s-2026-06-01.csv" in done.err
    assert mrr(cs, desk) == 2200


def test_a_proof_far_down_a_long_file_is_found_against_the_memory(cs: Cs, desk: Path) -> None:
    """The first rows are read as remembered; a later row that proves the opposite still stops the file."""
    head = "invoice_id;account_id;issued_on;amount;currency;status"
    assert bring(cs, desk, ["I1;A1;13.05.2026;1,50;USD;paid"], "loud.csv", head=head).code == 0
    rows = [f"I{n};A1;05/0{n % 9 + 1}/2026;{n},25;USD;paid" for n in range(2, 9_000)]
    done = bring(cs, desk, [*rows, "I9999;A1;12/31/2025;7,25;USD;paid"], "long.csv", head=head)
    refused(done, "IMP-116", "long.csv:9000", "12/31/2025", "--dates mdy")


def test_wide_usage_with_a_column_for_each_day_has_one_memory(cs: Cs, desk: Path) -> None:
    (desk / "sources" / "days.yaml").write_text(
        "source: days\nsystem: cs\nkind: usage\nclaims: [Client]\naccount: {id: [Client]}\ncombine: sum\n"
        'columns:\n  metric: {constant: hours}\ndays_across: ["YYYY-MM-DD"]\n'
    )
    assert bring(cs, desk, ["A1;1.200,5;2,5"], "may.csv", head="Client;2026-05-01;2026-05-02").code == 0
    later = bring(cs, desk, ["A1;1.200;1.300"], "june.csv", head="Client;2026-06-01;2026-06-02")
    assert later.code == 0, later.err
    with closing(sqlite3.connect(desk / "cs.db")) as conn:
        values = [row[0] for row in conn.execute("SELECT value FROM usage WHERE day >= '2026-06-01' ORDER BY day")]
    assert values == [1200, 1300]
