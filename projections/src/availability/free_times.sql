DELETE FROM busy_times b
USING unnest($1::uuid[], $2::uuid[]) AS freed (host_id, booking_id)
WHERE b.host_id = freed.host_id AND b.booking_id = freed.booking_id
