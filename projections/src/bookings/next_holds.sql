-- Served by the partial index of holds, which has pending bookings only.
SELECT host_id AS host, id AS booking, hold_until AS until
FROM read_models.bookings
WHERE status = 'pending' AND hold_until IS NOT NULL
    -- A collective booking has a row for each of its hosts: the organiser's speaks for it.
    AND (hosts IS NULL OR hosts[1] = host_id)
ORDER BY hold_until
LIMIT $1
