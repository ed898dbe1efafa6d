-- theme: trust
-- after: fiscal contract usage adoption satisfaction relationship
-- about: How much of all this is known, and how fresh it is.
-- fact: facts_known_share | ratio | trust | lags | share of twelve main facts that are known: arr, renewal_date, overdue_amount, last_seen_days, usage_28d, active_users_28d, key_actions_28d, open_tickets, nps_latest, days_since_touch, champion_known, pulse
-- fact: freshness_account | days | trust | lags | days since the CRM last delivered
-- fact: freshness_subscription | days | trust | lags | days since billing last delivered subscriptions
-- fact: freshness_invoice | days | trust | lags | days since invoices were last delivered
-- fact: freshness_usage | days | trust | lags | days since the last day that usage covers
-- fact: freshness_ticket | days | trust | lags | days since tickets were last delivered
-- fact: freshness_survey | days | trust | lags | days since a survey answer was last delivered
-- fact: freshness_deal | days | trust | lags | days since deals were last delivered
-- fact: freshness_touch | days | trust | lags | days since the last touch or note of any account
-- needs: facts_known_share = arr renewal_date overdue_amount last_seen_days usage_28d active_users_28d key_actions_28d open_tickets nps_latest days_since_touch champion_known pulse

SELECT p.account,
       (CASE WHEN f1.arr IS NULL THEN 0 ELSE 1 END + CASE WHEN f2.renewal_date IS NULL THEN 0 ELSE 1 END
        + CASE WHEN f1.overdue_amount IS NULL THEN 0 ELSE 1 END + CASE WHEN f3.last_seen_days IS NULL THEN 0 ELSE 1 END
        + CASE WHEN f3.usage_28d IS NULL THEN 0 ELSE 1 END + CASE WHEN f3.active_users_28d IS NULL THEN 0 ELSE 1 END
        + CASE WHEN f4.key_actions_28d IS NULL THEN 0 ELSE 1 END + CASE WHEN f5.open_tickets IS NULL THEN 0 ELSE 1 END
        + CASE WHEN f5.nps_latest IS NULL THEN 0 ELSE 1 END + CASE WHEN f6.days_since_touch IS NULL THEN 0 ELSE 1 END
        + CASE WHEN f6.champion_known IS NULL THEN 0 ELSE 1 END + CASE WHEN f6.pulse IS NULL THEN 0 ELSE 1 END
       ) / 12.0 AS facts_known_share,
       :age_account AS freshness_account, :age_subscription AS freshness_subscription, :age_invoice AS freshness_invoice,
       :age_usage AS freshness_usage, :age_ticket AS freshness_ticket, :age_survey AS freshness_survey,
       :age_deal AS freshness_deal, :age_touch AS freshness_touch
FROM population p
LEFT JOIN fact_fiscal f1 ON f1.account = p.account
LEFT JOIN fact_contract f2 ON f2.account = p.account
LEFT JOIN fact_usage f3 ON f3.account = p.account
LEFT JOIN fact_adoption f4 ON f4.account = p.account
LEFT JOIN fact_satisfaction f5 ON f5.account = p.account
LEFT JOIN fact_relationship f6 ON f6.account = p.account;
