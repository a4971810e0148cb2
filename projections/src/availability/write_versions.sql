UPDATE availability_hosts h SET version = n.version, forget_at = n.forget_at
FROM unnest($1::uuid[], $2::bigint[], $3::timestamptz[]) AS n (host_id, version, forget_at)
WHERE h.host_id = n.host_id AND h.version < n.version
