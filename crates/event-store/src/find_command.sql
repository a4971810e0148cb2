-- The events of the command that came under one of these idempotency keys. Several commands of one calendar may have been
-- appended together, so the first event says how many are its command's.
WITH first AS (
    SELECT aggregate_type, aggregate_id, sequence, (metadata ->> 'idempotency_events')::bigint AS events
    FROM events
    WHERE metadata ->> 'idempotency_key' = ANY($1)
    LIMIT 1
)
SELECT e.event_id, e.aggregate_id, e.sequence, e.event_type, e.event_version, e.payload::text, e.metadata::text,
    e.transaction_id::text, e.position, e.recorded_at
FROM first
JOIN events e
    ON e.aggregate_type = first.aggregate_type
    AND e.aggregate_id = first.aggregate_id
    AND e.sequence >= first.sequence
    AND e.sequence < first.sequence + coalesce(first.events, 1)
ORDER BY e.sequence
