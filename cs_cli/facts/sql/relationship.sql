-- theme: relationship
-- about: Who we know there and when we last spoke.
-- rows: touch note account contact pulse survey ticket
-- fact: days_since_touch | days | relationship | leads | days since the last touch or note; the CRM's last activity counts when nothing newer is known; unknown while the CRM's export is late and nothing was noted since
-- fact: days_since_fair_touch | days | relationship | leads | as days_since_touch, without touches whose mood was bad: such a talk is contact, and no relief
-- fact: last_mood | text | relationship | leads | mood of the last touch that has one: good, neutral or bad
-- fact: bad_touches_90d | number | relationship | leads | touches of a bad mood in 90 days
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
-- rows-of: days_since_touch days_since_fair_touch last_touch_by = touch note account
-- rows-of: touches_90d bad_touches_90d last_mood qbr_age_days = touch
-- rows-of: champion_known champion_left decision_maker_known user_known it_known = contact
-- rows-of: contacts_90d = contact survey ticket
-- fact: pulse_lowest_by | text | sentiment | leads | whose word pulse_lowest is
-- fact: pulse_spread | score | sentiment | leads | highest less lowest of everybody's newest pulse that has not expired; unknown with fewer than two authors
-- fact: pulse_kept | score | sentiment | leads | as pulse, but one of 3 and less also counts after it has expired, until anybody looks anew
-- fact: pulse_doubt | score | sentiment | leads | lowest pulse of 3 and less, of everybody's newest one: those that have not expired, and those after whose expiry nobody has given another
-- fact: pulse_doubt_by | text | sentiment | leads | whose word pulse_doubt is
-- fact: pulse_csm | score | sentiment | leads | lowest pulse that stands of those who are csm in cs.yaml
-- fact: pulse_support | score | sentiment | leads | the same of support
-- fact: pulse_ae | score | sentiment | leads | the same of the account executives
-- fact: pulse_am | score | sentiment | leads | the same of the account managers
-- rows-of: pulse pulse_age_days pulse_by pulse_lowest pulse_lowest_by pulse_spread pulse_kept pulse_doubt pulse_doubt_by pulse_csm pulse_support pulse_ae pulse_am = pulse

WITH spoken AS (
  SELECT a.account, t.day, coalesce(t.kind, 'touch') AS kind, 1 AS strength,
         CASE WHEN @is_bad_touch(t.sentiment) THEN 0 ELSE 1 END AS fair
  FROM known_touch t JOIN account_of a ON a.ref = t.ref WHERE t.day <= :day AND NOT @is_planned_touch(t.kind)
  UNION ALL
  -- what stands in a list that somebody keeps was written on no known day and proves no conversation
  SELECT a.account, n.day, 'note', 2, 1
  FROM known_note n
  JOIN account_of a ON a.ref = n.ref
  LEFT JOIN source s ON s.name = n.source
  WHERE n.day <= :day AND coalesce(s.role, '') <> 'book'
  UNION ALL
  SELECT a.account, r.last_activity_on, 'crm activity', 3, 1
  FROM known_account r
  JOIN account_of a ON a.ref = r.ref
  LEFT JOIN source s ON s.name = r.source
  WHERE r.last_activity_on <= :day AND coalesce(s.role, 'crm') IN ('crm', 'canonical')
),
last_spoken AS (
  SELECT account, max(day) AS day, max(CASE WHEN place = 1 THEN kind END) AS kind FROM (
    SELECT s.account, s.day, s.kind, row_number() OVER (PARTITION BY s.account ORDER BY s.day DESC, s.strength, s.kind) AS place
    FROM spoken s) ranked
  GROUP BY account  -- not WHERE place = 1: SQLite may then look through everybody once per account
),
last_fair AS (
  -- the CRM counts a call that was noted with its mood as activity of that day: it is the same call
  SELECT account, max(CASE WHEN fair = 1 AND NOT (strength = 3 AND worst = 0) THEN day END) AS day FROM (
    SELECT account, day, fair, strength, min(fair) OVER (PARTITION BY account, day) AS worst FROM spoken) told
  GROUP BY account
),
mood AS (
  SELECT account, max(CASE WHEN place = 1 THEN sentiment END) AS sentiment FROM (
    SELECT a.account, t.sentiment,
           row_number() OVER (PARTITION BY a.account ORDER BY t.day DESC, CASE WHEN @is_bad_touch(t.sentiment) THEN 0 ELSE 1 END, t.key) AS place
    FROM known_touch t JOIN account_of a ON a.ref = t.ref
    WHERE t.day <= :day AND t.sentiment IS NOT NULL AND NOT @is_planned_touch(t.kind)) ranked
  GROUP BY account
),
touched AS (
  SELECT a.account, count(CASE WHEN t.day > :day_90 THEN 1 END) AS recent,
         count(CASE WHEN t.day > :day_90 AND @is_bad_touch(t.sentiment) THEN 1 END) AS bad,
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
newest_pulse AS (
  -- each author's newest word; an older one of the same author is taken back by it, even once it has expired
  SELECT account, score, day, who, folded, expires_on FROM (
    SELECT a.account, u.score, u.day, u.who, @fold(u.who) AS folded, coalesce(u.expires_on, @add_days(u.day, 45)) AS expires_on,
           row_number() OVER (PARTITION BY a.account, @fold(u.who) ORDER BY u.day DESC, u.score, u.key) AS place
    FROM known_pulse u JOIN account_of a ON a.ref = u.ref
    WHERE u.day <= :day AND u.score IS NOT NULL) ranked
  WHERE place = 1
),
own_pulse AS (
  SELECT account, score, day, who, folded FROM newest_pulse WHERE expires_on > :day
),
standing AS (
  SELECT account, max(CASE WHEN newest = 1 THEN score END) AS score, max(CASE WHEN newest = 1 THEN day END) AS day,
         max(CASE WHEN newest = 1 THEN who END) AS who, min(score) AS lowest,
         max(CASE WHEN lowest = 1 THEN who END) AS lowest_by, max(score) AS highest, count(*) AS voices
  FROM (
    SELECT o.account, o.score, o.day, o.who,
           row_number() OVER (PARTITION BY o.account ORDER BY o.day DESC, o.score, o.who) AS newest,
           row_number() OVER (PARTITION BY o.account ORDER BY o.score, o.day DESC, o.who) AS lowest
    FROM own_pulse o) ranked
  GROUP BY account
),
kept_pulse AS (
  -- praise fades; a doubt does not heal by its age, somebody has to look anew
  SELECT account, score, day, who FROM (
    SELECT account, score, day, who, expires_on, max(day) OVER (PARTITION BY account) AS looked_on FROM newest_pulse) word
  WHERE expires_on > :day OR (score <= 3 AND looked_on < expires_on)
),
kept AS (
  SELECT account, max(CASE WHEN newest = 1 THEN score END) AS score, min(CASE WHEN score <= 3 THEN score END) AS doubt,
         max(CASE WHEN lowest = 1 AND score <= 3 THEN who END) AS doubt_by
  FROM (
    SELECT k.account, k.score, k.who,
           row_number() OVER (PARTITION BY k.account ORDER BY k.day DESC, k.score, k.who) AS newest,
           row_number() OVER (PARTITION BY k.account ORDER BY k.score, k.day DESC, k.who) AS lowest
    FROM kept_pulse k) ranked
  GROUP BY account
),
by_role AS (
  SELECT o.account,
         min(CASE WHEN h.role = 'csm' THEN o.score END) AS csm,
         min(CASE WHEN h.role = 'support' THEN o.score END) AS support,
         min(CASE WHEN h.role = 'ae' THEN o.score END) AS ae,
         min(CASE WHEN h.role = 'am' THEN o.score END) AS am
  FROM own_pulse o
  JOIN person_role h ON h.called = o.folded
  GROUP BY o.account
)
SELECT p.account,
       -- where the CRM tells of calls and its export is late, they may have spoken since: silence is nothing that we saw
       CASE WHEN :late_account = 1 AND :crm_tells = 1 AND l.day <= :seen_account THEN NULL
            ELSE @days(:day, l.day) END AS days_since_touch,
       CASE WHEN :late_account = 1 AND :crm_tells = 1 AND g.day <= :seen_account THEN NULL
            ELSE @days(:day, g.day) END AS days_since_fair_touch,
       b.sentiment AS last_mood,
       CASE WHEN :known_touch = 1 THEN coalesce(t.bad, 0) END AS bad_touches_90d,
       l.kind AS last_touch_by,
       CASE WHEN :known_touch = 1 THEN coalesce(t.recent, 0) END AS touches_90d,
       @days(:day, t.qbr_on) AS qbr_age_days,
       CASE WHEN :known_role_champion = 1 THEN CASE WHEN coalesce(c.champions, 0) > 0 THEN 1 ELSE 0 END END AS champion_known,
       CASE WHEN :known_role_champion = 1 THEN CASE WHEN c.gone > 0 AND c.champions = 0 THEN 1 ELSE 0 END END AS champion_left,
       CASE WHEN :known_role_decision_maker = 1 THEN CASE WHEN coalesce(c.deciders, 0) > 0 THEN 1 ELSE 0 END END AS decision_maker_known,
       CASE WHEN :known_role_user = 1 THEN CASE WHEN coalesce(c.users, 0) > 0 THEN 1 ELSE 0 END END AS user_known,
       CASE WHEN :known_it = 1 THEN CASE WHEN coalesce(c.it, 0) > 0 THEN 1 ELSE 0 END END AS it_known,
       CASE WHEN :known_contact = 1 OR :known_survey = 1 OR :known_ticket = 1 THEN coalesce(h.people, 0) END AS contacts_90d,
       f.score AS pulse, @days(:day, f.day) AS pulse_age_days, f.who AS pulse_by,
       f.lowest AS pulse_lowest, f.lowest_by AS pulse_lowest_by,
       CASE WHEN f.voices > 1 THEN f.highest - f.lowest END AS pulse_spread,
       k.score AS pulse_kept, k.doubt AS pulse_doubt, k.doubt_by AS pulse_doubt_by,
       r.csm AS pulse_csm, r.support AS pulse_support, r.ae AS pulse_ae, r.am AS pulse_am
FROM population p
LEFT JOIN last_spoken l ON l.account = p.account
LEFT JOIN touched t ON t.account = p.account
LEFT JOIN people c ON c.account = p.account
LEFT JOIN heard h ON h.account = p.account
LEFT JOIN standing f ON f.account = p.account
LEFT JOIN kept k ON k.account = p.account
LEFT JOIN by_role r ON r.account = p.account
LEFT JOIN last_fair g ON g.account = p.account
LEFT JOIN mood b ON b.account = p.account;
