-- A booking that moved may belong to another month, and is written anew there.
DELETE FROM bookings b
USING unnest($1::uuid[], $2::uuid[], $3::timestamptz[]) AS moved (host_id, id, start_time)
WHERE b.id = moved.id AND b.host_id = moved.host_id AND b.start_time = moved.start_time
