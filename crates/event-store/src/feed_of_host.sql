-- The next events of one calendar after a place. Its versions are in the order of the log, so that they find what follows
-- without sorting; the place serves whoever does not know the version there. Limited to what the feed gives: see feed.sql.
SELECT e.event_id, e.aggregate_id, e.sequence, e.event_type, e.event_version, e.payload::text, e.metadata::text,
    e.transaction_id::text, e.position, e.recorded_at
FROM events e
WHERE e.aggregate_type = 'calendar' AND e.aggregate_id = $1 AND e.sequence > $2
    AND (e.transaction_id, e.position) > ($3::text::xid8, $4)
    AND e.transaction_id < pg_snapshot_xmin(pg_current_snapshot())
ORDER BY e.sequence
LIMIT $5
