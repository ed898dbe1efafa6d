-- Migration 12: what a bill says beside its total, so that revenue can be read from it: the tax in it, what it is for,
-- and its lines where it has several (JSON: [[text, amount without tax], …]).

ALTER TABLE invoice ADD COLUMN tax INTEGER;
ALTER TABLE invoice ADD COLUMN description TEXT;
ALTER TABLE invoice ADD COLUMN plan TEXT;
ALTER TABLE invoice ADD COLUMN lines TEXT;
