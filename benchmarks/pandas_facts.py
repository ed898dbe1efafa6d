"""The peer of benchmarks/run.py: a plain pandas script of the facts that the run's playbooks and scorecards use.

Reads the same database, computes 20 facts per account, a health score and 50 conditions. No cases, no tasks,
no writing: it does less than `cs run`. pandas is no dependency: python -m venv V; V/bin/pip install pandas.
Run: V/bin/python benchmarks/pandas_facts.py DATABASE DAY
"""

import sqlite3
import sys

import pandas as pd

path, day = sys.argv[1], pd.Timestamp(sys.argv[2])
conn = sqlite3.connect(path)


def read(query, *dates):
    return pd.read_sql_query(query, conn, parse_dates=list(dates))


accounts = read(
    "SELECT i.account, a.name, a.employees, a.country FROM account a JOIN identity i ON i.ref = a.ref"
).set_index("account")
of = read("SELECT ref, account FROM identity WHERE retired_by IS NULL").set_index("ref")["account"]

subs = read("SELECT ref, arr, quantity, started_on, ended_on, term_months, auto_renew FROM subscription "
            "WHERE retired_by IS NULL", "started_on", "ended_on")
subs["account"] = subs["ref"].map(of)
subs = subs[(subs.started_on <= day) & (subs.ended_on.isna() | (subs.ended_on > day))]
facts = accounts.join(subs.groupby("account").agg(arr=("arr", "sum"), seats=("quantity", "sum"),
                                                  started=("started_on", "min"), auto_renew=("auto_renew", "max")))
facts["arr"] = facts["arr"] / 100
facts["mrr"] = facts["arr"] / 12
years = ((day - facts.started).dt.days // 365 + 1).fillna(0).astype(int)
facts["days_to_renewal"] = [
    (start + pd.DateOffset(years=int(n)) - day).days if pd.notna(start) else None
    for start, n in zip(facts.started, years, strict=True)
]
facts["tenure_days"] = (day - facts.started).dt.days

bills = read("SELECT ref, issued_on, due_on, paid_on, amount FROM invoice WHERE retired_by IS NULL",
             "issued_on", "due_on", "paid_on")
bills["account"] = bills["ref"].map(of)
late = bills[(bills.due_on < day) & (bills.paid_on.isna() | (bills.paid_on > day))]
facts = facts.join(late.groupby("account").agg(overdue_amount=("amount", "sum"), oldest=("due_on", "min")))
facts["overdue_days"] = (day - facts.oldest).dt.days.fillna(0)
facts["invoices_late_12m"] = bills[(bills.due_on > day - pd.Timedelta(days=365)) & (bills.paid_on > bills.due_on)
                                   ].groupby("account").size()

usage = read("SELECT u.ref, m.name AS metric, u.day, u.value FROM usage u JOIN metric m ON m.id = u.metric "
             f"WHERE u.day <= '{day.date()}'", "day")
usage["account"] = usage["ref"].map(of)
last = usage.groupby("metric")["day"].max()
usage["age"] = (usage["metric"].map(last) - usage["day"]).dt.days
seen = usage[usage.value > 0].groupby("account")["age"].min()
facts["last_seen_days"] = seen
for metric, how in (("events", "sum"), ("active_users", "max")):
    mine = usage[usage.metric == metric]
    now = mine[mine.age < 28].groupby("account")["value"].agg(how)
    before = mine[(mine.age >= 28) & (mine.age < 56)].groupby("account")["value"].agg(how)
    facts[f"{metric}_28d"] = now
    facts[f"{metric}_change_28d"] = now / before - 1
facts["seat_utilisation"] = facts["active_users_28d"] / facts["seats"]

tickets = read("SELECT ref, opened_on, closed_on, priority, first_response_hours FROM ticket WHERE retired_by IS NULL",
               "opened_on", "closed_on")
tickets["account"] = tickets["ref"].map(of)
open_now = tickets[tickets.closed_on.isna() | (tickets.closed_on > day)]
facts["open_tickets"] = open_now.groupby("account").size()
facts["urgent_tickets"] = open_now[open_now.priority == "urgent"].groupby("account").size()
facts["first_response_hours_90d"] = tickets[tickets.opened_on > day - pd.Timedelta(days=90)
                                            ].groupby("account")["first_response_hours"].mean()
surveys = read("SELECT ref, score, day FROM survey WHERE kind = 'nps' AND retired_by IS NULL", "day")
surveys["account"] = surveys["ref"].map(of)
facts["nps_latest"] = surveys.sort_values("day").groupby("account")["score"].last()
touches = read("SELECT ref, day FROM touch WHERE retired_by IS NULL", "day")
touches["account"] = touches["ref"].map(of)
facts["days_since_touch"] = (day - touches.groupby("account")["day"].max()).dt.days

score = (
    20 * (facts.events_change_28d.clip(-0.5, 0.1) + 0.5) / 0.6 + 15 * (1 - facts.last_seen_days.clip(7, 45) / 45)
    + 10 * facts.seat_utilisation.clip(0.3, 0.8) + 10 * facts.nps_latest / 10
    + 10 * (1 - facts.overdue_days.clip(0, 60) / 60)
)
facts["health"] = score.fillna(0)
facts["tier"] = pd.cut(facts.arr, [-1, 8_000, 30_000, 1e12], labels=["C", "B", "A"])
fired = 0
for n in range(50):
    limit = (7, 15, 30, 60, 90)[n // 10 % 5]
    when = [
        facts.events_change_28d < -limit / 100, facts.overdue_days > limit, facts.last_seen_days > limit,
        facts.open_tickets >= limit, (facts.nps_latest <= limit) & (facts.arr > 5_000), facts.health < limit,
        (facts.days_to_renewal < limit) & (facts.auto_renew == 1), facts.seat_utilisation > limit / 100,
        (facts.days_since_touch > limit) & facts.tier.isin(["A", "B"]), facts.active_users_change_28d < -limit / 100,
    ][n % 10]
    fired += int((when & (facts.employees > 4_900)).sum())
print(len(facts), "accounts,", fired, "conditions hold")
