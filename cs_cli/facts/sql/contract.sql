-- theme: contract
-- about: The next renewal of the account, and the deals around it.
-- after: terms
-- rows: contract subscription
-- fact: contract | text | contract | lags | id of the term that must be decided first
-- fact: renewal_date | day | contract | leads | end of that term; in the past when it ended with no decision
-- fact: days_to_renewal | days | contract | leads | days until renewal_date; negative once it has passed
-- fact: notice_date | day | contract | leads | last day to give notice
-- fact: days_to_notice | days | contract | leads | days until notice_date
-- fact: working_days_to_notice | days | contract | leads | working days left until notice_date, that day included; negative once it has passed
-- fact: decide_by | day | contract | leads | notice_date, else renewal_date
-- fact: days_to_decide | days | contract | leads | days until decide_by
-- fact: auto_renew | flag | contract | leads | the term renews itself
-- fact: term_months | number | contract | lags | length of the term in months (1 when month to month)
-- fact: renewal_term_months | number | contract | lags | months by which the term renews; 12 is assumed where a longer one does not say
-- fact: is_multi_year | flag | contract | lags | the term is 18 months or longer
-- fact: renewal_overdue | flag | contract | leads | a term ended and nobody has said how
-- fact: renewed_on | day | contract | lags | the day the current term followed an earlier one
-- fact: cancel_requested | flag | contract | leads | a running subscription has been cancelled and still runs
-- fact: renewal_deal_stage | text | contract | leads | stage of the open renewal deal; unknown when there is none
-- fact: open_expansion_amount | money | contract | leads | sum of open expansion deals
-- fact: expansion_agreed_days | days | contract | leads | days since an expansion was won, in the last 180 days and since the current term began; unknown when there is none
-- fact: renewal_led_by | text | contract | leads | the role that acts on the renewal now: am while an expansion is open or agreed, renewal_manager from 90 days before decide_by, else csm
-- rows-of: cancel_requested = subscription
-- rows-of: renewal_deal_stage open_expansion_amount expansion_agreed_days = deal
-- needs: days_to_renewal = renewal_date
-- needs: days_to_notice = notice_date
-- needs: working_days_to_notice = notice_date
-- needs: decide_by = notice_date renewal_date
-- needs: days_to_decide = decide_by

WITH first_term AS (
  SELECT account, contract, start_on, renewal_date, notice_date, decide_by, auto_renew, term_months, renewal_term_months, is_multi_year,
         overdue, origin, cancelled FROM (
    SELECT t.*, row_number() OVER (PARTITION BY t.account ORDER BY t.rolling, t.decide_by, t.contract) AS place
    FROM term t) ranked
  WHERE place = 1
),
followed AS (
  SELECT t.account, max(t.start_on) AS day
  FROM term t
  WHERE t.rolling = 0 AND t.follows = 1 AND t.start_on <= :day
  GROUP BY t.account
),
leaving AS (
  SELECT a.account,
         max(CASE WHEN l.since IS NOT NULL THEN 1 ELSE 0 END) AS asked
  FROM known_subscription s
  JOIN account_of a ON a.ref = s.ref
  LEFT JOIN term_leaving l ON l.source = s.source AND l.subscription = s.key
  WHERE s.started_on <= :day AND (s.ended_on IS NULL OR s.ended_on > :day)
    AND NOT (s.ended_on IS NULL AND @is_over_subscription(s.status)
             AND coalesce(s.cancelled_on, s.started_on) <= :day)
  GROUP BY a.account
),
chance AS (
  SELECT a.account, d.key, CASE WHEN @is_renewal_deal(d.kind) THEN 'renewal' WHEN @is_expansion_deal(d.kind) THEN 'expansion' END AS kind,
         d.amount, fx.factor,
         -- a deal closed later was open on the day, at a stage and with a close day that nobody knows any more
         CASE WHEN @is_closed_deal(d.status) THEN 1 ELSE 0 END AS closed_later,
         CASE WHEN @is_closed_deal(d.status) THEN NULL ELSE d.stage END AS stage, d.close_on
  FROM known_deal d
  JOIN account_of a ON a.ref = d.ref
  LEFT JOIN fx ON fx.currency = coalesce(d.currency, :currency)
  WHERE (d.created_on IS NULL OR d.created_on <= :day) AND NOT @is_gone_deal(d.status)
    -- won or lost later is open on the day
    AND (NOT @is_closed_deal(d.status) OR d.close_on > :day)
),
renewal AS (
  SELECT account, stage FROM (
    SELECT c.account, c.stage, row_number() OVER (PARTITION BY c.account ORDER BY c.closed_later, coalesce(c.close_on, '9999-12-31'), c.key)
                                AS place
    FROM chance c WHERE c.kind = 'renewal') ranked
  WHERE place = 1
),
agreed AS (
  SELECT a.account, max(d.close_on) AS day
  FROM known_deal d
  JOIN account_of a ON a.ref = d.ref
  LEFT JOIN first_term t ON t.account = a.account
  WHERE @is_won_deal(d.status) AND @is_expansion_deal(d.kind) AND d.close_on <= :day AND d.close_on > @add_days(:day, -180)
    AND (t.start_on IS NULL OR d.close_on >= t.start_on)
  GROUP BY a.account
),
growth AS (
  SELECT c.account, CASE WHEN count(CASE WHEN c.amount > 0 AND c.factor IS NULL THEN 1 END) = 0
                         THEN coalesce(sum(CAST(ROUND(c.amount * c.factor) AS INTEGER)), 0) END AS amount
  FROM chance c
  WHERE c.kind = 'expansion'
  GROUP BY c.account
)
SELECT p.account, t.contract, t.renewal_date, @days(t.renewal_date, :day) AS days_to_renewal,
       t.notice_date, @days(t.notice_date, :day) AS days_to_notice,
       @working_days(t.notice_date, :day) AS working_days_to_notice,
       t.decide_by, @days(t.decide_by, :day) AS days_to_decide,
       t.auto_renew, t.term_months, t.renewal_term_months, t.is_multi_year, t.overdue AS renewal_overdue, f.day AS renewed_on,
       CASE WHEN :known_subscription = 1 THEN coalesce(l.asked, 0) END AS cancel_requested,
       CASE WHEN :known_deal = 1 THEN r.stage END AS renewal_deal_stage,
       CASE WHEN :known_deal = 1 THEN CASE WHEN g.account IS NULL THEN 0 ELSE ROUND(g.amount / :unit, :places) END
       END AS open_expansion_amount,
       @days(:day, e.day) AS expansion_agreed_days,
       CASE WHEN t.contract IS NULL THEN NULL
            WHEN e.day IS NOT NULL OR g.amount > 0 THEN 'am'
            WHEN t.overdue = 1 THEN 'renewal_manager'
            WHEN t.cancelled = 1 OR (t.origin = 'contract' AND l.asked = 1) OR @days(t.decide_by, :day) > 90 THEN 'csm'
            ELSE 'renewal_manager' END AS renewal_led_by
FROM population p
LEFT JOIN first_term t ON t.account = p.account
LEFT JOIN followed f ON f.account = p.account
LEFT JOIN leaving l ON l.account = p.account
LEFT JOIN renewal r ON r.account = p.account
LEFT JOIN agreed e ON e.account = p.account
LEFT JOIN growth g ON g.account = p.account;
