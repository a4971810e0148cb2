-- The events of these streams after these versions, each stream in its order.
SELECT e.sequence, e.event_type, e.event_version, e.payload, known.stream::uuid
FROM unnest($1::text[], $2::bigint[]) AS known (stream, version)
-- Stream by stream, each by the index of its versions.
CROSS JOIN LATERAL (
    SELECT sequence, event_type, event_version, payload::text FROM events
    WHERE aggregate_type = 'calendar' AND aggregate_id = known.stream AND sequence > known.version
    ORDER BY sequence
) AS e
ORDER BY known.stream, e.sequence
