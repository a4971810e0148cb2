SELECT id, host_id, meeting_type_id, session_id, status, start_time, end_time, rescheduled_from, hold_until, no_show,
    series_id, team_id, hosts, invitee_subject, invitee_name, invitee_email, notes, guests, answers, invitee_time_zone,
    cancellation_reason, version, stream_version, created_at, updated_at
FROM read_models.bookings
WHERE start_time >= $1 AND start_time < $2 AND (id, host_id) > ($3, $4)
ORDER BY id, host_id
LIMIT $5
