"""ChartMogul has no start days: a subscription counts from the first export that holds it, whatever comes first."""

from __future__ import annotations

from itertools import permutations
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Cs

HEAD = (
    "CUSTOMER_UUID,CUSTOMER_EXTERNAL_IDS,CUSTOMER_NAME,CUSTOMER_EMAIL,CUSTOMER_SUBSCRIPTION_ID,PLAN_NAME,QUANTITY,MRR,"
    "ARR,CURRENCY,INTERVAL_UNIT,INTERVAL_COUNT\n"
)
# day → MRR in cents of the subscriptions s1 and s2; s2 is in no file before May
HISTORIES = {
    "nothing changes": {"2026-03-31": (10000, None), "2026-04-30": (10000, None), "2026-05-31": (10000, 5000)},
    "up and back": {"2026-03-31": (10000, None), "2026-04-30": (15000, None), "2026-05-31": (10000, 5000)},
    "free and back": {"2026-03-31": (10000, None), "2026-04-30": (0, None), "2026-05-31": (10000, 5000)},
}
RIGHT = {"nothing changes": [100, 100, 150, 150], "up and back": [100, 150, 150, 150],
         "free and back": [100, 0, 150, 150]}  # fmt: skip


def text(first: int, second: int | None) -> str:
    rows = [("s1", "c1", "Aster", first), *([] if second is None else [("s2", "c2", "Birch", second)])]
    return HEAD + "".join(
        f"u_{key},{one},{name},,{key},pro,1,{cents},{12 * cents},USD,month,1\n" for key, one, name, cents in rows
    )


def mrr(cs: Cs, desk: Path) -> list[Any]:
    rows = cs("-w", desk, "metrics", "movements", "--from", "2026-03", "--to", "2026-06", "-f", "json").json
    assert [row["period"] for row in rows if row["new"]] == ["2026-03", "2026-05"]
    return [row["end_mrr"] for row in rows]


@pytest.mark.parametrize("name", HISTORIES)
@pytest.mark.parametrize("order", list(permutations(range(3))), ids=str)
def test_in_any_order(cs: Cs, workspace: Path, name: str, order: tuple[int, ...]) -> None:
    days = list(HISTORIES[name].items())
    for at in order:
        day, figures = days[at]
        path = workspace / "exports" / f"{at}.csv"
        path.write_text(text(*figures))
        done = cs("-w", workspace, "import", path, "--as-of", day, "--yes")
        assert done.code == 0, done.err
    assert mrr(cs, workspace) == RIGHT[name]


def test_an_undo_of_the_older_one_takes_its_days_back(cs: Cs, workspace: Path) -> None:
    for name, day in (("new", "2026-05-31"), ("old", "2026-03-31")):
        path = workspace / "exports" / f"{name}.csv"
        path.write_text(text(10000, None))
        assert cs("-w", workspace, "import", path, "--as-of", day).code == 0
    words = ("-w", workspace, "metrics", "mrr", "--from", "2026-03", "--to", "2026-06", "-f", "json")
    assert [row["mrr"] for row in cs(*words).json] == [100, 100, 100, 100]
    assert cs("-w", workspace, "imports", "undo", "2").code == 0
    assert [row["mrr"] for row in cs(*words).json] == [0, 0, 100, 100]
