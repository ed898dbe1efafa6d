-- Migration 7: who was forgotten, so that the next export does not bring them back. Nothing here can be
-- read: keyed hashes of ids, addresses and domains, by which a row is known again and left out.

CREATE TABLE forgotten (
  hash TEXT PRIMARY KEY,
  account INTEGER NOT NULL REFERENCES account_registry(account)
) STRICT, WITHOUT ROWID;
CREATE TABLE forget_key (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  key TEXT NOT NULL              -- random, hex
) STRICT;
