-- Whoever waits for a table's exclusive lock keeps all its readers waiting behind.
SET LOCAL lock_timeout = '200ms';
-- Unlike the batches before, which become durable with this transaction.
SET LOCAL synchronous_commit = on;
SET LOCAL ROLE daybook_app
