SELECT id, host_id, meeting_type_id, session_id, status, start_time, end_time, rescheduled_from, hold_until, no_show,
    series_id, team_id, hosts, invitee_subject, invitee_name, invitee_email, notes, guests, answers, invitee_time_zone,
    cancellation_reason, version, stream_version, created_at, updated_at
FROM read_models.bookings
WHERE invitee_subject = $1
    -- A collective booking has a row for each of its hosts: the organiser's speaks for it.
    AND (hosts IS NULL OR hosts[1] = host_id)
    -- $2 and $3, the booking that the page before ended with.
    AND ($2 IS NULL OR (start_time, id) > ($2, $3))
ORDER BY start_time, id
LIMIT $4
