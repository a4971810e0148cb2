-- Conditions on absent parameters fold away, because the statement is planned for its parameters.
SELECT id, host_id, meeting_type_id, session_id, status, start_time, end_time, rescheduled_from, hold_until, no_show,
    series_id, team_id, hosts, invitee_subject, invitee_name, invitee_email, notes, guests, answers, invitee_time_zone,
    cancellation_reason, version, stream_version, created_at, updated_at
FROM read_models.bookings
WHERE host_id = $1
    -- $2, the status at $10.
    AND ($2 IS NULL OR status = CASE $2 WHEN 'completed' THEN 'confirmed' ELSE $2 END)
    -- A meeting lasts no longer than a day, so what has not ended began not long ago: that bounds the range of the index.
    AND ($2 IS DISTINCT FROM 'confirmed' OR (end_time > $10 AND start_time > $10 - interval '1 day'))
    AND ($2 IS DISTINCT FROM 'completed' OR (end_time <= $10 AND start_time < $10))
    AND ($3 IS NULL OR start_time >= $3)
    AND ($4 IS NULL OR start_time < $4)
    AND ($5 IS NULL OR meeting_type_id = $5)
    AND ($6 IS NULL OR strpos(search_text, $6) > 0)
    -- $7 and $8, the booking that the page before ended with.
    AND ($7 IS NULL OR (start_time, id) > ($7, $8))
ORDER BY start_time, id
LIMIT $9
