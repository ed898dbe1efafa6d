-- Migration 18: who looks after an account: a column of the CRM's list, and who was given it by hand, since which day.

ALTER TABLE account ADD COLUMN csm TEXT;

CREATE TABLE assignment (
  id INTEGER PRIMARY KEY,
  source TEXT NOT NULL,
  key TEXT NOT NULL,
  import_id INTEGER NOT NULL REFERENCES change_set(id),
  line INTEGER,
  origin_import INTEGER,
  origin_line INTEGER,
  ref INTEGER,
  day TEXT,                            -- the first day on which it holds
  role TEXT,                           -- csm
  who TEXT,
  retired_by INTEGER REFERENCES change_set(id)
) STRICT;
CREATE UNIQUE INDEX assignment_current ON assignment(source, key) WHERE retired_by IS NULL;
CREATE INDEX assignment_ref ON assignment(ref) WHERE retired_by IS NULL;
