"""Which file holds which table."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date

import billing
import crm
import success
from world import Company


def tables(day: date) -> dict[str, Callable[[list[Company], date], str]]:
    """File name → writer. In this order: the CRM first, so that a folder reads well from the top."""
    stamp = day.isoformat()
    return {
        f"hubspot-crm-exports-all-companies-{stamp}.csv": crm.hubspot_companies,
        f"hubspot-crm-exports-all-contacts-{stamp}.csv": crm.hubspot_contacts,
        f"hubspot-crm-exports-all-deals-{stamp}.csv": crm.hubspot_deals,
        f"nps-delighted-{stamp}.csv": success.nps_answers,
        f"product-usage-{stamp}.csv": success.product_usage,
        f"stripe-customers-{stamp}.csv": billing.stripe_customers,
        f"stripe-invoices-{stamp}.csv": billing.stripe_invoices,
        f"stripe-subscriptions-{stamp}.csv": billing.stripe_subscriptions,
        f"success-churn-{stamp}.csv": success.churns,
        f"success-contracts-{stamp}.csv": success.contracts,
        f"success-goals-{stamp}.csv": success.goals,
        f"success-milestones-{stamp}.csv": success.milestones,
        f"success-touches-{stamp}.csv": success.touches,
        f"zendesk-tickets-{stamp}.csv": success.zendesk_tickets,
    }


def all_files(found: list[Company], day: date) -> Iterator[tuple[str, str]]:
    for name, write in tables(day).items():
        yield name, write(found, day)
