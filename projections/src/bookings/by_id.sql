SELECT id, host_id, meeting_type_id, session_id, status, start_time, end_time, rescheduled_from, hold_until, no_show,
    series_id, team_id, hosts, invitee_subject, invitee_name, invitee_email, notes, guests, answers, invitee_time_zone,
    cancellation_reason, version, stream_version, created_at, updated_at
FROM read_models.bookings
WHERE id = $1
-- A collective booking has a row for each of its hosts: the organiser's speaks for it.
ORDER BY hosts[1] IS DISTINCT FROM host_id AND hosts IS NOT NULL
LIMIT 1
