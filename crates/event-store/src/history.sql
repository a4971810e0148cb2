SELECT event_id, aggregate_id, sequence, event_type, event_version, payload::text, metadata::text,
    transaction_id::text, position, recorded_at
FROM events
WHERE aggregate_type = 'calendar' AND aggregate_id = $1 AND sequence > $2 AND sequence < $3
    AND ($4::text[] IS NULL OR event_type = ANY($4))
    AND ($5::text IS NULL OR metadata ->> 'actor' = $5)
    AND ($6::text IS NULL OR payload ->> 'booking_id' = $6)
    AND ($7::timestamptz IS NULL OR recorded_at >= $7)
    AND ($8::timestamptz IS NULL OR recorded_at < $8)
