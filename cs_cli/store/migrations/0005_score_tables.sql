-- Migration 5: beside a day's facts the score cache keeps what was worked out on the way to them: the
-- contract terms, the measures of every score and the caps that held. A cache like score_row: deleting
-- every row changes no byte of any output.

CREATE TABLE score_table (
  score_day INTEGER NOT NULL REFERENCES score_day(id) ON DELETE CASCADE,
  name TEXT NOT NULL,          -- the temporary table that these rows are put back into
  account INTEGER NOT NULL,
  rows TEXT NOT NULL,          -- JSON: [[value, …], …] in the order of the table's columns
  PRIMARY KEY (score_day, name, account)
) STRICT, WITHOUT ROWID;
CREATE TABLE score_shape (
  score_day INTEGER NOT NULL REFERENCES score_day(id) ON DELETE CASCADE,
  name TEXT NOT NULL,
  columns TEXT NOT NULL,       -- JSON: [[name, SQL type], …]
  PRIMARY KEY (score_day, name)
) STRICT, WITHOUT ROWID;
