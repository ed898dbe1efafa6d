-- theme: customers
-- after: spans billing terms
-- about: When each account was a customer: it paid, rested after it paid, or a contract ran. Status, movements and rates all ask here.
--
-- A rest counts for so many days after the last payment. A contract runs to its end, and by itself beyond it while it renews;
-- billing that ended after the contract began says that they left: from that day on the paper makes no customer, unless a
-- hand has said since that it stands. What is paid is a customer whatever the paper says.

-- left_on: the day to show as the last one of a span that is over
CREATE TEMP TABLE customer_span(account INTEGER, from_on TEXT, to_on TEXT, left_on TEXT, why TEXT);

INSERT INTO customer_span
WITH rest AS (
  SELECT i.account, i.from_on, i.to_on,
         (SELECT max(m.to_on) FROM mrr_span m
          WHERE m.account = i.account AND m.to_on <= i.from_on AND (m.arr_minor IS NULL OR m.arr_minor > 0)) AS paid_until
  FROM mrr_span i
  WHERE i.status = 'idle'
),
lost AS (
  SELECT a.account, max(c.day) AS day
  FROM known_churn c
  JOIN account_of a ON a.ref = c.ref
  WHERE c.day <= :day
  GROUP BY a.account
),
paper AS (
  SELECT p.account, coalesce(p.start_on, '0001-01-01') AS from_on,
         CASE WHEN r.contract IS NOT NULL OR p.end_on IS NULL THEN NULL
              -- it ran on by itself until they left
              WHEN k.auto_renew = 1 AND lost.day > p.end_on THEN lost.day
              ELSE @add_days(p.end_on, 1) END AS to_on,
         CASE WHEN k.auto_renew = 1 AND lost.day > p.end_on THEN lost.day ELSE p.end_on END AS left_on,
         (SELECT min(e.day) FROM billing_end e
          WHERE e.account = p.account AND e.day > coalesce(p.start_on, '') AND e.day > coalesce(p.said_on, '')) AS cut_on
  FROM term_paper p
  LEFT JOIN term_chain k ON k.account = p.account AND k.key = p.key AND k.source = p.source
  -- renewed by itself: past its written end, and running
  LEFT JOIN term_contract r ON r.account = p.account AND r.contract = p.key AND r.turns > 0
  LEFT JOIN lost ON lost.account = p.account
  WHERE coalesce(p.start_on, :day) <= :day AND NOT @is_dead_paper(p.status)
    -- a word of a hand on something else is no contract of its own
    AND NOT (p.source = 'hand' AND p.start_on IS NULL AND p.end_on IS NULL)
    AND NOT (p.end_on IS NULL AND @is_ended_paper(p.status))
)
SELECT m.account, m.from_on, m.to_on, m.to_on, 'paid'
FROM mrr_span m
WHERE m.arr_minor IS NULL OR m.arr_minor > 0
UNION ALL
SELECT r.account, r.from_on, CASE WHEN r.to_on < @add_days(r.paid_until, :pause_days) THEN r.to_on ELSE @add_days(r.paid_until, :pause_days) END,
       CASE WHEN r.to_on < @add_days(r.paid_until, :pause_days) THEN r.to_on ELSE @add_days(r.paid_until, :pause_days) END, 'rest'
FROM rest r
WHERE r.from_on < @add_days(r.paid_until, :pause_days)
UNION ALL
SELECT p.account, p.from_on, CASE WHEN p.cut_on < coalesce(p.to_on, '9999-12-31') THEN p.cut_on ELSE p.to_on END,
       CASE WHEN p.cut_on < coalesce(p.to_on, '9999-12-31') THEN p.cut_on ELSE p.left_on END, 'contract'
FROM paper p;

CREATE INDEX temp.customer_span_account ON customer_span(account);
