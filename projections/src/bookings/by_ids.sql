SELECT id, host_id, meeting_type_id, session_id, status, start_time, end_time, rescheduled_from, hold_until, no_show,
    series_id, team_id, hosts, invitee_subject, invitee_name, invitee_email, notes, guests, answers, invitee_time_zone,
    cancellation_reason, version, stream_version, created_at, updated_at
FROM read_models.bookings
WHERE host_id = $1 AND id = ANY($2)
