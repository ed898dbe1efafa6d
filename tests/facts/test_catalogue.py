"""Every promised fact exists and is documented; usage windows seek the clustered key."""

from __future__ import annotations

from datetime import date

from cs_cli.definitions.shapes import Settings
from cs_cli.facts import sqltext
from cs_cli.facts.catalogue import facts, names, themes
from cs_cli.facts.compute import Build
from tests.facts.world import World

DAY = date(2025, 6, 30)
PROMISED = """name domain industry country employees plan products need tags owner sold_by status crm_stage tenure_days
parent mrr arr arr_change_90d seats discount overdue_amount overdue_days invoices_late_12m currency renewal_date
days_to_renewal notice_date days_to_notice decide_by days_to_decide auto_renew term_months is_multi_year
cancel_requested renewal_deal_stage open_expansion_amount expansion_agreed_days
renewal_led_by last_seen_days active_users_28d active_users_change_28d
usage_28d usage_change_28d usage_trend_13w seat_utilisation features_used_28d features_change_28d key_actions_28d
activated days_to_first_value onboarding_days onboarding_overdue days_without_value nps_latest nps_min_180d
nps_decision_maker detractors_180d nps_age_days ticket_csat_90d survey_csat_90d open_tickets urgent_tickets tickets_28d
ticket_age_max_days first_response_hours_90d reopened_90d days_since_touch touches_90d qbr_age_days champion_known
champion_left decision_maker_known contacts_90d pulse pulse_age_days pulse_by goals_open goals_late goals_met_12m
milestones_late requests_open requests_red requests_overdue exceptions_cost_12m feedback_open facts_known_share
churned_on renewed_on key_actions_vs_median customer_since first_paid_on mrr_start"""


def test_every_promised_fact_is_documented() -> None:
    assert not set(PROMISED.split()) - set(facts())
    for fact in facts().values():
        assert len(fact.meaning) > 15, fact.name
        assert not set(fact.needs) - set(facts()), fact.name
        assert fact.rows or fact.needs or fact.theme == "trust", fact.name


def test_columns_are_the_documented_facts_in_order() -> None:
    world = World()
    world.facts("2025-06-30")
    for theme in themes().values():
        if not theme.facts:
            continue
        build = Build(world.conn, Settings(), DAY)
        build.theme(theme.name)
        statement = sqltext.statements(theme.text)[-1]
        cursor = world.conn.execute(statement, {name: build.value(name) for name in sqltext.parameters(statement)})
        assert [column[0] for column in cursor.description] == ["account", *(fact.name for fact in theme.facts)]
    world.close()


def test_per_metric_names_are_known() -> None:
    known = names(Settings())
    assert "usage_28d__logins" in known
    assert known["usage_28d__logins"].type == "number"
    assert "usage_28d__" not in known
    assert known["renewal_date"].type == "date"


def test_usage_windows_seek_the_clustered_key() -> None:
    world = World()
    world.account("acme")
    world.use("acme", "events", "2025-06-29", 1)
    world.facts("2025-06-30")
    for theme in ("usage", "adoption", "habit"):
        build = Build(world.conn, Settings(), DAY)
        build.theme("coverage")
        for statement in sqltext.statements(themes()[theme].text):
            if "known_usage u" not in statement or not statement.startswith("CREATE"):
                continue
            select = statement.partition(" AS\n")[2]
            values = {name: build.value(name) for name in sqltext.parameters(select)}
            plan = [row[3] for row in world.conn.execute(f"EXPLAIN QUERY PLAN {select}", values)]
            touched = [line for line in plan if "usage" in line or " u " in line]
            assert any("PRIMARY KEY (ref=? AND metric=?" in line for line in touched), plan
            assert not any(line.startswith(("SCAN main.usage", "SCAN usage", "SCAN u")) for line in plan), plan
            assert "julianday" not in select.partition("WHERE")[2]
    world.close()
