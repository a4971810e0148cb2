-- Each overlapping pair once: the second starts within the first. Of two that start together, the greater id is second.
SELECT a.host_id AS host, a.id AS first, b.id AS second
FROM read_models.bookings a
JOIN read_models.bookings b
    ON b.host_id = a.host_id
    AND b.start_time >= a.start_time AND b.start_time < a.end_time
    AND (b.start_time, b.id) > (a.start_time, a.id)
    AND b.session_id <> a.session_id
WHERE a.start_time >= $1 AND b.start_time >= $1
    AND a.status IN ('pending', 'confirmed')
    AND b.status IN ('pending', 'confirmed')
LIMIT $2
