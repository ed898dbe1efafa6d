-- theme: moments
-- about: The moments of a customer's journey: signing, kickoff, first value, the end of a trial, a promise, and after leaving.
-- after: firmographic
-- rows: milestone deal subscription touch contact attribute
-- fact: days_to_kickoff | days | plan | leads | days until the kickoff that has not been held; negative once its day has passed; unknown when none is planned
-- fact: days_to_milestone | days | plan | leads | days until the next milestone that is not done; negative once one is late; unknown when none is planned
-- fact: days_since_first_value | days | adoption | leads | days since the first-value milestone was reached; unknown before
-- fact: trial_ends_on | day | fiscal | leads | the day the running trial ends
-- fact: days_to_trial_end | days | fiscal | leads | days until trial_ends_on; negative once it has passed
-- fact: new_deal_stage | text | fiscal | leads | stage of the open new-business deal; unknown when there is none
-- fact: days_to_signing | days | fiscal | leads | days until the expected close day of the open new-business deal; negative once it has passed
-- fact: days_since_won | days | fiscal | lags | days since the latest new-business deal was won
-- fact: implementation_declined | flag | adoption | leads | an attribute called implementation (or setup, onboarding package) says that the customer declined it
-- fact: days_to_promise | days | relationship | leads | days until what was promised in the latest touch is due; negative once late; unknown when nothing is promised
-- fact: reference_asked_days | days | relationship | leads | days since anybody there was last asked for a reference; unknown when never
-- fact: days_since_churn | days | fiscal | lags | days since churned_on, while the account is no customer
-- fact: lifetime_days | days | firmographic | lags | days from customer_since to churned_on, or to the day while still a customer
-- rows-of: days_to_kickoff days_to_milestone days_since_first_value = milestone
-- rows-of: trial_ends_on days_to_trial_end = subscription
-- rows-of: new_deal_stage days_to_signing days_since_won = deal
-- rows-of: implementation_declined = attribute
-- rows-of: days_to_promise = touch
-- rows-of: reference_asked_days = contact
-- rows-of: days_since_churn lifetime_days = subscription subscription_step mrr_event contract churn
-- needs: days_to_trial_end = trial_ends_on
-- needs: days_since_churn = churned_on status
-- needs: lifetime_days = customer_since churned_on status

WITH step AS (
  SELECT a.account, m.due_on, m.name,
         CASE WHEN m.done_on <= :day THEN m.done_on END AS done_on
  FROM known_milestone m
  JOIN account_of a ON a.ref = m.ref
),
plan AS (
  SELECT s.account,
         min(CASE WHEN s.done_on IS NULL THEN s.due_on END) AS next_on,
         min(CASE WHEN s.done_on IS NULL AND @is_kickoff_milestone(s.name) THEN s.due_on END) AS kickoff_on,
         min(CASE WHEN @is_first_value_milestone(s.name) THEN s.done_on END) AS value_on
  FROM step s
  GROUP BY s.account
),
trial AS (
  -- the trial that ends last; one that is over counts until the customer pays or the subscription ends
  SELECT a.account, max(s.trial_ends_on) AS ends_on
  FROM known_subscription s
  JOIN account_of a ON a.ref = s.ref
  WHERE s.started_on <= :day AND (s.ended_on IS NULL OR s.ended_on > :day) AND s.trial_ends_on IS NOT NULL
  GROUP BY a.account
),
chance AS (
  SELECT a.account, d.key, d.stage, d.close_on, d.status, d.created_on
  FROM known_deal d
  JOIN account_of a ON a.ref = d.ref
  WHERE @is_new_deal(d.kind) AND NOT @is_gone_deal(d.status)
),
signing AS (
  SELECT account, stage, close_on FROM (
    SELECT c.account,
           -- a deal closed later was open on the day, at a stage and with a close day that nobody knows any more
           CASE WHEN @is_closed_deal(c.status) THEN NULL ELSE c.stage END AS stage,
           CASE WHEN @is_closed_deal(c.status) THEN NULL ELSE c.close_on END AS close_on,
           row_number() OVER (PARTITION BY c.account ORDER BY CASE WHEN @is_closed_deal(c.status) THEN 1 ELSE 0 END,
                              coalesce(c.close_on, '9999-12-31'), c.key) AS place
    FROM chance c
    WHERE (c.created_on IS NULL OR c.created_on <= :day) AND (NOT @is_closed_deal(c.status) OR c.close_on > :day)) ranked
  WHERE place = 1
),
won AS (
  SELECT c.account, max(c.close_on) AS day
  FROM chance c
  WHERE @is_won_deal(c.status) AND c.close_on <= :day
  GROUP BY c.account
),
help AS (
  SELECT a.account,
         max(CASE WHEN @is_declined_field(t.value) THEN 1 ELSE 0 END) AS declined
  FROM known_attribute t
  JOIN account_of a ON a.ref = t.ref
  WHERE @is_implementation_field(t.name) AND t.value IS NOT NULL
  GROUP BY a.account
),
said AS (
  SELECT account, promised_on FROM (
    -- what was promised stands until somebody speaks with them again; of one day's touches the nearest promise counts
    SELECT a.account, CASE WHEN t.next_step IS NOT NULL OR t.next_step_by IS NOT NULL THEN t.next_step_by END AS promised_on,
           row_number() OVER (PARTITION BY a.account ORDER BY t.day DESC, coalesce(t.next_step_by, '9999-12-31'), t.key) AS place
    FROM known_touch t
    JOIN account_of a ON a.ref = t.ref
    -- a plan without a day, out of a list, takes no promise back
    WHERE t.day <= :day AND NOT (@is_planned_touch(t.kind) AND t.next_step_by IS NULL)) ranked
  WHERE place = 1
),
reference AS (
  SELECT a.account, max(c.reference_last_asked) AS day
  FROM known_contact c
  JOIN account_of a ON a.ref = c.ref
  WHERE c.reference_last_asked <= :day
  GROUP BY a.account
)
SELECT p.account,
       @days(m.kickoff_on, :day) AS days_to_kickoff,
       @days(m.next_on, :day) AS days_to_milestone,
       @days(:day, m.value_on) AS days_since_first_value,
       CASE WHEN f.status = 'trial' THEN t.ends_on END AS trial_ends_on,
       CASE WHEN f.status = 'trial' THEN @days(t.ends_on, :day) END AS days_to_trial_end,
       s.stage AS new_deal_stage,
       @days(s.close_on, :day) AS days_to_signing,
       @days(:day, w.day) AS days_since_won,
       h.declined AS implementation_declined,
       @days(y.promised_on, :day) AS days_to_promise,
       @days(:day, r.day) AS reference_asked_days,
       @days(:day, f.churned_on) AS days_since_churn,
       @days(CASE WHEN f.status = 'churned' THEN f.churned_on WHEN f.status = 'customer' THEN :day END, f.customer_since) AS lifetime_days
FROM population p
LEFT JOIN fact_firmographic f ON f.account = p.account
LEFT JOIN plan m ON m.account = p.account
LEFT JOIN trial t ON t.account = p.account
LEFT JOIN signing s ON s.account = p.account
LEFT JOIN won w ON w.account = p.account
LEFT JOIN help h ON h.account = p.account
LEFT JOIN said y ON y.account = p.account
LEFT JOIN reference r ON r.account = p.account;
