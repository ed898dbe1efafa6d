"""Random histories of imports, edits and undos against a model that is a list of what is in force."""

from __future__ import annotations

import sqlite3
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from cs_cli.base.errors import GuardStopped
from cs_cli.store.change_sets import append_row, begin_change_set, finish_change_set, retire_row
from cs_cli.store.clock import set_clock
from cs_cli.store.connection import transaction
from cs_cli.store.migrations_runner import apply
from cs_cli.store.undo import undo, usage_origin
from cs_cli.store.verify import verify

START = date(2026, 1, 1)
KEYS = ["a", "b", "c"]
Key = tuple[str, str, str]  # ("account", source, key) or ("usage", ref, day)
Change = dict[Key, tuple[object, object]]  # key → (before, after); None: not there


@dataclass
class InForce:
    """One change set in force: its own number, the number whose rows carry it, what it changed."""

    root: int
    bearer: int
    touched: Change
    source: str | None


@dataclass
class Model:
    """A set is on or off; undoing any of the sets that made it so turns it the other way."""

    state: dict[Key, object] = field(default_factory=dict)
    active: list[InForce] = field(default_factory=list)
    off: dict[int, InForce] = field(default_factory=dict)  # root → its undo in force, as InForce
    turned: dict[int, tuple[int, bool]] = field(default_factory=dict)  # any set → its root, turned on?
    history: list[dict[Key, object]] = field(default_factory=lambda: [{}])

    def write(self, number: int, after: dict[Key, object], source: str | None) -> None:
        touched = {k: (self.state.get(k), v) for k, v in after.items() if self.state.get(k) != v}
        self.turned[number] = (number, True)
        self._set({k: v for k, (_, v) in touched.items()})
        self.active.append(InForce(number, number, touched, source))

    def undo(self, number: int) -> set[int] | None:
        """The conflicts; None when it is no longer in force (nothing is changed then)."""
        root, on = self.turned[number]
        if on == (root in self.off):
            return None
        one = self._bearing(root)
        return self._conflicts(one.bearer, one.touched, one.source)

    def take(self, number: int, new: int) -> None:
        root, on = self.turned[number]
        one = self._bearing(root)
        back = InForce(
            root, new, {k: (after, before) for k, (before, after) in one.touched.items()}, one.source
        )
        if on:
            self.active.remove(one)
            self.off[root] = back
        else:
            del self.off[root]
            self.active.append(back)
        self.turned[new] = (root, not on)
        self._set({k: after for k, (_, after) in back.touched.items()})

    def _bearing(self, root: int) -> InForce:
        return self.off.get(root) or next(one for one in self.active if one.root == root)

    def _conflicts(self, since: int, touched: Change, source: str | None) -> set[int]:
        return {
            other.root
            for other in self.active
            if other.bearer > since
            and (touched.keys() & other.touched.keys() or (source is not None and other.source == source))
        }

    def _set(self, after: dict[Key, object]) -> None:
        for key, value in after.items():
            self.state.pop(key, None)
            if value is not None:
                self.state[key] = value
        self.history.append(deepcopy(self.state))

    def replayed(self) -> dict[Key, object]:
        state: dict[Key, object] = {}
        for one in self.active:
            for key, (_, after) in one.touched.items():
                state.pop(key, None)
                if after is not None:
                    state[key] = after
        return state


def read(conn: sqlite3.Connection) -> dict[Key, object]:
    state: dict[Key, object] = {
        ("account", source, key): (name, owner)
        for source, key, name, owner in conn.execute("SELECT source, key, name, owner FROM known_account")
    }
    state |= {
        ("usage", str(ref), day): value
        for ref, day, value in conn.execute("SELECT ref, day, value FROM known_usage")
    }
    return state


def write_usage(conn: sqlite3.Connection, number: int, ref: int, day: str, value: float) -> None:
    old = conn.execute("SELECT value FROM usage WHERE ref=? AND metric=1 AND day=?", (ref, day)).fetchone()
    if old == (value,):
        return
    conn.execute(
        "INSERT INTO usage_old SELECT *, ? FROM usage WHERE ref=? AND metric=1 AND day=?", (number, ref, day)
    )
    conn.execute(
        "INSERT OR REPLACE INTO usage VALUES (?, 1, ?, ?, ?, ?)", (ref, day, value, number, number * 10)
    )


class Histories(RuleBasedStateMachine):
    @initialize()
    def begin(self) -> None:
        self.conn = sqlite3.connect(":memory:", isolation_level=None)
        apply(self.conn, 0)
        self.conn.execute("INSERT INTO metric VALUES (1, 'logins')")
        self.conn.execute("INSERT INTO ref(id, system, external_id) VALUES (1, 'x', '1'), (2, 'x', '2')")
        self.model = Model()

    def teardown(self) -> None:
        if not hasattr(self, "conn"):
            return
        for number, state in enumerate(self.model.history):
            set_clock(self.conn, START, known_at=START + timedelta(days=number))
            assert read(self.conn) == state, f"as known at change set {number}"
        faults = [f for f in verify(self.conn) if f.what != "the file's mark of cs was changed"]
        assert faults == []
        self.conn.close()

    def open_set(self, kind: str, source: str | None, record_kind: str | None) -> int:
        day = START + timedelta(days=len(self.model.history))
        number = begin_change_set(
            self.conn, kind=kind, day=day, at=f"{day}T00:00:00Z", source=source, record_kind=record_kind
        )
        assert number == len(self.model.history)
        return number

    @rule(
        source=st.sampled_from(["crm", "billing"]),
        content=st.dictionaries(st.sampled_from(KEYS), st.sampled_from(["x", "y", "z"]), max_size=3),
        column=st.sampled_from(["name", "owner"]),
    )
    def import_accounts(self, source: str, content: dict[str, str], column: str) -> None:
        with transaction(self.conn):
            number = self.open_set("import", source, "account")
            after: dict[Key, object] = {}
            for key, value in content.items():
                old = self.model.state.get(("account", source, key), (None, None))
                assert isinstance(old, tuple)
                after["account", source, key] = (value, old[1]) if column == "name" else (old[0], value)
                append_row(self.conn, "account", number, source, key, 1, {column: value}, line=number)
            finish_change_set(self.conn, number, len(content), 0, 0, 0, 0)
        self.model.write(number, after, source)

    @rule(
        content=st.dictionaries(
            st.tuples(st.sampled_from([1, 2]), st.sampled_from(["2026-01-01", "2026-01-02"])),
            st.sampled_from([1.0, 2.0, 3.0]),
            max_size=3,
        )
    )
    def import_usage(self, content: dict[tuple[int, str], float]) -> None:
        with transaction(self.conn):
            number = self.open_set("import", "posthog", "usage")
            for (ref, day), value in content.items():
                write_usage(self.conn, number, ref, day, value)
        self.model.write(
            number, {("usage", str(ref), day): v for (ref, day), v in content.items()}, "posthog"
        )

    @rule(
        source=st.sampled_from(["crm", "hand"]),
        key=st.sampled_from(KEYS),
        value=st.sampled_from(["x", "y", None]),
    )
    def edit_by_hand(self, source: str, key: str, value: str | None) -> None:
        with transaction(self.conn):
            number = self.open_set("hand", None, "account")
            if value is None:
                retire_row(self.conn, "account", number, source, key)
                after: object = None
            else:
                old = self.model.state.get(("account", source, key), (None, None))
                assert isinstance(old, tuple)
                append_row(self.conn, "account", number, source, key, 1, {"owner": value})
                after = (old[0], value)
        self.model.write(number, {("account", source, key): after}, None)

    @precondition(lambda self: len(self.model.history) > 1)
    @rule(pick=st.integers(min_value=0, max_value=10_000))
    def take_back(self, pick: int) -> None:
        # mostly recent sets: undo of undo of undo is where mistakes would be
        count = len(self.model.history) - 1
        number = count - pick % min(count, 6)
        day = START + timedelta(days=count + 1)
        before = list(self.conn.iterdump()) if pick % 7 == 0 else None
        expected = self.model.undo(number)
        if expected:
            with pytest.raises(GuardStopped) as stopped:
                undo(self.conn, number, day=day, at=f"{day}T00:00:00Z")
            assert {f.ident for f in stopped.value.faults} == {"STO-010"}
            named = {int(f.excerpt.split()[0][1:]) for f in stopped.value.faults if f.excerpt}
            assert named == expected
        elif expected is None:
            with pytest.raises(GuardStopped, match="STO-011"):
                undo(self.conn, number, day=day, at=f"{day}T00:00:00Z")
        else:
            new = undo(self.conn, number, day=day, at=f"{day}T00:00:00Z").change_set
            self.model.take(number, new)
            return
        if before is not None:
            assert list(self.conn.iterdump()) == before

    @invariant()
    def as_the_model(self) -> None:
        if not hasattr(self, "model"):
            return
        set_clock(self.conn, START)
        assert read(self.conn) == self.model.state == self.model.replayed()

    @invariant()
    def usage_keeps_its_origin(self) -> None:
        if not hasattr(self, "model"):
            return
        for ref, day in self.conn.execute("SELECT ref, day FROM usage").fetchall():
            origin = usage_origin(self.conn, ref, 1, day)
            assert origin is not None
            kind = self.conn.execute("SELECT kind FROM change_set WHERE id = ?", (origin[0],)).fetchone()[0]
            assert (kind, origin[1]) == ("import", origin[0] * 10)


Histories.TestCase.settings = settings(
    max_examples=50, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck)
)
TestHistories = Histories.TestCase
