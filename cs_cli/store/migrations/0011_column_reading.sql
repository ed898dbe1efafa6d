-- Migration 11: how the columns of a source's files were found to be read, with the import that proved it or was told so.
-- Only what a quiet file may not tell by itself: day order, decimal mark, scale of percents, dashes, encoding. An import
-- that is undone proves nothing any more.

CREATE TABLE column_reading (
  import_id INTEGER NOT NULL REFERENCES change_set(id),
  header TEXT NOT NULL,            -- as headers are compared; "" is the file as a whole
  word TEXT NOT NULL,              -- format | century | decimal | dashes | encoding: the words of a mapping
  value TEXT NOT NULL,
  said INTEGER NOT NULL,           -- 1: a person said so, 0: the cells proved it
  PRIMARY KEY (import_id, header, word)
) STRICT, WITHOUT ROWID;
