"""Histories of exports, imported in every order: the numbers are those of the books, whatever the order."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from fractions import Fraction
from pathlib import Path
from random import Random

import pytest

from tests.books.desk import TODAY, Desk, accounts_off, differences
from tests.books.forms import FORMS, canonical, name_of
from tests.books.histories import RATES, History, history
from tests.books.ledger import Books, month_end

pytestmark = pytest.mark.prove

WAYS = ("as_of", "names", "folder", "at_once")


class Bench:
    """Makes desks in a folder of its own, one after the other."""

    def __init__(self, starter: Path, folder: Path) -> None:
        self.starter, self.folder, self.count = starter, folder, 0

    def desk(self, found: History, rates: dict[str, Fraction] | None = None) -> Desk:
        self.count += 1
        desk = Desk(self.starter, self.folder / f"desk{self.count}", RATES if rates is None else rates)
        if found.form == "canonical":
            accounts = sorted({account for account, _ in found.rows})
            lines = "".join(f"{account},{name_of(account)}\n" for account in accounts)
            desk.load(desk.write("exports/accounts.csv", "account_id,name\n" + lines))
        return desk


@pytest.fixture
def bench(workspace_once: Path, tmp_path: Path) -> Bench:
    return Bench(workspace_once, tmp_path)


def load(desk: Desk, found: History, order: Sequence[date], way: str) -> None:
    """Import the exports in an order. as_of: the day is said; names: it is in the file's name; folder, at_once: all in
    one command, whose order is nobody's."""
    write = FORMS[found.form]
    names = []
    for n, day in enumerate(order):
        name = f"exports/billing-{day}.csv" if way != "as_of" else f"exports/export {n}.csv"
        desk.write(name, write(found.export(day)))
        names.append(name)
        if way == "as_of":
            desk.load(name, "--as-of", day)
        elif way == "names":
            desk.load(name)
    if way == "folder":
        desk.load("exports")
    elif way == "at_once":
        desk.cs("import", *names, "--yes")


def days_to_probe(found: History, dice: Random, count: int) -> list[date]:
    """Days around the exports, and some at random."""
    near = [day + timedelta(days=n) for day in found.days for n in (-1, 0)]
    span = (TODAY - found.days[0]).days
    return sorted(
        set(dice.sample(near, min(count, len(near)))) | {found.days[0] + timedelta(days=dice.randint(0, span))}
    )


def judge(bench: Bench, found: History, order: Sequence[date], way: str, dice: Random) -> list[str]:
    """What is told otherwise than the books say, after an import in that order. Then the story is printed."""
    desk, books = bench.desk(found), found.books()
    load(desk, found, order, way)
    first = max(found.days[0] - timedelta(days=100), date(2024, 6, 1))
    off = differences(desk, books, first, TODAY, days_to_probe(found, dice, 5))
    for day in (found.days[len(found.days) // 2], TODAY):
        off += accounts_off(desk, books, day)
    return [*off, desk.told()] if off else []


def smallest(found: History, told: list[str], wrong: Callable[[History], list[str]], tries: int = 40) -> str:
    """The failing history with as few subscriptions and exports as still fail: its story and what differs.

    told: how it fails as a whole. Of one subscription alone first, then of halves, then without idle exports.
    """

    def still(less: History) -> bool:
        nonlocal found, told, tries
        tries -= 1
        if tries < 0 or not (off := wrong(less)):
            return False
        found, told = less, off
        return True

    named = " ".join(told)
    keys = sorted(found.rows, key=lambda key: (f" {key[0]}:" not in named, key))
    if not any(still(found.only({key})) for key in keys[:10]):
        size = len(found.rows) // 2
        while size:
            keys = sorted(found.rows)
            if not any(still(found.only(set(keys) - set(keys[n : n + size]))) for n in range(0, len(keys), size)):
                size //= 2
            size = min(size, len(found.rows) - 1)
    for day in found.idle_days():
        still(found.without(day))
    return "\n".join(told[:-1][:12] + told[-1:])


def hold(bench: Bench, found: History, order: Sequence[date], way: str, seed: int) -> None:
    """The numbers after that order are those of the books."""

    def wrong(some: History) -> list[str]:
        return judge(bench, some, [day for day in order if day in some.days], way, Random(seed))

    if told := wrong(found):
        pytest.fail(f"seed {seed}, {found.form}, {way}\n{smallest(found, told, wrong)}", pytrace=False)


def shuffled(found: History, seed: int) -> list[date]:
    order = list(found.days)
    while order == sorted(order) and len(order) > 1:
        Random(f"order {seed}").shuffle(order)
        seed += 1000
    return order


FEW = [(form, seed) for form in FORMS for seed in range(4)]
MANY = [(form, seed) for form in FORMS for seed in range(100, 200)]


@pytest.mark.parametrize(("form", "seed"), FEW)
def test_weekly_exports_in_their_order(bench: Bench, form: str, seed: int) -> None:
    found = history(seed, form)
    hold(bench, found, found.days, "as_of", seed)


@pytest.mark.parametrize(("form", "seed"), FEW)
def test_exports_in_any_order(bench: Bench, form: str, seed: int) -> None:
    found = history(seed + 50, form)
    hold(bench, found, shuffled(found, seed), WAYS[seed % len(WAYS)], seed)


@pytest.mark.slow
@pytest.mark.parametrize(("form", "seed"), MANY)
def test_many_histories_in_any_order(bench: Bench, form: str, seed: int) -> None:
    found = history(seed, form, exports=6 + seed % 20, gap=1 + seed % 9)
    hold(bench, found, shuffled(found, seed), WAYS[seed % len(WAYS)], seed)


@pytest.mark.parametrize("form", FORMS)
def test_every_order_gives_the_same(bench: Bench, form: str) -> None:
    """Accounts, ARR on days and movements do not know in which order the exports came; no books needed."""
    found = history(70, form, exports=6, subscriptions=(8, 8))
    dice = Random(f"orders {form}")
    days = days_to_probe(found, dice, 4)
    seen = {}
    for n in range(4):
        order = sorted(found.days) if n == 0 else dice.sample(found.days, len(found.days))
        desk = bench.desk(found)
        load(desk, found, order, "as_of" if n % 2 else "names")
        answer = (
            [desk.on(day) for day in days],
            desk.movements(found.days[0], TODAY),
            [desk.accounts(day) for day in (*days[:2], TODAY)],
        )
        seen[tuple(order)] = (answer, desk)
    (first, (wanted, told)), *others = seen.items()
    for order, (answer, desk) in others:
        assert answer == wanted, (
            f"{list(map(str, first))}\n{told.told()}\nagainst {list(map(str, order))}\n{desk.told()}"
        )


@pytest.mark.parametrize("seed", range(3))
def test_undo_of_an_import_is_as_if_it_had_never_been(bench: Bench, seed: int) -> None:
    found = history(seed + 80, "canonical", exports=6, subscriptions=(5, 10))
    order = shuffled(found, seed)
    desk, less = bench.desk(found), found.without(order[-1])
    load(desk, found, order, "as_of")
    last = max(row["import"] for row in desk.ask("imports", "list"))
    desk.cs("imports", "undo", last)
    books = less.books()
    off = differences(desk, books, found.days[0], TODAY, found.days)
    assert not off, "\n".join([*off[:12], desk.told()])


@pytest.mark.parametrize("seed", range(4))
def test_columns_that_an_export_lacks_keep_what_the_one_before_said(bench: Bench, seed: int) -> None:
    """Some exports come without the discount, the plan or the day of cancellation. The rows of the first have all."""
    found = history(seed + 90, "canonical", exports=6, subscriptions=(5, 8))
    dice = Random(f"narrow {seed}")
    lacking = {day: dice.choice(((), ("discount",), ("plan", "discount"))) for day in found.days[1:]}
    told = {}
    for key, rows in found.rows.items():
        kept: list = []
        for one in rows:
            missing = lacking.get(one.day, ()) if kept else ()
            kept.append(one.__class__(**{**vars(one), **{name: getattr(kept[-1], name) for name in missing}}))
        told[key] = kept
    # a subscription that is first seen in such an export has no discount and no plan
    fresh = {key: set(lacking.get(rows[0].day, ())) for key, rows in told.items()}
    found.rows = {key: rows for key, rows in told.items() if not fresh[key]}
    order = shuffled(found, seed)
    desk = bench.desk(found)
    for day in order:
        name = desk.write(f"exports/billing-{day}.csv", canonical(found.export(day), lacking.get(day, ())))
        desk.load(name)
    off = differences(desk, Books(found.rows, RATES), found.days[0], TODAY, found.days)
    assert not off, "\n".join([*off[:12], desk.told()])


@pytest.mark.parametrize("seed", range(3))
def test_a_currency_without_a_rate_is_in_no_figure(bench: Bench, seed: int) -> None:
    """What is unknown is no 0: the account is neither a payer of nothing nor one that left, and days before stand."""
    found = history(seed + 30, "canonical", exports=5, subscriptions=(5, 8))
    books = found.books({"EUR": RATES["EUR"]})
    order = shuffled(found, seed)
    desk = bench.desk(found, {"EUR": RATES["EUR"]})
    load(desk, found, order, "as_of")
    off = []
    for day in (*found.days, month_end(found.days[0].year, found.days[0].month), TODAY):
        off += accounts_off(desk, books, day)
        told = desk.on(day)["arr"]
        if told != pytest.approx(float(books.total(day)), abs=1e-6):
            off.append(f"ARR on {day}: told {told}, right {float(books.total(day)):.2f} and some that is not known")
    assert not off, "\n".join([*off[:12], desk.told()])
