-- Migration 13: an event ledger may name the subscription that an event is of.

ALTER TABLE mrr_event ADD COLUMN subscription TEXT;
