INSERT INTO bookings AS b (id, host_id, meeting_type_id, session_id, status, start_time, end_time, rescheduled_from,
    invitee_subject, invitee_name, invitee_email, notes, guests, search_text, invitee_time_zone,
    cancellation_reason, version, stream_version, created_at, updated_at)
SELECT * FROM unnest(
    $1::uuid[], $2::uuid[], $3::uuid[], $4::uuid[], $5::text[], $6::timestamptz[], $7::timestamptz[], $8::timestamptz[],
    $9::text[], $10::text[], $11::text[], $12::text[], $13::jsonb[], $14::text[], $15::text[],
    $16::text[], $17::int[], $18::bigint[], $19::timestamptz[], $20::timestamptz[])
ON CONFLICT (id, start_time) DO UPDATE SET
    host_id = excluded.host_id,
    meeting_type_id = excluded.meeting_type_id,
    session_id = excluded.session_id,
    status = excluded.status,
    end_time = excluded.end_time,
    rescheduled_from = excluded.rescheduled_from,
    invitee_subject = excluded.invitee_subject,
    invitee_name = excluded.invitee_name,
    invitee_email = excluded.invitee_email,
    notes = excluded.notes,
    guests = excluded.guests,
    search_text = excluded.search_text,
    invitee_time_zone = excluded.invitee_time_zone,
    cancellation_reason = excluded.cancellation_reason,
    version = excluded.version,
    stream_version = excluded.stream_version,
    created_at = excluded.created_at,
    updated_at = excluded.updated_at
    -- An event that the row has seen already changes nothing.
    WHERE b.stream_version < excluded.stream_version
