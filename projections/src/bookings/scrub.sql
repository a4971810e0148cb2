-- Every column that says something about the invitee. By the search path: the live table, or the one that is being filled.
UPDATE bookings
SET invitee_name = NULL, invitee_email = NULL, notes = NULL, guests = NULL, answers = NULL, search_text = NULL,
    cancellation_reason = NULL
WHERE invitee_subject = $1
RETURNING tableoid::regclass::text AS partition, id, start_time > $2 AND status IN ('pending', 'confirmed') AS upcoming
