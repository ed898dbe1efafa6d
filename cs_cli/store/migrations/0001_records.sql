-- Migration 1: change sets, registries, and one table per record kind.
-- Rows are appended and retired, never updated. current = retired_by IS NULL;
-- known at change set k = import_id <= k AND (retired_by IS NULL OR retired_by > k).

CREATE TABLE change_set (
  id INTEGER PRIMARY KEY,
  at TEXT NOT NULL,            -- instant, UTC, ISO
  day TEXT NOT NULL,           -- the workspace's day (or --as-of) it speaks for
  kind TEXT NOT NULL,          -- import | hand | undo | match | run
  source TEXT,                 -- source name of an import
  record_kind TEXT,            -- the main record kind it wrote
  file TEXT,                   -- the file's name as given
  sha256 TEXT,                 -- of the file's bytes
  mapping TEXT,                -- hash of the source definition used
  columns TEXT,                -- JSON list of record columns the file delivered
  undoes INTEGER REFERENCES change_set(id),
  fixes INTEGER REFERENCES change_set(id),   -- the import whose rejects this file repairs
  rows INTEGER NOT NULL DEFAULT 0,
  added INTEGER NOT NULL DEFAULT 0,
  changed INTEGER NOT NULL DEFAULT 0,
  unchanged INTEGER NOT NULL DEFAULT 0,
  set_aside INTEGER NOT NULL DEFAULT 0,
  by TEXT,                     -- who, for hand entries
  note TEXT
) STRICT;
CREATE INDEX change_set_sha ON change_set(sha256);

-- Registries: immutable facts that need no versions.
-- A ref is an account as some system calls it. external_id is the system's id, or
-- '@domain' or an e-mail address or 'name:…' where a row names its account only so.
CREATE TABLE ref (
  id INTEGER PRIMARY KEY,
  system TEXT NOT NULL,
  external_id TEXT NOT NULL,
  hint_domain TEXT,
  hint_name TEXT,
  UNIQUE (system, external_id)
) STRICT;
-- The accounts; the number never leaves the database, account_id is what people see.
CREATE TABLE account_registry (
  account INTEGER PRIMARY KEY,
  account_id TEXT NOT NULL UNIQUE,
  created_by INTEGER NOT NULL REFERENCES change_set(id)
) STRICT;
-- rank: lower wins when several sources know the same attribute (hand 0, crm 10, canonical 10, billing 20, support 30)
CREATE TABLE source (
  name TEXT PRIMARY KEY,
  system TEXT NOT NULL,
  role TEXT NOT NULL,
  rank INTEGER NOT NULL
) STRICT;
CREATE TABLE metric (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;

-- Usage is too big for the common shape: current rows only, clustered for windows per account.
CREATE TABLE usage (
  ref INTEGER NOT NULL,
  metric INTEGER NOT NULL,
  day TEXT NOT NULL,
  value REAL NOT NULL,
  import_id INTEGER NOT NULL,
  line INTEGER,
  PRIMARY KEY (ref, metric, day)
) STRICT, WITHOUT ROWID;
CREATE TABLE usage_old (
  ref INTEGER NOT NULL,
  metric INTEGER NOT NULL,
  day TEXT NOT NULL,
  value REAL NOT NULL,
  import_id INTEGER NOT NULL,
  line INTEGER,
  retired_by INTEGER NOT NULL
) STRICT;
CREATE INDEX usage_old_key ON usage_old(ref, metric, day);

CREATE TABLE account (
  id INTEGER PRIMARY KEY,
  source TEXT NOT NULL,
  key TEXT NOT NULL,
  import_id INTEGER NOT NULL REFERENCES change_set(id),
  line INTEGER,
  origin_import INTEGER,
  origin_line INTEGER,
  ref INTEGER,
  name TEXT,
  domain TEXT,
  email TEXT,
  industry TEXT,
  country TEXT,
  employees INTEGER,
  owner TEXT,
  sold_by TEXT,
  stage TEXT,
  need TEXT,
  tags TEXT,
  parent TEXT,
  last_activity_on TEXT,
  created_on TEXT,
  retired_by INTEGER REFERENCES change_set(id)
) STRICT;
CREATE UNIQUE INDEX account_current ON account(source, key) WHERE retired_by IS NULL;
CREATE INDEX account_ref ON account(ref) WHERE retired_by IS NULL;

CREATE TABLE contact (
  id INTEGER PRIMARY KEY,
  source TEXT NOT NULL,
  key TEXT NOT NULL,
  import_id INTEGER NOT NULL REFERENCES change_set(id),
  line INTEGER,
  origin_import INTEGER,
  origin_line INTEGER,
  ref INTEGER,
  name TEXT,
  email TEXT,
  role TEXT,
  title TEXT,
  left_on TEXT,
  reference_last_asked TEXT,
  created_on TEXT,
  last_activity_on TEXT,
  retired_by INTEGER REFERENCES change_set(id)
) STRICT;
CREATE UNIQUE INDEX contact_current ON contact(source, key) WHERE retired_by IS NULL;
CREATE INDEX contact_ref ON contact(ref) WHERE retired_by IS NULL;

CREATE TABLE contract (
  id INTEGER PRIMARY KEY,
  source TEXT NOT NULL,
  key TEXT NOT NULL,
  import_id INTEGER NOT NULL REFERENCES change_set(id),
  line INTEGER,
  origin_import INTEGER,
  origin_line INTEGER,
  ref INTEGER,
  start_on TEXT,
  end_on TEXT,
  term_months INTEGER,
  notice_days INTEGER,
  auto_renew INTEGER,
  amount INTEGER,
  currency TEXT,
  uplift REAL,
  status TEXT,
  retired_by INTEGER REFERENCES change_set(id)
) STRICT;
CREATE UNIQUE INDEX contract_current ON contract(source, key) WHERE retired_by IS NULL;
CREATE INDEX contract_ref ON contract(ref) WHERE retired_by IS NULL;

CREATE TABLE subscription (
  id INTEGER PRIMARY KEY,
  source TEXT NOT NULL,
  key TEXT NOT NULL,
  import_id INTEGER NOT NULL REFERENCES change_set(id),
  line INTEGER,
  origin_import INTEGER,
  origin_line INTEGER,
  ref INTEGER,
  plan TEXT,
  product TEXT,
  quantity REAL,
  amount INTEGER,
  currency TEXT,
  interval TEXT,
  interval_count INTEGER,
  discount REAL,
  arr INTEGER,
  started_on TEXT,
  renews_on TEXT,
  term_months INTEGER,
  auto_renew INTEGER,
  notice_days INTEGER,
  cancelled_on TEXT,
  ended_on TEXT,
  status TEXT,
  trial INTEGER,
  trial_ends_on TEXT,
  retired_by INTEGER REFERENCES change_set(id)
) STRICT;
CREATE UNIQUE INDEX subscription_current ON subscription(source, key) WHERE retired_by IS NULL;
CREATE INDEX subscription_ref ON subscription(ref) WHERE retired_by IS NULL;

CREATE TABLE subscription_step (
  id INTEGER PRIMARY KEY,
  source TEXT NOT NULL,
  key TEXT NOT NULL,
  import_id INTEGER NOT NULL REFERENCES change_set(id),
  line INTEGER,
  origin_import INTEGER,
  origin_line INTEGER,
  ref INTEGER,
  subscription TEXT,
  from_on TEXT,
  plan TEXT,
  quantity REAL,
  amount INTEGER,
  arr INTEGER,
  currency TEXT,
  retired_by INTEGER REFERENCES change_set(id)
) STRICT;
CREATE UNIQUE INDEX subscription_step_current ON subscription_step(source, key) WHERE retired_by IS NULL;
CREATE INDEX subscription_step_ref ON subscription_step(ref) WHERE retired_by IS NULL;

CREATE TABLE mrr_event (
  id INTEGER PRIMARY KEY,
  source TEXT NOT NULL,
  key TEXT NOT NULL,
  import_id INTEGER NOT NULL REFERENCES change_set(id),
  line INTEGER,
  origin_import INTEGER,
  origin_line INTEGER,
  ref INTEGER,
  day TEXT,
  kind TEXT,
  mrr_before INTEGER,
  mrr_after INTEGER,
  currency TEXT,
  retired_by INTEGER REFERENCES change_set(id)
) STRICT;
CREATE UNIQUE INDEX mrr_event_current ON mrr_event(source, key) WHERE retired_by IS NULL;
CREATE INDEX mrr_event_ref ON mrr_event(ref) WHERE retired_by IS NULL;

CREATE TABLE invoice (
  id INTEGER PRIMARY KEY,
  source TEXT NOT NULL,
  key TEXT NOT NULL,
  import_id INTEGER NOT NULL REFERENCES change_set(id),
  line INTEGER,
  origin_import INTEGER,
  origin_line INTEGER,
  ref INTEGER,
  number TEXT,
  issued_on TEXT,
  due_on TEXT,
  paid_on TEXT,
  amount INTEGER,
  amount_paid INTEGER,
  currency TEXT,
  status TEXT,
  subscription TEXT,
  service_from TEXT,
  service_to TEXT,
  retired_by INTEGER REFERENCES change_set(id)
) STRICT;
CREATE UNIQUE INDEX invoice_current ON invoice(source, key) WHERE retired_by IS NULL;
CREATE INDEX invoice_ref ON invoice(ref) WHERE retired_by IS NULL;

CREATE TABLE deal (
  id INTEGER PRIMARY KEY,
  source TEXT NOT NULL,
  key TEXT NOT NULL,
  import_id INTEGER NOT NULL REFERENCES change_set(id),
  line INTEGER,
  origin_import INTEGER,
  origin_line INTEGER,
  ref INTEGER,
  name TEXT,
  kind TEXT,
  stage TEXT,
  status TEXT,
  amount INTEGER,
  currency TEXT,
  close_on TEXT,
  created_on TEXT,
  owner TEXT,
  retired_by INTEGER REFERENCES change_set(id)
) STRICT;
CREATE UNIQUE INDEX deal_current ON deal(source, key) WHERE retired_by IS NULL;
CREATE INDEX deal_ref ON deal(ref) WHERE retired_by IS NULL;

CREATE TABLE ticket (
  id INTEGER PRIMARY KEY,
  source TEXT NOT NULL,
  key TEXT NOT NULL,
  import_id INTEGER NOT NULL REFERENCES change_set(id),
  line INTEGER,
  origin_import INTEGER,
  origin_line INTEGER,
  ref INTEGER,
  requester_email TEXT,
  opened_at TEXT,
  opened_on TEXT,
  closed_at TEXT,
  closed_on TEXT,
  priority TEXT,
  status TEXT,
  category TEXT,
  subject TEXT,
  first_response_hours REAL,
  reopens INTEGER,
  csat REAL,
  csat_positive INTEGER,
  retired_by INTEGER REFERENCES change_set(id)
) STRICT;
CREATE UNIQUE INDEX ticket_current ON ticket(source, key) WHERE retired_by IS NULL;
CREATE INDEX ticket_ref ON ticket(ref) WHERE retired_by IS NULL;

CREATE TABLE survey (
  id INTEGER PRIMARY KEY,
  source TEXT NOT NULL,
  key TEXT NOT NULL,
  import_id INTEGER NOT NULL REFERENCES change_set(id),
  line INTEGER,
  origin_import INTEGER,
  origin_line INTEGER,
  ref INTEGER,
  email TEXT,
  kind TEXT,
  score REAL,
  day TEXT,
  comment TEXT,
  retired_by INTEGER REFERENCES change_set(id)
) STRICT;
CREATE UNIQUE INDEX survey_current ON survey(source, key) WHERE retired_by IS NULL;
CREATE INDEX survey_ref ON survey(ref) WHERE retired_by IS NULL;

CREATE TABLE touch (
  id INTEGER PRIMARY KEY,
  source TEXT NOT NULL,
  key TEXT NOT NULL,
  import_id INTEGER NOT NULL REFERENCES change_set(id),
  line INTEGER,
  origin_import INTEGER,
  origin_line INTEGER,
  ref INTEGER,
  day TEXT,
  kind TEXT,
  who TEXT,
  sentiment TEXT,
  note TEXT,
  next_step TEXT,
  next_step_by TEXT,
  retired_by INTEGER REFERENCES change_set(id)
) STRICT;
CREATE UNIQUE INDEX touch_current ON touch(source, key) WHERE retired_by IS NULL;
CREATE INDEX touch_ref ON touch(ref) WHERE retired_by IS NULL;

CREATE TABLE pulse (
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
  score INTEGER,
  reason TEXT,
  expires_on TEXT,
  retired_by INTEGER REFERENCES change_set(id)
) STRICT;
CREATE UNIQUE INDEX pulse_current ON pulse(source, key) WHERE retired_by IS NULL;
CREATE INDEX pulse_ref ON pulse(ref) WHERE retired_by IS NULL;

CREATE TABLE goal (
  id INTEGER PRIMARY KEY,
  source TEXT NOT NULL,
  key TEXT NOT NULL,
  import_id INTEGER NOT NULL REFERENCES change_set(id),
  line INTEGER,
  origin_import INTEGER,
  origin_line INTEGER,
  ref INTEGER,
  objective TEXT,
  measure TEXT,
  target REAL,
  due_on TEXT,
  status TEXT,
  done_on TEXT,
  created_on TEXT,
  retired_by INTEGER REFERENCES change_set(id)
) STRICT;
CREATE UNIQUE INDEX goal_current ON goal(source, key) WHERE retired_by IS NULL;
CREATE INDEX goal_ref ON goal(ref) WHERE retired_by IS NULL;

CREATE TABLE milestone (
  id INTEGER PRIMARY KEY,
  source TEXT NOT NULL,
  key TEXT NOT NULL,
  import_id INTEGER NOT NULL REFERENCES change_set(id),
  line INTEGER,
  origin_import INTEGER,
  origin_line INTEGER,
  ref INTEGER,
  name TEXT,
  due_on TEXT,
  done_on TEXT,
  retired_by INTEGER REFERENCES change_set(id)
) STRICT;
CREATE UNIQUE INDEX milestone_current ON milestone(source, key) WHERE retired_by IS NULL;
CREATE INDEX milestone_ref ON milestone(ref) WHERE retired_by IS NULL;

CREATE TABLE request (
  id INTEGER PRIMARY KEY,
  source TEXT NOT NULL,
  key TEXT NOT NULL,
  import_id INTEGER NOT NULL REFERENCES change_set(id),
  line INTEGER,
  origin_import INTEGER,
  origin_line INTEGER,
  ref INTEGER,
  kind TEXT,
  severity TEXT,
  text TEXT,
  cost INTEGER,
  currency TEXT,
  asked_on TEXT,
  due_on TEXT,
  decider TEXT,
  decision TEXT,
  decided_on TEXT,
  reason TEXT,
  until TEXT,
  status TEXT,
  retired_by INTEGER REFERENCES change_set(id)
) STRICT;
CREATE UNIQUE INDEX request_current ON request(source, key) WHERE retired_by IS NULL;
CREATE INDEX request_ref ON request(ref) WHERE retired_by IS NULL;

CREATE TABLE attribute (
  id INTEGER PRIMARY KEY,
  source TEXT NOT NULL,
  key TEXT NOT NULL,
  import_id INTEGER NOT NULL REFERENCES change_set(id),
  line INTEGER,
  origin_import INTEGER,
  origin_line INTEGER,
  ref INTEGER,
  name TEXT,
  value TEXT,
  retired_by INTEGER REFERENCES change_set(id)
) STRICT;
CREATE UNIQUE INDEX attribute_current ON attribute(source, key) WHERE retired_by IS NULL;
CREATE INDEX attribute_ref ON attribute(ref) WHERE retired_by IS NULL;

CREATE TABLE feedback (
  id INTEGER PRIMARY KEY,
  source TEXT NOT NULL,
  key TEXT NOT NULL,
  import_id INTEGER NOT NULL REFERENCES change_set(id),
  line INTEGER,
  origin_import INTEGER,
  origin_line INTEGER,
  ref INTEGER,
  day TEXT,
  theme TEXT,
  area TEXT,
  quote TEXT,
  status TEXT,
  retired_by INTEGER REFERENCES change_set(id)
) STRICT;
CREATE UNIQUE INDEX feedback_current ON feedback(source, key) WHERE retired_by IS NULL;
CREATE INDEX feedback_ref ON feedback(ref) WHERE retired_by IS NULL;

CREATE TABLE churn (
  id INTEGER PRIMARY KEY,
  source TEXT NOT NULL,
  key TEXT NOT NULL,
  import_id INTEGER NOT NULL REFERENCES change_set(id),
  line INTEGER,
  origin_import INTEGER,
  origin_line INTEGER,
  ref INTEGER,
  day TEXT,
  reason TEXT,
  voluntary INTEGER,
  competitor TEXT,
  note TEXT,
  retired_by INTEGER REFERENCES change_set(id)
) STRICT;
CREATE UNIQUE INDEX churn_current ON churn(source, key) WHERE retired_by IS NULL;
CREATE INDEX churn_ref ON churn(ref) WHERE retired_by IS NULL;

CREATE TABLE note (
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
  text TEXT,
  retired_by INTEGER REFERENCES change_set(id)
) STRICT;
CREATE UNIQUE INDEX note_current ON note(source, key) WHERE retired_by IS NULL;
CREATE INDEX note_ref ON note(ref) WHERE retired_by IS NULL;

CREATE TABLE fx_rate (
  id INTEGER PRIMARY KEY,
  source TEXT NOT NULL,
  key TEXT NOT NULL,
  import_id INTEGER NOT NULL REFERENCES change_set(id),
  line INTEGER,
  origin_import INTEGER,
  origin_line INTEGER,
  ref INTEGER,
  currency TEXT,
  day TEXT,
  rate REAL,
  retired_by INTEGER REFERENCES change_set(id)
) STRICT;
CREATE UNIQUE INDEX fx_rate_current ON fx_rate(source, key) WHERE retired_by IS NULL;
CREATE INDEX fx_rate_ref ON fx_rate(ref) WHERE retired_by IS NULL;

CREATE TABLE identity (
  id INTEGER PRIMARY KEY,
  source TEXT NOT NULL,
  key TEXT NOT NULL,
  import_id INTEGER NOT NULL REFERENCES change_set(id),
  line INTEGER,
  origin_import INTEGER,
  origin_line INTEGER,
  ref INTEGER,
  account INTEGER,
  how TEXT,
  evidence TEXT,
  retired_by INTEGER REFERENCES change_set(id)
) STRICT;
CREATE UNIQUE INDEX identity_current ON identity(source, key) WHERE retired_by IS NULL;
CREATE INDEX identity_ref ON identity(ref) WHERE retired_by IS NULL;
CREATE INDEX identity_account ON identity(account) WHERE retired_by IS NULL;
