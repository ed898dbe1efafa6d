-- theme: fiscal
-- about: What an account pays, owes and how that moved.
-- after: spans
-- rows: subscription subscription_step mrr_event invoice
-- fact: mrr | money | fiscal | lags | monthly recurring revenue on the day: the sum of running amounts per month, after discount; trials, free and paused count 0
-- fact: arr | money | fiscal | lags | annual recurring revenue on the day: the sum of running amounts per year
-- fact: arr_change_90d | ratio | fiscal | lags | ARR against ARR 90 days before, as a fraction (-0.2 is a fifth less); unknown when there was none
-- fact: seats | number | fiscal | lags | seats (quantity) of running subscriptions
-- fact: discount | ratio | fiscal | lags | the highest discount on a running subscription
-- fact: plan | text | firmographic | lags | plan of the largest running subscription
-- fact: products | text | firmographic | lags | products of running subscriptions, in alphabetical order
-- fact: currency | text | fiscal | lags | currency of the running subscriptions, or "mixed"
-- fact: overdue_amount | money | fiscal | lags | unpaid rest of invoices that were past their due day when an export last told of them
-- fact: overdue_days | days | fiscal | lags | days since the oldest of those invoices was due; 0 when none is overdue
-- fact: due_unconfirmed_amount | money | fiscal | lags | unpaid rest of invoices that fell due since their last export: not known whether paid, no part of overdue_amount
-- fact: invoices_late_12m | number | fiscal | lags | invoices due in the last 365 days that were paid late or are overdue
-- fact: payment_failed | flag | fiscal | leads | billing says that a payment failed and it is still unpaid
-- fact: contraction_28d | money | fiscal | lags | ARR given up in 28 days by a customer who stayed: a smaller plan, fewer seats, an add-on dropped
-- rows-of: overdue_amount overdue_days due_unconfirmed_amount invoices_late_12m = invoice
-- rows-of: payment_failed = subscription invoice
-- rows-of: mrr arr arr_change_90d contraction_28d seats discount plan products currency = subscription subscription_step mrr_event
-- needs: mrr = arr

WITH now AS (
  SELECT m.account,
         CASE WHEN count(*) = count(m.arr_minor) THEN sum(m.arr_minor) END AS arr_minor,
         sum(CASE WHEN m.status = 'running' THEN m.quantity END) AS seats,
         max(m.discount) AS discount,
         CASE WHEN min(m.currency) = max(m.currency) THEN min(m.currency) ELSE 'mixed' END AS currency
  FROM mrr_span m
  WHERE m.from_on <= :day AND (m.to_on IS NULL OR m.to_on > :day)
  GROUP BY m.account
),
earlier AS (
  SELECT m.account, CASE WHEN count(*) = count(m.arr_minor) THEN sum(m.arr_minor) END AS arr_minor
  FROM mrr_span m
  WHERE m.from_on <= :day_90 AND (m.to_on IS NULL OR m.to_on > :day_90)
  GROUP BY m.account
),
largest AS (
  SELECT account, plan FROM (
    SELECT m.account, m.plan,
           row_number() OVER (PARTITION BY m.account ORDER BY coalesce(m.arr_minor, 0) DESC, m.subscription, m.source) AS n
    FROM mrr_span m
    WHERE m.from_on <= :day AND (m.to_on IS NULL OR m.to_on > :day) AND m.plan IS NOT NULL) ranked
  WHERE n = 1
),
product AS (
  SELECT account, group_concat(product, ', ') AS products FROM (
    SELECT DISTINCT m.account, m.product FROM mrr_span m
    WHERE m.from_on <= :day AND (m.to_on IS NULL OR m.to_on > :day) AND m.product IS NOT NULL
    ORDER BY m.account, m.product) named
  GROUP BY account
),
bill AS (
  SELECT a.account, i.amount, i.paid_on, coalesce(i.due_on, i.issued_on) AS due_on, fx.factor,
         -- what fell due after the last look may have been paid since: nobody has told
         CASE WHEN k.day <= coalesce(i.due_on, i.issued_on) THEN 0 ELSE 1 END AS told,
         -- open on the day: a payment dated later has not happened; "paid" without a day counts as paid
         CASE WHEN i.paid_on IS NOT NULL THEN CASE WHEN i.paid_on > :day THEN i.amount ELSE 0 END
              WHEN @is_settled_bill(i.status) THEN 0
              WHEN i.amount > coalesce(i.amount_paid, 0) THEN i.amount - coalesce(i.amount_paid, 0)
              ELSE 0 END AS rest
  FROM known_invoice i
  JOIN account_of a ON a.ref = i.ref
  LEFT JOIN fx ON fx.currency = coalesce(i.currency, :currency)
  LEFT JOIN looked k ON k.source = i.source
  WHERE i.issued_on <= :day AND coalesce(i.due_on, i.issued_on) < :day
    AND NOT @is_gone_bill(i.status)
),
owed AS (
  SELECT account,
         CASE WHEN count(CASE WHEN rest > 0 AND told = 1 AND factor IS NULL THEN 1 END) = 0
              THEN coalesce(sum(CASE WHEN rest > 0 AND told = 1 THEN CAST(ROUND(rest * factor) AS INTEGER) END), 0) END AS amount,
         CASE WHEN count(CASE WHEN rest > 0 AND told = 0 AND factor IS NULL THEN 1 END) = 0
              THEN coalesce(sum(CASE WHEN rest > 0 AND told = 0 THEN CAST(ROUND(rest * factor) AS INTEGER) END), 0) END AS untold,
         min(CASE WHEN rest > 0 AND told = 1 THEN due_on END) AS oldest,
         count(CASE WHEN due_on > :day_365 AND amount > 0 AND ((rest > 0 AND told = 1) OR (paid_on > due_on AND paid_on <= :day)) THEN 1 END) AS late
  FROM bill
  GROUP BY account
),
unpaid AS (
  SELECT a.account, max(CASE WHEN @is_failed_bill(i.status) THEN 1 ELSE 0 END) AS failed
  FROM known_invoice i
  JOIN account_of a ON a.ref = i.ref
  WHERE i.issued_on <= :day AND i.amount > 0
    AND (i.paid_on > :day OR (i.paid_on IS NULL AND NOT @is_settled_bill(i.status) AND i.amount > coalesce(i.amount_paid, 0)))
    AND NOT @is_gone_bill(i.status)
  GROUP BY a.account
),
dunned AS (
  -- a subscription's status is today's; an unpaid invoice of the day bears it out where invoices are known
  SELECT a.account, 1 AS failed
  FROM known_subscription s
  JOIN account_of a ON a.ref = s.ref
  LEFT JOIN unpaid u ON u.account = a.account
  WHERE s.started_on <= :day AND (s.ended_on IS NULL OR s.ended_on > :day)
    AND @is_dunned_subscription(s.status)
    AND (:known_invoice = 0 OR u.account IS NOT NULL)
  GROUP BY a.account
),
edge AS (
  SELECT m.account, m.from_on AS day FROM mrr_span m WHERE m.from_on > :day_28 AND m.from_on <= :day
  UNION
  SELECT m.account, m.to_on AS day FROM mrr_span m WHERE m.to_on > :day_28 AND m.to_on <= :day
),
worth AS (
  -- at the rate of the day throughout: a currency that falls is nothing that the customer gave up
  SELECT m.account, m.from_on, m.to_on, CASE WHEN m.minor = 0 THEN 0 ELSE CAST(ROUND(m.minor * fx.factor) AS INTEGER) END AS arr_minor
  FROM mrr_span m
  LEFT JOIN fx ON fx.currency = m.currency
  WHERE m.account IN (SELECT e.account FROM edge e)
),
level AS (
  -- running from the edge on, and running until the day before it
  SELECT e.account, e.day,
         sum(CASE WHEN m.from_on <= e.day AND (m.to_on IS NULL OR m.to_on > e.day) THEN m.arr_minor END) AS after_minor,
         sum(CASE WHEN m.from_on < e.day AND (m.to_on IS NULL OR m.to_on >= e.day) THEN m.arr_minor END) AS before_minor,
         count(CASE WHEN m.arr_minor IS NULL AND m.from_on <= e.day AND (m.to_on IS NULL OR m.to_on >= e.day) THEN 1 END) AS unclear
  FROM edge e
  JOIN worth m ON m.account = e.account
  GROUP BY e.account, e.day
),
fallen AS (
  SELECT account, sum(CASE WHEN after_minor > 0 AND after_minor < before_minor THEN before_minor - after_minor ELSE 0 END) AS arr_minor,
         sum(unclear) AS unclear
  FROM level
  GROUP BY account
)
SELECT p.account,
       CASE WHEN n.account IS NOT NULL THEN ROUND(ROUND(n.arr_minor / 12.0) / :unit, :places)
            WHEN :known_revenue = 1 THEN 0 END AS mrr,
       CASE WHEN n.account IS NOT NULL THEN ROUND(n.arr_minor / :unit, :places)
            WHEN :known_revenue = 1 THEN 0 END AS arr,
       CASE WHEN b.arr_minor > 0 AND (n.account IS NULL OR n.arr_minor IS NOT NULL)
            THEN coalesce(n.arr_minor, 0) * 1.0 / b.arr_minor - 1 END AS arr_change_90d,
       n.seats, n.discount, l.plan, pr.products, n.currency,
       CASE WHEN :known_invoice = 1 THEN CASE WHEN o.account IS NULL THEN 0 ELSE ROUND(o.amount / :unit, :places) END
       END AS overdue_amount,
       CASE WHEN :known_invoice = 1 THEN coalesce(@days(:day, o.oldest), 0) END AS overdue_days,
       CASE WHEN :known_invoice = 1 THEN CASE WHEN o.account IS NULL THEN 0 ELSE ROUND(o.untold / :unit, :places) END
       END AS due_unconfirmed_amount,
       CASE WHEN :known_invoice = 1 THEN coalesce(o.late, 0) END AS invoices_late_12m,
       CASE WHEN u.failed = 1 OR g.failed = 1 THEN 1 WHEN :known_invoice = 1 OR :known_subscription = 1 THEN 0 END AS payment_failed,
       CASE WHEN :known_revenue = 0 OR w.unclear > 0 THEN NULL
            ELSE ROUND(coalesce(w.arr_minor, 0) / :unit, :places) END AS contraction_28d
FROM population p
LEFT JOIN now n ON n.account = p.account
LEFT JOIN earlier b ON b.account = p.account
LEFT JOIN largest l ON l.account = p.account
LEFT JOIN product pr ON pr.account = p.account
LEFT JOIN owed o ON o.account = p.account
LEFT JOIN unpaid u ON u.account = p.account
LEFT JOIN dunned g ON g.account = p.account
LEFT JOIN fallen w ON w.account = p.account;
