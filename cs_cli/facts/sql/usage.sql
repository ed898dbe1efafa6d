-- theme: usage
-- about: How much the product is used. Windows end per metric on the last day the exports cover.
-- after: coverage fiscal
-- rows: usage
-- fact: last_seen_days | days | usage | leads | days from the last use to the last day the exports cover
-- fact: active_users_28d | number | usage | leads | highest count of active users on a day of the last 28 covered days
-- fact: active_users_change_28d | ratio | usage | leads | active_users_28d against the 28 days before, as a fraction
-- fact: usage_28d | number | usage | leads | sum of the volume metrics over the last 28 covered days
-- fact: usage_before_28d | number | usage | leads | sum of the volume metrics over the 28 days before those
-- fact: usage_change_28d | ratio | usage | leads | usage_28d against the 28 days before, as a fraction; unknown when there was none or history is too short
-- fact: human_before_28d | number | usage | leads | people's use in the 28 days before the last 28: usage_before_28d, else the most active users on one of those days
-- fact: human_change_28d | ratio | usage | leads | people's use against the 28 days before, as a fraction: by usage_28d, else by the active users of all days together; programs do not count
-- fact: agent_usage_28d | number | usage | leads | what programs did (API calls, tokens, agent runs, jobs) over the last 28 covered days
-- fact: agent_change_28d | ratio | usage | leads | agent_usage_28d against the 28 days before, as a fraction
-- fact: agent_share_28d | ratio | usage | leads | agent_usage_28d ÷ (agent_usage_28d + usage_28d of people)
-- fact: usage_trend_13w | ratio | usage | leads | slope of the last 13 weekly sums per week, as a fraction of their mean
-- fact: seat_utilisation | ratio | usage | leads | seats in use (else active_users_28d) ÷ seats paid for
-- needs: usage_change_28d = usage_28d usage_before_28d
-- needs: active_users_change_28d = active_users_28d
-- needs: seat_utilisation = active_users_28d seats
-- needs: human_change_28d = human_before_28d
-- needs: agent_share_28d = agent_usage_28d usage_28d
-- roles: human_before_28d human_change_28d = volume active_users
-- roles: agent_usage_28d agent_change_28d = agents
-- roles: agent_share_28d = agents volume
-- roles: usage_28d usage_before_28d usage_change_28d usage_trend_13w = volume
-- roles: active_users_28d active_users_change_28d = active_users
-- roles: seat_utilisation = seats_used active_users
-- roles: last_seen_days = last_seen active_users volume

-- the last 28 covered days and the 28 before them
CREATE TEMP TABLE usage_half(role TEXT, metric INTEGER, half INTEGER, whole_56 INTEGER, after_on TEXT, until_on TEXT, PRIMARY KEY (role, metric, half)) WITHOUT ROWID;

INSERT INTO usage_half
SELECT c.role, c.metric, 0, c.whole_56, c.d28, c.last_day FROM covered c WHERE c.role IN ('volume', 'active_users', 'seats_used', 'agents')
UNION ALL
SELECT c.role, c.metric, 1, c.whole_56, c.d56, c.d28 FROM covered c WHERE c.role IN ('volume', 'active_users', 'seats_used', 'agents');

-- CROSS JOIN fixes the order: accounts, their metrics, then one seek each into the clustered usage key
CREATE TEMP TABLE usage_window AS
SELECT a.account, h.role, h.half, h.whole_56, sum(u.value) AS total, max(u.value) AS peak, max(u.day) AS newest
FROM account_of a
CROSS JOIN usage_half h
CROSS JOIN known_usage u
WHERE u.ref = a.ref AND u.metric = h.metric AND u.day > h.after_on AND u.day <= h.until_on
GROUP BY a.ref, h.role, h.metric, h.half;

CREATE TEMP TABLE usage_lean AS
SELECT account, min(whole_91) AS whole_91, sum(total) AS volume_91, sum(lean) AS lean_91 FROM (
  SELECT a.account, c.whole_91, sum(u.value) AS total,
         sum(u.value * CASE
           WHEN u.day > c.d7 THEN 6 WHEN u.day > c.d14 THEN 5 WHEN u.day > c.d21 THEN 4 WHEN u.day > c.d28 THEN 3
           WHEN u.day > c.d35 THEN 2 WHEN u.day > c.d42 THEN 1 WHEN u.day > c.d49 THEN 0 WHEN u.day > c.d56 THEN -1
           WHEN u.day > c.d63 THEN -2 WHEN u.day > c.d70 THEN -3 WHEN u.day > c.d77 THEN -4 WHEN u.day > c.d84 THEN -5
           ELSE -6 END) AS lean
  FROM account_of a
  CROSS JOIN covered c
  CROSS JOIN known_usage u
  WHERE u.ref = a.ref AND u.metric = c.metric AND u.day > c.d91 AND u.day <= c.last_day AND c.role = 'volume'
  GROUP BY a.ref, c.metric) weeks
GROUP BY account;

CREATE TEMP TABLE usage_seen AS
SELECT account, min(days) AS days FROM (
  SELECT a.account, @days(c.last_day, (SELECT max(u.day) FROM known_usage u
    WHERE u.ref = a.ref AND u.metric = c.metric AND u.day <= c.last_day AND u.value > 0)) AS days
  FROM account_of a
  CROSS JOIN covered c
  WHERE c.role IN ('last_seen', 'active_users', 'volume')) seen
WHERE days IS NOT NULL
GROUP BY account;

WITH sums AS (
  SELECT w.account,
         sum(CASE WHEN w.role = 'volume' THEN CASE WHEN w.half = 0 THEN w.total ELSE 0 END END) AS volume_28,
         sum(CASE WHEN w.role = 'volume' AND w.whole_56 = 1 THEN CASE WHEN w.half = 1 THEN w.total ELSE 0 END END) AS volume_56,
         min(CASE WHEN w.role = 'volume' THEN w.whole_56 END) AS whole_56,
         sum(CASE WHEN w.role = 'active_users' AND w.half = 0 THEN w.peak END) AS active_28,
         sum(CASE WHEN w.role = 'active_users' AND w.half = 1 AND w.whole_56 = 1 THEN w.peak END) AS active_56,
         -- the most on a day falls only when the last full day has left the window; their sum falls with the first empty one
         sum(CASE WHEN w.role = 'active_users' AND w.half = 0 THEN w.total END) AS visits_28,
         sum(CASE WHEN w.role = 'active_users' AND w.half = 1 AND w.whole_56 = 1 THEN w.total END) AS visits_56,
         sum(CASE WHEN w.role = 'agents' THEN CASE WHEN w.half = 0 THEN w.total ELSE 0 END END) AS agents_28,
         sum(CASE WHEN w.role = 'agents' AND w.whole_56 = 1 AND w.half = 1 THEN w.total END) AS agents_56,
         max(CASE WHEN w.role = 'seats_used' AND w.half = 0 THEN w.newest END) AS seats_day
  FROM usage_window w
  GROUP BY w.account
),
taken AS (
  SELECT a.account, sum(u.value) AS seats
  FROM account_of a
  CROSS JOIN covered c
  CROSS JOIN known_usage u
  JOIN sums s ON s.account = a.account
  WHERE c.role = 'seats_used' AND u.ref = a.ref AND u.metric = c.metric AND u.day > c.d28 AND u.day <= c.last_day
    AND u.day = s.seats_day
  GROUP BY a.account
),
paid AS (
  SELECT m.account, sum(m.quantity) AS seats
  FROM mrr_span m
  WHERE m.status = 'running' AND m.from_on <= :day AND (m.to_on IS NULL OR m.to_on > :day)
  GROUP BY m.account
)
SELECT p.account,
       coalesce(v.days, NULL) AS last_seen_days,
       CASE WHEN :has_active_users = 1 AND k.account IS NOT NULL THEN coalesce(s.active_28, 0) END AS active_users_28d,
       CASE WHEN s.active_56 > 0 THEN coalesce(s.active_28, 0) * 1.0 / s.active_56 - 1 END AS active_users_change_28d,
       CASE WHEN :has_volume = 1 AND l.account IS NOT NULL THEN coalesce(s.volume_28, 0) END AS usage_28d,
       CASE WHEN :has_volume_56 = 1 AND l.account IS NOT NULL THEN coalesce(s.volume_56, 0) END AS usage_before_28d,
       CASE WHEN s.whole_56 = 1 AND s.volume_56 > 0 THEN s.volume_28 * 1.0 / s.volume_56 - 1 END AS usage_change_28d,
       -- where programs are all that is counted as volume, it says nothing of people
       CASE WHEN :volume_is_agents = 0 AND s.whole_56 = 1 AND s.volume_56 > 0 THEN s.volume_56
            WHEN :late_volume = 0 THEN s.active_56 END AS human_before_28d,
       CASE WHEN :volume_is_agents = 0 AND s.whole_56 = 1 AND s.volume_56 > 0 THEN s.volume_28 * 1.0 / s.volume_56 - 1
            WHEN :late_volume = 0 AND s.visits_56 > 0 THEN coalesce(s.visits_28, 0) * 1.0 / s.visits_56 - 1 END AS human_change_28d,
       CASE WHEN :has_agents = 1 AND g.account IS NOT NULL THEN coalesce(s.agents_28, 0) END AS agent_usage_28d,
       CASE WHEN s.agents_56 > 0 THEN coalesce(s.agents_28, 0) * 1.0 / s.agents_56 - 1 END AS agent_change_28d,
       CASE WHEN :volume_is_agents = 1 AND s.agents_28 > 0 THEN 1.0
            WHEN :has_volume = 1 AND l.account IS NOT NULL AND :has_agents = 1 AND g.account IS NOT NULL
              AND coalesce(s.agents_28, 0) + coalesce(s.volume_28, 0) > 0
              THEN coalesce(s.agents_28, 0) * 1.0 / (coalesce(s.agents_28, 0) + coalesce(s.volume_28, 0)) END AS agent_share_28d,
       CASE WHEN n.whole_91 = 1 AND n.volume_91 > 0 THEN (n.lean_91 / 182.0) / (n.volume_91 / 13.0) END AS usage_trend_13w,
       CASE WHEN paid.seats > 0 THEN
         CASE WHEN taken.seats IS NOT NULL THEN taken.seats
              -- late seats are not made up for by another count
              WHEN :late_seats_used = 0 AND :has_active_users = 1 AND k.account IS NOT NULL THEN coalesce(s.active_28, 0) END * 1.0 / paid.seats
       END AS seat_utilisation
FROM population p
LEFT JOIN usage_linked k ON k.account = p.account AND k.role = 'active_users'
LEFT JOIN usage_linked l ON l.account = p.account AND l.role = 'volume'
LEFT JOIN usage_linked g ON g.account = p.account AND g.role = 'agents'
LEFT JOIN sums s ON s.account = p.account
LEFT JOIN usage_lean n ON n.account = p.account
LEFT JOIN usage_seen v ON v.account = p.account
LEFT JOIN taken ON taken.account = p.account
LEFT JOIN paid ON paid.account = p.account;
