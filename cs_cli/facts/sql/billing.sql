-- theme: billing
-- after: spans
-- about: The days on which an account's billing came to its end: a subscription or a ledger that was paid for ended, and nothing of theirs went on.
-- A pause, a trial or a free plan that runs is no end of billing. Invoices are none of it: the next one may be late.

CREATE TEMP TABLE billing_end AS
SELECT DISTINCT m.account, m.to_on AS day
FROM mrr_span m
WHERE m.to_on IS NOT NULL AND (m.arr_minor IS NULL OR m.arr_minor > 0)
  AND (m.subscription = 'ledger' OR EXISTS (SELECT 1 FROM known_subscription s WHERE s.source = m.source AND s.key = m.subscription))
  AND NOT EXISTS (SELECT 1 FROM mrr_span o WHERE o.account = m.account AND o.from_on <= m.to_on AND (o.to_on IS NULL OR o.to_on > m.to_on)
                  AND (o.arr_minor IS NULL OR o.arr_minor > 0 OR o.subscription <> 'ledger'));

CREATE INDEX temp.billing_end_account ON billing_end(account, day);
