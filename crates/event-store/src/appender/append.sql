-- Appends events to many streams, each at the version it is expected to have reached. A stream that is absent from the
-- answer had another version: it lost its race, and nothing of it was written.
--
-- Streams:  $1 ids, $2 expected versions, $3 versions after the append.
-- Events:   $4 ids, $5 streams, $6 versions, $7 types, $8 versions of the types, $9 payloads, $10 metadata.
-- Keys that the events are sealed with: $11 persons, $12 ids.
WITH moved AS (
    INSERT INTO streams AS s (aggregate_type, aggregate_id, version, previous_version)
    SELECT 'calendar', x.stream, x.version, x.expected
    FROM unnest($1::uuid[], $2::bigint[], $3::bigint[]) AS x (stream, expected, version)
    -- Reads, and writes nothing: keys were written before, by a transaction of their own.
    WHERE subject_keys_are_there($11::text[], $12::uuid[])
    -- Every writer locks streams in one order, so that no two wait for each other.
    ORDER BY x.stream
    -- A stream that is missing although it is expected to be at some version is created here, and that undone by the guard
    -- against gaps: looking first would cost every append a look.
    ON CONFLICT (aggregate_type, aggregate_id) DO UPDATE
        SET version = excluded.version, previous_version = excluded.previous_version
        WHERE s.version = excluded.previous_version
    RETURNING s.aggregate_id
), appended AS (
    INSERT INTO events (
        aggregate_type, aggregate_id, sequence, event_type, event_version, payload, metadata, event_id)
    SELECT 'calendar', m.aggregate_id::text, e.version, e.event_type, e.event_version, e.payload::json, e.metadata::json,
        e.event_id
    FROM unnest($4::uuid[], $5::uuid[], $6::bigint[], $7::text[], $8::text[], $9::text[], $10::text[]) WITH ORDINALITY
        AS e (event_id, stream, version, event_type, event_version, payload, metadata, ordinality)
    JOIN moved m ON m.aggregate_id = e.stream
    ORDER BY e.ordinality
    RETURNING aggregate_id, transaction_id, position, recorded_at
)
