-- theme: satisfaction
-- about: What people say in surveys and tickets.
-- rows: survey ticket contact
-- fact: nps_latest | score | satisfaction | leads | latest NPS answer, 0 to 10; the lowest of that day's answers
-- fact: nps_min_180d | score | satisfaction | leads | lowest NPS answer in 180 days
-- fact: nps_decision_maker | score | satisfaction | leads | latest NPS answer of a decision maker
-- fact: nps_key_people_60d | score | satisfaction | leads | lowest of the latest NPS answers of decision makers and champions, of those given in 60 days
-- fact: nps_key_people_open | score | satisfaction | leads | as nps_key_people_60d, but an answer of 6 and less counts, however old, until anybody has had a talk with them two weeks after it or later (a bad one does not count)
-- fact: detractors_180d | number | satisfaction | leads | NPS answers of 0 to 6 in 180 days
-- fact: nps_age_days | days | satisfaction | leads | days since the latest NPS answer
-- fact: survey_csat_90d | ratio | satisfaction | leads | CSAT survey answers of 4 and 5 ÷ answers in 90 days
-- fact: ticket_csat_90d | ratio | satisfaction | lags | positive ratings ÷ ratings of tickets closed in 90 days
-- fact: open_tickets | number | satisfaction | leads | tickets open on the day
-- fact: urgent_tickets | number | satisfaction | leads | urgent tickets open on the day
-- fact: urgent_ticket_days | days | satisfaction | leads | age of the oldest open urgent ticket; 0 when none is open
-- fact: urgent_ticket_working_days | days | satisfaction | leads | working days that the oldest open urgent ticket has been open; 0 when none is open
-- fact: high_tickets | number | satisfaction | leads | tickets of high or urgent priority open on the day
-- fact: tickets_28d | number | satisfaction | leads | tickets opened in 28 days
-- fact: ticket_age_max_days | days | satisfaction | leads | age of the oldest open ticket; 0 when none is open
-- fact: first_response_hours_90d | number | satisfaction | leads | mean hours to the first answer of tickets opened in 90 days
-- fact: reopened_90d | number | satisfaction | leads | reopenings of tickets opened in 90 days
-- fact: question_tickets | number | satisfaction | leads | open tickets that ask how to do or set up something, by their category
-- fact: payment_tickets | number | satisfaction | leads | open tickets about bills and payments, by their category
-- rows-of: nps_latest nps_min_180d detractors_180d nps_age_days survey_csat_90d = survey
-- rows-of: nps_decision_maker nps_key_people_60d = survey contact
-- rows-of: nps_key_people_open = survey contact touch note
-- rows-of: ticket_csat_90d open_tickets urgent_tickets high_tickets urgent_ticket_days urgent_ticket_working_days tickets_28d ticket_age_max_days first_response_hours_90d reopened_90d question_tickets payment_tickets = ticket

WITH answer AS (
  SELECT a.account, CASE WHEN @is_nps_survey(s.kind) THEN 'nps' WHEN @is_csat_survey(s.kind) THEN 'csat' END AS kind, s.score, s.day, @address(s.email) AS email
  FROM known_survey s
  JOIN account_of a ON a.ref = s.ref
  WHERE s.day <= :day AND s.score IS NOT NULL
),
nps AS (
  SELECT n.account, max(n.day) AS latest,
         min(CASE WHEN n.day > :day_180 THEN n.score END) AS low,
         count(CASE WHEN n.day > :day_180 AND @is_detractor(n.score) THEN 1 END) AS detractors
  FROM answer n
  WHERE n.kind = 'nps'
  GROUP BY n.account
),
latest AS (
  SELECT n.account, min(n.score) AS score
  FROM answer n
  JOIN nps ON nps.account = n.account AND nps.latest = n.day
  WHERE n.kind = 'nps'
  GROUP BY n.account
),
-- whom an answer of theirs speaks for: who decides, and who argues for us
key_person AS (
  SELECT a.account, @address(c.email) AS email, max(CASE WHEN c.role = 'decision_maker' THEN 1 ELSE 0 END) AS decides
  FROM known_contact c
  JOIN account_of a ON a.ref = c.ref
  WHERE @is_key_contact(c.role) AND c.email IS NOT NULL AND (c.created_on IS NULL OR c.created_on <= :day)
    AND (c.left_on IS NULL OR c.left_on > :day)
  GROUP BY a.account, @address(c.email)
),
decider AS (
  SELECT account, score FROM (
    SELECT n.account, n.score, row_number() OVER (PARTITION BY n.account ORDER BY n.day DESC, n.score) AS place
    FROM answer n
    JOIN key_person m ON m.account = n.account AND m.email = n.email AND m.decides = 1
    WHERE n.kind = 'nps') ranked
  WHERE place = 1
),
talked AS (
  SELECT a.account, max(t.day) AS day FROM known_touch t JOIN account_of a ON a.ref = t.ref
  WHERE t.day <= :day AND NOT @is_planned_touch(t.kind) AND NOT @is_bad_touch(t.sentiment)
  GROUP BY a.account
  UNION ALL
  SELECT a.account, max(n.day) FROM known_note n
  JOIN account_of a ON a.ref = n.ref
  LEFT JOIN source s ON s.name = n.source
  WHERE n.day <= :day AND coalesce(s.role, '') <> 'book'
  GROUP BY a.account
),
key_answer AS (
  SELECT account, min(score) AS score FROM (
    SELECT n.account, n.score, n.day,
           row_number() OVER (PARTITION BY n.account, n.email ORDER BY n.day DESC, n.score) AS place
    FROM answer n
    JOIN key_person k ON k.account = n.account AND k.email = n.email
    WHERE n.kind = 'nps') ranked
  WHERE place = 1 AND day > :day_60
  GROUP BY account
),
open_answer AS (
  SELECT account, min(score) AS score FROM (
    SELECT n.account, n.score, n.day,
           row_number() OVER (PARTITION BY n.account, n.email ORDER BY n.day DESC, n.score) AS place
    FROM answer n
    JOIN key_person k ON k.account = n.account AND k.email = n.email
    WHERE n.kind = 'nps') ranked
  -- the first reply is no relief: the loop is closed by a talk two weeks later or more
  WHERE place = 1 AND ((NOT @is_detractor(score) AND day > :day_60) OR (@is_detractor(score) AND NOT EXISTS (
    SELECT 1 FROM talked w WHERE w.account = ranked.account AND w.day >= @add_days(ranked.day, 14))))
  GROUP BY account
),
csat AS (
  SELECT n.account, count(CASE WHEN @is_satisfied(n.score) THEN 1 END) * 1.0 / count(*) AS share
  FROM answer n
  WHERE n.kind = 'csat' AND n.day > :day_90
  GROUP BY n.account
),
asked AS (
  SELECT a.account, t.opened_on, t.first_response_hours, t.reopens, t.category,
         CASE WHEN @is_urgent_ticket(t.priority) THEN 1 ELSE 0 END AS urgent,
         CASE WHEN @is_urgent_ticket(t.priority) OR @is_high_ticket(t.priority) THEN 1 ELSE 0 END AS high,
         -- closed without a day: today's status is all that is known
         CASE WHEN t.closed_on IS NOT NULL THEN CASE WHEN t.closed_on <= :day THEN 1 ELSE 0 END
              WHEN @is_closed_ticket(t.status) THEN 1 ELSE 0 END AS closed,
         CASE WHEN t.closed_on > :day_90 AND t.closed_on <= :day
              THEN CASE WHEN t.csat_positive IS NOT NULL THEN t.csat_positive
                        WHEN t.csat IS NOT NULL THEN CASE WHEN @is_satisfied(t.csat) THEN 1 ELSE 0 END END END AS happy
  FROM known_ticket t
  JOIN account_of a ON a.ref = t.ref
  WHERE t.opened_on <= :day
),
calls AS (
  SELECT c.account,
         count(CASE WHEN c.closed = 0 AND @is_question_ticket(c.category) THEN 1 END) AS questions,
         count(CASE WHEN c.closed = 0 AND @is_payment_ticket(c.category) THEN 1 END) AS payments,
         count(CASE WHEN c.closed = 0 THEN 1 END) AS open,
         count(CASE WHEN c.closed = 0 AND c.urgent = 1 THEN 1 END) AS urgent,
         count(CASE WHEN c.closed = 0 AND c.high = 1 THEN 1 END) AS high,
         min(CASE WHEN c.closed = 0 AND c.urgent = 1 THEN c.opened_on END) AS urgent_since,
         min(CASE WHEN c.closed = 0 THEN c.opened_on END) AS open_since,
         count(CASE WHEN c.opened_on > :day_28 THEN 1 END) AS fresh,
         avg(CASE WHEN c.opened_on > :day_90 THEN c.first_response_hours END) AS hours,
         sum(CASE WHEN c.opened_on > :day_90 THEN c.reopens END) AS reopens,
         avg(c.happy * 1.0) AS happy
  FROM asked c
  GROUP BY c.account
)
SELECT p.account,
       CASE WHEN :known_survey = 1 THEN l.score END AS nps_latest,
       CASE WHEN :known_survey = 1 THEN n.low END AS nps_min_180d,
       CASE WHEN :known_survey = 1 THEN d.score END AS nps_decision_maker,
       CASE WHEN :known_survey = 1 THEN k.score END AS nps_key_people_60d,
       CASE WHEN :known_survey = 1 THEN o.score END AS nps_key_people_open,
       CASE WHEN :known_survey = 1 THEN coalesce(n.detractors, 0) END AS detractors_180d,
       CASE WHEN :known_survey = 1 THEN @days(:day, n.latest) END AS nps_age_days,
       CASE WHEN :known_survey = 1 THEN s.share END AS survey_csat_90d,
       CASE WHEN :known_ticket = 1 THEN c.happy END AS ticket_csat_90d,
       CASE WHEN :known_ticket = 1 THEN coalesce(c.open, 0) END AS open_tickets,
       CASE WHEN :known_ticket = 1 THEN coalesce(c.urgent, 0) END AS urgent_tickets,
       CASE WHEN :known_ticket = 1 THEN coalesce(@days(:day, c.urgent_since), 0) END AS urgent_ticket_days,
       CASE WHEN :known_ticket = 1 THEN coalesce(@working_days(:day, c.urgent_since), 0) END AS urgent_ticket_working_days,
       CASE WHEN :known_ticket = 1 THEN coalesce(c.high, 0) END AS high_tickets,
       CASE WHEN :known_ticket = 1 THEN coalesce(c.fresh, 0) END AS tickets_28d,
       CASE WHEN :known_ticket = 1 THEN coalesce(@days(:day, c.open_since), 0) END AS ticket_age_max_days,
       CASE WHEN :known_ticket = 1 THEN c.hours END AS first_response_hours_90d,
       CASE WHEN :known_ticket = 1 THEN coalesce(c.reopens, 0) END AS reopened_90d,
       CASE WHEN :known_ticket_category = 1 AND :known_ticket = 1 THEN coalesce(c.questions, 0) END AS question_tickets,
       CASE WHEN :known_ticket_category = 1 AND :known_ticket = 1 THEN coalesce(c.payments, 0) END AS payment_tickets
FROM population p
LEFT JOIN nps n ON n.account = p.account
LEFT JOIN latest l ON l.account = p.account
LEFT JOIN decider d ON d.account = p.account
LEFT JOIN key_answer k ON k.account = p.account
LEFT JOIN open_answer o ON o.account = p.account
LEFT JOIN csat s ON s.account = p.account
LEFT JOIN calls c ON c.account = p.account;
