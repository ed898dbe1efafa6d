-- theme: habit
-- about: What people use against what is usual for them: a level, so a fall that is over still shows, and by the best week, so a holiday does not.
-- after: coverage usage
-- rows: usage
-- fact: human_usual_week | number | usage | leads | people's use in the account's own median week of the 4 to 22 weeks before the last 4; by volume, else active users; needs 4 such weeks
-- fact: human_vs_usual | ratio | usage | leads | the best week of people's use of the last 4 ÷ human_usual_week (0.5: even the best of four weeks was half of what is usual); where most weeks have no row, 1 + human_change_28d
-- fact: users_usual_week | number | usage | leads | active users in the account's own median week of the 4 to 22 weeks before the last 4
-- fact: users_vs_usual | ratio | usage | leads | active users of the best week of the last 4 ÷ users_usual_week
-- needs: users_vs_usual = users_usual_week
-- needs: human_vs_usual = human_change_28d human_usual_week
-- roles: human_usual_week human_vs_usual = volume active_users
-- roles: users_usual_week users_vs_usual = active_users

-- 26 weeks back from the last covered day: the last four, and those they are held against
CREATE TEMP TABLE week_number(bucket INTEGER PRIMARY KEY);

INSERT INTO week_number SELECT 0 UNION ALL SELECT 1 UNION ALL SELECT 2 UNION ALL SELECT 3 UNION ALL SELECT 4 UNION ALL SELECT 5 UNION ALL SELECT 6 UNION ALL SELECT 7 UNION ALL SELECT 8 UNION ALL SELECT 9 UNION ALL SELECT 10 UNION ALL SELECT 11 UNION ALL SELECT 12 UNION ALL SELECT 13 UNION ALL SELECT 14 UNION ALL SELECT 15 UNION ALL SELECT 16 UNION ALL SELECT 17 UNION ALL SELECT 18 UNION ALL SELECT 19 UNION ALL SELECT 20 UNION ALL SELECT 21 UNION ALL SELECT 22 UNION ALL SELECT 23 UNION ALL SELECT 24 UNION ALL SELECT 25;

CREATE TEMP TABLE week_bucket(role TEXT, metric INTEGER, bucket INTEGER, after_on TEXT, until_on TEXT, PRIMARY KEY (role, metric, bucket)) WITHOUT ROWID;

INSERT INTO week_bucket
SELECT c.role, c.metric, n.bucket, @add_days(c.last_day, -7 * n.bucket - 7), @add_days(c.last_day, -7 * n.bucket)
FROM covered c
CROSS JOIN week_number n
WHERE c.role = 'active_users' OR (c.role = 'volume' AND :volume_is_agents = 0);

-- CROSS JOIN fixes the order: one seek per account, metric and week into the clustered usage key
CREATE TEMP TABLE week_sum AS
SELECT account, role, bucket, sum(total) AS total FROM (
  SELECT a.account, w.role, w.bucket, CASE WHEN w.role = 'volume' THEN sum(u.value) ELSE max(u.value) END AS total
  FROM account_of a
  CROSS JOIN week_bucket w
  CROSS JOIN known_usage u
  WHERE u.ref = a.ref AND u.metric = w.metric AND u.day > w.after_on AND u.day <= w.until_on
  GROUP BY a.ref, w.role, w.metric, w.bucket) weeks
GROUP BY account, role, bucket;

WITH span AS (
  -- weeks without a row count as 0, from the account's first one on
  SELECT account, role, max(bucket) - 3 AS n, max(bucket) - 3 - count(CASE WHEN bucket > 3 THEN 1 END) AS zeros,
         coalesce(max(CASE WHEN bucket <= 3 THEN total END), 0) AS best
  FROM week_sum
  GROUP BY account, role
),
ranked AS (
  SELECT account, role, total, row_number() OVER (PARTITION BY account, role ORDER BY total, bucket) AS place
  FROM week_sum WHERE bucket > 3
),
usual AS (
  SELECT s.account, s.role, s.best,
         (coalesce(max(CASE WHEN r.place = CAST((s.n + 1) / 2.0 AS INTEGER) - s.zeros THEN r.total END), 0)
          + coalesce(max(CASE WHEN r.place = CAST((s.n + 2) / 2.0 AS INTEGER) - s.zeros THEN r.total END), 0)) / 2.0 AS median
  FROM span s
  LEFT JOIN ranked r ON r.account = s.account AND r.role = s.role
  WHERE s.n >= 4
  GROUP BY s.account, s.role, s.best
),
done AS (
  SELECT account, best, median FROM usual WHERE role = 'volume' AND median > 0
),
people AS (
  SELECT account, best, median FROM usual WHERE role = 'active_users' AND median > 0
)
SELECT p.account,
       CASE WHEN d.account IS NOT NULL THEN d.median WHEN :late_volume = 0 THEN e.median END AS human_usual_week,
       CASE WHEN d.account IS NOT NULL THEN d.best * 1.0 / d.median
            WHEN :late_volume = 0 AND e.account IS NOT NULL THEN e.best * 1.0 / e.median
            -- figures of whole months, or a use now and then, have no usual week
            ELSE 1 + f.human_change_28d END AS human_vs_usual,
       e.median AS users_usual_week,
       e.best * 1.0 / e.median AS users_vs_usual
FROM population p
LEFT JOIN done d ON d.account = p.account
LEFT JOIN people e ON e.account = p.account
LEFT JOIN fact_usage f ON f.account = p.account;
