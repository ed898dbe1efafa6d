-- theme: plan
-- about: Success plan, milestones, promises and feedback.
-- after: spans
-- rows: goal milestone request feedback
-- fact: goals_open | number | plan | leads | goals agreed and not reached
-- fact: goals_late | number | plan | leads | open goals past their due day
-- fact: goals_met_12m | number | plan | lags | goals reached in 365 days
-- fact: milestones_late | number | plan | leads | milestones past due and not done
-- fact: requests_open | number | plan | leads | requests and exceptions that nobody has decided or settled
-- fact: requests_red | number | plan | leads | open requests of severity red
-- fact: requests_overdue | number | plan | leads | open requests past their due day
-- fact: requests_red_overdue | number | plan | leads | open requests of severity red past their due day
-- fact: exceptions_cost_12m | money | plan | lags | cost of requests granted in 365 days
-- fact: feedback_open | number | plan | leads | feedback the customer has had no answer to
-- rows-of: goals_open goals_late goals_met_12m = goal
-- rows-of: milestones_late = milestone
-- rows-of: requests_open requests_red requests_overdue requests_red_overdue exceptions_cost_12m = request
-- rows-of: feedback_open = feedback

WITH goal_state AS (
  SELECT a.account, g.due_on, g.done_on,
         CASE WHEN g.done_on IS NOT NULL THEN CASE WHEN g.done_on > :day THEN 1 ELSE 0 END
              WHEN @is_over_goal(g.status) THEN 0
              ELSE 1 END AS open,
         CASE WHEN @is_failed_goal(g.status) THEN 0 ELSE 1 END AS good
  FROM known_goal g JOIN account_of a ON a.ref = g.ref
  WHERE g.created_on IS NULL OR g.created_on <= :day
),
goals AS (
  SELECT account, sum(open) AS open, count(CASE WHEN open = 1 AND due_on < :day THEN 1 END) AS late,
         count(CASE WHEN good = 1 AND done_on > :day_365 AND done_on <= :day THEN 1 END) AS met
  FROM goal_state GROUP BY account
),
marks AS (
  SELECT a.account, count(CASE WHEN m.due_on < :day AND (m.done_on IS NULL OR m.done_on > :day) THEN 1 END) AS late
  FROM known_milestone m JOIN account_of a ON a.ref = m.ref
  GROUP BY a.account
),
asked AS (
  SELECT a.account, r.due_on, @fold(r.severity) AS severity, r.cost, fx.factor,
         CASE WHEN r.decided_on > :day THEN 1
              WHEN @is_settled_request(r.status) THEN 0
              WHEN @is_refused_request(r.decision) OR @is_granted_request(r.decision) THEN 0
              ELSE 1 END AS open,
         CASE WHEN coalesce(r.decided_on, r.asked_on) <= :day AND coalesce(r.decided_on, r.asked_on) > :day_365
               AND @is_granted_request(r.decision) AND r.cost IS NOT NULL
              THEN 1 ELSE 0 END AS granted
  FROM known_request r
  JOIN account_of a ON a.ref = r.ref
  LEFT JOIN fx ON fx.currency = coalesce(r.currency, :currency)
  WHERE r.asked_on IS NULL OR r.asked_on <= :day
),
requests AS (
  SELECT account, sum(open) AS open, count(CASE WHEN open = 1 AND severity = 'red' THEN 1 END) AS red,
         count(CASE WHEN open = 1 AND due_on < :day THEN 1 END) AS late,
         count(CASE WHEN open = 1 AND severity = 'red' AND due_on < :day THEN 1 END) AS red_late,
         CASE WHEN count(CASE WHEN granted = 1 AND factor IS NULL THEN 1 END) = 0
              THEN coalesce(sum(CASE WHEN granted = 1 THEN CAST(ROUND(cost * factor) AS INTEGER) END), 0) END AS cost
  FROM asked GROUP BY account
),
voice AS (
  SELECT a.account, count(CASE WHEN NOT @is_answered_feedback(f.status) THEN 1 END) AS open
  FROM known_feedback f JOIN account_of a ON a.ref = f.ref
  WHERE f.day <= :day
  GROUP BY a.account
)
SELECT p.account,
       CASE WHEN :known_goal = 1 THEN coalesce(g.open, 0) END AS goals_open,
       CASE WHEN :known_goal = 1 THEN coalesce(g.late, 0) END AS goals_late,
       CASE WHEN :known_goal = 1 THEN coalesce(g.met, 0) END AS goals_met_12m,
       CASE WHEN :known_milestone = 1 THEN coalesce(m.late, 0) END AS milestones_late,
       CASE WHEN :known_request = 1 THEN coalesce(r.open, 0) END AS requests_open,
       CASE WHEN :known_request = 1 THEN coalesce(r.red, 0) END AS requests_red,
       CASE WHEN :known_request = 1 THEN coalesce(r.late, 0) END AS requests_overdue,
       CASE WHEN :known_request = 1 THEN coalesce(r.red_late, 0) END AS requests_red_overdue,
       CASE WHEN :known_request = 1 THEN CASE WHEN r.account IS NULL THEN 0 ELSE ROUND(r.cost / :unit, :places) END
       END AS exceptions_cost_12m,
       CASE WHEN :known_feedback = 1 THEN coalesce(v.open, 0) END AS feedback_open
FROM population p
LEFT JOIN goals g ON g.account = p.account
LEFT JOIN marks m ON m.account = p.account
LEFT JOIN requests r ON r.account = p.account
LEFT JOIN voice v ON v.account = p.account;
