-- A booking that moved may belong to another month, and is written anew there.
DELETE FROM bookings b
USING unnest($1::uuid[], $2::timestamptz[]) AS moved (id, start_time)
WHERE b.id = moved.id AND b.start_time = moved.start_time
