-- The next events of the log after a place, in commit order. Only transactions that have ended are read: an event of one
-- that is still under way could otherwise appear later at an earlier place.
SELECT e.event_id, e.aggregate_id, e.sequence, e.event_type, e.event_version, e.payload::text, e.metadata::text,
    e.transaction_id::text, e.position, e.recorded_at
FROM events e
WHERE (e.transaction_id, e.position) > ($1::text::xid8, $2)
    AND e.transaction_id < pg_snapshot_xmin(pg_current_snapshot())
-- By the columns of `events`: a bare transaction_id would be the text above, and sort as text.
ORDER BY e.transaction_id, e.position
LIMIT $3
