-- Migration 16: what one person passes on to another: the task is what is asked, this is what goes with it and what
-- came back.

CREATE TABLE handoff (
  task INTEGER PRIMARY KEY REFERENCES task(number),
  giver TEXT NOT NULL,                 -- who passed it on; "cs" where only the playbook asked
  words TEXT NOT NULL DEFAULT '',
  amount INTEGER,                      -- what it may be worth a year, minor units
  currency TEXT,
  passed_on TEXT NOT NULL,
  at TEXT NOT NULL,                    -- instant, UTC, ISO
  taken_on TEXT,
  taken_by TEXT,
  answer TEXT,
  outcome TEXT,                        -- won | lost | done
  outcome_amount INTEGER,
  ended_on TEXT
) STRICT;
