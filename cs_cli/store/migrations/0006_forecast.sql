-- Migration 6: frozen renewal forecasts, kept as they were so that they can be compared with what happened.

CREATE TABLE forecast (
  id INTEGER PRIMARY KEY,
  day TEXT NOT NULL,                   -- the day it speaks for
  at TEXT NOT NULL,                    -- instant, UTC, ISO
  method TEXT NOT NULL,                -- bands | history | hand
  until TEXT NOT NULL,                 -- renewal dates up to this day
  currency TEXT NOT NULL,
  UNIQUE (day, method, until)
) STRICT;

CREATE TABLE forecast_term (
  forecast INTEGER NOT NULL REFERENCES forecast(id),
  contract TEXT NOT NULL,
  account INTEGER NOT NULL REFERENCES account_registry(account),
  renewal_date TEXT NOT NULL,
  arr INTEGER,                         -- minor units of the forecast's currency
  band TEXT,
  category TEXT NOT NULL,              -- commit | likely | at risk
  likelihood REAL NOT NULL,
  PRIMARY KEY (forecast, contract)
) STRICT, WITHOUT ROWID;
