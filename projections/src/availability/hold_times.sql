INSERT INTO busy_times (host_id, booking_id, session_id, meeting_type_id, start_time, end_time,
    buffer_before_minutes, buffer_after_minutes)
SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::uuid[], $5::timestamptz[], $6::timestamptz[], $7::int[], $8::int[])
ON CONFLICT (host_id, booking_id) DO UPDATE SET
    session_id = excluded.session_id,
    meeting_type_id = excluded.meeting_type_id,
    start_time = excluded.start_time,
    end_time = excluded.end_time,
    buffer_before_minutes = excluded.buffer_before_minutes,
    buffer_after_minutes = excluded.buffer_after_minutes
