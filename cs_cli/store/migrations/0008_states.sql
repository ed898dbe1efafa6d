-- Migration 8: a subscription is a line in time, and a file speaks for a day.

-- speaks_for: the day of whose state the file tells (NULL before this migration: its `day`).
-- file_time: when the file was last written, by which the very file is known again.
-- extent: complete where --complete said so, partial where many known records were missing and --yes let it in.
ALTER TABLE change_set ADD COLUMN speaks_for TEXT;
ALTER TABLE change_set ADD COLUMN file_time TEXT;
ALTER TABLE change_set ADD COLUMN extent TEXT;

-- Known records that a snapshot did not hold: nobody ended them, and nothing was said of them that day.
-- change_set found it out: the snapshot itself, or a later import that brought the record.
CREATE TABLE absent (
  source TEXT NOT NULL,
  kind TEXT NOT NULL,
  key TEXT NOT NULL,
  snapshot INTEGER NOT NULL REFERENCES change_set(id),
  change_set INTEGER NOT NULL REFERENCES change_set(id),
  PRIMARY KEY (source, kind, key, snapshot)
) STRICT, WITHOUT ROWID;
CREATE INDEX absent_snapshot ON absent(snapshot);

-- the source's own days of a new state
ALTER TABLE subscription ADD COLUMN trial_starts_on TEXT;
ALTER TABLE subscription ADD COLUMN paused_on TEXT;
ALTER TABLE subscription ADD COLUMN resumed_on TEXT;
ALTER TABLE subscription ADD COLUMN period_starts_on TEXT;

-- A step is what one snapshot (seen_on) said that differs from the one before it, and the days on which that held:
-- from_on to till_on; state running, past_due, trial, paused, pending or ended; trial_till where it begins with a
-- trial; then_arr what it is worth after a trial that came when it had paid; rests_since the first day of the pause
-- that it is part of. Steps written before this migration have none of it (state NULL): they say amounts alone.
ALTER TABLE subscription_step ADD COLUMN seen_on TEXT;
ALTER TABLE subscription_step ADD COLUMN till_on TEXT;
ALTER TABLE subscription_step ADD COLUMN state TEXT;
ALTER TABLE subscription_step ADD COLUMN trial_till TEXT;
ALTER TABLE subscription_step ADD COLUMN then_arr INTEGER;
ALTER TABLE subscription_step ADD COLUMN rests_since TEXT;
ALTER TABLE subscription_step ADD COLUMN status TEXT;
ALTER TABLE subscription_step ADD COLUMN trial INTEGER;
ALTER TABLE subscription_step ADD COLUMN started_on TEXT;
ALTER TABLE subscription_step ADD COLUMN trial_starts_on TEXT;
ALTER TABLE subscription_step ADD COLUMN trial_ends_on TEXT;
ALTER TABLE subscription_step ADD COLUMN paused_on TEXT;
ALTER TABLE subscription_step ADD COLUMN resumed_on TEXT;
ALTER TABLE subscription_step ADD COLUMN period_starts_on TEXT;
ALTER TABLE subscription_step ADD COLUMN cancelled_on TEXT;
ALTER TABLE subscription_step ADD COLUMN ended_on TEXT;
ALTER TABLE subscription_step ADD COLUMN product TEXT;
ALTER TABLE subscription_step ADD COLUMN discount REAL;
ALTER TABLE subscription_step ADD COLUMN interval TEXT;
ALTER TABLE subscription_step ADD COLUMN interval_count INTEGER;
CREATE INDEX subscription_step_of ON subscription_step(source, subscription) WHERE retired_by IS NULL;
