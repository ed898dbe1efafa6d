-- theme: firmographic
-- about: Who the account is. Each attribute comes from the first source that knows it: hand, CRM, product, billing, support.
-- after: spans terms customers
-- rows: account
-- fact: name | text | firmographic | lags | the account's name; where no export of accounts has one, as billing calls its customer, else its id
-- fact: domain | text | firmographic | lags | web domain of the company
-- fact: industry | text | firmographic | lags | industry as the CRM says it
-- fact: country | text | firmographic | lags | country as the CRM says it
-- fact: employees | number | firmographic | lags | number of employees
-- fact: need | text | firmographic | leads | the job the customer hired the product for
-- fact: tags | text | firmographic | lags | tags that the CRM gives the account
-- fact: owner | text | firmographic | lags | owner in the CRM (usually the seller)
-- fact: csm | text | firmographic | lags | who looks after the account: whom it was given to by hand by the day, else as a CSM column or the list of customers that a person keeps says it
-- fact: sold_by | text | firmographic | lags | who sold it: as a column says it, else the owner of the earliest won deal of new business (a deal of no kind only until 90 days after the start)
-- fact: crm_stage | text | firmographic | lags | stage of the account in the CRM
-- fact: parent | text | firmographic | lags | id of the parent account
-- fact: status | text | firmographic | lags | prospect, trial, customer or churned; customer means MRR > 0, a running contract, or paused for less than 90 days
-- fact: customer_since | day | firmographic | lags | first day that the account paid or had a contract
-- fact: first_paid_on | day | fiscal | lags | first day with MRR
-- fact: mrr_start | money | fiscal | lags | MRR on the first day with MRR
-- fact: tenure_days | days | firmographic | lags | days since customer_since, while a customer
-- fact: churned_on | day | fiscal | lags | the day the last subscription or contract ended, or the 90th of a pause, when the account is no customer any more
-- rows-of: sold_by = account deal
-- rows-of: csm = account assignment
-- rows-of: status customer_since first_paid_on mrr_start tenure_days churned_on = subscription subscription_step mrr_event contract churn
-- needs: sold_by = customer_since
-- needs: tenure_days = customer_since status
-- needs: status = mrr

-- "tom" and "Tom" are one person, called as cs.yaml calls them (by name or address), else as most rows do
CREATE TEMP TABLE staff_name AS
WITH said AS (
  SELECT o.owner AS name FROM known_account o WHERE o.owner IS NOT NULL
  UNION ALL
  SELECT o.sold_by FROM known_account o WHERE o.sold_by IS NOT NULL
  UNION ALL
  SELECT d.owner FROM known_deal d WHERE d.owner IS NOT NULL
  UNION ALL
  SELECT o.csm FROM known_account o WHERE o.csm IS NOT NULL
  UNION ALL
  SELECT g.who FROM known_assignment g WHERE g.who IS NOT NULL
),
counted AS (
  SELECT @fold(s.name) AS folded, s.name, row_number() OVER (PARTITION BY @fold(s.name) ORDER BY count(*) DESC, s.name) AS n
  FROM said s
  GROUP BY @fold(s.name), s.name
)
SELECT c.folded, coalesce(p.name, c.name) AS name
FROM counted c
LEFT JOIN person_called p ON p.called = c.folded
WHERE c.n = 1;

CREATE INDEX temp.staff_name_folded ON staff_name(folded);

CREATE TEMP TABLE account_row AS
SELECT a.account, r.name, r.domain, r.industry, r.country, r.employees, r.need, r.tags, w.name AS owner, v.name AS sold_by, r.stage,
       r.parent, coalesce(c.name, CASE WHEN s.role = 'book' THEN w.name END) AS csm,
       row_number() OVER (PARTITION BY a.account ORDER BY CASE WHEN r.source = 'hand' THEN 0 ELSE coalesce(s.rank, 50) END,
                          -- of two records of one system that were merged, the one that was kept leads
                          CASE WHEN i.how IN ('hand', 'merged') THEN 1 ELSE 0 END, r.source, r.key) AS n,
       count(*) OVER (PARTITION BY a.account) AS copies
FROM known_account r
JOIN account_of a ON a.ref = r.ref
LEFT JOIN known_identity i ON i.ref = r.ref
LEFT JOIN source s ON s.name = r.source
LEFT JOIN staff_name w ON w.folded = @fold(r.owner)
LEFT JOIN staff_name v ON v.folded = @fold(r.sold_by)
LEFT JOIN staff_name c ON c.folded = @fold(r.csm);

CREATE INDEX temp.account_row_key ON account_row(account, n);

WITH pay AS (
  SELECT m.account,
         count(CASE WHEN m.status = 'trial' AND m.from_on <= :day AND (m.to_on IS NULL OR m.to_on > :day) THEN 1 END) AS trials,
         min(CASE WHEN m.arr_minor IS NULL OR m.arr_minor > 0 THEN m.from_on END) AS first_on
  FROM mrr_span m
  GROUP BY m.account
),
held AS (
  SELECT s.account, count(CASE WHEN s.from_on <= :day AND (s.to_on IS NULL OR s.to_on > :day) THEN 1 END) AS now,
         max(s.left_on) AS left_on
  FROM customer_span s
  GROUP BY s.account
),
signed AS (
  -- a contract that another took the place of says since when there is one, and nothing of today
  SELECT c.account, min(c.start_on) AS first_on
  FROM term_paper c
  WHERE coalesce(c.start_on, :day) <= :day AND (NOT @is_dead_paper(c.status) OR @is_replaced_paper(c.status))
    AND NOT (c.source = 'hand' AND c.start_on IS NULL AND c.end_on IS NULL)
    AND NOT (c.end_on IS NULL AND @is_ended_paper(c.status))
  GROUP BY c.account
  HAVING count(CASE WHEN NOT @is_dead_paper(c.status) THEN 1 END) > 0
),
lost AS (
  SELECT a.account, max(c.day) AS day
  FROM known_churn c
  JOIN account_of a ON a.ref = c.ref
  WHERE c.day <= :day
  GROUP BY a.account
),
first_mrr AS (
  SELECT m.account, CASE WHEN count(*) = count(m.arr_minor) THEN sum(m.arr_minor) END AS arr_minor
  FROM mrr_span m
  JOIN pay ON pay.account = m.account
  WHERE m.from_on <= pay.first_on AND (m.to_on IS NULL OR m.to_on > pay.first_on)
  GROUP BY m.account
),
state AS (
  SELECT p.account, pay.first_on AS paid_on, f.arr_minor,
         CASE WHEN signed.first_on IS NULL THEN pay.first_on
              WHEN pay.first_on IS NULL OR signed.first_on < pay.first_on THEN signed.first_on
              ELSE pay.first_on END AS since,
         CASE WHEN held.now > 0 THEN 'customer'
              WHEN pay.trials > 0 THEN 'trial'
              WHEN pay.first_on IS NOT NULL OR signed.first_on IS NOT NULL OR lost.day IS NOT NULL THEN 'churned'
              -- without billing or contracts the CRM's own word is all there is
              WHEN :known_revenue = 0 AND :known_contract = 0 AND @is_customer_stage(r.stage) THEN 'customer'
              WHEN :known_revenue = 0 AND :known_contract = 0 AND @is_churned_stage(r.stage) THEN 'churned'
              ELSE 'prospect' END AS status,
         coalesce(held.left_on, lost.day) AS left_on
  FROM population p
  LEFT JOIN pay ON pay.account = p.account
  LEFT JOIN held ON held.account = p.account
  LEFT JOIN signed ON signed.account = p.account
  LEFT JOIN lost ON lost.account = p.account
  LEFT JOIN first_mrr f ON f.account = p.account
  LEFT JOIN account_row r ON r.account = p.account AND r.n = 1
),
given AS (
  SELECT account, who FROM (
    SELECT a.account, w.name AS who, row_number() OVER (PARTITION BY a.account ORDER BY g.day DESC, g.id DESC) AS place
    FROM known_assignment g
    JOIN account_of a ON a.ref = g.ref
    JOIN staff_name w ON w.folded = @fold(g.who)
    WHERE g.role = 'csm' AND g.day <= :day) ranked
  WHERE place = 1
),
sale AS (
  SELECT account, owner FROM (
    SELECT a.account, w.name AS owner,
           row_number() OVER (PARTITION BY a.account
                              ORDER BY CASE WHEN @is_new_deal(d.kind) THEN 0 ELSE 1 END, d.close_on, d.source, d.key) AS place
    FROM known_deal d
    JOIN account_of a ON a.ref = d.ref
    JOIN state s ON s.account = a.account
    LEFT JOIN staff_name w ON w.folded = @fold(d.owner)
    WHERE @is_won_deal(d.status) AND d.close_on <= :day
      -- a CRM without kinds: a deal won long after the start is a renewal or more of the same
      AND (@is_new_deal(d.kind) OR (d.kind IS NULL AND (s.since IS NULL OR d.close_on <= @add_days(s.since, 90))))) ranked
  WHERE place = 1
)
SELECT p.account,
       coalesce(@first(name), (SELECT f.hint_name FROM account_of o JOIN ref f ON f.id = o.ref
                               WHERE o.account = p.account AND f.hint_name IS NOT NULL ORDER BY f.id LIMIT 1), p.account_id) AS name,
       @first(domain) AS domain, @first(industry) AS industry, @first(country) AS country,
       @first(employees) AS employees, @first(need) AS need, @first(tags) AS tags, @first(owner) AS owner,
       coalesce(g.who, @first(csm)) AS csm, coalesce(@first(sold_by), v.owner) AS sold_by, @first(stage) AS crm_stage, @first(parent) AS parent,
       s.status, s.since AS customer_since, s.paid_on AS first_paid_on,
       ROUND(ROUND(s.arr_minor / 12.0) / :unit, :places) AS mrr_start,
       CASE WHEN s.status = 'customer' THEN @days(:day, s.since) END AS tenure_days,
       CASE WHEN s.status = 'churned' THEN s.left_on END AS churned_on
FROM population p
JOIN state s ON s.account = p.account
LEFT JOIN account_row r ON r.account = p.account AND r.n = 1
LEFT JOIN given g ON g.account = p.account
LEFT JOIN sale v ON v.account = p.account;
