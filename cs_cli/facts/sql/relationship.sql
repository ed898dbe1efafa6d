-- theme: relationship
-- about: Who we know there and when we last spoke.
-- rows: touch note account contact pulse survey ticket
-- fact: days_since_touch | days | relationship | leads | days since the last touch or note; the CRM's last activity counts when nothing newer is known; unknown while the CRM's export is late and nothing was noted since
-- fact: last_touch_by | text | relationship | leads | what the last touch was: its kind, "note", or "crm activity" (weaker)
-- fact: touches_90d | number | relationship | leads | touches in 90 days
-- fact: qbr_age_days | days | relationship | leads | days since the last business review
-- fact: champion_known | flag | relationship | leads | a champion is known who has not left
-- fact: champion_left | flag | relationship | leads | a champion has left and no other is known
-- fact: decision_maker_known | flag | relationship | leads | a decision maker is known who has not left
-- fact: user_known | flag | relationship | leads | somebody who uses the product is known who has not left
-- fact: it_known | flag | relationship | leads | somebody of IT is known who has not left, by role or, as a guess, by title ("System Administrator")
-- fact: contacts_90d | number | relationship | leads | people heard from in 90 days: contacts active, survey answers, ticket requesters
-- fact: pulse | score | sentiment | leads | latest pulse that has not expired, 1 to 5; a person's newer one replaces their older (45 days unless said)
-- fact: pulse_age_days | days | sentiment | leads | days since that pulse
-- fact: pulse_by | text | sentiment | leads | who gave that pulse
-- fact: pulse_lowest | score | sentiment | leads | lowest pulse that stands: of everybody's newest one, those that have not expired
-- rows-of: days_since_touch last_touch_by = touch note account
-- rows-of: touches_90d qbr_age_days = touch
-- rows-of: champion_known champion_left decision_maker_known user_known it_known = contact
-- rows-of: contacts_90d = contact survey ticket
-- rows-of: pulse pulse_age_days pulse_by pulse_lowest = pulse

WITH spoken AS (
  SELECT a.account, t.day, coalesce(t.kind, 'touch') AS kind, 1 AS strength
  FROM known_touch t JOIN account_of a ON a.ref = t.ref WHERE t.day <= :day AND NOT @is_planned_touch(t.kind)
  UNION ALL
  -- what stands in a list that somebody keeps was written on no known day and proves no conversation
  SELECT a.account, n.day, 'note', 2
  FROM known_note n
  JOIN account_of a ON a.ref = n.ref
  LEFT JOIN source s ON s.name = n.source
  WHERE n.day <= :day AND coalesce(s.role, '') <> 'book'
  UNION ALL
  SELECT a.account, r.last_activity_on, 'crm activity', 3
  FROM known_account r
  JOIN account_of a ON a.ref = r.ref
  LEFT JOIN source s ON s.name = r.source
  WHERE r.last_activity_on <= :day AND coalesce(s.role, 'crm') IN ('crm', 'canonical')
),
last_spoken AS (
  SELECT account, day, kind FROM (
    SELECT s.account, s.day, s.kind, row_number() OVER (PARTITION BY s.account ORDER BY s.day DESC, s.strength, s.kind) AS place
    FROM spoken s) ranked
  WHERE place = 1
),
touched AS (
  SELECT a.account, count(CASE WHEN t.day > :day_90 THEN 1 END) AS recent,
         max(CASE WHEN @is_qbr_touch(t.kind) THEN t.day END) AS qbr_on
  FROM known_touch t JOIN account_of a ON a.ref = t.ref WHERE t.day <= :day AND NOT @is_planned_touch(t.kind)
  GROUP BY a.account
),
people AS (
  SELECT a.account,
         count(CASE WHEN c.role = 'champion' AND (c.left_on IS NULL OR c.left_on > :day) THEN 1 END) AS champions,
         count(CASE WHEN c.role = 'champion' AND c.left_on <= :day THEN 1 END) AS gone,
         count(CASE WHEN c.role = 'decision_maker' AND (c.left_on IS NULL OR c.left_on > :day) THEN 1 END) AS deciders,
         count(CASE WHEN c.role = 'user' AND (c.left_on IS NULL OR c.left_on > :day) THEN 1 END) AS users,
         count(CASE WHEN (c.role = 'it' OR @is_it_title(c.title)) AND (c.left_on IS NULL OR c.left_on > :day) THEN 1 END) AS it
  FROM known_contact c
  JOIN account_of a ON a.ref = c.ref
  WHERE c.created_on IS NULL OR c.created_on <= :day
  GROUP BY a.account
),
heard AS (
  SELECT account, count(DISTINCT email) AS people FROM (
    SELECT a.account, @address(coalesce(c.email, c.name, c.key)) AS email
    FROM known_contact c JOIN account_of a ON a.ref = c.ref
    WHERE c.last_activity_on > :day_90 AND c.last_activity_on <= :day
    UNION ALL
    SELECT a.account, @address(s.email) FROM known_survey s JOIN account_of a ON a.ref = s.ref
    WHERE s.day > :day_90 AND s.day <= :day
    UNION ALL
    SELECT a.account, @address(t.requester_email) FROM known_ticket t JOIN account_of a ON a.ref = t.ref
    WHERE t.opened_on > :day_90 AND t.opened_on <= :day) voices
  GROUP BY account
),
own_pulse AS (
  -- each author's newest word; an older one of the same author is taken back by it, even once it has expired
  SELECT account, score, day, who, expires_on FROM (
    SELECT a.account, u.score, u.day, u.who, coalesce(u.expires_on, @add_days(u.day, 45)) AS expires_on,
           row_number() OVER (PARTITION BY a.account, @fold(u.who) ORDER BY u.day DESC, u.score, u.key) AS place
    FROM known_pulse u JOIN account_of a ON a.ref = u.ref
    WHERE u.day <= :day AND u.score IS NOT NULL) ranked
  WHERE place = 1 AND expires_on > :day
),
doubt AS (
  SELECT account, min(score) AS score FROM own_pulse GROUP BY account
),
felt AS (
  SELECT account, score, day, who FROM (
    SELECT o.account, o.score, o.day, o.who,
           row_number() OVER (PARTITION BY o.account ORDER BY o.day DESC, o.score, o.who) AS place
    FROM own_pulse o) ranked
  WHERE place = 1
)
SELECT p.account,
       -- where the CRM tells of calls and its export is late, they may have spoken since: silence is nothing that we saw
       CASE WHEN :late_account = 1 AND :crm_tells = 1 AND l.day <= :seen_account THEN NULL
            ELSE @days(:day, l.day) END AS days_since_touch, l.kind AS last_touch_by,
       CASE WHEN :known_touch = 1 THEN coalesce(t.recent, 0) END AS touches_90d,
       @days(:day, t.qbr_on) AS qbr_age_days,
       CASE WHEN :known_role_champion = 1 THEN CASE WHEN coalesce(c.champions, 0) > 0 THEN 1 ELSE 0 END END AS champion_known,
       CASE WHEN :known_role_champion = 1 THEN CASE WHEN c.gone > 0 AND c.champions = 0 THEN 1 ELSE 0 END END AS champion_left,
       CASE WHEN :known_role_decision_maker = 1 THEN CASE WHEN coalesce(c.deciders, 0) > 0 THEN 1 ELSE 0 END END AS decision_maker_known,
       CASE WHEN :known_role_user = 1 THEN CASE WHEN coalesce(c.users, 0) > 0 THEN 1 ELSE 0 END END AS user_known,
       CASE WHEN :known_it = 1 THEN CASE WHEN coalesce(c.it, 0) > 0 THEN 1 ELSE 0 END END AS it_known,
       CASE WHEN :known_contact = 1 OR :known_survey = 1 OR :known_ticket = 1 THEN coalesce(h.people, 0) END AS contacts_90d,
       f.score AS pulse, @days(:day, f.day) AS pulse_age_days, f.who AS pulse_by, d.score AS pulse_lowest
FROM population p
LEFT JOIN last_spoken l ON l.account = p.account
LEFT JOIN touched t ON t.account = p.account
LEFT JOIN people c ON c.account = p.account
LEFT JOIN heard h ON h.account = p.account
LEFT JOIN felt f ON f.account = p.account
LEFT JOIN doubt d ON d.account = p.account;
