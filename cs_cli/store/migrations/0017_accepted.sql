-- Migration 17: findings that a person accepted until a day. key is the finding's id, content a hash of what it said then:
-- a finding that says something else is not the one that was accepted.

CREATE TABLE acceptance (
  id INTEGER PRIMARY KEY,
  source TEXT NOT NULL,
  key TEXT NOT NULL,
  import_id INTEGER NOT NULL REFERENCES change_set(id),
  line INTEGER,
  origin_import INTEGER,
  origin_line INTEGER,
  ref INTEGER,
  day TEXT,
  who TEXT,
  until TEXT,
  reason TEXT,
  content TEXT,
  retired_by INTEGER REFERENCES change_set(id)
) STRICT;
CREATE UNIQUE INDEX acceptance_current ON acceptance(source, key) WHERE retired_by IS NULL;
CREATE INDEX acceptance_ref ON acceptance(ref) WHERE retired_by IS NULL;
