-- One row, or none if the calendar is not open. The times come as one array for each of their columns: in PostgreSQL's
-- binary form that costs a fraction of reading JSON.
SELECT h.version, h.settings, t.bookings, t.sessions, t.meeting_types, t.starts, t.ends, t.buffers_before, t.buffers_after
FROM read_models.availability_hosts h,
    LATERAL (
        SELECT
            array_agg(b.booking_id) AS bookings,
            array_agg(b.session_id) AS sessions,
            array_agg(b.meeting_type_id) AS meeting_types,
            array_agg(b.start_time) AS starts,
            array_agg(b.end_time) AS ends,
            array_agg(b.buffer_before_minutes) AS buffers_before,
            array_agg(b.buffer_after_minutes) AS buffers_after
        FROM read_models.busy_times b
        WHERE b.host_id = $1 AND b.end_time >= $2
    ) t
WHERE h.host_id = $1
