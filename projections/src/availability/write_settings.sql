INSERT INTO availability_hosts AS h (host_id, version, forget_at, settings)
SELECT host_id, version, forget_at, settings::json
FROM unnest($1::uuid[], $2::bigint[], $3::timestamptz[], $4::text[]) AS n (host_id, version, forget_at, settings)
ON CONFLICT (host_id) DO UPDATE
    SET version = excluded.version, forget_at = excluded.forget_at, settings = excluded.settings
    WHERE h.version < excluded.version
