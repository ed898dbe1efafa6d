-- Migration 9: by how much a term renews, apart from how long its first one is, and which term a case is about.

ALTER TABLE contract ADD COLUMN renewal_term_months INTEGER;
ALTER TABLE subscription ADD COLUMN renewal_term_months INTEGER;

-- The terms behind remembered contracts, as runs saw them: a contract that is renamed, moved to another account or
-- taken back and imported again is known again by its dates.
CREATE TABLE term_seen (
  subject TEXT NOT NULL,               -- id of the renewal line, as cs_case.subject and playbook_memory.subject
  term TEXT NOT NULL,                  -- the name that the term keeps for good, as cs_case.term
  account INTEGER NOT NULL,
  origin TEXT NOT NULL,                -- contract | subscription
  start_on TEXT,
  end_on TEXT NOT NULL,
  nth INTEGER NOT NULL,                -- the highest is the term that the last run saw
  PRIMARY KEY (subject, term)
) STRICT, WITHOUT ROWID;
-- since when no record has what the case is about; NULL: it is there
ALTER TABLE cs_case ADD COLUMN missing_since TEXT;

-- kept terms have no such columns: they are worked out again
DELETE FROM score_shape;
DELETE FROM score_table;
DELETE FROM score_row;
DELETE FROM score_day;
