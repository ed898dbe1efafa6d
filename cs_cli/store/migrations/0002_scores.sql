-- Migration 2: what a day's facts, segments and health came to. A cache and nothing else:
-- deleting every row changes no byte of any output. A row set is valid only while the last
-- change set and the definitions are those it was computed from.

CREATE TABLE score_day (
  id INTEGER PRIMARY KEY,
  day TEXT NOT NULL,
  known_at TEXT NOT NULL,      -- '' without --known-at
  change_set INTEGER NOT NULL, -- the last one there was; runs do not count, they bring no records
  definitions TEXT NOT NULL,   -- hash of all definitions and settings, and the program's version
  whole INTEGER NOT NULL,      -- 1: every fact is there, not only those that were asked for
  columns TEXT NOT NULL,       -- JSON: [[name, SQL type], …] of the values
  UNIQUE (day, known_at)
) STRICT;
CREATE TABLE score_row (
  score_day INTEGER NOT NULL REFERENCES score_day(id) ON DELETE CASCADE,
  account INTEGER NOT NULL,
  facts TEXT NOT NULL,         -- JSON list in the order of columns; written by Python, so that doubles stay exact
  PRIMARY KEY (score_day, account)
) STRICT, WITHOUT ROWID;

-- History, not a cache: the segments and scorecards that a run used, from the first day it did.
-- So a score that moved because somebody edited health.yaml can be told from one that fell.
CREATE TABLE scorecard_text (
  day TEXT PRIMARY KEY,
  text TEXT NOT NULL           -- JSON: [segments, health]
) STRICT, WITHOUT ROWID;
