-- Migration 15: the files that were read from disk, so that a folder's old ones are not read again, and those that were
-- set aside whole, with the reason. And what was said once about rows that a source's map cannot read.

CREATE TABLE export_file (
  path TEXT PRIMARY KEY,        -- inside the workspace from its root, else whole
  size INTEGER NOT NULL,
  mtime_ns INTEGER NOT NULL,
  ctime_ns INTEGER NOT NULL,
  settled INTEGER NOT NULL,     -- 0: written so shortly before it was read that its times may not tell a change
  sha256 TEXT,                  -- of its bytes
  rules TEXT NOT NULL,          -- hash of all source definitions that it was read by
  state TEXT NOT NULL,          -- in | aside
  change_set INTEGER REFERENCES change_set(id),   -- the import that it is
  source TEXT,                  -- of one set aside: by its headers, else by the name it has in common with earlier files
  read_on TEXT NOT NULL,        -- the workspace's day
  speaks_for TEXT NOT NULL,     -- the day in its name, else of its time
  before INTEGER NOT NULL,      -- the newest change set before it was read
  after INTEGER NOT NULL,       -- and after: what came later may let one in that was set aside
  ident TEXT,                   -- of one set aside: the error,
  reason TEXT,                  -- what was wrong,
  advice TEXT                   -- and what to do
) STRICT;

CREATE TABLE advised (
  source TEXT NOT NULL,
  header TEXT NOT NULL,
  value TEXT NOT NULL,
  change_set INTEGER NOT NULL REFERENCES change_set(id),
  PRIMARY KEY (source, header, value)
) STRICT, WITHOUT ROWID;
