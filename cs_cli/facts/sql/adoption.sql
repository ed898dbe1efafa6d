-- theme: adoption
-- about: Which parts of the product are used, and whether the account got started.
-- after: coverage spans
-- rows: usage milestone
-- fact: features_used_28d | number | adoption | leads | features used at least once in the last 28 covered days
-- fact: features_change_28d | number | adoption | leads | features_used_28d minus those of the 28 days before
-- fact: key_actions_28d | number | adoption | leads | key actions in the last 28 covered days
-- fact: key_actions_vs_median | ratio | adoption | leads | key_actions_28d ÷ the account's own median of up to 12 earlier 28-day windows; needs three of them
-- fact: activated | flag | adoption | leads | a first-value milestone is done, or a key action was ever recorded
-- fact: days_to_first_value | days | adoption | lags | days from the first contract or payment to the first-value milestone
-- fact: onboarding_days | days | adoption | leads | days from the first contract or payment to first value, or to the day while it is awaited
-- fact: days_without_value | days | adoption | leads | days as a customer without first value, where the data would show it: a plan of the first year that is not done, or key actions counted since before the start; unknown once it was reached, and for everybody else
-- fact: onboarding_overdue | flag | adoption | leads | a milestone is past due and not done
-- needs: key_actions_vs_median = key_actions_28d
-- needs: features_change_28d = features_used_28d
-- rows-of: features_used_28d features_change_28d key_actions_28d key_actions_vs_median = usage
-- rows-of: days_to_first_value onboarding_days = milestone subscription subscription_step mrr_event contract
-- rows-of: onboarding_overdue = milestone
-- rows-of: days_without_value = milestone usage subscription subscription_step mrr_event contract
-- roles: features_used_28d features_change_28d = features
-- roles: key_actions_28d key_actions_vs_median days_without_value = key_actions

CREATE TEMP TABLE feature_use AS
SELECT a.account, c.metric, c.whole_56,
       max(CASE WHEN u.day > c.d28 AND u.value > 0 THEN 1 ELSE 0 END) AS now,
       max(CASE WHEN u.day <= c.d28 AND u.value > 0 THEN 1 ELSE 0 END) AS earlier
FROM account_of a
CROSS JOIN covered c
CROSS JOIN known_usage u
WHERE u.ref = a.ref AND u.metric = c.metric AND u.day > c.d56 AND u.day <= c.last_day
  AND c.role = 'features'
GROUP BY a.ref, c.metric;

-- the 13 windows of 28 days, so that each is one seek in the clustered key and nothing has to be sorted
CREATE TEMP TABLE key_bucket(metric INTEGER, bucket INTEGER, after_on TEXT, until_on TEXT, PRIMARY KEY (metric, bucket)) WITHOUT ROWID;

INSERT INTO key_bucket
SELECT c.metric, 0, c.d28, c.last_day FROM covered c WHERE c.role = 'key_actions'
UNION ALL SELECT c.metric, 1, c.d56, c.d28 FROM covered c WHERE c.role = 'key_actions'
UNION ALL SELECT c.metric, 2, c.d84, c.d56 FROM covered c WHERE c.role = 'key_actions'
UNION ALL SELECT c.metric, 3, c.d112, c.d84 FROM covered c WHERE c.role = 'key_actions'
UNION ALL SELECT c.metric, 4, c.d140, c.d112 FROM covered c WHERE c.role = 'key_actions'
UNION ALL SELECT c.metric, 5, c.d168, c.d140 FROM covered c WHERE c.role = 'key_actions'
UNION ALL SELECT c.metric, 6, c.d196, c.d168 FROM covered c WHERE c.role = 'key_actions'
UNION ALL SELECT c.metric, 7, c.d224, c.d196 FROM covered c WHERE c.role = 'key_actions'
UNION ALL SELECT c.metric, 8, c.d252, c.d224 FROM covered c WHERE c.role = 'key_actions'
UNION ALL SELECT c.metric, 9, c.d280, c.d252 FROM covered c WHERE c.role = 'key_actions'
UNION ALL SELECT c.metric, 10, c.d308, c.d280 FROM covered c WHERE c.role = 'key_actions'
UNION ALL SELECT c.metric, 11, c.d336, c.d308 FROM covered c WHERE c.role = 'key_actions'
UNION ALL SELECT c.metric, 12, c.d364, c.d336 FROM covered c WHERE c.role = 'key_actions';

CREATE TEMP TABLE key_window AS
SELECT account, bucket, sum(total) AS total FROM (
  SELECT a.account, b.bucket, sum(u.value) AS total
  FROM account_of a
  CROSS JOIN key_bucket b
  CROSS JOIN known_usage u
  WHERE u.ref = a.ref AND u.metric = b.metric AND u.day > b.after_on AND u.day <= b.until_on
  GROUP BY a.ref, b.metric, b.bucket) windows
GROUP BY account, bucket;

CREATE TEMP TABLE key_ever AS
SELECT DISTINCT a.account
FROM account_of a
CROSS JOIN role_metric c
WHERE c.role = 'key_actions' AND EXISTS (
  SELECT 1 FROM known_usage u WHERE u.ref = a.ref AND u.metric = c.metric AND u.day <= :day AND u.value > 0);

-- who was seen since when: a base that is older than its first export did not "never start", nobody looked
CREATE TEMP TABLE key_first AS
SELECT min(day) AS day FROM (
  SELECT (SELECT min(u.day) FROM known_usage u WHERE u.ref = a.ref AND u.metric = c.metric AND u.day <= :day) AS day
  FROM account_of a
  CROSS JOIN role_metric c
  WHERE c.role = 'key_actions') firsts;

WITH feature AS (
  SELECT account, sum(now) AS now, sum(CASE WHEN whole_56 = 1 THEN earlier END) AS earlier
  FROM feature_use GROUP BY account
),
key_span AS (
  -- windows without a row count as 0, from the account's first one on
  SELECT account, max(bucket) AS n, max(bucket) - count(CASE WHEN bucket > 0 THEN 1 END) AS zeros,
         sum(CASE WHEN bucket = 0 THEN total END) AS now
  FROM key_window GROUP BY account
),
key_rank AS (
  SELECT account, total, row_number() OVER (PARTITION BY account ORDER BY total) AS place
  FROM key_window WHERE bucket > 0
),
key_median AS (
  SELECT s.account, s.n,
         (coalesce(max(CASE WHEN r.place = CAST((s.n + 1) / 2.0 AS INTEGER) - s.zeros THEN r.total END), 0)
          + coalesce(max(CASE WHEN r.place = CAST((s.n + 2) / 2.0 AS INTEGER) - s.zeros THEN r.total END), 0)) / 2.0 AS median
  FROM key_span s
  LEFT JOIN key_rank r ON r.account = s.account
  GROUP BY s.account, s.n
),
started AS (
  SELECT account, min(day) AS day FROM (
    SELECT m.account, m.from_on AS day FROM mrr_span m WHERE m.arr_minor IS NULL OR m.arr_minor > 0
    UNION ALL
    SELECT a.account, c.start_on FROM known_contract c JOIN account_of a ON a.ref = c.ref WHERE c.start_on <= :day) begun
  GROUP BY account
),
mark AS (
  SELECT a.account,
         min(CASE WHEN @is_first_value_milestone(m.name) AND m.done_on <= :day THEN m.done_on END) AS value_on,
         max(CASE WHEN m.due_on < :day AND (m.done_on IS NULL OR m.done_on > :day) THEN 1 ELSE 0 END) AS late
  FROM known_milestone m
  JOIN account_of a ON a.ref = m.ref
  GROUP BY a.account
),
begun_plan AS (
  -- steps of the first year that are not done; without a day only the first value itself
  SELECT DISTINCT a.account
  FROM known_milestone m
  JOIN account_of a ON a.ref = m.ref
  JOIN started s ON s.account = a.account
  WHERE (m.done_on IS NULL OR m.done_on > :day)
    AND (m.due_on < @add_days(s.day, 365) OR (m.due_on IS NULL AND m.done_on IS NULL AND @is_first_value_milestone(m.name)))
)
SELECT p.account,
       CASE WHEN :has_features = 1 AND l.account IS NOT NULL THEN coalesce(f.now, 0) END AS features_used_28d,
       CASE WHEN :has_features_56 = 1 AND l.account IS NOT NULL THEN coalesce(f.now, 0) - coalesce(f.earlier, 0) END AS features_change_28d,
       CASE WHEN :has_key_actions = 1 AND y.account IS NOT NULL THEN coalesce(k.now, 0) END AS key_actions_28d,
       CASE WHEN :has_key_actions = 1 AND d.n >= 3 AND d.median > 0 THEN coalesce(k.now, 0) * 1.0 / d.median END AS key_actions_vs_median,
       CASE WHEN m.value_on IS NOT NULL OR e.account IS NOT NULL THEN 1
            WHEN :late_key_actions = 1 THEN NULL
            WHEN :has_key_actions = 1 AND y.account IS NOT NULL THEN 0
            -- no milestone of it and no usage seen, while others have key actions: it may not be linked
            WHEN :known_milestone = 1 AND (m.account IS NOT NULL OR :has_key_actions = 0) THEN 0 END AS activated,
       CASE WHEN m.value_on >= s.day THEN @days(m.value_on, s.day) WHEN m.value_on IS NOT NULL AND s.day IS NOT NULL THEN 0 END AS days_to_first_value,
       CASE WHEN s.day IS NULL THEN NULL
            WHEN m.value_on IS NOT NULL THEN CASE WHEN m.value_on >= s.day THEN @days(m.value_on, s.day) ELSE 0 END
            WHEN :known_milestone = 1 THEN @days(:day, s.day) END AS onboarding_days,
       CASE WHEN s.day IS NULL OR m.value_on IS NOT NULL OR e.account IS NOT NULL THEN NULL
            WHEN b.account IS NOT NULL THEN @days(:day, s.day)
            WHEN :late_key_actions = 1 THEN NULL
            WHEN :has_key_actions = 1 AND y.account IS NOT NULL AND w.day <= s.day THEN @days(:day, s.day) END AS days_without_value,
       CASE WHEN :known_milestone = 1 THEN coalesce(m.late, 0) END AS onboarding_overdue
FROM population p
LEFT JOIN usage_linked l ON l.account = p.account AND l.role = 'features'
LEFT JOIN usage_linked y ON y.account = p.account AND y.role = 'key_actions'
LEFT JOIN feature f ON f.account = p.account
LEFT JOIN key_span k ON k.account = p.account
LEFT JOIN key_median d ON d.account = p.account
LEFT JOIN key_ever e ON e.account = p.account
LEFT JOIN started s ON s.account = p.account
LEFT JOIN mark m ON m.account = p.account
LEFT JOIN begun_plan b ON b.account = p.account
LEFT JOIN key_first w ON 1 = 1;
