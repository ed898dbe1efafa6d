-- Migration 14: one row of a file may make records of several kinds. record_kind is what the row is; also has the kinds of
-- what else is made of it (JSON: {kind: [added, changed, unchanged]}, null while the import runs).

ALTER TABLE change_set ADD COLUMN also TEXT;
