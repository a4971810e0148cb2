DELETE FROM busy_times b
USING unnest($1::uuid[], $2::timestamptz[]) AS old (host_id, before)
WHERE b.host_id = old.host_id AND b.end_time < old.before
