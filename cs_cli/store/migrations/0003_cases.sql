-- Migration 3: cases, what happened to them, their tasks, and what playbooks remember between days.
-- A case's row is its present state; case_event is the history that it can be told from.

CREATE TABLE cs_case (
  number INTEGER PRIMARY KEY,          -- shown as c12
  playbook TEXT NOT NULL,              -- "by_hand" for escalations that a person opened
  kind TEXT NOT NULL,
  subject TEXT NOT NULL,               -- account number, or the id of a contract term
  account INTEGER NOT NULL REFERENCES account_registry(account),
  term TEXT,
  severity TEXT NOT NULL,
  state TEXT NOT NULL,                 -- open | acknowledged | snoozed | closed
  opened_on TEXT NOT NULL,
  because TEXT NOT NULL DEFAULT '',
  owner TEXT,                          -- role
  decides TEXT,                        -- role
  inherited INTEGER NOT NULL DEFAULT 0,
  control INTEGER NOT NULL DEFAULT 0,
  acknowledged_on TEXT,
  snoozed_until TEXT,
  snooze_reason TEXT,
  acknowledge_by TEXT,
  next_step_by TEXT,
  next_step_on TEXT,
  resolve_by TEXT,
  closed_on TEXT,
  outcome TEXT,                        -- resolved | done | accepted | lost
  reason TEXT,
  inhibited_by TEXT,
  text TEXT
) STRICT;
-- one unclosed case per playbook and subject; a person may open several by hand
CREATE UNIQUE INDEX cs_case_open ON cs_case(playbook, subject) WHERE state <> 'closed' AND playbook <> 'by_hand';
CREATE INDEX cs_case_account ON cs_case(account);

CREATE TABLE case_event (
  id INTEGER PRIMARY KEY,
  case_number INTEGER NOT NULL REFERENCES cs_case(number),
  day TEXT NOT NULL,
  at TEXT NOT NULL,                    -- instant, UTC, ISO
  who TEXT NOT NULL,                   -- "cs" for the program
  what TEXT NOT NULL,
  why TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE INDEX case_event_case ON case_event(case_number, id);

CREATE TABLE task (
  number INTEGER PRIMARY KEY,          -- shown as t34
  case_number INTEGER NOT NULL REFERENCES cs_case(number),
  id TEXT NOT NULL,                    -- the task's id in its playbook
  do TEXT NOT NULL,
  owner TEXT,                          -- role
  due TEXT,
  state TEXT NOT NULL,                 -- waiting | open | done | skipped
  done_on TEXT,
  why TEXT
) STRICT;
CREATE INDEX task_case ON task(case_number);
CREATE INDEX task_due ON task(due) WHERE state = 'open';

CREATE TABLE playbook_memory (
  playbook TEXT NOT NULL,
  subject TEXT NOT NULL,
  held INTEGER,
  cleared INTEGER,
  counted TEXT,
  cannot_tell_since TEXT,
  closed_on TEXT,
  closed_term TEXT,
  latched INTEGER NOT NULL DEFAULT 0,
  inherited INTEGER NOT NULL DEFAULT 0,
  waits TEXT,
  PRIMARY KEY (playbook, subject)
) STRICT, WITHOUT ROWID;

CREATE TABLE playbook_known (
  playbook TEXT PRIMARY KEY,
  first_day TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- a reminder that has become due, once per case and step; sending is recorded elsewhere
CREATE TABLE occurrence (
  case_number INTEGER NOT NULL REFERENCES cs_case(number),
  step TEXT NOT NULL,
  playbook TEXT NOT NULL,
  subject TEXT NOT NULL,
  due TEXT NOT NULL,
  day TEXT NOT NULL,                   -- the day on which it was found due
  muted TEXT,
  PRIMARY KEY (case_number, step)
) STRICT, WITHOUT ROWID;

CREATE TABLE definition_text (
  hash TEXT PRIMARY KEY,
  text TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE run_log (
  day TEXT PRIMARY KEY,
  at TEXT NOT NULL,
  change_set INTEGER NOT NULL,         -- the last change set that the run knew
  event INTEGER NOT NULL,              -- the last case event before it
  definitions TEXT NOT NULL,           -- hash of definition_text
  opened INTEGER NOT NULL,
  closed INTEGER NOT NULL,
  changed INTEGER NOT NULL,
  tasks INTEGER NOT NULL,
  braked TEXT NOT NULL                 -- JSON list of [playbook, would open, limit]
) STRICT, WITHOUT ROWID;
