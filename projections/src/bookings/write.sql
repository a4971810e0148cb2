INSERT INTO bookings AS b (id, host_id, meeting_type_id, session_id, status, start_time, end_time, rescheduled_from,
    hold_until, no_show, series_id, team_id, hosts,
    invitee_subject, invitee_name, invitee_email, notes, guests, answers, search_text, invitee_time_zone,
    cancellation_reason, version, stream_version, created_at, updated_at)
SELECT id, host_id, meeting_type_id, session_id, status, start_time, end_time, rescheduled_from,
    hold_until, no_show, series_id, team_id, hosts::uuid[],
    invitee_subject, invitee_name, invitee_email, notes, guests, answers, search_text, invitee_time_zone,
    cancellation_reason, version, stream_version, created_at, updated_at
FROM unnest(
    $1::uuid[], $2::uuid[], $3::uuid[], $4::uuid[], $5::text[], $6::timestamptz[], $7::timestamptz[], $8::timestamptz[],
    $9::timestamptz[], $10::boolean[], $11::uuid[], $12::uuid[],
    -- Arrays of arrays cannot be of unequal lengths, so each comes as the text of one.
    $13::text[],
    $14::text[], $15::text[], $16::text[], $17::text[], $18::jsonb[], $19::jsonb[], $20::text[], $21::text[],
    $22::text[], $23::int[], $24::bigint[], $25::timestamptz[], $26::timestamptz[])
    AS new (id, host_id, meeting_type_id, session_id, status, start_time, end_time, rescheduled_from,
        hold_until, no_show, series_id, team_id, hosts,
        invitee_subject, invitee_name, invitee_email, notes, guests, answers, search_text, invitee_time_zone,
        cancellation_reason, version, stream_version, created_at, updated_at)
ON CONFLICT (id, host_id, start_time) DO UPDATE SET
    meeting_type_id = excluded.meeting_type_id,
    session_id = excluded.session_id,
    status = excluded.status,
    end_time = excluded.end_time,
    rescheduled_from = excluded.rescheduled_from,
    hold_until = excluded.hold_until,
    no_show = excluded.no_show,
    series_id = excluded.series_id,
    team_id = excluded.team_id,
    hosts = excluded.hosts,
    invitee_subject = excluded.invitee_subject,
    invitee_name = excluded.invitee_name,
    invitee_email = excluded.invitee_email,
    notes = excluded.notes,
    guests = excluded.guests,
    answers = excluded.answers,
    search_text = excluded.search_text,
    invitee_time_zone = excluded.invitee_time_zone,
    cancellation_reason = excluded.cancellation_reason,
    version = excluded.version,
    stream_version = excluded.stream_version,
    created_at = excluded.created_at,
    updated_at = excluded.updated_at
    -- An event that the row has seen already changes nothing.
    WHERE b.stream_version < excluded.stream_version
