"""Templates and records are one: every column that a person can deliver is in its template, its source, the docs."""

from __future__ import annotations

import pytest

from cs_cli.definitions.records import DELIVERED, HELPERS, MADE, source_columns
from cs_cli.intake.catalogue import shipped_sources
from cs_cli.intake.templates import templates
from tests.conftest import ROOT

CANONICAL = {source.source.removeprefix("cs_"): source for source in shipped_sources() if source.role == "canonical"}
# what the templates had before: people's sheets and scripts have the columns in this order
OLDER = {
    "account": "account_id,name,domain,industry,country,employees,owner,sold_by,stage,need,tags,parent_id,"
    "last_activity_on,created_on",
    "contact": "contact_id,account_id,name,email,role,left_on",
    "contract": "contract_id,account_id,start,end,notice_days,auto_renew,amount,currency,uplift",
    "subscription": "subscription_id,account_id,plan,quantity,amount,currency,interval,discount,mrr,started_on,"
    "renews_on,term_months,auto_renew,notice_days,cancelled_on,ended_on,status,trial",
    "mrr_event": "event_id,account_id,day,kind,mrr_before,mrr_after",
    "invoice": "invoice_id,account_id,issued_on,due_on,paid_on,amount,amount_paid,currency,status,"
    "service_from,service_to",
    "deal": "deal_id,account_id,name,kind,stage,amount,currency,close_on,owner",
    "ticket": "ticket_id,account_id,requester_email,opened_at,closed_at,priority,status,category,subject,"
    "first_response_hours,reopens,csat",
    "touch": "touch_id,account_id,day,kind,who,sentiment,note",
    "goal": "goal_id,account_id,objective,measure,target,due,status",
    "request": "request_id,account_id,kind,severity,cost,asked_on,due,decider,decision,reason",
}


@pytest.mark.parametrize("kind", DELIVERED)
def test_every_column_of_a_kind_is_in_its_source(kind: str) -> None:
    wanted = set(source_columns(kind)) - set(HELPERS.get(kind, ())) - set(MADE.get(kind, ()))
    assert wanted <= set(CANONICAL[kind].columns)


@pytest.mark.parametrize("kind", CANONICAL)
def test_every_header_is_read_and_every_column_has_one(kind: str) -> None:
    source = CANONICAL[kind]
    ways = [way for spec in source.columns.values() for way in (spec, *spec.else_)]
    # "end|end_date": the template's own name comes first, others are read as well
    read = {one.split("|")[0] for way in ways for one in way.from_}
    keys = {one for one in (*source.key, *source.account.id) if one in source.headers}
    assert set(source.headers) <= read | keys | {"account_id"}
    assert kind == "usage_wide" or read <= set(source.headers)


@pytest.mark.parametrize("kind", OLDER)
def test_new_columns_follow_the_older_ones(kind: str) -> None:
    assert ",".join(templates()[kind]).startswith(OLDER[kind])


def test_the_docs_list_every_template() -> None:
    page = (ROOT / "docs" / "sources.md").read_text("utf-8")
    for kind, headers in templates().items():
        assert f"| {kind} | {', '.join(f'`{one}`' for one in headers)} |" in page, kind


def test_a_file_of_the_whole_template_is_claimed_by_it_alone() -> None:
    from cs_cli.intake.recognise import recognise

    for kind, source in CANONICAL.items():
        if not source.wide:
            assert recognise(source.headers, shipped_sources(), None, "a.csv").source == source.source, kind
