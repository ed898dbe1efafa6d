-- theme: terms
-- about: The contract terms that run on the day, or ended with no decision. Three months and more renew; shorter ones roll.
-- after: spans billing
--
-- A contract is what contract records with the same id say, column by column: hand over CRM over billing.
-- An entry by hand that names a subscription speaks for that subscription; one that names nothing known and gives no
-- start speaks for the account's contract. An account's strongest source of contracts speaks; what it leaves out
-- (notice, auto-renewal) comes from the weaker ones and from billing. Subscriptions are terms where no contract is.
-- An end in 2050 or later is an open end.
-- An amount is for the whole first term; with an uplift the years of a multi-year term rise by it and still add up to that.
-- A term renews by renewal_term_months. Unsaid, one of up to 12 months renews by its own length, a longer one by 12, which
-- is an assumption and is called one.

CREATE INDEX IF NOT EXISTS temp.account_of_account ON account_of(account);

CREATE TEMP TABLE term_row AS
WITH seen AS (
  SELECT a.account, c.source, c.start_on, c.notice_days, c.auto_renew, c.uplift, c.term_months, c.amount, fx.factor,
         CASE WHEN c.renewal_term_months >= 1 THEN c.renewal_term_months END AS renewal_months,
         CASE WHEN c.end_on < '2050-01-01' THEN c.end_on
              WHEN c.end_on IS NULL AND c.start_on IS NOT NULL AND c.term_months >= 1
              THEN @add_months(c.start_on, c.term_months, CAST(substr(c.start_on, 9, 2) AS INTEGER)) END AS end_on,
         -- a decision by hand counts from the day it was taken
         CASE WHEN c.source <> 'hand' OR g.day <= :day THEN coalesce(@fold(c.status), '') ELSE '' END AS status,
         CASE WHEN c.source = 'hand' THEN 0 ELSE coalesce(s.rank, 50) END AS rank,
         CASE WHEN g.day <= :day THEN 1 ELSE 0 END AS known_then,
         CASE WHEN c.source = 'hand' AND c.end_on IS NOT NULL AND g.day <= :day THEN g.day END AS said_on,
         CASE WHEN c.source <> 'hand' OR c.start_on IS NOT NULL
                OR EXISTS (SELECT 1 FROM known_contract o JOIN account_of b ON b.ref = o.ref
                           WHERE b.account = a.account AND o.source <> 'hand' AND o.key = c.key)
                OR EXISTS (SELECT 1 FROM known_subscription o JOIN account_of b ON b.ref = o.ref
                           WHERE b.account = a.account AND o.key = c.key) THEN c.key
              ELSE coalesce((SELECT o.key FROM known_contract o JOIN account_of b ON b.ref = o.ref
                             LEFT JOIN source p ON p.name = o.source
                             WHERE b.account = a.account AND o.source <> 'hand' AND coalesce(o.start_on, :day) <= :day
                             ORDER BY coalesce(p.rank, 50), o.end_on DESC, o.key LIMIT 1), c.key) END AS key
  FROM known_contract c
  JOIN account_of a ON a.ref = c.ref
  LEFT JOIN source s ON s.name = c.source
  LEFT JOIN change_set g ON g.id = coalesce(c.origin_import, c.import_id)
  LEFT JOIN fx ON fx.currency = coalesce(c.currency, :currency)
)
SELECT r.*, row_number() OVER (PARTITION BY r.account, r.key ORDER BY r.rank, r.source) AS n
FROM seen r
-- a term that begins later is known once it has been entered or imported: then the one before it is decided
WHERE r.start_on IS NULL OR r.start_on <= :day OR r.known_then = 1;

CREATE INDEX temp.term_row_key ON term_row(account, key, n);

CREATE TEMP TABLE term_paper AS
SELECT a.account, a.key, a.source, a.rank, a.said_on,
       CASE WHEN a.source <> 'hand' THEN a.rank ELSE b.rank END AS said_by,
       coalesce(a.start_on, b.start_on, c.start_on) AS start_on, coalesce(a.end_on, b.end_on, c.end_on) AS end_on,
       coalesce(a.notice_days, b.notice_days, c.notice_days) AS notice_days,
       coalesce(a.auto_renew, b.auto_renew, c.auto_renew) AS auto_renew,
       coalesce(a.uplift, b.uplift, c.uplift) AS uplift,
       coalesce(a.amount, b.amount, c.amount) AS amount,
       CASE WHEN a.amount IS NOT NULL THEN a.factor WHEN b.amount IS NOT NULL THEN b.factor ELSE c.factor END AS factor,
       CASE WHEN a.status <> '' THEN a.status WHEN b.status <> '' THEN b.status ELSE coalesce(c.status, '') END AS status,
       coalesce(a.term_months, b.term_months, c.term_months) AS said_months,
       coalesce(a.renewal_months, b.renewal_months, c.renewal_months) AS renewal_months,
       -- a word of a hand that lies on no contract of another source and gives no start is no contract of its own
       CASE WHEN a.source <> 'hand' OR b.key IS NOT NULL OR a.start_on IS NOT NULL THEN 1 ELSE 0 END AS is_paper,
       -- an entry by hand that names a subscription, or the next term of one, speaks for that one alone
       CASE WHEN a.source = 'hand' AND b.key IS NULL THEN
         (SELECT s.key FROM known_subscription s JOIN account_of o ON o.ref = s.ref
          WHERE o.account = a.account AND (s.key = a.key OR s.key = substr(a.key, 1, instr(a.key, '+') - 1))
          ORDER BY s.key DESC LIMIT 1) END AS covers
FROM term_row a
LEFT JOIN term_row b ON b.account = a.account AND b.key = a.key AND b.n = 2
LEFT JOIN term_row c ON c.account = a.account AND c.key = a.key AND c.n = 3
WHERE a.n = 1;

CREATE INDEX temp.term_paper_account ON term_paper(account);

CREATE TEMP TABLE term_lasting AS
WITH best AS (
  SELECT account, min(said_by) AS rank FROM term_paper WHERE end_on IS NOT NULL GROUP BY account
),
billed AS (
  -- what billing says of notice and renewal, where all its longer subscriptions agree
  SELECT a.account, CASE WHEN min(s.notice_days) = max(s.notice_days) THEN min(s.notice_days) END AS notice_days,
         CASE WHEN min(s.auto_renew) = max(s.auto_renew) THEN min(s.auto_renew) END AS auto_renew,
         CASE WHEN min(s.renewal_term_months) = max(s.renewal_term_months) AND min(s.renewal_term_months) >= 1
              THEN min(s.renewal_term_months) END AS renewal_months
  FROM known_subscription s
  JOIN account_of a ON a.ref = s.ref
  WHERE s.started_on <= :day AND (s.ended_on IS NULL OR s.ended_on > :day)
    AND (s.term_months >= 3 OR (s.term_months IS NULL AND (@fold(s.interval) IN ('year', 'half_year', 'quarter')
                                                           OR (@fold(s.interval) = 'month' AND s.interval_count >= 3))))
  GROUP BY a.account
),
kept AS (
  SELECT p.account, p.key, p.source, p.covers, p.end_on, p.uplift, p.amount, p.factor, p.status, p.rank, p.said_on,
         -- no start: as a weaker source has it, else where the term before it ended
         coalesce(p.start_on,
                  (SELECT max(o.start_on) FROM term_paper o WHERE o.account = p.account AND o.rank > p.rank AND o.start_on < p.end_on),
                  (SELECT max(o.end_on) FROM term_paper o WHERE o.account = p.account AND o.end_on < p.end_on)) AS start_on,
         coalesce(p.notice_days, (SELECT max(o.notice_days) FROM term_paper o WHERE o.account = p.account AND o.rank > p.rank),
                  d.notice_days) AS notice_days,
         coalesce(p.auto_renew, (SELECT max(o.auto_renew) FROM term_paper o WHERE o.account = p.account AND o.rank > p.rank),
                  d.auto_renew) AS auto_renew,
         p.said_months,
         coalesce(p.renewal_months, (SELECT max(o.renewal_months) FROM term_paper o WHERE o.account = p.account AND o.rank > p.rank),
                  d.renewal_months) AS said_renewal,
         -- what an entry by hand moved the end of once renews by the subscription's own length
         CASE WHEN p.covers IS NOT NULL THEN (
           SELECT max(CASE WHEN s.term_months > 12 THEN NULL
                           ELSE coalesce(s.term_months, CASE @fold(s.interval) WHEN 'year' THEN 12 WHEN 'half_year' THEN 6
                                         WHEN 'quarter' THEN 3 WHEN 'month' THEN 1 END * coalesce(s.interval_count, 1)) END)
           FROM known_subscription s
           JOIN account_of a ON a.ref = s.ref
           WHERE a.account = p.account AND s.key = p.covers) END AS billed_months
  FROM term_paper p
  LEFT JOIN best b ON b.account = p.account
  LEFT JOIN billed d ON d.account = p.account
  WHERE p.end_on IS NOT NULL AND (p.said_by IS NULL OR p.said_by = b.rank)
    AND NOT @is_dead_paper(p.status)
)
SELECT k.*, coalesce(k.said_months, CASE WHEN k.start_on IS NOT NULL
                THEN CAST(ROUND(@days(k.end_on, k.start_on) / 30.4375) AS INTEGER) END) AS months,
         -- from 29 February, or a 31st: the day of month is the first one's; from the first of a month to the last of
         -- another: that month's last day, whichever it is
         CASE WHEN substr(@add_days(k.end_on, 1), 9, 2) = '01' AND substr(k.start_on, 9, 2) = '01' THEN 31
              WHEN substr(@add_days(k.end_on, 1), 9, 2) = '01' AND substr(k.end_on, 9, 2) < substr(k.start_on, 9, 2)
              THEN CAST(substr(k.start_on, 9, 2) AS INTEGER) ELSE CAST(substr(k.end_on, 9, 2) AS INTEGER) END AS anchor_day
FROM kept k;

CREATE TEMP TABLE term_chain AS
WITH sized AS (
  SELECT l.*,
         CASE WHEN l.said_renewal IS NOT NULL THEN l.said_renewal WHEN l.months <= 12 THEN l.months
              WHEN l.billed_months >= 3 THEN l.billed_months WHEN l.months > 12 AND l.auto_renew = 1 THEN 12 END AS renewal_months,
         CASE WHEN l.said_renewal IS NULL AND l.months > 12 AND coalesce(l.billed_months, 0) < 3 AND l.auto_renew = 1 THEN 1 ELSE 0
              END AS assumed
  FROM term_lasting l
),
gone AS (
  -- whose churn was written down, and who pays nothing any more
  SELECT a.account, max(x.day) AS day
  FROM known_churn x
  JOIN account_of a ON a.ref = x.ref
  WHERE x.day <= :day
    AND NOT EXISTS (SELECT 1 FROM mrr_span m WHERE m.account = a.account AND m.from_on <= :day AND m.origin <> 'contracts'
                    AND (m.to_on IS NULL OR m.to_on > :day) AND coalesce(m.arr_minor, 1) > 0)
  GROUP BY a.account
),
rolled AS (
  -- an auto-renewing contract past its end runs on by whole terms, until the customer leaves
  SELECT k.*,
         -- renewals that its end already counts: a CRM that moves the end and keeps the first start
         CASE WHEN k.covers IS NULL AND k.said_months >= 1 AND k.renewal_months >= 1 AND @months(k.end_on, k.start_on) > k.said_months
              THEN CAST((@months(k.end_on, k.start_on) - k.said_months) / (k.renewal_months * 1.0) + 0.5 AS INTEGER) ELSE 0 END AS past,
         CASE WHEN k.auto_renew = 1 AND k.end_on < :day AND k.renewal_months >= 1
                AND NOT @is_ended_paper(k.status)
                AND (g.day IS NULL OR g.day < coalesce(k.start_on, k.end_on))
              THEN CAST(@months(:day, k.end_on) / (k.renewal_months * 1.0) AS INTEGER)
                   + CASE WHEN @add_months(k.end_on, CAST(@months(:day, k.end_on) / (k.renewal_months * 1.0) AS INTEGER) * k.renewal_months,
                                           k.anchor_day) >= :day THEN 0 ELSE 1 END
              ELSE 0 END AS turns
  FROM sized k
  LEFT JOIN gone g ON g.account = k.account
)
SELECT r.*, row_number() OVER (PARTITION BY r.account, r.covers ORDER BY coalesce(r.start_on, r.end_on), r.end_on, r.source, r.key) AS place
FROM rolled r;

CREATE INDEX temp.term_chain_account ON term_chain(account);

CREATE TEMP TABLE term_contract AS
SELECT c.key AS contract, c.account, c.source, c.covers,
       -- an end by hand moves a subscription's term; it stays the same term
       coalesce(CASE WHEN c.covers = c.key THEN (
                  SELECT max(CAST(@months(c.end_on, s.started_on) / (coalesce(h.said_months, s.term_months,
                    CASE @fold(s.interval) WHEN 'year' THEN 12 WHEN 'half_year' THEN 6 WHEN 'quarter' THEN 3
                         ELSE 1 END * coalesce(s.interval_count, 1)) * 1.0) + 0.5 AS INTEGER))
                  FROM known_subscription s
                  JOIN account_of a ON a.ref = s.ref
                  JOIN term_paper h ON h.account = c.account AND h.key = c.key
                  -- a length of several years is the first term's alone
                  WHERE a.account = c.account AND s.key = c.key AND coalesce(h.said_months, s.term_months, 12) <= 12) END,
                1 + c.past) + c.turns AS ordinal,
       c.start_on AS first_on, c.end_on AS signed_end,
       CASE WHEN c.turns + c.past = 0 THEN c.start_on
            ELSE @add_months(c.end_on, (c.turns - 1) * c.renewal_months, c.anchor_day) END AS start_on,
       CASE WHEN c.turns = 0 THEN c.end_on ELSE @add_months(c.end_on, c.turns * c.renewal_months, c.anchor_day) END AS end_on,
       c.auto_renew, c.notice_days, coalesce(c.months, 12) AS first_months, c.renewal_months, c.said_renewal, c.assumed,
       CASE WHEN c.turns + c.past > 0 THEN c.renewal_months ELSE coalesce(c.months, 12) END AS term_months,
       CASE WHEN c.place + c.turns + c.past > 1 THEN 1 ELSE 0 END AS follows, c.uplift, c.turns, c.status,
       CASE WHEN c.amount IS NULL THEN NULL
            WHEN coalesce(c.months, 12) < 1 THEN CAST(ROUND(c.amount * c.factor) AS INTEGER)
            ELSE CAST(ROUND(c.amount * 12.0 / coalesce(c.months, 12) * c.factor) AS INTEGER) END AS arr_minor,
       CASE WHEN c.amount IS NOT NULL AND c.factor IS NULL THEN 1 ELSE 0 END AS no_rate
FROM term_chain c
WHERE NOT EXISTS (
        -- a later contract that begins about where this one ends took its place; up to 92 days before: an early renewal
        SELECT 1 FROM term_chain n WHERE n.account = c.account AND n.end_on > c.end_on AND n.start_on > c.start_on
          AND coalesce(n.covers, '') = coalesce(c.covers, '') AND NOT @is_lost_paper(n.status)
          AND @days(c.end_on, n.start_on) <= 92 AND (c.turns > 0 OR @days(n.start_on, c.end_on) <= 366))
  -- billing that ended after the contract began, and has not begun again, says that they left; a hand may say otherwise since
  AND NOT (EXISTS (SELECT 1 FROM billing_end e WHERE e.account = c.account AND e.day > coalesce(c.start_on, '')
                   AND e.day > coalesce(c.said_on, ''))
           AND NOT EXISTS (SELECT 1 FROM mrr_span m WHERE m.account = c.account AND m.from_on <= :day
                           AND (m.to_on IS NULL OR m.to_on > :day)))
  AND (c.turns > 0 OR c.end_on >= :day
       OR (@days(:day, c.end_on) <= 365
           AND NOT @is_decided_paper(c.status)
           AND NOT EXISTS (SELECT 1 FROM known_churn x JOIN account_of a ON a.ref = x.ref
                           WHERE a.account = c.account AND x.day <= :day AND x.day >= coalesce(c.start_on, c.end_on))
           -- billing has begun another term of three months or more, so it was renewed
           AND NOT EXISTS (SELECT 1 FROM known_subscription s JOIN account_of a ON a.ref = s.ref
                           WHERE a.account = c.account AND (c.covers IS NULL OR s.key = c.covers)
                             AND s.started_on <= :day AND (s.ended_on IS NULL OR s.ended_on > :day)
                             AND NOT @is_over_subscription(s.status)
                             AND coalesce(s.term_months, CASE @fold(s.interval) WHEN 'year' THEN 12 WHEN 'half_year' THEN 6
                                          WHEN 'quarter' THEN 3 WHEN 'month' THEN 1 END * coalesce(s.interval_count, 1)) >= 3
                             AND (@days(c.end_on, s.started_on) <= 92
                                  OR (@days(s.renews_on, c.end_on) > 31 AND @add_months(s.renews_on,
                                      -coalesce(CASE WHEN s.term_months > 12 THEN coalesce(s.renewal_term_months, 12) ELSE s.term_months END, CASE @fold(s.interval) WHEN 'year' THEN 12 WHEN 'half_year' THEN 6
                                          WHEN 'quarter' THEN 3 WHEN 'month' THEN 1 END * coalesce(s.interval_count, 1)), NULL)
                                      BETWEEN @add_days(c.end_on, -92) AND :day)))
           -- whoever paid and pays nothing any more has left, which is a decision too
           AND NOT (EXISTS (SELECT 1 FROM mrr_span m WHERE m.account = c.account AND m.status = 'running' AND m.origin <> 'contracts')
                    AND NOT EXISTS (SELECT 1 FROM mrr_span m WHERE m.account = c.account
                                    AND m.from_on <= :day AND (m.to_on IS NULL OR m.to_on > :day)))));

CREATE INDEX temp.term_contract_account ON term_contract(account);

CREATE TEMP TABLE term_growth AS
WITH RECURSIVE power(uplift, e, f) AS (
  SELECT DISTINCT c.uplift, 0, 1.0 FROM term_contract c WHERE c.uplift IS NOT NULL
  UNION ALL
  SELECT p.uplift, p.e + 1, p.f * (1.0 + p.uplift) FROM power p WHERE p.e < 60
)
SELECT uplift, e, f FROM power;

-- Since when a subscription is cancelled: on its own day of it, else since an export said that it will not be renewed.
CREATE TEMP TABLE term_leaving AS
WITH state AS (
  SELECT t.source, t.subscription, t.status, t.from_on,
         row_number() OVER (PARTITION BY t.source, t.subscription ORDER BY t.from_on DESC, t.key DESC) AS n
  FROM known_subscription_step t
  WHERE t.state IS NOT NULL AND t.from_on <= :day AND (t.till_on IS NULL OR t.till_on > :day)
)
SELECT s.source, s.key AS subscription,
       CASE WHEN s.cancelled_on IS NOT NULL THEN s.cancelled_on WHEN t.n = 1 THEN t.from_on ELSE coalesce(g.speaks_for, g.day) END AS since
FROM known_subscription s
LEFT JOIN state t ON t.source = s.source AND t.subscription = s.key AND t.n = 1
LEFT JOIN change_set g ON g.id = coalesce(s.origin_import, s.import_id)
WHERE s.cancelled_on <= :day
   OR (s.cancelled_on IS NULL AND t.n = 1 AND @is_leaving_subscription(t.status))
   OR (s.cancelled_on IS NULL AND t.n IS NULL AND @is_leaving_subscription(s.status) AND coalesce(g.speaks_for, g.day) <= :day);

-- Tables, each worked out once per subscription: SQLite would work out a column of a subquery anew at every use.
CREATE TEMP TABLE term_running AS
WITH said AS (
  -- the one contract of the account that names no end: its notice and renewal hold for what is billed
  SELECT p.account, max(p.notice_days) AS notice_days, max(p.auto_renew) AS auto_renew, max(p.uplift) AS uplift,
         max(p.renewal_months) AS renewal_months
  FROM term_paper p
  WHERE p.end_on IS NULL AND p.covers IS NULL AND (p.start_on IS NULL OR p.start_on <= :day)
  GROUP BY p.account
  HAVING count(*) = 1
),
billed AS (
  SELECT s.*, coalesce(s.origin_import, s.import_id) AS said_in,
         CASE @fold(s.interval) WHEN 'year' THEN 12 WHEN 'half_year' THEN 6 WHEN 'quarter' THEN 3
              WHEN 'month' THEN 1 WHEN 'week' THEN 0 WHEN 'day' THEN 0 END * coalesce(s.interval_count, 1) AS months
  FROM known_subscription s
),
kept AS (
  -- the renewal day that a person keeps of a customer whom billing knows
  SELECT w.account, max(w.renews_on) AS renews_on, max(w.term_months) AS term_months, max(w.auto_renew) AS auto_renew,
         max(w.notice_days) AS notice_days
  FROM (SELECT a.account, s.renews_on, s.term_months, s.auto_renew, s.notice_days, k.place,
               min(k.place) OVER (PARTITION BY a.account) AS best
        FROM kept_source k
        JOIN known_subscription s ON s.source = k.name
        JOIN account_of a ON a.ref = s.ref
        WHERE s.renews_on IS NOT NULL AND s.started_on <= :day AND (s.ended_on IS NULL OR s.ended_on > :day)) w
  WHERE w.place = w.best
  GROUP BY w.account
  HAVING count(*) = 1
),
running AS (
  SELECT a.account, s.source, s.key, s.started_on, coalesce(b.renews_on, s.renews_on) AS renews_on, s.months AS bill_months,
         coalesce(h.term_months, s.term_months, CASE WHEN b.account IS NOT NULL THEN coalesce(b.term_months, 12) END) AS said_months,
         -- a billing system's renewal day is its next bill; in a plain table, one that lay beyond the next bill when it was
         -- imported ends a longer term
         CASE WHEN s.renews_on IS NOT NULL AND k.name IS NULL AND b.account IS NULL
                AND @days(s.renews_on, CASE WHEN g.day > s.started_on THEN g.day ELSE s.started_on END) <= 31 + 31 * s.months
              THEN 1 ELSE 0 END AS next_bill,
         CASE WHEN c.name IS NULL THEN 0 ELSE 1 END AS is_plain, CASE WHEN k.name IS NULL AND b.account IS NULL THEN 0 ELSE 1 END AS is_kept,
         CASE WHEN l.since IS NOT NULL THEN 0 ELSE coalesce(h.auto_renew, w.auto_renew, b.auto_renew, s.auto_renew) END AS auto_renew,
         coalesce(h.renewal_months, w.renewal_months, CASE WHEN s.renewal_term_months >= 1 THEN s.renewal_term_months END) AS said_renewal,
         coalesce(h.notice_days, w.notice_days, b.notice_days, s.notice_days) AS notice_days, coalesce(h.uplift, w.uplift) AS uplift,
         CASE WHEN h.amount IS NOT NULL THEN CAST(ROUND(h.amount * h.factor) AS INTEGER) END AS said_minor,
         coalesce(h.status, '') AS status,
         CASE WHEN l.since IS NOT NULL THEN 1 ELSE 0 END AS cancelled, l.since AS cancelled_on
  FROM billed s
  JOIN account_of a ON a.ref = s.ref
  LEFT JOIN change_set g ON g.id = s.said_in
  LEFT JOIN term_leaving l ON l.source = s.source AND l.subscription = s.key
  LEFT JOIN source c ON c.name = s.source AND c.role = 'canonical'
  -- the renewal day in a sheet that a person keeps is no bill, and stands until somebody writes another
  LEFT JOIN kept_source k ON k.name = s.source
  -- billing by the month tells bills and no term: the day in the sheet is its end
  LEFT JOIN kept b ON b.account = a.account AND k.name IS NULL AND s.term_months IS NULL AND s.months < 12
  -- what was said of it without an end: by hand under its id
  LEFT JOIN term_row h ON h.account = a.account AND h.key = s.key AND h.n = 1 AND h.end_on IS NULL
  LEFT JOIN said w ON w.account = a.account
  WHERE s.started_on <= :day AND (s.ended_on IS NULL OR s.ended_on > :day)
    AND (EXISTS (SELECT 1 FROM mrr_span m WHERE m.source = s.source AND m.subscription = s.key AND m.status = 'running'
                 AND m.from_on <= :day AND (m.to_on IS NULL OR m.to_on > :day) AND (m.arr_minor IS NULL OR m.arr_minor > 0))
         -- a list that tells the renewal and no price, of a customer whom invoices or a ledger know: the renewal is the list's
         OR (k.name IS NOT NULL AND s.arr IS NULL
             AND EXISTS (SELECT 1 FROM mrr_span m WHERE m.account = a.account AND m.origin IN ('invoices', 'events') AND m.from_on <= :day
                         AND (m.to_on IS NULL OR m.to_on > :day) AND (m.arr_minor IS NULL OR m.arr_minor > 0))))
    AND NOT EXISTS (SELECT 1 FROM term_contract c WHERE c.account = a.account AND (c.covers IS NULL OR c.covers = s.key))
)
SELECT r.*, coalesce(r.said_months, CASE WHEN r.is_kept = 1 AND r.renews_on IS NULL THEN NULL WHEN r.is_plain = 0 OR r.renews_on IS NULL OR r.next_bill = 1 THEN r.bill_months END) AS months
FROM running r;

CREATE TEMP TABLE term_told AS
WITH sized AS (
  SELECT l.*, @add_months(l.started_on, l.months, CAST(substr(l.started_on, 9, 2) AS INTEGER)) AS first_end,
         coalesce(l.said_renewal, CASE WHEN l.said_months > 12 AND l.bill_months > 12 THEN l.bill_months WHEN l.said_months > 12 THEN 12
                                       ELSE l.months END) AS renewal_months,
         CASE WHEN l.said_renewal IS NULL AND l.said_months > 12 AND coalesce(l.bill_months, 0) <= 12 AND coalesce(l.auto_renew, 1) = 1
              THEN 1 ELSE 0 END AS assumed
  FROM term_running l
)
-- inside a term that is longer than a bill the next bill ends nothing
SELECT z.*, CASE WHEN z.next_bill = 1 AND z.said_months > z.bill_months
                   AND (@days(z.first_end, z.renews_on) > 31
                        OR (z.is_plain = 1 AND z.renewal_months > z.bill_months AND @days(z.renews_on, z.first_end) > 31))
                 THEN NULL ELSE z.renews_on END AS turns_on
FROM sized z;

CREATE TEMP TABLE term_turn AS
WITH anchored AS (
  SELECT r.*, coalesce(r.turns_on, CASE WHEN r.renewal_months <> r.months THEN r.first_end END, r.started_on) AS anchor,
         -- 31 January renews on 30 April and 31 July: the day of month is the first one's
         CASE WHEN r.turns_on IS NULL THEN CAST(substr(r.started_on, 9, 2) AS INTEGER)
              WHEN substr(r.turns_on, 9, 2) < substr(r.started_on, 9, 2) AND substr(@add_days(r.turns_on, 1), 9, 2) = '01'
              THEN CAST(substr(r.started_on, 9, 2) AS INTEGER)
              ELSE CAST(substr(r.turns_on, 9, 2) AS INTEGER) END AS anchor_day,
         -- cancelled (an end dated later is not known yet), or said not to renew itself: its term ends where it ends, and is overdue for a year,
         -- as a contract is
         CASE WHEN r.cancelled = 1 THEN r.cancelled_on
              WHEN (r.auto_renew = 0 OR (r.auto_renew IS NULL AND r.is_kept = 1)) AND r.turns_on BETWEEN @add_days(:day, -365) AND :day THEN r.turns_on
              ELSE :day END AS up_to
  FROM term_told r
)
SELECT a.*, CASE WHEN a.months >= 1 THEN CAST(@months(a.up_to, a.anchor) / (a.renewal_months * 1.0) AS INTEGER)
                 -- floor, also below zero: CAST cuts towards zero
                 - CASE WHEN @months(a.up_to, a.anchor) < 0 AND @months(a.up_to, a.anchor) % a.renewal_months <> 0 THEN 1 ELSE 0 END
            END AS turns
FROM anchored a;

CREATE TEMP TABLE term_edge AS
SELECT t.*, @add_months(t.anchor, t.turns * t.renewal_months, t.anchor_day) AS turn_on
FROM term_turn t
WHERE t.months >= 1;

CREATE TEMP TABLE term_subscription AS
WITH placed AS (
  -- the first turn on or after the day, and after the start
  SELECT e.*, CASE WHEN e.is_kept = 1 AND e.turns_on >= e.up_to THEN e.turns_on
                   WHEN e.turn_on >= e.up_to AND e.turn_on > e.started_on THEN e.turn_on
                   ELSE @add_months(e.anchor, (e.turns + 1) * e.renewal_months, e.anchor_day) END AS turned_on,
         CASE WHEN e.is_kept = 1 AND e.turns_on >= e.up_to THEN @add_months(e.turns_on, -e.renewal_months, e.anchor_day)
              WHEN e.turn_on >= e.up_to AND e.turn_on > e.started_on
              THEN @add_months(e.anchor, (e.turns - 1) * e.renewal_months, e.anchor_day) ELSE e.turn_on END AS before_on
  FROM term_edge e
),
ended AS (
  -- the first term is not over before it has its length
  SELECT p.*, CASE WHEN p.renewal_months <> p.months AND p.turned_on < p.first_end AND NOT (p.is_kept = 1 AND p.turns_on IS NOT NULL) THEN p.first_end ELSE p.turned_on END AS end_on,
         CASE WHEN p.renewal_months = p.months THEN 0 WHEN p.turned_on <= p.first_end THEN 1 ELSE 0 END AS is_first
  FROM placed p
)
SELECT p.key AS contract, p.account, p.source,
       CASE WHEN p.is_first = 1 THEN 1
            WHEN p.renewal_months = p.months THEN CAST(@months(p.end_on, p.started_on) / (p.months * 1.0) + 0.5 AS INTEGER)
            ELSE 1 + CAST(@months(p.end_on, p.first_end) / (p.renewal_months * 1.0) + 0.5 AS INTEGER) END AS ordinal,
       p.started_on AS first_on,
       CASE WHEN (p.is_first = 1 OR p.before_on < p.started_on) AND p.started_on < p.end_on THEN p.started_on ELSE p.before_on END AS start_on, p.end_on,
       p.auto_renew, p.notice_days, CASE WHEN p.is_first = 1 THEN p.months ELSE p.renewal_months END AS term_months,
       CASE WHEN p.auto_renew = 0 AND p.said_renewal IS NULL AND p.said_months > 12 THEN NULL ELSE p.renewal_months END AS renewal_months,
       p.said_renewal, p.assumed, p.uplift,
       CAST(ROUND(p.said_minor * 12.0 / p.months) AS INTEGER) AS said_minor, p.status, p.cancelled, p.cancelled_on
FROM ended p
WHERE p.cancelled = 0 OR p.end_on >= @add_days(:day, -365)
UNION ALL
-- no term length but a renewal day: that day stands, overdue once it has passed
SELECT a.key, a.account, a.source, 1, a.started_on, a.started_on, a.renews_on, a.auto_renew, a.notice_days,
       CAST(ROUND(@days(a.renews_on, a.started_on) / 30.4375) AS INTEGER), a.said_renewal, a.said_renewal, 0, a.uplift, a.said_minor, a.status,
       a.cancelled, a.cancelled_on
FROM term_turn a
WHERE a.months IS NULL AND a.renews_on IS NOT NULL
UNION ALL
-- billed by the week or the day, or nothing said: it rolls on
SELECT a.key, a.account, a.source, 1, a.started_on, a.started_on, NULL, a.auto_renew, a.notice_days, coalesce(a.months, 0), NULL, NULL, 0,
       a.uplift, a.said_minor, a.status, a.cancelled, a.cancelled_on
FROM term_turn a
WHERE a.months = 0 OR (a.months IS NULL AND a.renews_on IS NULL);

CREATE INDEX temp.term_subscription_account ON term_subscription(account);

-- Every line before co-termed ones are put together. decided: what was said of it by hand or in the data.
CREATE TEMP TABLE term_part AS
WITH paid AS (
  SELECT m.account, '' AS covers, CASE WHEN count(*) = count(m.arr_minor) THEN sum(m.arr_minor) END AS arr_minor
  FROM mrr_span m
  WHERE m.from_on <= :day AND (m.to_on IS NULL OR m.to_on > :day)
  GROUP BY m.account
  UNION ALL
  SELECT m.account, m.subscription, CASE WHEN count(*) = count(m.arr_minor) THEN sum(m.arr_minor) END
  FROM mrr_span m
  WHERE m.account IN (SELECT t.account FROM term_contract t WHERE t.covers IS NOT NULL)
    AND m.from_on <= :day AND (m.to_on IS NULL OR m.to_on > :day)
  GROUP BY m.account, m.subscription
),
aged AS (
  -- whole years since the first term began: in turns of its own, and within a term of several years
  SELECT t.*, p.arr_minor AS paid_minor,
         count(*) OVER (PARTITION BY t.account, coalesce(t.covers, '')) AS papers,
         CASE WHEN t.first_months >= 24 AND t.first_months % 12 = 0 THEN CAST(t.first_months / 12.0 AS INTEGER) ELSE 1 END AS first_years,
         CASE WHEN t.term_months >= 24 AND t.term_months % 12 = 0 THEN CAST(t.term_months / 12.0 AS INTEGER) ELSE 1 END AS years,
         -- months of all the terms before this one
         CASE WHEN t.turns = 0 THEN 0 ELSE t.first_months + (t.turns - 1) * t.renewal_months END AS months_before,
         CASE WHEN t.start_on > :day OR t.term_months < 24 OR t.term_months % 12 <> 0 THEN 0
              ELSE CAST((@months(CASE WHEN t.end_on < :day THEN @add_days(t.end_on, -1) ELSE :day END, t.start_on)
                         - CASE WHEN substr(CASE WHEN t.end_on < :day THEN @add_days(t.end_on, -1) ELSE :day END, 9, 2)
                                     < substr(t.start_on, 9, 2) THEN 1 ELSE 0 END) / 12.0 AS INTEGER) END AS year
  FROM term_contract t
  -- what speaks for one subscription is worth what is paid for that one
  LEFT JOIN paid p ON p.account = t.account AND p.covers = coalesce(t.covers, '')
),
grown AS (
  SELECT a.*, CAST(a.months_before / 12.0 AS INTEGER) + CASE WHEN a.year >= a.years THEN a.years - 1 ELSE a.year END AS e_now,
         CAST((a.months_before + a.term_months) / 12.0 AS INTEGER) AS e_next
  FROM aged a
),
raised AS (
  SELECT g.*, coalesce(u.f, 1.0) AS f_now, coalesce(v.f, 1.0) AS f_next,
         -- the first of so many rising years whose sum is the amount
         CASE WHEN g.first_years > 1 AND g.uplift > 0 THEN g.arr_minor * g.first_years * g.uplift / (w.f - 1.0) ELSE g.arr_minor END AS first_minor
  FROM grown g
  LEFT JOIN term_growth u ON u.uplift = g.uplift AND u.e = g.e_now
  LEFT JOIN term_growth v ON v.uplift = g.uplift AND v.e = g.e_next
  LEFT JOIN term_growth w ON w.uplift = g.uplift AND w.e = g.first_years
),
both_kinds AS (
  SELECT t.contract, t.account, t.source, t.ordinal, t.follows, t.first_on, t.start_on, t.end_on, t.auto_renew, t.notice_days,
         t.term_months, t.renewal_months, t.said_renewal, t.assumed, t.uplift,
         -- renewed by itself, and no contract says at what price: as it is paid, else raised by the uplift of every year
         CASE WHEN t.turns > 0 AND t.papers = 1 AND t.paid_minor > 0 THEN t.paid_minor
              -- nor does one that names no amount
              WHEN t.first_minor IS NULL AND t.no_rate = 0 AND t.papers = 1 THEN t.paid_minor
              ELSE CAST(ROUND(t.first_minor * t.f_now) AS INTEGER) END AS arr_minor,
         t.f_next / t.f_now AS lift,
         t.no_rate, t.status, 0 AS cancelled, 'contract' AS origin
  FROM raised t
  UNION ALL
  SELECT t.contract, t.account, t.source, t.ordinal, CASE WHEN t.ordinal > 1 THEN 1 ELSE 0 END, t.first_on, t.start_on, t.end_on,
         t.auto_renew, t.notice_days, t.term_months, t.renewal_months, t.said_renewal, t.assumed, t.uplift,
         coalesce(t.said_minor,
                  (SELECT CASE WHEN count(*) = count(m.arr_minor) THEN sum(m.arr_minor) END FROM mrr_span m
                   WHERE m.account = t.account AND m.source = t.source AND m.subscription = t.contract
                     AND m.from_on <= :day AND (m.to_on IS NULL OR m.to_on > :day)),
                  -- a list that tells no price: what the account pays
                  CASE WHEN t.source IN (SELECT k.name FROM kept_source k)
                         AND NOT EXISTS (SELECT 1 FROM mrr_span m WHERE m.source = t.source AND m.subscription = t.contract) THEN
                    (SELECT CASE WHEN count(*) = count(m.arr_minor) THEN sum(m.arr_minor) END FROM mrr_span m
                     WHERE m.account = t.account AND m.from_on <= :day AND (m.to_on IS NULL OR m.to_on > :day)) END) AS arr_minor,
         1.0 + coalesce(t.uplift, 0) AS lift, 1 AS no_rate, t.status, t.cancelled, 'subscription' AS origin
  FROM term_subscription t
  -- cancelled, and another of the account's began about where it ends: replaced, not lost
  WHERE NOT (t.cancelled = 1 AND EXISTS (
    SELECT 1 FROM term_subscription n WHERE n.account = t.account AND n.first_on > t.first_on AND n.end_on > t.end_on
      AND n.cancelled = 0 AND @days(t.end_on, n.first_on) <= 92 AND @days(n.first_on, t.cancelled_on) BETWEEN -31 AND 31))
  UNION ALL
  -- a contract with an open end rolls on, whatever else the account has; the strongest source of contracts speaks
  SELECT p.key, p.account, p.source, 1, 0, p.start_on, p.start_on, NULL, p.auto_renew, p.notice_days, 0, NULL, NULL, 0, p.uplift,
         CASE WHEN p.amount IS NOT NULL THEN CAST(ROUND(p.amount * p.factor) AS INTEGER) END, 1.0,
         CASE WHEN p.amount IS NOT NULL AND p.factor IS NULL THEN 1 ELSE 0 END, p.status, 0, 'contract'
  FROM term_paper p
  WHERE p.end_on IS NULL AND (p.start_on IS NULL OR p.start_on <= :day)
    AND NOT @is_dead_paper(p.status) AND NOT @is_ended_paper(p.status)
    AND ((p.is_paper = 1 AND p.covers IS NULL
          AND NOT EXISTS (SELECT 1 FROM term_paper o WHERE o.account = p.account AND o.end_on IS NOT NULL AND o.said_by < p.said_by))
         OR NOT (EXISTS (SELECT 1 FROM term_subscription s WHERE s.account = p.account)
                 OR EXISTS (SELECT 1 FROM term_contract c WHERE c.account = p.account)))
    AND NOT (EXISTS (SELECT 1 FROM billing_end e WHERE e.account = p.account AND e.day > coalesce(p.start_on, ''))
             AND NOT EXISTS (SELECT 1 FROM mrr_span m WHERE m.account = p.account AND m.from_on <= :day
                             AND (m.to_on IS NULL OR m.to_on > :day)))
),
named AS (
  SELECT b.*, row_number() OVER (PARTITION BY b.contract ORDER BY b.source, b.account) AS same,
         CASE WHEN b.term_months >= 3 AND b.end_on IS NOT NULL THEN 0 ELSE 1 END AS rolling,
         CASE WHEN @is_lost_paper(b.status) THEN 'churned' END AS decided
  FROM both_kinds b
)
SELECT n.*, CASE WHEN n.same = 1 THEN n.contract ELSE n.source || ':' || n.contract || ':' || n.account END AS part
FROM named n;

CREATE TEMP TABLE term_line AS
-- what ends on one day is one renewal: the line has the id of the one that began first
SELECT p.*, first_value(p.part) OVER (PARTITION BY p.account, p.origin, p.end_on, p.decided ORDER BY p.first_on, p.part) AS line
FROM term_part p
WHERE p.rolling = 0
UNION ALL
SELECT p.*, p.part
FROM term_part p
WHERE p.rolling <> 0;

CREATE TEMP TABLE term AS
WITH grouped AS (
  SELECT l.line, l.rolling, l.origin, l.account, l.end_on, l.decided,
         max(CASE WHEN l.part = l.line THEN l.source END) AS source, max(CASE WHEN l.part = l.line THEN l.ordinal END) AS ordinal,
         max(CASE WHEN l.part = l.line THEN l.first_on END) AS first_on, max(CASE WHEN l.part = l.line THEN l.start_on END) AS start_on,
         count(*) AS parts, max(l.notice_days) AS notice_days, min(l.auto_renew) AS auto_renew,
         max(l.term_months) AS term_months, max(l.renewal_months) AS renewal_months, max(l.assumed) AS assumed,
         max(CASE WHEN l.part = l.line THEN l.follows END) AS follows, max(l.no_rate) AS no_rate, max(l.cancelled) AS cancelled,
         CASE WHEN count(*) = count(l.arr_minor) THEN sum(l.arr_minor) END AS arr_minor,
         CASE WHEN count(*) = count(l.arr_minor) THEN sum(l.arr_minor * l.lift) END AS next_minor, max(l.lift) AS lift,
         max(l.uplift) AS uplift
  FROM term_line l
  GROUP BY l.line, l.rolling, l.origin, l.account, l.end_on, l.decided
),
named AS (
  SELECT g.*, count(*) OVER (PARTITION BY g.account) AS siblings
  FROM grouped g
),
worth AS (
  SELECT n.*,
         -- a contract without an amount is worth what its account pays, when it is the only one
         CASE WHEN n.arr_minor IS NOT NULL THEN n.arr_minor
              WHEN n.no_rate = 0 AND n.siblings = 1 THEN
                (SELECT CASE WHEN count(*) = count(m.arr_minor) THEN sum(m.arr_minor) END FROM mrr_span m
                 WHERE m.account = n.account AND m.from_on <= :day AND (m.to_on IS NULL OR m.to_on > :day))
         END AS value_minor
  FROM named n
)
SELECT n.line AS contract, n.account, n.source, n.ordinal, n.first_on, n.start_on, n.end_on,
       CASE WHEN n.rolling = 0 THEN n.end_on END AS renewal_date,
       CASE WHEN n.rolling = 0 THEN @add_days(n.end_on, -n.notice_days) END AS notice_date,
       CASE WHEN n.rolling = 0 THEN coalesce(@add_days(n.end_on, -n.notice_days), n.end_on) END AS decide_by,
       n.auto_renew, n.notice_days, n.term_months, n.renewal_months AS renewal_term_months, n.assumed, n.follows, CASE WHEN n.term_months >= 18 THEN 1 ELSE 0 END AS is_multi_year,
       ROUND(n.value_minor / :unit, :places) AS arr,
       n.rolling, n.origin, CASE WHEN n.end_on < :day AND n.rolling = 0 THEN 1 ELSE 0 END AS overdue,
       n.uplift, ROUND(coalesce(n.next_minor, n.value_minor * n.lift) / :unit, :places) AS expected,
       n.parts, n.cancelled
FROM worth n
WHERE n.decided IS NULL;
