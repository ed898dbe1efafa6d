-- theme: spans
-- about: What each account paid from when to when, in the reporting currency.
-- Subscriptions, events, contracts and invoices fill native_span (see spans.py) with yearly amounts in their own
-- currency, for each account the first of them that speaks for a time. The last part converts them into mrr_span.

-- part: subscriptions
-- A subscription whose snapshots said one thing only is its row. Else its steps say what held from when to when (see
-- migration 8). Steps of before dated states were kept say amounts alone: the row says the rest.
-- A price in a list of customers is the same sale told once more: another subscription of the account goes before, billing's
-- or that of a better list.
CREATE TEMP TABLE kept_row AS
SELECT s.source, s.key, s.arr, k.place, a.account
FROM kept_source k
JOIN known_subscription s ON s.source = k.name
JOIN account_of a ON a.ref = s.ref;

CREATE TEMP TABLE kept_silent AS
WITH listed AS (
  SELECT DISTINCT w.account FROM kept_row w
),
best AS (
  SELECT l.account, min(coalesce(q.place, 0)) AS place,
         min(CASE WHEN q.place IS NULL THEN 0 WHEN o.arr IS NOT NULL THEN q.place END) AS priced
  FROM listed l
  JOIN account_of b ON b.account = l.account
  JOIN known_subscription o ON o.ref = b.ref
  LEFT JOIN kept_source q ON q.name = o.source
  WHERE o.started_on <= :day
  GROUP BY l.account
)
SELECT w.source, w.key
FROM kept_row w
JOIN best t ON t.account = w.account
WHERE t.priced < w.place OR (w.arr IS NULL AND t.place < w.place);

CREATE TEMP TABLE span_piece AS
WITH base AS (
  SELECT a.account, s.source, s.key AS subscription, s.started_on, s.plan, s.product, s.quantity, s.arr,
         coalesce(s.currency, :currency) AS currency, s.discount,
         -- a cancelled subscription without an end day ended when it was cancelled
         CASE WHEN s.ended_on <= :day THEN s.ended_on
              WHEN s.ended_on IS NULL AND @is_over_subscription(s.status)
                THEN CASE WHEN coalesce(s.cancelled_on, s.started_on) <= :day THEN coalesce(s.cancelled_on, s.started_on) END
         END AS ended_on,
         coalesce(s.trial_ends_on,
                  CASE WHEN s.trial = 1 OR @is_trial_subscription(s.status) THEN '9999-12-31' END,
                  s.started_on) AS trial_ends_on,
         -- a free time that began after the start was none before it
         CASE WHEN s.trial_starts_on > s.started_on AND s.trial_starts_on < s.trial_ends_on THEN s.trial_starts_on END
           AS free_from,
         CASE WHEN @is_paused_subscription(s.status) OR @is_unbegun_subscription(s.status) THEN 1 ELSE 0 END AS idle
  FROM known_subscription s
  JOIN account_of a ON a.ref = s.ref
  WHERE s.started_on <= :day
    AND NOT EXISTS (SELECT 1 FROM known_subscription_step t
                    WHERE t.source = s.source AND t.subscription = s.key AND t.state IS NOT NULL)
    AND NOT EXISTS (SELECT 1 FROM kept_silent k WHERE k.source = s.source AND k.key = s.key)
),
step AS (
  SELECT t.source, t.subscription, t.from_on, t.plan, t.quantity, t.arr, t.currency
  FROM known_subscription_step t
  WHERE t.from_on <= :day AND t.state IS NULL
),
piece AS (
  SELECT b.account, b.source, b.subscription, b.started_on AS from_on, b.plan, b.product, b.quantity, b.arr,
         b.currency, b.discount, b.ended_on, b.trial_ends_on, b.free_from, b.idle
  FROM base b
  WHERE NOT EXISTS (SELECT 1 FROM step t WHERE t.source = b.source AND t.subscription = b.subscription
                    AND t.from_on <= b.started_on)
  UNION ALL
  SELECT b.account, b.source, b.subscription,
         CASE WHEN t.from_on < b.started_on THEN b.started_on ELSE t.from_on END AS from_on,
         coalesce(t.plan, b.plan) AS plan, b.product, coalesce(t.quantity, b.quantity) AS quantity,
         coalesce(t.arr, b.arr) AS arr, coalesce(t.currency, b.currency) AS currency, b.discount, b.ended_on,
         b.trial_ends_on, NULL AS free_from,
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
       d.trial_ends_on, d.free_from, CASE WHEN d.idle = 1 OR d.rests = 1 THEN 1 ELSE 0 END AS idle,
       CASE WHEN d.idle = 1 THEN 0 ELSE d.arr END AS minor
FROM dated d;

CREATE TEMP TABLE span_step AS
SELECT a.account, t.source, t.subscription, t.plan, t.product, t.quantity, coalesce(t.currency, :currency) AS currency,
       t.discount, t.from_on, CASE WHEN t.till_on <= :day THEN t.till_on END AS to_on, t.state, t.trial_till,
       t.rests_since, t.then_arr, t.arr
FROM known_subscription_step t
JOIN known_subscription s ON s.source = t.source AND s.key = t.subscription
JOIN account_of a ON a.ref = s.ref
WHERE t.state IS NOT NULL AND t.from_on <= :day AND (t.till_on IS NULL OR t.till_on > t.from_on)
  AND NOT EXISTS (SELECT 1 FROM kept_silent k WHERE k.source = t.source AND k.key = t.subscription);

INSERT INTO native_span (account, source, subscription, plan, from_on, to_on, minor, status, quantity, currency, product, discount)
SELECT p.account, p.source, p.subscription, p.plan, p.from_on,
       CASE WHEN p.trial_ends_on > :day THEN p.to_on
            WHEN p.to_on IS NULL OR p.to_on > p.trial_ends_on THEN p.trial_ends_on ELSE p.to_on END AS to_on,
       0 AS minor, 'trial' AS status, p.quantity, p.currency, p.product, p.discount
FROM span_piece p
WHERE p.free_from IS NULL AND p.from_on < p.trial_ends_on AND (p.to_on IS NULL OR p.from_on < p.to_on)
UNION ALL
SELECT p.account, p.source, p.subscription, p.plan, p.from_on,
       CASE WHEN p.free_from > :day THEN p.to_on
            WHEN p.to_on IS NULL OR p.to_on > p.free_from THEN p.free_from ELSE p.to_on END AS to_on,
       p.minor, CASE WHEN p.idle = 1 THEN 'idle' ELSE 'running' END AS status, p.quantity, p.currency, p.product, p.discount
FROM span_piece p
WHERE p.from_on < p.free_from AND (p.to_on IS NULL OR p.from_on < p.to_on)
UNION ALL
SELECT p.account, p.source, p.subscription, p.plan, p.free_from AS from_on,
       CASE WHEN p.trial_ends_on > :day THEN p.to_on
            WHEN p.to_on IS NULL OR p.to_on > p.trial_ends_on THEN p.trial_ends_on ELSE p.to_on END AS to_on,
       0 AS minor, 'idle' AS status, p.quantity, p.currency, p.product, p.discount
FROM span_piece p
WHERE p.free_from <= :day AND (p.to_on IS NULL OR p.free_from < p.to_on)
UNION ALL
SELECT p.account, p.source, p.subscription, p.plan,
       CASE WHEN p.from_on < p.trial_ends_on THEN p.trial_ends_on ELSE p.from_on END AS from_on, p.to_on, p.minor,
       CASE WHEN p.idle = 1 THEN 'idle' ELSE 'running' END AS status, p.quantity, p.currency, p.product, p.discount
FROM span_piece p
WHERE p.trial_ends_on <= :day AND (p.to_on IS NULL OR (p.from_on < p.to_on AND p.trial_ends_on < p.to_on))
UNION ALL
-- a trial before anything was paid
SELECT t.account, t.source, t.subscription, t.plan, t.from_on,
       CASE WHEN t.trial_till > :day THEN t.to_on
            WHEN t.to_on IS NULL OR t.to_on > t.trial_till THEN t.trial_till ELSE t.to_on END AS to_on,
       0 AS minor, 'trial' AS status, t.quantity, t.currency, t.product, t.discount
FROM span_step t
WHERE t.rests_since IS NULL AND t.trial_till > t.from_on
UNION ALL
-- one pause, however many snapshots told of it
SELECT t.account, t.source, t.subscription, max(t.plan) AS plan, t.rests_since AS from_on,
       CASE WHEN max(CASE WHEN t.to_on IS NULL AND (t.trial_till IS NULL OR t.trial_till > :day) THEN 1 ELSE 0 END) = 0
            THEN max(CASE WHEN t.to_on IS NULL OR t.to_on > t.trial_till THEN t.trial_till ELSE t.to_on END) END AS to_on,
       0 AS minor, 'idle' AS status, max(t.quantity) AS quantity, max(t.currency) AS currency, max(t.product) AS product,
       max(t.discount) AS discount
FROM span_step t
WHERE t.rests_since IS NOT NULL
GROUP BY t.account, t.source, t.subscription, t.rests_since
UNION ALL
SELECT t.account, t.source, t.subscription, t.plan,
       CASE WHEN t.from_on < t.trial_till THEN t.trial_till ELSE t.from_on END AS from_on, t.to_on,
       CASE WHEN t.rests_since IS NOT NULL THEN t.then_arr ELSE t.arr END AS minor, 'running' AS status, t.quantity,
       t.currency, t.product, t.discount
FROM span_step t
WHERE t.state NOT IN ('paused', 'pending')
  AND (t.trial_till IS NULL OR (t.trial_till <= :day AND (t.to_on IS NULL OR t.trial_till < t.to_on)));

-- part: events
-- ledger_day (see ledgers.py): the last word of each day of a ledger
INSERT INTO native_span (account, source, subscription, from_on, to_on, minor, status, currency, record)
WITH word AS (
  SELECT d.*, lead(d.day) OVER (PARTITION BY d.account, d.chain ORDER BY d.day) AS to_on
  FROM ledger_day d
)
SELECT w.account, w.source, w.subscription, w.day, w.to_on, 12 * w.mrr_after AS minor, 'running' AS status, w.currency, w.key
FROM word w;

-- part: contracts
-- A contract is what records with the same id say, column by column, as in terms.sql; the account's strongest source of
-- contracts speaks. Its amount is for the whole term, and a year's where its end is open.
CREATE TEMP TABLE span_paper_row AS
WITH seen AS (
  SELECT a.account, c.source, c.start_on, c.term_months, c.auto_renew, c.amount, c.uplift, coalesce(c.currency, :currency) AS currency,
         CASE WHEN c.end_on < '2050-01-01' THEN c.end_on END AS end_on,
         CASE WHEN c.source <> 'hand' OR g.day <= :day THEN c.status END AS status, g.day AS said_on, e.value AS ends,
         CASE WHEN c.source = 'hand' THEN 0 ELSE coalesce(s.rank, 50) END AS rank,
         CASE WHEN c.source <> 'hand' OR c.start_on IS NOT NULL
                OR EXISTS (SELECT 1 FROM known_contract o JOIN account_of b ON b.ref = o.ref
                           WHERE b.account = a.account AND o.source <> 'hand' AND o.key = c.key) THEN c.key
              ELSE coalesce((SELECT o.key FROM known_contract o JOIN account_of b ON b.ref = o.ref
                             LEFT JOIN source p ON p.name = o.source
                             WHERE b.account = a.account AND o.source <> 'hand' AND coalesce(o.start_on, :day) <= :day
                             ORDER BY coalesce(p.rank, 50), o.end_on DESC, o.key LIMIT 1), c.key) END AS key,
         -- 1: broken off since it was last seen alive, so what was paid until then stands; 2: never alive, as far as is known;
         -- 3: another took its place, and it counts until that one begins
         CASE WHEN NOT @is_dead_paper(c.status) THEN 0
              WHEN @is_replaced_paper(c.status) THEN 3
              WHEN EXISTS (SELECT 1 FROM main.contract o WHERE o.source = c.source AND o.key = c.key AND o.import_id < c.import_id
                           AND NOT @is_dead_paper(o.status)) THEN 1 ELSE 2 END AS broken
  FROM known_contract c
  JOIN account_of a ON a.ref = c.ref
  LEFT JOIN source s ON s.name = c.source
  LEFT JOIN change_set g ON g.id = coalesce(c.origin_import, c.import_id)
  LEFT JOIN column_reading e ON e.import_id = g.id AND e.word = 'ends_read'
  WHERE c.start_on IS NULL OR c.start_on <= :day
)
SELECT r.*, row_number() OVER (PARTITION BY r.account, r.key ORDER BY r.rank, r.source) AS n FROM seen r;

CREATE INDEX temp.span_paper_row_key ON span_paper_row(account, key, n);

CREATE TEMP TABLE span_paper_told AS
WITH paper AS (
  SELECT a.account, a.key, a.source, CASE WHEN a.source <> 'hand' THEN a.rank ELSE b.rank END AS said_by,
         coalesce(a.start_on, b.start_on, c.start_on) AS start_on, coalesce(a.end_on, b.end_on, c.end_on) AS end_on,
         CASE WHEN a.end_on IS NOT NULL THEN a.ends WHEN b.end_on IS NOT NULL THEN b.ends ELSE c.ends END AS ends,
         coalesce(a.term_months, b.term_months, c.term_months) AS said_months,
         coalesce(a.auto_renew, b.auto_renew, c.auto_renew, 0) AS auto_renew, coalesce(a.uplift, b.uplift, c.uplift) AS uplift,
         coalesce(a.amount, b.amount, c.amount) AS amount,
         CASE WHEN a.amount IS NOT NULL THEN a.currency WHEN b.amount IS NOT NULL THEN b.currency ELSE coalesce(c.currency, a.currency) END AS currency,
         coalesce(a.status, b.status, c.status) AS status,
         CASE WHEN a.status IS NOT NULL THEN a.broken WHEN b.status IS NOT NULL THEN b.broken ELSE coalesce(c.broken, 0) END AS broken,
         CASE WHEN a.status IS NOT NULL THEN a.said_on WHEN b.status IS NOT NULL THEN b.said_on ELSE c.said_on END AS said_on
  FROM span_paper_row a
  LEFT JOIN span_paper_row b ON b.account = a.account AND b.key = a.key AND b.n = 2
  LEFT JOIN span_paper_row c ON c.account = a.account AND c.key = a.key AND c.n = 3
  WHERE a.n = 1
),
dated AS (
  SELECT p.*, CASE WHEN p.end_on IS NULL AND p.said_months >= 1 THEN @add_months(p.start_on, p.said_months, NULL)
              -- where nobody says: an end is the last day of service, unless it makes whole months as the first free one
              WHEN p.ends = 'first_free_day' THEN p.end_on
              WHEN p.ends IS NULL AND @add_months(p.start_on, @months(p.end_on, p.start_on), NULL) = p.end_on AND p.end_on > p.start_on THEN p.end_on
              ELSE @add_days(p.end_on, 1) END AS free_on
  FROM paper p
  WHERE p.start_on <= :day AND p.broken <> 2
    AND NOT (p.end_on IS NULL AND p.said_months IS NULL AND @is_ended_paper(p.status))
),
best AS (
  SELECT account, min(said_by) AS rank FROM dated GROUP BY account
)
SELECT d.*, coalesce(d.said_months, CAST(ROUND(@days(d.free_on, d.start_on) / 30.4375) AS INTEGER)) AS months
FROM dated d
JOIN best b ON b.account = d.account
WHERE (d.said_by IS NULL OR d.said_by = b.rank) AND (d.free_on IS NULL OR d.free_on > d.start_on);

CREATE TEMP TABLE span_paper AS
WITH gone AS (
  SELECT a.account, x.day FROM known_churn x JOIN account_of a ON a.ref = x.ref WHERE x.day <= :day
),
ends AS (
  SELECT z.account, z.key, z.source,
         CASE WHEN z.auto_renew = 1 AND z.broken = 0 AND NOT @is_ended_paper(z.status) THEN NULL ELSE z.free_on END AS to_on
  FROM span_paper_told z
  UNION ALL
  SELECT z.account, z.key, z.source, z.said_on FROM span_paper_told z WHERE z.broken = 1
  UNION ALL
  SELECT z.account, z.key, z.source, g.day FROM span_paper_told z JOIN gone g ON g.account = z.account AND g.day > z.start_on
  UNION ALL
  -- a later contract that begins about where this one ends takes its place; up to 92 days before: an early renewal
  SELECT z.account, z.key, z.source, n.start_on
  FROM span_paper_told z
  JOIN span_paper_told n ON n.account = z.account AND n.start_on > z.start_on AND coalesce(n.free_on, '9999-12-31') > coalesce(z.free_on, '9999-12-31')
  WHERE z.broken = 0 AND n.broken = 0 AND @days(z.free_on, n.start_on) <= 92
  UNION ALL
  SELECT z.account, z.key, z.source, n.start_on
  FROM span_paper_told z
  JOIN span_paper_told n ON n.account = z.account AND n.start_on > z.start_on AND n.broken = 0
  WHERE z.broken = 3
)
SELECT z.account, z.source, z.key, z.start_on, min(coalesce(e.to_on, '9999-12-31')) AS end_on, z.currency, z.amount, z.uplift,
       CASE WHEN z.months >= 1 THEN z.months ELSE 12 END AS months,
       CASE WHEN z.months >= 24 AND z.months % 12 = 0 THEN CAST(z.months / 12.0 AS INTEGER) ELSE 1 END AS years,
       CASE WHEN z.months IS NULL OR z.months < 1 OR z.months % 12 = 0 THEN 12 ELSE z.months END AS step,
       CASE WHEN z.amount IS NULL THEN NULL WHEN z.months IS NULL OR z.months < 1 THEN z.amount * 1.0
            ELSE z.amount * 12.0 / z.months END AS minor
FROM span_paper_told z
JOIN ends e ON e.account = z.account AND e.key = z.key AND e.source = z.source
WHERE z.broken <> 3 OR EXISTS (SELECT 1 FROM span_paper_told n WHERE n.account = z.account AND n.start_on > z.start_on AND n.broken = 0)
GROUP BY z.account, z.source, z.key, z.start_on, z.currency, z.amount, z.uplift, z.months;

-- Without an uplift one span; with one, a span for each year, or each term that is no whole years.
INSERT INTO span_candidate (account, source, subscription, from_on, to_on, minor, status, currency, origin, unit_from, unit_to)
WITH RECURSIVE piece(account, source, key, n, from_on, next_on) AS (
  SELECT p.account, p.source, p.key, 0, p.start_on, CASE WHEN p.uplift <> 0 THEN @add_months(p.start_on, p.step, NULL) ELSE '9999-12-31' END
  FROM span_paper p
  UNION ALL
  SELECT p.account, p.source, p.key, i.n + 1, i.next_on, @add_months(p.start_on, (i.n + 2) * p.step, NULL)
  FROM piece i
  JOIN span_paper p ON p.account = i.account AND p.source = i.source AND p.key = i.key
  WHERE p.uplift <> 0 AND i.n < 60 AND i.next_on < p.end_on AND i.next_on <= :day
),
power(uplift, e, f) AS (
  SELECT DISTINCT p.uplift, 0, 1.0 FROM span_paper p WHERE p.uplift <> 0
  UNION ALL
  SELECT w.uplift, w.e + 1, w.f * (1.0 + w.uplift) FROM power w WHERE w.e < 120
)
SELECT p.account, p.source, p.key, i.from_on,
       CASE WHEN i.next_on < p.end_on THEN CASE WHEN i.next_on <= :day THEN i.next_on END
            WHEN p.end_on <= :day THEN p.end_on END AS to_on,
       CASE WHEN p.uplift IS NULL OR p.uplift = 0 THEN p.minor
            -- the first of so many rising years whose sum is the amount
            WHEN p.years > 1 THEN p.minor * p.years * p.uplift / (y.f - 1.0) * w.f ELSE p.minor * w.f END AS minor,
       'running' AS status, p.currency, 'contracts' AS origin, p.start_on AS unit_from, p.end_on AS unit_to
FROM span_paper p
JOIN piece i ON i.account = p.account AND i.source = p.source AND i.key = p.key
LEFT JOIN power w ON w.uplift = p.uplift AND w.e = CAST(i.n * p.step / 12.0 AS INTEGER)
LEFT JOIN power y ON y.uplift = p.uplift AND y.e = p.years
WHERE i.from_on < p.end_on AND p.amount IS NOT NULL;

-- part: claims
-- The stretches of time for which what counts so far speaks: days that somebody pays for. Trials, free plans and pauses
-- leave room for a contract or an invoice.
CREATE TEMP TABLE span_claim AS
WITH paid AS (
  SELECT s.account, s.source, s.subscription, s.from_on, coalesce(s.to_on, '9999-12-31') AS to_on
  FROM native_span s
  -- a list that tells no price leaves room for whatever does
  WHERE coalesce(s.minor, 1) <> 0 AND NOT (s.minor IS NULL AND s.source IN (SELECT k.name FROM kept_source k))
  UNION ALL
  -- who pays for a subscription that belongs to an account of its own: the invoices to them are that sale
  SELECT b.account, s.source, s.subscription, s.from_on, coalesce(s.to_on, '9999-12-31') AS to_on
  FROM split p
  JOIN account_of b ON b.ref = p.payer
  JOIN native_span s ON s.source = p.source AND s.subscription = p.subscription AND s.account <> b.account
  WHERE coalesce(s.minor, 1) <> 0
),
reached AS (
  SELECT p.*, max(p.to_on) OVER (PARTITION BY p.account ORDER BY p.from_on, p.to_on, p.source, p.subscription
                                 ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS reach
  FROM paid p
),
numbered AS (
  SELECT r.*, sum(CASE WHEN r.reach IS NULL OR r.from_on > r.reach THEN 1 ELSE 0 END)
              OVER (PARTITION BY r.account ORDER BY r.from_on, r.to_on, r.source, r.subscription
                    ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS stretch
  FROM reached r
)
SELECT account, min(from_on) AS from_on, max(to_on) AS to_on FROM numbered GROUP BY account, stretch;

CREATE INDEX temp.span_claim_account ON span_claim(account, from_on);

-- part: kept
-- Where another record says what is paid on the day, a list's unknown price is none of its own.
DELETE FROM native_span
WHERE minor IS NULL AND source IN (SELECT k.name FROM kept_source k)
  AND account IN (SELECT o.account FROM native_span o WHERE o.minor > 0 AND o.from_on <= :day AND (o.to_on IS NULL OR o.to_on > :day));

-- part: choice
-- What the stronger records do not speak for. One that begins inside a stretch bills the same sale, unless it begins in its
-- last month and nothing did before: then it takes over where the stretch ends. So does a contract of which no more than a
-- month lies inside one. One that begins within a month before a stretch, and follows nothing, is that sale written earlier.
CREATE INDEX temp.span_candidate_account ON span_candidate(account, from_on);

INSERT INTO native_span (account, source, subscription, plan, from_on, to_on, minor, status, quantity, currency, product, discount, record, origin)
WITH placed AS (
  SELECT c.*, (SELECT max(k.from_on) FROM span_claim k WHERE k.account = c.account AND k.from_on <= c.from_on AND k.to_on > c.from_on) AS in_from,
         (SELECT max(k.to_on) FROM span_claim k WHERE k.account = c.account AND k.from_on <= c.from_on AND k.to_on > c.from_on) AS in_to,
         (SELECT min(k.from_on) FROM span_claim k WHERE k.account = c.account AND k.from_on > c.from_on) AS next_from
  FROM span_candidate c
)
SELECT c.account, c.source, c.subscription, c.plan, coalesce(c.in_to, c.from_on) AS from_on,
       CASE WHEN c.next_from < coalesce(c.to_on, '9999-12-31') THEN c.next_from ELSE c.to_on END AS to_on,
       c.minor, c.status, c.quantity, c.currency, c.product, c.discount, c.record, c.origin
FROM placed c
WHERE (c.in_to IS NULL
       OR (c.from_on >= @add_days(c.in_to, -31) AND c.from_on >= @add_days(c.in_from, 31) AND coalesce(c.to_on, '9999-12-31') > c.in_to
           AND NOT EXISTS (SELECT 1 FROM span_candidate o WHERE o.account = c.account AND o.from_on >= c.in_from
                           AND o.from_on < @add_days(c.in_to, -31))))
  AND (c.next_from IS NULL OR c.in_to IS NOT NULL OR c.next_from >= coalesce(c.to_on, '9999-12-31') OR @days(c.next_from, c.from_on) > 31
       OR EXISTS (SELECT 1 FROM span_candidate o WHERE o.account = c.account AND o.from_on < c.from_on AND o.to_on >= @add_days(c.from_on, -31))
       OR EXISTS (SELECT 1 FROM span_claim k WHERE k.account = c.account AND k.to_on <= c.from_on AND k.to_on >= @add_days(c.from_on, -31)))
  AND (c.origin <> 'contracts' OR NOT EXISTS (
        SELECT 1 FROM span_claim k WHERE k.account = c.account AND k.from_on < c.unit_to AND k.to_on > c.unit_from
          AND @days(CASE WHEN k.to_on < c.unit_to THEN k.to_on ELSE c.unit_to END,
                    CASE WHEN k.from_on > c.unit_from THEN k.from_on ELSE c.unit_from END) > 31));

-- part: unpriced
-- A contract without an amount, where nothing else says what its account pays in that time: unknown, not nothing.
INSERT INTO native_span (account, source, subscription, from_on, to_on, status, currency, origin)
SELECT p.account, p.source, p.key, p.start_on, CASE WHEN p.end_on <= :day THEN p.end_on END, 'running', p.currency, 'contracts'
FROM span_paper p
WHERE p.amount IS NULL
  AND NOT EXISTS (SELECT 1 FROM span_claim k WHERE k.account = p.account AND k.from_on < p.end_on AND k.to_on > p.start_on);

-- part: conversion
-- An end that some write as the last day of service (31 May, the next begins on 1 June) is no day without service: where an
-- account pays for nothing on the one day between two of its subscriptions, contracts or invoices, the first runs on for it.
CREATE INDEX temp.native_span_account ON native_span(account, from_on);

CREATE TEMP TABLE span_gap AS
SELECT DISTINCT s.account, s.to_on
FROM native_span s
JOIN native_span n ON n.account = s.account AND n.from_on = @add_days(s.to_on, 1) AND (n.source <> s.source OR n.subscription <> s.subscription)
WHERE s.to_on IS NOT NULL AND coalesce(s.minor, 1) > 0 AND coalesce(n.minor, 1) > 0 AND s.origin <> 'events' AND n.origin <> 'events'
  AND NOT EXISTS (SELECT 1 FROM native_span o WHERE o.account = s.account AND o.from_on <= s.to_on AND (o.to_on IS NULL OR o.to_on > s.to_on)
                  AND (coalesce(o.minor, 1) > 0 OR o.status = 'idle'));

CREATE TEMP TABLE whole_span AS
SELECT s.account, s.source, s.subscription, s.plan, s.from_on,
       CASE WHEN g.account IS NOT NULL AND coalesce(s.minor, 1) > 0 THEN @add_days(s.to_on, 1) ELSE s.to_on END AS to_on,
       s.minor, s.status, s.quantity, s.currency, s.product, s.discount, s.record, s.origin
FROM native_span s
LEFT JOIN span_gap g ON g.account = s.account AND g.to_on = s.to_on;

-- nothing is nothing in every currency
INSERT INTO mrr_span
SELECT s.*, s.minor AS arr_minor FROM whole_span s WHERE s.minor = 0;

-- each amount by the rate of its days: a span is cut where the rate changes
INSERT INTO mrr_span
SELECT s.account, s.source, s.subscription, s.plan,
       CASE WHEN x.from_on > s.from_on THEN x.from_on ELSE s.from_on END AS from_on,
       CASE WHEN s.to_on IS NULL OR x.to_on < s.to_on THEN x.to_on ELSE s.to_on END AS to_on,
       s.minor, s.status, s.quantity, s.currency, s.product, s.discount, s.record, s.origin, CAST(ROUND(s.minor * x.factor) AS INTEGER) AS arr_minor
FROM whole_span s
JOIN fx_period x ON x.currency = s.currency AND (s.to_on IS NULL OR x.from_on < s.to_on) AND (x.to_on IS NULL OR x.to_on > s.from_on)
WHERE s.minor <> 0;

-- unknown: an amount that nobody said, and days before the first rate of its currency
INSERT INTO mrr_span
SELECT s.account, s.source, s.subscription, s.plan, s.from_on,
       CASE WHEN s.minor IS NULL OR f.from_on IS NULL OR f.from_on >= s.to_on THEN s.to_on ELSE f.from_on END AS to_on,
       s.minor, s.status, s.quantity, s.currency, s.product, s.discount, s.record, s.origin, NULL AS arr_minor
FROM whole_span s
LEFT JOIN (SELECT currency, min(from_on) AS from_on FROM fx_period GROUP BY currency) f ON f.currency = s.currency
WHERE s.minor IS NULL OR (s.minor <> 0 AND (f.from_on IS NULL OR f.from_on > s.from_on));
