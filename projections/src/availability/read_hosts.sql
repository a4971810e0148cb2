SELECT host_id, version, forget_at, CASE WHEN host_id = ANY($2) THEN settings END AS settings
FROM availability_hosts
WHERE host_id = ANY($1)
