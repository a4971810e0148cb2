-- Rows that are as they were archived go, and leave a mark: both or neither. One that has changed since stays.
WITH gone AS (
    DELETE FROM read_models.bookings b
    USING unnest($2::uuid[], $3::uuid[], $4::timestamptz[], $5::bigint[]) AS a (id, host_id, start_time, stream_version)
    WHERE b.id = a.id AND b.host_id = a.host_id AND b.start_time = a.start_time AND b.stream_version = a.stream_version
        -- The month alone, however the statement is planned.
        AND b.start_time >= $6 AND b.start_time < $7
    RETURNING b.id, b.host_id, b.stream_version, b.invitee_subject
)
INSERT INTO read_models.archived_bookings AS m (id, host_id, month, stream_version, invitee_subject)
SELECT id, host_id, $1, stream_version, invitee_subject FROM gone
ON CONFLICT (id, host_id) DO UPDATE SET month = excluded.month, stream_version = excluded.stream_version
