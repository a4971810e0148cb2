SELECT id, host_id, meeting_type_id, session_id, status, start_time, end_time, rescheduled_from,
    invitee_subject, invitee_name, invitee_email, notes, guests, invitee_time_zone,
    cancellation_reason, version, stream_version, created_at, updated_at
FROM read_models.bookings
WHERE invitee_subject = $1
    -- $2 and $3, the booking that the page before ended with.
    AND ($2 IS NULL OR (start_time, id) > ($2, $3))
ORDER BY start_time, id
LIMIT $4
