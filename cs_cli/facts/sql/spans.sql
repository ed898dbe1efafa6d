-- theme: spans
-- about: What each account paid from when to when, in the reporting currency.
-- One of three sources fills native_span (see spans.py) with yearly amounts in their own currency: subscriptions, events,
-- invoices. The last part converts them into mrr_span.

-- part: subscriptions
CREATE TEMP TABLE span_piece AS
WITH base AS (
  SELECT a.account, s.source, s.key AS subscription, s.started_on, s.plan, s.product, s.quantity, s.arr,
         coalesce(s.currency, :currency) AS currency, s.discount,
         -- a cancelled subscription without an end day ended when it was cancelled
         CASE WHEN s.ended_on <= :day THEN s.ended_on
              WHEN s.ended_on IS NULL AND @fold(s.status) IN ('canceled', 'cancelled', 'expired', 'ended', 'incomplete_expired')
                THEN CASE WHEN coalesce(s.cancelled_on, s.started_on) <= :day THEN coalesce(s.cancelled_on, s.started_on) END
         END AS ended_on,
         coalesce(s.trial_ends_on,
                  CASE WHEN s.trial = 1 OR @fold(s.status) IN ('trialing', 'trial', 'in_trial') THEN '9999-12-31' END,
                  s.started_on) AS trial_ends_on,
         CASE WHEN @fold(s.status) IN ('paused', 'incomplete', 'incomplete_expired', 'future') THEN 1 ELSE 0 END AS idle
  FROM known_subscription s
  JOIN account_of a ON a.ref = s.ref
  WHERE s.started_on <= :day
),
step AS (
  SELECT t.source, t.subscription, t.from_on, t.plan, t.quantity, t.arr, t.currency
  FROM known_subscription_step t
  WHERE t.from_on <= :day
),
piece AS (
  SELECT b.account, b.source, b.subscription, b.started_on AS from_on, b.plan, b.product, b.quantity, b.arr,
         b.currency, b.discount, b.ended_on, b.trial_ends_on, b.idle
  FROM base b
  WHERE NOT EXISTS (SELECT 1 FROM step t WHERE t.source = b.source AND t.subscription = b.subscription
                    AND t.from_on <= b.started_on)
  UNION ALL
  SELECT b.account, b.source, b.subscription,
         CASE WHEN t.from_on < b.started_on THEN b.started_on ELSE t.from_on END AS from_on,
         coalesce(t.plan, b.plan) AS plan, b.product, coalesce(t.quantity, b.quantity) AS quantity,
         coalesce(t.arr, b.arr) AS arr, coalesce(t.currency, b.currency) AS currency, b.discount, b.ended_on,
         b.trial_ends_on,
         -- a subscription paused today paid until the step that says so: its earlier steps keep their amount
         CASE WHEN t.arr > 0 THEN 0 ELSE b.idle END AS idle
  FROM base b
  JOIN step t ON t.source = b.source AND t.subscription = b.subscription
),
dated AS (
  SELECT p.*, lead(p.from_on) OVER (PARTITION BY p.source, p.subscription ORDER BY p.from_on) AS next_on,
         -- a step to nothing on the same plan is a pause that is over; a step to a free plan is none
         CASE WHEN p.arr = 0 AND lag(p.arr) OVER (PARTITION BY p.source, p.subscription ORDER BY p.from_on) > 0
               AND lag(p.plan) OVER (PARTITION BY p.source, p.subscription ORDER BY p.from_on) = p.plan THEN 1 ELSE 0 END AS rests
  FROM piece p
)
SELECT d.account, d.source, d.subscription, d.plan, d.product, d.quantity, d.currency, d.discount, d.from_on,
       CASE WHEN d.ended_on IS NULL THEN d.next_on
            WHEN d.next_on IS NULL OR d.next_on > d.ended_on THEN d.ended_on
            ELSE d.next_on END AS to_on,
       d.trial_ends_on, CASE WHEN d.idle = 1 OR d.rests = 1 THEN 1 ELSE 0 END AS idle,
       CASE WHEN d.idle = 1 THEN 0 ELSE d.arr END AS minor
FROM dated d;

INSERT INTO native_span (account, source, subscription, plan, from_on, to_on, minor, status, quantity, currency, product, discount)
SELECT p.account, p.source, p.subscription, p.plan, p.from_on,
       CASE WHEN p.trial_ends_on > :day THEN p.to_on
            WHEN p.to_on IS NULL OR p.to_on > p.trial_ends_on THEN p.trial_ends_on ELSE p.to_on END AS to_on,
       0 AS minor, 'trial' AS status, p.quantity, p.currency, p.product, p.discount
FROM span_piece p
WHERE p.from_on < p.trial_ends_on AND (p.to_on IS NULL OR p.from_on < p.to_on)
UNION ALL
SELECT p.account, p.source, p.subscription, p.plan,
       CASE WHEN p.from_on < p.trial_ends_on THEN p.trial_ends_on ELSE p.from_on END AS from_on, p.to_on, p.minor,
       CASE WHEN p.idle = 1 THEN 'idle' ELSE 'running' END AS status, p.quantity, p.currency, p.product, p.discount
FROM span_piece p
WHERE p.trial_ends_on <= :day AND (p.to_on IS NULL OR (p.from_on < p.to_on AND p.trial_ends_on < p.to_on));

-- part: events
-- ledger_day (see ledgers.py): the last word of each day of a ledger
INSERT INTO native_span (account, source, subscription, from_on, to_on, minor, status, currency, record)
WITH word AS (
  SELECT d.*, lead(d.day) OVER (PARTITION BY d.account, d.chain ORDER BY d.day) AS to_on
  FROM ledger_day d
)
SELECT w.account, w.source, w.subscription, w.day, w.to_on, 12 * w.mrr_after AS minor, 'running' AS status, w.currency, w.key
FROM word w;

-- part: invoices
INSERT INTO native_span (account, source, subscription, from_on, to_on, minor, status, currency)
WITH bill AS (
  SELECT a.account, i.source, i.key, i.amount, coalesce(i.currency, :currency) AS currency,
         coalesce(i.service_from, i.issued_on) AS from_on,
         -- a service period counts in whole months: 1 to 31 January is one
         CASE WHEN i.service_from IS NULL OR i.service_to IS NULL THEN 1
              WHEN @days(i.service_to, i.service_from) < 46 THEN 1
              ELSE CAST(ROUND(@days(i.service_to, i.service_from) / 30.4375) AS INTEGER) END AS months
  FROM known_invoice i
  JOIN account_of a ON a.ref = i.ref
  WHERE i.issued_on <= :day AND coalesce(i.service_from, i.issued_on) <= :day
    AND coalesce(@fold(i.status), '') NOT IN ('void', 'voided', 'draft', 'deleted', 'uncollectible')
)
SELECT b.account, b.source, b.key AS subscription, b.from_on,
       CASE WHEN @add_months(b.from_on, b.months, CAST(substr(b.from_on, 9, 2) AS INTEGER)) <= :day
            THEN @add_months(b.from_on, b.months, CAST(substr(b.from_on, 9, 2) AS INTEGER)) END AS to_on,
       b.amount * 12.0 / b.months AS minor, 'running' AS status, b.currency
FROM bill b;

-- part: conversion
-- nothing is nothing in every currency
INSERT INTO mrr_span
SELECT s.*, s.minor AS arr_minor FROM native_span s WHERE s.minor = 0;

-- each amount by the rate of its days: a span is cut where the rate changes
INSERT INTO mrr_span
SELECT s.account, s.source, s.subscription, s.plan,
       CASE WHEN x.from_on > s.from_on THEN x.from_on ELSE s.from_on END AS from_on,
       CASE WHEN s.to_on IS NULL OR x.to_on < s.to_on THEN x.to_on ELSE s.to_on END AS to_on,
       s.minor, s.status, s.quantity, s.currency, s.product, s.discount, s.record, CAST(ROUND(s.minor * x.factor) AS INTEGER) AS arr_minor
FROM native_span s
JOIN fx_period x ON x.currency = s.currency AND (s.to_on IS NULL OR x.from_on < s.to_on) AND (x.to_on IS NULL OR x.to_on > s.from_on)
WHERE s.minor <> 0;

-- unknown: an amount that nobody said, and days before the first rate of its currency
INSERT INTO mrr_span
SELECT s.account, s.source, s.subscription, s.plan, s.from_on,
       CASE WHEN s.minor IS NULL OR f.from_on IS NULL OR f.from_on >= s.to_on THEN s.to_on ELSE f.from_on END AS to_on,
       s.minor, s.status, s.quantity, s.currency, s.product, s.discount, s.record, NULL AS arr_minor
FROM native_span s
LEFT JOIN (SELECT currency, min(from_on) AS from_on FROM fx_period GROUP BY currency) f ON f.currency = s.currency
WHERE s.minor IS NULL OR (s.minor <> 0 AND (f.from_on IS NULL OR f.from_on > s.from_on));
