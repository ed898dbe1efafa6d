-- Migration 4: what was said to whom. A reminder is planned, then sent, failed or unknown; never forgotten.
-- No text of a message is kept: it can be written again from the records, and forgetting stays possible.

CREATE TABLE message (
  id INTEGER PRIMARY KEY,
  ref TEXT NOT NULL,                   -- what people see and type: 7F3A21
  message_id TEXT NOT NULL,            -- the same for the same deliveries, so that a repeat can be told
  channel TEXT NOT NULL,
  recipient TEXT NOT NULL,
  day TEXT NOT NULL,                   -- the day it was sent for
  kind TEXT NOT NULL,                  -- single | digest
  state TEXT NOT NULL,                 -- sending | sent | failed | unknown
  started_at TEXT NOT NULL,            -- instant, UTC, ISO
  ended_at TEXT,
  reason TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE INDEX message_open ON message(state) WHERE state = 'sending';

CREATE TABLE delivery (
  id INTEGER PRIMARY KEY,
  playbook TEXT NOT NULL,              -- or report:<name>
  subject TEXT NOT NULL,               -- account number, or the contract
  term TEXT NOT NULL,                  -- contract and ordinal, else the day the case opened, else the ISO week
  step TEXT NOT NULL,                  -- the reminder's id
  channel TEXT NOT NULL,
  recipient TEXT NOT NULL,             -- a person's name; '' for everybody behind the channel
  ref TEXT NOT NULL,
  case_number INTEGER,
  account INTEGER,
  due TEXT NOT NULL,                   -- the day on which it was due, wherever it is sent
  planned_on TEXT NOT NULL,
  state TEXT NOT NULL,                 -- planned | sending | sent | failed | unknown | missed
  final INTEGER NOT NULL DEFAULT 0,    -- 1: not tried again unless a person says so
  attempts INTEGER NOT NULL DEFAULT 0,
  message INTEGER REFERENCES message(id), -- the last one that carried it
  settled_on TEXT,                     -- the day it was sent, missed, or settled by a person
  reason TEXT NOT NULL DEFAULT '',
  UNIQUE (playbook, subject, term, step, channel, recipient)
) STRICT;
CREATE INDEX delivery_unsettled ON delivery(state) WHERE state NOT IN ('sent', 'missed');

CREATE INDEX delivery_case ON delivery(case_number, step);

-- every try of every delivery
CREATE TABLE carried (
  message INTEGER NOT NULL REFERENCES message(id),
  delivery INTEGER NOT NULL REFERENCES delivery(id),
  PRIMARY KEY (message, delivery)
) STRICT, WITHOUT ROWID;

-- one row: whose ledger this is and how far it has come, against copies and restored backups
CREATE TABLE remind_state (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  machine TEXT NOT NULL,               -- a hash; the machine's own id is not kept
  last_day TEXT NOT NULL,              -- the last day whose reminders were sent
  runs INTEGER NOT NULL                -- counts up; the heartbeat file in .cs/ knows the highest
) STRICT;
