-- theme: terms
-- about: The contract terms that run on the day, or ended with no decision. Three months and more renew; shorter ones roll.
-- after: spans

CREATE TEMP TABLE term_contract AS
WITH signed AS (
  SELECT a.account, c.source, c.key, c.start_on, c.end_on, c.notice_days, c.auto_renew, c.uplift,
         CASE WHEN c.source = 'hand' THEN 0 ELSE coalesce(s.rank, 50) END AS rank,
         coalesce(c.term_months, CASE WHEN c.start_on IS NOT NULL
           THEN CAST(ROUND(@days(c.end_on, c.start_on) / 30.4375) AS INTEGER) END) AS months,
         coalesce(@fold(c.status), '') AS status, c.amount, fx.factor
  FROM known_contract c
  JOIN account_of a ON a.ref = c.ref
  LEFT JOIN source s ON s.name = c.source
  LEFT JOIN fx ON fx.currency = coalesce(c.currency, :currency)
  WHERE c.end_on IS NOT NULL AND (c.start_on IS NULL OR c.start_on <= :day)
    AND coalesce(@fold(c.status), '') NOT IN ('draft', 'void', 'cancelled', 'canceled', 'terminated')
),
best AS (
  SELECT account, min(rank) AS rank FROM signed GROUP BY account
),
kept AS (
  -- the best informed source speaks; what it leaves out comes from the others' term of the same end or start
  SELECT s.account, s.source, s.key, s.end_on, s.amount, s.factor, s.status, s.months,
         coalesce(s.start_on, (SELECT max(o.start_on) FROM signed o WHERE o.account = s.account AND o.start_on < s.end_on)) AS start_on,
         coalesce(s.notice_days, (SELECT max(o.notice_days) FROM signed o WHERE o.account = s.account)) AS notice_days,
         coalesce(s.auto_renew, (SELECT max(o.auto_renew) FROM signed o WHERE o.account = s.account)) AS auto_renew
  FROM signed s
  JOIN best b ON b.account = s.account AND b.rank = s.rank
),
rolled AS (
  -- an auto-renewing contract past its end runs on by whole terms
  SELECT k.*,
         CASE WHEN k.auto_renew = 1 AND k.end_on < :day AND k.months >= 1 AND k.status NOT IN ('churned', 'expired', 'lost', 'ended')
              THEN CASE WHEN @add_months(k.end_on, CAST(@months(:day, k.end_on) / (k.months * 1.0) AS INTEGER) * k.months, CAST(substr(k.end_on, 9, 2) AS INTEGER)) >= :day
                        THEN CAST(@months(:day, k.end_on) / (k.months * 1.0) AS INTEGER)
                        ELSE CAST(@months(:day, k.end_on) / (k.months * 1.0) AS INTEGER) + 1 END
              ELSE 0 END AS turns
  FROM kept k
),
chain AS (
  SELECT r.*, row_number() OVER (PARTITION BY r.account ORDER BY coalesce(r.start_on, r.end_on), r.end_on, r.source, r.key) AS place
  FROM rolled r
)
SELECT c.key AS contract, c.account, c.source, c.place + c.turns AS ordinal, c.start_on AS first_on,
       CASE WHEN c.turns = 0 THEN c.start_on
            ELSE @add_months(c.end_on, (c.turns - 1) * c.months, CAST(substr(c.end_on, 9, 2) AS INTEGER)) END AS start_on,
       @add_months(c.end_on, c.turns * coalesce(c.months, 12), CAST(substr(c.end_on, 9, 2) AS INTEGER)) AS end_on,
       c.auto_renew, c.notice_days, coalesce(c.months, 12) AS term_months,
       CASE WHEN c.amount IS NULL THEN NULL
            WHEN coalesce(c.months, 12) < 1 THEN CAST(ROUND(c.amount * c.factor) AS INTEGER)
            ELSE CAST(ROUND(c.amount * 12.0 / coalesce(c.months, 12) * c.factor) AS INTEGER) END AS arr_minor,
       CASE WHEN c.amount IS NOT NULL AND c.factor IS NULL THEN 1 ELSE 0 END AS no_rate
FROM chain c
WHERE NOT EXISTS (
        -- a later contract that begins about where this one ends took its place
        SELECT 1 FROM chain n WHERE n.account = c.account AND n.end_on > c.end_on AND n.start_on > c.start_on
          AND @days(c.end_on, n.start_on) <= 92 AND @days(n.start_on, c.end_on) <= 366)
  AND (c.turns > 0 OR c.end_on >= :day
       OR (@days(:day, c.end_on) <= 365 AND c.status NOT IN ('churned', 'expired', 'lost', 'ended')
           AND NOT EXISTS (SELECT 1 FROM known_churn x JOIN account_of a ON a.ref = x.ref
                           WHERE a.account = c.account AND x.day <= :day AND x.day >= c.start_on)));

CREATE TEMP TABLE term_subscription AS
WITH running AS (
  SELECT a.account, s.source, s.key, s.started_on, s.renews_on, s.auto_renew, s.notice_days,
         coalesce(s.term_months,
                  CASE @fold(s.interval) WHEN 'year' THEN 12 WHEN 'half-year' THEN 6 WHEN 'quarter' THEN 3
                       WHEN 'month' THEN 1 WHEN 'week' THEN 0 WHEN 'day' THEN 0 END * coalesce(s.interval_count, 1)) AS months
  FROM known_subscription s
  JOIN account_of a ON a.ref = s.ref
  WHERE s.started_on <= :day AND (s.ended_on IS NULL OR s.ended_on > :day)
    AND EXISTS (SELECT 1 FROM mrr_span m WHERE m.source = s.source AND m.subscription = s.key AND m.status = 'running'
                AND m.from_on <= :day AND (m.to_on IS NULL OR m.to_on > :day) AND (m.arr_minor IS NULL OR m.arr_minor > 0))
    AND NOT EXISTS (SELECT 1 FROM term_contract c WHERE c.account = a.account)
),
anchored AS (
  SELECT r.*, coalesce(r.renews_on, r.started_on) AS anchor,
         -- 31 January renews on 30 April and 31 July: the day of month is the first one's
         CASE WHEN r.renews_on IS NULL THEN CAST(substr(r.started_on, 9, 2) AS INTEGER)
              WHEN substr(r.renews_on, 9, 2) < substr(r.started_on, 9, 2) AND substr(@add_days(r.renews_on, 1), 9, 2) = '01'
              THEN CAST(substr(r.started_on, 9, 2) AS INTEGER)
              ELSE CAST(substr(r.renews_on, 9, 2) AS INTEGER) END AS anchor_day
  FROM running r
),
counted AS (
  SELECT a.*, CAST(@months(:day, a.anchor) / (a.months * 1.0) AS INTEGER)
              -- floor, also below zero: CAST cuts towards zero
              - CASE WHEN @months(:day, a.anchor) < 0 AND @months(:day, a.anchor) % a.months <> 0 THEN 1 ELSE 0 END AS turns
  FROM anchored a
  WHERE a.months >= 1
),
placed AS (
  SELECT c.*, CASE WHEN @add_months(c.anchor, c.turns * c.months, c.anchor_day) >= :day
                    AND @add_months(c.anchor, c.turns * c.months, c.anchor_day) > c.started_on
                   THEN c.turns ELSE c.turns + 1 END AS turn
  FROM counted c
)
SELECT p.key AS contract, p.account, p.source,
       CAST(@months(@add_months(p.anchor, p.turn * p.months, p.anchor_day), p.started_on) / (p.months * 1.0) + 0.5 AS INTEGER) AS ordinal,
       p.started_on AS first_on,
       CASE WHEN @add_months(p.anchor, (p.turn - 1) * p.months, p.anchor_day) < p.started_on THEN p.started_on
            ELSE @add_months(p.anchor, (p.turn - 1) * p.months, p.anchor_day) END AS start_on,
       @add_months(p.anchor, p.turn * p.months, p.anchor_day) AS end_on,
       p.auto_renew, p.notice_days, p.months AS term_months
FROM placed p
UNION ALL
-- no term length but a renewal day: that day stands, overdue once it has passed
SELECT a.key, a.account, a.source, 1, a.started_on, a.started_on, a.renews_on, a.auto_renew, a.notice_days,
       CAST(ROUND(@days(a.renews_on, a.started_on) / 30.4375) AS INTEGER)
FROM anchored a
WHERE a.months IS NULL AND a.renews_on IS NOT NULL
UNION ALL
-- billed by the week or the day, or nothing said: it rolls on
SELECT a.key, a.account, a.source, 1, a.started_on, a.started_on, NULL, a.auto_renew, a.notice_days, coalesce(a.months, 0)
FROM anchored a
WHERE a.months = 0 OR (a.months IS NULL AND a.renews_on IS NULL);

CREATE TEMP TABLE term AS
WITH both_kinds AS (
  SELECT t.contract, t.account, t.source, t.ordinal, t.first_on, t.start_on, t.end_on, t.auto_renew, t.notice_days,
         t.term_months, t.arr_minor, t.no_rate, 'contract' AS origin
  FROM term_contract t
  UNION ALL
  SELECT t.contract, t.account, t.source, t.ordinal, t.first_on, t.start_on, t.end_on, t.auto_renew, t.notice_days,
         t.term_months,
         (SELECT CASE WHEN count(*) = count(m.arr_minor) THEN sum(m.arr_minor) END FROM mrr_span m
          WHERE m.account = t.account AND m.source = t.source AND m.subscription = t.contract
            AND m.from_on <= :day AND (m.to_on IS NULL OR m.to_on > :day)) AS arr_minor,
         1 AS no_rate, 'subscription' AS origin
  FROM term_subscription t
),
named AS (
  SELECT b.*, row_number() OVER (PARTITION BY b.contract ORDER BY b.source, b.account) AS same,
         count(*) OVER (PARTITION BY b.account, b.origin) AS siblings,
         CASE WHEN b.term_months >= 3 AND b.end_on IS NOT NULL THEN 0 ELSE 1 END AS rolling
  FROM both_kinds b
)
SELECT CASE WHEN n.same = 1 THEN n.contract ELSE n.source || ':' || n.contract || ':' || n.account END AS contract,
       n.account, n.source, n.ordinal, n.first_on, n.start_on, n.end_on,
       CASE WHEN n.rolling = 0 THEN n.end_on END AS renewal_date,
       CASE WHEN n.rolling = 0 THEN @add_days(n.end_on, -n.notice_days) END AS notice_date,
       CASE WHEN n.rolling = 0 THEN coalesce(@add_days(n.end_on, -n.notice_days), n.end_on) END AS decide_by,
       n.auto_renew, n.notice_days, n.term_months, CASE WHEN n.term_months >= 18 THEN 1 ELSE 0 END AS is_multi_year,
       -- a contract without an amount is worth what its account pays, when it is the only one
       ROUND(CASE WHEN n.arr_minor IS NOT NULL THEN n.arr_minor
                  WHEN n.no_rate = 0 AND n.siblings = 1 THEN
                    (SELECT CASE WHEN count(*) = count(m.arr_minor) THEN sum(m.arr_minor) END FROM mrr_span m
                     WHERE m.account = n.account AND m.from_on <= :day AND (m.to_on IS NULL OR m.to_on > :day))
             END / :unit, :places) AS arr,
       n.rolling, n.origin, CASE WHEN n.end_on < :day AND n.rolling = 0 THEN 1 ELSE 0 END AS overdue
FROM named n;
